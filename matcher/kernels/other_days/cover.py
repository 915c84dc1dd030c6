"""Which pairs' decoy days count, for each trail, exactly, without looking at each pair on each day.

Decoy days are the crime's own and those whole weeks away: `WEEKS` of them, the crime's own in the middle.
"""

from typing import NamedTuple

import numpy as np

from geo.jit import called, compiled, inlined
from matcher.kernels.arrays import DAY_US, BinnedCrimes, CrimeClasses, DayCalendar, Int64, IntervalArrays, Rule
from matcher.kernels.other_days.bins import (
    BIN_US,
    BINS,
    FAILS,
    PASSES,
    WEEK,
    WEEKS,
    BinDay,
    DrawnMarks,
    Testable,
    any_stretch,
    count_one_by_one,
    mark_up,
    marked,
    settle,
)
from matcher.kernels.other_days.civil import AFTER, BEFORE
from matcher.kernels.search import window_within


class Needs(NamedTuple):
    """Over classes of windows: the least time drawn that any needs, and what any can miss, both less a little; and the
    longest window of all."""

    enough_us: Int64
    spare_us: Int64
    longest_us: int


class Comparison(NamedTuple):
    """What holds for all trails."""

    classes: CrimeClasses
    binned: BinnedCrimes
    needs: Needs
    calendar: DayCalendar
    watched: IntervalArrays
    rule: Rule


class TrailCrimes(NamedTuple):
    """What is computed once a trail: which crimes may be tested, and the time drawn."""

    testable: Testable
    marks: DrawnMarks


class CivilDay(NamedTuple):
    """One civil day of one trail.

    Windows of that day begin in [begin, begin_last + a day]: on a day on which the clocks change either offset may
    hold. `day_of[j]` is the index of the day of the crimes for which this is decoy day j, -1 if there are none.
    `watched` says that all windows are, and end before `data_until`.
    """

    begin_us: int
    begin_last_us: int
    day_of: Int64
    watched: bool


@called
def needs_of(classes, min_coverage):
    n = len(classes.longest_us)
    longest = np.int64(0)
    enough, spare = np.empty(n, np.int64), np.empty(n, np.int64)
    for kind in range(n):
        longest = max(longest, classes.longest_us[kind])
        # A microsecond and a part in 10^9 to spare: the division that decides is in floats.
        enough[kind] = np.int64(min_coverage * (1 - 1e-9) * classes.shortest_us[kind] - 1)
        spare[kind] = np.int64((1 - min_coverage) * (1 - 1e-9) * classes.shortest_us[kind] - 1)
    return Needs(enough, spare, longest)


