"""Crimes laid out for the comparison with other days: by place alone, in civil time, and in bins of like windows."""

from dataclasses import dataclass

import numpy as np

from matcher.analysis.crimes import CELL_MM, MAX_SLOTS, CrimeIndex
from matcher.analysis.reference_days import CivilTimes, civil_times, stratum
from matcher.frames import Int8, Int32, Int64, offsets
from matcher.kernels import grid
from matcher.kernels.arrays import BinnedCrimes, CivilCrimes, CrimeClasses, CrimeGrid
from matcher.kernels.other_days.bins import BIN_US, BINS
from matcher.params import Params

_MINUTE_US = 60_000_000
CLASSES_US = np.array([m * _MINUTE_US for m in (0, 2, 5, 10, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1440)])
"""Longest window of each class but the last; the ends of strata are among them."""


@dataclass(frozen=True, slots=True)
class CrimesByDay:
    """What the kernels in `kernels/other_days` search, made once for all wearers, and each window's stratum."""

    stratum: Int8
    civil: CivilCrimes
    classes: CrimeClasses
    binned: BinnedCrimes


def crimes_by_day(index: CrimeIndex, params: Params) -> CrimesByDay:
    """Lay out the crimes of an index. O(n log n)."""
    crimes = index.arrays
    at = civil_times(crimes.start_us + params.buffer_us, params.reference_days)
    shape = _places(crimes.x_mm, crimes.y_mm)
    offset = np.zeros(int(shape[0, grid.ROWS] * shape[0, grid.COLUMNS]) + 1, np.int32)
    entries = grid.fill(shape, crimes.x_mm, crimes.y_mm, crimes.start_us, crimes.end_us, offset)
    civil = CivilCrimes(at.day, at.time_us, at.fold, at.calendar, CrimeGrid(shape, offset, entries))
    length_us = crimes.end_us - crimes.start_us
    return CrimesByDay(stratum(length_us), civil, *_bins(at, length_us))


def _bins(at: CivilTimes, length_us: Int64) -> tuple[CrimeClasses, BinnedCrimes]:
    kinds, class_of = np.unique(np.searchsorted(CLASSES_US, length_us), return_inverse=True)
    shortest, longest = np.full(len(kinds), np.iinfo(np.int64).max), np.zeros(len(kinds), np.int64)
    np.minimum.at(shortest, class_of, length_us)
    np.maximum.at(longest, class_of, length_us)
    bin_of = at.time_us // BIN_US
    days, day_of = np.unique(at.day, return_inverse=True)
    order = np.lexsort((np.arange(len(length_us)), bin_of, day_of, class_of))
    slot_of = (class_of * len(days) + day_of) * BINS + bin_of
    sizes = np.bincount(slot_of, minlength=len(kinds) * len(days) * BINS)
    classes = CrimeClasses(
        days=days,
        offset=offsets(sizes),
        used=np.bincount(class_of * BINS + bin_of, minlength=len(kinds) * BINS) > 0,
        shortest_us=shortest,
        longest_us=longest,
    )
    crime: Int32 = order.astype(np.int32)
    return classes, BinnedCrimes(crime, at.time_us[order], at.fold[order], length_us[order])


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
