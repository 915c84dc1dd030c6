"""What a candidate pair's trail shows, in time order: fixes inside, closest, dwell, coverage, visits."""

import numpy as np

from geo.jit import compiled
from matcher.kernels.arrays import Evidence, VisitArrays
from matcher.kernels.binary_search import first_at_or_after
from matcher.kernels.blocks import block_within
from matcher.kernels.segment import chord, meets, nearest
from matcher.kernels.stretches import coverage


@compiled
def of_pair(trails, blocks, w, crimes, c, rule, visits, v):
    """Evidence of trail w at crime c; the visits are written from index v of `visits` on.

    Returns (fixes within, closest mm, closest at us, dwell us, next v); next v is -1 if `visits` is full. A pair
    without any presence has closest -1. Blocks further than the radius are skipped: nothing of a candidate's evidence
    lies in them.
    """
    x, y, start_us, end_us = crimes.x_mm[c], crimes.y_mm[c], crimes.start_us[c], crimes.end_us[c]
    radius_mm = rule.radius_mm
    radius_sq = radius_mm * radius_mm
    fixes = 0
    closest = -1.0
    closest_at = 0.0
    dwell = 0.0
    here = v - 1
    last_stretch = np.int64(-1)
    # The blocks' paths are in time order: find the first that reaches into the window.
    block_end = blocks.offset[w + 1]
    for k in range(first_at_or_after(blocks.until_us, blocks.offset[w], block_end, start_us), block_end):
        begin = blocks.first[k]
        if trails.t_us[begin] > end_us:
            break
        if not block_within(blocks, k, x, y, radius_sq):
            continue
        for i in range(begin, blocks.first[k + 1]):
            t = trails.t_us[i]
            if t > end_us:
                break
            px, py = np.int64(trails.x_mm[i]) - x, np.int64(trails.y_mm[i]) - y
            is_fix = False
            if t >= start_us:
                distance = np.sqrt(np.float64(px * px + py * py))
                if closest < 0 or distance < closest:
                    closest, closest_at = distance, np.float64(t)
                is_fix = px * px + py * py <= radius_sq
            if is_fix:
                fixes += 1
            enters = leaves = np.float64(t)
            passes = False
            if trails.drawn[i] and trails.t_us[i + 1] >= start_us:
                dx = np.int64(trails.x_mm[i + 1]) - np.int64(trails.x_mm[i])
                dy = np.int64(trails.y_mm[i + 1]) - np.int64(trails.y_mm[i])
                dt = trails.t_us[i + 1] - t
                a0 = max(start_us - t, np.int64(0))
                a1 = min(end_us - t, dt)
                passes = meets(px, py, dx, dy, dt, a0, a1, radius_mm)
                if passes:
                    tau_in, tau_out = chord(px, py, dx, dy, dt, a0, a1, radius_mm)
                    enters, leaves = t + tau_in, t + tau_out
                    distance, tau = nearest(px, py, dx, dy, dt, a0, a1)
                    if closest < 0 or distance < closest:
                        closest, closest_at = distance, t + tau
            # A fix inside starts the chord of the segment after it, so the two are one presence.
            if is_fix or passes:
                spent = leaves - enters
                # An undrawn gap of no time, two fixes at one instant, does not separate visits.
                apart = here < v or (
                    enters > visits.last_us[here]
                    and (blocks.stretch[k] != last_stretch or enters - visits.last_us[here] > rule.max_gap_us)
                )
                if apart:
                    here += 1
                    if here == len(visits.first_us):
                        return fixes, closest, closest_at, dwell, -1
                    visits.first_us[here] = enters
                    visits.fixes[here] = 0
                    visits.dwell_us[here] = 0.0
                visits.last_us[here] = leaves
                visits.fixes[here] += 1 if is_fix else 0
                visits.dwell_us[here] += spent
                dwell += spent
                last_stretch = blocks.stretch[k]
    return fixes, closest, closest_at, dwell, here + 1


@compiled
def of_pairs(pairs, trails, blocks, stretches, crimes, rule):
    """Evidence of every listed pair.

    Parameters
    ----------
    pairs : Pairs
    trails, blocks, stretches : TrailArrays, BlockArrays, StretchArrays
    crimes : CrimeArrays
    rule : Rule

    Returns
    -------
    Evidence
    """
    n = len(pairs.trail)
    fixes = np.empty(n, np.int32)
    closest = np.empty(n, np.float64)
    closest_at = np.empty(n, np.float64)
    dwell = np.empty(n, np.float64)
    covered = np.empty(n, np.float64)
    first_visit = np.empty(n + 1, np.int64)
    size = 2 * n + 16
    visits = empty_visits(size)
    v = 0
    for p in range(n):
        w, c = pairs.trail[p], pairs.crime[p]
        first_visit[p] = v
        while True:
            fixes[p], closest[p], closest_at[p], dwell[p], until = of_pair(
                trails, blocks, w, crimes, c, rule, visits, v
            )
            if until >= 0:
                v = until
                break
            visits = joined(visits, empty_visits(size))
            size *= 2
        covered[p] = coverage(stretches, w, crimes.start_us[c], crimes.end_us[c])
    first_visit[n] = v
    found = VisitArrays(visits.first_us[:v], visits.last_us[:v], visits.fixes[:v], visits.dwell_us[:v])
    return Evidence(fixes, closest, closest_at, dwell, covered, first_visit, found)


@compiled
def empty_visits(n):
    return VisitArrays(np.empty(n, np.float64), np.empty(n, np.float64), np.empty(n, np.int32), np.empty(n, np.float64))


@compiled
def joined(a, b):
    """The visits of `a`, then those of `b`."""
    return VisitArrays(
        np.concatenate((a.first_us, b.first_us)),
        np.concatenate((a.last_us, b.last_us)),
        np.concatenate((a.fixes, b.fixes)),
        np.concatenate((a.dwell_us, b.dwell_us)),
    )
