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

import numpy as np

from geo.jit import compiled

TIE_MM = 0.001
"""Every reach is taken this much larger: what hangs on less is possible. Rounding stays below 1e-6 mm."""


@compiled
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
    crosses, serves = _straight(xi, yi, dx, dy, di, length, reach_i, reach_j, radius)
    if serves:
        return True
    if not crosses:
        least, serves = _mirrored(xi, yi, xj, yj, di, dj, reach_i, reach_j, total, radius)
        if serves:
            return True
        if least > total:
            return False
    return (
        _corner_at_crime(xi, yi, di, reach_i, xj, yj, reach_j, total, radius)
        or _corner_at_crime(xj, yj, dj, reach_j, xi, yi, reach_i, total, radius)
        or (
            reach_i + reach_j <= total + 2 * TIE_MM
            and _corner_of_reaches(xi, yi, dx, dy, length, reach_i, reach_j, radius)
        )
    )


@compiled
def _straight(xi, yi, dx, dy, di, length, reach_i, reach_j, radius):
    """Whether the line from i to j meets the crime's disc, and whether it does within both reaches."""
    if length == 0.0:
        return di <= radius, di <= radius
    # Too far for any part of the line: beyond this the products below would lose digits.
    if di > radius + length:
        return False, False
    ux, uy = dx / length, dy / length
    off = abs(xi * uy - yi * ux)
    if off > radius:
        return False, False
    foot = -(xi * ux + yi * uy)
    half = np.sqrt((radius - off) * (radius + off))
    if foot + half < 0.0 or foot - half > length:
        return False, False
    low = max(foot - half, 0.0, length - reach_j)
    high = min(foot + half, length, reach_i)
    return True, low <= high


@compiled
def _mirrored(xi, yi, xj, yj, di, dj, reach_i, reach_j, total, radius):
    """Least sum of distances over the crime's disc, met by no line from i to j, and whether a place found serves.

    The place sees both i and j, so it is within acos(radius / d) of both directions; there the sum is convex along
    the circle. The search ends as soon as a place serves or the sum's tangent shows that none can.
    """
    turn = np.arctan2(yj, xj) - np.arctan2(yi, xi)
    if turn > np.pi:
        turn -= 2 * np.pi
    elif turn < -np.pi:
        turn += 2 * np.pi
    turn = abs(turn)
    low = max(0.0, turn - np.arccos(min(1.0, radius / dj)))
    high = max(low, min(turn, np.arccos(min(1.0, radius / di))))
    least = np.inf
    for _ in range(60):
        s = 0.5 * (low + high)
        to_i = _from_circle(di, radius, s)
        to_j = _from_circle(dj, radius, turn - s)
        least = min(least, to_i + to_j)
        if to_i <= reach_i and to_j <= reach_j and to_i + to_j <= total:
            return least, True
        slope = di * radius * np.sin(s) / max(to_i, 1e-9) - dj * radius * np.sin(turn - s) / max(to_j, 1e-9)
        if to_i + to_j - abs(slope) * 0.5 * (high - low) > total:
            return to_i + to_j - abs(slope) * 0.5 * (high - low), False
        if slope > 0.0:
            high = s
        else:
            low = s
        if (high - low) * radius < 1e-7:
            break
    return least, False


@compiled
def _from_circle(d, radius, angle):
    """Distance from a place d from the centre to a place on the circle, `angle` apart as seen from the centre."""
    half = np.sin(0.5 * angle)
    return np.sqrt((d - radius) * (d - radius) + 4.0 * d * radius * half * half)


@compiled
def _corner_at_crime(xp, yp, dp, reach, xo, yo, reach_o, total, radius):
    """Whether a place where the crime's circle meets p's reach serves: within the other's reach and the sum."""
    if dp == 0.0:
        return False
    along = ((dp - reach) * (dp + reach) + radius * radius) / (2.0 * dp)
    if abs(along) > radius:
        return False
    half = np.sqrt((radius - along) * (radius + along))
    ux, uy = xp / dp, yp / dp
    for side in (-1.0, 1.0):
        qx, qy = along * ux - side * half * uy, along * uy + side * half * ux
        other = np.sqrt((qx - xo) * (qx - xo) + (qy - yo) * (qy - yo))
        if other <= reach_o and reach + other <= total:
            return True
    return False


@compiled
def _corner_of_reaches(xi, yi, dx, dy, length, reach_i, reach_j, radius):
    """Whether a place where the two reaches' circles meet is in the crime's disc. Matters for a window of no length."""
    if length == 0.0:
        return False
    along = ((reach_i - reach_j) * (reach_i + reach_j) + length * length) / (2.0 * length)
    if abs(along) > reach_i:
        return False
    half = np.sqrt((reach_i - along) * (reach_i + along))
    ux, uy = dx / length, dy / length
    for side in (-1.0, 1.0):
        qx, qy = xi + along * ux - side * half * uy, yi + along * uy + side * half * ux
        if qx * qx + qy * qy <= radius * radius:
            return True
    return False


@compiled
def pair_could_hide(t_i, x_i, y_i, error_i, t_j, x_j, y_j, error_j, start_us, end_us, crime_x, crime_y, radius, speed):
    """`could_hide` for two fixes whose time meets the window [start, end], us.

    `error_i`, `error_j` are 4 sigma of the fixes, `radius` is R + 4 sigma of the crime's place, mm; `speed` is mm/us.
    """
    a = max(t_i, start_us)
    b = min(t_j, end_us)
    return could_hide(
        np.float64(x_i) - crime_x,
        np.float64(y_i) - crime_y,
        np.float64(x_j) - crime_x,
        np.float64(y_j) - crime_y,
        speed * (b - t_i) + error_i,
        speed * (t_j - a) + error_j,
        speed * (t_j - t_i) + error_i + error_j,
        radius,
    )


@compiled
def is_empty(t_i, x_i, y_i, error_i, t_j, x_j, y_j, error_j, speed):
    """Whether nobody keeping to the speed could have been at both fixes: the two contradict it."""
    dx, dy = np.float64(x_j) - np.float64(x_i), np.float64(y_j) - np.float64(y_i)
    reach = speed * (t_j - t_i) + error_i + error_j + TIE_MM
    return dx * dx + dy * dy > reach * reach


@compiled
def four_sigma(accuracy_mm, unknown_mm, min_sigma_mm, per_sigma):
    """4 sigma of a fix by its 68 % radius; `unknown_mm` stands for one that states none (-1)."""
    accuracy = unknown_mm if accuracy_mm < 0 else accuracy_mm
    return 4.0 * max(accuracy / per_sigma, min_sigma_mm)
