"""The binary search of all kernels, over a slice of an ascending int64 array."""

from geo.jit import inlined


@inlined
def first_at_or_after(values, lo, hi, value):
    """Index of the first of ``values[lo:hi]`` that is >= value; hi if there is none."""
    while lo < hi:
        mid = (lo + hi) // 2
        if values[mid] < value:
            lo = mid + 1
        else:
            hi = mid
    return lo


@inlined
def last_at_or_before(values, lo, hi, value):
    """Index of the last of ``values[lo:hi]`` that is <= value; lo - 1 if there is none."""
    return first_at_or_after(values, lo, hi, value + 1) - 1


@inlined
def soon_at_or_after(values, lo, hi, value):
    """`first_at_or_after` where the answer is near lo: O(log of how far it is)."""
    step = 1
    while lo + step < hi and values[lo + step] < value:
        lo += step
        step *= 2
    return first_at_or_after(values, lo, min(lo + step + 1, hi), value)
