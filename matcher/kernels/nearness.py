"""Nearness: how much better a place fits the scene itself than anywhere within the radius, and its greatest on a piece.

It has two terms, errors as stated and the *wide* one of a tail, and each rises and falls by itself. On a piece from a
good fix to a bad one there can be two peaks close together. So the slope's sign at chosen points is no proof; a bound
on how fast the slope changes is.
"""

import math

import numpy as np

from geo.jit import called, inlined
from matcher.kernels.piece import SURELY, nearest_share, point_at

TAIL_FACTOR = 5.0
"""How many times as far as stated a place or a fix of the tail errs."""

LEAST = 1e-290
"""Less is 0: further down float64 has fewer digits than are stored."""

_ONE_BY_E = math.exp(-1.0)
_NOTHING = 746.0
"""exp(-746) is 0 in float64."""

_FLAT = 1e-11
"""Eight times the share by which a peak may be missed."""
_MOST_HALVINGS = 50


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


@inlined
def narrow_share(z, look):
    """The share of nearness that its narrow term has, at half a squared distance over a variance."""
    wide_sq = TAIL_FACTOR * TAIL_FACTOR
    wide = look.tail_share / wide_sq * math.exp(min(z - z / wide_sq, 700.0))
    return (1.0 - look.tail_share) / (1.0 - look.tail_share + wide)


@called
def nearness_slope(piece, u, look):
    """Slope of the logarithm of nearness at share u."""
    point = point_at(piece, u, look)
    z = 0.5 * point.d_sq / point.variance
    widens = (piece.sigma + u * piece.widens) * piece.widens
    nears = 2.0 * z * widens - (piece.x * piece.vx + piece.y * piece.vy + u * piece.length_sq)
    narrow = narrow_share(z, look)
    return (nears * (narrow + (1.0 - narrow) / (TAIL_FACTOR * TAIL_FACTOR)) - 2.0 * widens) / point.variance


@inlined
def bend_at_most(piece, low, high, look):
    """A bound on how fast `nearness_slope` changes between two shares.

    With q = d_sq / variance it is -variance' / variance - q' / 2 for the narrow term, q' / 50 for the wide one, and of
    their sum the mean by what each has of it, which itself changes with the difference.
    """
    first, last = point_at(piece, low, look), point_at(piece, high, look)
    near = point_at(piece, min(max(nearest_share(piece), low), high), look)
    least, most = min(first.variance, last.variance), max(first.variance, last.variance)
    q = max(first.d_sq, last.d_sq) / least
    sigma = max(piece.sigma + low * piece.widens, piece.sigma + high * piece.widens)
    widens, bends = 2.0 * sigma * abs(piece.widens) / least, 2.0 * piece.widens * piece.widens / least
    outward = piece.x * piece.vx + piece.y * piece.vy
    outward = max(abs(outward + low * piece.length_sq), abs(outward + high * piece.length_sq))
    slope = 2.0 * outward / least + q * widens
    curve = 2.0 * piece.length_sq / least + 2.0 * slope * widens + q * bends
    narrow, fewest = narrow_share(0.5 * near.d_sq / most, look), narrow_share(0.5 * q, look)
    mixed = min(max(0.5, fewest), narrow)
    between = (0.5 - 0.5 / (TAIL_FACTOR * TAIL_FACTOR)) * slope
    of_curve = 0.5 * narrow + 0.5 * (1.0 - narrow) / (TAIL_FACTOR * TAIL_FACTOR)
    return bends + widens * widens + of_curve * curve + mixed * (1.0 - mixed) * between * between


@called
def nearest_peak(nearness, piece, part, look):
    """`nearness`, or that at a peak within the part, where it is greater.

    The piece is halved until each part of it is outside the window, surely not nearer, surely without a turn, or so
    short that a turn is worth nothing. Where it is halved depends on the piece alone.
    """
    near = nearest_share(piece)
    level, index = 0, np.int64(0)
    while level > 0 or index == 0:
        width = math.ldexp(1.0, -level)
        low, middle, high = index * width, (index + 0.5) * width, (index + 1) * width
        halves = False
        if low < part.high and high > part.low:
            least, most = point_at(piece, low, look).variance, point_at(piece, high, look).variance
            least, most = min(least, most), max(least, most)
            d_sq = point_at(piece, min(max(near, low), high), look).d_sq
            if nearness_at_most(d_sq, least, most, look) > nearness * SURELY:
                bend = bend_at_most(piece, low, high, look)
                if bend * width * width <= _FLAT or level == _MOST_HALVINGS:
                    if part.low < middle < part.high:
                        nearness = max(nearness, nearness_at(point_at(piece, middle, look), look))
                else:
                    halves = abs(nearness_slope(piece, middle, look)) <= 0.5 * bend * width
        if halves:
            level, index = level + 1, 2 * index
        else:
            index += 1
            while level > 0 and index % 2 == 0:
                level, index = level - 1, index // 2
    return nearness
