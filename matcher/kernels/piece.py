"""A straight piece of the node path as seen from a crime.

Positions are relative to the crime, mm. On a *piece* from node a to node b the place and sigma go straight from a's to
b's with the *share* u, 0 to 1; the variance is sigma^2 and the crime's.
"""

from typing import NamedTuple

from geo.jit import inlined

SURELY = 1.0 - 1e-6
"""A bound decides only beyond this share, by far more than its rounding."""


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
def nearest_share(piece):
    """Where the piece is nearest the crime."""
    if piece.length_sq == 0.0:
        return 0.0
    return min(max(-(piece.x * piece.vx + piece.y * piece.vy) / piece.length_sq, 0.0), 1.0)
