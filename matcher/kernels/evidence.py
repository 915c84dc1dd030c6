"""What a pair's trail shows: visits in time order, and over all of them fixes, closest, dwell, coverage."""

import numpy as np

from geo.jit import called, compiled
from matcher.kernels.arrays import Evidence
from matcher.kernels.binary_search import first_at_or_after
from matcher.kernels.segment import chord, meets, nearest
from matcher.kernels.trails.blocks import block_within
from matcher.kernels.trails.stretches import coverage
from matcher.kernels.visits import away_too_long, empty_visits, joined, open_visit, up_to


@called
def visits_of_pair(trails, blocks, w, crimes, c, rule, visits, v):
    """Write the visits of trail w to crime c from index v of `visits` on; return the next v, -1 if `visits` is full.

    Blocks further than the radius are skipped: nothing of a visit lies in them.
    """
    x, y, start_us, end_us = crimes.x_mm[c], crimes.y_mm[c], crimes.start_us[c], crimes.end_us[c]
    radius_mm = rule.radius_mm
    radius_sq = radius_mm * radius_mm
    here = v - 1
    seen, seen_block, seen_stretch = np.int64(-1), np.int64(-1), np.int64(-1)
    # The blocks' paths are in time order: find the first that reaches into the window.
    block_end = blocks.offset[w + 1]
    for k in range(first_at_or_after(blocks.until_us, blocks.offset[w], block_end, start_us), block_end):
        if blocks.since_us[k] > end_us:
            break
        if not block_within(blocks, k, x, y, radius_sq):
            continue
        for i in range(blocks.first[k], blocks.end[k]):
            t = trails.t_us[i]
            if t > end_us:
                break
            px, py = np.int64(trails.x_mm[i]) - x, np.int64(trails.y_mm[i]) - y
            is_fix = t >= start_us and px * px + py * py <= radius_sq
            closest = np.sqrt(np.float64(px * px + py * py)) if is_fix else np.inf
            enters = leaves = closest_at = np.float64(t)
            length = 0.0
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
                    # The fix itself, if it is inside, is earlier than what is as near.
                    if distance < closest:
                        closest, closest_at = distance, t + tau
                    if tau_out > tau_in:
                        length = np.sqrt(np.float64(dx * dx + dy * dy)) * ((tau_out - tau_in) / dt)
            # A fix inside starts the chord of the segment after it, so the two are one presence.
            if is_fix or passes:
                stretch = blocks.stretch[k]
                # An undrawn gap of no time, two fixes at one instant, does not separate visits.
                apart = here < v or (
                    enters > visits.last_us[here]
                    and (
                        stretch != seen_stretch
                        or (
                            enters - visits.last_us[here] > rule.max_gap_us
                            and away_too_long(
                                trails, blocks, (seen, i), (seen_block, k), (visits.last_us[here], enters), (x, y), rule
                            )
                        )
                    )
                )
                if apart:
                    here += 1
                    if here == len(visits.first_us):
                        return -1
                    open_visit(visits, here, enters)
                visits.last_us[here] = leaves
                visits.dwell_us[here] += leaves - enters
                visits.inside_mm[here] += length
                if visits.closest_mm[here] < 0 or closest < visits.closest_mm[here]:
                    visits.closest_mm[here], visits.closest_us[here] = closest, closest_at
                if is_fix:
                    visits.fixes[here] += 1
                    # R - d <= accuracy, on whole squares; an accuracy that is not known is -1.
                    inner = radius_mm - np.int64(trails.accuracy_mm[i])
                    if inner <= radius_mm and (inner <= 0 or px * px + py * py >= inner * inner):
                        visits.fixes_at_edge[here] += 1
                seen, seen_block, seen_stretch = i, k, stretch
    return here + 1


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
        A pair without any presence has closest -1.
    """
    n = len(pairs.trail)
    fixes = np.zeros(n, np.int32)
    closest = np.full(n, -1.0)
    closest_at = np.zeros(n, np.float64)
    dwell = np.zeros(n, np.float64)
    covered = np.empty(n, np.float64)
    first_visit = np.empty(n + 1, np.int64)
    size = 2 * n + 16
    visits = empty_visits(size)
    v = np.int64(0)
    for p in range(n):
        w, c = pairs.trail[p], pairs.crime[p]
        first_visit[p] = v
        until = visits_of_pair(trails, blocks, w, crimes, c, rule, visits, v)
        while until < 0:
            visits = joined(visits, empty_visits(size))
            size *= 2
            until = visits_of_pair(trails, blocks, w, crimes, c, rule, visits, v)
        for k in range(v, until):
            fixes[p] += visits.fixes[k]
            dwell[p] += visits.dwell_us[k]
            if closest[p] < 0 or visits.closest_mm[k] < closest[p]:
                closest[p], closest_at[p] = visits.closest_mm[k], visits.closest_us[k]
        v = until
        covered[p] = coverage(stretches, w, crimes.start_us[c], crimes.end_us[c])
    first_visit[n] = v
    return Evidence(fixes, closest, closest_at, dwell, covered, first_visit, up_to(visits, v))
