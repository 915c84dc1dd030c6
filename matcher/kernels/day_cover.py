"""How many pairs' day k counts, for each wearer, exactly, without looking at each pair on each day."""

import numpy as np

from geo.jit import compiled
from matcher.kernels.civil import AFTER, BEFORE, DAY_US
from matcher.kernels.day_bins import BIN_US, BINS, FAILS, PARTED, PASSES, add_up, mark_up, one_by_one, settle
from matcher.kernels.search import may_be_tested


@compiled
def covered(
    wearers,
    stretch_offset,
    stretch_from,
    stretch_to,
    stretch_before,
    start_us,
    end_us,
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
    binned_day,
    binned_time_us,
    binned_fold,
    binned_length_us,
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
    (class, bin, day), those of a class and bin at bin_offset[class * BINS + bin]...; the `binned_` columns are in that
    order.
    """
    width = 2 * k_max + 1
    out = np.zeros(wearers * 3 * width, np.int64)
    if len(order) == 0:
        return out
    n_days, classes = len(days), len(class_stratum)
    size = classes * (BINS + 1) * n_days
    of_all = np.empty(size, np.int32)
    add_up(classes, n_days, order, class_of, bin_of, day_of, of_all)
    of_some = np.empty(0, np.int32)
    chosen = np.empty(len(order), np.int32)
    testable = np.ones(len(order), np.bool_)
    marks = np.empty(0, np.int64)
    earliest, latest = start_us[0], end_us[0]
    for c in range(len(order)):
        earliest, latest = min(earliest, start_us[c]), max(latest, end_us[c])
    longest = np.int64(0)
    enough, spare = np.empty(classes, np.int64), np.empty(classes, np.int64)
    for kind in range(classes):
        longest = max(longest, class_longest[kind])
        # A microsecond and a part in 10^9 to spare: the division that decides is in floats.
        enough[kind] = np.int64(min_coverage * (1 - 1e-9) * class_shortest[kind] - 1)
        spare[kind] = np.int64((1 - min_coverage) * (1 - 1e-9) * class_shortest[kind] - 1)
    for w in range(wearers):
        begin, end = stretch_offset[w], stretch_offset[w + 1]
        if begin == end:
            continue
        total = of_all
        all_testable = may_be_tested(eligible_offset, eligible_from, eligible_to, w, earliest, latest)
        if not all_testable:
            n = 0
            for c in range(len(order)):
                testable[c] = may_be_tested(eligible_offset, eligible_from, eligible_to, w, start_us[c], end_us[c])
                if testable[c]:
                    chosen[n] = c
                    n += 1
            if n == 0:
                continue
            if len(of_some) == 0:
                of_some = np.empty(size, np.int32)
            add_up(classes, n_days, chosen[:n], class_of, bin_of, day_of, of_some)
            total = of_some
        marks, first_mark, n_marks = mark_up(stretch_from, stretch_to, begin, end, marks)
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
            all_over = hi + DAY_US + longest
            within = all_over < data_until_us and may_be_tested(
                watched_offset, watched_from, watched_to, w, lo, all_over
            )
            for kind in range(classes):
                widest = class_longest[kind]
                row = (w * 3 + class_stratum[kind]) * width
                # The whole day is bin -1; its bins follow if it has to be parted.
                runs_from = np.int64(-1)
                for b in range(-1, BINS + 1):
                    if b < 0:
                        slot, ahead = kind * BINS, BINS
                        low_us, high_us = lo, hi + DAY_US
                    else:
                        slot, ahead = kind * BINS + b, 1
                        low_us, high_us = lo + b * BIN_US, hi + (b + 1) * BIN_US
                    answer = FAILS
                    if b < BINS:
                        if bin_offset[slot] == bin_offset[slot + ahead]:
                            continue
                        answer = settle(
                            low_us,
                            high_us + widest,
                            enough[kind],
                            spare[kind],
                            marks,
                            first_mark,
                            n_marks,
                            stretch_from,
                            stretch_to,
                            begin,
                            end,
                        )
                        if answer == PASSES and not within:
                            answer = PARTED
                    if b < 0:
                        if answer == PARTED:
                            continue
                        if answer == PASSES:
                            runs_from = np.int64(0)
                        b = BINS
                    elif answer == PASSES:
                        if runs_from < 0:
                            runs_from = np.int64(b)
                        continue
                    if runs_from >= 0:
                        at, since = (kind * (BINS + 1) + b) * n_days, (kind * (BINS + 1) + runs_from) * n_days
                        for d in range(d0, d1):
                            out[row + civil_day - days[d] + k_max] += total[at + d] - total[since + d]
                        runs_from = np.int64(-1)
                    if b == BINS:
                        break
                    if answer == PARTED:
                        one_by_one(
                            w,
                            civil_day,
                            k_max,
                            every,
                            bin_offset[slot],
                            bin_offset[slot + 1],
                            binned_day,
                            binned_time_us,
                            binned_fold,
                            binned_length_us,
                            order,
                            all_testable,
                            testable,
                            calendar,
                            first_day,
                            buffer_us,
                            offset_0 != offset_1,
                            lo,
                            low_us,
                            high_us + widest,
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
                        )
    if every != 1:
        for i in range(len(out)):
            if (i % width - k_max) % every != 0:
                out[i] = 0
    return out
