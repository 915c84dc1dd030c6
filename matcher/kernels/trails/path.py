"""From a trail's rows to the path: what is no evidence left out, jumps out, segments drawn or not, ends of stretches.

Most fixes are a minute and a walk apart from the next, and need no decision. So each step first runs over all of them
without a branch, many at a time, and then looks only at those few that it may concern.
"""

import numpy as np

from geo.jit import called, compiled
from matcher.kernels.trails.blocks import BLOCK
from matcher.kernels.trails.frozen import frozen
from matcher.kernels.trails.ties import (
    BY_COARSE,
    BY_FROZEN,
    BY_JUMP,
    BY_MECHANISM,
    COARSE,
    DUPLICATES,
    FAST,
    FROZEN,
    JUMPS,
    OTHER_MECHANISM,
    in_order,
    leave_out_contradictions,
    most_accurate,
    put_left_out,
)
from matcher.kernels.trails.trail import too_fast

_LANES = 64
_SURELY = 1.0 - 1e-9
"""Room for the rounding of squares: nearer to the limit than this a segment is looked at exactly."""


@called
def shift(column, lo, hi, to):
    """Move values lo..hi to `to` <= lo."""
    given, taken = column[lo:hi], column[to : to + hi - lo]
    for i in range(hi - lo):
        taken[i] = given[i]


@called
def close_up(rows, lo, hi, to):
    """Move rows lo..hi to `to` <= lo."""
    shift(rows.t_us, lo, hi, to)
    shift(rows.x_mm, lo, hi, to)
    shift(rows.y_mm, lo, hi, to)
    shift(rows.accuracy_mm, lo, hi, to)
    shift(rows.mechanism, lo, hi, to)
    shift(rows.moving, lo, hi, to)


@called
def any_other_mechanism(rows, lo, hi, mechanisms_left_out):
    """Whether any of rows lo..hi is of a mechanism that is not in use."""
    by = rows.mechanism[lo:hi]
    bad = np.int32(0)
    for i in range(hi - lo):
        bad |= (mechanisms_left_out >> np.int32(by[i])) & np.int32(1)
    return bad != 0


@called
def any_coarse(rows, lo, hi, max_accuracy_mm):
    """Whether any of rows lo..hi is known too coarsely."""
    accuracy = rows.accuracy_mm[lo:hi]
    bad = 0
    for i in range(hi - lo):
        bad += accuracy[i] > max_accuracy_mm
    return bad != 0


@called
def any_left_out(rows, lo, hi, reason, rule):
    """Whether any of rows lo..hi is of a mechanism that is not in use (`BY_MECHANISM`), or is too coarse."""
    if reason == BY_MECHANISM:
        return any_other_mechanism(rows, lo, hi, rule.mechanisms_left_out)
    return any_coarse(rows, lo, hi, rule.max_accuracy_mm)


@called
def leave_out(rows, lo, hi, trail, reason, rule, counts, left):
    """Close up rows lo..hi over those of `any_left_out`, and count these; return the end."""
    k = lo
    for here in range(lo, hi, _LANES):
        end = min(here + _LANES, hi)
        begin = here
        if any_left_out(rows, here, end, reason, rule):
            for i in range(here, end):
                if any_left_out(rows, i, i + 1, reason, rule):
                    counts[OTHER_MECHANISM if reason == BY_MECHANISM else COARSE] += 1
                    put_left_out(rows, i, trail, reason, left)
                    close_up(rows, begin, i, k)
                    k += i - begin
                    begin = i + 1
        if k != begin:
            close_up(rows, begin, end, k)
        k += end - begin
    return k


@called
def increasing(t_us, lo, hi):
    """Whether each instant of lo..hi is later than the one before."""
    t = t_us[lo:hi]
    bad = 0
    for i in range(1, len(t)):
        bad += t[i] <= t[i - 1]
    return bad == 0


@called
def mark_plain(rows, lo, hi, rule, drawn):
    """Mark the segments that are surely drawn."""
    if hi == lo:
        return
    t_us, x_mm, y_mm, max_gap_us = rows.t_us, rows.x_mm, rows.y_mm, rule.max_gap_us
    mm_a_us = rule.max_speed_mps / 1000.0
    n = hi - lo - 1
    t_a, x_a, y_a = t_us[lo : lo + n], x_mm[lo : lo + n], y_mm[lo : lo + n]
    t_b, x_b, y_b = t_us[lo + 1 : hi], x_mm[lo + 1 : hi], y_mm[lo + 1 : hi]
    plain = drawn[lo : lo + n]
    for i in range(n):
        dt = t_b[i] - t_a[i]
        dx = np.float64(x_b[i]) - np.float64(x_a[i])
        dy = np.float64(y_b[i]) - np.float64(y_a[i])
        reach = mm_a_us * np.float64(dt)
        plain[i] = (dt <= max_gap_us) & (dx * dx + dy * dy <= reach * reach * _SURELY)
    drawn[hi - 1] = False


@called
def all_drawn(drawn, i):
    marks = drawn[i : i + _LANES]
    n = 0
    for k in range(_LANES):
        n += marks[k]
    return n == _LANES


