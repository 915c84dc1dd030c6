"""Could a visit be hidden between two fixes? The space-time prism of the pair against the crime's disc.

Between fix i at `t_i` and fix j at `t_j` nobody moves faster than v, and each fix is right to 4 sigma. A visit to q at
an instant of [a, b], the part of the pair's time within the crime's window, is possible only if

    |q - p_i| <= v (b - t_i) + 4 sigma_i        there in time from i
    |q - p_j| <= v (t_j - a) + 4 sigma_j        and on to j in time
    |q - p_i| + |q - p_j| <= v (t_j - t_i) + 4 sigma_i + 4 sigma_j
    |q - c| <= R + 4 sigma_c

For one q the instants that serve are those of three intervals, [earliest arrival, ever), (ever, latest departure] and
[a, b]; these lines say that they meet two by two, and so they all meet. Four convex sets in the plane are left: two
discs, an ellipse, and the crime's disc.
"""

from typing import NamedTuple

import numpy as np

from geo.jit import called, compiled
from matcher.kernels.disc_probability import RADIUS_68

TIE_MM = 0.001
"""Every reach is taken this much larger: what hangs on less is possible. Rounding stays below 1e-6 mm."""


class Bound(NamedTuple):
    """A fix as it bounds where the wearer can have been: 4 sigma of it is `error_mm`."""

    t_us: int
    x_mm: float
    y_mm: float
    error_mm: float


class Disc(NamedTuple):
    """A crime's place; `radius_mm` is R + 4 sigma of it."""

    x_mm: float
    y_mm: float
    radius_mm: float


class Reach(NamedTuple):
    """A fix relative to the crime, how far that is from it, and how far from the fix a visit can have been, mm."""

    x: float
    y: float
    d: float
    reach: float


class Line(NamedTuple):
    """The straight line from fix i to fix j: its two components and its length, mm."""

    dx: float
    dy: float
    length: float


@called
def could_hide(xi, yi, xj, yj, reach_i, reach_j, total, radius):
    """Whether some q is within `radius` of the origin, `reach_i` of i, `reach_j` of j, and `total` of both in sum.

    Positions are relative to the crime; all float64, mm. `total <= reach_i + reach_j`, as it always is for a prism.

    Of all places in the three discs that with the least sum of distances decides. It lies on the straight line from i
    to j, or it is the point of the crime's circle where light from i would be mirrored to j, or, where that is out of
    reach, a corner in which two of the three circles meet.
    """
    radius += TIE_MM
    reach_i += TIE_MM
    reach_j += TIE_MM
    total += TIE_MM
    di = np.sqrt(xi * xi + yi * yi)
    dj = np.sqrt(xj * xj + yj * yj)
    if di > reach_i + radius or dj > reach_j + radius:
        return False
    dx, dy = xj - xi, yj - yi
    length = np.sqrt(dx * dx + dy * dy)
    if length > total:
        return False
    if di <= reach_i and dj <= reach_j and di + dj <= total:
        return True
    mx, my = 0.5 * (xi + xj), 0.5 * (yi + yj)
    if np.sqrt(mx * mx + my * my) > 0.5 * total + radius:
        return False
    i, j, line = Reach(xi, yi, di, reach_i), Reach(xj, yj, dj, reach_j), Line(dx, dy, length)
    crosses, serves = _straight(i, line, reach_j, radius)
    if serves:
        return True
    if not crosses:
        least, serves = _mirrored(i, j, total, radius)
        if serves:
            return True
        if least > total:
            return False
    return (
        _corner_at_crime(i, j, total, radius)
        or _corner_at_crime(j, i, total, radius)
        or (reach_i + reach_j <= total + 2 * TIE_MM and _corner_of_reaches(i, line, reach_j, radius))
    )


@called
def _straight(i, line, reach_j, radius):
    """Whether the line from i to j meets the crime's disc, and whether it does within both reaches."""
    length = line.length
    if length == 0.0:
        return i.d <= radius, i.d <= radius
    # Too far for any part of the line: beyond this the products below would lose digits.
    if i.d > radius + length:
        return False, False
    ux, uy = line.dx / length, line.dy / length
    off = abs(i.x * uy - i.y * ux)
    if off > radius:
        return False, False
    foot = -(i.x * ux + i.y * uy)
    half = np.sqrt((radius - off) * (radius + off))
    if foot + half < 0.0 or foot - half > length:
        return False, False
    low = max(foot - half, 0.0, length - reach_j)
    high = min(foot + half, length, i.reach)
    return True, low <= high


