"""Streets under a map, where the home has a base map."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from api.documents.maps.scene import Area, Layer, Line, Name, Scene, Shape
from api.usecases.desk.base_map import ATTRIBUTION, Street

_STYLES = {
    "green": "map-green",
    "wood": "map-wood",
    "water": "map-water",
    "building": "map-building",
    "rail": "map-rail",
    "local road": "map-road-local",
    "regional road": "map-road-regional",
    "national road": "map-road-national",
    "name": "map-name",
}


def streets_layer(streets: Iterable[Street]) -> Layer:
    return Layer("streets", "Streets", tuple(shape for street in streets for shape in _shapes(street)))


def with_streets(scene: Scene, streets: Iterable[Street]) -> Scene:
    """The scene with streets under it, and whose they are; the same where there are none."""
    layer = streets_layer(streets)
    if not layer.shapes:
        return scene
    return replace(scene, layers=(layer, *scene.layers), attribution=(*scene.attribution, ATTRIBUTION))


def _shapes(street: Street) -> Iterator[Shape]:
    import shapely

    style, shape = _STYLES[street.kind], street.shape
    match shapely.get_type_id(shape):
        case shapely.GeometryType.POLYGON:
            yield Area(style, [_points(ring) for ring in shapely.get_rings(shape)])
        case shapely.GeometryType.LINESTRING:
            yield Line(style, _points(shape))
        case shapely.GeometryType.POINT if street.name:
            (at,) = _points(shape)
            yield Name(style, at, street.name)


def _points(shape: Any) -> list[tuple[float, float]]:
    import shapely

    return [(float(x), float(y)) for x, y in shapely.get_coordinates(shape)]
