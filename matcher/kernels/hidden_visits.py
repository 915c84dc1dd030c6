"""Where one wearer could have been: the prisms between fixes with boxes round them, and what lies beyond the trail.

Most windows are far from any crime, so consecutive fixes are taken `PAIRS` at a time in a box that holds every prism
between them, and those boxes `BOXES` at a time in a larger one. Only where a crime's disc comes near a box is a pair
looked at.
"""

from typing import NamedTuple

import numpy as np

from geo.jit import compiled, inlined
from matcher.kernels.arrays import Float64, Int32, Int64
from matcher.kernels.prism import TIE_MM, Bound, four_sigma, is_empty, pair_could_hide

PAIRS = 16
BOXES = 16

SLACK_MM = 1.0
"""Boxes are taken this much larger: rounding must not turn away what the prism would let in."""


class BoundedTrail(NamedTuple):
    """Fixes lo..hi of all wearers' that are one wearer's, with what bounds them.

    ``error_mm[i - lo]`` is 4 sigma of fix i. ``small[b]`` and ``large[b]`` are boxes (x_min, x_max, y_min, y_max, mm)
    of the prisms of pairs ``lo + 16 b`` and ``lo + 256 b`` and on.
    """

    t_us: Int64
    x_mm: Int32
    y_mm: Int32

    lo: int
    hi: int
    error_mm: Float64
    small: Float64
    large: Float64


class TrailEnds(NamedTuple):
    """The first and last fix of one wearer's trail, if there are `n` > 0, and the first and last instant of everything
    the wearer ever sent, which the trail may not hold."""

    n: int
    first: Bound
    last: Bound
    ever_first_us: int
    ever_last_us: int


@inlined
def bound_of(trail, i, error_mm):
    """Fix i of a `TrailArrays` or a `BoundedTrail`."""
    return Bound(trail.t_us[i], np.float64(trail.x_mm[i]), np.float64(trail.y_mm[i]), error_mm)


