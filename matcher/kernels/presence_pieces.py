"""What one node or one straight piece of the node path adds to the probability of presence and to nearness.

Both rise and fall at most a few times along a piece. Where they do is found on the whole piece, whatever part of it is
in the window: so a longer window finds what a shorter one finds, or more. Of the probability it follows from the signs
of its slope, of nearness see `nearness`.
"""

import math

import numpy as np

from geo.jit import called
from matcher.kernels.disc_probability import at_most, bessel_ratio, inside
from matcher.kernels.nearness import may_be_nearer, nearest_peak, nearness_at, nearness_at_most
from matcher.kernels.piece import SURELY, nearest_share, point_at

_STEPS = 12
_ERRORS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
_HALVINGS = 32


@called
def p_at(p, point, look):
    """p, or the probability that the place is in the disc where that is greater."""
    d, s = math.sqrt(point.d_sq), math.sqrt(point.variance)
    if at_most(d, s, look.radius) > p * SURELY:
        p = max(p, inside(d, s, look.radius))
    return p


@called
def p_rises(piece, u, look):
    """Of the sign of the slope of the probability at share u; 1 - Q1(d / s, R / s) differentiated."""
    point = point_at(piece, u, look)
    ratio = bessel_ratio(math.sqrt(point.d_sq) * look.radius / point.variance)
    sigma = piece.sigma + u * piece.widens
    outward = piece.x * piece.vx + piece.y * piece.vy + u * piece.length_sq
    return sigma * piece.widens * (ratio * point.d_sq / point.variance - 1.0) - ratio * outward


@called
def marks_of(piece, look):
    """Shares, ascending, of which no two neighbours have two turns of the probability between them: evenly spaced in
    the logarithm of sigma, and about the nearest point at distances of about one error."""
    marks = np.empty(_STEPS + 1 + 2 * len(_ERRORS), np.float64)
    grows = math.log((piece.sigma + piece.widens) / piece.sigma)
    for k in range(_STEPS + 1):
        share = np.float64(k) / _STEPS
        # With much the same sigma all along, evenly spaced.
        marks[k] = share if abs(grows) < 0.01 else math.expm1(share * grows) * piece.sigma / piece.widens
    near = nearest_share(piece)
    error = math.sqrt(point_at(piece, near, look).variance / max(piece.length_sq, 1.0))
    for k in range(len(_ERRORS)):
        marks[_STEPS + 1 + 2 * k] = near - _ERRORS[k] * error
        marks[_STEPS + 2 + 2 * k] = near + _ERRORS[k] * error
    for k in range(len(marks)):
        mark = min(max(marks[k], 0.0), 1.0)
        j = k
        while j > 0 and marks[j - 1] > mark:
            marks[j] = marks[j - 1]
            j -= 1
        marks[j] = mark
    return marks


@called
def peak_between(piece, low, high, look):
    """Where the probability is greatest between a share at which it rises and one at which it falls."""
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if p_rises(piece, middle, look) > 0.0:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@called
def of_peaks(p, piece, part, look):
    """`p`, or the probability at a peak within the part, where that is greater."""
    marks = marks_of(piece, look)
    rose = False
    for k in range(len(marks)):
        # Of the marks outside the part only the next on either side matter.
        if k + 1 < len(marks) and marks[k + 1] <= part.low:
            continue
        slope = p_rises(piece, marks[k], look)
        if rose and slope <= 0.0:
            u = peak_between(piece, marks[k - 1], marks[k], look)
            if part.low < u < part.high:
                p = p_at(p, point_at(piece, u, look), look)
        rose = slope > 0.0
        if marks[k] >= part.high:
            break
    return p


@called
def of_piece(p, nearness, with_p, turns, piece, part, look):
    """(p, nearness), or those of the part of a piece, where they are greater: at its `turns`, or else at its ends and
    where it is nearest. Without `with_p` nearness alone."""
    near = min(max(nearest_share(piece), part.low), part.high)
    d_sq = point_at(piece, near, look).d_sq
    asks_nearness = may_be_nearer(d_sq, 1.0, nearness, look)
    if not with_p and not asks_nearness:
        return p, nearness
    first, last = point_at(piece, part.low, look).variance, point_at(piece, part.high, look).variance
    least, most = min(first, last), max(first, last)
    # Neither is exceeded anywhere on the part: the nearest distance, with the error that serves best.
    asks_nearness = asks_nearness and nearness_at_most(d_sq, least, most, look) > nearness * SURELY
    asks_p = False
    if with_p:
        d = math.sqrt(d_sq)
        s = math.sqrt(most if d > look.radius else least)
        asks_p = 0.5 * math.erfc((d - look.radius) / (s * math.sqrt(2.0))) > p * SURELY
    if not asks_p and not asks_nearness:
        return p, nearness
    if not turns:
        for u in (part.low, near, part.high):
            point = point_at(piece, u, look)
            if asks_p:
                p = p_at(p, point, look)
            nearness = max(nearness, nearness_at(point, look))
        return p, nearness
    if asks_p:
        p = of_peaks(p, piece, part, look)
    if asks_nearness:
        nearness = nearest_peak(nearness, piece, part, look)
    return p, nearness
