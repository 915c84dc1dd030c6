"""The scene of a match, and of a release's package: the circle, the positions in the crime's window, the path that was
drawn between them, and the letters of the visits."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from api.documents.maps.base import ATTRIBUTION
from api.documents.maps.scene import Anchor, Circle, Layer, Line, Mark, Point, Scene, framed
from api.documents.maps.svg import MOST_SINGLE
from api.schemas.matching.candidates import Fix, PathCorner, Visit
from api.schemas.matching.package import Package, PackageFix, PackageVisit
from api.schemas.matching.review import MatchDetail
from api.wording.against import counted
from api.wording.meanings import NOT_USED
from api.wording.text import london
from matcher.params import Params


class _Told(NamedTuple):
    """What a scene is made of, whoever tells it."""

    title: str
    crime: Point
    radius_m: float
    place_accuracy_m: float | None
    fixes: Sequence[Fix | PackageFix]
    path: Sequence[PathCorner]
    visits: Sequence[Visit | PackageVisit]
    max_gap: timedelta


def scene_of_match(found: MatchDetail) -> Scene:
    """The map of a match whose fixes are kept, and whose crime has a place: every match's has."""
    evidence, match = found.evidence, found.match
    if evidence is None:
        raise ValueError("a match without its fixes has no map")
    settings, crime = match.settings, evidence.crime
    gap_s = settings.others.max_gap_s if settings.others and settings.others.max_gap_s else Params().max_gap_s
    return _scene(
        _Told(
            title=f"Map of match {match.id}: positions round crime {match.crime_ref} of {match.force}",
            crime=(crime.easting_m or 0.0, crime.northing_m or 0.0),
            radius_m=settings.radius_m,
            place_accuracy_m=crime.location_accuracy_m,
            fixes=evidence.fixes,
            path=evidence.path,
            visits=evidence.visits,
            max_gap=timedelta(seconds=gap_s),
        )
    )


def scene_of_package(package: Package) -> Scene:
    """The map of what left: the fixes that prove the match. A package has no path."""
    crime = package.crime
    return _scene(
        _Told(
            title=f"Map of the positions round crime {crime.reference} of {crime.force}",
            crime=(crime.easting_m, crime.northing_m),
            radius_m=crime.radius_m,
            place_accuracy_m=crime.location_accuracy_m,
            fixes=package.fixes,
            path=(),
            visits=package.visits,
            max_gap=timedelta(0),
        )
    )


def main_device(
    fixes: Sequence[Fix | PackageFix], path: Sequence[PathCorner], visits: Sequence[Visit | PackageVisit], crime: Point
) -> str | None:
    """The device whose visits these are: of a fix that has a letter, or whose path is nearest to the crime at the
    nearest moment of a visit. None where no path is known."""
    lettered = next((fix.device_id for fix in fixes if fix.label is not None), None)
    if lettered is not None or not path:
        return lettered
    devices = sorted({corner.device_id for corner in path})
    moments = [visit.closest_at or visit.first_at for visit in visits]
    found = [
        ((at[0] - crime[0]) ** 2 + (at[1] - crime[1]) ** 2, device)
        for device in devices
        for moment in moments
        if (at := position_at(path, device, moment)) is not None
    ]
    return min(found)[1] if found else devices[0]


def position_at(path: Sequence[PathCorner], device: str | None, moment: datetime) -> Point | None:
    """Where the path of a device is at a moment; None where none is drawn."""
    of_device = [corner for corner in path if corner.device_id == device]
    for a, b in pairwise(of_device):
        if a.stretch == b.stretch and a.t <= moment <= b.t:
            share = (moment - a.t) / (b.t - a.t) if b.t > a.t else 0.0
            return (
                a.easting_m + share * (b.easting_m - a.easting_m),
                a.northing_m + share * (b.northing_m - a.northing_m),
            )
    return next(((each.easting_m, each.northing_m) for each in of_device if each.t == moment), None)


def _scene(told: _Told) -> Scene:
    places = [(fix.easting_m, fix.northing_m) for fix in told.fixes]
    inside = [at for at, fix in zip(places, told.fixes, strict=True) if fix.inside]
    corners = [(corner.easting_m, corner.northing_m) for corner in told.path]
    round_it = [(told.crime[0] + dx, told.crime[1] + dy) for dx in _ends(told) for dy in _ends(told)]
    extent, whole = framed([*round_it, *inside], 0.0), framed([*round_it, *places, *corners], 0.0)
    return Scene(
        title=told.title,
        description=_described(told),
        extent=extent,
        whole=whole,
        layers=(
            Layer("circle", "Circle", tuple(_circle(told))),
            Layer("accuracy", "Accuracy", tuple(_accuracy(told)), shown=len(told.fixes) <= MOST_SINGLE),
            Layer("path", "Path", tuple(_path(told))),
            Layer("positions", "Positions", tuple(_positions(told.fixes))),
        ),
        letters=tuple(_letters(told)),
        attribution=ATTRIBUTION,
    )


