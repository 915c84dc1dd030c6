"""How probable it is that someone was in the disc, and how near they came (`matcher/analysis/README.md`).

Both are the greatest on a trail's *node path* within the window: at the nodes that the window meets, and on the
pieces between nodes, clipped to the window. Nodes do not depend on the window (`nodes`), so the path in a window is
part of the path in any longer one, and the probability never falls when a window grows.
"""

import math

import numpy as np

from geo.jit import compiled, inlined
from matcher.kernels.arrays import Target
from matcher.kernels.binary_search import first_at_or_after
from matcher.kernels.nearness import LEAST, furthest, may_be_nearer, nearness_at
from matcher.kernels.piece import Look, Piece, Point, Share
from matcher.kernels.presence_pieces import of_piece, p_at
from matcher.kernels.trails.nodes import NODE_SIGMAS, sigma_of

FOUND, NO_NODE_PATH, ACCURACY_UNKNOWN = range(3)

_HALF_A_MM = 0.5
"""Fixes are whole millimetres; where a node stands is rounded."""


@inlined
def piece_to(nodes, j, target):
    """From node j - 1 to node j, as seen from the crime."""
    x = np.float64(np.int64(nodes.x_mm[j - 1]) - target.x_mm) + nodes.off_x_mm[j - 1]
    y = np.float64(np.int64(nodes.y_mm[j - 1]) - target.y_mm) + nodes.off_y_mm[j - 1]
    vx = np.float64(np.int64(nodes.x_mm[j]) - nodes.x_mm[j - 1]) + (nodes.off_x_mm[j] - nodes.off_x_mm[j - 1])
    vy = np.float64(np.int64(nodes.y_mm[j]) - nodes.y_mm[j - 1]) + (nodes.off_y_mm[j] - nodes.off_y_mm[j - 1])
    sigma = math.sqrt(nodes.variance_mm2[j - 1])
    return Piece(x, y, sigma, vx, vy, math.sqrt(nodes.variance_mm2[j]) - sigma, vx * vx + vy * vy)


@inlined
def part_in_window(nodes, j, target):
    """The part of the piece from node j - 1 to node j that is in the window; all of a piece of no duration."""
    since, until = nodes.last_us[j - 1], nodes.first_us[j]
    if since == until:
        return Share(0.0, 1.0)
    lasts = np.float64(until - since)
    low = np.float64(max(target.start_us - since, np.int64(0))) / lasts
    return Share(low, np.float64(min(target.end_us, until) - since) / lasts)


@inlined
def place_of(nodes, j, target):
    """Node j as seen from the crime."""
    x = np.float64(np.int64(nodes.x_mm[j]) - target.x_mm) + nodes.off_x_mm[j]
    return x, np.float64(np.int64(nodes.y_mm[j]) - target.y_mm) + nodes.off_y_mm[j]


@inlined
def distance_sq(nodes, j, target):
    """From node j to the crime, squared."""
    x, y = place_of(nodes, j, target)
    return x * x + y * y


@inlined
def leads_within(nodes, lo, j, target):
    """Whether of the piece that leads to node j something is in the window. None is if it ended as that began."""
    return (
        j > lo and nodes.leads[j - 1] and nodes.last_us[j - 1] < target.end_us and nodes.first_us[j] > target.start_us
    )


@inlined
def comes_near(nodes, j, target, nearness, look):
    """`may_be_nearer` of the whole piece from node j - 1 to node j, without a division."""
    x = np.float64(np.int64(nodes.x_mm[j - 1]) - target.x_mm) + nodes.off_x_mm[j - 1]
    y = np.float64(np.int64(nodes.y_mm[j - 1]) - target.y_mm) + nodes.off_y_mm[j - 1]
    vx = np.float64(np.int64(nodes.x_mm[j]) - nodes.x_mm[j - 1]) + (nodes.off_x_mm[j] - nodes.off_x_mm[j - 1])
    vy = np.float64(np.int64(nodes.y_mm[j]) - nodes.y_mm[j - 1]) + (nodes.off_y_mm[j] - nodes.off_y_mm[j - 1])
    along, length_sq = -(x * vx + y * vy), vx * vx + vy * vy
    far_sq, over = x * x + y * y, 1.0
    if along >= length_sq:
        far_sq = (x + vx) * (x + vx) + (y + vy) * (y + vy)
    elif along > 0.0:
        far_sq, over = (x * vy - y * vx) * (x * vy - y * vx), length_sq
    return may_be_nearer(far_sq, over, nearness, look)


