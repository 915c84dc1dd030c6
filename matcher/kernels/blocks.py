"""Trails cut into short runs of fixes with a bounding box each, so that most of them need not be looked at.

A block is up to `BLOCK` consecutive fixes with drawn segments between them; if the segment to the next fix is drawn
the block covers it too. A block ends wherever the path is not drawn, so a block's time is time on the path.
"""

import numpy as np

from geo.compiled import compiled

BLOCK = 16


@compiled
def count_blocks(drawn, lo, hi):
    n = 0
    i = lo
    while i < hi:
        n += 1
        size = 1
        while size < BLOCK and i + 1 < hi and drawn[i]:
            i += 1
            size += 1
        i += 1
    return n


@compiled
def build_blocks(t_us, x_mm, y_mm, drawn, lo, hi, k, first, until_us, x_min, x_max, y_min, y_max, stretch):
    """Write the blocks of fixes lo..hi from index k on; return the next index.

    `first` is a block's first fix (its last is the one before the next block's first), `until_us` the end of its
    path, `stretch` numbers the unbroken stretches of path: two blocks of one number have no undrawn gap between them.
    """
    number = 0
    i = lo
    while i < hi:
        first[k] = i
        stretch[k] = number
        x0 = x1 = x_mm[i]
        y0 = y1 = y_mm[i]
        size = 1
        while size < BLOCK and i + 1 < hi and drawn[i]:
            i += 1
            size += 1
            x0, x1 = min(x0, x_mm[i]), max(x1, x_mm[i])
            y0, y1 = min(y0, y_mm[i]), max(y1, y_mm[i])
        until = t_us[i]
        if i + 1 < hi and drawn[i]:
            x0, x1 = min(x0, x_mm[i + 1]), max(x1, x_mm[i + 1])
            y0, y1 = min(y0, y_mm[i + 1]), max(y1, y_mm[i + 1])
            until = t_us[i + 1]
        else:
            number += 1
        until_us[k] = until
        x_min[k], x_max[k], y_min[k], y_max[k] = x0, x1, y0, y1
        k += 1
        i += 1
    return k


@compiled
def box_within(x_min, x_max, y_min, y_max, x, y, radius_sq):
    """Whether the box comes within the radius of the point (int64 squares)."""
    dx = max(np.int64(x_min) - x, np.int64(0), x - np.int64(x_max))
    dy = max(np.int64(y_min) - y, np.int64(0), y - np.int64(y_max))
    return dx * dx + dy * dy <= radius_sq
