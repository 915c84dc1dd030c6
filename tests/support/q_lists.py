"""Lists cut at q from a world of `tests.support.q_worlds`: how long they are, and how much of each is false."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from geo.clock import to_london
from matcher.analysis.chance import ChanceRows, chance
from matcher.analysis.pool import of_crimes
from matcher.schemas import CRIME_KEY
from tests.support.day_lives import DAY_US, MINUTE_US, START_US, Judged

LEVELS = (0.1, 0.2, 0.5)

Ints = npt.NDArray[np.int64]
List = tuple[int, int]
"""How many are listed, and how many of them are false."""


# --- lists ------------------------------------------------------------------------------------------------------------


def listed(candidates: pl.DataFrame, planted: set[tuple[str, str]], level: float) -> List:
    chosen = candidates.filter(pl.col("q_value") <= level).select("crime_ref", "wearer_id").rows()
    return len(chosen), len(set(chosen) - planted)


def in_one_run(world: Judged, level: float) -> List:
    return listed(world.chance.candidates, world.planted, level)


def by_stratum(candidates: pl.DataFrame, rows: ChanceRows) -> list[pl.DataFrame]:
    """The candidates of each stratum in which there was a crime: each of them has a q of its own."""
    known = candidates.join(rows.crimes.select(*CRIME_KEY, "stratum"), on=CRIME_KEY)
    return [known.filter(pl.col("stratum") == s) for s in sorted(rows.crimes["stratum"].unique())]


def false_share(lists: Sequence[List], level: float) -> tuple[float, float]:
    """Mean share of a list that is false, and its standard error; an empty list is not false.

    The error is that over lists, but not less than so many listed have if one is as false as another, for a handful of
    lists may be alike by luck. Where every list is wholly false or empty it is that of as many lists which are false as
    often as they may be.
    """
    shares = [false / max(n, 1) for n, false in lists]
    mean, n = float(np.mean(shares)), sum(n for n, _ in lists)
    if all(n == false for n, false in lists):
        return mean, math.sqrt(level * (1 - level) / len(lists))
    over_lists = float(np.std(shares, ddof=1)) / math.sqrt(len(shares))
    return mean, max(over_lists, math.sqrt(mean * (1 - mean) / max(n, 1)))


# --- runs and pools ---------------------------------------------------------------------------------------------------


def by_day(world: Judged) -> Ints:
    return (world.start_us - START_US) // DAY_US


def by_ten_minutes(world: Judged) -> Ints:
    return world.start_us // (10 * MINUTE_US)


def by_hand(world: Judged) -> Ints:
    return np.arange(len(world.start_us))


class SmallRun(NamedTuple):
    rows: ChanceRows
    candidates: pl.DataFrame
    planted: set[tuple[str, str]]

    def listed(self, level: float) -> List:
        return listed(self.candidates, self.planted, level)

    def listed_by_stratum(self, level: float) -> list[List]:
        return [listed(part, self.planted, level) for part in by_stratum(self.candidates, self.rows)]


def small_runs(worlds: Sequence[Judged], crimes: int) -> list[SmallRun]:
    """Each world's crimes, in no order, judged so many at a time, few as they are."""
    out = []
    for world in worlds:
        keys = world.rows.crimes.select(CRIME_KEY).sample(fraction=1.0, shuffle=True, seed=1)
        for first in range(0, keys.height - crimes + 1, crimes):
            rows = of_crimes(world.rows, keys[first : first + crimes])
            out.append(SmallRun(rows, chance(rows, 1).candidates, world.planted))
    return out


def months(rows: ChanceRows) -> list[ChanceRows]:
    """Rows of the crimes whose windows begin in one calendar month of London."""
    begun = [(t.year, t.month) for t in map(to_london, rows.crimes["t_from"].to_list())]
    keys = rows.crimes.select(CRIME_KEY)
    return [of_crimes(rows, keys.filter(pl.Series([b == month for b in begun]))) for month in sorted(set(begun))]


def told(candidates: pl.DataFrame) -> dict[tuple[str, str], tuple[Any, ...]]:
    columns = ("strength", "q_value", "at_event", "usually", "note")
    return {(row["crime_ref"], row["wearer_id"]): tuple(row[c] for c in columns) for row in candidates.to_dicts()}
