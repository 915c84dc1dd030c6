"""Who could have been there, who was not seen, who was elsewhere: each wearer's trail walked once over all crimes.

Most pairs are far apart, so consecutive fixes are taken `PAIRS` at a time in a box that holds every prism between
them, and those boxes `BOXES` at a time in a larger one. Only where a crime's disc comes near a box is a pair looked at.
"""

import numpy as np

from geo.jit import compiled
from matcher.kernels.evidence import first_at_or_after
from matcher.kernels.prism import TIE_MM, four_sigma, is_empty, pair_could_hide

PAIRS = 16
BOXES = 16

NOT_TESTED = 0
PRESENT = 1
PASSED = 2
POSSIBLE = 3
NO_FIX_YET = 4
DEVICE_EVENT = 5
GAP = 6
IMPLAUSIBLE_SPEED = 7
EXCLUDED = 8
"""`contracts.VERDICT_CODES` by number."""

SLACK_MM = 1.0
"""Boxes are taken this much larger: rounding must not turn away what the prism would let in."""


@compiled
def boxes_of(t_us, x_mm, y_mm, error, lo, hi, speed, small, large):
    """Write the boxes of the prisms between fixes lo..hi and return the indices i of the empty prisms i, i + 1.

    `small[b]` and `large[b]` are (x_min, x_max, y_min, y_max), float64 mm, of pairs lo + 16 b on and lo + 256 b on.
    The prism lies in the circle round the middle of the two fixes whose diameter is the longest way between them.
    """
    empty = np.empty(0, np.int64)
    n = 0
    for b in range(len(small)):
        x0 = y0 = np.inf
        x1 = y1 = -np.inf
        begin = lo + b * PAIRS
        for i in range(begin, min(begin + PAIRS, hi - 1)):
            xi, yi = np.float64(x_mm[i]), np.float64(y_mm[i])
            xj, yj = np.float64(x_mm[i + 1]), np.float64(y_mm[i + 1])
            e_i, e_j = error[i - lo], error[i + 1 - lo]
            if is_empty(t_us[i], xi, yi, e_i, t_us[i + 1], xj, yj, e_j, speed):
                if n == len(empty):
                    empty = np.concatenate((empty, np.empty(n + 16, np.int64)))
                empty[n] = i
                n += 1
                continue
            half = 0.5 * (speed * (t_us[i + 1] - t_us[i]) + e_i + e_j) + SLACK_MM
            mx, my = 0.5 * (xi + xj), 0.5 * (yi + yj)
            x0, x1 = min(x0, mx - half), max(x1, mx + half)
            y0, y1 = min(y0, my - half), max(y1, my + half)
        small[b, 0], small[b, 1], small[b, 2], small[b, 3] = x0, x1, y0, y1
        k = b // BOXES
        if b % BOXES == 0:
            large[k, 0], large[k, 1], large[k, 2], large[k, 3] = x0, x1, y0, y1
        else:
            large[k, 0], large[k, 1] = min(large[k, 0], x0), max(large[k, 1], x1)
            large[k, 2], large[k, 3] = min(large[k, 2], y0), max(large[k, 3], y1)
    return empty[:n]


@compiled
def _away(box, b, x, y, radius):
    """Whether the disc keeps clear of the box. A box of no prism is clear of everything."""
    dx = max(box[b, 0] - x, 0.0, x - box[b, 1])
    dy = max(box[b, 2] - y, 0.0, y - box[b, 3])
    return dx * dx + dy * dy > radius * radius


@compiled
def any_could_hide(t_us, x_mm, y_mm, error, lo, hi, i, small, large, start_us, end_us, x, y, radius, speed):
    """Whether a pair from i on, up to the window's end, could have hidden a visit."""
    looked_at_large = np.int64(-1)
    while i < hi - 1 and t_us[i] <= end_us:
        b = (i - lo) // PAIRS
        k = b // BOXES
        if k != looked_at_large:
            if _away(large, k, x, y, radius):
                i = lo + (k + 1) * BOXES * PAIRS
                continue
            looked_at_large = k
        until = lo + (b + 1) * PAIRS
        if _away(small, b, x, y, radius):
            i = until
            continue
        while i < min(until, hi - 1) and t_us[i] <= end_us:
            if pair_could_hide(
                t_us[i],
                x_mm[i],
                y_mm[i],
                error[i - lo],
                t_us[i + 1],
                x_mm[i + 1],
                y_mm[i + 1],
                error[i + 1 - lo],
                start_us,
                end_us,
                x,
                y,
                radius,
                speed,
            ):
                return True
            i += 1
    return False


@compiled
def _within(x_mm, y_mm, x, y, reach):
    dx, dy = np.float64(x_mm) - x, np.float64(y_mm) - y
    return dx * dx + dy * dy <= (reach + TIE_MM) * (reach + TIE_MM)


@compiled
def why_unobserved(period_lo, period_hi, from_us, to_us, first_us, last_us, event_lo, event_hi, event_us, start, end):
    """NO_FIX_YET, DEVICE_EVENT or GAP if W is not inside [first, last usable fix] of a monitored period, else 0.

    The missing stretch goes from the last fix before the window's end to the next one, or to the end of monitoring.
    """
    inside = period_lo - 1
    before = np.int64(-(1 << 62))
    for k in range(period_lo, period_hi):
        if from_us[k] <= start and end < to_us[k]:
            inside = k
        if first_us[k] <= last_us[k] and last_us[k] < end:
            before = max(before, last_us[k])
    if inside >= period_lo:
        if start < first_us[inside] or first_us[inside] > last_us[inside]:
            return NO_FIX_YET
        if end <= last_us[inside]:
            return 0
    else:
        seen = False
        for k in range(period_lo, period_hi):
            seen = seen or (first_us[k] <= last_us[k] and first_us[k] <= start)
        if not seen:
            return NO_FIX_YET
    after = np.int64(1 << 62)
    for k in range(period_lo, period_hi):
        if first_us[k] <= last_us[k] and first_us[k] > before:
            after = min(after, first_us[k])
    e = event_lo + np.searchsorted(event_us[event_lo:event_hi], before)
    return DEVICE_EVENT if e < event_hi and event_us[e] <= after else GAP