@compiled
def bounded(trails, w, rule, speed_mm_us):
    """`BoundedTrail` of wearer w, and the indices i of the empty prisms i, i + 1.

    The prism lies in the circle round the middle of the two fixes whose diameter is the longest way between them.
    """
    lo, hi = trails.offset[w], trails.offset[w + 1]
    n_fixes = hi - lo
    error = np.empty(n_fixes, np.float64)
    for i in range(n_fixes):
        error[i] = four_sigma(trails.accuracy_mm[lo + i], rule.max_accuracy_mm, rule.min_sigma_mm)
    n_small = max(n_fixes - 1 + PAIRS - 1, 0) // PAIRS
    small = np.empty((n_small, 4))
    large = np.empty(((n_small + BOXES - 1) // BOXES, 4))
    empty = np.empty(0, np.int64)
    n = 0
    for b in range(n_small):
        x0 = y0 = np.inf
        x1 = y1 = -np.inf
        begin = lo + b * PAIRS
        for i in range(begin, min(begin + PAIRS, hi - 1)):
            fix, following = bound_of(trails, i, error[i - lo]), bound_of(trails, i + 1, error[i + 1 - lo])
            if is_empty(fix, following, speed_mm_us):
                if n == len(empty):
                    empty = np.concatenate((empty, np.empty(n + 16, np.int64)))
                empty[n] = i
                n += 1
                continue
            way = speed_mm_us * (following.t_us - fix.t_us) + fix.error_mm + following.error_mm
            half = 0.5 * way + SLACK_MM
            mx, my = 0.5 * (fix.x_mm + following.x_mm), 0.5 * (fix.y_mm + following.y_mm)
            x0, x1 = min(x0, mx - half), max(x1, mx + half)
            y0, y1 = min(y0, my - half), max(y1, my + half)
        small[b, 0], small[b, 1], small[b, 2], small[b, 3] = x0, x1, y0, y1
        k = b // BOXES
        if b % BOXES == 0:
            large[k, 0], large[k, 1], large[k, 2], large[k, 3] = x0, x1, y0, y1
        else:
            large[k, 0], large[k, 1] = min(large[k, 0], x0), max(large[k, 1], x1)
            large[k, 2], large[k, 3] = min(large[k, 2], y0), max(large[k, 3], y1)
    return BoundedTrail(trails.t_us, trails.x_mm, trails.y_mm, lo, hi, error, small, large), empty[:n]


@inlined
def _away(box, b, disc):
    """Whether the disc keeps clear of the box. A box of no prism is clear of everything."""
    dx = max(box[b, 0] - disc.x_mm, 0.0, disc.x_mm - box[b, 1])
    dy = max(box[b, 2] - disc.y_mm, 0.0, disc.y_mm - box[b, 3])
    return dx * dx + dy * dy > disc.radius_mm * disc.radius_mm


@inlined
def next_near(mine, i, end_us, disc):
    """The first pair from i on, up to the window's end, whose boxes the disc comes near; -1 if there is none.

    One way out: then numba does not count the users of the arrays, which takes longer than most calls.
    """
    near = np.int64(-1)
    while near < 0 and i < mine.hi - 1 and mine.t_us[i] <= end_us:
        b = (i - mine.lo) // PAIRS
        if _away(mine.large, b // BOXES, disc):
            i = mine.lo + (b // BOXES + 1) * BOXES * PAIRS
        elif _away(mine.small, b, disc):
            i = mine.lo + (b + 1) * PAIRS
        else:
            near = i
    return near


@compiled
def any_could_hide(mine, i, start_us, end_us, disc, speed_mm_us):
    """Whether a pair from i on, up to the window's end, could have hidden a visit; `i` is `next_near` or -1."""
    while i >= 0:
        until = min(mine.lo + ((i - mine.lo) // PAIRS + 1) * PAIRS, mine.hi - 1)
        while i < until and mine.t_us[i] <= end_us:
            fix = bound_of(mine, i, mine.error_mm[i - mine.lo])
            following = bound_of(mine, i + 1, mine.error_mm[i + 1 - mine.lo])
            if pair_could_hide(fix, following, start_us, end_us, disc, speed_mm_us):
                return True
            i += 1
        i = next_near(mine, i, end_us, disc)
    return False


@compiled
def ends_of(mine, ever):
    """`TrailEnds`; `ever` are the first and last instant of everything the wearer ever sent."""
    n = mine.hi - mine.lo
    first = last = Bound(np.int64(0), 0.0, 0.0, 0.0)
    if n:
        first, last = bound_of(mine, mine.lo, mine.error_mm[0]), bound_of(mine, mine.hi - 1, mine.error_mm[n - 1])
    return TrailEnds(n, first, last, ever[0], ever[1])


@inlined
def _within(fix, disc, reach_mm):
    """Whether a fix is within the reach of the disc's centre."""
    dx, dy = fix.x_mm - disc.x_mm, fix.y_mm - disc.y_mm
    return dx * dx + dy * dy <= (reach_mm + TIE_MM) * (reach_mm + TIE_MM)


@inlined
def could_hide_beyond(ends, before_all, start_us, end_us, disc, speed_mm_us):
    """Whether a visit in the window could be hidden before the first fix or after the last.

    `before_all` says that no fix is before the window's start. Something the wearer sent beyond the trail's end makes
    the time up to it a gap like any other.
    """
    first, last, ever_first, ever_last = ends.first, ends.last, ends.ever_first_us, ends.ever_last_us
    sent_before = before_all and ever_first < start_us and (ends.n == 0 or ever_first < first.t_us)
    sent_after = (ends.n == 0 or last.t_us <= end_us) and ever_last > end_us and (ends.n == 0 or ever_last > last.t_us)
    if ends.n == 0:
        return sent_before and sent_after
    if sent_before and _within(first, disc, speed_mm_us * (first.t_us - start_us) + first.error_mm + disc.radius_mm):
        return True
    if sent_after and _within(last, disc, speed_mm_us * (end_us - last.t_us) + last.error_mm + disc.radius_mm):
        return True
    # The only fix there is: a pair with itself.
    return ends.n == 1 and start_us <= first.t_us <= end_us and _within(first, disc, first.error_mm + disc.radius_mm)
