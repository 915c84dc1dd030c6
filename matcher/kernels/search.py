"""Which (trail, crime) pairs are candidates: one pass over the blocks of each trail.

A pair is listed at its first proof, a fix or a drawn segment in the disc within the window, and then left alone, so a
night next to a crime costs one test. The evidence is worked out afterwards, for the listed pairs only (`evidence`).
"""

import numpy as np

from geo.jit import called, compiled, inlined
from matcher.kernels.arrays import Pairs, PathArrays
from matcher.kernels.grid import BASE, BUCKET_US, BUCKETS, CELL_MM, COLUMNS, ROWS, START_US, X_MM, Y_MM
from matcher.kernels.segment import meets
from matcher.kernels.trails.blocks import block_within

_MARGIN = 1e-6


@inlined
def path_meets(path, begin, end, place, start_us, end_us, radius_mm):
    """Whether a fix of begin..end, or a drawn segment from one of them, is in the disc round `place` in the window."""
    radius_sq = radius_mm * radius_mm
    x_mm, y_mm = place
    for i in range(begin, end):
        t = path.t_us[i]
        if t > end_us:
            return False
        px, py = np.int64(path.x_mm[i]) - x_mm, np.int64(path.y_mm[i]) - y_mm
        if t >= start_us and px * px + py * py <= radius_sq:
            return True
        if path.drawn[i] and path.t_us[i + 1] >= start_us:
            dx = np.int64(path.x_mm[i + 1]) - np.int64(path.x_mm[i])
            dy = np.int64(path.y_mm[i + 1]) - np.int64(path.y_mm[i])
            # Cheap first: the segment's own box.
            near_x = max(min(px, px + dx), np.int64(0), -max(px, px + dx))
            near_y = max(min(py, py + dy), np.int64(0), -max(py, py + dy))
            if near_x * near_x + near_y * near_y <= radius_sq:
                dt = path.t_us[i + 1] - t
                a0 = max(start_us - t, np.int64(0))
                a1 = min(end_us - t, dt)
                if meets(px, py, dx, dy, dt, a0, a1, radius_mm):
                    return True
    return False


@inlined
def window_within(intervals, w, start_us, end_us):
    """Whether the window [start, end] lies in one of trail w's intervals [from, to)."""
    for k in range(intervals.offset[w], intervals.offset[w + 1]):
        if intervals.from_us[k] <= start_us and end_us < intervals.to_us[k]:
            return True
    return False


@called
def slot_from(along, per):
    """The first slot that what begins `along` the grid may touch; `per` is one over a slot's length.

    A division of integers takes longer than everything else done for a block far from any crime, so this is a product
    of floats, with a margin for its rounding: a slot more is looked at in vain, none is missed.
    """
    return np.int64(max(np.float64(along) * per - _MARGIN, 0.0))


@called
def slot_to(along, per, slots):
    """The last slot that what ends `along` the grid may touch; below 0 if it ends before the grid begins."""
    return np.int64(np.floor(min(np.float64(along) * per + _MARGIN, np.float64(slots - 1))))


@compiled
def candidates(trails, blocks, crimes, grid, eligible, radius_mm):
    """Candidate pairs, trails ascending, each trail's crimes in order of first proof.

    Parameters
    ----------
    trails, blocks, crimes, grid : TrailArrays, BlockArrays, CrimeArrays, CrimeGrid
    eligible : IntervalArrays
        By trail.
    radius_mm : int

    Returns
    -------
    Pairs
    """
    radius_sq = radius_mm * radius_mm
    path = PathArrays(trails.t_us, trails.x_mm, trails.y_mm, trails.drawn)
    listed_for = np.full(len(crimes.x_mm), -1, np.int32)
    pair_trail = np.empty(1024, np.int32)
    pair_crime = np.empty(1024, np.int32)
    n = 0
    for w in range(len(trails.offset) - 1):
        if eligible.offset[w] == eligible.offset[w + 1]:
            continue
        for g in range(2):
            columns, rows, buckets = grid.shape[g, COLUMNS], grid.shape[g, ROWS], grid.shape[g, BUCKETS]
            if columns == 0:
                continue
            base = grid.shape[g, BASE]
            start, bucket_us = grid.shape[g, START_US], np.float64(grid.shape[g, BUCKET_US])
            cell = np.float64(grid.shape[g, CELL_MM])
            left, right = -radius_mm - grid.shape[g, X_MM], radius_mm - grid.shape[g, X_MM]
            below, above = -radius_mm - grid.shape[g, Y_MM], radius_mm - grid.shape[g, Y_MM]
            per_bucket, per_cell = 1.0 / bucket_us, 1.0 / cell
            for k in range(blocks.offset[w], blocks.offset[w + 1]):
                since, until = blocks.since_us[k], blocks.until_us[k]
                b0 = slot_from(since - start, per_bucket)
                b1 = slot_to(until - start, per_bucket, buckets)
                c0 = slot_from(blocks.x_min_mm[k] + left, per_cell)
                c1 = slot_to(blocks.x_max_mm[k] + right, per_cell, columns)
                r0 = slot_from(blocks.y_min_mm[k] + below, per_cell)
                r1 = slot_to(blocks.y_max_mm[k] + above, per_cell, rows)
                if c0 > c1:
                    continue
                for b in range(b0, b1 + 1):
                    for row in range(r0, r1 + 1):
                        at = base + (b * rows + row) * columns
                        for e in range(grid.offset[at + c0], grid.offset[at + c1 + 1]):
                            c = grid.entries[e]
                            start_us, end_us = crimes.start_us[c], crimes.end_us[c]
                            if listed_for[c] == w or start_us > until or end_us < since:
                                continue
                            x, y = crimes.x_mm[c], crimes.y_mm[c]
                            if (
                                block_within(blocks, k, x, y, radius_sq)
                                and window_within(eligible, w, start_us, end_us)
                                and path_meets(
                                    path, blocks.first[k], blocks.end[k], (x, y), start_us, end_us, radius_mm
                                )
                            ):
                                listed_for[c] = w
                                if n == len(pair_trail):
                                    pair_trail = np.concatenate((pair_trail, np.empty(n, np.int32)))
                                    pair_crime = np.concatenate((pair_crime, np.empty(n, np.int32)))
                                pair_trail[n] = w
                                pair_crime[n] = c
                                n += 1
    return Pairs(pair_trail[:n], pair_crime[:n])


@compiled
def pairs_tested(eligible, start_us, end_us):
    """How many (wearer, crime) pairs have their window [start, end] in an eligible interval."""
    if len(start_us) == 0:
        return np.int64(0)
    earliest, latest = start_us[0], end_us[0]
    for c in range(1, len(start_us)):
        earliest, latest = min(earliest, start_us[c]), max(latest, end_us[c])
    total = np.int64(0)
    for k in range(len(eligible.from_us)):
        from_us, to_us = eligible.from_us[k], eligible.to_us[k]
        if from_us <= earliest and latest < to_us:
            total += len(start_us)
        else:
            for c in range(len(start_us)):
                if from_us <= start_us[c] and end_us[c] < to_us:
                    total += 1
    return total
