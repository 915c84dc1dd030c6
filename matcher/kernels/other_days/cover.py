"""How many pairs' day k counts, for each wearer, exactly, without looking at each pair on each day."""

from typing import NamedTuple

import numpy as np

from geo.jit import compiled, inlined
from matcher.kernels.arrays import BinnedCrimes, CrimeClasses, DayCalendar, Int32, Int64, IntervalArrays, Rule
from matcher.kernels.other_days.bins import (
    BIN_US,
    BINS,
    FAILS,
    PASSES,
    BinDay,
    DrawnMarks,
    Testable,
    add_up,
    any_stretch,
    count_one_by_one,
    mark_up,
    marked,
    settle,
)
from matcher.kernels.other_days.civil import AFTER, BEFORE, DAY_US
from matcher.kernels.search import window_within

STRATA = 3


class Needs(NamedTuple):
    """Over classes of windows: the least time drawn that any needs, and what any can miss, both less a little; and the
    longest window of all."""

    enough_us: Int64
    spare_us: Int64
    longest_us: int


class Comparison(NamedTuple):
    """What holds for all wearers."""

    classes: CrimeClasses
    binned: BinnedCrimes
    needs: Needs
    calendar: DayCalendar
    watched: IntervalArrays
    rule: Rule


class WearerCrimes(NamedTuple):
    """What is worked out once a wearer: which crimes may be tested, running sums of these by bin (see
    `bins.add_up`), and the time drawn."""

    testable: Testable
    total: Int32
    marks: DrawnMarks


class CivilDay(NamedTuple):
    """One civil day of one wearer.

    Windows of that day begin in [begin, begin_last + a day]: on a day on which the clocks change either offset may
    hold. Crimes of ``days[d0:d1]`` are within K days. `watched` says that all windows are, and lie before `data_until`.
    """

    wearer: int
    day: int
    begin_us: int
    begin_last_us: int
    d0: int
    d1: int
    watched: bool


@inlined
def row_of(w, stratum, reference_days):
    """Where day 0 of a wearer's pairs in a stratum is counted."""
    return (w * STRATA + stratum) * (2 * reference_days + 1) + reference_days


@compiled
def needs_of(classes, min_coverage):
    n = len(classes.stratum)
    longest = np.int64(0)
    enough, spare = np.empty(n, np.int64), np.empty(n, np.int64)
    for kind in range(n):
        longest = max(longest, classes.longest_us[kind])
        # A microsecond and a part in 10^9 to spare: the division that decides is in floats.
        enough[kind] = np.int64(min_coverage * (1 - 1e-9) * classes.shortest_us[kind] - 1)
        spare[kind] = np.int64((1 - min_coverage) * (1 - 1e-9) * classes.shortest_us[kind] - 1)
    return Needs(enough, spare, longest)


@inlined
def add_passing(civil, row, low_slot, high_slot, days, total, out):
    """Add all testable crimes of a class's slots low..high of the running sums, which count that day."""
    since, until = low_slot * len(days), high_slot * len(days)
    for d in range(civil.d0, civil.d1):
        out[row + civil.day - days[d]] += total[until + d] - total[since + d]


@compiled
def settle_day(civil, classes, needs, total, marks, reference_days, out, split):
    """Settle the bins of all classes on one civil day: a class at once, else bin by bin.

    Adds to `out` the crimes of those that pass. Writes to `split` (as long as there are bins in all classes) those
    whose crimes have to be tested one by one, as class * BINS + bin, and returns how many these are.
    """
    n = 0
    for kind in range(len(classes.stratum)):
        slot, sums, widest = kind * BINS, kind * (BINS + 1), classes.longest_us[kind]
        if classes.offset[slot] == classes.offset[slot + BINS]:
            continue
        enough_us, spare_us = needs.enough_us[kind], needs.spare_us[kind]
        row = row_of(civil.wearer, classes.stratum[kind], reference_days)
        answer = settle(civil.begin_us, civil.begin_last_us + DAY_US + widest, enough_us, spare_us, marks)
        if answer == FAILS:
            continue
        if answer == PASSES and civil.watched:
            add_passing(civil, row, sums, sums + BINS, classes.days, total, out)
            continue
        passing_from = np.int64(-1)
        for b in range(BINS):
            if classes.offset[slot + b] == classes.offset[slot + b + 1]:
                continue
            low_us, high_us = civil.begin_us + b * BIN_US, civil.begin_last_us + (b + 1) * BIN_US + widest
            answer = settle(low_us, high_us, enough_us, spare_us, marks)
            if answer == PASSES and civil.watched:
                if passing_from < 0:
                    passing_from = np.int64(b)
                continue
            if passing_from >= 0:
                add_passing(civil, row, sums + passing_from, sums + b, classes.days, total, out)
                passing_from = np.int64(-1)
            if answer != FAILS:
                # One that passes but is not watched throughout as well.
                split[n] = slot + b
                n += 1
        if passing_from >= 0:
            add_passing(civil, row, sums + passing_from, sums + BINS, classes.days, total, out)
    return n


