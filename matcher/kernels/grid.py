"""Crimes by time bucket and cell, as two dense grids in one pair of CSR arrays.

Grid 0 holds crimes with short windows, once in each bucket their window touches; grid 1 has a single bucket for all
time and holds the rest: with one key alone, either hot streets or long windows would blow up.
`shape[g]` is (buckets, rows, columns, bucket length us, first bucket's start us, x origin mm, y origin mm, cell mm,
position of the grid's first slot).
"""

import numpy as np

from geo.jit import called, compiled

BUCKETS, ROWS, COLUMNS, BUCKET_US, START_US, X_MM, Y_MM, CELL_MM, BASE = range(9)
MAX_BUCKETS = 8
"""A window over more buckets than this goes to the untimed grid."""


@called
def cell_of(shape, g, x, y):
    return (y - shape[g, Y_MM]) // shape[g, CELL_MM], (x - shape[g, X_MM]) // shape[g, CELL_MM]


@called
def buckets_of(shape, g, start_us, end_us):
    """First and last bucket that [start_us, end_us] touches, clipped to the grid; empty if first > last."""
    b0 = (start_us - shape[g, START_US]) // shape[g, BUCKET_US]
    b1 = (end_us - shape[g, START_US]) // shape[g, BUCKET_US]
    return max(b0, np.int64(0)), min(b1, shape[g, BUCKETS] - 1)


@called
def _grid_for(shape, start_us, end_us):
    b0 = (start_us - shape[0, START_US]) // shape[0, BUCKET_US]
    b1 = (end_us - shape[0, START_US]) // shape[0, BUCKET_US]
    return 0 if b1 - b0 < MAX_BUCKETS else 1


@compiled
def fill(shape, x, y, start_us, end_us, offset):
    """Counting sort of the crimes into `offset` (one longer than the slots); return the entries, int32."""
    for step in range(2):
        if step == 1:
            total = np.int64(0)
            for k in range(len(offset)):
                here = offset[k]
                offset[k] = total
                total += here
            entries = np.empty(total, np.int32)
            cursor = offset.copy()
        for i in range(len(x)):
            g = _grid_for(shape, start_us[i], end_us[i])
            b0, b1 = buckets_of(shape, g, start_us[i], end_us[i])
            row, column = cell_of(shape, g, x[i], y[i])
            for b in range(b0, b1 + 1):
                k = shape[g, BASE] + (b * shape[g, ROWS] + row) * shape[g, COLUMNS] + column
                if step == 0:
                    offset[k] += 1
                else:
                    entries[cursor[k]] = i
                    cursor[k] += 1
    return entries
