"""How unusual is it for this wearer to be there at that time: each pair beside the same pair on other days.

What follows per wearer group is here; what needs the whole run, chance and q, is in `matcher.analysis.chance`.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from matcher.analysis.covered_days import Bits
from matcher.analysis.crimes import CrimeIndex
from matcher.analysis.other_day_bins import CrimesByDay, crimes_by_day
from matcher.analysis.several_trails import WearerHits, held_by, hits_of_several, to_combine
from matcher.frames import Bool, Float64, Int16, Int32, Int64, offsets, ragged
from matcher.kernels.arrays import DayHits, Pairs
from matcher.kernels.other_days.cover import covered as covered_pairs
from matcher.kernels.other_days.hits import hits as hits_of_all
from matcher.kernels.other_days.nearness import of_hits
from matcher.kernels.other_days.several_trails import drop_unasked
from matcher.params import Params
from matcher.rounding import six_digits
from matcher.rule import rule_of
from matcher.schemas import CRIME_KEY, DAY_HITS
from matcher.trails.build import Trails

FEW_DAYS = 5
"""With fewer other days that count, e_value says little, and the candidate is flagged."""

ACCURACY_UNKNOWN = "accuracy_unknown"
NO_NODE_PATH = "no_node_path"
CRIME_DAY_NOT_COVERED = "crime_day_not_covered"
FEW_REFERENCE_DAYS = "few_reference_days"


@dataclass(frozen=True, slots=True)
class Days:
    """Day vectors of some wearers, sparse.

    Pairs are those that would be a candidate on some counting day, and every candidate, by (crime, wearer), indices
    into the `CrimeIndex` and the group's wearers. `days_counted` and `same_weekday_counted` are how many of the days
    -K..K count, the crime's own among them if it does (`own_day_counts`). The counting days on which pair p would be a
    candidate are `hit_day[first_hit[p]:first_hit[p + 1]]`, ascending, with `hit_nearness` (6 digits, NaN if unknown).
    `covered[w, c]` has a bit for each decoy day of wearer w at crime c that counts, see `covered_days`.
    """

    pair_wearer: Int32
    pair_crime: Int32
    days_counted: Int16
    same_weekday_counted: Int16
    own_day_counts: Bool
    first_hit: Int64
    hit_day: Int16
    hit_nearness: Float64
    covered: Bits


def compare(trails: Trails, index: CrimeIndex, params: Params, by_day: CrimesByDay | None = None) -> Days:
    """Find on which of the days around each crime each wearer would have been a candidate for it.

    Parameters
    ----------
    trails : the usable fixes of some wearers, over all days needed
    index : the crimes
    params : `reference_days` at least 1; without `presence` nearness is left unknown
    by_day : `crimes_by_day(index, params)`, if already made; the same for every group of a run

    Returns
    -------
    Days

    Notes
    -----
    One pass over the fixes, then O(pairs met * days). Which pairs' days count is settled for whole bins of crimes at
    once, see `kernels.other_days.cover`. The method is in `README.md`.
    """
    by_day = by_day or crimes_by_day(index, params)
    may, rule = trails.permitted, rule_of(params)
    several = to_combine(may, params)
    some = bool(several.any())
    found = _of_wearers(
        hits_of_all(
            trails.fixes,
            trails.blocks,
            trails.stretches,
            index.arrays,
            by_day.civil,
            may.eligibility(~several if some else None),
            rule,
        ),
        may.trail_wearer,
    )
    if some:
        found = _joined(found, hits_of_several(trails, index, by_day, several, params))
    order = np.lexsort((found.wearer, found.crime))
    sizes = np.diff(found.first_hit)[order]
    hit = ragged(found.first_hit[:-1][order], sizes)
    first_hit = offsets(sizes)
    nearness = np.full(len(found.day), np.nan)
    if params.presence:
        assert trails.nodes is not None
        # Trail after trail, as they were found: the nodes of one are still in the cache.
        each = Pairs(found.trail, np.repeat(found.crime, np.diff(found.first_hit)))
        nearness = of_hits(each, np.arange(len(hit) + 1), found.start_us, trails.nodes, index.arrays, rule)
    return Days(
        found.wearer[order],
        found.crime[order],
        found.days_counted[order],
        found.same_weekday_counted[order],
        found.own_day_counts[order],
        first_hit,
        found.day[hit],
        six_digits(nearness[hit]),
        _covered(trails, index, by_day, several, params),
    )


def _of_wearers(found: DayHits, trail_wearer: Int32) -> WearerHits:
    """Hits of wearers who have one trail each."""
    trail = np.repeat(found.pairs.trail, np.diff(found.first_hit))
    return WearerHits(trail_wearer[found.pairs.trail], found.pairs.crime, *found[1:], trail)


def _joined(a: WearerHits, b: WearerHits) -> WearerHits:
    columns = {name: np.concatenate((getattr(a, name), getattr(b, name))) for name in WearerHits._fields}
    return WearerHits(**{**columns, "first_hit": np.concatenate((a.first_hit, a.first_hit[-1] + b.first_hit[1:]))})


def _covered(trails: Trails, index: CrimeIndex, by_day: CrimesByDay, several: Bool, params: Params) -> Bits:
    """Which decoy days of each wearer count; see `Days`."""
    may, rule = trails.permitted, rule_of(params)
    of_trails: Bits = covered_pairs(
        trails.stretches, index.arrays, by_day.classes, by_day.binned, by_day.civil.calendar, may.eligibility(), rule
    )
    if not several.any() and len(may.trail_wearer) == len(may.wearers):
        return of_trails
    covered = np.zeros((len(may.wearers), of_trails.shape[1]), of_trails.dtype)
    covered[may.trail_wearer[~several]] = of_trails[~several]
    for w in np.unique(may.trail_wearer[several]).tolist():
        covered[w] = np.bitwise_or.reduce(of_trails[may.first_trail[w] : may.first_trail[w + 1]])
        drop_unasked(w, held_by(may), trails.stretches, index.arrays, by_day.civil, rule, covered[w])
    return covered


def day_hits(days: Days, index: CrimeIndex, wearers: list[str]) -> pl.DataFrame:
    """The day vectors as `schemas.DAY_HITS`, by (crime key, wearer, day)."""
    sizes = np.diff(days.first_hit)
    return (
        index.crimes.select(CRIME_KEY)[np.repeat(days.pair_crime, sizes)]
        .with_columns(
            pl.Series("wearer_id", wearers, pl.String)[np.repeat(days.pair_wearer, sizes)],
            pl.Series("day", days.hit_day),
            pl.Series("days_counted", np.repeat(days.days_counted, sizes)),
            pl.Series("same_weekday_counted", np.repeat(days.same_weekday_counted, sizes)),
            pl.Series("nearness", days.hit_nearness).fill_nan(None),
        )
        .select(DAY_HITS.keys())
    )


def with_other_days(candidates: pl.DataFrame, days: Days, pair_wearer: Int32, pair_crime: Int32) -> pl.DataFrame:
    """Fill in the candidates of one group what the other days say: all of `schemas.EVIDENTIAL_STRENGTH` but q_value.

    Parameters
    ----------
    candidates : columns of `schemas.CANDIDATES`, p_present and nearness already there, or null and why in note
    days : of the same wearers and crimes
    pair_wearer, pair_crime : int32[candidates.height]
        Which pair each row is.

    Returns
    -------
    The same rows with reference_days, reference_hits, same_weekday_days, same_weekday_hits, e_value, strength, note.
    """
    many = len(days.covered)
    place = np.searchsorted(
        days.pair_crime.astype(np.int64) * many + days.pair_wearer, pair_crime.astype(np.int64) * many + pair_wearer
    )
    sizes = np.diff(days.first_hit)
    pair = np.repeat(np.arange(len(sizes)), sizes)
    sevens = np.bincount(pair[days.hit_day % 7 == 0], minlength=len(sizes))[place]
    # A candidate is a hit on its own day, if that counts.
    own = days.own_day_counts[place]
    counted, hits = days.days_counted[place].astype(np.int64), sizes[place]
    e = six_digits(np.divide(counted, hits, out=np.full(len(place), np.nan), where=own))
    nearness = candidates["nearness"].to_numpy().astype(np.float64)
    strength = six_digits(nearness * e)
    return candidates.with_columns(
        pl.Series("reference_days", counted - own).cast(pl.Int16),
        pl.Series("reference_hits", hits - own).cast(pl.Int16),
        pl.Series("same_weekday_days", days.same_weekday_counted[place] - own.astype(np.int16)).cast(pl.Int16),
        pl.Series("same_weekday_hits", sevens - own).cast(pl.Int16),
        pl.Series("e_value", e).fill_nan(None),
        pl.Series("strength", strength).fill_nan(None),
        _note(candidates["note"], ~own, counted - own < FEW_DAYS),
    )


def _note(so_far: pl.Series, not_covered: Bool, few: Bool) -> pl.Series:
    """The reason there is so far, if any, and those that hold, parted by commas; null if there is none."""
    names = (CRIME_DAY_NOT_COVERED, FEW_REFERENCE_DAYS)
    texts = [[n for i, n in enumerate(names) if code >> i & 1] for code in range(4)]
    code = not_covered + 2 * few
    whole = [[reason] if reason else [] for reason in so_far.to_list()]
    return pl.Series(
        "note", [",".join(a + texts[i]) or None for a, i in zip(whole, code.tolist(), strict=True)], pl.String
    )
