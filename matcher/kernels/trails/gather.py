"""Rows out of a day's file as bytes (`DayFile`): which lie in a window, and these copied to where they belong."""

import numpy as np

from geo.jit import called, compiled
from matcher.kernels.binary_search import last_at_or_before
from matcher.kernels.trails.ties import BY_MECHANISM, OTHER_MECHANISM

LANES = 64
"""Rows looked at together."""


@called
def group_of(group_starts, row):
    """The row group that row is in."""
    return last_at_or_before(group_starts, 1, len(group_starts) - 1, row)


@called
def instant(file, row):
    """t_us of a row (little-endian)."""
    g = group_of(file.group_starts, row)
    byte = file.at[0, g] + 8 * (row - file.group_starts[g])
    t = np.int64(0)
    for k in range(8):
        t |= np.int64(file.raw[byte + k]) << (8 * k)
    return t


@called
def first_row(file, lo, hi, t_us):
    """The first of rows lo..hi, in time order, at or after t; hi if there is none.

    Not `first_at_or_after`: the instants are no array, each is put together from its bytes when it is compared.
    """
    while lo < hi:
        mid = (lo + hi) // 2
        if instant(file, mid) < t_us:
            lo = mid + 1
        else:
            hi = mid
    return lo


@called
def rows_in(file, runs, r, from_us, to_us):
    """Those rows of device run r (`DeviceRuns`) that lie in [from_us, to_us)."""
    low, high = runs.starts[r], runs.starts[r + 1]
    if from_us > runs.first_us[r]:
        low = first_row(file, low, high, from_us)
    if to_us <= runs.last_us[r]:
        high = first_row(file, low, high, to_us)
    return low, high


@compiled
def pieces(file, runs, windows, since_us, until_us, out, counts):
    """Write to `out` the rows of a day that belong to trails, by device and time; it has room for one piece a window.

    Only instants in [since_us, until_us) count. Adds to `counts` the rows read, those in a window in which the wearer
    may not be read, and those in no window.

    Returns
    -------
    int
        The number of pieces.
    """
    n = 0
    for d in range(len(runs.of_device)):
        r = runs.of_device[d]
        if r < 0:
            continue
        lo, hi = rows_in(file, runs, r, since_us, until_us)
        counts[0] += hi - lo
        counts[2] += hi - lo
        for k in range(windows.offset[d], windows.offset[d + 1]):
            since, until = max(windows.from_us[k], since_us), min(windows.to_us[k], until_us)
            if since >= until or since > runs.last_us[r] or until <= runs.first_us[r]:
                continue
            lo, hi = rows_in(file, runs, r, since, until)
            counts[2] -= hi - lo
            if windows.trail[k] < 0:
                counts[1] += hi - lo
            elif lo < hi:
                out.run[n], out.low[n], out.high[n], out.trail[n] = r, lo, hi, windows.trail[k]
                n += 1
    return n


@called
def copy(raw, byte, out, place, n):
    # Through slices, here and wherever it is to go fast: only then does the compiler see that no index is negative
    # and take many at a time.
    given, taken = raw[byte : byte + n], out[place : place + n]
    for k in range(n):
        taken[k] = given[k]


@called
def copy_columns(file, g, skip, n, to, out):
    """Copy n rows after the first `skip` of row group g to row `to` and on of `out` (`ByteColumns`)."""
    copy(file.raw, file.at[0, g] + 8 * skip, out.t_us, 8 * to, 8 * n)
    copy(file.raw, file.at[1, g] + 4 * skip, out.x_mm, 4 * to, 4 * n)
    copy(file.raw, file.at[2, g] + 4 * skip, out.y_mm, 4 * to, 4 * n)
    copy(file.raw, file.at[3, g] + 4 * skip, out.accuracy_mm, 4 * to, 4 * n)
    copy(file.raw, file.at[4, g] + skip, out.mechanism, to, n)
    copy(file.raw, file.at[5, g] + skip, out.moving, to, n)


