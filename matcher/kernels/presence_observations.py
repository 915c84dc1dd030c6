"""What one observation or one segment adds to the probability of presence and to nearness.

Positions are relative to the crime. `p` and `nearness` are the greatest so far; a function returns them, or its own
where they are greater. Without `with_p` only nearness is worked out, the same to the last bit.
"""

import math
from typing import NamedTuple

import numpy as np

from geo.jit import compiled
from matcher.kernels.disc_probability import RADIUS_68, at_most, inside

SURELY = 1.0 - 1e-6
"""A comparison of squares is taken as decided only beyond this share, by far more than their rounding."""

_SIXTH = 1.0 / 6.0
_NOTHING = 750.0
"""exp(-750) is 0 in float64."""


class Observation(NamedTuple):
    """A place relative to the crime, and its standard error, mm."""

    x: float
    y: float
    sigma: float


class Share(NamedTuple):
    """The part of a segment from share `low` to share `high` of its length, 0 to 1."""

    low: float
    high: float


WHOLE = Share(0.0, 1.0)


@compiled
def greater(p, nearness, with_p, x, y, variance, radius):
    """(p, nearness), or those of one observation x, y from the crime where they are greater."""
    d_sq = x * x + y * y
    most, z = 0.5 * radius * radius / variance, 0.5 * d_sq / variance
    # Most are further off than one before, and of those the power of e need not be known: it is at least its series.
    if z > _NOTHING:
        nearness = max(nearness, 0.0)
    elif most > nearness * (1.0 + z * (1.0 + z * (0.5 + z * _SIXTH))) * SURELY:
        nearness = max(nearness, most * math.exp(-0.5 * d_sq / variance))
    if with_p:
        d, s = math.sqrt(d_sq), math.sqrt(variance)
        if at_most(d, s, radius) > p:
            p = max(p, inside(d, s, radius))
    return p, nearness


@compiled
def nearest_share(a, b, share):
    """How far along from a to b, within the share, the segment is nearest the origin."""
    dx, dy = b.x - a.x, b.y - a.y
    length_sq = dx * dx + dy * dy
    if length_sq == 0.0:
        return share.low
    return min(max(-(a.x * dx + a.y * dy) / length_sq, share.low), share.high)


@compiled
def of_segment(p, nearness, with_p, a, b, share, sigma_place, radius):
    """(p, nearness), or those of the nearest point of a share of the segment a -> b where they are greater."""
    if not with_p:
        # Far off in every direction, as most are of a window on the move: nothing worth a division.
        off_x, off_y = max(min(a.x, b.x), -max(a.x, b.x), 0.0), max(min(a.y, b.y), -max(a.y, b.y), 0.0)
        widest = max(a.sigma, b.sigma)
        if off_x * off_x + off_y * off_y > 2.1 * _NOTHING * (widest * widest + sigma_place * sigma_place):
            return p, max(nearness, 0.0)
    u = nearest_share(a, b, share)
    sigma = (1.0 - u) * a.sigma + u * b.sigma
    x, y = (1.0 - u) * a.x + u * b.x, (1.0 - u) * a.y + u * b.y
    return greater(p, nearness, with_p, x, y, sigma * sigma + sigma_place * sigma_place, radius)


@compiled
def observed(trails, i, target, min_sigma_mm):
    """Fix i as seen from the crime; its accuracy is known."""
    return Observation(
        np.float64(np.int64(trails.x_mm[i]) - target.x_mm),
        np.float64(np.int64(trails.y_mm[i]) - target.y_mm),
        max(trails.accuracy_mm[i] / RADIUS_68, min_sigma_mm),
    )


@compiled
def of_drawn(p, nearness, with_p, trails, i, target, rule):
    """(p, nearness), or those of the drawn segment i -> i + 1 clipped to the window where they are greater; NaN if an
    accuracy is unknown."""
    if trails.accuracy_mm[i] < 0 or trails.accuracy_mm[i + 1] < 0:
        return np.nan, np.nan
    t_a, t_b = trails.t_us[i], trails.t_us[i + 1]
    lasts = np.float64(t_b - t_a)
    share = Share(
        np.float64(max(target.start_us - t_a, np.int64(0))) / lasts, np.float64(min(target.end_us, t_b) - t_a) / lasts
    )
    a = observed(trails, i, target, rule.min_sigma_mm)
    b = observed(trails, i + 1, target, rule.min_sigma_mm)
    return of_segment(p, nearness, with_p, a, b, share, target.sigma_mm, np.float64(rule.radius_mm))
