"""What a map shows, without how it is drawn: layers of shapes in metres of the National Grid.

A *scene* is drawn twice: as SVG (`svg`), for a page without scripts, for print, Word and PDF; and handed to the map on
the screen as JSON (`leaflet`). A shape has a *style*, which is the name of a class in `maps.css`, and a *label*, which
says what it is in words. No shape has a colour of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from geo.outlines import Box

__all__ = [
    "Anchor",
    "Area",
    "Box",
    "Circle",
    "Layer",
    "Line",
    "Mark",
    "Name",
    "Point",
    "Scene",
    "Shape",
    "Sign",
    "framed",
]

Point = tuple[float, float]
Sign = Literal["dot", "ring", "x", "cross"]


class Area(NamedTuple):
    """Polygons: an outer ring, then its holes."""

    style: str
    rings: Sequence[Sequence[Point]]
    label: str = ""


class Line(NamedTuple):
    """`note` is written at its middle. `directed`: arrows say which way."""

    style: str
    points: Sequence[Point]
    label: str = ""
    note: str = ""
    directed: bool = False


class Circle(NamedTuple):
    """True metres round a place."""

    style: str
    centre: Point
    radius_m: float
    label: str = ""


class Mark(NamedTuple):
    """A sign of one size at every scale. `key`: which row of the page's table it is, "" for none."""

    style: str
    sign: Sign
    at: Point
    label: str = ""
    key: str = ""


class Name(NamedTuple):
    """What a place is called, written at it where there is room."""

    style: str
    at: Point
    label: str


Shape = Area | Line | Circle | Mark | Name


class Layer(NamedTuple):
    """`name` stands in the page's tick boxes as `title`. `shown`: whether it is at first."""

    name: str
    title: str
    shapes: Sequence[Shape]
    shown: bool = True


class Anchor(NamedTuple):
    """A letter, and the place it belongs to; where it is written is settled when the map is drawn."""

    letter: str
    at: Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`extent` is what is seen first, `whole` all there is to see. `description` says in words what the map shows. What
    lies under it is no part of it: whoever draws it takes the base of the box that is seen (`base`)."""

    title: str
    description: str
    extent: Box
    whole: Box
    layers: tuple[Layer, ...]
    letters: tuple[Anchor, ...]
    attribution: tuple[str, ...]

    def marks(self) -> Iterator[Mark]:
        return (shape for layer in self.layers for shape in layer.shapes if isinstance(shape, Mark))


def framed(places: Sequence[Point], radius_m: float, *, more: float = 0.2, shape: float = 720 / 440) -> Box:
    """The box round places, each with a radius, that is `shape` times as wide as high: with a fifth more on all sides
    together."""
    west, east = min(x for x, _ in places) - radius_m, max(x for x, _ in places) + radius_m
    south, north = min(y for _, y in places) - radius_m, max(y for _, y in places) + radius_m
    wide, high = (east - west) * (1 + more), (north - south) * (1 + more)
    wide, high = max(wide, high * shape, 1.0), max(high, wide / shape, 1.0 / shape)
    x, y = (west + east) / 2, (south + north) / 2
    return Box(round(x - wide / 2, 3), round(y - high / 2, 3), round(x + wide / 2, 3), round(y + high / 2, 3))
