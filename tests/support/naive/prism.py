"""Could a visit be hidden? Fixes that bound it, and rows left out that speak for it, the slow, obvious way.

What it follows, where more than one reading is possible:

* The trail is thinned: the first usable fix of each `prism_step_s` of the UTC day, and the last usable fix of each of
  the wearer's monitored periods, which are joined. With a step of 0 it is whole.
* A fix or row of unknown accuracy is as coarse as `max_accuracy_m`, if the settings say nothing else of it.
* A pair of consecutive fixes overlaps W if the closed stretches share an instant. It may lie across two monitored
  periods. The only fix of a trail is a pair with itself.
* For t: a visitor to q has to have left p_i in time, `|p_i - q| <= v (t - t_i) + 4 sigma_i`, and has to reach p_(i+1),
  with t in W and between the two.
* A pair contradicts v if its discs have no point in common at any instant, whatever the crime.
* Two trails contradict each other whatever lies between: usable fixes, none of them thinned out, both in W.
"""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

from matcher.params import Params
from tests.support.naive.path import Disc, about
from tests.support.naive.presence import sigma_of, sigma_of_fix
from tests.support.naive.trails import Fix, LeftOut, Span, Trail

NEAR_TIE_MM = 1.0
GOLDEN = (math.sqrt(5) - 1) / 2
DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000

Place = tuple[float, float]


def sigma_for_prism(fix: Fix, params: Params) -> float:
    known = sigma_of_fix(fix, params)
    sigma = sigma_of(params.max_accuracy_mm, params) if known is None else known
    return max(sigma, params.prism_min_sigma_mm)


def speed_mm_per_us(params: Params) -> float:
    return params.max_speed_mps / 1000.0


