"""A scene as SVG: the same scene is the same bytes. Colours come from `maps.css` by classes, numbers are rounded to a
tenth of a pixel, and every text is text."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files
from itertools import pairwise
from math import hypot
from typing import NamedTuple

from api.documents.maps.base import base_layer, grid_lines
from api.documents.maps.letters import Rect, Wanted, place_letters
from api.documents.maps.scene import Area, Box, Circle, Line, Mark, Name, Point, Scene, Shape, Sign

WIDTH, HEIGHT = 720, 440
MOST_SINGLE = 500
"""With more marks than these each style of them is one path, and no mark has a title of its own."""
_SIGNS = {"x": "m-4-4l8 8m0-8l-8 8", "cross": "m-9 0h18m-9-9v18"}
_DOT_PX = 4.5
_CHARACTER_PX, _LINE_PX = 6.2, 13
_ARROW_EACH_PX = 36.0


def style() -> str:
    """The rules of `maps.css`, for a map that stands alone."""
    return (files("api.documents.maps") / "maps.css").read_text(encoding="utf-8")


def svg(scene: Scene, *, name: str = "map", alone: bool = False) -> str:
    """The map, 720 by 440 pixels. `name` begins the ids in it. `alone`: with its own style, for an image or a document;
    without it the page's style sheet has the colours."""
    view = _View(scene.extent, WIDTH / (scene.extent.east - scene.extent.west))
    notes: list[Rect] = []
    body = [*_layer(base_layer(view.box).shapes, view, notes), *_grid(view)]
    body += [line for layer in scene.layers for line in _layer(layer.shapes, view, notes)]
    furniture, taken = _furniture(scene, view)
    body += [*_letters(scene, view, [*taken, *notes]), *furniture]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="map" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'aria-labelledby="{name}-title {name}-desc">',
            f'<title id="{name}-title">{escape(scene.title)}</title>',
            f'<desc id="{name}-desc">{escape(scene.description)}</desc>',
            *([f"<style>{style()}</style>"] if alone else []),
            f'<rect class="map-ground" width="{WIDTH}" height="{HEIGHT}"/>',
            *body,
            f'<rect class="map-frame" x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}"/>',
            "</svg>",
            "",
        ]
    )


class _View(NamedTuple):
    """Metres to pixels."""

    box: Box
    scale: float

    def px(self, at: Point) -> tuple[float, float]:
        return (at[0] - self.box.west) * self.scale, (self.box.north - at[1]) * self.scale

    def sees(self, a: Point, b: Point, beyond_m: float = 0.0) -> bool:
        """Whether the box of two points meets the view."""
        west, south, east, north = self.box
        return not (
            max(a[0], b[0]) < west - beyond_m
            or min(a[0], b[0]) > east + beyond_m
            or max(a[1], b[1]) < south - beyond_m
            or min(a[1], b[1]) > north + beyond_m
        )


def _layer(shapes: Sequence[Shape], view: _View, notes: list[Rect]) -> Iterator[str]:
    single = sum(isinstance(shape, Mark | Circle) for shape in shapes) <= MOST_SINGLE
    together: dict[tuple[str, Sign], list[Point]] = defaultdict(list)
    for shape in shapes:
        match shape:
            case Area():
                yield _area(shape, view)
            case Line():
                yield from _line(shape, view, notes)
            case Circle() if single or shape.radius_m * view.scale > HEIGHT / 8:
                yield from _circle(shape, view)
            case Mark() if single:
                yield from _mark(shape, view)
            case Name():
                yield from _name(shape, view, notes)
            case Mark():
                together[shape.style, shape.sign].append(shape.at)
    for (of_style, sign), at in sorted(together.items()):
        yield _marks(of_style, sign, at, view)


def _area(area: Area, view: _View) -> str:
    rings = "".join(f"M{'L'.join(_pair(view.px(at)) for at in ring[:-1])}Z" for ring in area.rings)
    return _with_title(f'<path class="{area.style}" fill-rule="evenodd" d="{rings}"', "path", area.label)


