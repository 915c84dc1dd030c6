"""On which days would a pair be a candidate: the crime's own and those around it, in one pass over each trail.

The fix or segment and the place are found first, then on which day's window it falls. A day is proved once for each
pair and then left alone, so a home next to a crime costs one test a night.
W_k is the crime's window moved k civil days.
"""

from typing import NamedTuple

import numpy as np

from geo.jit import called, compiled, inlined
from matcher.kernels.arrays import DAY_US, Bool, CrimeArrays, DayHits, Int16, Int32, Int64, Pairs, PathArrays, UInt64
from matcher.kernels.binary_search import last_at_or_before
from matcher.kernels.grid import CELL_MM, COLUMNS, ROWS, X_MM, Y_MM
from matcher.kernels.other_days.civil import FURTHEST_TURN_US, instant_of
from matcher.kernels.search import path_meets, slot_from, slot_to, window_within
from matcher.kernels.trails.blocks import block_within

_SIX_BITS = np.int64(63)


class FoundDays(NamedTuple):
    """Work space of one trail after another, over crimes.

    Bit k + K of the two words ``days[2 c]``, ``days[2 c + 1]`` is set if the trail meets crime c on day k; `met` lists
    the crimes met. `asked_for[c]` is the last trail for which `testable[c]`, whether it may be tested, was worked out.
    """

    asked_for: Int32
    testable: Bool
    days: UInt64
    met: Int32


class PairRows(NamedTuple):
    """`DayHits` by pair while they are found: more rows than are used yet."""

    trail: Int32
    crime: Int32
    days_counted: Int16
    same_weekday_counted: Int16
    own_day_counts: Bool
    first_hit: Int64


@inlined
def last_begun(from_us, s, end, t_us):
    """The last of the stretches s..end that has begun at t, or s if none has. Cheap where it is a few further on."""
    steps = 0
    while steps < 8 and s + 1 < end and from_us[s + 1] <= t_us:
        s += 1
        steps += 1
    return max(last_at_or_before(from_us, s, end, t_us), s) if steps == 8 else s


@inlined
def covers(s, end, start_us, end_us, from_us, to_us, before_us, min_coverage):
    """Whether the path is drawn for enough of [start, end]: `stretches.coverage`, its very division, from a known spot.

    `s` is the last of the trail's stretches that has begun at start, or the first; `end` the end of the stretches,
    which are `from_us`, `to_us` and `before_us` of `StretchArrays`.
    """
    begun = from_us[s] <= start_us
    enough = begun and end_us <= to_us[s]
    if not enough and from_us[s] <= end_us and start_us != end_us:
        last = last_begun(from_us, s, end, end_us)
        seen = before_us[last] + min(end_us, to_us[last]) - from_us[last]
        if begun:
            seen -= before_us[s] + min(start_us, to_us[s]) - from_us[s]
        enough = seen / (end_us - start_us) >= min_coverage
    return enough


@called
def in_order_of_places(crimes, civil):
    """`placed` of `find`."""
    at = civil.places.entries
    return CrimeArrays(crimes.x_mm[at], crimes.y_mm[at], crimes.sigma_mm[at], crimes.start_us[at], crimes.end_us[at])