@inlined
def look_of(target, rule):
    return Look(np.float64(rule.radius_mm), rule.nearness_tail_share, target.sigma_mm * target.sigma_mm)


@inlined
def told(nearness):
    """Nearness as it is given: 0 where float64 has too few digits of it."""
    return nearness if nearness >= LEAST else 0.0


@inlined
def nodes_met(nodes, w, begin, target, look):
    """The first node from `begin` on that begins after the window, the nearest of those before it as a point, and
    whether all accuracies are known. If not, the rest means nothing."""
    lo, hi = nodes.offset[w], nodes.offset[w + 1]
    nearest = np.inf
    point = Point(nearest, 1.0)
    known = True
    j = begin
    while j < hi:
        leads = leads_within(nodes, lo, j, target)
        meets = nodes.first_us[j] <= target.end_us
        known = known and (nodes.known[j] or not (meets or leads)) and (not leads or nodes.known[j - 1])
        if not (meets and known):
            break
        d_sq = distance_sq(nodes, j, target)
        if d_sq < nearest:
            nearest, point = d_sq, Point(d_sq, nodes.variance_mm2[j] + look.place_variance)
        j += 1
    return j, point, known


@inlined
def greatest_nearness(nodes, w, begin, target, rule):
    """The nearness that `of_window` gives. `begin` is the first node that ends in the window or after it.

    Nodes come first, the nearest before all, then the ends of pieces and what of them is nearest, then their turns:
    what is asked last takes longest, and by then little can still exceed what has been found. The greatest is the same
    in any order.
    """
    lo, hi = nodes.offset[w], nodes.offset[w + 1]
    if begin >= hi:
        return np.nan  # Also of a trail without a node, which has no place to begin at.
    look = look_of(target, rule)
    met, point, known = nodes_met(nodes, w, begin, target, look)
    if not known:
        return np.nan
    nearness, far = -1.0, np.inf
    if met > begin:
        nearness = nearness_at(point, look)
        far = furthest(nearness, look)
    until = min(met + 1, hi)
    first = last = until
    x_before, y_before = place_of(nodes, max(begin - 1, lo), target)
    for k in range(begin, until):
        x, y = place_of(nodes, k, target)
        if k < met and may_be_nearer(x * x + y * y, 1.0, nearness, look):
            point = Point(x * x + y * y, nodes.variance_mm2[k] + look.place_variance)
            nearness = max(nearness, nearness_at(point, look))
        # Mostly both ends of a piece are too far off on one side.
        near_x = max(min(x, x_before), -max(x, x_before))
        near_y = max(min(y, y_before), -max(y, y_before))
        x_before, y_before = x, y
        if max(near_x, near_y) > far:
            continue
        if leads_within(nodes, lo, k, target) and comes_near(nodes, k, target, nearness, look):
            piece, part = piece_to(nodes, k, target), part_in_window(nodes, k, target)
            nearness = of_piece(-1.0, nearness, False, False, piece, part, look)[1]
            first, last = min(first, k), k
    for k in range(first, min(last + 1, until)):
        if leads_within(nodes, lo, k, target) and comes_near(nodes, k, target, nearness, look):
            piece, part = piece_to(nodes, k, target), part_in_window(nodes, k, target)
            nearness = of_piece(-1.0, nearness, False, True, piece, part, look)[1]
    return told(nearness) if nearness >= 0.0 else np.nan