def _line(line: Line, view: _View, notes: list[Rect]) -> Iterator[str]:
    parts: list[str] = []
    joined = False
    for a, b in pairwise(line.points):
        if not view.sees(a, b):
            joined = False
            continue
        parts.append(f"L{_pair(view.px(b))}" if joined else f"M{_pair(view.px(a))}L{_pair(view.px(b))}")
        joined = True
    if parts:
        yield _with_title(f'<path class="{line.style}" d="{"".join(parts)}"', "path", line.label)
    if line.directed and (arrows := "".join(_arrows(line.points, view))):
        yield f'<path class="map-arrow" d="{arrows}"/>'
    if line.note and parts:
        at = view.px(_middle(line.points))
        half = len(line.note) * _CHARACTER_PX / 2
        rect = Rect(at[0] - half, at[1] - 10, at[0] + half, at[1] + 4)
        if _frame().holds(rect.left, rect.top) and _frame().holds(rect.right, rect.bottom):
            notes.append(rect)
            yield text("map-note", *at, line.note, anchor="middle")


def _arrows(points: Sequence[Point], view: _View) -> Iterator[str]:
    """Which way: an open arrow in the middle of each stretch that is long enough to be seen."""
    for a, b in pairwise(points):
        if not view.sees(a, b):
            continue
        (ax, ay), (bx, by) = view.px(a), view.px(b)
        long = hypot(bx - ax, by - ay)
        x, y = (ax + bx) / 2, (ay + by) / 2
        if long < _ARROW_EACH_PX or not _frame().holds(x, y):
            continue
        dx, dy = 6 * (bx - ax) / long, 6 * (by - ay) / long
        tail = [(x - dx - dy * 0.7, y - dy + dx * 0.7), (x - dx + dy * 0.7, y - dy - dx * 0.7)]
        yield f"M{_pair(tail[0])}L{_pair((x, y))}L{_pair(tail[1])}"


def _name(name: Name, view: _View, notes: list[Rect]) -> Iterator[str]:
    x, y = view.px(name.at)
    half = len(name.label) * _CHARACTER_PX / 2
    rect = Rect(x - half, y - 10, x + half, y + 4)
    inside = _frame().holds(rect.left, rect.top) and _frame().holds(rect.right, rect.bottom)
    if inside and not any(rect.meets(other) for other in notes):
        notes.append(rect)
        yield text(name.style, x, y, name.label, anchor="middle")