@compiled
def count_wearer(w, mine, comparison, stretches, out):
    """Add to `out` the pairs of one wearer, who has a path, day by day."""
    # Taken out once: to take a tuple of arrays out of another is slow, as numba counts their users.
    classes, binned, needs, calendar, watched, rule = comparison
    testable, total, marks = mine
    days, k_max = classes.days, rule.reference_days
    split = np.empty(len(classes.stratum) * BINS, np.int64)
    here = (stretches.from_us[stretches.offset[w]] - needs.longest_us) // DAY_US - 1
    until = (stretches.to_us[stretches.offset[w + 1] - 1] + rule.buffer_us) // DAY_US + 1
    d0 = d1 = 0
    for civil_day in range(max(here, days[0] - k_max), min(until, days[-1] + k_max) + 1):
        while d0 < len(days) and days[d0] < civil_day - k_max:
            d0 += 1
        while d1 < len(days) and days[d1] <= civil_day + k_max:
            d1 += 1
        if d0 == d1:
            continue
        i = civil_day - calendar.first_day
        offset_0, offset_1 = calendar.turns[i, BEFORE], calendar.turns[i, AFTER]
        begin = civil_day * DAY_US - max(offset_0, offset_1) - rule.buffer_us
        begin_last = civil_day * DAY_US - min(offset_0, offset_1) - rule.buffer_us
        all_over = begin_last + DAY_US + needs.longest_us
        all_watched = all_over < rule.data_until_us and window_within(watched, w, begin, all_over)
        civil = CivilDay(w, civil_day, begin, begin_last, d0, d1, all_watched)
        for j in range(settle_day(civil, classes, needs, total, marks, k_max, out, split)):
            kind, b = split[j] // BINS, split[j] % BINS
            low_us, high_us = begin + b * BIN_US, begin_last + (b + 1) * BIN_US + classes.longest_us[kind]
            at = BinDay(
                w,
                civil_day,
                classes.offset[split[j]],
                classes.offset[split[j] + 1],
                low_us,
                high_us,
                begin,
                begin != begin_last,
                all_watched,
                row_of(w, classes.stratum[kind], k_max),
            )
            if marked(marks, low_us, high_us) or any_stretch(stretches, w, low_us, high_us):
                count_one_by_one(at, binned, testable, calendar, stretches, watched, rule, out)


@compiled
def covered(stretches, crimes, classes, binned, calendar, eligibility, rule):
    """Pairs whose day k counts.

    Parameters
    ----------
    stretches : StretchArrays
    crimes, classes, binned : CrimeArrays, CrimeClasses, BinnedCrimes
    calendar : DayCalendar
    eligibility : Eligibility
    rule : Rule

    Returns
    -------
    int64, shape ``(wearers * 3 * (2 K + 1),)``
        By (wearer, stratum, k + K).
    """
    wearers, n = len(stretches.offset) - 1, len(binned.crime)
    width = 2 * rule.reference_days + 1
    out = np.zeros(wearers * STRATA * width, np.int64)
    if n == 0:
        return out
    size = len(classes.stratum) * (BINS + 1) * len(classes.days)
    of_all = np.empty(size, np.int32)
    add_up(classes, binned.crime, of_all)
    of_some = np.empty(0, np.int32)
    chosen = np.empty(n, np.int32)
    testable = np.ones(n, np.bool_)
    space = np.empty(0, np.int64)
    earliest, latest = crimes.start_us[0], crimes.end_us[0]
    for c in range(n):
        earliest, latest = min(earliest, crimes.start_us[c]), max(latest, crimes.end_us[c])
    comparison = Comparison(classes, binned, needs_of(classes, rule.min_coverage), calendar, eligibility.watched, rule)
    eligible = eligibility.eligible
    for w in range(wearers):
        begin, end = stretches.offset[w], stretches.offset[w + 1]
        if begin == end:
            continue
        total = of_all
        all_testable = window_within(eligible, w, earliest, latest)
        if not all_testable:
            k = 0
            for c in range(n):
                testable[c] = window_within(eligible, w, crimes.start_us[c], crimes.end_us[c])
                if testable[c]:
                    chosen[k] = c
                    k += 1
            if k == 0:
                continue
            if len(of_some) == 0:
                of_some = np.empty(size, np.int32)
            add_up(classes, chosen[:k], of_some)
            total = of_some
        marks = mark_up(stretches, begin, end, space)
        space = marks.drawn_us
        mine = WearerCrimes(Testable(all_testable, testable), total, marks)
        count_wearer(w, mine, comparison, stretches, out)
    if rule.day_step != 1:
        for i in range(len(out)):
            if (i % width - rule.reference_days) % rule.day_step != 0:
                out[i] = 0
    return out
