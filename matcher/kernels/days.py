"""On which days would a pair be a candidate: the crime's own and those around it, in one pass over each trail.

The fix or segment and the place are found first, then on which day's window it falls. A day is proved once for each
pair and then left alone, so a home beside a crime costs one test a night. W_k is the crime's window moved k civil days.
"""

import numpy as np

from geo.jit import compiled
from matcher.kernels.blocks import box_within
from matcher.kernels.civil import DAY_US, FURTHEST_TURN_US, instant_of
from matcher.kernels.grid import CELL_MM, COLUMNS, ROWS, X_MM, Y_MM
from matcher.kernels.search import block_meets, may_be_tested, slot_from, slot_to
from matcher.kernels.stretches import last_begun

_SIX_BITS = np.int64(63)


@compiled
def begun_from(from_us, s, end, t):
    """The last of the stretches s..end that has begun at t, or s if none has. Cheap where it is a few further on."""
    for _ in range(8):
        if s + 1 == end or from_us[s + 1] > t:
            return s
        s += 1
    return max(last_begun(from_us, s, end, t), s)


@compiled
def covers(s, end, start_us, end_us, stretch_from, stretch_to, stretch_before, min_coverage):
    """Whether the path is drawn for enough of [start, end]: `stretches.coverage`, its very division, from a known spot.

    `s` is the last of the wearer's stretches that has begun at start, or his first; `end` the end of his stretches.
    """
    begun = stretch_from[s] <= start_us
    if begun and end_us <= stretch_to[s]:
        return True
    if stretch_from[s] > end_us or start_us == end_us:
        return False
    last = begun_from(stretch_from, s, end, end_us)
    seen = stretch_before[last] + min(end_us, stretch_to[last]) - stretch_from[last]
    if begun:
        seen -= stretch_before[s] + min(start_us, stretch_to[s]) - stretch_from[s]
    return seen / (end_us - start_us) >= min_coverage


