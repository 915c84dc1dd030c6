"""What one node or one straight piece of the node path adds to the probability of presence and to nearness.

Positions are relative to the crime, mm. On a *piece* from node a to node b the place and sigma go straight from a's to
b's with the *share* u, 0 to 1; the variance is sigma^2 and the crime's. Both quantities rise and fall at most a few
times along it. Where they do is found from the signs of their slopes on the whole piece, whatever part of it is in the
window: so a longer window finds what a shorter one finds, or more.
"""

import math
from typing import NamedTuple

import numpy as np

from geo.jit import called, inlined
from matcher.kernels.disc_probability import at_most, bessel_ratio, inside

SURELY = 1.0 - 1e-6
"""A bound decides only beyond this share, by far more than its rounding."""

TAIL_FACTOR = 5.0
"""How many times as far as stated a place or a fix of the tail errs, in nearness."""

_ONE_BY_E = math.exp(-1.0)
_NOTHING = 746.0
"""exp(-746) is 0 in float64."""

_STEPS = 12
_ERRORS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
_HALVINGS = 32


class Look(NamedTuple):
    """What is asked of a place: the radius, the share of errors in the tail, and the crime's variance."""

    radius: float
    tail_share: float
    place_variance: float


class Piece(NamedTuple):
    """From (x, y) with sigma to (x + vx, y + vy) with sigma + widens; `length_sq` is vx^2 + vy^2."""

    x: float
    y: float
    sigma: float
    vx: float
    vy: float
    widens: float
    length_sq: float


class Share(NamedTuple):
    """The part of a piece from share `low` to share `high`."""

    low: float
    high: float


class Point(NamedTuple):
    """A place's squared distance from the crime, and the variance of it, the crime's included."""

    d_sq: float
    variance: float


@inlined
def point_at(piece, u, look):
    x, y, sigma = piece.x + u * piece.vx, piece.y + u * piece.vy, piece.sigma + u * piece.widens
    return Point(x * x + y * y, sigma * sigma + look.place_variance)


@inlined
def nearness_at(point, look):
    """How much likelier so near a place is if the wearer was at the scene than anywhere within the radius."""
    wide_sq = TAIL_FACTOR * TAIL_FACTOR
    z = 0.5 * point.d_sq / point.variance
    w = look.tail_share
    # Where the power is 0 it need not be computed, which takes longest there.
    narrow = math.exp(-z) if z < _NOTHING else 0.0
    shape = (1.0 - w) * narrow + w / wide_sq * math.exp(-z / wide_sq)
    return 0.5 * look.radius * look.radius / point.variance * shape


@inlined
def may_be_nearer(far_sq, over, nearness, look):
    """Whether nearness can be greater so far off, squared ``far_sq / over``, whatever the variance: z exp(-z) is at
    most 1 / e."""
    return look.radius * look.radius * _ONE_BY_E * over > nearness * SURELY * far_sq


@inlined
def furthest(nearness, look):
    """A distance beyond which `may_be_nearer` says no, by more than its rounding and that of places."""
    far = np.inf
    if nearness > 0.0:
        far = look.radius * math.sqrt(_ONE_BY_E / (nearness * SURELY)) * (1.0 + 1e-6) + 1.0
    return far


@inlined
def nearness_at_most(d_sq, least, most, look):
    """A bound on nearness so far off or further, with a variance from `least` to `most`: each term where it peaks."""
    wide_sq = TAIL_FACTOR * TAIL_FACTOR
    half_sq, w = 0.5 * d_sq, look.tail_share
    narrow, wide = min(max(half_sq, least), most), min(max(half_sq / wide_sq, least), most)
    shape = (1.0 - w) / narrow * math.exp(-half_sq / narrow) + w / wide_sq / wide * math.exp(-half_sq / wide_sq / wide)
    return 0.5 * look.radius * look.radius * shape


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
def nearness_rises(piece, u, look):
    """Of the sign of the slope of nearness at share u."""
    wide_sq = TAIL_FACTOR * TAIL_FACTOR
    point = point_at(piece, u, look)
    z = 0.5 * point.d_sq / point.variance
    w = look.tail_share
    widens = (piece.sigma + u * piece.widens) * piece.widens
    nears = 2.0 * z * widens - (piece.x * piece.vx + piece.y * piece.vy + u * piece.length_sq)
    # The narrow term's power of e taken out, so that far off both do not become 0.
    wide = w / wide_sq * math.exp(min(z - z / wide_sq, 700.0))
    return (1.0 - w) * (nears - 2.0 * widens) + wide * (nears / wide_sq - 2.0 * widens)


@inlined
def nearest_share(piece):
    """Where the piece is nearest the crime."""
    if piece.length_sq == 0.0:
        return 0.0
    return min(max(-(piece.x * piece.vx + piece.y * piece.vy) / piece.length_sq, 0.0), 1.0)


@called
def marks_of(piece, look):
    """Shares, ascending, of which no two neighbours have two turns of either quantity between them: evenly spaced in
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
def peak_between(of_p, piece, low, high, look):
    """Where the quantity is greatest between a share at which it rises and one at which it falls."""
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        slope = p_rises(piece, middle, look) if of_p else nearness_rises(piece, middle, look)
        if slope > 0.0:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@called
def of_peaks(greatest, of_p, piece, part, look, marks):
    """`greatest`, or the quantity at a peak within the part, where that is greater."""
    rose = False
    for k in range(len(marks)):
        # Of the marks outside the part only the next on either side matter.
        if k + 1 < len(marks) and marks[k + 1] <= part.low:
            continue
        slope = p_rises(piece, marks[k], look) if of_p else nearness_rises(piece, marks[k], look)
        if rose and slope <= 0.0:
            u = peak_between(of_p, piece, marks[k - 1], marks[k], look)
            if part.low < u < part.high:
                point = point_at(piece, u, look)
                greatest = p_at(greatest, point, look) if of_p else max(greatest, nearness_at(point, look))
        rose = slope > 0.0
        if marks[k] >= part.high:
            break
    return greatest


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
    marks = marks_of(piece, look)
    if asks_p:
        p = of_peaks(p, True, piece, part, look, marks)
    if asks_nearness:
        nearness = of_peaks(nearness, False, piece, part, look, marks)
    return p, nearness
