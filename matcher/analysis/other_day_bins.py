"""Crimes laid out for the comparison with other days: by place alone, in civil time, and in bins of like windows."""

from dataclasses import dataclass

import numpy as np

from matcher.analysis.crimes import CELL_MM, MAX_SLOTS, CrimeIndex
from matcher.analysis.reference_days import CivilTimes, civil_times, stratum
from matcher.frames import Bool, Int8, Int32, Int64
from matcher.kernels import grid
from matcher.kernels.day_bins import BIN_US, BINS
from matcher.params import Params

_MINUTE_US = 60_000_000
CLASSES_US = np.array([m * _MINUTE_US for m in (0, 2, 5, 10, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1440)])
"""Longest window of each class but the last; the ends of strata are among them."""


@dataclass(frozen=True, slots=True)
class OtherDays:
    """What `kernels.days` and `kernels.day_cover` search, made once for all wearers.

    `at` are the crimes' `t_from` in civil time. `shape`, `offset`, `entries` are a grid of places with one bucket.
    Crime c's window is of class `class_of[c]` and its time of day in bin `bin_of[c]`; `order` lists crimes by class,
    bin and day, `bin_offset` where each class's bins begin, `days` the civil days there are, `day_of` each crime's.
    """

    at: CivilTimes
    stratum: Int8
    shape: Int64
    offset: Int32
    entries: Int32
    class_of: Int32
    class_shortest: Int64
    class_longest: Int64
    class_stratum: Int64
    bin_of: Int32
    days: Int64
    day_of: Int32
    order: Int32
    bin_offset: Int64
    binned_day: Int64
    binned_time_us: Int64
    binned_fold: Bool
    binned_length_us: Int64


def other_days(index: CrimeIndex, params: Params) -> OtherDays:
    """Lay out the crimes of an index. O(n log n)."""
    n = len(index.x_mm)
    at = civil_times(index.start_us + params.buffer_us, params.reference_days)
    shape = _places(index.x_mm, index.y_mm)
    offset = np.zeros(int(shape[0, grid.ROWS] * shape[0, grid.COLUMNS]) + 1, np.int32)
    entries = grid.fill(shape, index.x_mm, index.y_mm, index.start_us, index.end_us, offset)
    length_us = index.end_us - index.start_us
    kinds, class_of = np.unique(np.searchsorted(CLASSES_US, length_us), return_inverse=True)
    shortest, longest = np.full(len(kinds), np.iinfo(np.int64).max), np.zeros(len(kinds), np.int64)
    np.minimum.at(shortest, class_of, length_us)
    np.maximum.at(longest, class_of, length_us)
    bin_of = at.time_us // BIN_US
    days, day_of = np.unique(at.day, return_inverse=True)
    order = np.lexsort((np.arange(n), day_of, bin_of, class_of))
    sizes = np.bincount(class_of * BINS + bin_of, minlength=len(kinds) * BINS)
    return OtherDays(
        at,
        stratum(length_us),
        shape,
        offset,
        entries,
        class_of.astype(np.int32),
        shortest,
        longest,
        stratum(shortest).astype(np.int64),
        bin_of.astype(np.int32),
        days,
        day_of.astype(np.int32),
        order.astype(np.int32),
        np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        at.day[order],
        at.time_us[order],
        at.fold[order],
        length_us[order],
    )


def _places(x_mm: Int64, y_mm: Int64) -> Int64:
    """The shape of a grid with one bucket for all time; see `kernels.grid`."""
    shape = np.zeros((1, 9), np.int64)
    shape[0, [grid.BUCKETS, grid.BUCKET_US, grid.START_US, grid.CELL_MM]] = 1, 1 << 62, -(1 << 61), CELL_MM
    if len(x_mm):
        shape[0, [grid.X_MM, grid.Y_MM]] = x_mm.min(), y_mm.min()
        while True:
            columns = int(x_mm.max() - x_mm.min()) // int(shape[0, grid.CELL_MM]) + 1
            rows = int(y_mm.max() - y_mm.min()) // int(shape[0, grid.CELL_MM]) + 1
            if columns * rows <= MAX_SLOTS:
                break
            shape[0, grid.CELL_MM] *= 2
        shape[0, [grid.ROWS, grid.COLUMNS]] = rows, columns
    return shape
