"""The 33 boroughs as polygons, and which one a point is in, the tidal Thames included.

The polygons (Greater London Authority, 2014, Open Government Licence, see NOTICE) stop at mean high water: 21 km2 of
river, bridges and boats included, are in none. A point there goes to the nearest borough and is marked.
"""

import threading
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.borough_names import BCU_NAMES, BOROUGHS, Borough, NoBcu, NoSuchBorough, bcu_of, borough_named
from geo.points import FloatArray, coordinate_pair

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
    "simplified",
]

# Vertices of the outer ring between which the estuary is closed: Havering's bank west of Wennington Creek's mouth, and
# Bexley's at the mouth of the Darent.
_MOUTH_MM = ((553_564_000, 179_127_100), (554_087_900, 178_055_500))
_REACH_MM = 500_000
"""How far from a bank a point on the river still counts as the borough's."""

_one_at_a_time = threading.Lock()
"""For GEOS: two threads that ask the same shapes at once break memory, which ends the process (shapely 2.2.0, GEOS
3.14.1). `STRtree.query_nearest` did so in nine of twelve processes whose threads asked thirty times, `intersects_xy` of
prepared polygons that had been asked before in two of 39 that began a demonstration."""


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
    Exact: points and vertices are whole millimetres, which a double holds, and GEOS decides the side of an edge without
    rounding. O(log m) a point for each polygon whose box it is in. The first call reads and indexes the polygons, some
    tenths of a second.
    """
    easting_m, northing_m = coordinate_pair(easting_m, northing_m)
    found = BoroughOf(np.empty(easting_m.size, np.int16), np.empty(easting_m.size, np.bool_))
    with _one_at_a_time:
        _locate(easting_m, northing_m, *found, _indexed())
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
def simplified(tolerance_m: float) -> NDArray[Any]:
    """The polygons for a map, in the order of `BOROUGHS`: with fewer vertices, and borders that still fit each
    other."""
    import shapely

    with _one_at_a_time:
        return np.asarray(shapely.coverage_simplify(polygons(), tolerance_m))


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


class _Indexed(NamedTuple):
    """Boroughs and river in whole millimetres, as shapely looks them up."""

    shapes: NDArray[Any]
    """The boroughs in the order of `BOROUGHS`, then the river; prepared."""
    bounds: FloatArray
    """(n, 4): west, south, east, north."""
    edges: Any
    """STRtree of every edge of the boroughs' borders. Over whole polygons the nearest costs some forty times as
    much: GEOS measures to each of their edges."""
    edge_borough: NDArray[np.int64]


@cache
def _indexed() -> _Indexed:
    import shapely

    shapes = shapely.transform([*polygons(), river()], lambda at: np.rint(at * 1000.0))
    shapely.prepare(shapes)
    parts, borough = shapely.get_parts(shapes[:-1], return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    at, ring = shapely.get_coordinates(rings, return_index=True)
    within = np.flatnonzero(ring[1:] == ring[:-1])
    edges = shapely.linestrings(np.stack([at[within], at[within + 1]], axis=1))
    return _Indexed(shapes, shapely.bounds(shapes), shapely.STRtree(edges), borough[part[ring[within]]])


def _locate(
    easting_m: FloatArray,
    northing_m: FloatArray,
    index: NDArray[np.int16],
    on_river: NDArray[np.bool_],
    indexed: _Indexed,
) -> None:
    """Fill `index` with the borough of each point or -1, and `on_river` where the river's rule decided."""
    import shapely

    x_mm, y_mm = np.rint(easting_m * 1000.0), np.rint(northing_m * 1000.0)
    index[:], on_river[:] = -1, False
    for i, (west, south, east, north) in enumerate(indexed.bounds):
        # A point on a border stays with the first.
        near = np.flatnonzero((index < 0) & (west <= x_mm) & (x_mm <= east) & (south <= y_mm) & (y_mm <= north))
        index[near[shapely.intersects_xy(indexed.shapes[i], x_mm[near], y_mm[near])]] = i
    afloat = np.flatnonzero(index == len(indexed.shapes) - 1)
    index[afloat] = -1
    if afloat.size:
        on_water = shapely.points(x_mm[afloat], y_mm[afloat])
        point, edge = indexed.edges.query_nearest(on_water, max_distance=_REACH_MM)
        borough = indexed.edge_borough[edge]
        last_first = np.argsort(-borough, kind="stable")
        index[afloat[point[last_first]]] = borough[last_first]
        on_river[afloat] = index[afloat] >= 0