def _ends(told: _Told) -> tuple[float, float]:
    widest = max(told.radius_m, told.place_accuracy_m or 0.0)
    return -widest, widest


def _circle(told: _Told) -> Iterator[Circle | Mark]:
    yield Circle("map-circle", told.crime, told.radius_m, f"Circle of {told.radius_m:g} m round the crime's place")
    if told.place_accuracy_m:
        yield Circle(
            "map-place-accuracy", told.crime, told.place_accuracy_m, f"Place known to {told.place_accuracy_m:g} m"
        )
    yield Mark("map-cross", "cross", told.crime, "The crime's place")


def _accuracy(told: _Told) -> Iterator[Circle]:
    for fix in told.fixes:
        if fix.accuracy_m:
            yield Circle("map-accuracy", (fix.easting_m, fix.northing_m), fix.accuracy_m)


def _path(told: _Told) -> Iterator[Line]:
    mine = main_device(told.fixes, told.path, told.visits, told.crime)
    of_device: dict[str, dict[int, list[PathCorner]]] = {}
    for corner in told.path:
        of_device.setdefault(corner.device_id, {}).setdefault(corner.stretch, []).append(corner)
    for device, stretches in sorted(of_device.items()):
        style = "map-path" if device == mine else "map-path-other"
        for stretch in stretches.values():
            yield Line(style, [(each.easting_m, each.northing_m) for each in stretch], directed=True)
        for before, after in pairwise(stretches.values()):
            a, b = before[-1], after[0]
            if b.t - a.t <= told.max_gap:
                # The match draws no path at a speed that is impossible, and neither does the map.
                continue
            minutes = f"{max(round((b.t - a.t) / timedelta(minutes=1)), 1)} min"
            ends = ((a.easting_m, a.northing_m), (b.easting_m, b.northing_m))
            yield Line("map-gap", ends, f"No position for {minutes}: where the wearer went is not known", minutes)


def _positions(fixes: Sequence[Fix | PackageFix]) -> Iterator[Mark]:
    for number, fix in enumerate(fixes):
        at, said = (fix.easting_m, fix.northing_m), _said_of(fix)
        if isinstance(fix, Fix) and not fix.used:
            yield Mark("map-unused", "x", at, said, str(number))
        elif fix.inside:
            yield Mark("map-inside", "dot", at, said, str(number))
        else:
            yield Mark("map-outside", "ring", at, said, str(number))


def _said_of(fix: Fix | PackageFix) -> str:
    parts = [f"{fix.label}, " if fix.label else "", london(fix.t)[11:], f", {fix.distance_m:.0f} m away"]
    if fix.accuracy_m is not None:
        parts.append(f", known to {fix.accuracy_m:.0f} m")
    if isinstance(fix, Fix) and fix.not_used is not None:
        parts.append(f"; not used: {NOT_USED[fix.not_used]}")
    return "".join(parts)


def _letters(told: _Told) -> Iterator[Anchor]:
    mine = main_device(told.fixes, told.path, told.visits, told.crime)
    nearest: dict[str, Fix | PackageFix] = {}
    for fix in told.fixes:
        letter = (fix.label or "").rstrip("0123456789")
        if letter and (letter not in nearest or fix.distance_m < nearest[letter].distance_m):
            nearest[letter] = fix
    for visit in told.visits:
        fix_of = nearest.get(visit.visit)
        at: Point | None
        if fix_of is not None:
            at = (fix_of.easting_m, fix_of.northing_m)
        else:
            at = position_at(told.path, mine, visit.closest_at or visit.first_at)
        if at is not None:
            yield Anchor(visit.visit, at)


def _described(told: _Told) -> str:
    numbers: Mapping[str, int] = {
        "not used": sum(isinstance(fix, Fix) and not fix.used for fix in told.fixes),
        "inside": sum(fix.inside and not (isinstance(fix, Fix) and not fix.used) for fix in told.fixes),
    }
    outside = len(told.fixes) - sum(numbers.values())
    letters = ", ".join(visit.visit for visit in told.visits)
    inside = counted(numbers["inside"], "position", "positions")
    words = (
        f"A circle of {told.radius_m:g} m round the crime's place. {inside} inside it, {outside:,} outside, "
        f"{numbers['not used']:,} not used."
    )
    return f"{words} Visits: {letters}." if letters else words