def thinned(trail: list[Fix], spans: list[Span], params: Params) -> list[Fix]:
    """`spans` are the wearer's monitored periods."""
    if params.prism_step_us == 0:
        return trail
    first_of: dict[tuple[int, int], int] = {}
    for i, f in enumerate(trail):
        day, of_day = divmod(f.t, DAY_US)
        first_of.setdefault((day, of_day // params.prism_step_us), i)
    of_periods = [[i for i, f in enumerate(trail) if a <= f.t < b] for a, b in spans]
    return [trail[i] for i in sorted({*first_of.values(), *(period[-1] for period in of_periods if period)})]


# --- between two fixes ------------------------------------------------------------------------------------------------


def pairs_about(thin: list[Fix], disc: Disc) -> list[tuple[Fix, Fix]]:
    """Consecutive fixes whose time overlaps W."""
    neighbours = [(thin[0], thin[0])] if len(thin) == 1 else pairwise(about(thin, disc))
    return [(a, b) for a, b in neighbours if max(a.t, disc.start) <= min(b.t, disc.end)]


def contradiction(a: Fix, b: Fix, params: Params) -> float:
    """By how many mm the fixes are further apart than v and their errors allow; negative if they are not."""
    reach = speed_mm_per_us(params) * abs(b.t - a.t) + 4 * sigma_for_prism(a, params) + 4 * sigma_for_prism(b, params)
    return math.hypot(a.x - b.x, a.y - b.y) - reach


def lacking(a: Fix, b: Fix, disc: Disc, radius: float, params: Params) -> Callable[[Place], float]:
    """How many mm a visit to a place lacks, at the best instant: convex, at most 0 where it was possible.

    The visitor is at q from `t_i + (|p_i - q| - 4 sigma_i) / v` at the earliest, and until
    `t_(i+1) - (|q - p_(i+1)| - 4 sigma_(i+1)) / v` at the latest. There is an instant for it if the first is not after
    the second, nor after the end of the time looked at, and the second not before its beginning.
    """
    v = speed_mm_per_us(params)
    first, last = max(a.t, disc.start), min(b.t, disc.end)
    err_a, err_b = 4 * sigma_for_prism(a, params), 4 * sigma_for_prism(b, params)

    def at(q: Place) -> float:
        from_a, to_b = math.hypot(q[0] - a.x, q[1] - a.y) - err_a, math.hypot(q[0] - b.x, q[1] - b.y) - err_b
        return max(
            math.hypot(q[0] - disc.x, q[1] - disc.y) - radius,
            from_a - v * (last - a.t),
            to_b - v * (b.t - first),
            from_a + to_b - v * (b.t - a.t),
        )

    return at


def least(f: Callable[[float], float], low: float, high: float) -> tuple[float, float]:
    """Where a convex function is least, and how much it is there, by golden sections down to a thousandth of a mm."""
    c, d = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    f_c, f_d = f(c), f(d)
    while high - low > 1e-3:
        if f_c <= f_d:
            high, d, f_d = d, c, f_c
            c = high - GOLDEN * (high - low)
            f_c = f(c)
        else:
            low, c, f_c = c, d, f_d
            d = low + GOLDEN * (high - low)
            f_d = f(d)
    return (c, f_c) if f_c <= f_d else (d, f_d)


def visit_lacks(a: Fix, b: Fix, disc: Disc, radius: float, params: Params) -> float:
    """mm that the best visit to the disc of `radius` lacks; at most 0 if one could have been hidden.

    Where it is clear by more than the near tie any bound on the right side of it will do.
    """
    at = lacking(a, b, disc, radius, params)
    for q in ((disc.x, disc.y), (a.x, a.y), (b.x, b.y), ((a.x + b.x) / 2, (a.y + b.y) / 2)):
        if at(q) < -NEAR_TIE_MM:
            return at(q)
    # No function changes by more than twice the way, and the disc's own allows no place beyond its edge.
    if (at_centre := at((disc.x, disc.y))) > 2 * radius + 10 * NEAR_TIE_MM:
        return at_centre - 2 * radius

    def across(x: float) -> float:
        half = math.sqrt(max(0.0, radius**2 - (x - disc.x) ** 2))
        return least(lambda y: at((x, y)), disc.y - half, disc.y + half)[1]

    return least(across, disc.x - radius, disc.x + radius)[1]


# --- between two trails -----------------------------------------------------------------------------------------------


def contradicting(a: Trail, b: Trail, params: Params) -> list[tuple[Fix, Fix]]:
    """Usable fixes of the two that cannot both be true."""
    return [(f, g) for f in a.fixes for g in b.fixes if contradiction(f, g, params) > 0]


def trails_contradict_by(trails: list[Trail], disc: Disc, params: Params) -> float:
    """mm by which fixes of two trails in W are too far apart; -inf if there are no two."""
    within = [[f for f in trail.fixes if disc.start <= f.t <= disc.end] for trail in trails]
    return max(
        (contradiction(f, g, params) for i, one in enumerate(within) for two in within[:i] for f in one for g in two),
        default=-math.inf,
    )


class Fault(NamedTuple):
    """Two devices of one wearer that contradict each other for over an hour."""

    devices: tuple[str, str]
    first: int  # us, of the fixes that contradict each other
    last: int


def faults_of_record(trails: list[Trail], params: Params) -> list[Fault]:
    out = []
    for i, two in enumerate(trails):
        for one in trails[:i]:
            at = [f.t for pair in contradicting(one, two, params) for f in pair]
            if at and max(at) - min(at) > HOUR_US:
                out.append(Fault((one.device, two.device), min(at), max(at)))
    return out


# --- rows left out ----------------------------------------------------------------------------------------------------


def left_out_about(trail: Trail, thin: list[Fix], disc: Disc) -> list[LeftOut]:
    """Those in W and in the gaps around it."""
    since = max((f.t for f in thin if f.t <= disc.start), default=-math.inf)
    until = min((f.t for f in thin if f.t >= disc.end), default=math.inf)
    return [each for each in trail.left_out if since <= each.fix.t <= until]


def row_lacks(fix: Fix, disc: Disc, radius: float, params: Params) -> float:
    """mm by which a row's 4-sigma disc fails to meet the disc of `radius`."""
    return math.hypot(fix.x - disc.x, fix.y - disc.y) - radius - 4 * sigma_for_prism(fix, params)


BRITAIN_MM = 1_500_000_000


def reaching_about(trail: Trail, thin: list[Fix], disc: Disc, params: Params) -> list[tuple[Fix, int]]:
    """Contradictions and frozen rows between the second fix before W and the second after it, each with the longest
    time of W between it and a visit, no further than the second fix before the row and the second after it."""
    instants = [f.t for f in thin]
    before, after = [t for t in instants if t <= disc.start], [t for t in instants if t >= disc.end]
    since = before[-2] if len(before) > 1 else -math.inf
    until = after[1] if len(after) > 1 else math.inf
    out = []
    for row, reason in ((each.fix, each.reason) for each in trail.left_out):
        away = max(disc.start - row.t, row.t - disc.end, 0)
        if reason not in ("contradiction", "frozen") or not since <= row.t <= until:
            continue
        if away * speed_mm_per_us(params) > BRITAIN_MM:
            continue
        earlier, later = [t for t in instants if t < row.t], [t for t in instants if t > row.t]
        first = max(disc.start, earlier[-2]) if len(earlier) > 1 else disc.start
        last = min(disc.end, later[1]) if len(later) > 1 else disc.end
        if first <= last:
            out.append((row, max(abs(row.t - first), abs(last - row.t))))
    return out
