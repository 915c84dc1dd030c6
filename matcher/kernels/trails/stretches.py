"""When the path is there: unbroken stretches of drawn path, closed [from, to]; a lone fix is one of no length."""

import numpy as np

from geo.jit import called
from matcher.kernels.binary_search import last_at_or_before


@called
def drawn_until(stretches, begin, end, t_us):
    """Time drawn up to instant t in stretches begin..end of one trail, us."""
    k = last_at_or_before(stretches.from_us, begin, end, t_us)
    if k < begin:
        return np.int64(0)
    return stretches.before_us[k] + min(t_us, stretches.to_us[k]) - stretches.from_us[k]


@called
def coverage(stretches, w, start_us, end_us):
    """Share of [start, end] for which trail w's path is drawn. An instant is covered if the path is there at it."""
    begin, end = stretches.offset[w], stretches.offset[w + 1]
    if end_us > start_us:
        seen = drawn_until(stretches, begin, end, end_us) - drawn_until(stretches, begin, end, start_us)
        return seen / (end_us - start_us)
    k = last_at_or_before(stretches.from_us, begin, end, start_us)
    return 1.0 if k >= begin and start_us <= stretches.to_us[k] else 0.0
