"""London's civil days as a table: which instant a time of day is on a given day.

Row i of a `DayCalendar` belongs to civil day `first_day + i` (days since 1970): the times of day from which and up to
which the clocks' change makes a reading unclear, and the offsets from UTC before and after, all in microseconds. A day
without a change has 0, 0 and twice its offset.
"""

import numpy as np

from geo.jit import compiled, inlined
from matcher.kernels.arrays import DAY_US

UNCLEAR_FROM, UNCLEAR_TO, BEFORE, AFTER = range(4)
FURTHEST_TURN_US = 7_200_000_000
"""No change of the clocks moves a time of day by more."""


@inlined
def instant_of(calendar, day, time_us, fold):
    """The instant at which the clocks show `time_us` on civil day `day`.

    A time that never was is the first instant after; of one that was twice, `fold` says which.
    """
    i = day - calendar.first_day
    midnight = day * DAY_US
    if time_us < calendar.turns[i, UNCLEAR_FROM]:
        return midnight + time_us - calendar.turns[i, BEFORE]
    if time_us >= calendar.turns[i, UNCLEAR_TO]:
        return midnight + time_us - calendar.turns[i, AFTER]
    if calendar.turns[i, AFTER] > calendar.turns[i, BEFORE]:
        return midnight + calendar.turns[i, UNCLEAR_FROM] - calendar.turns[i, BEFORE]
    return midnight + time_us - calendar.turns[i, AFTER if fold else BEFORE]


@compiled
def shifts(calendar, day, time_us, fold, t_us, reference_days):
    """How far day k = -K..K lies from instant t, us: one row a crime, int64[crimes, 2 K + 1]."""
    out = np.empty((len(day), 2 * reference_days + 1), np.int64)
    for c in range(len(day)):
        for k in range(-reference_days, reference_days + 1):
            out[c, k + reference_days] = instant_of(calendar, day[c] + k, time_us[c], fold[c]) - t_us[c]
    return out