@called
def _mirrored(i, j, total, radius):
    """Least sum of distances over the crime's disc, met by no line from i to j, and whether a place found serves.

    The place sees both i and j, so it is within acos(radius / d) of both directions; there the sum is convex along
    the circle. The search ends as soon as a place serves or the sum's tangent shows that none can.
    """
    turn = np.arctan2(j.y, j.x) - np.arctan2(i.y, i.x)
    if turn > np.pi:
        turn -= 2 * np.pi
    elif turn < -np.pi:
        turn += 2 * np.pi
    turn = abs(turn)
    low = max(0.0, turn - np.arccos(min(1.0, radius / j.d)))
    high = max(low, min(turn, np.arccos(min(1.0, radius / i.d))))
    least = np.inf
    for _ in range(60):
        s = 0.5 * (low + high)
        to_i = _from_circle(i.d, radius, s)
        to_j = _from_circle(j.d, radius, turn - s)
        least = min(least, to_i + to_j)
        if to_i <= i.reach and to_j <= j.reach and to_i + to_j <= total:
            return least, True
        slope = i.d * radius * np.sin(s) / max(to_i, 1e-9) - j.d * radius * np.sin(turn - s) / max(to_j, 1e-9)
        if to_i + to_j - abs(slope) * 0.5 * (high - low) > total:
            return to_i + to_j - abs(slope) * 0.5 * (high - low), False
        if slope > 0.0:
            high = s
        else:
            low = s
        if (high - low) * radius < 1e-7:
            break
    return least, False


@called
def _from_circle(d, radius, angle):
    """Distance from a place d from the centre to a place on the circle, `angle` apart as seen from the centre."""
    half = np.sin(0.5 * angle)
    return np.sqrt((d - radius) * (d - radius) + 4.0 * d * radius * half * half)


@called
def _corner_at_crime(p, other, total, radius):
    """Whether a place where the crime's circle meets p's reach serves: within the other's reach and the sum."""
    if p.d == 0.0:
        return False
    along = ((p.d - p.reach) * (p.d + p.reach) + radius * radius) / (2.0 * p.d)
    if abs(along) > radius:
        return False
    half = np.sqrt((radius - along) * (radius + along))
    ux, uy = p.x / p.d, p.y / p.d
    for side in (-1.0, 1.0):
        qx, qy = along * ux - side * half * uy, along * uy + side * half * ux
        away = np.sqrt((qx - other.x) * (qx - other.x) + (qy - other.y) * (qy - other.y))
        if away <= other.reach and p.reach + away <= total:
            return True
    return False


@called
def _corner_of_reaches(i, line, reach_j, radius):
    """Whether a place where the two reaches' circles meet is in the crime's disc. Matters for a window of no length."""
    length = line.length
    if length == 0.0:
        return False
    along = ((i.reach - reach_j) * (i.reach + reach_j) + length * length) / (2.0 * length)
    if abs(along) > i.reach:
        return False
    half = np.sqrt((i.reach - along) * (i.reach + along))
    ux, uy = line.dx / length, line.dy / length
    for side in (-1.0, 1.0):
        qx, qy = i.x + along * ux - side * half * uy, i.y + along * uy + side * half * ux
        if qx * qx + qy * qy <= radius * radius:
            return True
    return False


@compiled
def pair_could_hide(i, j, start_us, end_us, disc, speed_mm_us):
    """`could_hide` for two fixes (`Bound`) whose time meets the window [start, end]."""
    a = max(i.t_us, start_us)
    b = min(j.t_us, end_us)
    return could_hide(
        np.float64(i.x_mm) - disc.x_mm,
        np.float64(i.y_mm) - disc.y_mm,
        np.float64(j.x_mm) - disc.x_mm,
        np.float64(j.y_mm) - disc.y_mm,
        speed_mm_us * (b - i.t_us) + i.error_mm,
        speed_mm_us * (j.t_us - a) + j.error_mm,
        speed_mm_us * (j.t_us - i.t_us) + i.error_mm + j.error_mm,
        disc.radius_mm,
    )


@called
def is_empty(i, j, speed_mm_us):
    """Whether nobody keeping to the speed could have been at both fixes (`Bound`): the two contradict it."""
    dx, dy = np.float64(j.x_mm) - np.float64(i.x_mm), np.float64(j.y_mm) - np.float64(i.y_mm)
    reach = speed_mm_us * (j.t_us - i.t_us) + i.error_mm + j.error_mm + TIE_MM
    return dx * dx + dy * dy > reach * reach


@called
def four_sigma(accuracy_mm, rule):
    """4 sigma of a fix by its 68 % radius; one that states none (-1) is as coarse as a fix may be.

    A tag's errors persist for minutes and pass what it states, so sigma is taken larger than elsewhere.
    """
    accuracy = rule.max_accuracy_mm if accuracy_mm < 0 else accuracy_mm
    return 4.0 * max(accuracy / RADIUS_68, rule.min_sigma_mm, rule.prism_min_sigma_mm)
