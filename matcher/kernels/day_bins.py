"""Crimes in bins by length of window and time of day: what settles a whole bin for one wearer and one civil day.

The time a wearer's path is drawn round a bin's windows mostly says enough: every window counts, or none does. Only
windows that a gap or an interval's end could part are asked for one by one.
"""

import numpy as np

from geo.jit import compiled
from matcher.kernels.civil import DAY_US, instant_of
from matcher.kernels.days import begun_from, covers
from matcher.kernels.search import may_be_tested
from matcher.kernels.stretches import last_begun

BIN_US = 900_000_000
"""Quarters of an hour of the time of day."""
BINS = DAY_US // BIN_US
MARK_US = 300_000_000
"""The drawn time is summed up to each five minutes."""
FAILS, PARTED, PASSES = range(3)
NEVER_US = 1 << 62


@compiled
def add_up(classes, days, crimes, class_of, bin_of, day_of, total):
    """Running sums over the bins: total[(class (BINS + 1) + bin) days + day] crimes in bins before `bin`; in place."""
    total[:] = 0
    for i in range(len(crimes)):
        c = crimes[i]
        total[(class_of[c] * (BINS + 1) + bin_of[c] + 1) * days + day_of[c]] += 1
    for kind in range(classes):
        for b in range(BINS):
            at = (kind * (BINS + 1) + b) * days
            for d in range(days):
                total[at + days + d] += total[at + d]


@compiled
def mark_up(stretch_from, stretch_to, begin, end, marks):
    """Write the time drawn up to each mark; return the marks, the first one's number and how many are used.

    Mark j stands at (first + j) MARK_US since 1970. `marks` is made anew if it is too short.
    """
    first = stretch_from[begin] // MARK_US
    n = stretch_to[end - 1] // MARK_US + 2 - first
    if n > len(marks):
        marks = np.empty(n, np.int64)
    total, s = np.int64(0), begin
    for j in range(n):
        at = (first + j) * MARK_US
        while s < end and stretch_to[s] <= at:
            total += stretch_to[s] - stretch_from[s]
            s += 1
        marks[j] = total
        if s < end and stretch_from[s] < at:
            marks[j] += at - stretch_from[s]
    return marks, first, n


@compiled
def settle(lo_us, last_us, enough_us, spare_us, marks, first_mark, n_marks, stretch_from, stretch_to, begin, end):
    """Whether the path is drawn for enough of every window in [lo, last], or of none, or it needs asking.

    `enough_us` is the least any window needs, less a little; `spare_us` what any can miss, less a little.
    """
    low, high = lo_us // MARK_US, -(-last_us // MARK_US)
    drawn = marks[min(max(high - first_mark, 0), n_marks - 1)] - marks[min(max(low - first_mark, 0), n_marks - 1)]
    if drawn < enough_us:
        return FAILS
    if drawn == 0:
        s = last_begun(stretch_from, begin, end, last_us)
        return FAILS if s < begin or stretch_to[s] < lo_us else PARTED
    undrawn = (high - low) * MARK_US - drawn
    return PASSES if undrawn == 0 or undrawn <= spare_us else PARTED


@compiled
def beside_one_gap(
    civil_day,
    k_max,
    every,
    low,
    high,
    day,
    time_us,
    length_us,
    order,
    all_testable,
    testable,
    midnight_us,
    gap_from,
    gap_to,
    min_coverage,
    out,
    row,
):
    """`one_by_one` where all is watched and the path drawn but for one gap, and no clock is turned; see `covers`."""
    for i in range(low, high):
        k = civil_day - day[i]
        if k < -k_max or k > k_max or k % every != 0 or not (all_testable or testable[order[i]]):
            continue
        start, length = midnight_us + time_us[i], length_us[i]
        missed = max(min(start + length, gap_to) - max(start, gap_from), np.int64(0))
        if length == 0:
            counts = start <= gap_from or start >= gap_to
        else:
            counts = missed == 0 or (length - missed) / length >= min_coverage
        out[row + k + k_max] += counts


@compiled
def one_by_one(
    w,
    civil_day,
    k_max,
    every,
    low,
    high,
    day,
    time_us,
    fold,
    length_us,
    order,
    all_testable,
    testable,
    calendar,
    first_day,
    buffer_us,
    turns,
    midnight_us,
    lo_us,
    last_us,
    within,
    watched_offset,
    watched_from,
    watched_to,
    data_until_us,
    stretch_from,
    stretch_to,
    stretch_before,
    begin,
    end,
    min_coverage,
    out,
    row,
):
    """Ask for each of the crimes low..high of the binned order; `within`: that all are watched, before data_until."""
    near = max(last_begun(stretch_from, begin, end, lo_us), begin)
    if within and not turns and stretch_from[near] <= lo_us:
        then = near + 1
        gap_to = stretch_from[then] if then < end else NEVER_US
        if gap_to > last_us or stretch_to[then] >= last_us:
            beside_one_gap(
                civil_day,
                k_max,
                every,
                low,
                high,
                day,
                time_us,
                length_us,
                order,
                all_testable,
                testable,
                midnight_us,
                stretch_to[near],
                gap_to,
                min_coverage,
                out,
                row,
            )
            return
    for i in range(low, high):
        k = civil_day - day[i]
        if k < -k_max or k > k_max or k % every != 0 or not (all_testable or testable[order[i]]):
            continue
        start = instant_of(calendar, first_day, civil_day, time_us[i], fold[i]) - buffer_us
        last = start + length_us[i]
        s = begun_from(stretch_from, near, end, start)
        if covers(s, end, start, last, stretch_from, stretch_to, stretch_before, min_coverage) and (
            within or (last < data_until_us and may_be_tested(watched_offset, watched_from, watched_to, w, start, last))
        ):
            out[row + k + k_max] += 1
