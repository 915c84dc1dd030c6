"""Where one visit ends and the next begins, and the arrays they are written to.

The path may leave the disc for a while within one visit: by no more than its fixes' own errors, or not for long.
"""

import numpy as np

from geo.jit import called, inlined
from matcher.kernels.arrays import VisitArrays
from matcher.kernels.trails.blocks import block_within

_SIGMAS_OF_68 = 1.5096
"""A 68 % radius in standard errors of one axis."""


_ROUNDING_MM = 1.0
"""A block this much further than `reach_of` it is away, whatever the rounding of its segments."""


@inlined
def sigma_of(accuracy_mm, rule):
    """Standard error of a fix; 0 where its accuracy is not known, so that nothing is taken for jitter."""
    return 0.0 if accuracy_mm < 0 else max(accuracy_mm / _SIGMAS_OF_68, rule.min_sigma_mm)


@inlined
def reach_of(blocks, k, rule):
    """How far from a place block k may lie and still not be away from it, mm."""
    return np.int64(np.ceil(rule.radius_mm + sigma_of(blocks.coarsest_mm[k], rule) + _ROUNDING_MM))


@called
def away_too_long(trails, blocks, fixes, of_blocks, span_us, place, rule):
    """Whether the drawn path is away from `place` for over `max_gap_us` in all between two instants.

    Away is further off than the radius and the larger standard error of the two fixes that the path runs between. The
    instants are on the segments after the two fixes, which are in the two blocks of one stretch. Of a block that is
    away as a whole, and of one that is not listed because it is, no fix is read.
    """
    (low, high), (since_us, until_us) = fixes, span_us
    # Apart from each other, so that it makes no difference to the sums which of the far blocks are listed.
    far_us, near_us = np.int64(0), 0.0
    for k in range(of_blocks[0], of_blocks[1] + 1):
        if k > of_blocks[0]:
            far_us += blocks.since_us[k] - blocks.until_us[k - 1]
        reach = reach_of(blocks, k, rule)
        if of_blocks[0] < k < of_blocks[1] and not block_within(blocks, k, place[0], place[1], reach * reach):
            far_us += blocks.until_us[k] - blocks.since_us[k]
        else:
            for i in range(max(low, blocks.first[k]), min(high + 1, blocks.end[k])):
                near_us += away_after(trails, i, i < high, (since_us, until_us), place, rule)
        if far_us + near_us > rule.max_gap_us:
            return True
    return False


@inlined
def away_after(trails, i, whole, span_us, place, rule):
    """For how much of the segment after fix i, up to its end if `whole`, the path is away between two instants."""
    t = trails.t_us[i]
    a0, a1 = max(span_us[0] - t, 0.0), span_us[1] - t
    if whole:
        a1 = min(a1, np.float64(trails.t_us[i + 1] - t))
    away = 0.0
    if a1 > a0:
        larger = max(sigma_of(trails.accuracy_mm[i], rule), sigma_of(trails.accuracy_mm[i + 1], rule))
        away = (a1 - a0) - time_within(trails, i, place, a0, a1, rule.radius_mm + larger)
    return away


@called
def time_within(trails, i, place, a0, a1, reach):
    """How much of [a0, a1] us after fix i the segment from it spends within `reach` mm of the place."""
    px, py = np.int64(trails.x_mm[i]) - place[0], np.int64(trails.y_mm[i]) - place[1]
    dx = np.int64(trails.x_mm[i + 1]) - np.int64(trails.x_mm[i])
    dy = np.int64(trails.y_mm[i + 1]) - np.int64(trails.y_mm[i])
    length_sq = np.float64(dx * dx + dy * dy)
    if length_sq == 0:
        return a1 - a0 if np.float64(px * px + py * py) <= reach * reach else 0.0
    off = np.float64(abs(px * dy - py * dx))
    widest = reach * np.sqrt(length_sq)
    if off >= widest:
        return 0.0
    dt = np.float64(trails.t_us[i + 1] - trails.t_us[i])
    half = np.sqrt((widest - off) * (widest + off)) / length_sq
    middle = -np.float64(px * dx + py * dy) / length_sq
    return max(min((middle + half) * dt, a1) - max((middle - half) * dt, a0), 0.0)


@inlined
def open_visit(visits, k, enters):
    """Make visit k one that begins at `enters` and has nothing in it yet."""
    visits.first_us[k] = enters
    visits.fixes[k] = 0
    visits.fixes_at_edge[k] = 0
    visits.dwell_us[k] = 0.0
    visits.inside_mm[k] = 0.0
    visits.closest_mm[k] = -1.0


@called
def empty_visits(n):
    return VisitArrays(
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
    )


@called
def joined(a, b):
    """The visits of `a`, then those of `b`."""
    return VisitArrays(
        np.concatenate((a.first_us, b.first_us)),
        np.concatenate((a.last_us, b.last_us)),
        np.concatenate((a.fixes, b.fixes)),
        np.concatenate((a.fixes_at_edge, b.fixes_at_edge)),
        np.concatenate((a.dwell_us, b.dwell_us)),
        np.concatenate((a.inside_mm, b.inside_mm)),
        np.concatenate((a.closest_mm, b.closest_mm)),
        np.concatenate((a.closest_us, b.closest_us)),
    )


@called
def up_to(a, n):
    """The first n visits of `a`."""
    return VisitArrays(
        a.first_us[:n],
        a.last_us[:n],
        a.fixes[:n],
        a.fixes_at_edge[:n],
        a.dwell_us[:n],
        a.inside_mm[:n],
        a.closest_mm[:n],
        a.closest_us[:n],
    )
