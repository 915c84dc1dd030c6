"""Whose each row is, one row an instant, what is too fast: what `path` does not do many at a time."""

import numpy as np

from geo.jit import compiled

NOT_PERMITTED = -1
OTHER_MECHANISM = -2
COARSE = -3
UNASSIGNED = -4
NO_ACCURACY = -1
"""`accuracy_mm` of a fix that states none."""


@compiled
def owners(device, t_us, mechanism, accuracy_mm, offset, from_us, to_us, held_by, allowed, max_accuracy_mm, owner):
    """Write into `owner` the wearer of each row, or why it is nobody's evidence; return counts by that reason.

    `offset`, `from_us`, `to_us`, `held_by` give each device's windows [from, to) in time order; `held_by` is -1 where
    the device is assigned but its wearer may not be read then. `allowed[m]` says which mechanisms count. The counts
    are (permitted, not permitted, other mechanism, coarse, unassigned).
    """
    counts = np.zeros(5, np.int64)
    for i in range(len(device)):
        d = device[i]
        who = UNASSIGNED
        if d >= 0:
            t = t_us[i]
            lo, hi = offset[d], offset[d + 1]
            while lo < hi:
                mid = (lo + hi) // 2
                if to_us[mid] <= t:
                    lo = mid + 1
                else:
                    hi = mid
            if lo < offset[d + 1] and from_us[lo] <= t:
                who = held_by[lo]
        if who >= 0:
            if not allowed[mechanism[i]]:
                who = OTHER_MECHANISM
            elif accuracy_mm[i] > max_accuracy_mm:
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
def scatter(owner, t_us, x_mm, y_mm, accuracy_mm, mechanism, cursor, to_t, to_x, to_y, to_accuracy, to_mechanism):
    """Append each owned row to its wearer's stretch of the outputs; `cursor[w]` is where the next row of w goes."""
    for i in range(len(owner)):
        w = owner[i]
        if w >= 0:
            k = cursor[w]
            to_t[k] = t_us[i]
            to_x[k] = x_mm[i]
            to_y[k] = y_mm[i]
            to_accuracy[k] = accuracy_mm[i]
            to_mechanism[k] = mechanism[i]
            cursor[w] = k + 1


@compiled
def keep_one_an_instant(t_us, x_mm, y_mm, accuracy_mm, mechanism, lo, hi):
    """Of sorted rows equal in (instant, mechanism) keep the first, closing up in place; return the new end.

    Rows must be sorted by (instant, mechanism, accuracy with none last, easting, northing).
    """
    if hi <= lo:
        return hi
    k = lo
    for i in range(lo + 1, hi):
        if t_us[i] != t_us[k] or mechanism[i] != mechanism[k]:
            k += 1
            if k != i:
                t_us[k] = t_us[i]
                x_mm[k] = x_mm[i]
                y_mm[k] = y_mm[i]
                accuracy_mm[k] = accuracy_mm[i]
                mechanism[k] = mechanism[i]
    return k + 1


@compiled
def too_fast(t_a, x_a, y_a, t_b, x_b, y_b, max_speed_mps):
    """Whether going from a to b needs more than `max_speed_mps`. No distance is never too fast, at once always is."""
    dx = np.int64(x_b) - np.int64(x_a)
    dy = np.int64(y_b) - np.int64(y_a)
    if dx == 0 and dy == 0:
        return False
    return np.sqrt(np.float64(dx * dx + dy * dy)) > max_speed_mps * (t_b - t_a) / 1000.0
