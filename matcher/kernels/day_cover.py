"""How many pairs' day k counts, for each wearer, exactly, without looking at each pair on each day.

Crimes lie in bins by length of window and time of day; a bin holds, for each civil day, how many crimes. For a wearer
and a civil day the time drawn round a bin's windows mostly settles all of it at once: every window counts, or none.
Only the windows of a bin that a gap or an interval's end could part are asked for one by one.
"""

import numpy as np

from geo.compiled import compiled
from matcher.kernels.civil import AFTER, BEFORE, DAY_US, instant_of
from matcher.kernels.days import day_counts
from matcher.kernels.search import may_be_tested
from matcher.kernels.stretches import last_begun

BIN_US = 900_000_000
"""Quarters of an hour: of the time of day, and of the marks up to which the drawn time is summed."""
BINS = DAY_US // BIN_US
FAILS, PARTED, PASSES = range(3)


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
    """Write the time drawn up to each mark; return the first mark, in BIN_US since 1970, and how many are used.

    `marks` is made longer if need be, so it is returned too.
    """
    mark_0 = stretch_from[begin] // BIN_US
    n = stretch_to[end - 1] // BIN_US + 2 - mark_0
    if n > len(marks):
        marks = np.empty(n, np.int64)
    total, s = np.int64(0), begin
    for j in range(n):
        at = (mark_0 + j) * BIN_US
        while s < end and stretch_to[s] <= at:
            total += stretch_to[s] - stretch_from[s]
            s += 1
        marks[j] = total + (at - stretch_from[s] if s < end and stretch_from[s] < at else 0)
    return marks, mark_0, n


@compiled
def settle(
    lo_us,
    hi_us,
    shortest_us,
    longest_us,
    marks,
    mark_0,
    n_marks,
    stretch_from,
    stretch_to,
    begin,
    end,
    w,
    watched_offset,
    watched_from,
    watched_to,
    data_until_us,
    min_coverage,
):
    """Whether all windows that start in [lo, hi] and last shortest..longest count, or none, or it needs asking."""
    if lo_us + shortest_us >= data_until_us:
        return FAILS
    last_us = hi_us + longest_us
    low, high = lo_us // BIN_US, -(-last_us // BIN_US)
    drawn = marks[min(max(high - mark_0, 0), n_marks - 1)] - marks[min(max(low - mark_0, 0), n_marks - 1)]
    # A microsecond and a part in 10^9 to spare: the division that decides is in floats.
    if drawn < min_coverage * shortest_us * (1 - 1e-9) - 1:
        return FAILS
    if drawn == 0:
        s = last_begun(stretch_from, begin, end, last_us)
        if s < begin or stretch_to[s] < lo_us:
            return FAILS
    undrawn = (high - low) * BIN_US - drawn
    if undrawn != 0 and undrawn > (1 - min_coverage) * shortest_us * (1 - 1e-9) - 1:
        return PARTED
    if last_us >= data_until_us or not may_be_tested(watched_offset, watched_from, watched_to, w, lo_us, last_us):
        return PARTED
    return PASSES


