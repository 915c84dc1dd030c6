"""The window of a crime along a line of time, as SVG: a strip of visits, gaps, positions and device events; and the
distance from the crime's place by time, with the circle's radius and the error of each position.

Both have the same axis, so that one may stand over the other.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from html import escape
from itertools import groupby, pairwise
from math import hypot
from typing import NamedTuple

from api.documents.maps.match import main_device
from api.documents.maps.scene import Point
from api.documents.maps.svg import number, style, text
from api.schemas.matching.candidates import CandidateDetail, Fix, PathCorner
from api.schemas.matching.review import MatchDetail
from api.wording.against import counted
from api.wording.text import london

WIDTH, STRIP_HEIGHT, CHART_HEIGHT = 720, 78, 240
_LEFT, _RIGHT = 56.0, 700.0
_MOST_RADII = 4.0
"""Distances of more radii are drawn at the top."""
_STEPS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440))


class _Axis(NamedTuple):
    start: datetime
    end: datetime

    def x(self, t: datetime) -> float:
        whole = (self.end - self.start) / timedelta(seconds=1)
        share = (t - self.start) / timedelta(seconds=1) / whole if whole else 0.5
        return _LEFT + (_RIGHT - _LEFT) * min(max(share, 0.0), 1.0)

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Round minutes of London's clock, at most eight."""
        step = next((each for each in _STEPS if (self.end - self.start) / each <= 8), _STEPS[-1])
        offset = timedelta(minutes=int(london(self.start)[11:13]) * 60 + int(london(self.start)[14:16]))
        midnight = self.start.replace(second=0, microsecond=0) - offset
        at = midnight + ((self.start - midnight) // step) * step
        while at <= self.end:
            if at >= self.start:
                yield self.x(at), london(at)[11:16]
            at += step


def window_of(found: MatchDetail) -> _Axis:
    buffer = timedelta(seconds=found.match.settings.buffer_s)
    return _Axis(found.match.crime_from - buffer, found.match.crime_to + buffer)


def strip(found: MatchDetail, *, name: str = "strip", alone: bool = False) -> str:
    """The strip of a match whose fixes are kept."""
    evidence, axis = _evidence(found), window_of(found)
    visits = ", ".join(
        f"{visit.visit} from {london(visit.first_at)[11:19]} to {london(visit.last_at)[11:19]}"
        for visit in evidence.visits
    )
    words = f"{_window_in_words(axis)} Visits: {visits or 'none'}. {counted(len(evidence.gaps), 'gap', 'gaps')}, "
    words += f"{counted(len(evidence.device_events), 'device event', 'device events')}."
    body = [f'<rect class="strip-window" x="{_LEFT}" y="22" width="{_RIGHT - _LEFT}" height="20"/>']
    for gap in evidence.gaps:
        body += _hatched(axis.x(gap.from_), axis.x(gap.to), 22, 42)
    last = -20.0
    for visit in evidence.visits:
        x, wide = axis.x(visit.first_at), max(axis.x(visit.last_at) - axis.x(visit.first_at), 3.0)
        title = f"Visit {visit.visit}, {london(visit.first_at)[11:19]} to {london(visit.last_at)[11:19]}"
        body.append(
            f'<rect class="strip-visit" x="{number(x)}" y="22" width="{number(wide)}" height="20">'
            f"<title>{escape(title)}</title></rect>"
        )
        # A letter is never written over the one before it; the table has them all.
        if x >= last + 16:
            body.append(text("strip-letter", x, 17, visit.visit))
            last = x
    ticks = "".join(f"M{number(axis.x(fix.t))} 44v7" for fix in evidence.fixes if fix.used)
    body.append(f'<path class="strip-fix" d="{ticks}"/>')
    for event in evidence.device_events:
        x = axis.x(event.t)
        title = f"{london(event.t)[11:19]}: {event.event}"
        body.append(f'<path class="strip-event" d="M{number(x)} 20l-5-9h10z"><title>{escape(title)}</title></path>')
    body += _time_axis(axis, 56)
    return _svg(name, f"The window of match {found.match.id}", words, STRIP_HEIGHT, body, alone=alone)


def distance_chart(found: MatchDetail, *, name: str = "distance", alone: bool = False) -> str:
    """Distance from the crime's place by time, of the device whose visits these are; up to four times the radius."""
    evidence, axis = _evidence(found), window_of(found)
    radius = found.match.settings.radius_m
    shown = [fix for fix in evidence.fixes if axis.start <= fix.t <= axis.end]
    furthest = max([radius * 1.5, *(fix.distance_m for fix in shown)])
    most = min(furthest * 1.05, radius * _MOST_RADII)
    top, foot = 14.0, CHART_HEIGHT - 34.0

    def y(metres: float) -> float:
        return foot - (foot - top) * min(metres, most) / most

    beyond = f" Positions further away than {most:.0f} m are drawn at the top." if furthest > most else ""
    body = [
        f'<rect class="strip-band" x="{_LEFT}" y="{number(y(radius))}" width="{_RIGHT - _LEFT}" '
        f'height="{number(foot - y(radius))}"/>',
        f'<path class="strip-radius" d="M{_LEFT} {number(y(radius))}H{_RIGHT}"/>',
    ]
    crime = (evidence.crime.easting_m or 0.0, evidence.crime.northing_m or 0.0)
    mine = main_device(evidence.fixes, evidence.path, evidence.visits, crime)
    shown = [fix for fix in shown if mine in (None, fix.device_id)]
    body += _error_bars(shown, axis, y)
    for run in _distances(evidence.path, mine, crime):
        line = "L".join(f"{number(axis.x(t))} {number(y(metres))}" for t, metres in run)
        body.append(f'<path class="strip-path" d="M{line}"/>')
    body += _positions(shown, axis, y)
    # Over the line, so that the words are not struck through.
    body.append(text("strip-text", _RIGHT - 4, y(radius) - 5, f"{radius:g} m: edge of the circle", anchor="end"))
    for metres in (0.0, most / 2, most):
        # No wider than the others: there is no room beside the chart for more.
        words = f"{metres:.0f}+" if metres == most and beyond else f"{metres:.0f} m"
        body.append(text("strip-text", _LEFT - 6, y(metres) + 4, words, anchor="end"))
    body.append(f'<path class="strip-axis" d="M{_LEFT} {top}V{foot}"/>')
    body += _time_axis(axis, foot)
    nearest = min((fix.distance_m for fix in shown), default=None)
    near = "" if nearest is None else f" The nearest position is {nearest:.0f} m away."
    words = f"Distance from the crime's place in metres. {_window_in_words(axis)}{near}{beyond}"
    return _svg(
        name, f"Distance from the crime by time, match {found.match.id}", words, CHART_HEIGHT, body, alone=alone
    )


def _evidence(found: MatchDetail) -> CandidateDetail:
    if found.evidence is None:
        raise ValueError("a match without its fixes has no line of time")
    return found.evidence


def _window_in_words(axis: _Axis) -> str:
    return f"The window is {london(axis.start)[:16]} to {london(axis.end)[11:16]} {london(axis.end)[20:]}."


def _distances(path: Sequence[PathCorner], device: str | None, crime: Point) -> Iterator[list[tuple[datetime, float]]]:
    """Moments and distances along each unbroken part of a device's path: its corners, and between two of them the
    moment nearest to the crime, at which somebody may have passed without a position."""
    corners = [corner for corner in path if corner.device_id == device]
    for _, part in groupby(corners, key=lambda corner: corner.stretch):
        out: list[tuple[datetime, float]] = []
        for before, after in pairwise([None, *part]):
            assert after is not None
            b = (after.easting_m - crime[0], after.northing_m - crime[1])
            if before is not None:
                a = (before.easting_m - crime[0], before.northing_m - crime[1])
                step = (b[0] - a[0], b[1] - a[1])
                square = step[0] ** 2 + step[1] ** 2
                share = -(a[0] * step[0] + a[1] * step[1]) / square if square else 0.0
                if 0.0 < share < 1.0:
                    near = hypot(a[0] + share * step[0], a[1] + share * step[1])
                    out.append((before.t + share * (after.t - before.t), near))
            out.append((after.t, hypot(*b)))
        yield out


def _error_bars(fixes: Sequence[Fix], axis: _Axis, y: Callable[[float], float]) -> list[str]:
    bars = "".join(
        f"M{number(axis.x(fix.t))} {number(y(max(fix.distance_m - fix.accuracy_m, 0.0)))}"
        f"V{number(y(fix.distance_m + fix.accuracy_m))}"
        for fix in fixes
        if fix.accuracy_m and fix.used
    )
    return [f'<path class="strip-error" d="{bars}"/>'] if bars else []


def _positions(fixes: Sequence[Fix], axis: _Axis, y: Callable[[float], float]) -> Iterator[str]:
    """One path for each kind of position: filled inside, hollow outside, a cross where it was not used."""
    kinds = {
        "strip-outside": [fix for fix in fixes if fix.used and not fix.inside],
        "strip-inside": [fix for fix in fixes if fix.used and fix.inside],
        "strip-unused": [fix for fix in fixes if not fix.used],
    }
    for of_style, some in kinds.items():
        drawn = "".join(
            f"M{number(axis.x(fix.t) - 3)} {number(y(fix.distance_m))}a3 3 0 1 0 6 0a3 3 0 1 0-6 0"
            if fix.used
            else f"M{number(axis.x(fix.t) - 3)} {number(y(fix.distance_m) - 3)}l6 6m0-6l-6 6"
            for fix in some
        )
        if drawn:
            yield f'<path class="{of_style}" d="{drawn}"/>'


def _hatched(left: float, right: float, top: float, foot: float) -> Iterator[str]:
    """Grey, with slanted lines, so that it is told from a visit without colour."""
    yield f'<rect class="strip-gap" x="{number(left)}" y="{top}" width="{number(right - left)}" height="{foot - top}"/>'
    lines, x = "", left + 6
    while x < right:
        lines += f"M{number(x)} {top}L{number(max(x - 12, left))} {number(top + min(x - left, 12) / 12 * (foot - top))}"
        x += 8
    if lines:
        yield f'<path class="strip-hatch" d="{lines}"/>'


def _time_axis(axis: _Axis, y: float) -> Iterator[str]:
    ticks = list(axis.ticks())
    yield f'<path class="strip-axis" d="M{_LEFT} {y}H{_RIGHT}{"".join(f"M{number(x)} {y}v5" for x, _ in ticks)}"/>'
    for x, words in ticks:
        yield text("strip-text", x, y + 18, words, anchor="middle")


def _svg(name: str, title: str, words: str, height: int, body: Sequence[str], *, alone: bool) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="map" viewBox="0 0 {WIDTH} {height}" role="img" '
            f'aria-labelledby="{name}-title {name}-desc">',
            f'<title id="{name}-title">{escape(title)}</title>',
            f'<desc id="{name}-desc">{escape(words)}</desc>',
            *([f"<style>{style()}</style>"] if alone else []),
            *body,
            "</svg>",
            "",
        ]
    )
