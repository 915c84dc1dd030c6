"""The scene of a stretch of a trail: positions in order of time, and what lies between them."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from api.documents.maps.base import ATTRIBUTION
from api.documents.maps.scene import Anchor, Layer, Line, Mark, Scene, framed
from api.schemas.matching.trails import Trail, TrailFix
from api.wording.against import counted
from api.wording.text import london
from matcher.params import Params

AROUND_M = 100.0
_MAX_GAP = timedelta(seconds=Params().max_gap_s)
_MAX_MPS = Params().max_speed_mps


def scene_of_trail(found: Trail) -> Scene | None:
    """None where there is no position. A line is drawn as a match by the standard settings would draw it: dashed over a
    gap, and not at all where the speed would be impossible. A is the first position, Z the last."""
    if not found.items:
        return None
    places = [(fix.easting_m, fix.northing_m) for fix in found.items]
    box = framed(places, AROUND_M)
    marks = [
        Mark("map-inside", "dot", at, _said(fix), str(key))
        for key, (fix, at) in enumerate(zip(found.items, places, strict=True))
    ]
    ends = (Anchor("A", places[0]), Anchor("Z", places[-1])) if len(places) > 1 else (Anchor("A", places[0]),)
    return Scene(
        title="Map of a stretch of a trail",
        description=f"{counted(found.total, 'position', 'positions')}, the first marked A and the last Z.",
        extent=box,
        whole=box,
        layers=(Layer("path", "Path", tuple(_path(found.items))), Layer("positions", "Positions", marks)),
        letters=ends,
        attribution=ATTRIBUTION,
    )


def _path(fixes: list[TrailFix]) -> Iterator[Line]:
    for before, after in pairwise(fixes):
        a, b = (before.easting_m, before.northing_m), (after.easting_m, after.northing_m)
        lasts = after.t - before.t
        if lasts > _MAX_GAP:
            minutes = f"{max(round(lasts / timedelta(minutes=1)), 1)} min"
            yield Line("map-gap", (a, b), f"No position for {minutes}: where the wearer went is not known", minutes)
        elif (b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2 <= (_MAX_MPS * lasts.total_seconds()) ** 2:
            yield Line("map-path", (a, b), directed=True)


def _said(fix: TrailFix) -> str:
    known = "" if fix.accuracy_m is None else f", known to {fix.accuracy_m:.0f} m"
    return f"{london(fix.t)[5:]}{known}"
