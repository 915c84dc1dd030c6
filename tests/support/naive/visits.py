"""Visits, the slow, obvious way: the instants in D, parted where the record or the wearer was gone for long.

* Two neighbouring stretches in D are one visit unless two consecutive fixes with no segment drawn between them lie in
  the absence, or the path in it is further than R + s from the crime for more than `max_gap_s` in total. s is of each
  segment by itself: the larger sigma of its two fixes, nothing for one whose accuracy is not known.
* The closest approach is on the path from the visit's first to its last instant.
* Speed: the length of the path in D over its exact time in D, in km/h to 6 significant digits; none where that time
  rounds to 0 ms. A length under a millionth of a mm is 0.
* At the edge: a fix inside, of known accuracy a, at d >= R - a.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from matcher.params import Params
from tests.support.naive.path import (
    Disc,
    Stretch,
    approaches,
    clipped,
    clipped_to,
    fixes_inside,
    presence,
    square_of,
    stretch_inside,
    stretch_within,
    stretches,
)
from tests.support.naive.trails import Fix, drawn

NEAR_TIE_US = 2


@dataclass(frozen=True)
class Visit:
    first: Fraction
    last: Fraction
    fixes: int
    dwell_us: Fraction
    closest_square: Fraction
    closest_at: Fraction
    speed_kmh: float | None
    fixes_at_edge: int


def whole_ms(us: Fraction) -> int:
    return round(us / 1000)


def known_accuracy(fix: Fix, params: Params) -> int | None:
    """In mm; what the settings say of a fix that says nothing."""
    if fix.accuracy is None and params.default_accuracy_m is not None:
        return round(params.default_accuracy_m * 1000)
    return fix.accuracy


def exact_sigma(fix: Fix, params: Params) -> Fraction:
    accuracy = known_accuracy(fix, params)
    if accuracy is None:
        return Fraction(0)
    return max(Fraction(accuracy) / Fraction("1.5096"), Fraction(str(params.min_sigma_m)) * 1000)


def away_us(trail: list[Fix], disc: Disc, left: Fraction, back: Fraction, params: Params) -> Fraction:
    """How long the path between leaving and coming back is further off than its fixes' errors explain."""
    away = Fraction(0)
    for a, b, first, last in clipped_to(trail, left, back, params):
        s = max(exact_sigma(a, params), exact_sigma(b, params))
        near = stretch_within(a, b, first, last, disc, disc.r + s)
        away += last - first - (0 if near is None else near[1] - near[0])
    return away


def absences(trail: list[Fix], disc: Disc, params: Params) -> Iterator[tuple[Fraction, bool]]:
    """Between neighbouring stretches in D: how long away, and whether the path is broken."""
    undrawn = [(a.t, b.t) for a, b in itertools.pairwise(trail) if not drawn(a, b, params)]
    for (_, left), (back, _) in itertools.pairwise(presence(trail, disc, params)):
        yield away_us(trail, disc, left, back, params), any(left <= t_a and t_b <= back for t_a, t_b in undrawn)


def near_tie(trail: list[Fix], disc: Disc, params: Params) -> bool:
    """Whether a microsecond or two more or less could have made two visits one, or one two."""
    return any(
        not broken and abs(away - params.max_gap_us) <= NEAR_TIE_US for away, broken in absences(trail, disc, params)
    )


def visits_of(trail: list[Fix], disc: Disc, params: Params) -> list[Visit]:
    within = presence(trail, disc, params)
    spans: list[Stretch] = within[:1]
    for (start, end), (away, broken) in zip(within[1:], absences(trail, disc, params), strict=True):
        if away <= params.max_gap_us and not broken:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return [visit_of(trail, disc, span, params) for span in spans]


def visit_of(trail: list[Fix], disc: Disc, span: Stretch, params: Params) -> Visit:
    first, last = span
    inside = [f for f in fixes_inside(trail, disc) if first <= f.t <= last]
    dwell_us = sum((b - a for a, b in stretches(trail, disc, params) if first <= a and b <= last), Fraction(0))
    square, at = min(approaches(trail, disc, params, first, last))
    return Visit(
        first=first,
        last=last,
        fixes=len(inside),
        dwell_us=dwell_us,
        closest_square=square,
        closest_at=at,
        speed_kmh=None if whole_ms(dwell_us) == 0 else length_mm(trail, disc, span, params) / float(dwell_us) * 3600,
        fixes_at_edge=sum(at_edge(f, disc, params) for f in inside),
    )


def length_mm(trail: list[Fix], disc: Disc, span: Stretch, params: Params) -> float:
    """Of the path in D from the visit's first to its last instant."""
    lengths = []
    for a, b, first, last in clipped(trail, disc, params):
        inside = stretch_inside(a, b, first, last, disc)
        if inside is not None and b.t > a.t and span[0] <= inside[0] and inside[1] <= span[1]:
            lengths.append(math.hypot(b.x - a.x, b.y - a.y) * float((inside[1] - inside[0]) / (b.t - a.t)))
    whole = math.fsum(lengths)
    return whole if whole >= 1e-6 else 0.0


def at_edge(fix: Fix, disc: Disc, params: Params) -> bool:
    accuracy = known_accuracy(fix, params)
    return accuracy is not None and square_of(fix, disc) >= max(0, disc.r - accuracy) ** 2
