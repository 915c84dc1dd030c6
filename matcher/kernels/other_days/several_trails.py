"""Other days of wearers of several devices, all their trails together; also where a device was taken off for a moment.

A day counts if any trail that its window asks is covered enough, and is a hit if any such trail is there. Few wearers
need this, so each pair and day is looked at by itself.
"""

from typing import NamedTuple

import numpy as np

from geo.jit import called, compiled, inlined
from matcher.kernels.arrays import Bool, Int16, Int32, Int64, IntervalArrays, UInt64
from matcher.kernels.other_days.bins import WEEK, WEEKS
from matcher.kernels.other_days.civil import instant_of
from matcher.kernels.other_days.hits import FoundDays, find, in_order_of_places
from matcher.kernels.search import window_within
from matcher.kernels.several_trails import is_asked
from matcher.kernels.trails.stretches import coverage

_NEVER, _EVER = -(1 << 62), 1 << 62


class Held(NamedTuple):
    """Whose trails are whose (`first_trail`, by wearer), when their devices were worn, and when the wearers may be
    matched and were watched; all but the first by trail."""

    first_trail: Int64
    worn: IntervalArrays
    eligible: IntervalArrays
    watched: IntervalArrays


class Met(NamedTuple):
    """Which trail meets which crime, and on which days: bit k + K of the two words together."""

    trail: Int32
    crime: Int32
    low: UInt64
    high: UInt64


class MetPairs(NamedTuple):
    """Pairs of a wearer and a crime: the rows of `Met` of pair p are ``first[p]:first[p + 1]``."""

    wearer: Int32
    crime: Int32
    first: Int64


class TrailHits(NamedTuple):
    """`DayHits` of pairs of a wearer and a crime, but with a row for each trail that is there; `serves` is false for a
    pair that is a hit on no day and not on the crime's own."""

    days_counted: Int16
    same_weekday_counted: Int16
    own_day_counts: Bool
    serves: Bool
    first_hit: Int64
    day: Int16
    start_us: Int64
    trail: Int32


@compiled
def met(chosen, trails, blocks, crimes, civil, eligible, rule):
    """`Met` of the chosen trails (bool)."""
    n_crimes = len(crimes.x_mm)
    placed = in_order_of_places(crimes, civil)
    found = FoundDays(
        np.full(n_crimes, -1, np.int32),
        np.zeros(n_crimes, np.bool_),
        np.zeros(2 * n_crimes, np.uint64),
        np.empty(n_crimes, np.int32),
    )
    trail, crime = np.empty(64, np.int32), np.empty(64, np.int32)
    low, high = np.empty(64, np.uint64), np.empty(64, np.uint64)
    n = 0
    for i in range(len(chosen)):
        if not chosen[i] or eligible.offset[i] == eligible.offset[i + 1]:
            continue
        for m in range(find(i, trails, blocks, placed, civil, eligible, rule, found)):
            c = found.met[m]
            if n == len(trail):
                trail, crime = np.concatenate((trail, trail)), np.concatenate((crime, crime))
                low, high = np.concatenate((low, low)), np.concatenate((high, high))
            trail[n], crime[n], low[n], high[n] = i, c, found.days[2 * c], found.days[2 * c + 1]
            found.days[2 * c] = found.days[2 * c + 1] = 0
            n += 1
    return Met(trail[:n], crime[:n], low[:n], high[:n])


@inlined
def _is_met(found, m, bit):
    word = found.low[m] if bit < 64 else found.high[m]
    return (word >> np.uint64(bit & np.int64(63))) & np.uint64(1) != 0


@called
def _any_covers(held, w, stretches, start_us, end_us, min_coverage):
    """Whether a trail of wearer w that the window asks is covered enough."""
    for i in range(held.first_trail[w], held.first_trail[w + 1]):
        if coverage(stretches, i, start_us, end_us) >= min_coverage and is_asked(held.worn, i, start_us, end_us):
            return True
    return False


@compiled
def hits_of_pairs(found, pairs, held, stretches, crimes, civil, rule):
    """`TrailHits` of each pair."""
    k_max, n_pairs = rule.reference_days, len(pairs.wearer)
    days, sevens = np.zeros(n_pairs, np.int16), np.zeros(n_pairs, np.int16)
    own, serves = np.zeros(n_pairs, np.bool_), np.zeros(n_pairs, np.bool_)
    first_hit = np.empty(n_pairs + 1, np.int64)
    hit_day, hit_start, hit_trail = np.empty(64, np.int16), np.empty(64, np.int64), np.empty(64, np.int32)
    n = 0
    for p in range(n_pairs):
        w, c = pairs.wearer[p], pairs.crime[p]
        first_hit[p] = n
        for m in range(pairs.first[p], pairs.first[p + 1]):
            if _is_met(found, m, k_max) and is_asked(held.worn, found.trail[m], crimes.start_us[c], crimes.end_us[c]):
                serves[p] = True
        for k in range(-k_max, k_max + 1):
            if k % rule.day_step != 0:
                continue
            start = instant_of(civil.calendar, civil.day[c] + k, civil.time_us[c], civil.fold[c]) - rule.buffer_us
            end = start + (crimes.end_us[c] - crimes.start_us[c])
            if end >= rule.data_until_us or not window_within(held.watched, held.first_trail[w], start, end):
                continue
            if not _any_covers(held, w, stretches, start, end, rule.min_coverage):
                continue
            days[p] += 1
            sevens[p] += k % 7 == 0
            own[p] = own[p] or k == 0
            for m in range(pairs.first[p], pairs.first[p + 1]):
                if _is_met(found, m, k + k_max) and is_asked(held.worn, found.trail[m], start, end):
                    if n == len(hit_day):
                        hit_day, hit_start = np.concatenate((hit_day, hit_day)), np.concatenate((hit_start, hit_start))
                        hit_trail = np.concatenate((hit_trail, hit_trail))
                    hit_day[n], hit_start[n], hit_trail[n] = k, start, found.trail[m]
                    serves[p] = True
                    n += 1
    first_hit[n_pairs] = n
    return TrailHits(days, sevens, own, serves, first_hit, hit_day[:n], hit_start[:n], hit_trail[:n])


@compiled
def drop_unasked(w, held, stretches, crimes, civil, rule, bits):
    """Take out of wearer w's decoy days that count (`cover.covered`) those whose window asks no trail that covers it.

    Only one in a pause of the device can: elsewhere a path is there because its device was worn.
    """
    low, high = np.int64(_EVER), np.int64(_NEVER)
    for i in range(held.first_trail[w], held.first_trail[w + 1]):
        for k in range(held.worn.offset[i], held.worn.offset[i + 1] - 1):
            low, high = min(low, held.worn.to_us[k]), max(high, held.worn.from_us[k + 1])
    if low > high:
        return
    for c in range(len(bits)):
        for j in range(WEEKS):
            if not (bits[c] >> np.uint16(j)) & np.uint16(1):
                continue
            day = civil.day[c] + (j - WEEKS // 2) * WEEK
            start = instant_of(civil.calendar, day, civil.time_us[c], civil.fold[c]) - rule.buffer_us
            end = start + (crimes.end_us[c] - crimes.start_us[c])
            if start <= high and end >= low and not _any_covers(held, w, stretches, start, end, rule.min_coverage):
                bits[c] &= ~(np.uint16(1) << np.uint16(j))
