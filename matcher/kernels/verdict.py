"""Who could have been at a crime, who was not observed, who was elsewhere: each trail walked once over all crimes."""

import numpy as np

from geo.jit import called, compiled, inlined
from matcher.kernels.binary_search import first_at_or_after
from matcher.kernels.hidden_visits import any_could_hide, bounded, could_hide_beyond, ends_of, next_near
from matcher.kernels.left_out import any_inside, any_reaches, boxed_rows, next_near_row, taken_rows
from matcher.kernels.prism import Disc

NOT_TESTED = 0
PRESENT = 1
PASSED = 2
POSSIBLE = 3
LEFT_OUT_FIX = 4
NO_FIX_YET = 5
DEVICE_EVENT = 6
GAP = 7
IMPLAUSIBLE_SPEED = 8
TWO_TRAILS = 9
EXCLUDED = 10
"""`schemas.VERDICT_CODES` by number."""

_NEVER, _EVER = -(1 << 62), 1 << 62


@inlined
def is_observed(monitored, w, start_us, end_us):
    """Whether the window is inside [first, last usable fix] of a monitored period."""
    for k in range(monitored.offset[w], monitored.offset[w + 1]):
        begins = monitored.from_us[k] <= start_us and monitored.first_us[k] <= start_us
        if begins and end_us < monitored.to_us[k] and end_us <= monitored.last_us[k]:
            return True
    return False


@called
def why_unobserved(monitored, events, w, start_us, end_us):
    """NO_FIX_YET, DEVICE_EVENT or GAP, for a window that is not observed (`is_observed`).

    The missing stretch goes from the last fix before the window's end to the next one, or to the end of monitoring.
    """
    period_lo, period_hi = monitored.offset[w], monitored.offset[w + 1]
    inside = period_lo - 1
    before = np.int64(_NEVER)
    for k in range(period_lo, period_hi):
        if monitored.from_us[k] <= start_us and end_us < monitored.to_us[k]:
            inside = k
        if monitored.first_us[k] <= monitored.last_us[k] and monitored.last_us[k] < end_us:
            before = max(before, monitored.last_us[k])
    if inside >= period_lo:
        if start_us < monitored.first_us[inside] or monitored.first_us[inside] > monitored.last_us[inside]:
            return NO_FIX_YET
    else:
        seen = False
        for k in range(period_lo, period_hi):
            seen = seen or (monitored.first_us[k] <= monitored.last_us[k] and monitored.first_us[k] <= start_us)
        if not seen:
            return NO_FIX_YET
    after = np.int64(_EVER)
    for k in range(period_lo, period_hi):
        if monitored.first_us[k] <= monitored.last_us[k] and monitored.first_us[k] > before:
            after = min(after, monitored.first_us[k])
    event_hi = events.offset[w + 1]
    e = first_at_or_after(events.t_us, events.offset[w], event_hi, before)
    return DEVICE_EVENT if e < event_hi and events.t_us[e] <= after else GAP


@called
def why_not_asked(monitored, k, start_us, end_us):
    """NO_FIX_YET or GAP, for a window in which the trail's device was not on the wearer."""
    seen_before = seen_inside = inside = False
    for m in range(monitored.offset[k], monitored.offset[k + 1]):
        begun = monitored.first_us[m] <= monitored.last_us[m] and monitored.first_us[m] <= start_us
        seen_before = seen_before or begun
        if monitored.from_us[m] <= start_us and end_us < monitored.to_us[m]:
            inside, seen_inside = True, begun
    return GAP if (seen_inside if inside else seen_before) else NO_FIX_YET


@called
def ever_sent(monitored, w):
    """First and last usable fix of all monitored periods of wearer w; first > last if there is none."""
    ever_first, ever_last = np.int64(_EVER), np.int64(_NEVER)
    for k in range(monitored.offset[w], monitored.offset[w + 1]):
        if monitored.first_us[k] <= monitored.last_us[k]:
            ever_first, ever_last = min(ever_first, monitored.first_us[k]), max(ever_last, monitored.last_us[k])
    return ever_first, ever_last


@called
def verdicts_of(k, codes, crimes, trails, left_out, record, rule):
    """Write the codes of trail k into `codes` (int8, over crimes); see `verdicts`."""
    monitored = record.monitored
    speed = rule.max_speed_mps / 1000.0
    mine, empty = bounded(trails, k, monitored, rule, speed)
    rows = boxed_rows(left_out, k, mine.t_us, rule)
    ends = ends_of(mine, ever_sent(monitored, k))
    say_of(k, codes, crimes, record, (mine, empty), rows, ends, speed)
    taken = taken_rows(left_out, k)
    if len(taken):
        for c in range(len(crimes.crime)):
            window = crimes.start_us[c], crimes.end_us[c]
            disc = Disc(crimes.x_mm[c], crimes.y_mm[c], crimes.radius_mm[c])
            at = crimes.crime[c]
            if codes[at] == EXCLUDED and any_reaches(left_out, taken, mine.t_us, window, disc, speed, rule):
                codes[at] = LEFT_OUT_FIX


