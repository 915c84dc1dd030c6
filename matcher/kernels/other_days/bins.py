"""Crimes in bins by length of window and time of day: what settles a whole bin for one trail and one civil day.

The time a trail's path is drawn round a bin's windows mostly says enough: every window counts, or none does. Only
windows that a gap or an interval's end could split are tested one by one.
"""

from typing import NamedTuple

import numpy as np

from geo.jit import called, inlined
from matcher.kernels.arrays import DAY_US, Bool, Int64
from matcher.kernels.binary_search import last_at_or_before
from matcher.kernels.other_days.civil import instant_of
from matcher.kernels.other_days.hits import covers, last_begun
from matcher.kernels.search import window_within

BIN_US = 900_000_000
"""Quarters of an hour of the time of day."""
BINS = DAY_US // BIN_US
MARK_US = 300_000_000
"""The drawn time is summed up to each five minutes."""
FAILS, SPLIT, PASSES, UNDRAWN = range(4)
NEVER_US = 1 << 62
WEEK = 7
WEEKS = 9
"""Decoy days: the crime's own, and one to four whole weeks before and after it."""


class DrawnMarks(NamedTuple):
    """Time one trail's path is drawn up to each mark, us: mark j stands at ``(first + j) * MARK_US`` since 1970; the
    first `n` of `drawn_us` are used."""

    drawn_us: Int64
    first: int
    n: int


class Testable(NamedTuple):
    """Which crimes one trail's wearer may be tested for: `all`, or those of `crime`."""

    all: bool
    crime: Bool


class BinDay(NamedTuple):
    """One bin of a class on one civil day of one trail.

    Crimes ``spans[j, 0]..spans[j, 1]`` of `BinnedCrimes` are those for which it is decoy day j. All their windows lie
    in [first, last]. `midnight_us` is when the day begins, less the buffer, if no clock changes (`clock_changes`);
    `watched` says that all its windows are, and lie before `data_until`.
    """

    trail: int
    civil_day: int
    spans: Int64
    first_us: int
    last_us: int
    midnight_us: int
    clock_changes: bool
    watched: bool


@called
def mark_up(stretches, begin, end, space):
    """`DrawnMarks` of stretches begin..end, written to `space`, which is made anew if it is too short."""
    first = stretches.from_us[begin] // MARK_US
    n = stretches.to_us[end - 1] // MARK_US + 2 - first
    if n > len(space):
        space = np.empty(n, np.int64)
    total, s = np.int64(0), begin
    for j in range(n):
        at = (first + j) * MARK_US
        while s < end and stretches.to_us[s] <= at:
            total += stretches.to_us[s] - stretches.from_us[s]
            s += 1
        space[j] = total
        if s < end and stretches.from_us[s] < at:
            space[j] += at - stretches.from_us[s]
    return DrawnMarks(space, first, n)


@inlined
def drawn_at(marks, mark):
    """Time drawn up to a mark since 1970."""
    return marks.drawn_us[min(max(mark - marks.first, 0), marks.n - 1)]


@inlined
def settle(first_us, last_us, enough_us, spare_us, marks):
    """Whether the path is drawn for enough of every window in [first, last], or of none, or they need testing.

    `enough_us` is the least any window needs, less a little; `spare_us` what any can miss, less a little. UNDRAWN if no
    time is drawn: then only a window of no length can count, and only where the path is there.
    """
    low, high = first_us // MARK_US, -(-last_us // MARK_US)
    drawn = drawn_at(marks, high) - drawn_at(marks, low)
    if drawn < enough_us:
        return FAILS
    if drawn == 0:
        return UNDRAWN
    undrawn = (high - low) * MARK_US - drawn
    return PASSES if undrawn == 0 or undrawn <= spare_us else SPLIT


@inlined
def marked(marks, first_us, last_us):
    """Whether any time is drawn between the marks round [first, last]."""
    return drawn_at(marks, -(-last_us // MARK_US)) != drawn_at(marks, first_us // MARK_US)


@called
def any_stretch(stretches, w, first_us, last_us):
    """Whether trail w has a stretch of path, be it of no length, in [first, last]."""
    begin = stretches.offset[w]
    s = last_at_or_before(stretches.from_us, begin, stretches.offset[w + 1], last_us)
    return s >= begin and stretches.to_us[s] >= first_us


@inlined
def add_one(i, j, out):
    """Add crime i's decoy day j, as two steps of a running sum over the binned crimes."""
    out[i, j] += 1
    out[i + 1, j] -= 1


@inlined
def count_with_one_gap(at, binned, testable, gap_from_us, gap_to_us, rule, out):
    """`count_one_by_one` where all is watched, the path drawn but for one gap, and no clock changes; see `covers`."""
    for j in range(WEEKS):
        for i in range(at.spans[j, 0], at.spans[j, 1]):
            if not (testable.all or testable.crime[binned.crime[i]]):
                continue
            start, length = at.midnight_us + binned.time_us[i], binned.length_us[i]
            missed = max(min(start + length, gap_to_us) - max(start, gap_from_us), np.int64(0))
            if length == 0:
                counts = start <= gap_from_us or start >= gap_to_us
            else:
                counts = missed == 0 or (length - missed) / length >= rule.min_coverage
            if counts:
                add_one(i, j, out)


@called
def count_one_by_one(at, binned, testable, calendar, stretches, watched, rule, out):
    """Test each crime of a bin and add those whose decoy day counts to `out`."""
    from_us, to_us, before_us = stretches.from_us, stretches.to_us, stretches.before_us
    begin, end = stretches.offset[at.trail], stretches.offset[at.trail + 1]
    near = max(last_at_or_before(from_us, begin, end, at.first_us), begin)
    if at.watched and not at.clock_changes and from_us[near] <= at.first_us:
        then = near + 1
        gap_to_us = from_us[then] if then < end else NEVER_US
        if gap_to_us > at.last_us or to_us[then] >= at.last_us:
            count_with_one_gap(at, binned, testable, to_us[near], gap_to_us, rule, out)
            return
    for j in range(WEEKS):
        for i in range(at.spans[j, 0], at.spans[j, 1]):
            if not (testable.all or testable.crime[binned.crime[i]]):
                continue
            start = instant_of(calendar, at.civil_day, binned.time_us[i], binned.fold[i]) - rule.buffer_us
            last = start + binned.length_us[i]
            s = last_begun(from_us, near, end, start)
            if covers(s, end, start, last, from_us, to_us, before_us, rule.min_coverage) and (
                at.watched or (last < rule.data_until_us and window_within(watched, at.trail, start, last))
            ):
                add_one(i, j, out)
