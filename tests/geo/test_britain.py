import math

import numpy as np
import pytest

from geo import bng, britain
from geo.britain import Fault

CAPES = {
    "St Kilda": (-8.58, 57.81),
    "Scilly": (-6.35, 49.87),
    "Lizard": (-5.20, 49.96),
    "St David's Head": (-5.31, 51.90),
    "Holyhead": (-4.70, 53.31),
    "Isle of Man, Calf": (-4.83, 54.05),
    "Portpatrick": (-5.12, 54.84),
    "Mull of Kintyre": (-5.80, 55.30),
    "Islay, Rhinns": (-6.52, 55.67),
    "Barra Head": (-7.65, 56.78),
    "Muckle Flugga": (-0.88, 60.86),
    "Lowestoft Ness": (1.76, 52.48),
    "North Foreland": (1.45, 51.37),
    "Dover": (1.37, 51.14),
    "Beachy Head": (0.25, 50.73),
    "Portland Bill": (-2.46, 50.51),
}
NEIGHBOURS = {
    "Dublin": (-6.26, 53.35),
    "Belfast": (-5.93, 54.60),
    "Donaghadee": (-5.53, 54.64),
    "Rathlin": (-6.20, 55.29),
    "Malin Head": (-7.37, 55.38),
    "Rosslare": (-6.34, 52.25),
    "Calais": (1.85, 50.95),
    "Cap Gris-Nez": (1.58, 50.87),
    "Dieppe": (1.08, 49.93),
    "Cherbourg": (-1.62, 49.64),
    "Guernsey": (-2.53, 49.46),
    "Ostend": (2.91, 51.23),
    "Paris": (2.35, 48.86),
    "Torshavn": (-6.77, 62.01),
    "Bergen": (5.32, 60.39),
    "New York": (-74.0, 40.7),
}


@pytest.mark.parametrize("place", CAPES)
def test_the_capes_of_britain_are_in_britain(place: str) -> None:
    assert britain.faults_lonlat(*CAPES[place])[0] == Fault.OK


@pytest.mark.parametrize("place", NEIGHBOURS)
def test_neighbouring_countries_are_not_in_britain(place: str) -> None:
    assert britain.faults_lonlat(*NEIGHBOURS[place])[0] == Fault.NOT_IN_BRITAIN
    with pytest.raises(britain.NotInBritain, match=str(NEIGHBOURS[place][1])):
        bng.place(*NEIGHBOURS[place])


@pytest.mark.parametrize("place", CAPES)
def test_swapped_coordinates_are_reported_as_swapped(place: str) -> None:
    lon, lat = CAPES[place]
    assert britain.faults_lonlat(lat, lon)[0] == Fault.LAT_LON_SWAPPED
    with pytest.raises(britain.SwappedCoordinates, match="the other way round"):
        bng.place(lat, lon)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_a_number_is_not_a_position(value: float) -> None:
    codes = [
        britain.faults_lonlat(value, 51.5)[0],
        britain.faults_lonlat(-0.1, value)[0],
        britain.faults_grid(value, 180_000)[0],
        britain.faults_grid(530_000, value)[0],
    ]
    assert codes == [Fault.NOT_A_NUMBER] * 4
    assert str(value) in britain.fault_text(Fault.NOT_A_NUMBER, value, 51.5)


def test_zero_zero_is_a_device_without_a_fix_but_greenwich_is_not() -> None:
    assert britain.faults_lonlat([0.0, -0.0, 0.0], [0.0, 0.0, 51.4779]).tolist() == [2, 2, 0]
    assert britain.faults_grid(0.0, 0.0)[0] == Fault.ZERO_POSITION
    with pytest.raises(britain.NotAPosition, match="have no fix"):
        bng.place_grid(0.0, 0.0)


@pytest.mark.parametrize(
    ("easting_m", "northing_m", "fault"),
    [
        (530_625, 178_388, Fault.OK),
        (490_000, 140_000, Fault.OK),
        (335_000, 390_000, Fault.OK),
        (440_725, 1_107_878, Fault.OK),
        (178_388, 530_625, Fault.EASTING_NORTHING_SWAPPED),
        (161_000, 535_000, Fault.EASTING_NORTHING_SWAPPED),
        (-1, 180_000, Fault.NOT_ON_BRITISH_GRID),
        (530_000, 1_400_000, Fault.NOT_ON_BRITISH_GRID),
        (53_062_500, 17_838_800, Fault.NOT_ON_BRITISH_GRID),
        (530.6, 178.4, Fault.NOT_ON_BRITISH_GRID),
        (-0.12, 51.49, Fault.NOT_ON_BRITISH_GRID),
        # Dublin and Calais, on the British grid.
        (116_700, 390_200, Fault.NOT_ON_BRITISH_GRID),
        (670_400, 123_400, Fault.NOT_ON_BRITISH_GRID),
    ],
)
def test_grid_positions(easting_m: float, northing_m: float, fault: Fault) -> None:
    assert britain.faults_grid(easting_m, northing_m)[0] == fault


def test_a_swapped_position_that_falls_on_galloway_passes() -> None:
    # Stranraer; the other way round it would be Essex, in the window.
    assert britain.faults_grid(206_000, 560_000)[0] == Fault.OK


def test_every_fault_says_the_value_and_what_would_be_right() -> None:
    assert britain.fault_text(Fault.OK, 1.0, 2.0) == ""
    for fault in Fault:
        if fault not in (Fault.OK, Fault.ZERO_POSITION):
            text = britain.fault_text(fault, np.float64(12.25), np.float64(34.5))
            assert "12.25" in text, fault
            assert "34.5" in text, fault
            assert "Give" in text, fault


def test_metres_among_degrees_and_degrees_among_metres_are_recognised() -> None:
    assert "look like metres" in britain.fault_text(Fault.NOT_IN_BRITAIN, 530_625.0, 178_388.0)
    assert "look like degrees" in britain.fault_text(Fault.NOT_ON_BRITISH_GRID, -0.12, 51.5)
    assert "look like" not in britain.fault_text(Fault.NOT_IN_BRITAIN, 2.35, 48.86)


def test_codes_are_the_same_for_one_point_and_for_many() -> None:
    random = np.random.default_rng(5)
    lon, lat = random.uniform(-10, 4, 60_000), random.uniform(48, 62, 60_000)
    many = britain.faults_lonlat(lon, lat)
    assert set(many.tolist()) == {Fault.OK, Fault.NOT_IN_BRITAIN}
    assert [britain.faults_lonlat(lon[i], lat[i])[0] for i in range(0, 60_000, 997)] == many[::997].tolist()
