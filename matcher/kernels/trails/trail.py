"""Which trail each row is of, what is too fast: what `path` does not do many at a time."""

import numpy as np

from geo.jit import called, compiled
from matcher.kernels.binary_search import first_at_or_after

NOT_PERMITTED = -1
OTHER_MECHANISM = -2
COARSE = -3
UNASSIGNED = -4
NO_ACCURACY = -1
"""`accuracy_mm` of a fix that states none."""


@compiled
def owners(device, rows, windows, allowed, max_accuracy_mm, owner):
    """Write into `owner` the trail of each row, or why it is no evidence; return counts by that reason.

    `device` is the row's device, -1 for one that is assigned to no wearer, `rows` are `FixColumns`, `windows` are
    `WindowArrays`. `allowed[m]` says which mechanisms are evidence. The counts are (permitted, not permitted, other
    mechanism, coarse, unassigned).
    """
    offset, from_us, to_us = windows.offset, windows.from_us, windows.to_us
    counts = np.zeros(5, np.int64)
    for i in range(len(device)):
        d = device[i]
        who = UNASSIGNED
        if d >= 0:
            t = rows.t_us[i]
            k = first_at_or_after(to_us, offset[d], offset[d + 1], t + 1)
            if k < offset[d + 1] and from_us[k] <= t:
                who = windows.trail[k]
        if who >= 0:
            if not allowed[rows.mechanism[i]]:
                who = OTHER_MECHANISM
            elif rows.accuracy_mm[i] > max_accuracy_mm:
                who = COARSE
        owner[i] = who
        counts[0 if who >= 0 else -who] += 1
    return counts


@compiled
def count_rows(owner, size):
    for i in range(len(owner)):
        if owner[i] >= 0:
            size[owner[i]] += 1


@compiled
def scatter(owner, rows, cursor, out):
    """Append each owned row to its trail's part of `out` (`FixColumns`); `cursor[w]` is the place of w's next row."""
    for i in range(len(owner)):
        w = owner[i]
        if w >= 0:
            k = cursor[w]
            out.t_us[k] = rows.t_us[i]
            out.x_mm[k] = rows.x_mm[i]
            out.y_mm[k] = rows.y_mm[i]
            out.accuracy_mm[k] = rows.accuracy_mm[i]
            out.mechanism[k] = rows.mechanism[i]
            out.moving[k] = rows.moving[i]
            cursor[w] = k + 1


@called
def too_fast(t_a, x_a, y_a, t_b, x_b, y_b, max_speed_mps):
    """Whether going from a to b needs more than `max_speed_mps`. No distance is never too fast, at once always is."""
    dx = np.int64(x_b) - np.int64(x_a)
    dy = np.int64(y_b) - np.int64(y_a)
    if dx == 0 and dy == 0:
        return False
    return np.sqrt(np.float64(dx * dx + dy * dy)) > max_speed_mps * (t_b - t_a) / 1000.0