@inlined
def say_of(k, codes, crimes, record, bounds, rows, ends, speed):
    """The loop of `verdicts_of` over crimes, which makes no array."""
    eligible, monitored, events, worn = record
    mine, empty = bounds
    n, n_rows = len(mine.t_us), len(rows.after_us)
    e_lo, e_hi = eligible.offset[k], eligible.offset[k + 1]
    worn_lo, worn_hi = worn.offset[k], worn.offset[k + 1]
    after = row = 0
    for c in range(len(crimes.crime)):
        start, end = crimes.start_us[c], crimes.end_us[c]
        # The first fix at or after the window's start: starts ascend, so it only ever moves on.
        while after < n and mine.t_us[after] < start:
            after += 1
        at = crimes.crime[c]
        if codes[at] != NOT_TESTED:
            continue
        # Eligible intervals are disjoint, so one that ends before this start serves no later crime.
        while e_lo < e_hi and eligible.to_us[e_lo] <= start:
            e_lo += 1
        if e_lo == e_hi:
            break
        if start < eligible.from_us[e_lo] or end >= eligible.to_us[e_lo]:
            continue
        while worn_lo < worn_hi and worn.to_us[worn_lo] <= start:
            worn_lo += 1
        if worn_lo == worn_hi or worn.from_us[worn_lo] > end:
            codes[at] = -why_not_asked(monitored, k, start, end)
            continue
        disc = Disc(crimes.x_mm[c], crimes.y_mm[c], crimes.radius_mm[c])
        i = max(after - 1, 0)
        hidden = could_hide_beyond(ends, after == 0, start, end, disc, speed)
        if not hidden:
            near = next_near(mine, i, end, disc)
            hidden = near >= 0 and any_could_hide(mine, near, start, end, disc, speed)
        if hidden:
            codes[at] = POSSIBLE
        elif not is_observed(monitored, k, start, end):
            codes[at] = why_unobserved(monitored, events, k, start, end)
        elif contradicts(mine, empty, i, start, end):
            codes[at] = IMPLAUSIBLE_SPEED
        else:
            codes[at] = EXCLUDED
            while row < n_rows and rows.after_us[row] <= start:
                row += 1
            near_row = next_near_row(rows, row, end, disc)
            if near_row >= 0 and any_inside(rows, near_row, end, disc):
                codes[at] = LEFT_OUT_FIX


@inlined
def contradicts(mine, empty, i, start_us, end_us):
    """Whether one of the `empty` prisms from fix i on meets the window."""
    found = False
    if len(empty):
        k = first_at_or_after(empty, 0, len(empty), i)
        found = k < len(empty) and mine.t_us[empty[k]] <= end_us and mine.t_us[empty[k] + 1] >= start_us
    return found


@compiled
def verdicts(codes, row_of, crimes, trails, left_out, record, rule):
    """Write every trail's code at each crime into `codes` wherever it is not already present or passed.

    Where its device was not on the wearer at any instant of the window the code is negative: the reason why nothing
    was observed, if no other trail says more.

    Parameters
    ----------
    codes : int8, shape ``(rows, crimes)``
    row_of : int64 over trails
        Each trail's row of `codes`.
    crimes : CrimesByStart
    trails : TrailArrays
        May hold only some of the days: a fix that is not in it is too long before or after every window for its place
        to matter.
    left_out : LeftOutArrays
        Rows left out of these trails.
    record : RecordArrays
        With the first and last fix of all there is of each trail.
    rule : Rule

    Notes
    -----
    O(trails x (fixes + crimes)) but for windows in which the wearer comes near.
    """
    for k in range(len(row_of)):
        verdicts_of(k, codes[row_of[k]], crimes, trails, left_out, record, rule)


@compiled
def first_and_last(trails, monitored):
    """Write into `monitored` the instants of the first and last fix of each period."""
    for w in range(len(trails.offset) - 1):
        lo, hi = trails.offset[w], trails.offset[w + 1]
        for k in range(monitored.offset[w], monitored.offset[w + 1]):
            begin = first_at_or_after(trails.t_us, lo, hi, monitored.from_us[k])
            until = first_at_or_after(trails.t_us, lo, hi, monitored.to_us[k])
            if begin < until:
                monitored.first_us[k], monitored.last_us[k] = trails.t_us[begin], trails.t_us[until - 1]
            else:
                monitored.first_us[k], monitored.last_us[k] = np.int64(_EVER), np.int64(_NEVER)


@compiled
def tally(codes, counts):
    """Add to `counts[c, code]` the wearers of each code at crime c; `codes` is int8[wearers, crimes]."""
    for w in range(codes.shape[0]):
        for c in range(codes.shape[1]):
            counts[c, codes[w, c]] += 1
