"""The boroughs for the next phase as a map: GeoJSON for other programs, SVG to look at.

Polygons are the Greater London Authority's of 2014, simplified to 50 m; they stop at mean high water.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from html import escape
from typing import Any

import msgspec
import numpy as np

from api.schemas.delivery.boroughs import BoroughChoice, BoroughChoices
from geo.bng import to_wgs84
from geo.borough_names import BOROUGHS
from geo.boroughs import simplified

TOLERANCE_M = 50.0
ATTRIBUTION = (
    "Contains National Statistics data © Crown copyright and database right; contains Ordnance Survey data © Crown "
    "copyright and database right; Open Government Licence v3.0"
)
_SHADES = ("#fee5d9", "#fcae91", "#fb6a4a", "#de2d26", "#a50f15")
_NO_COUNT = "#eeeeee"
_EDGES = {"live": ("#08306b", 220), "planned": ("#4292c6", 160), "not in the programme": ("#777777", 40)}
"""Colour of a borough's edge, and its width in metres."""


def geojson(found: BoroughChoices) -> bytes:
    """A FeatureCollection in WGS84: each borough with all that the table says of it."""
    by_gss = {each.gss: each for each in found.items}
    features = [
        {
            "type": "Feature",
            "id": borough.gss,
            "geometry": {"type": "MultiPolygon", "coordinates": parts},
            "properties": msgspec.to_builtins(by_gss[borough.gss]),
        }
        for borough, parts in zip(BOROUGHS, _in_degrees(), strict=True)
    ]
    about = {
        "programme": found.programme,
        "asAt": found.as_at,
        "year": found.year,
        "source": found.source,
        "countsFrom": msgspec.to_builtins(found.counts_from),
        "attribution": ATTRIBUTION,
    }
    return msgspec.json.encode({"type": "FeatureCollection", **about, "features": features})


def svg(found: BoroughChoices) -> bytes:
    """A map in the National Grid: the darker, the more knife crime; the edge says where the programme is live."""
    shapes = list(rings(TOLERANCE_M))
    every = np.concatenate([ring for parts in shapes for part in parts for ring in part])
    (west, south), (east, north) = every.min(axis=0) - 1_000, every.max(axis=0) + 1_000
    shades = _shades({each.gss: each.knife_crimes for each in found.items if each.knife_crimes is not None})
    by_gss = {each.gss: each for each in found.items}
    # Those not in the programme first, so that the wider edges lie on top.
    order = sorted(range(len(BOROUGHS)), key=lambda i: -list(_EDGES).index(by_gss[BOROUGHS[i].gss].standing))
    drawn = [_path(by_gss[BOROUGHS[i].gss], shapes[i], west, north, shades) for i in order]
    year = found.year or "no counts on record"
    title = f"{found.name}: knife crime by borough, {year}, and where it is live on {found.as_at}"
    box = f"0 0 {east - west:.0f} {north - south + 3_500:.0f}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img">',
            f"<title>{escape(title)}</title>",
            *drawn,
            *_legend(found, north - south),
            "</svg>",
        ]
    ).encode()


def _path(each: BoroughChoice, parts: list[Any], west: float, north: float, shades: Mapping[str, str]) -> str:
    lines = [
        "M" + "L".join(f"{x - west:.0f} {north - y:.0f}" for x, y in ring[:-1]) + "Z" for part in parts for ring in part
    ]
    colour, width = _EDGES[each.standing]
    words = f"{each.borough}: {each.level}; {each.state}; {each.grouping}"
    return (
        f'<path id="{each.gss}" fill="{shades.get(each.gss, _NO_COUNT)}" stroke="{colour}" stroke-width="{width}" '
        f'fill-rule="evenodd" d="{"".join(lines)}"><title>{escape(words)}</title></path>'
    )


def _legend(found: BoroughChoices, height: float) -> Iterator[str]:
    lines = [
        f"The darker, the more knife crime in {found.year} (fifths of the boroughs)"
        if found.year
        else "No counts on record",
        "Edge: dark blue live, light blue planned, grey not in the programme. " + found.source,
        "; ".join(f"{c.source}, {c.published}, {c.licence}" for c in found.counts_from),
        ATTRIBUTION,
    ]
    for n, words in enumerate(lines):
        y = height + 700 * (n + 1)
        yield f'<text x="600" y="{y:.0f}" font-size="620" font-family="sans-serif">{escape(words)}</text>'


def _shades(counts: Mapping[str, int]) -> dict[str, str]:
    """A shade by fifths; equal counts have an equal shade."""
    ordered = sorted(counts.values())
    return {gss: _SHADES[min(4, 5 * ordered.index(count) // len(ordered))] for gss, count in counts.items()}


def rings(tolerance_m: float) -> Iterator[list[list[Any]]]:
    """Of each borough, in the order of `BOROUGHS`, its parts, and of each part its rings: metres of the National Grid,
    the first point again at the end."""
    import shapely

    for shape in simplified(tolerance_m):
        parts = shapely.get_parts(shape)
        yield [[shapely.get_coordinates(ring) for ring in shapely.get_rings(part)] for part in parts]


@cache
def _in_degrees() -> list[list[list[list[tuple[float, float]]]]]:
    return [[[_ring(ring) for ring in part] for part in parts] for parts in rings(TOLERANCE_M)]


def _ring(metres: Any) -> list[tuple[float, float]]:
    lon, lat = to_wgs84(metres[:, 0], metres[:, 1])
    # Five decimals are a metre; the shapes are simplified to fifty.
    return list(zip(np.round(lon, 5).tolist(), np.round(lat, 5).tolist(), strict=True))
