"""A scene as JSON, for the map on the screen: metres of EPSG:27700, the same shapes, styles and words as the SVG."""

from typing import Any

import msgspec

from api.documents.maps.base import MOST_LINES, STEPS_M, base_layer
from api.documents.maps.scene import Area, Box, Circle, Layer, Line, Mark, Name, Point, Scene, Shape

BASE_BEYOND_M = 1_500.0
"""So far round what there is to see the base goes, for a map that can be moved."""


def as_json(scene: Scene) -> bytes:
    """`m` in a shape: area, line, circle, or the sign of a mark. Numbers are rounded to a tenth of a metre, outlines of
    the base to a metre. A mark with a key has no words here: they are those of its row."""
    ways = zip(scene.whole, (-1, -1, 1, 1), strict=True)
    beyond = Box(*(edge + way * BASE_BEYOND_M for edge, way in ways))
    return msgspec.json.encode(
        {
            "title": scene.title,
            "description": scene.description,
            "extent": [_n(value) for value in scene.extent],
            "whole": [_n(value) for value in scene.whole],
            "gridSteps": STEPS_M,
            "gridLines": MOST_LINES,
            "layers": [_layer(layer) for layer in (base_layer(beyond), *scene.layers)],
            "letters": [{"letter": each.letter, "at": _at(each.at)} for each in scene.letters],
            "attribution": scene.attribution,
        }
    )


def layer_json(layer: Layer) -> bytes:
    """One layer alone, for what is asked for as a map is moved."""
    return msgspec.json.encode(_layer(layer))


def _layer(layer: Layer) -> dict[str, Any]:
    shapes = [_shape(shape) for shape in layer.shapes]
    return {"name": layer.name, "title": layer.title, "shown": layer.shown, "shapes": shapes}


def _shape(shape: Shape) -> dict[str, Any]:
    key = shape.key if isinstance(shape, Mark) else ""
    said = {"c": shape.style, **({"t": shape.label} if shape.label and not key else {})}
    match shape:
        case Area():
            return {"m": "area", **said, "at": [[[round(x), round(y)] for x, y in ring] for ring in shape.rings]}
        case Line():
            more = {**({"n": shape.note} if shape.note else {}), **({"d": True} if shape.directed else {})}
            return {"m": "line", **said, **more, "at": [_at(point) for point in shape.points]}
        case Circle():
            return {"m": "circle", **said, "at": _at(shape.centre), "r": _n(shape.radius_m)}
        case Name():
            return {"m": "name", **said, "at": _at(shape.at)}
        case Mark():
            return {"m": shape.sign, **said, **({"k": key} if key else {}), "at": _at(shape.at)}


def _at(point: Point) -> list[float]:
    return [_n(point[0]), _n(point[1])]


def _n(value: float) -> float:
    return round(value, 1)