@compiled
def copy_rows(file, low, high, out):
    """Copy rows low..high to `out` (`ByteColumns`)."""
    group_starts = file.group_starts
    row = low
    g = group_of(group_starts, row)
    while row < high:
        n = min(high, group_starts[g + 1]) - row
        copy_columns(file, g, row - group_starts[g], n, row - low, out)
        row, g = row + n, g + 1


@called
def any_left_out(raw, mechanism_byte, n, mechanisms_left_out):
    """Whether any of n rows is no evidence by its mechanism (a bit of int32 `mechanisms_left_out`)."""
    mechanism = raw[mechanism_byte : mechanism_byte + n]
    bad = np.int32(0)
    for i in range(n):
        bad |= (mechanisms_left_out >> np.int32(mechanism[i])) & np.int32(1)
    return bad != 0


@compiled
def count_kept(file, pieces, rule, rows_of, left_out):
    """Add the rows of each piece that are of a mechanism in use to rows_of[w] of its trail w, the others to
    left_out[w]."""
    raw, group_starts, at = file.raw, file.group_starts, file.at
    mechanisms = rule.mechanisms_left_out
    for p in range(len(pieces.low)):
        w, row = pieces.trail[p], pieces.low[p]
        g = group_of(group_starts, row)
        while row < pieces.high[p]:
            end = min(pieces.high[p], group_starts[g + 1])
            while row < end:
                n = min(end - row, np.int64(LANES))
                m = at[4, g] + row - group_starts[g]
                rows_of[w] += n
                if any_left_out(raw, m, n, mechanisms):
                    for i in range(n):
                        if (mechanisms >> np.int32(raw[m + i])) & np.int32(1):
                            left_out[w, OTHER_MECHANISM] += 1
                            rows_of[w] -= 1
                row += n
            g += 1


@called
def put_left_out(file, row, trail, reason, left):
    """Keep a row as left out, if such rows are kept."""
    if len(left.t_us):
        n = left.size[0]
        g = group_of(file.group_starts, row)
        four = 4 * (row - file.group_starts[g])
        left.trail[n], left.reason[n] = trail, reason
        left.t_us[n] = instant(file, row)
        left.x_mm[n] = _int32(file.raw, file.at[1, g] + four)
        left.y_mm[n] = _int32(file.raw, file.at[2, g] + four)
        left.accuracy_mm[n] = _int32(file.raw, file.at[3, g] + four)
        left.size[0] = n + 1


@called
def _int32(raw, byte):
    return raw[byte : byte + 4].view(np.int32)[0]


@compiled
def copy_kept(file, pieces, cursor, rule, out, left):
    """Copy the rows of each piece that are of a mechanism in use to `out` (`ByteColumns`), to row cursor[w] and on of
    its trail w, which is moved on, and the others to `left`. Those between two that are not are copied as one."""
    raw, group_starts, at = file.raw, file.group_starts, file.at
    mechanisms = rule.mechanisms_left_out
    for p in range(len(pieces.low)):
        w, row = pieces.trail[p], pieces.low[p]
        g = group_of(group_starts, row)
        while row < pieces.high[p]:
            end = min(pieces.high[p], group_starts[g + 1])
            begin = row
            while row < end:
                n = min(end - row, np.int64(LANES))
                m = at[4, g] + row - group_starts[g]
                if any_left_out(raw, m, n, mechanisms):
                    for i in range(n):
                        if (mechanisms >> np.int32(raw[m + i])) & np.int32(1):
                            put_left_out(file, row + i, w, BY_MECHANISM, left)
                            kept = row + i - begin
                            copy_columns(file, g, begin - group_starts[g], kept, cursor[w], out)
                            cursor[w] += kept
                            begin = row + i + 1
                row += n
            copy_columns(file, g, begin - group_starts[g], end - begin, cursor[w], out)
            cursor[w] += end - begin
            g += 1
