"""Rows that evidence leaves out, looked at before *excluded* is said: could one of them have been inside?

A row may be left out for good reason and still be right: one jump, one position by wifi, one that is coarse. So a row
within its own 4 sigma of the disc is enough that nobody is excluded. As with prisms, rows lie in boxes of 16 and 256.
"""

from typing import NamedTuple

import numpy as np

from geo.jit import called, compiled, inlined
from matcher.kernels.arrays import Float64, Int32, Int64
from matcher.kernels.binary_search import first_at_or_after, soon_at_or_after
from matcher.kernels.hidden_visits import BOXES, PAIRS, SLACK_MM, keeps_clear, put_box
from matcher.kernels.prism import TIE_MM, four_sigma
from matcher.kernels.trails.ties import BY_CONTRADICTION, BY_FROZEN

NEVER = 1 << 62
BRITAIN_MM = 1.5e9
"""No two positions are further apart: what is further from a window in time bounds nothing in it."""


class BoxedRows(NamedTuple):
    """Rows left out of one trail, in time order: where each was to `error_mm`, its 4 sigma, with boxes round them as in
    `BoundedTrail`.

    The fixes beside row i in time are at `before_us[i]` and `after_us[i]`, none of them at its own instant. So it is in
    a window or the gap round it if the one is before the window's end and the other after its start.
    """

    before_us: Int64
    after_us: Int64
    x_mm: Int32
    y_mm: Int32
    error_mm: Float64
    small: Float64
    large: Float64


@compiled
def boxed_rows(left_out, k, fix_us, rule):
    """`BoxedRows` of trail k, whose fixes are at `fix_us`."""
    lo, hi = left_out.offset[k], left_out.offset[k + 1]
    n = hi - lo
    before, after = np.empty(n, np.int64), np.empty(n, np.int64)
    f, n_fixes = 0, len(fix_us)
    for i in range(n):
        t = left_out.t_us[lo + i]
        f = soon_at_or_after(fix_us, f, n_fixes, t)
        then = soon_at_or_after(fix_us, f, n_fixes, t + 1)
        before[i] = fix_us[f - 1] if f > 0 else np.int64(-NEVER)
        after[i] = fix_us[then] if then < n_fixes else np.int64(NEVER)
    error = np.empty(n, np.float64)
    n_small = (n + PAIRS - 1) // PAIRS
    small = np.empty((n_small, 4))
    large = np.empty(((n_small + BOXES - 1) // BOXES, 4))
    x_mm, y_mm = left_out.x_mm[lo:hi], left_out.y_mm[lo:hi]
    for b in range(n_small):
        x0 = y0 = np.inf
        x1 = y1 = -np.inf
        for i in range(b * PAIRS, min((b + 1) * PAIRS, n)):
            error[i] = four_sigma(left_out.accuracy_mm[lo + i], rule)
            half = error[i] + SLACK_MM
            x0, x1 = min(x0, x_mm[i] - half), max(x1, x_mm[i] + half)
            y0, y1 = min(y0, y_mm[i] - half), max(y1, y_mm[i] + half)
        put_box(small, large, b, x0, x1, y0, y1)
    return BoxedRows(before, after, x_mm, y_mm, error, small, large)


@inlined
def next_near_row(rows, i, end_us, disc):
    """The first row from i on, up to the gap after the window's end, whose boxes the disc comes near; -1 if there is
    none.

    One way out, as in `next_near`.
    """
    near = np.int64(-1)
    while near < 0 and i < len(rows.before_us) and rows.before_us[i] < end_us:
        b = i // PAIRS
        if keeps_clear(rows.large, b // BOXES, disc):
            i = (b // BOXES + 1) * BOXES * PAIRS
        elif keeps_clear(rows.small, b, disc):
            i = (b + 1) * PAIRS
        else:
            near = i
    return near


@compiled
def any_inside(rows, i, end_us, disc):
    """Whether one of the rows from i on, up to the gap after the window's end, could have been in the disc."""
    n = len(rows.before_us)
    while i < n and rows.before_us[i] < end_us:
        b = i // PAIRS
        if keeps_clear(rows.large, b // BOXES, disc):
            i = (b // BOXES + 1) * BOXES * PAIRS
            continue
        end = min((b + 1) * PAIRS, n)
        if not keeps_clear(rows.small, b, disc):
            while i < end and rows.before_us[i] < end_us:
                dx, dy = rows.x_mm[i] - disc.x_mm, rows.y_mm[i] - disc.y_mm
                reach = rows.error_mm[i] + disc.radius_mm + TIE_MM
                if dx * dx + dy * dy <= reach * reach:
                    return True
                i += 1
        i = end
    return False


@called
def taken_rows(left_out, k):
    """The rows of trail k that may have taken fixes with them when they came: contradictions and frozen ones."""
    lo, hi = left_out.offset[k], left_out.offset[k + 1]
    rows = np.empty(hi - lo, np.int64)
    n = 0
    for i in range(lo, hi):
        if left_out.reason[i] == BY_CONTRADICTION or left_out.reason[i] == BY_FROZEN:
            rows[n] = i
            n += 1
    return rows[:n]


@called
def any_reaches(left_out, taken, t_us, window, disc, speed_mm_us, rule):
    """Whether from one of the `taken_rows` the disc could be reached in the window, or left for it.

    Were it a fix, it would bound visits no further than the fixes beside it in time, of which it may hide one: so time
    counts between the second fix before it and the second after it. `t_us` are those of the `thinned` fixes.
    """
    start, end = window
    n = len(t_us)
    for i in taken:
        t = left_out.t_us[i]
        away = max(start - t, t - end, np.int64(0))
        if away * speed_mm_us > BRITAIN_MM or not _counts(t, t_us, start, end):
            continue
        k = first_at_or_after(t_us, 0, n, t) - 2
        m = first_at_or_after(t_us, 0, n, t + 1) + 1
        first, last = max(start, t_us[k]) if k >= 0 else start, min(end, t_us[m]) if m < n else end
        if first > last:
            continue
        dx, dy = left_out.x_mm[i] - disc.x_mm, left_out.y_mm[i] - disc.y_mm
        reach = four_sigma(left_out.accuracy_mm[i], rule) + speed_mm_us * max(abs(t - first), abs(last - t))
        reach += disc.radius_mm + TIE_MM
        if dx * dx + dy * dy <= reach * reach:
            return True
    return False


@inlined
def _counts(t, t_us, start, end):
    """Whether an instant is between the second fix before the window and the second after it."""
    n = len(t_us)
    k = first_at_or_after(t_us, 0, n, start + 1) - 2
    m = first_at_or_after(t_us, 0, n, end) + 1
    return (k < 0 or t >= t_us[k]) and (m >= n or t <= t_us[m])
