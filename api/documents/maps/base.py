"""What lies under every map: boroughs, the tidal Thames, lines of the National Grid."""

from collections.abc import Iterator
from math import ceil, floor

from api.documents.maps.scene import Area, Box, Layer, Line
from geo.outlines import THAMES, outlines_within

ATTRIBUTION = (
    "Contains National Statistics and Ordnance Survey data © Crown copyright and database right 2014. OGL v3.0.",
)
STEPS_M = (100, 500, 1_000, 5_000, 10_000, 50_000)
MOST_LINES = 12


def base_layer(box: Box) -> Layer:
    """Boroughs and river within the box."""
    parts = outlines_within(box)
    shapes = tuple(Area("map-water" if part.name == THAMES else "map-land", part.rings, part.name) for part in parts)
    return Layer("base", "Boroughs and the Thames", shapes)


def grid_step(box: Box) -> int:
    """Metres between two lines: the least step with which there are not many."""
    widest = max(box.east - box.west, box.north - box.south)
    return next((step for step in STEPS_M if widest / step <= MOST_LINES), STEPS_M[-1])


def grid_lines(box: Box) -> Iterator[Line]:
    """The lines of the National Grid in a box, each with its kilometre. They are drawn for what is seen, so a map that
    can be moved draws its own by `grid_step`."""
    step = grid_step(box)
    for x in range(ceil(box.west / step) * step, floor(box.east) + 1, step):
        yield Line("map-grid", ((x, box.south), (x, box.north)), note=f"{_km(x, step)} E")
    for y in range(ceil(box.south / step) * step, floor(box.north) + 1, step):
        yield Line("map-grid", ((box.west, y), (box.east, y)), note=f"{_km(y, step)} N")


def _km(metres: int, step: int) -> str:
    """Kilometres of the National Grid, as many figures as the step needs."""
    return f"{metres / 1000:.1f}" if step < 1_000 else f"{metres // 1000}"
