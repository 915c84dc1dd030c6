"""Several rows of one device, instant and mechanism: which are evidence; and rows left out, kept to be looked at.

The most accurate stay, one at each position (`most_accurate`). Where there are several of them they contradict each
other, and none is evidence (`leave_out_contradictions`).
"""

import numpy as np

from geo.jit import called, inlined

DUPLICATES, JUMPS, FAST, OTHER_MECHANISM, COARSE, FROZEN, CONTRADICTIONS = range(7)
"""Columns of what is counted of each trail."""

BY_JUMP, BY_CONTRADICTION, BY_COARSE, BY_MECHANISM, BY_FROZEN = np.arange(5, dtype=np.int8)
"""Reasons of `LeftOutArrays`."""


@called
def put_left_out(rows, i, trail, reason, left):
    """Keep row i as left out, if such rows are kept."""
    if len(left.t_us):
        n = left.size[0]
        left.trail[n], left.reason[n] = trail, reason
        left.t_us[n], left.x_mm[n], left.y_mm[n] = rows.t_us[i], rows.x_mm[i], rows.y_mm[i]
        left.accuracy_mm[n] = rows.accuracy_mm[i]
        left.size[0] = n + 1


@inlined
def _tie(accuracy_mm):
    """Accuracy to sort by: one that is not known comes last."""
    return np.int32(2147483647) if accuracy_mm <= 0 else accuracy_mm


@called
def in_order(rows, lo, hi):
    """Whether rows are sorted by (instant, mechanism, accuracy with unknown last, easting, northing, moving)."""
    t_us, x_mm, y_mm, accuracy_mm, mechanism, moving = rows
    for i in range(lo + 1, hi):
        step = t_us[i] - t_us[i - 1]
        if step == 0:
            step = np.int64(mechanism[i]) - np.int64(mechanism[i - 1])
            if step == 0:
                step = np.int64(_tie(accuracy_mm[i])) - np.int64(_tie(accuracy_mm[i - 1]))
            if step == 0:
                step = np.int64(x_mm[i]) - np.int64(x_mm[i - 1])
            if step == 0:
                step = np.int64(y_mm[i]) - np.int64(y_mm[i - 1])
            if step == 0:
                step = np.int64(moving[i]) - np.int64(moving[i - 1])
        if step < 0:
            return False
    return True


@inlined
def same_key(rows, i, j):
    return rows.t_us[i] == rows.t_us[j] and rows.mechanism[i] == rows.mechanism[j]


@inlined
def put(rows, i, k):
    """Move row i to k."""
    if k != i:
        rows.t_us[k] = rows.t_us[i]
        rows.x_mm[k] = rows.x_mm[i]
        rows.y_mm[k] = rows.y_mm[i]
        rows.accuracy_mm[k] = rows.accuracy_mm[i]
        rows.mechanism[k] = rows.mechanism[i]
        rows.moving[k] = rows.moving[i]


@called
def most_accurate(rows, lo, hi):
    """Of rows of one (instant, mechanism) keep the most accurate, one at each position, closing up; return the end.

    Rows must be `in_order`.
    """
    k = lo
    for i in range(lo, hi):
        again = False
        if k > lo and same_key(rows, i, k - 1):
            same = rows.x_mm[i] == rows.x_mm[k - 1] and rows.y_mm[i] == rows.y_mm[k - 1]
            again = same or _tie(rows.accuracy_mm[i]) != _tie(rows.accuracy_mm[k - 1])
        if not again:
            put(rows, i, k)
            k += 1
    return k


@called
def leave_out_contradictions(rows, lo, hi, trail, counts, left):
    """Close up rows lo..hi, after `most_accurate`, over several of one (instant, mechanism); return the end."""
    k = i = lo
    while i < hi:
        until = i + 1
        while until < hi and same_key(rows, until, i):
            until += 1
        if until == i + 1:
            put(rows, i, k)
            k += 1
        else:
            for j in range(i, until):
                put_left_out(rows, j, trail, BY_CONTRADICTION, left)
            counts[CONTRADICTIONS] += until - i
        i = until
    return k
