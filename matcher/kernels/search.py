"""Which (wearer, crime) pairs are candidates: one pass over the blocks of each wearer's trail.

A pair is listed at its first proof, a fix or a drawn segment in the disc within the window, and then left alone, so a
night beside a crime costs one test. What the pair is worth is worked out afterwards, for the listed ones only.
"""

import numpy as np

from geo.jit import compiled
from matcher.kernels.blocks import box_within
from matcher.kernels.grid import BASE, BUCKET_US, BUCKETS, CELL_MM, COLUMNS, ROWS, START_US, X_MM, Y_MM
from matcher.kernels.segment import meets

_ROOM = 1e-6


@compiled
def block_meets(t_us, x_mm, y_mm, drawn, begin, end, x, y, start_us, end_us, r):
    """Whether a fix of begin..end, or a drawn segment from one of them, is in the disc within the window."""
    r_sq = r * r
    for i in range(begin, end):
        t = t_us[i]
        if t > end_us:
            return False
        px, py = np.int64(x_mm[i]) - x, np.int64(y_mm[i]) - y
        if t >= start_us and px * px + py * py <= r_sq:
            return True
        if drawn[i] and t_us[i + 1] >= start_us:
            dx = np.int64(x_mm[i + 1]) - np.int64(x_mm[i])
            dy = np.int64(y_mm[i + 1]) - np.int64(y_mm[i])
            # Cheap first: the segment's own box.
            near_x = max(min(px, px + dx), np.int64(0), -max(px, px + dx))
            near_y = max(min(py, py + dy), np.int64(0), -max(py, py + dy))
            if near_x * near_x + near_y * near_y <= r_sq:
                dt = t_us[i + 1] - t
                a0 = max(start_us - t, np.int64(0))
                a1 = min(end_us - t, dt)
                if meets(px, py, dx, dy, dt, a0, a1, r):
                    return True
    return False


@compiled
def may_be_tested(offset, from_us, to_us, w, start_us, end_us):
    """Whether the window [start, end] lies in one of wearer w's eligible intervals [from, to)."""
    for k in range(offset[w], offset[w + 1]):
        if from_us[k] <= start_us and end_us < to_us[k]:
            return True
    return False


@compiled
def slot_from(along, per):
    """The first slot that what begins `along` the grid may touch; `per` is one over a slot's length.

    A division of integers takes longer than all else there is to a block far from any crime, so this is a product of
    floats, with room for its rounding: a slot more is looked at in vain, none is missed.
    """
    return np.int64(max(np.float64(along) * per - _ROOM, 0.0))


@compiled
def slot_to(along, per, slots):
    """The last slot that what ends `along` the grid may touch; below 0 if it ends before the grid begins."""
    return np.int64(np.floor(min(np.float64(along) * per + _ROOM, np.float64(slots - 1))))


@compiled
def candidates(
    wearers,
    block_offset,
    first,
    until_us,
    x_min,
    x_max,
    y_min,
    y_max,
    t_us,
    x_mm,
    y_mm,
    drawn,
    shape,
    offset,
    entries,
    crime_x,
    crime_y,
    start_us,
    end_us,
    r,
    eligible_offset,
    eligible_from,
    eligible_to,
):
    """Listed pairs as two int32 arrays (wearer, crime), wearers ascending, crimes in order of first proof.

    Blocks of wearer w are block_offset[w]..block_offset[w + 1]; `first` has one entry more than there are blocks.
    """
    r_sq = r * r
    listed_for = np.full(len(crime_x), -1, np.int32)
    pair_wearer = np.empty(1024, np.int32)
    pair_crime = np.empty(1024, np.int32)
    n = 0
    for w in range(wearers):
        if eligible_offset[w] == eligible_offset[w + 1]:
            continue
        for g in range(2):
            columns, rows, buckets = shape[g, COLUMNS], shape[g, ROWS], shape[g, BUCKETS]
            if columns == 0:
                continue
            base = shape[g, BASE]
            start, bucket_us = shape[g, START_US], np.float64(shape[g, BUCKET_US])
            cell = np.float64(shape[g, CELL_MM])
            left, right = -r - shape[g, X_MM], r - shape[g, X_MM]
            below, above = -r - shape[g, Y_MM], r - shape[g, Y_MM]
            per_bucket, per_cell = 1.0 / bucket_us, 1.0 / cell
            for k in range(block_offset[w], block_offset[w + 1]):
                begin = first[k]
                since, until = t_us[begin], until_us[k]
                b0 = slot_from(since - start, per_bucket)
                b1 = slot_to(until - start, per_bucket, buckets)
                c0 = slot_from(x_min[k] + left, per_cell)
                c1 = slot_to(x_max[k] + right, per_cell, columns)
                r0 = slot_from(y_min[k] + below, per_cell)
                r1 = slot_to(y_max[k] + above, per_cell, rows)
                if c0 > c1:
                    continue
                for b in range(b0, b1 + 1):
                    for row in range(r0, r1 + 1):
                        at = base + (b * rows + row) * columns
                        for e in range(offset[at + c0], offset[at + c1 + 1]):
                            c = entries[e]
                            if listed_for[c] == w or start_us[c] > until or end_us[c] < since:
                                continue
                            if not box_within(x_min[k], x_max[k], y_min[k], y_max[k], crime_x[c], crime_y[c], r_sq):
                                continue
                            if not may_be_tested(
                                eligible_offset, eligible_from, eligible_to, w, start_us[c], end_us[c]
                            ):
                                continue
                            if block_meets(
                                t_us,
                                x_mm,
                                y_mm,
                                drawn,
                                begin,
                                first[k + 1],
                                crime_x[c],
                                crime_y[c],
                                start_us[c],
                                end_us[c],
                                r,
                            ):
                                listed_for[c] = w
                                if n == len(pair_wearer):
                                    pair_wearer = np.concatenate((pair_wearer, np.empty(n, np.int32)))
                                    pair_crime = np.concatenate((pair_crime, np.empty(n, np.int32)))
                                pair_wearer[n] = w
                                pair_crime[n] = c
                                n += 1
    return pair_wearer[:n], pair_crime[:n]


@compiled
def pairs_tested(wearers, eligible_offset, eligible_from, eligible_to, start_us, end_us):
    """How many (wearer, crime) pairs have their window in an eligible interval."""
    if len(start_us) == 0:
        return np.int64(0)
    earliest, latest = start_us[0], end_us[0]
    for c in range(1, len(start_us)):
        earliest, latest = min(earliest, start_us[c]), max(latest, end_us[c])
    total = np.int64(0)
    for w in range(wearers):
        for k in range(eligible_offset[w], eligible_offset[w + 1]):
            if eligible_from[k] <= earliest and latest < eligible_to[k]:
                total += len(start_us)
            else:
                for c in range(len(start_us)):
                    if eligible_from[k] <= start_us[c] and end_us[c] < eligible_to[k]:
                        total += 1
    return total