@compiled
def find(
    w,
    block_offset,
    first,
    until_us,
    x_min,
    x_max,
    y_min,
    y_max,
    t_us,
    x_mm,
    y_mm,
    drawn,
    shape,
    offset,
    entries,
    crime_x,
    crime_y,
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
    r,
    eligible_offset,
    eligible_from,
    eligible_to,
    asked_for,
    testable,
    found,
    touched,
):
    """Mark in `found` the days on which wearer w meets each crime he may be tested for; return how many crimes.

    `shape`, `offset`, `entries` are one grid of places with a single bucket, see `kernels.grid`. Bit k + k_max of the
    two words `found[2 c]`, `found[2 c + 1]` stands for day k; they are 0 before. The crimes met are in `touched`.
    `asked_for`, `testable` remember whether w may be tested for a crime.
    """
    r_sq = r * r
    n = 0
    columns, rows, per_cell = shape[0, COLUMNS], shape[0, ROWS], 1.0 / np.float64(shape[0, CELL_MM])
    left, right, below, above = -r - shape[0, X_MM], r - shape[0, X_MM], -r - shape[0, Y_MM], r - shape[0, Y_MM]
    for b in range(block_offset[w], block_offset[w + 1]):
        c0 = slot_from(x_min[b] + left, per_cell)
        c1 = slot_to(x_max[b] + right, per_cell, columns)
        r0 = slot_from(y_min[b] + below, per_cell)
        r1 = slot_to(y_max[b] + above, per_cell, rows)
        if c0 > c1:
            continue
        since, until = t_us[first[b]], until_us[b]
        for row in range(r0, r1 + 1):
            for e in range(offset[row * columns + c0], offset[row * columns + c1 + 1]):
                c = entries[e]
                # Which days it can be, allowing for a turn of the clocks; mostly one or none.
                k0 = max(-((end_us[c] + FURTHEST_TURN_US - since) // DAY_US), -k_max)
                k1 = min((until - start_us[c] + FURTHEST_TURN_US) // DAY_US, k_max)
                if k0 > k1 or not box_within(x_min[b], x_max[b], y_min[b], y_max[b], crime_x[c], crime_y[c], r_sq):
                    continue
                for k in range(k0, k1 + 1):
                    bit = k + k_max
                    word = 2 * c + (bit >> 6)
                    mask = np.uint64(1) << np.uint64(bit & _SIX_BITS)
                    if found[word] & mask or k % every != 0:
                        continue
                    start = instant_of(calendar, first_day, day[c] + k, time_us[c], fold[c]) - buffer_us
                    end = start + (end_us[c] - start_us[c])
                    if start > until or end < since:
                        continue
                    if asked_for[c] != w:
                        asked_for[c] = w
                        testable[c] = may_be_tested(
                            eligible_offset, eligible_from, eligible_to, w, start_us[c], end_us[c]
                        )
                    if not testable[c]:
                        break
                    if block_meets(
                        t_us, x_mm, y_mm, drawn, first[b], first[b + 1], crime_x[c], crime_y[c], start, end, r
                    ):
                        if found[2 * c] == 0 and found[2 * c + 1] == 0:
                            touched[n] = c
                            n += 1
                        found[word] |= mask
    return n


@compiled
def hits(
    wearers,
    block_offset,
    first,
    until_us,
    x_min,
    x_max,
    y_min,
    y_max,
    t_us,
    x_mm,
    y_mm,
    drawn,
    stretch_offset,
    stretch_from,
    stretch_to,
    stretch_before,
    shape,
    offset,
    entries,
    crime_x,
    crime_y,
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
    r,
    eligible_offset,
    eligible_from,
    eligible_to,
    watched_offset,
    watched_from,
    watched_to,
    data_until_us,
    min_coverage,
):
    """Pairs that are candidates on some counting day, or on the crime's own whether it counts or not.

    `every` is 1 if all days serve for comparison, 7 if the same weekday alone.

    Returns, over pairs: wearer, crime (int32), days counted, same weekday counted (int16, the crime's day among them if
    it counts), whether the crime's day counts, first hit (int64, one longer); and over hits, pair by pair: day (int16)
    and the start of its window (us).
    """
    n_crimes = len(crime_x)
    asked_for = np.full(n_crimes, -1, np.int32)
    testable = np.zeros(n_crimes, np.bool_)
    found = np.zeros(2 * n_crimes, np.uint64)
    touched = np.empty(n_crimes, np.int32)
    pair_wearer, pair_crime = np.empty(1024, np.int32), np.empty(1024, np.int32)
    counted, same_weekday = np.empty(1024, np.int16), np.empty(1024, np.int16)
    own_counts = np.empty(1024, np.bool_)
    first_hit = np.empty(1025, np.int64)
    hit_day, hit_start = np.empty(4096, np.int16), np.empty(4096, np.int64)
    pairs, n = 0, 0
    for w in range(wearers):
        if eligible_offset[w] == eligible_offset[w + 1] or n_crimes == 0:
            continue
        met = find(
            w,
            block_offset,
            first,
            until_us,
            x_min,
            x_max,
            y_min,
            y_max,
            t_us,
            x_mm,
            y_mm,
            drawn,
            shape,
            offset,
            entries,
            crime_x,
            crime_y,
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
            r,
            eligible_offset,
            eligible_from,
            eligible_to,
            asked_for,
            testable,
            found,
            touched,
        )
        for i in range(met):
            c = touched[i]
            if pairs == len(pair_wearer):
                pair_wearer = np.concatenate((pair_wearer, np.empty(pairs, np.int32)))
                pair_crime = np.concatenate((pair_crime, np.empty(pairs, np.int32)))
                counted = np.concatenate((counted, np.empty(pairs, np.int16)))
                same_weekday = np.concatenate((same_weekday, np.empty(pairs, np.int16)))
                own_counts = np.concatenate((own_counts, np.empty(pairs, np.bool_)))
                first_hit = np.concatenate((first_hit, np.empty(pairs, np.int64)))
            if n + 2 * k_max + 1 > len(hit_day):
                hit_day = np.concatenate((hit_day, np.empty(len(hit_day), np.int16)))
                hit_start = np.concatenate((hit_start, np.empty(len(hit_start), np.int64)))
            first_hit[pairs] = n
            days, sevens, own = 0, 0, False
            s, s_end = stretch_offset[w], stretch_offset[w + 1]
            for k in range(-k_max, k_max + 1):
                if k % every != 0:
                    continue
                start = instant_of(calendar, first_day, day[c] + k, time_us[c], fold[c]) - buffer_us
                end = start + (end_us[c] - start_us[c])
                if start > stretch_to[s_end - 1]:
                    break
                if end >= data_until_us or end < stretch_from[s]:
                    continue
                s = begun_from(stretch_from, s, s_end, start)
                if covers(
                    s, s_end, start, end, stretch_from, stretch_to, stretch_before, min_coverage
                ) and may_be_tested(watched_offset, watched_from, watched_to, w, start, end):
                    days += 1
                    sevens += k % 7 == 0
                    own = own or k == 0
                    bit = k + k_max
                    if found[2 * c + (bit >> 6)] & (np.uint64(1) << np.uint64(bit & _SIX_BITS)):
                        hit_day[n] = k
                        hit_start[n] = start
                        n += 1
            # Day 0 is bit k_max, in the first word: k_max is 60 at most.
            if n > first_hit[pairs] or found[2 * c] & (np.uint64(1) << np.uint64(k_max)):
                pair_wearer[pairs] = w
                pair_crime[pairs] = c
                counted[pairs] = days
                same_weekday[pairs] = sevens
                own_counts[pairs] = own
                pairs += 1
            found[2 * c] = 0
            found[2 * c + 1] = 0
    first_hit[pairs] = n
    return (
        pair_wearer[:pairs],
        pair_crime[:pairs],
        counted[:pairs],
        same_weekday[:pairs],
        own_counts[:pairs],
        first_hit[: pairs + 1],
        hit_day[:n],
        hit_start[:n],
    )
