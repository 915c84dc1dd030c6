"""The boroughs of a programme by phase as a map: SVG for a page, a document or a file of its own.

A phase has a colour and a hatch, so that it is told without colour too. A borough that is live is filled with them; one
that is planned is outlined, with the hatch drawn thin; where it is *not known* whether it is live, outline and hatch
are dotted. All others are grey. Lengths are tens of metres of the National Grid.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from html import escape
from typing import NamedTuple

from api.documents.borough_map import ATTRIBUTION, rings
from api.schemas.delivery.rollout import BoroughOnMap, PlacesOnMap
from geo.borough_names import BOROUGHS

_COLOURS = ("#12436D", "#28A197", "#F46A25", "#A285D1", "#801650", "#3D3D3D")
_HATCHES = ("", "M0 140L140 0", "M0 70H140", "M0 0L140 140", "M70 0V140", "M0 70H140M70 0V140")
_OUTSIDE = "#E4E6E7"
_STANDINGS = ("live", "not known", "planned")
_TOLERANCE_M = 120.0


class Key(NamedTuple):
    """A line of the key. `fill`: of its patch, `edge` and `dash`: of its outline; `standing` as on the map."""

    phase: str | None
    standing: str
    boroughs: int
    fill: str
    edge: str
    dash: str

    @property
    def words(self) -> str:
        if self.standing == OUTSIDE:
            return f"{OUTSIDE[:1].upper()}{OUTSIDE[1:]} ({self.boroughs})"
        said = "not known whether live" if self.standing == "not known" else self.standing
        return f"{self.phase or 'No phase'}: {said} ({self.boroughs})"


OUTSIDE = "not in the programme"


def key_of(found: PlacesOnMap) -> list[Key]:
    """Each phase in the order of the paper with its boroughs by standing, and those of no programme last."""
    counts = Counter((each.phase, each.standing) for each in found.boroughs)
    drawn = [
        Key(phase, standing, counts[phase, standing], *_look(n, standing))
        for n, phase in enumerate(_phases(found))
        for standing in _STANDINGS
        if counts[phase, standing]
    ]
    outside = sum(number for (_, standing), number in counts.items() if standing == OUTSIDE)
    return [*drawn, Key(None, OUTSIDE, outside, _OUTSIDE, "#ffffff", "")] if outside else drawn


def svg(found: PlacesOnMap, name: str, on: date, *, with_key: bool = False) -> str:
    """The map; `with_key`: with the key and where the boundaries come from, for a file that stands alone."""
    shapes, width, height = _outlines()
    looks = {(key.phase, key.standing): key for key in key_of(found)}
    by_gss = {each.gss: each for each in found.boroughs}
    # Grey first and filled last, so that outlines lie on top of the grey and under no neighbour.
    order = sorted(by_gss, key=lambda gss: (OUTSIDE, "planned", "not known", "live").index(by_gss[gss].standing))
    drawn = [_path(by_gss[gss], shapes[gss], looks) for gss in order]
    lines = list(_lines(found, width, height)) if with_key else []
    tall = height + (190 * len(lines) + 120 if lines else 0)
    title = f"{name}: {found.message[:1].lower()}{found.message[1:]}, {on:%-d %B %Y}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {tall}" role="img" class="tp-map">',
            f"<title>{escape(title)}</title>",
            f"<desc>{escape('; '.join(key.words for key in looks.values()))}</desc>",
            "<defs>",
            *_patterns(found),
            "</defs>",
            *drawn,
            *lines,
            "</svg>",
        ]
    )


def _path(each: BoroughOnMap, outline: str, looks: dict[tuple[str | None, str], Key]) -> str:
    look = looks[(None if each.standing == OUTSIDE else each.phase), each.standing]
    width = 12 if each.standing in ("live", OUTSIDE) else 34
    dash = f' stroke-dasharray="{look.dash}" stroke-linecap="round"' if look.dash else ""
    words = f"{each.borough}: {each.state}" + (f" ({each.phase})" if each.phase else "")
    return (
        f'<path id="{each.gss}" fill="{look.fill}" stroke="{look.edge}" stroke-width="{width}"{dash} '
        f'fill-rule="evenodd" d="{outline}"><title>{escape(words)}</title></path>'
    )


def _phases(found: PlacesOnMap) -> list[str | None]:
    named: list[str | None] = [phase.name for phase in found.phases]
    alone = any(each.phase is None and each.standing != OUTSIDE for each in found.boroughs)
    return [*named, None] if alone else named


def _look(n: int, standing: str) -> tuple[str, str, str]:
    """Fill, colour of the edge and its dashes."""
    colour = _COLOURS[n % len(_COLOURS)]
    if standing == "live":
        return (f"url(#phase-{n}-live)" if _HATCHES[n % len(_HATCHES)] else colour), "#ffffff", ""
    return f"url(#phase-{n}-{standing.replace(' ', '-')})", colour, "1 60" if standing == "not known" else ""


def _patterns(found: PlacesOnMap) -> Iterator[str]:
    """The hatches that the map uses."""
    for n, _ in enumerate(_phases(found)):
        colour, hatch = _COLOURS[n % len(_COLOURS)], _HATCHES[n % len(_HATCHES)]
        for standing, ground, line, width, dash in (
            ("live", colour, "#ffffff", 26, ""),
            ("planned", "#ffffff", colour, 14, ""),
            ("not-known", "#ffffff", colour, 20, ' stroke-dasharray="1 46" stroke-linecap="round"'),
        ):
            # Where the phase is told by its plain colour, dots alone say that it is not known.
            shape = hatch or ("M35 35H140M35 105H140" if standing == "not-known" else "")
            drawn = f'<path d="{shape}" stroke="{line}" stroke-width="{width}"{dash} fill="none"/>' if shape else ""
            yield (
                f'<pattern id="phase-{n}-{standing}" width="140" height="140" patternUnits="userSpaceOnUse">'
                f'<rect width="140" height="140" fill="{ground}"/>{drawn}</pattern>'
            )


def _lines(found: PlacesOnMap, width: int, height: int) -> Iterator[str]:
    """The key and the attribution, one below another."""
    y = height + 150
    for key in key_of(found):
        dash = f' stroke-dasharray="{key.dash}" stroke-linecap="round"' if key.dash else ""
        yield (
            f'<rect x="60" y="{y - 110}" width="220" height="130" fill="{key.fill}" stroke="{key.edge}" '
            f'stroke-width="24"{dash}/>'
            f'<text x="340" y="{y}" font-size="140" font-family="Arial, sans-serif">{escape(key.words)}</text>'
        )
        y += 190
    for words in _wrapped(ATTRIBUTION, width // 52):
        yield f'<text x="60" y="{y}" font-size="100" font-family="Arial, sans-serif">{escape(words)}</text>'
        y += 190


def _wrapped(text: str, most: int) -> Sequence[str]:
    from textwrap import wrap

    return wrap(text, most)


@cache
def _outlines() -> tuple[dict[str, str], int, int]:
    """The path of each borough by its code, and the width and height of all."""
    shapes = list(rings(_TOLERANCE_M))
    every = [ring for parts in shapes for part in parts for ring in part]
    west, north = min(ring[:, 0].min() for ring in every) - 500, max(ring[:, 1].max() for ring in every) + 500
    east, south = max(ring[:, 0].max() for ring in every) + 500, min(ring[:, 1].min() for ring in every) - 500
    paths = {
        borough.gss: "".join(
            "M" + "L".join(f"{(x - west) / 10:.0f} {(north - y) / 10:.0f}" for x, y in ring[:-1]) + "Z"
            for part in parts
            for ring in part
        )
        for borough, parts in zip(BOROUGHS, shapes, strict=True)
    }
    return paths, round((east - west) / 10), round((north - south) / 10)
