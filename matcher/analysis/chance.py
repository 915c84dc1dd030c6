"""What chance alone would bring over all crimes of a run or a pool, and q for each candidate."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from matcher.analysis.crimes import CrimeIndex
from matcher.analysis.decoys import STRATA, by_stratum, expected
from matcher.analysis.events import event_crimes
from matcher.analysis.reference_days import stratum
from matcher.frames import Float64, Int8, Int64
from matcher.rounding import six_digits
from matcher.schemas import CRIME_KEY, CURVES, JUDGED_CRIMES

EVENT = "event"
NO_DECOYS = "no_decoys"
TOO_FEW_TO_TELL = "too_few_to_tell"
REASONS = (EVENT, NO_DECOYS, TOO_FEW_TO_TELL)
"""Why q alone is null, the first that holds."""
LISTS = (0.1, 0.2, 0.5)


class ChanceRows(NamedTuple):
    """All that chance is computed from: the rows of one run, or of several crimes of a pool.

    `candidates` has at least CRIME_KEY, wearer_id, strength and note; `decoys`, `covered` and `crimes` are
    `schemas.DECOYS`, `schemas.COVERED_BY_CRIME` and `schemas.JUDGED_CRIMES`.
    """

    candidates: pl.DataFrame
    decoys: pl.DataFrame
    covered: pl.DataFrame
    crimes: pl.DataFrame


class _Judged(NamedTuple):
    """Of one stratum by threshold, ascending: the least q, candidates at or above it, and how many chance brings."""

    q: Float64
    observed: Int64
    expected_chance: Float64


@dataclass(frozen=True, slots=True)
class Chance:
    """`candidates` with q_value, at_event, usually and the reasons in note filled; `curves` as `schemas.CURVES`, by
    (stratum, threshold ascending).

    `by_stratum`, for each stratum in which a pair's own day counts: stratum, crimes (tested, without event crimes),
    observed, expected_chance, at the lowest threshold, or of all decoys where there is no candidate. `lists`, for the
    candidates of all strata with q at most `LISTS`: q_at_most, listed, expected_chance.
    """

    candidates: pl.DataFrame
    curves: pl.DataFrame
    by_stratum: list[dict[str, Any]]
    lists: list[dict[str, Any]]


def judged_crimes(index: CrimeIndex) -> pl.DataFrame:
    """The matchable crimes as `schemas.JUDGED_CRIMES`."""
    arrays = index.arrays
    return index.crimes.select(*CRIME_KEY, "t_from").with_columns(
        stratum=pl.Series(stratum(arrays.end_us - arrays.start_us)),
        x_mm=pl.Series(arrays.x_mm.astype(np.int64)),
        y_mm=pl.Series(arrays.y_mm.astype(np.int64)),
    )[list(JUDGED_CRIMES)]


def chance(rows: ChanceRows, min_crimes: int) -> Chance:
    """Judge all candidates of a run or pool by what other weeks' same days bring.

    Parameters
    ----------
    rows : ChanceRows
        Candidates with a strength are judged; the q of the others is null. What an earlier judgement left is replaced.
    min_crimes : `Params.min_pool_crimes`

    Returns
    -------
    Chance

    Notes
    -----
    Event crimes are left out of everything. The answer does not depend on the order of the rows. The method is in
    `README.md`. O(n log n) for n rows.
    """
    candidates, decoys, covered, crimes = rows
    if decoys.is_empty() and covered.is_empty() and candidates["strength"].null_count() == candidates.height:
        # Other days were not asked for, or no pair is covered on any.
        return Chance(without_chance(candidates), pl.DataFrame(schema=CURVES), [], [])
    at_event = event_crimes(candidates, decoys, covered, crimes)
    counted = crimes.select(*CRIME_KEY, "stratum").join(at_event, on=CRIME_KEY, how="anti")
    decoys_in = by_stratum(decoys, counted)
    covered = covered.join(counted, on=CRIME_KEY)
    judged = (
        candidates.select(*CRIME_KEY, "strength")
        .join(crimes.select(*CRIME_KEY, "stratum"), on=CRIME_KEY, how="left", maintain_order="left")
        .join(at_event, on=CRIME_KEY, how="left", maintain_order="left")
    )
    strength = judged["strength"].fill_null(np.nan).to_numpy()
    stratum_of = judged["stratum"].to_numpy()
    is_event = judged["at_event"].is_not_null().to_numpy()
    q, why = np.full(len(strength), np.nan), np.where(is_event, 1 + REASONS.index(EVENT), 0).astype(np.int8)
    curves: list[pl.DataFrame] = []
    told_by_stratum: list[dict[str, Any]] = []
    told: list[_Judged] = []
    for s in range(STRATA):
        here = covered.filter(pl.col("stratum") == s)
        covered_on = dict(here.group_by("day").agg(pl.col("pairs").sum()).iter_rows())
        tested = here.filter(pl.col("day") == 0).height
        mine = np.flatnonzero((stratum_of == s) & ~is_event & ~np.isnan(strength))
        thresholds, rank, at = np.unique(strength[mine], return_inverse=True, return_counts=True)
        observed: Int64 = np.cumsum(at[::-1])[::-1]
        by_chance = expected(decoys_in[s], covered_on, thresholds if len(thresholds) else np.zeros(1))
        m = by_chance.days
        mean: Float64 = by_chance.at_least / m if m else np.full(len(by_chance.at_least), np.nan)
        if tested:
            lowest = None if not m else float(six_digits(mean[:1])[0])
            told_by_stratum.append({"stratum": s, "crimes": tested, "observed": len(mine), "expected_chance": lowest})
        if not len(thresholds):
            continue
        if not m:
            why[mine] = 1 + REASONS.index(NO_DECOYS)
        elif tested < min_crimes:
            why[mine] = 1 + REASONS.index(TOO_FEW_TO_TELL)
        else:
            least = six_digits(np.minimum(np.minimum.accumulate((by_chance.at_least + 1) / m / observed), 1.0))
            q[mine] = least[rank]
            told.append(_Judged(least, observed, mean))
        curves.append(
            pl.DataFrame(
                {
                    "stratum": np.full(len(thresholds), s),
                    "threshold": thresholds,
                    "observed": observed,
                    "expected_chance": pl.Series(six_digits(mean)).fill_nan(None),
                }
            ).cast(pl.Schema(CURVES))
        )
    out = candidates.with_columns(
        pl.Series("q_value", q).fill_nan(None), at_event=judged["at_event"], usually=judged["usually"]
    )
    return Chance(
        _with_reasons(out, why),
        pl.concat([pl.DataFrame(schema=CURVES), *curves]),
        told_by_stratum,
        [_list_of(limit, told) for limit in LISTS] if told else [],
    )


def without_chance(candidates: pl.DataFrame) -> pl.DataFrame:
    """The candidates without q, event crimes and reasons of any run or pool: what each says by its own data."""
    unknown = candidates.with_columns(
        q_value=pl.lit(None, pl.Float64), at_event=pl.lit(None, pl.Int32), usually=pl.lit(None, pl.Float64)
    )
    return _with_reasons(unknown, np.zeros(candidates.height, np.int8))


def _with_reasons(candidates: pl.DataFrame, why: Int8) -> pl.DataFrame:
    """`note` with the reason of each row (1 + index into `REASONS`, 0: none) in place of those it had."""
    before = candidates["note"].drop_nulls().unique()
    kept = [",".join(word for word in note.split(",") if word not in REASONS) or None for note in before]
    own = candidates["note"].replace_strict(before, kept, default=None, return_dtype=pl.String)
    reason = pl.Series(why).replace_strict(range(len(REASONS) + 1), [None, *REASONS], return_dtype=pl.String)
    both = pl.DataFrame({"own": own, "reason": reason}).select(
        note=pl.concat_str("own", "reason", separator=",", ignore_nulls=True)
    )
    return candidates.with_columns(both["note"].replace("", None))


def _list_of(limit: float, told: list[_Judged]) -> dict[str, Any]:
    """The candidates of all strata with q at most `limit`, and how many of them chance would bring."""
    listed, by_chance = 0, 0.0
    for q, observed, expected_chance in told:
        # q falls as the threshold rises, so these are all at or above the first that is listed.
        first = int(np.argmax(q <= limit)) if (q <= limit).any() else None
        if first is not None:
            listed += int(observed[first])
            by_chance += float(expected_chance[first])
    return {"q_at_most": limit, "listed": listed, "expected_chance": float(six_digits(np.array([by_chance]))[0])}
