"""Which blocks of trails come near a crime at a time that is asked about: no fix of the others matters, or is read.

Near is as near as `visits.reach_of` says, a little further than the radius, so that what joins two visits is there too.
"""

import numpy as np

from geo.jit import compiled
from matcher.kernels.arrays import DAY_US
from matcher.kernels.grid import BASE, BUCKET_US, BUCKETS, CELL_MM, COLUMNS, ROWS, START_US, X_MM, Y_MM
from matcher.kernels.other_days.civil import FURTHEST_TURN_US, instant_of
from matcher.kernels.other_days.hits import in_order_of_places
from matcher.kernels.search import slot_from, slot_to
from matcher.kernels.trails.blocks import block_within
from matcher.kernels.visits import reach_of


@compiled
def in_windows(blocks, crimes, grid, eligible, rule, marked):
    """Mark the blocks that come near a crime in its window; blocks of trails that are never eligible are left out.

    Parameters
    ----------
    blocks : BlockArrays
    crimes, grid : CrimeArrays, CrimeGrid
    eligible : IntervalArrays
        By trail.
    rule : Rule
    marked : bool over blocks
    """
    shape = grid.shape
    for w in range(len(blocks.offset) - 1):
        if eligible.offset[w] == eligible.offset[w + 1]:
            continue
        for g in range(2):
            columns, rows, buckets = shape[g, COLUMNS], shape[g, ROWS], shape[g, BUCKETS]
            if columns == 0:
                continue
            base, start = shape[g, BASE], shape[g, START_US]
            per_bucket, per_cell = 1.0 / np.float64(shape[g, BUCKET_US]), 1.0 / np.float64(shape[g, CELL_MM])
            west, south = shape[g, X_MM], shape[g, Y_MM]
            for k in range(blocks.offset[w], blocks.offset[w + 1]):
                reach = reach_of(blocks, k, rule)
                since, until = blocks.since_us[k], blocks.until_us[k]
                b = slot_from(since - start, per_bucket)
                b1 = slot_to(until - start, per_bucket, buckets)
                c0 = slot_from(blocks.x_min_mm[k] - reach - west, per_cell)
                c1 = slot_to(blocks.x_max_mm[k] + reach - west, per_cell, columns)
                r0 = slot_from(blocks.y_min_mm[k] - reach - south, per_cell)
                r1 = slot_to(blocks.y_max_mm[k] + reach - south, per_cell, rows)
                near = marked[k] or c0 > c1
                while b <= b1 and not near:
                    row = r0
                    while row <= r1 and not near:
                        at = base + (b * rows + row) * columns
                        e, e_end = grid.offset[at + c0], grid.offset[at + c1 + 1]
                        while e < e_end and not near:
                            c = grid.entries[e]
                            near = (
                                crimes.start_us[c] <= until
                                and crimes.end_us[c] >= since
                                and block_within(blocks, k, crimes.x_mm[c], crimes.y_mm[c], reach * reach)
                            )
                            e += 1
                        row += 1
                    b += 1
                marked[k] = marked[k] or (near and c0 <= c1)


@compiled
def on_days(blocks, crimes, civil, eligible, rule, marked):
    """Mark the blocks that come near a crime in its window on any day that it is compared with, its own among them."""
    (shape, offset, entries), calendar = civil.places, civil.calendar
    placed = in_order_of_places(crimes, civil)
    k_max = rule.reference_days
    columns, rows, per_cell = shape[0, COLUMNS], shape[0, ROWS], 1.0 / np.float64(shape[0, CELL_MM])
    west, south = shape[0, X_MM], shape[0, Y_MM]
    for w in range(len(blocks.offset) - 1):
        if eligible.offset[w] == eligible.offset[w + 1]:
            continue
        for b in range(blocks.offset[w], blocks.offset[w + 1]):
            reach = reach_of(blocks, b, rule)
            c0 = slot_from(blocks.x_min_mm[b] - reach - west, per_cell)
            c1 = slot_to(blocks.x_max_mm[b] + reach - west, per_cell, columns)
            row = slot_from(blocks.y_min_mm[b] - reach - south, per_cell)
            r1 = slot_to(blocks.y_max_mm[b] + reach - south, per_cell, rows)
            if c0 > c1:
                continue
            since, until = blocks.since_us[b], blocks.until_us[b]
            near = marked[b]
            while row <= r1 and not near:
                e, e_end = offset[row * columns + c0], offset[row * columns + c1 + 1]
                while e < e_end and not near:
                    c, start_us, end_us = entries[e], placed.start_us[e], placed.end_us[e]
                    k = max(-((end_us + FURTHEST_TURN_US - since) // DAY_US), -k_max)
                    k1 = min((until - start_us + FURTHEST_TURN_US) // DAY_US, k_max)
                    if k <= k1 and block_within(blocks, b, placed.x_mm[e], placed.y_mm[e], reach * reach):
                        while k <= k1 and not near:
                            start = instant_of(calendar, civil.day[c] + k, civil.time_us[c], civil.fold[c])
                            start -= rule.buffer_us
                            asked = rule.day_step == 1 or k % rule.day_step == 0
                            near = asked and start <= until and start + (end_us - start_us) >= since
                            k += 1
                    e += 1
                row += 1
            marked[b] = near
