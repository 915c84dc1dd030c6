"""When the path is there: unbroken stretches of drawn path, closed [from, to]; a lone fix is one of no length.

A wearer's stretches stand in time order in `begin..end` of the arrays; `before_us[k]` is the time drawn in this
wearer's stretches before k.
"""

import numpy as np

from geo.jit import compiled


@compiled
def last_begun(from_us, begin, end, t):
    """Index of the last stretch that has begun at instant t; begin - 1 if none has."""
    lo, hi = begin, end
    while lo < hi:
        mid = (lo + hi) // 2
        if from_us[mid] <= t:
            lo = mid + 1
        else:
            hi = mid
    return lo - 1


@compiled
def drawn_until(from_us, to_us, before_us, begin, end, t):
    """Time drawn up to instant t, us."""
    k = last_begun(from_us, begin, end, t)
    if k < begin:
        return np.int64(0)
    return before_us[k] + min(t, to_us[k]) - from_us[k]


@compiled
def coverage(from_us, to_us, before_us, begin, end, start_us, end_us):
    """Share of [start, end] for which the path is drawn. An instant is covered if the path is there at it."""
    if end_us > start_us:
        seen = drawn_until(from_us, to_us, before_us, begin, end, end_us) - drawn_until(
            from_us, to_us, before_us, begin, end, start_us
        )
        return seen / (end_us - start_us)
    k = last_begun(from_us, begin, end, start_us)
    return 1.0 if k >= begin and start_us <= to_us[k] else 0.0