@called
def find_days(civil_day, days, reference_days, day_of):
    """Fill in `CivilDay.day_of`; whether there is any."""
    found = False
    for j in range(WEEKS):
        k = (j - WEEKS // 2) * WEEK
        day_of[j] = -1
        if -reference_days <= k <= reference_days:
            i = np.searchsorted(days, civil_day - k)
            if i < len(days) and days[i] == civil_day - k:
                day_of[j] = i
                found = True
    return found


@inlined
def add_passing(civil, classes, kind, low_bin, high_bin, out):
    """Add all crimes of a class's bins low..high for which this is a decoy day, as steps of a running sum."""
    for j in range(WEEKS):
        if civil.day_of[j] >= 0:
            slot = (kind * len(classes.days) + civil.day_of[j]) * BINS
            out[classes.offset[slot + low_bin], j] += 1
            out[classes.offset[slot + high_bin], j] -= 1


@called
def settle_day(civil, classes, needs, marks, out, split):
    """Settle the bins of all classes on one civil day: a class at once, else bin by bin.

    Adds to `out` the crimes of those that pass. Writes to `split` (as long as there are bins in all classes) those
    whose crimes have to be tested one by one, as class * BINS + bin, and returns how many these are.
    """
    n = 0
    for kind in range(len(classes.longest_us)):
        widest, enough_us, spare_us = classes.longest_us[kind], needs.enough_us[kind], needs.spare_us[kind]
        answer = settle(civil.begin_us, civil.begin_last_us + DAY_US + widest, enough_us, spare_us, marks)
        if answer == FAILS:
            continue
        if answer == PASSES and civil.watched:
            add_passing(civil, classes, kind, 0, BINS, out)
            continue
        passing_from = np.int64(-1)
        for b in range(BINS):
            if not classes.used[kind * BINS + b]:
                continue
            low_us, high_us = civil.begin_us + b * BIN_US, civil.begin_last_us + (b + 1) * BIN_US + widest
            answer = settle(low_us, high_us, enough_us, spare_us, marks)
            if answer == PASSES and civil.watched:
                if passing_from < 0:
                    passing_from = np.int64(b)
                continue
            if passing_from >= 0:
                add_passing(civil, classes, kind, passing_from, b, out)
                passing_from = np.int64(-1)
            if answer != FAILS:
                # One that passes but is not watched throughout as well.
                split[n] = kind * BINS + b
                n += 1
        if passing_from >= 0:
            add_passing(civil, classes, kind, passing_from, BINS, out)
    return n


@called
def count_trail(w, mine, comparison, stretches, out):
    """Add to `out` the decoy days that count of one trail, which has a path, day by day."""
    # Taken out once: to take a tuple of arrays out of another is slow, as numba counts their users.
    classes, binned, needs, calendar, watched, rule = comparison
    testable, marks = mine
    days, k_max = classes.days, WEEKS // 2 * WEEK
    split = np.empty(len(classes.longest_us) * BINS, np.int64)
    day_of, spans = np.empty(WEEKS, np.int64), np.zeros((WEEKS, 2), np.int64)
    here = (stretches.from_us[stretches.offset[w]] - needs.longest_us) // DAY_US - 1
    until = (stretches.to_us[stretches.offset[w + 1] - 1] + rule.buffer_us) // DAY_US + 1
    for civil_day in range(max(here, days[0] - k_max), min(until, days[-1] + k_max) + 1):
        if not find_days(civil_day, days, rule.reference_days, day_of):
            continue
        i = civil_day - calendar.first_day
        offset_0, offset_1 = calendar.turns[i, BEFORE], calendar.turns[i, AFTER]
        begin = civil_day * DAY_US - max(offset_0, offset_1) - rule.buffer_us
        begin_last = civil_day * DAY_US - min(offset_0, offset_1) - rule.buffer_us
        all_over = begin_last + DAY_US + needs.longest_us
        all_watched = all_over < rule.data_until_us and window_within(watched, w, begin, all_over)
        civil = CivilDay(begin, begin_last, day_of, all_watched)
        for s in range(settle_day(civil, classes, needs, marks, out, split)):
            kind, b = split[s] // BINS, split[s] % BINS
            low_us, high_us = begin + b * BIN_US, begin_last + (b + 1) * BIN_US + classes.longest_us[kind]
            if not (marked(marks, low_us, high_us) or any_stretch(stretches, w, low_us, high_us)):
                continue
            for j in range(WEEKS):
                spans[j] = 0
                if day_of[j] >= 0:
                    slot = (kind * len(days) + day_of[j]) * BINS + b
                    spans[j, 0], spans[j, 1] = classes.offset[slot], classes.offset[slot + 1]
            at = BinDay(w, civil_day, spans, low_us, high_us, begin, begin != begin_last, all_watched)
            count_one_by_one(at, binned, testable, calendar, stretches, watched, rule, out)


@called
def write_bits(steps, binned, testable, bits):
    """Write one trail's decoy days: bit j of ``bits[crime]`` if decoy day j counts. Empties `steps`."""
    count = np.zeros(WEEKS, np.int32)
    for i in range(len(binned.crime)):
        word = np.uint16(0)
        for j in range(WEEKS):
            count[j] += steps[i, j]
            steps[i, j] = 0
            word |= np.uint16(count[j] != 0) << np.uint16(j)
        c = binned.crime[i]
        if testable.all or testable.crime[c]:
            bits[c] = word
    steps[len(binned.crime)] = 0


@compiled
def covered(stretches, crimes, classes, binned, calendar, eligibility, rule):
    """Pairs whose decoy days count.

    Parameters
    ----------
    stretches : StretchArrays
    crimes, classes, binned : CrimeArrays, CrimeClasses, BinnedCrimes
    calendar : DayCalendar
    eligibility : Eligibility
    rule : Rule

    Returns
    -------
    uint16, shape ``(trails, crimes)``
        Bit j says whether the day (j - 4) weeks from the crime's counts.
    """
    n_trails, n = len(stretches.offset) - 1, len(binned.crime)
    bits = np.zeros((n_trails, n), np.uint16)
    if n == 0:
        return bits
    testable = np.ones(n, np.bool_)
    space = np.empty(0, np.int64)
    steps = np.zeros((n + 1, WEEKS), np.int32)
    earliest, latest = crimes.start_us[0], crimes.end_us[0]
    for c in range(n):
        earliest, latest = min(earliest, crimes.start_us[c]), max(latest, crimes.end_us[c])
    comparison = Comparison(classes, binned, needs_of(classes, rule.min_coverage), calendar, eligibility.watched, rule)
    eligible = eligibility.eligible
    for w in range(n_trails):
        begin, end = stretches.offset[w], stretches.offset[w + 1]
        if begin == end:
            continue
        all_testable = window_within(eligible, w, earliest, latest)
        if not all_testable:
            some = False
            for c in range(n):
                testable[c] = window_within(eligible, w, crimes.start_us[c], crimes.end_us[c])
                some = some or testable[c]
            if not some:
                continue
        marks = mark_up(stretches, begin, end, space)
        space = marks.drawn_us
        mine = TrailCrimes(Testable(all_testable, testable), marks)
        count_trail(w, mine, comparison, stretches, steps)
        write_bits(steps, binned, mine.testable, bits[w])
    return bits


@compiled
def add_up(bits, counts):
    """Add to ``counts[crime, j]`` the wearers whose decoy day j of that crime counts."""
    for w in range(len(bits)):
        for c in range(bits.shape[1]):
            word = bits[w, c]
            for j in range(WEEKS):
                counts[c, j] += (word >> np.uint16(j)) & np.uint16(1)
