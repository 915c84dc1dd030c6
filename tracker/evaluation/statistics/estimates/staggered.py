"""The effect of a rollout, from counts by borough and month where boroughs begin in different months.

For boroughs that began in one month (a *cohort*) and each month from then on: the change in their mean count since the
month before the beginning, less the same change in boroughs that have not begun (Callaway and Sant'Anna 2021, *Journal
of Econometrics* 225:200). One regression with fixed effects would compare later boroughs with earlier ones, and turn
an effect that grows into its opposite (Goodman-Bacon 2021).

Each estimate is a sum over boroughs of numbers that depend on the cohort alone, times the borough's counts. So its
variance is that of the means of cohorts, boroughs being independent: clusters are boroughs, months within one may go
together as they like. With few boroughs the interval is Student's, degrees of freedom by Welch and Satterthwaite.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import exp

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from tracker.errors import BadEntry, Refused

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NEVER = -1


class Others(StrEnum):
    """Boroughs to compare with: those that never begin, or all that have not begun yet."""

    NEVER = "never"
    NOT_YET = "not yet"


class Scale(StrEnum):
    """Differences of counts, or of their logarithms (relative changes)."""

    COUNT = "count"
    LOG = "log"


@dataclass(frozen=True, slots=True)
class Change:
    """An effect and its 95 % interval, a month a borough; on the log scale, of logarithms."""

    effect: float
    low: float
    high: float
    se: float


@dataclass(frozen=True, slots=True)
class CohortMonth:
    """Of the cohort that began in month `began`, in `month`: from then on an effect, before it a test of the trend."""

    began: int
    month: int
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """`overall`: over all months after the beginning, by boroughs. `relative`: of what the count would have been.

    `by_months_since`: months since the beginning; below 0 there should be no effect.
    """

    overall: Change
    relative: Change
    by_months_since: Mapping[int, Change]
    cohorts: tuple[CohortMonth, ...]
    boroughs: int
    compared: int


def rollout(counts: Floats, began: Ints, others: Others = Others.NOT_YET, scale: Scale = Scale.COUNT) -> Rollout:
    """The effect of the rollout.

    Parameters
    ----------
    counts
        Shape `(boroughs, months)`.
    began
        The month in which a borough began, by its place from 0 on, shape `(boroughs,)`; -1: never.
    """
    counts, began = np.asarray(counts, np.float64), np.asarray(began, np.int64)
    _check(counts, began, scale)
    # By what a borough is, not by where its row stands: another order of boroughs changes no digit.
    order = np.lexsort((*counts.T[::-1], began))
    counts, began = counts[order], began[order]
    values = np.log(counts) if scale is Scale.LOG else counts
    panel = _Panel(values, began, others)
    months = values.shape[1]
    pairs = [
        (int(g), t)
        for g in np.unique(began[began > 0])
        for t in range(1, months)
        if panel.pool(int(g), t).any()
    ]  # fmt: skip
    after = [(g, t) for g, t in pairs if t >= g]
    if not after:
        raise Refused("comparison", "no borough began after the first month with another to compare it with")
    plans = {pair: panel.plan(*pair) for pair in pairs}
    sizes = {g: int((began == g).sum()) for g, _ in pairs}
    overall = _mean([plans[p] for p in after], [sizes[p[0]] for p in after])
    since = sorted({t - g for g, t in pairs})
    by_since = {
        k: panel.change(
            _mean([plans[p] for p in pairs if p[1] - p[0] == k], [sizes[p[0]] for p in pairs if p[1] - p[0] == k])
        )
        for k in since
    }
    told = panel.change(overall)
    return Rollout(
        overall=told,
        relative=_relative(panel, overall, told, scale),
        by_months_since=by_since,
        cohorts=tuple(CohortMonth(g, t, panel.change(plans[g, t])) for g, t in pairs),
        boroughs=int(sum(sizes.values())),
        compared=int((began == NEVER).sum()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Panel:
    values: Floats
    began: Ints
    others: Others

    def pool(self, g: int, t: int) -> NDArray[np.bool_]:
        """Boroughs to compare cohort `g` with in month `t`: not begun by then, nor by the month it is held against."""
        pool: NDArray[np.bool_] = self.began == NEVER
        if self.others is Others.NOT_YET:
            pool = pool | ((self.began > max(t, self.base(g, t))) & (self.began != g))
        return pool

    def base(self, g: int, t: int) -> int:
        """From the beginning on, the month before it; before that, the month before each."""
        return g - 1 if t >= g else t - 1

    def plan(self, g: int, t: int) -> Floats:
        """What each borough's counts are multiplied by, shape `(boroughs, months)`."""
        plan = np.zeros(self.values.shape)
        base, pool, mine = self.base(g, t), self.pool(g, t), self.began == g
        for rows, sign in ((mine, 1.0), (pool, -1.0)):
            plan[rows, t] += sign / rows.sum()
            plan[rows, base] -= sign / rows.sum()
        return plan

    def change(self, plan: Floats) -> Change:
        each = (plan * self.values).sum(axis=1)
        variance, squares = 0.0, 0.0
        for g in np.unique(self.began):
            rows = self.began == g
            if not plan[rows].any():
                continue
            part, freedom = self._variance(plan, each, rows)
            variance += part
            squares += part**2 / freedom
        effect = float(each.sum())
        if not variance:
            return Change(effect, effect, effect, 0.0)
        se = variance**0.5
        half = float(stdtrit(variance**2 / squares, 0.975)) * se
        return Change(effect, effect - half, effect + half, se)

    def _variance(self, plan: Floats, each: Floats, rows: NDArray[np.bool_]) -> tuple[float, int]:
        n = int(rows.sum())
        if n > 1:
            return n * float(each[rows].var(ddof=1)), n - 1
        # One borough has no spread of its own: it gets that of the boroughs that never began, by the same sum.
        never = self.began == NEVER
        if never.sum() < 2:
            raise Refused("too few", "a month in which one borough began needs two that never did, for its spread")
        return float((self.values[never] @ plan[rows][0]).var(ddof=1)), int(never.sum()) - 1


