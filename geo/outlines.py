"""The base of a map: boroughs and tidal Thames within a box, to 20 m.

They are packaged apart from the polygons in which points are looked up (`geo.boroughs`), which are exact and larger.
"""

import threading
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from geo.borough_names import BOROUGHS

__all__ = ["THAMES", "Box", "Outline", "outlines_within"]

THAMES = "River Thames"
Ring = tuple[tuple[float, float], ...]

_one_at_a_time = threading.Lock()
"""For GEOS, as in `geo.boroughs`."""


class Box(NamedTuple):
    """A rectangle of the National Grid, in metres."""

    west: float
    south: float
    east: float
    north: float


class Outline(NamedTuple):
    """A part of a borough, or of the river, within a box: its outer ring, then its holes."""

    name: str
    rings: tuple[Ring, ...]


def outlines_within(box: Box) -> list[Outline]:
    """The parts of boroughs and river that lie in the box, cut at its edge: boroughs in the order of `BOROUGHS`, the
    river last. O(vertices of the shapes whose box meets it)."""
    import shapely

    out = []
    with _one_at_a_time:
        for name, shape in _shapes():
            west, south, east, north = shapely.bounds(shape)
            if west > box.east or east < box.west or south > box.north or north < box.south:
                continue
            cut = shapely.clip_by_rect(shape, *box)
            for polygon in shapely.get_parts(cut):
                if shapely.get_type_id(polygon) == shapely.GeometryType.POLYGON and not shapely.is_empty(polygon):
                    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(polygon)]
                    out.append(Outline(name, tuple(tuple(map(tuple, ring.tolist())) for ring in rings)))
    return out


@cache
def _shapes() -> list[tuple[str, Any]]:
    import shapely

    with (files("geo") / "data" / "outlines_20m.npz").open("rb") as raw, np.load(raw, allow_pickle=False) as stored:
        xy, ring, part, shape = stored["xy_dm"] / 10, stored["ring"], stored["part"], stored["shape"]
    rings = [shapely.linearrings(xy[a:b]) for a, b in pairwise(ring)]
    polygons = [shapely.polygons(rings[a], rings[a + 1 : b] or None) for a, b in pairwise(part)]
    whole = [shapely.multipolygons(polygons[a:b]) for a, b in pairwise(shape)]
    return list(zip((*(each.name for each in BOROUGHS), THAMES), whole, strict=True))