@called
def draw(rows, lo, hi, rule, find_jumps, space, n_ends):
    """Decide exactly on the segments that are not marked; write each stretch's last fix, from space.ends[n_ends] on.

    A fix may be a jump if the speeds from the one before and to the one after are both too high while those two could
    reach each other; it is one if this is true of neither of its neighbours. All fixes are judged at once, on the trail
    as it came, so the order of judging cannot matter.
    Returns (the new number of `ends`, blocks, how many segments within the gap are too fast, how many jumps were
    written); if there are any the rest means nothing.
    """
    t_us, x_mm, y_mm, drawn = rows.t_us, rows.x_mm, rows.y_mm, space.drawn
    max_speed_mps = rule.max_speed_mps
    blocks = n_jumps = 0
    begin = lo
    may_be_jump = np.int64(-2)
    fast_before = False
    fast_within_gap = 0
    i = lo
    while i < hi:
        if i + _LANES <= hi and all_drawn(drawn, i):
            fast_before = False
            i += _LANES
            continue
        if drawn[i]:
            fast_before = False
            i += 1
            continue
        fast = i + 1 < hi and too_fast(t_us[i], x_mm[i], y_mm[i], t_us[i + 1], x_mm[i + 1], y_mm[i + 1], max_speed_mps)
        if (
            find_jumps
            and fast
            and fast_before
            and not too_fast(
                t_us[i - 1], x_mm[i - 1], y_mm[i - 1], t_us[i + 1], x_mm[i + 1], y_mm[i + 1], max_speed_mps
            )
        ):
            if may_be_jump != i - 1:
                space.jumps[n_jumps] = i
                n_jumps += 1
            elif n_jumps and space.jumps[n_jumps - 1] == i - 1:
                n_jumps -= 1
            may_be_jump = i
        fast_before = fast
        if i + 1 < hi and t_us[i + 1] - t_us[i] <= rule.max_gap_us:
            if fast:
                fast_within_gap += 1
            else:
                drawn[i] = True
        if not drawn[i]:
            space.ends[n_ends] = i
            n_ends += 1
            blocks += (i + 1 - begin + BLOCK - 1) // BLOCK
            begin = i + 1
        i += 1
    return n_ends, blocks, fast_within_gap, n_jumps


@called
def without(rows, lo, hi, jumps, n_jumps, trail, reason, left):
    """Close up rows lo..hi over the jumps, or whatever is left out, among them; return the end."""
    for j in range(n_jumps):
        put_left_out(rows, jumps[j], trail, reason, left)
    k = lo
    for j in range(n_jumps + 1):
        begin = jumps[j - 1] + 1 if j > 0 else lo
        end = jumps[j] if j < n_jumps else hi
        if k != begin:
            close_up(rows, begin, end, k)
        k += end - begin
    return k


@compiled
def trails(rows, begin, w, sorted_until, judged, rule, space, counts):
    """Make trails of the rows of trails w, w + 1 ... in place, closed up towards the front.

    Parameters
    ----------
    rows : FixColumns
    begin : int64, shape ``(trails + 1,)``
        Rows of trail w are ``begin[w]:begin[w + 1]``.
    w, sorted_until : int
        0 and -1 to begin with. A trail whose rows are not in time order stops it: the caller sorts them and goes on
        with that w and with the end of its rows.
    judged : bool
        Whether all rows are of a mechanism in use.
    space : PathSpace
        Filled in: offset, drawn, ends, by trail the numbers of stretches and blocks, and rows left out.
    counts : int64, shape ``(trails, 7)``
        What is left out of each trail's rows, and why, is added.

    Returns
    -------
    (w, end)
        The trail whose rows ``space.offset[w]:end`` have to be sorted, or (number of trails, 0) when done.
    """
    offset = space.offset
    n_trails = len(begin) - 1
    while w < n_trails:
        start = offset[w]
        end = sorted_until
        in_time = False
        if sorted_until < 0:
            end = start + begin[w + 1] - begin[w]
            if start != begin[w]:
                close_up(rows, begin[w], begin[w + 1], start)
            in_time = increasing(rows.t_us, start, end)
            if not in_time and not in_order(rows, start, end):
                return w, end
        sorted_until = np.int64(-1)
        if not in_time:
            # First, as the store does it before any setting is known.
            kept = most_accurate(rows, start, end)
            counts[w, DUPLICATES] += end - kept
            end = kept
        if not judged:
            end = leave_out(rows, start, end, w, BY_MECHANISM, rule, counts[w], space.left)
        end = leave_out(rows, start, end, w, BY_COARSE, rule, counts[w], space.left)
        if not in_time:
            end = leave_out_contradictions(rows, start, end, w, counts[w], space.left)
        mark_plain(rows, start, end, rule, space.drawn)
        n_ends, blocks, n_fast, n_jumps = draw(rows, start, end, rule, np.bool_(True), space, space.stretch_offset[w])
        if n_jumps:
            counts[w, JUMPS] += n_jumps
            end = without(rows, start, end, space.jumps, n_jumps, w, BY_JUMP, space.left)
        # Last, so that no row that is no evidence can end a run of one position.
        n_frozen = frozen(rows, start, end, rule.frozen_us, space.jumps)
        if n_frozen:
            counts[w, FROZEN] += n_frozen
            end = without(rows, start, end, space.jumps, n_frozen, w, BY_FROZEN, space.left)
        if n_jumps or n_frozen:
            # What is left is not judged again.
            mark_plain(rows, start, end, rule, space.drawn)
            n_ends, blocks, n_fast, _ = draw(rows, start, end, rule, np.bool_(False), space, space.stretch_offset[w])
        counts[w, FAST] += n_fast
        offset[w + 1] = end
        space.stretch_offset[w + 1] = n_ends
        space.block_offset[w + 1] = space.block_offset[w] + blocks
        w += 1
    return w, np.int64(0)
