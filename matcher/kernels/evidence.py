"""What a candidate pair is worth: fixes inside, first and last, closest, dwell, coverage, visits. In time order."""

import numpy as np

from geo.jit import compiled
from matcher.kernels.blocks import box_within
from matcher.kernels.segment import chord, meets, nearest
from matcher.kernels.stretches import coverage


@compiled
def first_at_or_after(t_us, lo, hi, t):
    """Index of the first of t_us[lo:hi], ascending, that is >= t; hi if there is none."""
    while lo < hi:
        mid = (lo + hi) // 2
        if t_us[mid] < t:
            lo = mid + 1
        else:
            hi = mid
    return lo


@compiled
def of_pair(
    t_us,
    x_mm,
    y_mm,
    drawn,
    first,
    x_min,
    x_max,
    y_min,
    y_max,
    until_us,
    stretch,
    block_lo,
    block_hi,
    x,
    y,
    start_us,
    end_us,
    r,
    max_gap_us,
    visit_first,
    visit_last,
    visit_fixes,
    visit_dwell,
    v,
):
    """Evidence of one pair; its visits are written from index v of the visit arrays on.

    Returns (fixes within, closest mm, closest at us, dwell us, next v); next v is -1 if the visit arrays are full.
    A pair without any presence has closest -1. Blocks further than r are skipped: nothing of a candidate's evidence
    lies in them.
    """
    r_sq = r * r
    fixes = 0
    closest = -1.0
    closest_at = 0.0
    dwell = 0.0
    here = v - 1
    last_stretch = np.int64(-1)
    # The blocks' paths are in time order: find the first that reaches into the window.
    lo, hi = block_lo, block_hi
    while lo < hi:
        mid = (lo + hi) // 2
        if until_us[mid] < start_us:
            lo = mid + 1
        else:
            hi = mid
    for k in range(lo, block_hi):
        begin = first[k]
        if t_us[begin] > end_us:
            break
        if not box_within(x_min[k], x_max[k], y_min[k], y_max[k], x, y, r_sq):
            continue
        for i in range(begin, first[k + 1]):
            t = t_us[i]
            if t > end_us:
                break
            px, py = np.int64(x_mm[i]) - x, np.int64(y_mm[i]) - y
            is_fix = False
            if t >= start_us:
                distance = np.sqrt(np.float64(px * px + py * py))
                if closest < 0 or distance < closest:
                    closest, closest_at = distance, np.float64(t)
                is_fix = px * px + py * py <= r_sq
            if is_fix:
                fixes += 1
            enters = leaves = np.float64(t)
            passes = False
            if drawn[i] and t_us[i + 1] >= start_us:
                dx = np.int64(x_mm[i + 1]) - np.int64(x_mm[i])
                dy = np.int64(y_mm[i + 1]) - np.int64(y_mm[i])
                dt = t_us[i + 1] - t
                a0 = max(start_us - t, np.int64(0))
                a1 = min(end_us - t, dt)
                passes = meets(px, py, dx, dy, dt, a0, a1, r)
                if passes:
                    tau_in, tau_out = chord(px, py, dx, dy, dt, a0, a1, r)
                    enters, leaves = t + tau_in, t + tau_out
                    distance, tau = nearest(px, py, dx, dy, dt, a0, a1)
                    if closest < 0 or distance < closest:
                        closest, closest_at = distance, t + tau
            # A fix inside starts the chord of the segment after it, so the two are one presence.
            if is_fix or passes:
                spent = leaves - enters
                # An undrawn gap of no time, two fixes at one instant, parts nothing.
                apart = here < v or (
                    enters > visit_last[here] and (stretch[k] != last_stretch or enters - visit_last[here] > max_gap_us)
                )
                if apart:
                    here += 1
                    if here == len(visit_first):
                        return fixes, closest, closest_at, dwell, -1
                    visit_first[here] = enters
                    visit_fixes[here] = 0
                    visit_dwell[here] = 0.0
                visit_last[here] = leaves
                visit_fixes[here] += 1 if is_fix else 0
                visit_dwell[here] += spent
                dwell += spent
                last_stretch = stretch[k]
    return fixes, closest, closest_at, dwell, here + 1


@compiled
def of_pairs(
    pair_wearer,
    pair_crime,
    block_offset,
    t_us,
    x_mm,
    y_mm,
    drawn,
    first,
    x_min,
    x_max,
    y_min,
    y_max,
    until_us,
    stretch,
    stretch_offset,
    stretch_from,
    stretch_to,
    stretch_before,
    crime_x,
    crime_y,
    start_us,
    end_us,
    r,
    max_gap_us,
):
    """Evidence of every listed pair.

    Returns arrays over pairs (fixes, closest mm, closest at us, dwell us, coverage, first visit) and over visits
    (first us, last us, fixes, dwell us); the visits of pair p are first_visit[p]..first_visit[p + 1].
    """
    n = len(pair_wearer)
    fixes = np.empty(n, np.int32)
    closest = np.empty(n, np.float64)
    closest_at = np.empty(n, np.float64)
    dwell = np.empty(n, np.float64)
    covered = np.empty(n, np.float64)
    first_visit = np.empty(n + 1, np.int64)
    size = 2 * n + 16
    visit_first = np.empty(size, np.float64)
    visit_last = np.empty(size, np.float64)
    visit_fixes = np.empty(size, np.int32)
    visit_dwell = np.empty(size, np.float64)
    v = 0
    for p in range(n):
        w, c = pair_wearer[p], pair_crime[p]
        first_visit[p] = v
        while True:
            fixes[p], closest[p], closest_at[p], dwell[p], until = of_pair(
                t_us,
                x_mm,
                y_mm,
                drawn,
                first,
                x_min,
                x_max,
                y_min,
                y_max,
                until_us,
                stretch,
                block_offset[w],
                block_offset[w + 1],
                crime_x[c],
                crime_y[c],
                start_us[c],
                end_us[c],
                r,
                max_gap_us,
                visit_first,
                visit_last,
                visit_fixes,
                visit_dwell,
                v,
            )
            if until >= 0:
                v = until
                break
            visit_first = np.concatenate((visit_first, np.empty(size, np.float64)))
            visit_last = np.concatenate((visit_last, np.empty(size, np.float64)))
            visit_fixes = np.concatenate((visit_fixes, np.empty(size, np.int32)))
            visit_dwell = np.concatenate((visit_dwell, np.empty(size, np.float64)))
            size *= 2
        covered[p] = coverage(
            stretch_from,
            stretch_to,
            stretch_before,
            stretch_offset[w],
            stretch_offset[w + 1],
            start_us[c],
            end_us[c],
        )
    first_visit[n] = v
    return (
        fixes,
        closest,
        closest_at,
        dwell,
        covered,
        first_visit,
        visit_first[:v],
        visit_last[:v],
        visit_fixes[:v],
        visit_dwell[:v],
    )
