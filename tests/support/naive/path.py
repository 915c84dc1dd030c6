"""One path and one disc: the geometry of the slow, obvious twin, in whole numbers and exact fractions.

* A segment between neighbours of a trail is drawn if dt <= max_gap_s and it is not too fast.
* W is closed, [t_from - buffer, t_to + buffer].
* The path in D: fixes in W at d <= R, and drawn segments clipped to W where they are at d <= R. Touching counts.
* A W of no length has coverage 1 if a fix stands at its instant or a drawn segment spans it, else 0.
"""

import itertools
import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from fractions import Fraction

from matcher.params import Params
from tests.support.naive.trails import Fix, drawn

Instant = int | Fraction
Stretch = tuple[Fraction, Fraction]
"""A closed stretch of time, first and last instant in microseconds since 1970."""
Clip = tuple[Fix, Fix, Instant, Instant]
"""A drawn segment, and the first and last instant of it that are asked about."""


@dataclass(frozen=True)
class Disc:
    """D and W of one crime: centre and radius in mm, first and last instant in us."""

    x: int
    y: int
    r: int
    start: int
    end: int


def about(trail: list[Fix], disc: Disc) -> list[Fix]:
    """The fixes in W and one to either side, which are all that a window's evidence hangs on."""
    low = bisect_left(trail, disc.start, key=lambda f: f.t) - 1
    high = bisect_right(trail, disc.end, key=lambda f: f.t) + 1
    return trail[max(low, 0) : high]


# --- one segment and one disc -----------------------------------------------------------------------------------------


def clipped_to(trail: list[Fix], start: Instant, end: Instant, params: Params) -> list[Clip]:
    """The drawn segments that share an instant with a closed stretch, each with the first and last they share."""
    out: list[Clip] = []
    for a, b in itertools.pairwise(trail):
        first, last = max(a.t, start), min(b.t, end)
        if drawn(a, b, params) and first <= last:
            out.append((a, b, first, last))
    return out


def clipped(trail: list[Fix], disc: Disc, params: Params) -> list[Clip]:
    return clipped_to(trail, disc.start, disc.end, params)


def square_at(a: Fix, b: Fix, t: Instant, disc: Disc) -> Fraction:
    """Squared distance, mm2, from the crime to where the segment a -> b is at `t`. Exact."""
    share = Fraction(t - a.t) / (b.t - a.t) if b.t > a.t else Fraction(0)
    return (a.x + share * (b.x - a.x) - disc.x) ** 2 + (a.y + share * (b.y - a.y) - disc.y) ** 2


def nearest(a: Fix, b: Fix, first: Instant, last: Instant, disc: Disc) -> tuple[Fraction, Fraction]:
    """Least squared distance of the segment in [first, last], and the earliest instant of it."""
    vx, vy = b.x - a.x, b.y - a.y
    if vx == vy == 0:
        return square_at(a, b, first, disc), Fraction(first)
    share = Fraction((disc.x - a.x) * vx + (disc.y - a.y) * vy, vx * vx + vy * vy)
    t = min(max(a.t + share * (b.t - a.t), Fraction(first)), Fraction(last))
    return square_at(a, b, t, disc), t


def root(square: Fraction) -> Fraction:
    """To 2^-64, and exactly where it is whole; of what is less than nothing, nothing."""
    return Fraction(math.isqrt(max(0, math.floor(square * (1 << 128)))), 1 << 64)


def stretch_within(a: Fix, b: Fix, first: Instant, last: Instant, disc: Disc, radius: Fraction) -> Stretch | None:
    """When, in [first, last], the segment is within `radius`. Whether it is at all is decided without rounding."""
    r2 = radius**2
    if nearest(a, b, first, last, disc)[0] > r2:
        return None
    enters, leaves = Fraction(first), Fraction(last)
    vx, vy, dx, dy = b.x - a.x, b.y - a.y, a.x - disc.x, a.y - disc.y
    v2, dv = vx * vx + vy * vy, dx * vx + dy * vy
    if v2 and b.t > a.t:
        # |d + share v| = R.
        half = root(dv * dv - v2 * (dx * dx + dy * dy - r2))
        if square_at(a, b, first, disc) > r2:
            enters = min(max(a.t + (-dv - half) / v2 * (b.t - a.t), enters), leaves)
        if square_at(a, b, last, disc) > r2:
            leaves = max(min(a.t + (-dv + half) / v2 * (b.t - a.t), leaves), enters)
    return enters, leaves


def stretch_inside(a: Fix, b: Fix, first: Instant, last: Instant, disc: Disc) -> Stretch | None:
    return stretch_within(a, b, first, last, disc, Fraction(disc.r))


# --- one trail and one disc -------------------------------------------------------------------------------------------


def square_of(f: Fix, disc: Disc) -> int:
    return (f.x - disc.x) ** 2 + (f.y - disc.y) ** 2


def fixes_inside(trail: list[Fix], disc: Disc) -> list[Fix]:
    return [f for f in trail if disc.start <= f.t <= disc.end and square_of(f, disc) <= disc.r**2]


def stretches(trail: list[Fix], disc: Disc, params: Params) -> list[Stretch]:
    """Every drawn segment's time in D within W, one by one."""
    found = [stretch_inside(a, b, first, last, disc) for a, b, first, last in clipped(trail, disc, params)]
    return [s for s in found if s is not None]


def presence(trail: list[Fix], disc: Disc, params: Params) -> list[Stretch]:
    """The instants in D within W: closed stretches in time order, apart from one another."""
    alone = [(Fraction(f.t), Fraction(f.t)) for f in fixes_inside(trail, disc)]
    out: list[Stretch] = []
    for start, end in sorted(stretches(trail, disc, params) + alone):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def approaches(
    trail: list[Fix], disc: Disc, params: Params, start: Instant | None = None, end: Instant | None = None
) -> list[tuple[Fraction, Fraction]]:
    """Least squared distance (mm2) and its earliest instant (us), for every fix in W and every clipped segment.

    In the closed stretch from start to end if that is given, else in W.
    """
    first, last = disc.start if start is None else start, disc.end if end is None else end
    out = [(Fraction(square_of(f, disc)), Fraction(f.t)) for f in trail if first <= f.t <= last]
    return out + [nearest(a, b, low, high, disc) for a, b, low, high in clipped_to(trail, first, last, params)]


def coverage(trail: list[Fix], disc: Disc, params: Params) -> Fraction:
    segments = clipped(trail, disc, params)
    if disc.start == disc.end:
        return Fraction(int(bool(segments) or any(f.t == disc.start for f in trail)))
    return Fraction(sum(last - first for _, _, first, last in segments), disc.end - disc.start)
