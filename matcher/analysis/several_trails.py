"""Wearers of several devices: which of their trails gives the verdict, and their other days.

A device's positions are one trail, and a wearer with two devices has two: nothing is drawn from one to the other. The
rules are in this package's README, under 'Two devices'.
"""

from typing import NamedTuple

import numpy as np

from matcher.analysis.crimes import CrimeIndex
from matcher.analysis.other_day_bins import CrimesByDay
from matcher.frames import Bool, Float64, Int16, Int32, Int64, offsets
from matcher.kernels import evidence, presence
from matcher.kernels.arrays import CrimeArrays, Pairs
from matcher.kernels.other_days import several_trails
from matcher.kernels.other_days.several_trails import Held, MetPairs
from matcher.params import Params
from matcher.permitted import Permitted
from matcher.rounding import six_digits
from matcher.rule import rule_of
from matcher.trails.build import Trails


class WearerHits(NamedTuple):
    """`kernels.arrays.DayHits` by pairs of a wearer and a crime, with the trail of each hit."""

    wearer: Int32
    crime: Int32
    days_counted: Int16
    same_weekday_counted: Int16
    own_day_counts: Bool
    first_hit: Int64
    day: Int16
    start_us: Int64
    trail: Int32


def to_combine(may: Permitted, params: Params) -> Bool:
    """Trails of which a window may have to be asked whether it asks them: those of a wearer of several devices, and any
    with a pause between its windows over which the path could be drawn. Nearly none."""
    several: Bool = np.diff(may.first_trail)[may.trail_wearer] > 1
    worn = may.worn
    trail = np.repeat(np.arange(len(several)), np.diff(worn.offset))
    pause = worn.from_us[1:] - worn.to_us[:-1]
    short = (trail[1:] == trail[:-1]) & (pause > 0) & (pause <= params.max_gap_us)
    several[trail[1:][short]] = True
    return several


def first_of_each(owner: Int64, present: Bool, p: Float64, dwell_s: Float64, trail: Int32) -> Int64:
    """Of several trails of one owner the row of the one that gives the verdict: present before passed, then with the
    greater p (-1 if it is not known), then the longer dwell, then the smaller device id."""
    order = np.lexsort((trail, -dwell_s, -p, ~present, owner))
    first = np.concatenate(([True], np.diff(owner[order]) != 0))[: len(order)]
    kept: Int64 = np.sort(order[first])
    return kept


def hits_of_several(trails: Trails, index: CrimeIndex, by_day: CrimesByDay, chosen: Bool, params: Params) -> WearerHits:
    """Day vectors of the wearers of the chosen trails, all trails of a wearer together."""
    may, rule = trails.permitted, rule_of(params)
    held = held_by(may)
    found = several_trails.met(chosen, trails.fixes, trails.blocks, index.arrays, by_day.civil, held.eligible, rule)
    wearer = may.trail_wearer[found.trail]
    order = np.lexsort((found.trail, found.crime, wearer))
    found = several_trails.Met(*(column[order] for column in found))
    wearer = wearer[order]
    new = np.concatenate(([True], (np.diff(wearer) != 0) | (np.diff(found.crime) != 0)))[: len(wearer)]
    begin = np.flatnonzero(new)
    pairs = MetPairs(wearer[begin], found.crime[begin], np.append(begin, len(wearer)))
    hits = several_trails.hits_of_pairs(found, pairs, held, trails.stretches, index.arrays, by_day.civil, rule)
    pair = np.repeat(np.arange(len(begin)), np.diff(hits.first_hit))
    kept = _one_a_day(trails, index, pair, pairs.crime[pair], hits, params)
    sizes = np.bincount(pair[kept], minlength=len(begin))[hits.serves]
    return WearerHits(
        pairs.wearer[hits.serves],
        pairs.crime[hits.serves],
        hits.days_counted[hits.serves],
        hits.same_weekday_counted[hits.serves],
        hits.own_day_counts[hits.serves],
        offsets(sizes),
        hits.day[kept],
        hits.start_us[kept],
        hits.trail[kept],
    )


def held_by(may: Permitted) -> Held:
    """Whose the trails are, and when, as kernels take it."""
    return Held(may.first_trail, may.worn, *may.eligibility())


def _one_a_day(
    trails: Trails,
    index: CrimeIndex,
    pair: Int64,
    crime: Int32,
    hits: several_trails.TrailHits,
    params: Params,
) -> Int64:
    """The rows of hits that stay: of several trails that are there on one day, that which would give the verdict."""
    again = (pair[1:] == pair[:-1]) & (hits.day[1:] == hits.day[:-1])
    contested = np.zeros(len(pair), np.bool_)
    contested[1:] |= again
    contested[:-1] |= again
    rows = np.flatnonzero(contested)
    if not len(rows):
        return np.arange(len(pair))
    crimes, rule, c = index.arrays, rule_of(params), crime[rows]
    start = hits.start_us[rows]
    moved = CrimeArrays(
        crimes.x_mm[c], crimes.y_mm[c], crimes.sigma_mm[c], start, start + crimes.end_us[c] - crimes.start_us[c]
    )
    each = Pairs(hits.trail[rows], np.arange(len(rows), dtype=np.int32))
    shown = evidence.of_pairs(each, trails.fixes, trails.blocks, trails.stretches, moved, rule)
    p = np.full(len(rows), np.nan)
    if params.presence:
        assert trails.nodes is not None
        p = six_digits(presence.of_pairs(each, trails.nodes, moved, rule)[0])
    owner = np.cumsum(np.concatenate(([True], ~again)))[rows]
    first = first_of_each(
        owner,
        shown.fixes >= params.min_fixes,
        np.nan_to_num(p, nan=-1.0),
        np.rint(shown.dwell_us / 1000.0),
        hits.trail[rows],
    )
    kept: Int64 = np.sort(np.concatenate((np.flatnonzero(~contested), rows[first])))
    return kept
