"""Trails cut into short runs of fixes with a bounding box each, so that most of them need not be looked at.

A block is up to `BLOCK` consecutive fixes with drawn segments between them; if the segment to the next fix is drawn
the block covers it too. A block ends wherever the path is not drawn, so a block's time is time on the path.
"""

import numpy as np

from geo.jit import compiled

BLOCK = 16


@compiled
def box_of(values, begin, end):
    """Least and greatest of values begin..end, at least one."""
    these = values[begin:end]
    low = high = these[0]
    for k in range(len(these)):
        low = min(low, these[k])
        high = max(high, these[k])
    return low, high


@compiled
def build_blocks(
    t_us,
    x_mm,
    y_mm,
    offset,
    ends,
    stretch_offset,
    block_offset,
    first,
    until_us,
    x_min,
    x_max,
    y_min,
    y_max,
    stretch,
    stretch_from,
    stretch_to,
    stretch_before,
):
    """Write the blocks and the stretches (see `stretches`) of every wearer.

    `ends` of stretch_offset[w]..stretch_offset[w + 1] are the last fixes of wearer w's stretches of path. `first` is a
    block's first fix (its last is the one before the next block's first), `until_us` the end of its path, `stretch`
    numbers a wearer's stretches: two blocks of one number have no undrawn gap between them.
    """
    for w in range(len(offset) - 1):
        k = block_offset[w]
        begin = offset[w]
        drawn_us = np.int64(0)
        for s in range(stretch_offset[w], stretch_offset[w + 1]):
            last = ends[s]
            stretch_from[s], stretch_to[s], stretch_before[s] = t_us[begin], t_us[last], drawn_us
            drawn_us += t_us[last] - t_us[begin]
            while begin <= last:
                following = min(begin + BLOCK, last + 1)
                shown = min(following, last)
                first[k] = begin
                stretch[k] = s - stretch_offset[w]
                until_us[k] = t_us[shown]
                x_min[k], x_max[k] = box_of(x_mm, begin, shown + 1)
                y_min[k], y_max[k] = box_of(y_mm, begin, shown + 1)
                begin = following
                k += 1


@compiled
def box_within(x_min, x_max, y_min, y_max, x, y, radius_sq):
    """Whether the box comes within the radius of the point (int64 squares)."""
    dx = max(np.int64(x_min) - x, np.int64(0), x - np.int64(x_max))
    dy = max(np.int64(y_min) - y, np.int64(0), y - np.int64(y_max))
    return dx * dx + dy * dy <= radius_sq
