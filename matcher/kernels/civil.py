"""London's civil days as a table: which instant a time of day is on a given day.

Row i of `calendar` belongs to civil day `first_day + i` (days since 1970): the times of day from which and up to which
the clocks' turn makes a reading unclear, and the offsets from UTC before and after, all in microseconds. A day without
a turn has 0, 0 and twice its offset.
"""

import numpy as np

from geo.jit import compiled

DAY_US = 86_400_000_000
UNCLEAR_FROM, UNCLEAR_TO, BEFORE, AFTER = range(4)
FURTHEST_TURN_US = 7_200_000_000
"""No turn of the clocks moves a time of day by more."""


@compiled
def instant_of(calendar, first_day, day, time_us, fold):
    """The instant at which the clocks show `time_us` on civil day `day`.

    A time that never was is the first instant after; of one that was twice, `fold` says which.
    """
    i = day - first_day
    midnight = day * DAY_US
    if time_us < calendar[i, UNCLEAR_FROM]:
        return midnight + time_us - calendar[i, BEFORE]
    if time_us >= calendar[i, UNCLEAR_TO]:
        return midnight + time_us - calendar[i, AFTER]
    if calendar[i, AFTER] > calendar[i, BEFORE]:
        return midnight + calendar[i, UNCLEAR_FROM] - calendar[i, BEFORE]
    return midnight + time_us - calendar[i, AFTER if fold else BEFORE]


@compiled
def shifts(calendar, first_day, day, time_us, fold, t_us, k_max):
    """How far day k = -k_max..k_max lies from instant t, us: one row a crime."""
    out = np.empty((len(day), 2 * k_max + 1), np.int64)
    for c in range(len(day)):
        for k in range(-k_max, k_max + 1):
            out[c, k + k_max] = instant_of(calendar, first_day, day[c] + k, time_us[c], fold[c]) - t_us[c]
    return out
