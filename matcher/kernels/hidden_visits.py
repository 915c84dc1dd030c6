"""Where one trail's wearer could have been: the prisms between fixes with boxes round them, and what lies beyond.

A tag's errors persist: of fixes a second apart each repeats the error of the one before, and a hundred of them that
drift would bound a visit a hundred times. So the first fix of each `prism_step_us` of the UTC day stands for the others
(`thinned`).

Most windows are far from any crime, so consecutive fixes are taken `PAIRS` at a time in a box that holds every prism
between them, and those boxes `BOXES` at a time in a larger one. Only where a crime's disc comes near a box is a pair
looked at.
"""

from typing import NamedTuple

import numpy as np

from geo.jit import called, inlined
from matcher.kernels.arrays import DAY_US, Float64, Int32, Int64
from matcher.kernels.prism import TIE_MM, Bound, four_sigma, is_empty, pair_could_hide

PAIRS = 16
BOXES = 16

SLACK_MM = 1.0
"""Boxes are taken this much larger: rounding must not turn away what the prism would let in."""


class BoundedTrail(NamedTuple):
    """The `thinned` fixes of one trail, with what bounds them.

    ``error_mm[i]`` is 4 sigma of fix i. ``small[b]`` and ``large[b]`` are boxes (x_min, x_max, y_min, y_max, mm) of the
    prisms of pairs ``16 b`` and ``256 b`` and on.
    """

    t_us: Int64
    x_mm: Int32
    y_mm: Int32
    error_mm: Float64
    small: Float64
    large: Float64


class TrailEnds(NamedTuple):
    """The first and last fix of one trail, if there are `n` > 0, and the first and last instant of all there is of it,
    of which only some days may be at hand."""

    n: int
    first: Bound
    last: Bound
    ever_first_us: int
    ever_last_us: int


@inlined
def bound_of(trail, i):
    """Fix i of a `BoundedTrail`."""
    return Bound(trail.t_us[i], np.float64(trail.x_mm[i]), np.float64(trail.y_mm[i]), trail.error_mm[i])


@called
def thinned(trails, k, monitored, step_us):
    """The fixes of trail k that bound a visit: the first of each step of the UTC day, and the last of each monitored
    period. All of them if the step is 0."""
    lo, hi = trails.offset[k], trails.offset[k + 1]
    kept = np.empty(hi - lo, np.int64)
    n = 0
    period, periods = monitored.offset[k], monitored.offset[k + 1]
    for i in range(lo, hi):
        t = trails.t_us[i]
        # A step or more after the fix before it is in another step: only closer ones are divided.
        first = i == lo or t - trails.t_us[i - 1] >= step_us or _slot(t, step_us) != _slot(trails.t_us[i - 1], step_us)
        if not first and (i + 1 == hi or trails.t_us[i + 1] > t):
            while period < periods and monitored.last_us[period] < t:
                period += 1
            first = period < periods and monitored.last_us[period] == t
        if first:
            kept[n] = i
            n += 1
    return kept[:n]


@inlined
def _slot(t_us, step_us):
    day = t_us // DAY_US
    return day, (t_us - day * DAY_US) // step_us


@called
def bounded(trails, k, monitored, rule, speed_mm_us):
    """`BoundedTrail` of trail k, and the indices i of the empty prisms i, i + 1.

    The prism lies in the circle round the middle of the two fixes whose diameter is the longest way between them.
    """
    kept = thinned(trails, k, monitored, rule.prism_step_us)
    n_fixes = len(kept)
    error = np.empty(n_fixes, np.float64)
    for i in range(n_fixes):
        error[i] = four_sigma(trails.accuracy_mm[kept[i]], rule)
    n_small = max(n_fixes - 1 + PAIRS - 1, 0) // PAIRS
    small = np.empty((n_small, 4))
    large = np.empty(((n_small + BOXES - 1) // BOXES, 4))
    mine = BoundedTrail(trails.t_us[kept], trails.x_mm[kept], trails.y_mm[kept], error, small, large)
    empty = np.empty(0, np.int64)
    n = 0
    for b in range(n_small):
        x0 = y0 = np.inf
        x1 = y1 = -np.inf
        for i in range(b * PAIRS, min((b + 1) * PAIRS, n_fixes - 1)):
            fix, following = bound_of(mine, i), bound_of(mine, i + 1)
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
        put_box(small, large, b, x0, x1, y0, y1)
    return mine, empty[:n]


@inlined
def put_box(small, large, b, x0, x1, y0, y1):
    """Write small box b, and let the large one that holds it grow by it; boxes are put in order."""
    small[b, 0], small[b, 1], small[b, 2], small[b, 3] = x0, x1, y0, y1
    k = b // BOXES
    if b % BOXES == 0:
        large[k, 0], large[k, 1], large[k, 2], large[k, 3] = x0, x1, y0, y1
    else:
        large[k, 0], large[k, 1] = min(large[k, 0], x0), max(large[k, 1], x1)
        large[k, 2], large[k, 3] = min(large[k, 2], y0), max(large[k, 3], y1)


@inlined
def keeps_clear(box, b, disc):
    """Whether the disc keeps clear of the box. A box of nothing is clear of everything."""
    dx = max(box[b, 0] - disc.x_mm, 0.0, disc.x_mm - box[b, 1])
    dy = max(box[b, 2] - disc.y_mm, 0.0, disc.y_mm - box[b, 3])
    return dx * dx + dy * dy > disc.radius_mm * disc.radius_mm


@inlined
def next_near(mine, i, end_us, disc):
    """The first pair from i on, up to the window's end, whose boxes the disc comes near; -1 if there is none.

    One way out: then numba does not count the users of the arrays, which takes longer than most calls.
    """
    near = np.int64(-1)
    while near < 0 and i < len(mine.t_us) - 1 and mine.t_us[i] <= end_us:
        b = i // PAIRS
        if keeps_clear(mine.large, b // BOXES, disc):
            i = (b // BOXES + 1) * BOXES * PAIRS
        elif keeps_clear(mine.small, b, disc):
            i = (b + 1) * PAIRS
        else:
            near = i
    return near


@called
def any_could_hide(mine, i, start_us, end_us, disc, speed_mm_us):
    """Whether a pair from i on, up to the window's end, could have hidden a visit; `i` is `next_near` or -1."""
    while i >= 0:
        until = min((i // PAIRS + 1) * PAIRS, len(mine.t_us) - 1)
        while i < until and mine.t_us[i] <= end_us:
            if pair_could_hide(bound_of(mine, i), bound_of(mine, i + 1), start_us, end_us, disc, speed_mm_us):
                return True
            i += 1
        i = next_near(mine, i, end_us, disc)
    return False


@called
def ends_of(mine, ever):
    """`TrailEnds`; `ever` are the first and last instant of all there is of the trail."""
    n = len(mine.t_us)
    first = last = Bound(np.int64(0), 0.0, 0.0, 0.0)
    if n:
        first, last = bound_of(mine, 0), bound_of(mine, n - 1)
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
