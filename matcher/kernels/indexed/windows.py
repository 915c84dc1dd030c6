"""Blocks that overlap a window in time, however far they are: where all fixes of a window are asked for."""

from geo.jit import compiled
from matcher.kernels.binary_search import first_at_or_after


@compiled
def overlapping(blocks, trail_of, asked_of, start_us, end_us, marked):
    """Mark the blocks of a day that overlap a window of their trail.

    Parameters
    ----------
    blocks : BlockArrays
        `offset` over the day's pieces.
    trail_of : int64 over pieces
        The trail of each, -1 for those that are not asked about.
    asked_of : int64, shape ``(trails + 1,)``
        Windows of each trail.
    start_us, end_us : int64 over windows, closed
    marked : bool over blocks
    """
    for p in range(len(trail_of)):
        low, high = blocks.offset[p], blocks.offset[p + 1]
        if trail_of[p] < 0 or low == high:
            continue
        for a in range(asked_of[trail_of[p]], asked_of[trail_of[p] + 1]):
            if end_us[a] < blocks.since_us[low] or start_us[a] > blocks.until_us[high - 1]:
                continue
            for k in range(first_at_or_after(blocks.until_us, low, high, start_us[a]), high):
                if blocks.since_us[k] > end_us[a]:
                    break
                marked[k] = True
