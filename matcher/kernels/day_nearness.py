"""How near the wearer came on each day on which a pair would have been a candidate."""

import numpy as np

from geo.jit import compiled
from matcher.kernels.presence import nearness_of_window


@compiled
def of_hits(
    pair_wearer,
    pair_crime,
    first_hit,
    hit_start_us,
    offset,
    t_us,
    x_mm,
    y_mm,
    accuracy_mm,
    drawn,
    crime_x,
    crime_y,
    sigma_mm,
    length_us,
    r,
    max_gap_us,
    error_time_us,
    min_sigma_mm,
):
    """Nearness in each hit's window, float64; the hits of pair p are first_hit[p]..first_hit[p + 1]."""
    nearness = np.empty(len(hit_start_us), np.float64)
    for p in range(len(pair_wearer)):
        w, c = pair_wearer[p], pair_crime[p]
        for h in range(first_hit[p], first_hit[p + 1]):
            nearness[h] = nearness_of_window(
                t_us,
                x_mm,
                y_mm,
                accuracy_mm,
                drawn,
                offset[w],
                offset[w + 1],
                crime_x[c],
                crime_y[c],
                sigma_mm[c],
                hit_start_us[h],
                hit_start_us[h] + length_us[c],
                r,
                max_gap_us,
                error_time_us,
                min_sigma_mm,
            )
    return nearness
