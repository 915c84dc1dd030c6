"""Where one visit ends and the next begins, and the arrays they are written to.

The path may leave the disc for a while within one visit: by no more than its fixes' own errors, or not for long.
"""

import numpy as np

from geo.jit import called, inlined
from matcher.kernels.arrays import VisitArrays

_SIGMAS_OF_68 = 1.5096
"""A 68 % radius in standard errors of one axis."""


@inlined
def sigma_mm(trails, i, rule):
    """Standard error of fix i; 0 where its accuracy is not known, so that nothing is taken for jitter."""
    accuracy = trails.accuracy_mm[i]
    return 0.0 if accuracy < 0 else max(accuracy / _SIGMAS_OF_68, rule.min_sigma_mm)


@called
def away_too_long(trails, low, high, since_us, until_us, place, rule):
    """Whether the drawn path is away from `place` for over `max_gap_us` in all between two instants.

    Away is further off than the radius and the larger standard error of the two fixes that the path runs between. The
    instants are on the segments after fix `low` and after fix `high`.
    """
    away = 0.0
    for i in range(low, high + 1):
        t = trails.t_us[i]
        a0 = max(since_us - t, 0.0)
        a1 = until_us - t
        if i < high:
            a1 = min(a1, np.float64(trails.t_us[i + 1] - t))
        if a1 <= a0:
            continue
        reach = rule.radius_mm + max(sigma_mm(trails, i, rule), sigma_mm(trails, i + 1, rule))
        away += (a1 - a0) - time_within(trails, i, place, a0, a1, reach)
        if away > rule.max_gap_us:
            return True
    return False


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
