"""Trails cut into short runs of fixes with a bounding box each, so that most of them need not be looked at.

A block is up to `BLOCK` consecutive fixes with drawn segments between them; if the segment to the next fix is drawn
the block covers it too. A block ends wherever the path is not drawn, so a block's time is time on the path.
"""

import numpy as np

from geo.jit import called, compiled, inlined

BLOCK = 16


@called
def box_of(values, begin, end):
    """Least and greatest of values begin..end, at least one."""
    these = values[begin:end]
    low = high = these[0]
    for k in range(len(these)):
        low = min(low, these[k])
        high = max(high, these[k])
    return low, high


@compiled
def build_blocks(trails, ends, blocks, stretches):
    """Write the blocks and the stretches of every trail; both offsets are there already.

    `ends` of stretches.offset[w]..stretches.offset[w + 1] are the last fixes of trail w's stretches of path.
    """
    offset, t_us, x_mm, y_mm = trails.offset, trails.t_us, trails.x_mm, trails.y_mm
    for w in range(len(offset) - 1):
        k = blocks.offset[w]
        begin = offset[w]
        drawn_us = np.int64(0)
        for s in range(stretches.offset[w], stretches.offset[w + 1]):
            last = ends[s]
            stretches.from_us[s], stretches.to_us[s] = t_us[begin], t_us[last]
            stretches.before_us[s] = drawn_us
            drawn_us += t_us[last] - t_us[begin]
            while begin <= last:
                following = min(begin + BLOCK, last + 1)
                shown = min(following, last)
                blocks.first[k], blocks.end[k] = begin, following
                blocks.since_us[k] = t_us[begin]
                blocks.stretch[k] = s - stretches.offset[w]
                blocks.until_us[k] = t_us[shown]
                blocks.coarsest_mm[k] = box_of(trails.accuracy_mm, begin, shown + 1)[1]
                blocks.x_min_mm[k], blocks.x_max_mm[k] = box_of(x_mm, begin, shown + 1)
                blocks.y_min_mm[k], blocks.y_max_mm[k] = box_of(y_mm, begin, shown + 1)
                begin = following
                k += 1


@inlined
def block_within(blocks, k, x_mm, y_mm, radius_sq):
    """Whether the box of block k comes within the radius of the point (int64 squares)."""
    dx = max(np.int64(blocks.x_min_mm[k]) - x_mm, np.int64(0), x_mm - np.int64(blocks.x_max_mm[k]))
    dy = max(np.int64(blocks.y_min_mm[k]) - y_mm, np.int64(0), y_mm - np.int64(blocks.y_max_mm[k]))
    return dx * dx + dy * dy <= radius_sq