@called
def find(w, trails, blocks, placed, civil, eligible, rule, found):
    """Mark in `found.days`, all 0 before, the days on which trail w meets each crime; return how many crimes are met.

    Only crimes for which the wearer may be tested. `placed` are the crimes in the order of `civil.places`, in which
    they are looked at.
    """
    # Taken out once: to take a tuple of arrays out of another is slow, as numba counts their users.
    (shape, offset, entries), calendar = civil.places, civil.calendar
    path = PathArrays(trails.t_us, trails.x_mm, trails.y_mm, trails.drawn)
    k_max, radius_mm = rule.reference_days, rule.radius_mm
    radius_sq = radius_mm * radius_mm
    n = 0
    columns, rows, per_cell = shape[0, COLUMNS], shape[0, ROWS], 1.0 / np.float64(shape[0, CELL_MM])
    left, right = -radius_mm - shape[0, X_MM], radius_mm - shape[0, X_MM]
    below, above = -radius_mm - shape[0, Y_MM], radius_mm - shape[0, Y_MM]
    for b in range(blocks.offset[w], blocks.offset[w + 1]):
        c0 = slot_from(blocks.x_min_mm[b] + left, per_cell)
        c1 = slot_to(blocks.x_max_mm[b] + right, per_cell, columns)
        r0 = slot_from(blocks.y_min_mm[b] + below, per_cell)
        r1 = slot_to(blocks.y_max_mm[b] + above, per_cell, rows)
        if c0 > c1:
            continue
        since, until = blocks.since_us[b], blocks.until_us[b]
        for row in range(r0, r1 + 1):
            for e in range(offset[row * columns + c0], offset[row * columns + c1 + 1]):
                c = entries[e]
                start_us, end_us = placed.start_us[e], placed.end_us[e]
                # Which days it can be, allowing for a change of the clocks; mostly one or none.
                k0 = max(-((end_us + FURTHEST_TURN_US - since) // DAY_US), -k_max)
                k1 = min((until - start_us + FURTHEST_TURN_US) // DAY_US, k_max)
                place = (placed.x_mm[e], placed.y_mm[e])
                if k0 > k1 or not block_within(blocks, b, *place, radius_sq):
                    continue
                for k in range(k0, k1 + 1):
                    bit = k + k_max
                    word = 2 * c + (bit >> 6)
                    mask = np.uint64(1) << np.uint64(bit & _SIX_BITS)
                    if found.days[word] & mask or (rule.day_step > 1 and k % rule.day_step != 0):
                        continue
                    start = instant_of(calendar, civil.day[c] + k, civil.time_us[c], civil.fold[c])
                    start -= rule.buffer_us
                    end = start + (end_us - start_us)
                    if start > until or end < since:
                        continue
                    if found.asked_for[c] != w:
                        found.asked_for[c] = w
                        found.testable[c] = window_within(eligible, w, start_us, end_us)
                    if not found.testable[c]:
                        break
                    if path_meets(path, blocks.first[b], blocks.end[b], place, start, end, radius_mm):
                        if found.days[2 * c] == 0 and found.days[2 * c + 1] == 0:
                            found.met[n] = c
                            n += 1
                        found.days[word] |= mask
    return n


@compiled
def hits(trails, blocks, stretches, crimes, civil, eligibility, rule):
    """Pairs that are candidates on some counting day, or on the crime's own whether it counts or not.

    Parameters
    ----------
    trails, blocks, stretches : TrailArrays, BlockArrays, StretchArrays
    crimes, civil : CrimeArrays, CivilCrimes
    eligibility : Eligibility
    rule : Rule
        Of at most 60 `reference_days`.

    Returns
    -------
    DayHits
        Pairs by trail; a pair's days ascend.
    """
    n_crimes, k_max = len(crimes.x_mm), rule.reference_days
    from_us, to_us, before_us = stretches.from_us, stretches.to_us, stretches.before_us
    eligible, watched, calendar = eligibility.eligible, eligibility.watched, civil.calendar
    found = FoundDays(
        np.full(n_crimes, -1, np.int32),
        np.zeros(n_crimes, np.bool_),
        np.zeros(2 * n_crimes, np.uint64),
        np.empty(n_crimes, np.int32),
    )
    placed = in_order_of_places(crimes, civil)
    pairs = empty_pairs(1024)
    hit_day, hit_start = np.empty(4096, np.int16), np.empty(4096, np.int64)
    p, n = 0, 0
    for w in range(len(trails.offset) - 1):
        if eligible.offset[w] == eligible.offset[w + 1] or n_crimes == 0:
            continue
        for i in range(find(w, trails, blocks, placed, civil, eligible, rule, found)):
            c = found.met[i]
            if p == len(pairs.trail):
                pairs = joined(pairs, empty_pairs(p))
            if n + 2 * k_max + 1 > len(hit_day):
                hit_day = np.concatenate((hit_day, np.empty(len(hit_day), np.int16)))
                hit_start = np.concatenate((hit_start, np.empty(len(hit_start), np.int64)))
            pairs.first_hit[p] = n
            days, sevens, own = 0, 0, False
            s, s_end = stretches.offset[w], stretches.offset[w + 1]
            for k in range(-k_max, k_max + 1):
                if rule.day_step > 1 and k % rule.day_step != 0:
                    continue
                start = instant_of(calendar, civil.day[c] + k, civil.time_us[c], civil.fold[c]) - rule.buffer_us
                end = start + (crimes.end_us[c] - crimes.start_us[c])
                if start > to_us[s_end - 1]:
                    break
                if end >= rule.data_until_us or end < from_us[s]:
                    continue
                s = last_begun(from_us, s, s_end, start)
                if covers(s, s_end, start, end, from_us, to_us, before_us, rule.min_coverage) and window_within(
                    watched, w, start, end
                ):
                    days += 1
                    sevens += k % 7 == 0
                    own = own or k == 0
                    bit = k + k_max
                    if found.days[2 * c + (bit >> 6)] & (np.uint64(1) << np.uint64(bit & _SIX_BITS)):
                        hit_day[n] = k
                        hit_start[n] = start
                        n += 1
            # Day 0 is bit k_max, in the first word: k_max is 60 at most.
            if n > pairs.first_hit[p] or found.days[2 * c] & (np.uint64(1) << np.uint64(k_max)):
                pairs.trail[p] = w
                pairs.crime[p] = c
                pairs.days_counted[p] = days
                pairs.same_weekday_counted[p] = sevens
                pairs.own_day_counts[p] = own
                p += 1
            found.days[2 * c] = 0
            found.days[2 * c + 1] = 0
    first_hit = np.empty(p + 1, np.int64)
    first_hit[:p] = pairs.first_hit[:p]
    first_hit[p] = n
    return DayHits(
        Pairs(pairs.trail[:p], pairs.crime[:p]),
        pairs.days_counted[:p],
        pairs.same_weekday_counted[:p],
        pairs.own_day_counts[:p],
        first_hit,
        hit_day[:n],
        hit_start[:n],
    )


@called
def empty_pairs(n):
    return PairRows(
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(n, np.int16),
        np.empty(n, np.int16),
        np.empty(n, np.bool_),
        np.empty(n, np.int64),
    )


@called
def joined(a, b):
    """The rows of `a`, then those of `b`."""
    return PairRows(
        np.concatenate((a.trail, b.trail)),
        np.concatenate((a.crime, b.crime)),
        np.concatenate((a.days_counted, b.days_counted)),
        np.concatenate((a.same_weekday_counted, b.same_weekday_counted)),
        np.concatenate((a.own_day_counts, b.own_day_counts)),
        np.concatenate((a.first_hit, b.first_hit)),
    )
