"""Rows out of a day's file as bytes: which ones lie in a window, and these copied to where they belong.

`raw` is the file; the rows of row group g are `group_starts[g]..group_starts[g + 1]`, their values of column c begin at
byte `at[c, g]`, in no alignment. Columns are t_us (8 bytes), x_mm, y_mm, accuracy_mm (4 each), mechanism (1).
"""

import numpy as np

from geo.jit import compiled

LANES = 64
"""Rows looked at together."""


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
def instants(raw, group_starts, at, rows, out):
    """t_us of each of some rows."""
    for k in range(len(rows)):
        out[k] = instant(raw, group_starts, at, rows[k])


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
def rows_in(raw, group_starts, at, begin, end, first_us, last_us, from_us, to_us):
    """Those of rows begin..end, from first_us to last_us, that lie in [from_us, to_us)."""
    low, high = begin, end
    if from_us > first_us:
        low = first_row(raw, group_starts, at, begin, end, from_us)
    if to_us <= last_us:
        high = first_row(raw, group_starts, at, low, end, to_us)
    return low, high


@compiled
def pieces(
    raw,
    group_starts,
    at,
    starts,
    first_us,
    last_us,
    run_of,
    offset,
    from_us,
    to_us,
    held_by,
    since_us,
    until_us,
    run,
    low,
    high,
    wearer,
    counts,
):
    """The rows of a day that are somebody's: low..high of device run `run`, in `wearer`'s window, by device and time.

    Device d has run run_of[d] of the day (-1: no rows) and windows [from_us, to_us) of offset[d]..offset[d + 1], held
    by wearers or nobody (-1). Only [since_us, until_us) counts. Adds to `counts` the rows read, those in nobody's
    window, and those in no window. Returns the number of pieces; the outputs have room for one a window.
    """
    n = 0
    for d in range(len(run_of)):
        r = run_of[d]
        if r < 0:
            continue
        begin, end, first, last = starts[r], starts[r + 1], first_us[r], last_us[r]
        lo, hi = rows_in(raw, group_starts, at, begin, end, first, last, since_us, until_us)
        counts[0] += hi - lo
        counts[2] += hi - lo
        for k in range(offset[d], offset[d + 1]):
            since, until = max(from_us[k], since_us), min(to_us[k], until_us)
            if since >= until or since > last or until <= first:
                continue
            lo, hi = rows_in(raw, group_starts, at, begin, end, first, last, since, until)
            counts[2] -= hi - lo
            if held_by[k] < 0:
                counts[1] += hi - lo
            elif lo < hi:
                run[n], low[n], high[n], wearer[n] = r, lo, hi, held_by[k]
                n += 1
    return n


@compiled
def copy(raw, byte, out, place, n):
    # Through slices, here and wherever it is to go fast: only then does the compiler see that no index is negative
    # and take many at a time.
    given, taken = raw[byte : byte + n], out[place : place + n]
    for k in range(n):
        taken[k] = given[k]


@compiled
def copy_columns(raw, at, g, skip, n, to, t_us, x_mm, y_mm, accuracy_mm, mechanism):
    """Copy n rows after the first `skip` of row group g to row `to` and on of the outputs."""
    copy(raw, at[0, g] + 8 * skip, t_us, 8 * to, 8 * n)
    copy(raw, at[1, g] + 4 * skip, x_mm, 4 * to, 4 * n)
    copy(raw, at[2, g] + 4 * skip, y_mm, 4 * to, 4 * n)
    copy(raw, at[3, g] + 4 * skip, accuracy_mm, 4 * to, 4 * n)
    copy(raw, at[4, g] + skip, mechanism, to, n)


@compiled
def copy_rows(raw, group_starts, at, low, high, t_us, x_mm, y_mm, accuracy_mm, mechanism):
    """Copy rows low..high to the outputs, as bytes."""
    row = low
    g = group_of(group_starts, row)
    while row < high:
        n = min(high, group_starts[g + 1]) - row
        copy_columns(raw, at, g, row - group_starts[g], n, row - low, t_us, x_mm, y_mm, accuracy_mm, mechanism)
        row, g = row + n, g + 1


@compiled
def any_left_out(raw, accuracy_byte, mechanism_byte, n, not_allowed, max_accuracy_mm):
    """Whether any of n rows is of a mechanism that does not count (a bit of int32 `not_allowed`) or too coarse."""
    accuracy_mm = raw[accuracy_byte : accuracy_byte + 4 * n].view(np.int32)
    mechanism = raw[mechanism_byte : mechanism_byte + n]
    bad = np.int32(0)
    for i in range(n):
        bad |= np.int32(accuracy_mm[i] > max_accuracy_mm) | ((not_allowed >> np.int32(mechanism[i])) & np.int32(1))
    return bad != 0


@compiled
def count_kept(
    raw, group_starts, at, low, high, wearer, not_allowed, max_accuracy_mm, rows_of, left_out, other_mechanism, coarse
):
    """Add the rows of each piece that count to rows_of[w] of its wearer w, and those that do not to left_out[w]."""
    for p in range(len(low)):
        w, row = wearer[p], low[p]
        g = group_of(group_starts, row)
        while row < high[p]:
            end = min(high[p], group_starts[g + 1])
            while row < end:
                n = min(end - row, np.int64(LANES))
                a = at[3, g] + 4 * (row - group_starts[g])
                m = at[4, g] + row - group_starts[g]
                rows_of[w] += n
                if any_left_out(raw, a, m, n, not_allowed, max_accuracy_mm):
                    accuracy_mm = raw[a : a + 4 * n].view(np.int32)
                    for i in range(n):
                        if (not_allowed >> np.int32(raw[m + i])) & np.int32(1):
                            left_out[w, other_mechanism] += 1
                            rows_of[w] -= 1
                        elif accuracy_mm[i] > max_accuracy_mm:
                            left_out[w, coarse] += 1
                            rows_of[w] -= 1
                row += n
            g += 1


@compiled
def copy_kept(
    raw,
    group_starts,
    at,
    low,
    high,
    wearer,
    cursor,
    not_allowed,
    max_accuracy_mm,
    t_us,
    x_mm,
    y_mm,
    accuracy_mm,
    mechanism,
):
    """Copy the rows of each piece that count to the outputs (as bytes), to row cursor[w] and on of its wearer w, which
    is moved on. Those between two that do not count are copied as one."""
    for p in range(len(low)):
        w, row = wearer[p], low[p]
        g = group_of(group_starts, row)
        while row < high[p]:
            end = min(high[p], group_starts[g + 1])
            begin = row
            while row < end:
                n = min(end - row, np.int64(LANES))
                skip = row - group_starts[g]
                a, m = at[3, g] + 4 * skip, at[4, g] + skip
                if any_left_out(raw, a, m, n, not_allowed, max_accuracy_mm):
                    accuracies = raw[a : a + 4 * n].view(np.int32)
                    for i in range(n):
                        other = (not_allowed >> np.int32(raw[m + i])) & np.int32(1)
                        if other or accuracies[i] > max_accuracy_mm:
                            here, kept = begin - group_starts[g], row + i - begin
                            copy_columns(raw, at, g, here, kept, cursor[w], t_us, x_mm, y_mm, accuracy_mm, mechanism)
                            cursor[w] += kept
                            begin = row + i + 1
                row += n
            here = begin - group_starts[g]
            copy_columns(raw, at, g, here, end - begin, cursor[w], t_us, x_mm, y_mm, accuracy_mm, mechanism)
            cursor[w] += end - begin
            g += 1
