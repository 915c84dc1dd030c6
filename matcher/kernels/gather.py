"""Rows out of a day's file as bytes: which ones lie in a window, and these copied to where they belong.

`raw` is the file; the rows of row group g are `group_starts[g]..group_starts[g + 1]`, their values of column c begin at
byte `at[c, g]`, in no alignment. Columns are t_us (8 bytes), x_mm, y_mm, accuracy_mm (4 each), mechanism (1).
"""

import numpy as np

from geo.compiled import compiled


@compiled
def group_of(group_starts, row):
    """The row group that row is in."""
    lo, hi = 0, len(group_starts) - 1
    while lo + 1 < hi:
        mid = (lo + hi) // 2
        if group_starts[mid] <= row:
            lo = mid
        else:
            hi = mid
    return lo


@compiled
def instant(raw, group_starts, at, row):
    """t_us of a row (little-endian)."""
    g = group_of(group_starts, row)
    byte = at[0, g] + 8 * (row - group_starts[g])
    t = np.int64(0)
    for k in range(8):
        t |= np.int64(raw[byte + k]) << (8 * k)
    return t


@compiled
def first_row(raw, group_starts, at, lo, hi, t):
    """The first of rows lo..hi, in time order, at or after t; hi if there is none."""
    while lo < hi:
        mid = (lo + hi) // 2
        if instant(raw, group_starts, at, mid) < t:
            lo = mid + 1
        else:
            hi = mid
    return lo


@compiled
def cut(raw, group_starts, at, begin, end, first_us, last_us, from_us, to_us, low, high):
    """Rows of each run begin..end, from first_us to last_us, that lie in [from_us, to_us): low..high."""
    for p in range(len(begin)):
        low[p], high[p] = begin[p], end[p]
        if from_us[p] > first_us[p]:
            low[p] = first_row(raw, group_starts, at, begin[p], end[p], from_us[p])
        if to_us[p] <= last_us[p]:
            high[p] = first_row(raw, group_starts, at, low[p], end[p], to_us[p])


@compiled
def copy(raw, byte, out, place, n):
    for k in range(n):
        out[place + k] = raw[byte + k]


@compiled
def copy_rows(raw, group_starts, at, low, high, place, t_us, x_mm, y_mm, accuracy_mm, mechanism):
    """Copy rows low[p]..high[p] to the outputs (as bytes) from row place[p] on."""
    for p in range(len(low)):
        row, to = low[p], place[p]
        g = group_of(group_starts, row)
        while row < high[p]:
            n = min(high[p], group_starts[g + 1]) - row
            skip = row - group_starts[g]
            copy(raw, at[0, g] + 8 * skip, t_us, 8 * to, 8 * n)
            copy(raw, at[1, g] + 4 * skip, x_mm, 4 * to, 4 * n)
            copy(raw, at[2, g] + 4 * skip, y_mm, 4 * to, 4 * n)
            copy(raw, at[3, g] + 4 * skip, accuracy_mm, 4 * to, 4 * n)
            copy(raw, at[4, g] + skip, mechanism, to, n)
            row, to, g = row + n, to + n, g + 1
