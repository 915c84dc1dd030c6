"""Receivers that are frozen: they repeat one position while the device reports that it moves.

A tag at rest states no speed, so a position that a tracker pins on purpose while it stands still is not frozen.
"""

from geo.jit import called, compiled

_LANES = 64


@compiled
def frozen(rows, lo, hi, frozen_us, found):
    """Write the frozen ones of fixes lo..hi, usable but for this, into `found`; return how many there are.

    A run of fixes at the identical position is frozen if it lasts longer than `frozen_us` and any of them states a
    speed over 0.
    """
    t_us, x_mm, y_mm, moving = rows.t_us, rows.x_mm, rows.y_mm, rows.moving
    n = 0
    i = lo
    while i < hi:
        if i + _LANES < hi and not any_repeated(x_mm, y_mm, i):
            i += _LANES
            continue
        end = i + 1
        while end < hi and x_mm[end] == x_mm[i] and y_mm[end] == y_mm[i]:
            end += 1
        last = end - 1
        if t_us[last] - t_us[i] > frozen_us and any_moving(moving, i, last):
            for k in range(i, end):
                found[n] = k
                n += 1
        i = end
    return n


@called
def any_repeated(x_mm, y_mm, i):
    """Whether any of 64 rows from i on is at the position of the next."""
    x, y = x_mm[i : i + _LANES + 1], y_mm[i : i + _LANES + 1]
    same = 0
    for k in range(_LANES):
        same += (x[k] == x[k + 1]) & (y[k] == y[k + 1])
    return same != 0


@called
def any_moving(moving, begin, last):
    """Whether any of rows begin..last states a speed over 0."""
    for k in range(begin, last + 1):
        if moving[k]:
            return True
    return False