@compiled
def verdicts(
    w,
    row,
    order,
    start_us,
    end_us,
    crime_x,
    crime_y,
    radius,
    t_us,
    x_mm,
    y_mm,
    accuracy_mm,
    lo,
    hi,
    eligible_offset,
    eligible_from,
    eligible_to,
    monitored_offset,
    monitored_from,
    monitored_to,
    first_us,
    last_us,
    event_offset,
    event_us,
    speed,
    unknown_mm,
    min_sigma_mm,
    per_sigma,
):
    """Write wearer w's codes into `row` (int8, over crimes) wherever it does not already say present or passed.

    `order` lists the crimes by the start of their window; `start_us`, `end_us`, `crime_x`, `crime_y` and `radius`
    (R + 4 sigma of the place, mm) stand in that order, the places float64 mm. `first_us[k]` and `last_us[k]` are the
    first and last usable fix of monitored period k (first > last: none), of everything the wearer ever sent, though
    the trail may hold only part of it: a fix that is not in the trail is too long before or after every window for its
    place to matter.

    O(fixes + crimes) but for windows in which the wearer comes near.
    """
    n = hi - lo
    error = np.empty(n, np.float64)
    for i in range(n):
        error[i] = four_sigma(accuracy_mm[lo + i], unknown_mm, min_sigma_mm, per_sigma)
    n_small = max(n - 1 + PAIRS - 1, 0) // PAIRS
    small = np.empty((n_small, 4))
    large = np.empty(((n_small + BOXES - 1) // BOXES, 4))
    empty = boxes_of(t_us, x_mm, y_mm, error, lo, hi, speed, small, large)
    ever_first, ever_last = np.int64(1 << 62), np.int64(-(1 << 62))
    for k in range(monitored_offset[w], monitored_offset[w + 1]):
        if first_us[k] <= last_us[k]:
            ever_first, ever_last = min(ever_first, first_us[k]), max(ever_last, last_us[k])

    e_lo, e_hi = eligible_offset[w], eligible_offset[w + 1]
    after = lo
    for c in range(len(order)):
        start, end = start_us[c], end_us[c]
        # The first fix at or after the window's start: starts ascend, so it only ever moves on.
        while after < hi and t_us[after] < start:
            after += 1
        at = order[c]
        if row[at] != NOT_TESTED:
            continue
        # Eligible intervals are disjoint, so one that ends before this start serves no later crime.
        while e_lo < e_hi and eligible_to[e_lo] <= start:
            e_lo += 1
        if e_lo == e_hi:
            break
        if start < eligible_from[e_lo] or end >= eligible_to[e_lo]:
            continue
        x, y, r = crime_x[c], crime_y[c], radius[c]
        i = max(after - 1, lo)
        sent_before = after == lo and ever_first < start and (n == 0 or ever_first < t_us[lo])
        sent_after = (n == 0 or t_us[hi - 1] <= end) and ever_last > end and (n == 0 or ever_last > t_us[hi - 1])
        hidden = False
        if n == 0:
            hidden = sent_before and sent_after
        else:
            hidden = any_could_hide(t_us, x_mm, y_mm, error, lo, hi, i, small, large, start, end, x, y, r, speed)
            if not hidden and sent_before:
                reach = speed * (t_us[lo] - start) + error[0] + r
                hidden = _within(x_mm[lo], y_mm[lo], x, y, reach)
            if not hidden and sent_after:
                reach = speed * (end - t_us[hi - 1]) + error[n - 1] + r
                hidden = _within(x_mm[hi - 1], y_mm[hi - 1], x, y, reach)
            if not hidden and n == 1 and start <= t_us[lo] <= end:
                # The only fix there is: a pair with itself.
                hidden = _within(x_mm[lo], y_mm[lo], x, y, error[0] + r)
        if hidden:
            row[at] = POSSIBLE
            continue
        why = why_unobserved(
            monitored_offset[w],
            monitored_offset[w + 1],
            monitored_from,
            monitored_to,
            first_us,
            last_us,
            event_offset[w],
            event_offset[w + 1],
            event_us,
            start,
            end,
        )
        if why == 0 and len(empty):
            k = np.searchsorted(empty, i)
            if k < len(empty) and t_us[empty[k]] <= end and t_us[empty[k] + 1] >= start:
                why = IMPLAUSIBLE_SPEED
        row[at] = why if why != 0 else EXCLUDED


@compiled
def first_and_last(t_us, lo, hi, from_us, to_us, period_lo, period_hi, first_us, last_us):
    """Write for each monitored period [from, to) the instants of its first and last fix of lo..hi."""
    for k in range(period_lo, period_hi):
        begin = first_at_or_after(t_us, lo, hi, from_us[k])
        until = first_at_or_after(t_us, lo, hi, to_us[k])
        if begin < until:
            first_us[k], last_us[k] = t_us[begin], t_us[until - 1]
        else:
            first_us[k], last_us[k] = np.int64(1 << 62), np.int64(-(1 << 62))


@compiled
def tally(codes, counts):
    """Add to `counts[c, code]` the wearers of each code at crime c; `codes` is int8[wearers, crimes]."""
    for w in range(codes.shape[0]):
        for c in range(codes.shape[1]):
            counts[c, codes[w, c]] += 1
