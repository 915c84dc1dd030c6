"""The other days a crime's window is compared with: the same clock time in London, k civil days away."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import numpy as np

from geo.clock import LONDON, change_on
from matcher.frames import Bool, Int8, Int64
from matcher.kernels.arrays import DAY_US, DayCalendar
from matcher.kernels.other_days import civil

STRATA_US = (30 * 60_000_000, 3 * 3_600_000_000)
"""Longest window of stratum 0 and of stratum 1."""

_DAY_0 = date(1970, 1, 1).toordinal()
_US = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class CivilTimes:
    """Instants as London's clocks show them, and the days round them.

    `day` is days since 1970, `time_us` the time of day, `fold` whether it is the second of two readings; one entry an
    instant.
    """

    day: Int64
    time_us: Int64
    fold: Bool
    calendar: DayCalendar


def civil_times(t_us: Int64, reference_days: int) -> CivilTimes:
    """The civil day and time of day of instants, with a calendar that reaches `reference_days` to both sides of each.

    Parameters
    ----------
    t_us : int64[n]
        Instants, us since 1970 UTC.
    reference_days : int

    Notes
    -----
    O(n + days). The standard library's zone is asked once for each civil day.
    """
    if not len(t_us):
        nothing = np.zeros(0, np.int64)
        return CivilTimes(nothing, nothing, np.zeros(0, np.bool_), DayCalendar(np.zeros((0, 4), np.int64), 0))
    first_day = int(t_us.min() // DAY_US) - reference_days - 1
    last_day = int(t_us.max() // DAY_US) + reference_days + 1
    turns = np.array([_turn(day) for day in range(first_day, last_day + 1)], np.int64)
    # The offset at an instant: that of its UTC day, before or after the turn.
    utc_day = t_us // DAY_US
    unclear_from, unclear_to, before, after = turns[utc_day - first_day].T
    turned = t_us >= utc_day * DAY_US + np.where(after > before, unclear_from, unclear_to) - before
    local_us = t_us + np.where(turned, after, before)
    day = local_us // DAY_US
    time_us = local_us - day * DAY_US
    unclear_from, unclear_to, before, after = turns[day - first_day].T
    twice = (after < before) & (time_us >= unclear_from) & (time_us < unclear_to)
    return CivilTimes(day, time_us, twice & turned, DayCalendar(turns, first_day))


def shifts(t_from_us: Int64, reference_days: int) -> Int64:
    """How far the same clock time lies away on the days around.

    Parameters
    ----------
    t_from_us : int64[crimes]
        Instants, us since 1970 UTC.
    reference_days : int
        K, the days each side.

    Returns
    -------
    int64[crimes, 2K + 1]
        Microseconds from `t_from_us` to the same civil time k days away, k = -K..K. In the hour that never was: to the
        first instant after it. In the hour that was twice: to the reading the crime's own time has, which is the first
        for a time that was once.
    """
    at = civil_times(t_from_us, reference_days)
    out: Int64 = civil.shifts(at.calendar, at.day, at.time_us, at.fold, t_from_us, reference_days)
    return out


def stratum(length_us: Int64) -> Int8:
    """0 for windows of up to 30 minutes, 1 of up to 3 hours, 2 of longer ones; buffers included."""
    return np.searchsorted(np.array(STRATA_US), length_us).astype(np.int8)


@lru_cache(maxsize=20_000)
def _turn(day: int) -> tuple[int, int, int, int]:
    """A row of the calendar, see `kernels.other_days.civil`."""
    civil_day = date.fromordinal(_DAY_0 + day)
    change = change_on(civil_day)
    if change is None:
        offset = (datetime.combine(civil_day, time.min, LONDON).utcoffset() or timedelta()) // _US
        return 0, 0, offset, offset
    midnight = datetime.combine(civil_day, time.min)
    low, high = sorted((reading - midnight) // _US for reading in (change.old_reading, change.new_reading))
    return low, high, change.old_offset // _US, change.new_offset // _US
