"""Rows out of a day's columns (`FixColumns`): which lie in a window, and these copied to where they belong."""

import numpy as np

from geo.jit import called, compiled
from matcher.kernels.binary_search import first_at_or_after
from matcher.kernels.trails.ties import BY_MECHANISM, OTHER_MECHANISM

LANES = 64
"""Rows looked at together."""


@called
def rows_in(t_us, runs, r, from_us, to_us):
    """Those rows of device run r (`DeviceRuns`) that lie in [from_us, to_us)."""
    low, high = runs.starts[r], runs.starts[r + 1]
    if from_us > runs.first_us[r]:
        low = first_at_or_after(t_us, low, high, from_us)
    if to_us <= runs.last_us[r]:
        high = first_at_or_after(t_us, low, high, to_us)
    return low, high


@compiled
def pieces(t_us, runs, windows, since_us, until_us, out, counts):
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
        lo, hi = rows_in(t_us, runs, r, since_us, until_us)
        counts[0] += hi - lo
        counts[2] += hi - lo
        for k in range(windows.offset[d], windows.offset[d + 1]):
            since, until = max(windows.from_us[k], since_us), min(windows.to_us[k], until_us)
            if since >= until or since > runs.last_us[r] or until <= runs.first_us[r]:
                continue
            lo, hi = rows_in(t_us, runs, r, since, until)
            counts[2] -= hi - lo
            if windows.trail[k] < 0:
                counts[1] += hi - lo
            elif lo < hi:
                out.run[n], out.low[n], out.high[n], out.trail[n] = r, lo, hi, windows.trail[k]
                n += 1
    return n


@called
def copy(given, low, high, out, place):
    # Through slices, here and wherever it is to go fast: only then does the compiler see that no index is negative
    # and take many at a time.
    there, taken = given[low:high], out[place : place + high - low]
    for k in range(high - low):
        taken[k] = there[k]


@called
def copy_columns(rows, low, high, to, out):
    """Copy rows low..high to row `to` and on of `out`."""
    copy(rows.t_us, low, high, out.t_us, to)
    copy(rows.x_mm, low, high, out.x_mm, to)
    copy(rows.y_mm, low, high, out.y_mm, to)
    copy(rows.accuracy_mm, low, high, out.accuracy_mm, to)
    copy(rows.mechanism, low, high, out.mechanism, to)
    copy(rows.moving, low, high, out.moving, to)


@called
def any_left_out(mechanisms, mechanisms_left_out):
    """Whether any of these rows is no evidence by its mechanism (a bit of int32 `mechanisms_left_out`)."""
    bad = np.int32(0)
    for i in range(len(mechanisms)):
        bad |= (mechanisms_left_out >> np.int32(mechanisms[i])) & np.int32(1)
    return bad != 0


@compiled
def count_kept(rows, pieces, rule, rows_of, left_out):
    """Add the rows of each piece that are of a mechanism in use to rows_of[w] of its trail w, the others to
    left_out[w]."""
    mechanism, mechanisms = rows.mechanism, rule.mechanisms_left_out
    for p in range(len(pieces.low)):
        w, row = pieces.trail[p], pieces.low[p]
        while row < pieces.high[p]:
            n = min(pieces.high[p] - row, np.int64(LANES))
            rows_of[w] += n
            if any_left_out(mechanism[row : row + n], mechanisms):
                for i in range(n):
                    if (mechanisms >> np.int32(mechanism[row + i])) & np.int32(1):
                        left_out[w, OTHER_MECHANISM] += 1
                        rows_of[w] -= 1
            row += n


@called
def put_left_out(rows, row, trail, reason, left):
    """Keep a row as left out, if such rows are kept."""
    if len(left.t_us):
        n = left.size[0]
        left.trail[n], left.reason[n] = trail, reason
        left.t_us[n] = rows.t_us[row]
        left.x_mm[n], left.y_mm[n] = rows.x_mm[row], rows.y_mm[row]
        left.accuracy_mm[n] = rows.accuracy_mm[row]
        left.size[0] = n + 1


@compiled
def copy_kept(rows, pieces, cursor, rule, out, left):
    """Copy the rows of each piece that are of a mechanism in use to `out`, to row cursor[w] and on of its trail w,
    which is moved on, and the others to `left`. Those between two that are not are copied as one."""
    mechanism, mechanisms = rows.mechanism, rule.mechanisms_left_out
    for p in range(len(pieces.low)):
        w, row, end = pieces.trail[p], pieces.low[p], pieces.high[p]
        begin = row
        while row < end:
            n = min(end - row, np.int64(LANES))
            if any_left_out(mechanism[row : row + n], mechanisms):
                for i in range(n):
                    if (mechanisms >> np.int32(mechanism[row + i])) & np.int32(1):
                        put_left_out(rows, row + i, w, BY_MECHANISM, left)
                        copy_columns(rows, begin, row + i, cursor[w], out)
                        cursor[w] += row + i - begin
                        begin = row + i + 1
            row += n
        copy_columns(rows, begin, end, cursor[w], out)
        cursor[w] += end - begin
