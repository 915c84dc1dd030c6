"""What chance alone would bring over a whole run, with the other days as decoys; and q for each candidate."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from matcher.analysis.crimes import CrimeIndex
from matcher.analysis.reference_days import stratum
from matcher.frames import Float64, Int16, run_starts
from matcher.rounding import six_digits
from matcher.schemas import CRIME_KEY, CURVES

STRATA = 3


@dataclass(frozen=True, slots=True)
class Chance:
    """`candidates` with q_value filled; `curves` as `schemas.CURVES`, by (stratum, threshold ascending);
    `by_stratum`, for each stratum in which a pair's own day counts: stratum, observed, expected_chance, at the lowest
    threshold, or of all decoys where there is no candidate."""

    candidates: pl.DataFrame
    curves: pl.DataFrame
    by_stratum: list[dict[str, Any]]


class _Decoys(NamedTuple):
    day: Int16
    strength: Float64


def strata(index: CrimeIndex) -> pl.DataFrame:
    """The stratum of each matchable crime: its key and `stratum`."""
    return index.crimes.select(CRIME_KEY).with_columns(
        pl.Series("stratum", stratum(index.arrays.end_us - index.arrays.start_us))
    )


def chance(candidates: pl.DataFrame, day_hits: pl.DataFrame, covered: pl.DataFrame, strata_of: pl.DataFrame) -> Chance:
    """Judge all candidates of a run against what the other days bring.

    Parameters
    ----------
    candidates : columns of `schemas.CANDIDATES`
        Those with a strength are judged; the q of the others is null.
    day_hits : `schemas.DAY_HITS` of the whole run, sorted by (crime key, wearer, day)
    covered : `schemas.COVERED_PAIRS` of the whole run
    strata_of : `strata(index)`

    Returns
    -------
    Chance

    Notes
    -----
    A day k on which a pair would be a candidate is a decoy: its strength is worked out as if day k were the crime's.
    Expected chance at a threshold is the mean over k != 0 of the decoys at or above it, each k scaled by the pairs
    covered on the crimes' own day over those covered on day k. Days on which no pair is covered are left out; if all
    are, expected chance and q are null. The method is in `README.md`. O(n log n) for n rows.
    """
    if day_hits.is_empty() and covered.is_empty() and candidates["strength"].null_count() == candidates.height:
        # Other days were not asked for.
        unknown = candidates.with_columns(pl.lit(None, pl.Float64).alias("q_value"))
        return Chance(unknown, pl.DataFrame(schema=CURVES), [])
    decoys = _decoys(day_hits, strata_of)
    judged = candidates.select(*CRIME_KEY, "strength").join(strata_of, on=CRIME_KEY, how="left", maintain_order="left")
    strength = judged["strength"].fill_null(np.nan).to_numpy()
    stratum_of = judged["stratum"].to_numpy()
    q = np.full(len(strength), np.nan)
    curves, by_stratum = [], []
    for s in range(STRATA):
        pairs = covered.filter(pl.col("stratum") == s).group_by("day").agg(pl.col("pairs").sum())
        covered_on = dict(sorted(pairs.iter_rows()))
        mine = np.flatnonzero((stratum_of == s) & ~np.isnan(strength))
        thresholds, rank, at = np.unique(strength[mine], return_inverse=True, return_counts=True)
        observed = np.cumsum(at[::-1])[::-1]
        expected = _expected(decoys[s], covered_on, thresholds if len(thresholds) else np.zeros(1))
        if covered_on.get(0):
            lowest = float(six_digits(expected[:1])[0])
            by_stratum.append(
                {
                    "stratum": s,
                    "observed": len(mine),
                    "expected_chance": None if np.isnan(lowest) else lowest,
                }
            )
        if len(thresholds):
            least = np.minimum(np.minimum.accumulate(expected / observed), 1.0)
            q[mine] = six_digits(least)[rank]
            curves.append(
                pl.DataFrame(
                    {
                        "stratum": np.full(len(thresholds), s),
                        "threshold": thresholds,
                        "observed": observed,
                        "expected_chance": pl.Series(six_digits(expected)).fill_nan(None),
                    }
                ).cast(pl.Schema(CURVES))
            )
    return Chance(
        candidates.with_columns(pl.Series("q_value", q).fill_nan(None)),
        pl.concat([pl.DataFrame(schema=CURVES), *curves]),
        by_stratum,
    )


def _decoys(day_hits: pl.DataFrame, strata_of: pl.DataFrame) -> list[_Decoys]:
    """For each stratum the days other than the crime's with their strength, by (day, strength)."""
    pair = (*CRIME_KEY, "wearer_id")
    starts = np.flatnonzero(run_starts(day_hits, pair))
    # Names once a pair only: a hostel beside a bad street has ten million rows.
    of_pair = day_hits.select(CRIME_KEY)[starts].join(strata_of, on=CRIME_KEY, how="left", maintain_order="left")
    first = np.append(starts, day_hits.height)
    hits = np.diff(first)
    e = six_digits(day_hits["days_counted"].to_numpy() / np.repeat(hits, hits))
    strength: Float64 = six_digits(day_hits["nearness"].fill_null(np.nan).to_numpy() * e)
    stratum_of, day = np.repeat(of_pair["stratum"].to_numpy(), hits), day_hits["day"].to_numpy()
    decoys = []
    for s in range(STRATA):
        mine = np.flatnonzero((stratum_of == s) & (day != 0) & ~np.isnan(strength))
        mine = mine[np.lexsort((strength[mine], day[mine]))]
        decoys.append(_Decoys(day[mine], strength[mine]))
    return decoys


def _expected(decoys: _Decoys, covered_on: dict[int, int], thresholds: Float64) -> Float64:
    """Matches chance would bring at or above each threshold; NaN if no other day is covered.

    Added up day by day, k ascending, so that the last bit does not depend on the order of rows.
    """
    others = {day: pairs for day, pairs in covered_on.items() if day != 0 and pairs}
    if not others:
        return np.full(len(thresholds), np.nan)
    day, strength = decoys
    expected = np.zeros(len(thresholds))
    for k, pairs in others.items():
        low, high = np.searchsorted(day, (k, k + 1))
        at_least = (high - low) - np.searchsorted(strength[low:high], thresholds)
        expected += at_least * (covered_on.get(0, 0) / pairs)
    return expected / len(others)
