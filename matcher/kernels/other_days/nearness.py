"""How near the wearer came on each day on which a pair would have been a candidate."""

import numpy as np

from geo.jit import compiled
from matcher.kernels.arrays import Target
from matcher.kernels.presence import nearness_of_window


@compiled
def of_hits(pairs, first_hit, hit_start_us, nodes, crimes, rule):
    """Nearness in each hit's window, float64; the hits of pair p are first_hit[p]..first_hit[p + 1]."""
    nearness = np.empty(len(hit_start_us), np.float64)
    for p in range(len(pairs.trail)):
        w, c = pairs.trail[p], pairs.crime[p]
        length_us = crimes.end_us[c] - crimes.start_us[c]
        for h in range(first_hit[p], first_hit[p + 1]):
            start = hit_start_us[h]
            target = Target(crimes.x_mm[c], crimes.y_mm[c], crimes.sigma_mm[c], start, start + length_us)
            nearness[h] = nearness_of_window(nodes, w, target, rule)
    return nearness