@compiled
def covered(
    wearers,
    stretch_offset,
    stretch_from,
    stretch_to,
    stretch_before,
    start_us,
    end_us,
    day,
    time_us,
    fold,
    calendar,
    first_day,
    buffer_us,
    k_max,
    every,
    class_of,
    class_shortest,
    class_longest,
    class_stratum,
    bin_of,
    day_of,
    days,
    order,
    bin_offset,
    eligible_offset,
    eligible_from,
    eligible_to,
    watched_offset,
    watched_from,
    watched_to,
    data_until_us,
    min_coverage,
):
    """Pairs whose day k counts, int64[wearers * 3 * (2 k_max + 1)] by (wearer, stratum, k + k_max).

    `days` are the civil days crimes start on, ascending, `day_of` each crime's place in it. `order` lists the crimes by
    (class, bin, day), those of a class and bin at bin_offset[class * BINS + bin]...
    """
    width = 2 * k_max + 1
    out = np.zeros(wearers * 3 * width, np.int64)
    if len(order) == 0:
        return out
    n_days, classes = len(days), len(class_stratum)
    size = classes * (BINS + 1) * n_days
    everyone = np.empty(size, np.int32)
    add_up(classes, n_days, order, class_of, bin_of, day_of, everyone)
    own = np.empty(0, np.int32)
    chosen = np.empty(len(order), np.int32)
    testable = np.ones(len(order), np.bool_)
    marks = np.empty(0, np.int64)
    earliest, latest, longest = start_us.min(), end_us.max(), (end_us - start_us).max()
    for w in range(wearers):
        begin, end = stretch_offset[w], stretch_offset[w + 1]
        if begin == end:
            continue
        total = everyone
        whole = may_be_tested(eligible_offset, eligible_from, eligible_to, w, earliest, latest)
        if not whole:
            n = 0
            for c in range(len(order)):
                testable[c] = may_be_tested(eligible_offset, eligible_from, eligible_to, w, start_us[c], end_us[c])
                if testable[c]:
                    chosen[n] = c
                    n += 1
            if n == 0:
                continue
            if len(own) == 0:
                own = np.empty(size, np.int32)
            add_up(classes, n_days, chosen[:n], class_of, bin_of, day_of, own)
            total = own
        marks, mark_0, n_marks = mark_up(stretch_from, stretch_to, begin, end, marks)
        here = (stretch_from[begin] - longest) // DAY_US - 1
        until = (stretch_to[end - 1] + buffer_us) // DAY_US + 1
        d0 = d1 = 0
        for civil_day in range(max(here, days[0] - k_max), min(until, days[-1] + k_max) + 1):
            while d0 < n_days and days[d0] < civil_day - k_max:
                d0 += 1
            while d1 < n_days and days[d1] <= civil_day + k_max:
                d1 += 1
            if d0 == d1:
                continue
            # On a day of a turn either offset may hold.
            offset_0, offset_1 = calendar[civil_day - first_day, BEFORE], calendar[civil_day - first_day, AFTER]
            lo = civil_day * DAY_US - max(offset_0, offset_1) - buffer_us
            hi = civil_day * DAY_US - min(offset_0, offset_1) - buffer_us
            for kind in range(classes):
                shortest, widest = class_shortest[kind], class_longest[kind]
                base = kind * (BINS + 1)
                row = (w * 3 + class_stratum[kind]) * width
                answer = settle(
                    lo,
                    hi + DAY_US,
                    shortest,
                    widest,
                    marks,
                    mark_0,
                    n_marks,
                    stretch_from,
                    stretch_to,
                    begin,
                    end,
                    w,
                    watched_offset,
                    watched_from,
                    watched_to,
                    data_until_us,
                    min_coverage,
                )
                if answer == FAILS:
                    continue
                if answer == PASSES:
                    for d in range(d0, d1):
                        out[row + civil_day - days[d] + k_max] += total[(base + BINS) * n_days + d]
                    continue
                passes_from = np.int64(-1)
                for b in range(BINS + 1):
                    answer = FAILS
                    if b < BINS:
                        if bin_offset[kind * BINS + b] == bin_offset[kind * BINS + b + 1]:
                            continue
                        answer = settle(
                            lo + b * BIN_US,
                            hi + (b + 1) * BIN_US,
                            shortest,
                            widest,
                            marks,
                            mark_0,
                            n_marks,
                            stretch_from,
                            stretch_to,
                            begin,
                            end,
                            w,
                            watched_offset,
                            watched_from,
                            watched_to,
                            data_until_us,
                            min_coverage,
                        )
                    if answer == PASSES:
                        if passes_from < 0:
                            passes_from = b
                        continue
                    if passes_from >= 0:
                        for d in range(d0, d1):
                            out[row + civil_day - days[d] + k_max] += (
                                total[(base + b) * n_days + d] - total[(base + passes_from) * n_days + d]
                            )
                        passes_from = -1
                    if answer == FAILS:
                        continue
                    for i in range(bin_offset[kind * BINS + b], bin_offset[kind * BINS + b + 1]):
                        c = order[i]
                        k = civil_day - day[c]
                        if k < -k_max or k > k_max or k % every != 0 or not (whole or testable[c]):
                            continue
                        start = instant_of(calendar, first_day, civil_day, time_us[c], fold[c]) - buffer_us
                        if day_counts(
                            w,
                            start,
                            start + (end_us[c] - start_us[c]),
                            watched_offset,
                            watched_from,
                            watched_to,
                            data_until_us,
                            stretch_offset,
                            stretch_from,
                            stretch_to,
                            stretch_before,
                            min_coverage,
                        ):
                            out[row + k + k_max] += 1
    if every != 1:
        for i in range(len(out)):
            if (i % width - k_max) % every != 0:
                out[i] = 0
    return out
