"""Fixes that stand together as one *node*, and the *pieces* of path that lead from one node to the next.

A node is a place where the wearer stayed, as far as the fixes can tell: its fixes' weighted mean, with a variance that
counts one independent look for each error time (`matcher/analysis/README.md`). Nodes are made of the trail alone,
before any crime is known. A node begins

* at a trail's first fix, after a gap, at 0:00 UTC and at the trail's *restarts* (edges of permitted windows);
* with a fix further than `NODE_SIGMAS` from the mean of the node before it;
* where a *tail* of the node, its last 1, 2, 3, 4 or 6 error times, stands apart from its *head*, all before the tail.

Sums are of positions relative to the node's first fix, so a trail moved as a whole gives the same bits.
"""

from typing import NamedTuple

import numpy as np

from geo.jit import called, compiled, inlined
from matcher.kernels.arrays import DAY_US
from matcher.kernels.disc_probability import RADIUS_68

NODE_SIGMAS = 4.0
"""A fix this far from a node's mean, in sigmas of the difference, is elsewhere."""
TAILS = (1, 2, 3, 4, 6)
"""Lengths of the tails, in error times, in the order in which they are asked."""
TAIL_SIGMAS = 4.0
"""A tail whose mean is further from its head's, in standard errors of the difference, is elsewhere."""
FEWEST = 3
"""Fixes that a head and a tail need at least."""

_SURELY = 1.0 - 1e-6
"""A comparison of squares is taken as decided only beyond this share, by far more than their rounding."""
_NEVER = np.int64(1) << 62


class Sums(NamedTuple):
    """Of some fixes: how many, and the sums of 1 / sigma^2 and of that times x and y."""

    n: int
    weight: float
    x: float
    y: float


@inlined
def variance_of(sums, lasts_us, error_time_us):
    """Of the mean of fixes that span `lasts_us`, mm^2."""
    looks = max(1.0, np.float64(lasts_us) / np.float64(error_time_us))
    return np.float64(sums.n) / sums.weight / looks


