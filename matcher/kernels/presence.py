"""How probable it is that someone was in the disc, from fixes that err (`matcher/analysis/README.md`).

A fix whose 68 % radius is a errs by a circular Gaussian with sigma = max(a / RADIUS_68, min_sigma). Fixes near in time
share their error, so a stay is made one *node*: its mean, with one independent observation for each error time.
Taken are the greatest values over the nodes, over the nearest points of the segments between nodes that follow each
other within the longest gap, and over the drawn path that crosses an end of W, clipped to W. Such a crossing segment
runs from fix to fix, as the path does, with these two fixes' own sigmas; that goes for its end inside W too.

Positions are taken relative to the crime before anything is rounded, so a scene moved as a whole gives the same bits.
"""

import math

import numpy as np

from geo.jit import compiled, inlined
from matcher.kernels.arrays import Target
from matcher.kernels.binary_search import first_at_or_after
from matcher.kernels.disc_probability import RADIUS_68
from matcher.kernels.presence_observations import SURELY, WHOLE, Observation, greater, of_drawn, of_segment

NODE_SIGMAS = 5.0
"""A fix this far from a node's mean, in sigmas of the difference, is elsewhere."""


@compiled
def first_after(t_us, lo, hi, t):
    """Index of the first of t_us[lo:hi], ascending, that is > t; hi if there is none. Quick if it is near lo."""
    step = 32
    while lo + step < hi and t_us[lo + step] <= t:
        lo += step
        step *= 2
    return first_at_or_after(t_us, lo, min(lo + step, hi), t + 1)


@inlined
def greatest(with_p, trails, w, target, rule):
    """See `of_window`; p is NaN without `with_p`."""
    lo, hi = trails.offset[w], trails.offset[w + 1]
    begin = first_at_or_after(trails.t_us, lo, hi, target.start_us)
    end = first_after(trails.t_us, begin, hi, target.end_us)
    p = nearness = -1.0
    if lo < begin < hi and trails.drawn[begin - 1] and trails.t_us[begin] > target.start_us:
        p, nearness = of_drawn(p, nearness, with_p, trails, begin - 1, target, rule)
    if begin < end < hi and trails.drawn[end - 1] and trails.t_us[end - 1] < target.end_us:
        p_end, nearness_end = of_drawn(p, nearness, with_p, trails, end - 1, target, rule)
        # NaN stays, whichever end it came from.
        p, nearness = (p, nearness) if math.isnan(nearness) else (p_end, nearness_end)
    if math.isnan(nearness):
        return np.nan, np.nan
    return of_nodes(p, nearness, with_p, trails, begin, end, target, rule)


@inlined
def of_nodes(p, nearness, with_p, trails, begin, end, target, rule):
    """(p, nearness), or those of the nodes of fixes begin..end, and of the segments between nodes, where greater."""
    x, y, sigma_place_mm = target.x_mm, target.y_mm, target.sigma_mm
    max_gap_us, min_sigma_mm = rule.max_gap_us, rule.min_sigma_mm
    r = np.float64(rule.radius_mm)
    place_variance = sigma_place_mm * sigma_place_mm
    error_time = np.float64(rule.error_time_us)
    gate = NODE_SIGMAS * NODE_SIGMAS
    # The present node: sums over its fixes of 1 / sigma^2 and of that times x, y; its first and last instant.
    n = 0
    weight = weight_x = weight_y = 0.0
    first = last = np.int64(0)
    # The one before it.
    joined = False
    before = Observation(0.0, 0.0, 0.0)
    before_last = np.int64(0)
    for i in range(begin, end + 1):
        dx = dy = sigma = 0.0
        joins = False
        if i < end:
            if trails.accuracy_mm[i] < 0:
                return np.nan, np.nan
            sigma = max(trails.accuracy_mm[i] / RADIUS_68, min_sigma_mm)
            dx, dy = np.float64(np.int64(trails.x_mm[i]) - x), np.float64(np.int64(trails.y_mm[i]) - y)
            if n > 0 and trails.t_us[i] - last <= max_gap_us:
                # Mostly it is near enough for its own error alone, and that takes no division; the limit itself is
                # never met so, by far more than the rounding.
                far_x, far_y = dx * weight - weight_x, dy * weight - weight_y
                reach = sigma * weight
                joins = far_x * far_x + far_y * far_y <= gate * (reach * reach) * SURELY
                if not joins:
                    variance = n / weight / max(1.0, np.float64(last - first) / error_time)
                    off_x, off_y = dx - weight_x / weight, dy - weight_y / weight
                    joins = off_x * off_x + off_y * off_y <= gate * (sigma * sigma + variance)
        if n > 0 and not joins:
            variance = n / weight / max(1.0, np.float64(last - first) / error_time)
            node = Observation(weight_x / weight, weight_y / weight, math.sqrt(variance))
            p, nearness = greater(p, nearness, with_p, node.x, node.y, variance + place_variance, r)
            if joined and first - before_last <= max_gap_us:
                p, nearness = of_segment(p, nearness, with_p, before, node, WHOLE, sigma_place_mm, r)
            joined = True
            before, before_last = node, last
            n = 0
            weight = weight_x = weight_y = 0.0
        if i < end:
            if n == 0:
                first = trails.t_us[i]
            last = trails.t_us[i]
            n += 1
            w = 1.0 / (sigma * sigma)
            weight += w
            weight_x += w * dx
            weight_y += w * dy
    if nearness < 0.0:
        return np.nan, np.nan
    return (p if with_p else np.nan), nearness


@inlined
def of_window(trails, w, target, rule):
    """Probability of presence and nearness of trail w at one place in its closed window (`Target`).

    Both NaN where an accuracy they rest on is unknown (-1): of a fix in the window, or of an end of a drawn segment
    that crosses an end of it; and where there is nothing at all in the window. O(fixes in it), and `inside` only where
    it may be greater than the greatest so far: 6 us for twelve hours in one place, 30 us for twelve hours on the move.
    """
    return greatest(True, trails, w, target, rule)


@inlined
def nearness_of_window(trails, w, target, rule):
    """Nearness alone, the same to the last bit as `of_window` gives it."""
    return greatest(False, trails, w, target, rule)[1]


@compiled
def of_pairs(pairs, trails, crimes, rule):
    """`of_window` of every listed pair.

    Parameters
    ----------
    pairs, trails, crimes, rule : Pairs, TrailArrays, CrimeArrays, Rule

    Returns
    -------
    p, nearness : float64, shape ``(pairs,)``
    """
    p = np.empty(len(pairs.trail), np.float64)
    nearness = np.empty(len(pairs.trail), np.float64)
    for k in range(len(pairs.trail)):
        c = pairs.crime[k]
        target = Target(crimes.x_mm[c], crimes.y_mm[c], crimes.sigma_mm[c], crimes.start_us[c], crimes.end_us[c])
        p[k], nearness[k] = of_window(trails, pairs.trail[k], target, rule)
    return p, nearness
