"""Where the letters of a map go: eight places round the point each belongs to, nearest first, with a line to it.

No letter is written over another, over a note or the map's own signs, across the line of another, or outside the frame.
One that finds no place is left out; the table beside the map has it.
"""

from collections.abc import Iterable, Sequence
from math import cos, pi, sin
from typing import NamedTuple

RINGS_PX = (24, 40, 58, 80, 108, 144, 190)
HEIGHT_PX = 18.0
_LETTER_PX, _PADDING_PX = 9.5, 8.0
# East first, then round by eighths: right, above right, ... as a cartographer prefers them.
_DIRECTIONS = tuple((cos(k * pi / 4), -sin(k * pi / 4)) for k in (1, 0, 7, 3, 4, 5, 2, 6))


class Rect(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Rect") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.top <= y <= self.bottom


class Placed(NamedTuple):
    """`box` has the letter in its middle; the line goes from `anchor` to the box's `edge`."""

    letter: str
    box: Rect
    anchor: tuple[float, float]
    edge: tuple[float, float]


class Wanted(NamedTuple):
    letter: str
    x: float
    y: float


def place_letters(
    wanted: Iterable[Wanted], frame: Rect, taken: Sequence[Rect], dots: Sequence[tuple[float, float]]
) -> list[Placed]:
    """Places for letters, in order; `taken` stays free, and of places that are free the one over the fewest `dots` is
    taken in the nearest ring that has any."""
    out: list[Placed] = []
    for each in wanted:
        for ring in RINGS_PX:
            free = [
                place
                for place in (_at(each, ring, direction) for direction in _DIRECTIONS)
                if _inside(place.box, frame) and _is_free(place, out, taken)
            ]
            if free:
                # `min` takes the first of equals, so that the same map has the same letters.
                out.append(min(free, key=lambda place: sum(place.box.holds(x, y) for x, y in dots)))
                break
    return out


def _at(each: Wanted, ring: float, direction: tuple[float, float]) -> Placed:
    half = (_LETTER_PX * len(each.letter) + _PADDING_PX) / 2
    x, y = each.x + direction[0] * (ring + half - 8), each.y + direction[1] * ring
    box = Rect(x - half, y - HEIGHT_PX / 2, x + half, y + HEIGHT_PX / 2)
    edge = (min(max(each.x, box.left), box.right), min(max(each.y, box.top), box.bottom))
    return Placed(each.letter, box, (each.x, each.y), edge)


def _inside(box: Rect, frame: Rect) -> bool:
    return frame.holds(box.left, box.top) and frame.holds(box.right, box.bottom)


def _is_free(place: Placed, placed: Sequence[Placed], taken: Sequence[Rect]) -> bool:
    if any(place.box.meets(rect) for rect in taken):
        return False
    return not any(
        place.box.meets(other.box)
        or crosses(other.anchor, other.edge, place.box)
        or crosses(place.anchor, place.edge, other.box)
        for other in placed
    )


def crosses(a: tuple[float, float], b: tuple[float, float], rect: Rect) -> bool:
    """Whether the line from a to b goes through the rectangle (Liang and Barsky)."""
    low, high = 0.0, 1.0
    for start, step, least, most in (
        (a[0], b[0] - a[0], rect.left, rect.right),
        (a[1], b[1] - a[1], rect.top, rect.bottom),
    ):
        if step == 0:
            if not least < start < most:
                return False
            continue
        first, last = sorted(((least - start) / step, (most - start) / step))
        low, high = max(low, first), min(high, last)
    return low < high