@inlined
def next_restart(t, edges_us, low, high):
    """The first midnight UTC or edge after t; edges are ``edges_us[low:high]``, ascending."""
    midnight = (t // DAY_US + 1) * DAY_US
    for k in range(low, high):
        if edges_us[k] > t:
            return min(midnight, edges_us[k])
    return midnight


@called
def put(nodes, k, is_first, fixes, base, sums, is_known, rule):
    """Write node k, of the fixes from `base` on; say whether the trail's node before it leads there."""
    first, last = fixes.t_us[base], fixes.t_us[base + sums.n - 1]
    nodes.first_us[k], nodes.last_us[k] = first, last
    nodes.x_mm[k], nodes.y_mm[k] = fixes.x_mm[base], fixes.y_mm[base]
    nodes.off_x_mm[k], nodes.off_y_mm[k] = sums.x / sums.weight, sums.y / sums.weight
    nodes.variance_mm2[k] = variance_of(sums, last - first, rule.error_time_us)
    nodes.known[k] = is_known
    nodes.leads[k] = False
    if not is_first:
        nodes.leads[k - 1] = leads_to(nodes, k - 1, k, rule)


@inlined
def leads_to(nodes, j, k, rule):
    """Whether the path goes straight on from node j to node k, the next one."""
    lasts = nodes.first_us[k] - nodes.last_us[j]
    x = np.float64(np.int64(nodes.x_mm[k]) - nodes.x_mm[j]) + (nodes.off_x_mm[k] - nodes.off_x_mm[j])
    y = np.float64(np.int64(nodes.y_mm[k]) - nodes.y_mm[j]) + (nodes.off_y_mm[k] - nodes.off_y_mm[j])
    reach = rule.max_speed_mps * np.float64(lasts) / 1000.0
    return lasts <= rule.max_gap_us and x * x + y * y <= reach * reach


@inlined
def sigma_of(fixes, i, rule):
    """Standard error of fix i, mm; one of unknown accuracy counts as having the coarsest that is evidence."""
    accuracy = fixes.accuracy_mm[i] if fixes.accuracy_mm[i] >= 0 else rule.max_accuracy_mm
    return max(accuracy / RADIUS_68, rule.min_sigma_mm)


@inlined
def joins(sums, dx, dy, sigma, lasts_us, rule):
    """Whether a fix is near enough to the node that it follows."""
    gate = NODE_SIGMAS * NODE_SIGMAS
    # Mostly it is near enough for its own error alone, and that takes no division.
    far_x, far_y = dx * sums.weight - sums.x, dy * sums.weight - sums.y
    reach = sigma * sums.weight
    if far_x * far_x + far_y * far_y <= gate * (reach * reach) * _SURELY:
        return True
    off_x, off_y = dx - sums.x / sums.weight, dy - sums.y / sums.weight
    variance = variance_of(sums, lasts_us, rule.error_time_us)
    return off_x * off_x + off_y * off_y <= gate * (sigma * sigma + variance)


@inlined
def apart(t_us, base, whole, heads, h, error_time_us):
    """Whether the tail after the node's first h fixes stands apart from these; ``heads[h]`` has their sums."""
    head = Sums(h, heads[h, 0], heads[h, 1], heads[h, 2])
    tail = Sums(whole.n - h, whole.weight - head.weight, whole.x - head.x, whole.y - head.y)
    x, y = tail.x / tail.weight - head.x / head.weight, tail.y / tail.weight - head.y / head.weight
    variance = variance_of(head, t_us[base + h - 1] - t_us[base], error_time_us) + variance_of(
        tail, t_us[base + whole.n - 1] - t_us[base + h], error_time_us
    )
    return x * x + y * y > TAIL_SIGMAS * TAIL_SIGMAS * variance


@inlined
def split_at(t_us, base, whole, heads, begins, error_time_us):
    """How many fixes stand before the first tail that is apart; 0 if none is.

    `begins` are where each tail began when last asked, and never later than where it begins now.
    """
    last = t_us[base + whole.n - 1]
    asked = 0
    for k in range(len(TAILS)):
        h = begins[k]
        limit = last - TAILS[k] * error_time_us
        while t_us[base + h] <= limit:
            h += 1
        begins[k] = h
        if h < FEWEST:
            # Longer tails leave still less before them.
            return 0
        if whole.n - h < FEWEST or h == asked:
            continue
        asked = h
        # Mostly the two are nearer than the tail's own error alone would have them: that takes no division.
        weight = heads[h, 0]
        x, y = whole.x * weight - heads[h, 1] * whole.weight, whole.y * weight - heads[h, 2] * whole.weight
        least = TAIL_SIGMAS * TAIL_SIGMAS * _SURELY / TAILS[k] * (whole.n - h) * weight * weight
        if x * x + y * y > least * (whole.weight - weight) and apart(t_us, base, whole, heads, h, error_time_us):
            return h
    return 0


@inlined
def cut_trail(fixes, w, restarts, rule, nodes, made, heads, begins):
    """Cut trail w into nodes from number `made` on; return the next number. `heads` and `begins` are work space."""
    t_us, max_gap_us, error_time_us = fixes.t_us, rule.max_gap_us, rule.error_time_us
    lo, hi = fixes.offset[w], fixes.offset[w + 1]
    until = -_NEVER
    base = lo
    n = 0
    weight = weight_x = weight_y = 0.0
    # The last fix so far that states no accuracy.
    unknown = lo - 1
    for i in range(lo, hi):
        t = t_us[i]
        sigma = sigma_of(fixes, i, rule)
        dx = np.float64(np.int64(fixes.x_mm[i]) - fixes.x_mm[base])
        dy = np.float64(np.int64(fixes.y_mm[i]) - fixes.y_mm[base])
        if n > 0:
            sums = Sums(n, weight, weight_x, weight_y)
            last = t_us[i - 1]
            if t >= until or t - last > max_gap_us or not joins(sums, dx, dy, sigma, last - t_us[base], rule):
                put(nodes, made, made == nodes.offset[w], fixes, base, sums, unknown < base, rule)
                made += 1
                n = 0
        if n == 0:
            if t >= until:
                until = next_restart(t, restarts.t_us, restarts.offset[w], restarts.offset[w + 1])
            base = i
            weight = weight_x = weight_y = dx = dy = 0.0
            begins[:] = 0
        if fixes.accuracy_mm[i] < 0:
            unknown = i
        one = 1.0 / (sigma * sigma)
        n += 1
        weight += one
        weight_x += one * dx
        weight_y += one * dy
        heads[n, 0], heads[n, 1], heads[n, 2] = weight, weight_x, weight_y
        if n < 2 * FEWEST:
            continue
        h = split_at(t_us, base, Sums(n, weight, weight_x, weight_y), heads, begins, error_time_us)
        if h == 0:
            continue
        head = Sums(h, heads[h, 0], heads[h, 1], heads[h, 2])
        head_known = True
        for j in range(base, base + h):
            head_known = head_known and fixes.accuracy_mm[j] >= 0
        put(nodes, made, made == nodes.offset[w], fixes, base, head, head_known, rule)
        made += 1
        base, n = base + h, n - h
        begins[:] = 0
        weight = weight_x = weight_y = 0.0
        for j in range(n):
            sigma = sigma_of(fixes, base + j, rule)
            one = 1.0 / (sigma * sigma)
            weight += one
            weight_x += one * np.float64(np.int64(fixes.x_mm[base + j]) - fixes.x_mm[base])
            weight_y += one * np.float64(np.int64(fixes.y_mm[base + j]) - fixes.y_mm[base])
            heads[j + 1, 0], heads[j + 1, 1], heads[j + 1, 2] = weight, weight_x, weight_y
    if n > 0:
        sums = Sums(n, weight, weight_x, weight_y)
        put(nodes, made, made == nodes.offset[w], fixes, base, sums, unknown < base, rule)
        made += 1
    return made


@compiled
def cut(fixes, restarts, rule, nodes):
    """Cut trails into nodes. O(fixes).

    Parameters
    ----------
    fixes : TrailArrays
    restarts : EventArrays
        Instants at which each trail begins a new node.
    rule : Rule
    nodes : NodeArrays
        Filled in; `offset` is one longer than there are trails, the rest as long as there are fixes.

    Returns
    -------
    int
        How many nodes there are.
    """
    longest = np.int64(0)
    for w in range(len(fixes.offset) - 1):
        longest = max(longest, fixes.offset[w + 1] - fixes.offset[w])
    # Of which only as many rows as a node has fixes are ever written, or take memory.
    heads = np.empty((longest + 1, 3), np.float64)
    begins = np.zeros(len(TAILS), np.int64)
    made = np.int64(0)
    for w in range(len(fixes.offset) - 1):
        nodes.offset[w] = made
        made = cut_trail(fixes, w, restarts, rule, nodes, made, heads, begins)
    nodes.offset[len(fixes.offset) - 1] = made
    return made


@compiled
def join(nodes, begins, rule):
    """Say of the last node before each of `begins`, the first nodes of pieces that were cut by themselves, whether the
    path goes on to it. A node without one before it in its trail is passed over."""
    w = np.int64(0)
    for k in begins:
        while nodes.offset[w + 1] <= k:
            w += 1
        if k > nodes.offset[w]:
            nodes.leads[k - 1] = leads_to(nodes, k - 1, k, rule)