@inlined
def of_window(nodes, w, target, rule):
    """Probability of presence and nearness of trail w at one place in its closed window (`Target`), and how it went.

    Both are NaN where an accuracy they rest on is unknown, of any fix of a node that the window meets or that a piece
    in it leads from or to (`ACCURACY_UNKNOWN`), and where there is no path at all in the window (`NO_NODE_PATH`).
    O(log of the trail's nodes, and the nodes in the window).
    """
    lo, hi = nodes.offset[w], nodes.offset[w + 1]
    begin = first_at_or_after(nodes.last_us, lo, hi, target.start_us)
    look = look_of(target, rule)
    met, point, known = nodes_met(nodes, w, begin, target, look)
    if not known:
        return np.nan, np.nan, ACCURACY_UNKNOWN
    p = nearness = -1.0
    if met > begin:
        nearness = nearness_at(point, look)
    for k in range(begin, met):
        point = Point(distance_sq(nodes, k, target), nodes.variance_mm2[k] + look.place_variance)
        nearness = max(nearness, nearness_at(point, look))
        p = p_at(p, point, look)
    until = min(met + 1, hi)
    for turns in (False, True):
        for k in range(begin, until):
            if leads_within(nodes, lo, k, target):
                piece, part = piece_to(nodes, k, target), part_in_window(nodes, k, target)
                p, nearness = of_piece(p, nearness, True, turns, piece, part, look)
    if nearness < 0.0:
        return np.nan, np.nan, NO_NODE_PATH
    return p, told(nearness), FOUND


@compiled
def of_pairs(pairs, nodes, crimes, rule):
    """`of_window` of every listed pair.

    Parameters
    ----------
    pairs, nodes, crimes, rule : Pairs, NodeArrays, CrimeArrays, Rule

    Returns
    -------
    p, nearness : float64, shape ``(pairs,)``
    found : int8, shape ``(pairs,)``
        FOUND, or why both are NaN.
    """
    n = len(pairs.trail)
    p, nearness, found = np.empty(n, np.float64), np.empty(n, np.float64), np.empty(n, np.int8)
    for k in range(n):
        c = pairs.crime[k]
        target = Target(crimes.x_mm[c], crimes.y_mm[c], crimes.sigma_mm[c], crimes.start_us[c], crimes.end_us[c])
        p[k], nearness[k], found[k] = of_window(nodes, pairs.trail[k], target, rule)
    return p, nearness, found


@compiled
def too_coarse(pairs, fixes, nodes, crimes, rule):
    """Whether a fix inside the circle, as coarse as the coarsest in the window, would be taken as of a node outside.

    Then the fixes cannot tell the place where the path stands from the scene, and a low probability says little: a
    visit to the scene may have been made part of a stay next door. Nodes are those that the window meets.

    Parameters
    ----------
    pairs, fixes, nodes, crimes, rule : Pairs, TrailArrays, NodeArrays, CrimeArrays, Rule

    Returns
    -------
    bool, shape ``(pairs,)``
    """
    out = np.zeros(len(pairs.trail), np.bool_)
    for k in range(len(pairs.trail)):
        w, c = pairs.trail[k], pairs.crime[k]
        hi = fixes.offset[w + 1]
        coarsest = 0.0
        i = first_at_or_after(fixes.t_us, fixes.offset[w], hi, crimes.start_us[c])
        while i < hi and fixes.t_us[i] <= crimes.end_us[c]:
            coarsest = max(coarsest, sigma_of(fixes, i, rule))
            i += 1
        last = nodes.offset[w + 1]
        j = first_at_or_after(nodes.last_us, nodes.offset[w], last, crimes.start_us[c])
        while j < last and nodes.first_us[j] <= crimes.end_us[c]:
            x = np.float64(np.int64(nodes.x_mm[j]) - crimes.x_mm[c]) + nodes.off_x_mm[j]
            y = np.float64(np.int64(nodes.y_mm[j]) - crimes.y_mm[c]) + nodes.off_y_mm[j]
            beyond = math.sqrt(x * x + y * y) - rule.radius_mm
            reach = NODE_SIGMAS * math.sqrt(coarsest * coarsest + nodes.variance_mm2[j])
            out[k] = out[k] or (coarsest > 0.0 and _HALF_A_MM < beyond <= reach)
            j += 1
    return out