def _middle(points: Sequence[Point]) -> Point:
    (ax, ay), (bx, by) = points[(len(points) - 1) // 2], points[len(points) // 2]
    return (ax + bx) / 2, (ay + by) / 2


def _circle(circle: Circle, view: _View) -> Iterator[str]:
    if not view.sees(circle.centre, circle.centre, circle.radius_m):
        return
    (x, y), r = view.px(circle.centre), circle.radius_m * view.scale
    yield _with_title(
        f'<circle class="{circle.style}" cx="{number(x)}" cy="{number(y)}" r="{number(r)}"', "circle", circle.label
    )


def _mark(mark: Mark, view: _View) -> Iterator[str]:
    if not view.sees(mark.at, mark.at):
        return
    x, y = view.px(mark.at)
    if mark.sign in _SIGNS:
        start, name = f'<path class="{mark.style}" d="M{number(x)} {number(y)}{_SIGNS[mark.sign]}"', "path"
    else:
        start, name = f'<circle class="{mark.style}" cx="{number(x)}" cy="{number(y)}" r="{_DOT_PX}"', "circle"
    yield _with_title(start, name, mark.label)


def _marks(of_style: str, sign: Sign, at: Iterable[Point], view: _View) -> str:
    """Many marks as one path."""
    seen = [view.px(each) for each in at if view.sees(each, each)]
    if sign in _SIGNS:
        drawn = "".join(f"M{number(x)} {number(y)}{_SIGNS[sign]}" for x, y in seen)
    else:
        drawn = "".join(f"M{number(x - 4.5)} {number(y)}a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0" for x, y in seen)
    return f'<path class="{of_style}" d="{drawn}"/>'


def _letters(scene: Scene, view: _View, taken: list[Rect]) -> Iterator[str]:
    seen = [each for each in scene.letters if view.sees(each.at, each.at)]
    dots = [view.px(mark.at) for mark in scene.marks() if view.sees(mark.at, mark.at)]
    for each in place_letters([Wanted(a.letter, *view.px(a.at)) for a in seen], _frame(), taken, dots):
        (x, y), (to_x, to_y) = each.anchor, each.edge
        box = each.box
        yield f'<path class="map-leader" d="M{number(x)} {number(y)}L{number(to_x)} {number(to_y)}"/>'
        yield (
            f'<rect class="map-letter-box" x="{number(box.left)}" y="{number(box.top)}" '
            f'width="{number(box.right - box.left)}" height="{number(box.bottom - box.top)}"/>'
        )
        middle = (box.left + box.right) / 2
        yield text("map-letter", middle, box.bottom - 4, each.letter, anchor="middle")


def _grid(view: _View) -> Iterator[str]:
    """Lines with their kilometre: easting along the top, northing down the right side."""
    for line in grid_lines(view.box):
        yield f'<path class="{line.style}" d="M{_pair(view.px(line.points[0]))}L{_pair(view.px(line.points[1]))}"/>'


def _furniture(scene: Scene, view: _View) -> tuple[list[str], list[Rect]]:
    """Scale bar, north, the grid's figures and whose data it is; and the room that each takes."""
    out: list[str] = []
    taken = [Rect(WIDTH - 44, 24, WIDTH - 4, 72)]
    out.append(
        f'<g class="map-north"><path d="M{WIDTH - 24} 30l7 20l-7-5l-7 5z"/>'
        f'<text x="{WIDTH - 24}" y="66" text-anchor="middle">N</text></g>'
    )
    length = scale_length((view.box.east - view.box.west) / 4)
    wide = length * view.scale
    words = f"{length:,} m" if length < 1_000 else f"{length // 1_000:,} km"
    foot = HEIGHT - 24
    bar = f'<path d="M16 {foot - 6}v6h{number(wide)}v-6"/>'
    out.append(f'<g class="map-scale">{bar}<text x="20" y="{foot - 8}">{words}</text></g>')
    taken.append(Rect(10, foot - 24, 22 + wide, foot + 6))
    for line in grid_lines(view.box):
        (x, y), _ = (view.px(each) for each in line.points)
        if line.note.endswith("E") and 20 < x < WIDTH - 60:
            out.append(text("map-grid-figure", x + 3, 12, line.note))
        elif line.note.endswith("N") and 80 < y < HEIGHT - 40:
            out.append(text("map-grid-figure", WIDTH - 4, y - 3, line.note, anchor="end"))
    taken += [Rect(0, 0, WIDTH, 18), Rect(WIDTH - 52, 0, WIDTH, HEIGHT)]
    lines = len(scene.attribution)
    for place, line_words in enumerate(scene.attribution):
        y = HEIGHT - 6 - _LINE_PX * (lines - 1 - place)
        out.append(text("map-attribution", WIDTH - 6, y, line_words, anchor="end"))
    taken.append(Rect(0, HEIGHT - 6 - _LINE_PX * lines, WIDTH, HEIGHT))
    return out, taken


def scale_length(most_m: float) -> int:
    """The longest round length, 1, 2 or 5 times a power of ten, that is no longer."""
    best = 1
    for power in range(7):
        for first in (1, 2, 5):
            if first * 10**power <= most_m:
                best = first * 10**power
    return best


def text(of_style: str, x: float, y: float, words: str, *, anchor: str = "start") -> str:
    """Words at a place, as text."""
    where = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{of_style}" x="{number(x)}" y="{number(y)}"{where}>{escape(words)}</text>'


def _frame() -> Rect:
    return Rect(2, 2, WIDTH - 2, HEIGHT - 2)


def _with_title(start: str, name: str, label: str) -> str:
    return f"{start}><title>{escape(label)}</title></{name}>" if label else f"{start}/>"


def _pair(at: tuple[float, float]) -> str:
    return f"{number(at[0])} {number(at[1])}"


def number(value: float) -> str:
    """To a tenth, without a zero that says nothing; never -0."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
