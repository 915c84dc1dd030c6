"""Exact comparisons of products that do not fit 64 bits.

Whether a path touches a disc must not depend on rounding. The products that decide it reach about 1e38, so they are
formed as two 64-bit words. Bounds: lengths up to 1.3e9 mm (Britain), times up to 3.6e9 us (`max_gap_s` <= 3,600).
"""

import numpy as np

from geo.jit import called, compiled

_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)


@called
def multiply(a, b):
    """High and low 64-bit words of the product of two unsigned 64-bit integers."""
    a_hi, a_lo = a >> _32, a & _LOW
    b_hi, b_lo = b >> _32, b & _LOW
    low = a_lo * b_lo
    mid_1 = a_hi * b_lo
    mid_2 = a_lo * b_hi
    carry = (low >> _32) + (mid_1 & _LOW) + (mid_2 & _LOW)
    high = a_hi * b_hi + (mid_1 >> _32) + (mid_2 >> _32) + (carry >> _32)
    return high, a * b


@compiled
def product_at_most(a, b, c, d):
    """Whether a * b <= c * d, all four non-negative int64."""
    left_hi, left_lo = multiply(np.uint64(a), np.uint64(b))
    right_hi, right_lo = multiply(np.uint64(c), np.uint64(d))
    return left_hi < right_hi or (left_hi == right_hi and left_lo <= right_lo)


@compiled
def hypot_at_most(u, v, r):
    """Whether u^2 + v^2 <= r^2 for int64 u, v and r >= 0; |u|, |v| < 2^63 with squares summing below 2^128."""
    u_hi, u_lo = multiply(np.uint64(abs(u)), np.uint64(abs(u)))
    v_hi, v_lo = multiply(np.uint64(abs(v)), np.uint64(abs(v)))
    r_hi, r_lo = multiply(np.uint64(r), np.uint64(r))
    low = u_lo + v_lo
    high = u_hi + v_hi
    if low < u_lo:
        high += np.uint64(1)
    return high < r_hi or (high == r_hi and low <= r_lo)
