"""The 33 boroughs as polygons, and which one a point is in, the tidal Thames included.

The polygons (Greater London Authority, 2014, Open Government Licence, see NOTICE) stop at mean high water: 21 km2 of
river, bridges and boats included, are in none. A point there goes to the nearest borough and is marked.
"""

from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.borough_grid import Grid, IntArray, build, locate
from geo.borough_names import BCU_NAMES, BOROUGHS, Borough, NoBcu, NoSuchBorough, bcu_of, borough_named
from geo.points import coordinate_pair, over_slices

__all__ = [
    "BCU_NAMES",
    "BOROUGHS",
    "Borough",
    "BoroughOf",
    "NoBcu",
    "NoSuchBorough",
    "bcu_of",
    "borough_named",
    "borough_of",
    "polygons",
    "river",
]

# Vertices of the outer ring between which the estuary is closed: Havering's bank west of Wennington Creek's mouth, and
# Bexley's at the mouth of the Darent.
_MOUTH_MM = ((553_564_000, 179_127_100), (554_087_900, 178_055_500))


class BoroughOf(NamedTuple):
    """Boroughs of n points, as places in `BOROUGHS`."""

    borough: NDArray[np.int16]
    """-1 where there is none."""
    river: NDArray[np.bool_]
    """True where the point is on the tidal Thames and the nearest borough was taken."""


def borough_of(easting_m: ArrayLike, northing_m: ArrayLike) -> BoroughOf:
    """The borough of each point.

    Parameters
    ----------
    easting_m, northing_m : array_like of float, shape (n,)
        EPSG:27700; rounded to the millimetre. NaN is in no borough.

    Returns
    -------
    BoroughOf
        A point on a border belongs to the borough first in GSS order. A point in none, but inside London's outer ring
        with the river filled in, belongs to the nearest within 500 m, marked `river`.

    Notes
    -----
    Exact (whole numbers throughout). O(1) a point but in cells with a border; the first call reads the polygons and
    cuts them up, some tenths of a second.
    """
    easting_m, northing_m = coordinate_pair(easting_m, northing_m)
    found = BoroughOf(np.empty(easting_m.size, np.int16), np.empty(easting_m.size, np.bool_))
    over_slices(locate, (easting_m, northing_m, *found), _grid())
    return found


@cache
def polygons() -> NDArray[Any]:
    """The polygons as shapely geometries in EPSG:27700 metres, in the order of `BOROUGHS`; vertices at 0.1 m."""
    # Here, not above: pyarrow and shapely take half a second to import.
    import pyarrow.parquet as pq
    import shapely

    with (files("geo") / "data" / "london_boroughs.parquet").open("rb") as raw:
        table = pq.read_table(raw, columns=["GSS_CODE", "geometry"])
    shapes = dict(zip(table["GSS_CODE"].to_pylist(), shapely.from_wkb(table["geometry"].to_pylist()), strict=True))
    return np.array([shapes[borough.gss] for borough in BOROUGHS])


@cache
def river() -> Any:
    """The tidal Thames with its creeks, from Teddington to the mouth of the Darent: a shapely polygon, EPSG:27700."""
    import shapely

    outer = shapely.get_coordinates(shapely.get_exterior_ring(shapely.coverage_union_all(polygons())))[:-1]
    ends = [int(np.hypot(*(outer - np.array(end) / 1000.0).T).argmin()) for end in _MOUTH_MM]
    first, last = sorted(ends)
    halves = [
        shapely.polygons(half)
        for half in (outer[first : last + 1], np.roll(outer, -last, axis=0)[: len(outer) - last + first + 1])
    ]
    return min(halves, key=shapely.area)


@cache
def _grid() -> Grid:
    import shapely

    shapes = [*polygons(), river()]
    return build(np.concatenate([_edges(shape, i, shapely) for i, shape in enumerate(shapes)]), len(shapes))


def _edges(shape: Any, polygon: int, shapely: Any) -> IntArray:
    parts = []
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        at = np.rint(shapely.get_coordinates(ring) * 1000.0).astype(np.int64)
        parts.append(np.hstack([at[:-1], at[1:], np.full((len(at) - 1, 1), polygon)]))
    return np.concatenate(parts)
