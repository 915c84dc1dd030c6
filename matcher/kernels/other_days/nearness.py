"""How near the wearer came on each day on which a pair would have been a candidate."""

import numpy as np

from geo.jit import compiled
from matcher.kernels.arrays import Target
from matcher.kernels.binary_search import soon_at_or_after
from matcher.kernels.presence import greatest_nearness


@compiled
def of_hits(pairs, first_hit, hit_start_us, nodes, crimes, rule):
    """Nearness in each hit's window, float64, the same to the last bit as `of_window` gives it; the hits of pair p are
    first_hit[p]..first_hit[p + 1]. O(nodes in the windows) if the hits of one trail at one crime ascend."""
    nearness = np.empty(len(hit_start_us), np.float64)
    w, c, begin = np.int64(-1), np.int64(-1), np.int64(0)
    before_us = np.int64(0)
    for p in range(len(pairs.trail)):
        if pairs.trail[p] != w or pairs.crime[p] != c:
            w, c = np.int64(pairs.trail[p]), np.int64(pairs.crime[p])
            begin = nodes.offset[w]
        length_us = crimes.end_us[c] - crimes.start_us[c]
        for h in range(first_hit[p], first_hit[p + 1]):
            start = hit_start_us[h]
            if start < before_us:
                begin = nodes.offset[w]
            before_us = start
            begin = soon_at_or_after(nodes.last_us, begin, nodes.offset[w + 1], start)
            target = Target(crimes.x_mm[c], crimes.y_mm[c], crimes.sigma_mm[c], start, start + length_us)
            nearness[h] = greatest_nearness(nodes, w, begin, target, rule)
    return nearness
