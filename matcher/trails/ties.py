"""Several rows of one device, instant and mechanism, for whole columns; `kernels.trails.ties` does the same.

Of rows of different accuracy the smallest stays. If rows of that accuracy lie apart they contradict each other: none of
the key is evidence. Accuracy that is not known counts as the largest.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from matcher.frames import Bool, Int64

Column = npt.NDArray[Any]

LARGEST = np.iinfo(np.int32).max


class Told(NamedTuple):
    """Over rows in the order of `in_order`: which are the most accurate of their key, one at each position, and which
    of these contradict one another."""

    most_accurate: Bool
    contradicts: Bool


def unknown_last(accuracy_mm: Column) -> Int64:
    """Accuracy to sort by."""
    return np.where(accuracy_mm <= 0, LARGEST, accuracy_mm).astype(np.int64)


def in_order(
    owner: Column,
    t_us: Column,
    x_mm: Column,
    y_mm: Column,
    accuracy_mm: Column,
    mechanism: Column,
    moving: Column,
) -> Int64:
    """The order (owner, instant, mechanism, accuracy with unknown last, easting, northing, moving)."""
    order: Int64 = np.lexsort((moving, y_mm, x_mm, unknown_last(accuracy_mm), mechanism, t_us, owner))
    return order


def told_apart(
    owner: Column,
    t_us: Column,
    x_mm: Column,
    y_mm: Column,
    accuracy_mm: Column,
    mechanism: Column,
) -> Told:
    """Which rows, given in order, are the most accurate, and which of these are contradictions."""
    n = len(t_us)
    if not n:
        return Told(np.zeros(0, np.bool_), np.zeros(0, np.bool_))
    first = np.ones(n, np.bool_)
    first[1:] = (np.diff(owner) != 0) | (np.diff(t_us) != 0) | (np.diff(mechanism) != 0)
    key = np.cumsum(first) - 1
    at = np.flatnonzero(first)[key]
    accuracy = unknown_last(accuracy_mm)
    best = accuracy == accuracy[at]
    away = best & ((x_mm != x_mm[at]) | (y_mm != y_mm[at]))
    apart = np.bincount(key, weights=away).astype(np.bool_)[key]
    new = np.ones(n, np.bool_)
    new[1:] = first[1:] | (np.diff(x_mm) != 0) | (np.diff(y_mm) != 0)
    return Told(best & new, best & apart & new)
