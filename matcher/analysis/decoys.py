"""Other weeks' same days as decoys: how strong the candidates would be if such a day were the crime's."""

from typing import NamedTuple

import numpy as np
import polars as pl

from matcher.analysis.covered_days import DAYS
from matcher.frames import Float64, Int16, run_starts
from matcher.rounding import six_digits
from matcher.schemas import CRIME_KEY, DECOYS

STRATA = 3


class StratumDecoys(NamedTuple):
    """Decoys of one stratum, by (day, strength)."""

    day: Int16
    strength: Float64


class Expectation(NamedTuple):
    """What chance brings at or above each threshold: `at_least` over all decoy days together, each scaled to the
    crimes' own day, and the number of decoy days."""

    at_least: Float64
    days: int


def decoys_of(day_hits: pl.DataFrame) -> pl.DataFrame:
    """The decoys among `schemas.DAY_HITS`, in which each pair's rows are together: `schemas.DECOYS`."""
    starts = np.flatnonzero(run_starts(day_hits, (*CRIME_KEY, "wearer_id")))
    hits = np.diff(starts, append=day_hits.height)
    e = six_digits(day_hits["days_counted"].to_numpy() / np.repeat(hits, hits))
    strength: Float64 = six_digits(day_hits["nearness"].fill_null(np.nan).to_numpy() * e)
    decoy = np.flatnonzero(np.isin(day_hits["day"].to_numpy(), [k for k in DAYS if k]))
    return (
        day_hits.select(*CRIME_KEY, "wearer_id", "day")[decoy]
        .with_columns(strength=pl.Series(strength[decoy]).fill_nan(None))
        .cast(pl.Schema(DECOYS))
    )


def by_stratum(decoys: pl.DataFrame, strata_of: pl.DataFrame) -> list[StratumDecoys]:
    """The decoys with a strength of each stratum.

    Parameters
    ----------
    decoys : `schemas.DECOYS`
    strata_of : CRIME_KEY and `stratum`; decoys of other crimes are left out
    """
    known = decoys.drop_nulls("strength").join(strata_of, on=CRIME_KEY)
    stratum, day, strength = (known[name].to_numpy() for name in ("stratum", "day", "strength"))
    out = []
    for s in range(STRATA):
        mine = np.flatnonzero(stratum == s)
        mine = mine[np.lexsort((strength[mine], day[mine]))]
        out.append(StratumDecoys(day[mine], strength[mine]))
    return out


def expected(decoys: StratumDecoys, covered_on: dict[int, int], thresholds: Float64) -> Expectation:
    """What chance brings at or above each threshold.

    Parameters
    ----------
    covered_on : covered pairs of the stratum by day, 0 among them

    Notes
    -----
    Added up day by day, k ascending, so that the last bit does not depend on the order of rows.
    """
    others = {k: covered_on[k] for k in DAYS if k and covered_on.get(k)}
    day, strength = decoys
    total = np.zeros(len(thresholds))
    for k, pairs in others.items():
        low, high = np.searchsorted(day, (k, k + 1))
        at_least = (high - low) - np.searchsorted(strength[low:high], thresholds)
        total += at_least * (covered_on.get(0, 0) / pairs)
    return Expectation(total, len(others))