def _mean(plans: list[Floats], sizes: list[int]) -> Floats:
    found: Floats = np.average(np.array(plans), axis=0, weights=sizes)
    return found


def _relative(panel: _Panel, plan: Floats, told: Change, scale: Scale) -> Change:
    if scale is Scale.LOG:
        effect, low, high = (exp(x) - 1 for x in (told.effect, told.low, told.high))
        return Change(effect, low, high, exp(told.effect) * told.se)
    # What was counted after the beginning, less the effect, is what would have been without it.
    share = np.where(panel.began[:, None] >= 0, np.maximum(plan, 0), 0)
    after = share * (np.arange(plan.shape[1])[None, :] >= np.maximum(panel.began, 1)[:, None])
    without = float((after * panel.values).sum()) / float(after.sum()) - told.effect
    if without <= 0:
        return Change(np.nan, np.nan, np.nan, np.nan)
    return Change(told.effect / without, told.low / without, told.high / without, told.se / without)


def _check(counts: Floats, began: Ints, scale: Scale) -> None:
    if counts.ndim != 2 or began.shape != counts.shape[:1] or counts.shape[1] < 2:
        raise BadEntry(f"counts have the shape {counts.shape} and {began.shape[0]} boroughs; give boroughs by months")
    if not np.isfinite(counts).all() or (counts < 0).any():
        raise BadEntry("a count is missing or below 0; give one for each borough and month")
    if scale is Scale.LOG and (counts <= 0).any():
        raise BadEntry("a count is 0, which has no logarithm; use the scale of counts, or larger groups of crimes")
    if (began >= counts.shape[1]).any() or (began < NEVER).any():
        raise BadEntry(f"a borough began outside the {counts.shape[1]} months; give -1 for one that never did")
