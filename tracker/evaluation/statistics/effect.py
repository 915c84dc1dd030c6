"""The effect on the tagged: a difference in 12-month risk, tagged minus comparison, with its 95 % interval.

The interval is for the effect in the population that the people came from, not in these people alone: tagging is
treated as random too. Its coverage is proved on synthetic worlds (tests/proofs/test_effects.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np
import polars as pl

from tracker.errors import BadEntry, Refused
from tracker.evaluation.statistics.comparison import Design, Method
from tracker.evaluation.statistics.covariates import Floats

_Z = 1.959963984540054
FEW = 5
"""With fewer people in a group who have the outcome, or who do not, a large-sample interval is unreliable."""

FORMULAS = {
    Method.WEIGHTS: (
        "mean outcome of tagged people, minus what a weighted linear regression among comparison people predicts for "
        "them (doubly robust: one of the two models has to be right); variance from the influence function, with "
        "propensities and regression taken as estimated (stacked estimating equations, Stefanski and Boos 2002)"
    ),
    Method.NEAREST: (
        "weighted linear regression of the outcome on tagged and the covariates, among matched people; variance "
        "clustered by matched set (Abadie and Spiess 2022)"
    ),
    Method.EXACT: (
        "differences within strata, averaged over the tagged; variance: of tagged people's differences from their "
        "stratum's comparison, over the tagged, plus sum of (share of the tagged)^2 s^2/n over strata; a stratum with "
        "one comparison person takes the others' pooled s^2"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Risks from 0 to 1, differences from -1 to 1; below 0 tagged people did better. `words`: how it was worked out."""

    difference: float
    low: float
    high: float
    risk_tagged: float
    risk_comparison: float
    n_tagged: int
    n_comparison: int
    method: Method
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Estimate:
    risk_tagged: float
    difference: float
    se: float
    z: float = _Z


def effect(design: Design, outcome: pl.DataFrame) -> Effect:
    """The effect by `outcome` (`unit` text, `outcome` bool), which has everyone used in the design; others are ignored.

    Raises BadEntry where an outcome is missing or repeated, Refused where there is too little data.
    """
    y = _aligned(design, outcome)
    if design.n_tagged < 2 or design.n_comparison < 2:
        raise Refused(
            "too few",
            f"{design.n_tagged} tagged people and {design.n_comparison} others; at least 2 of each are needed",
        )
    columns = 0 if design.method is Method.EXACT else design.matrix.regressors.shape[1]
    if min(design.n_tagged, design.n_comparison) <= columns + 2:
        raise Refused(
            "too few",
            f"{design.n_tagged} tagged people and {design.n_comparison} others for a regression on {columns} columns; "
            "use fewer covariates, or wider classes",
        )
    used = design.frame["weight"].to_numpy() > 0
    if np.ptp(y[used]) == 0:
        raise Refused("too few", "everyone has the same outcome; there is no difference to measure")
    found = _ESTIMATORS[design.method](design, y)
    half = found.z * found.se
    return Effect(
        difference=found.difference,
        low=max(-1.0, found.difference - half),
        high=min(1.0, found.difference + half),
        risk_tagged=found.risk_tagged,
        risk_comparison=found.risk_tagged - found.difference,
        n_tagged=design.n_tagged,
        n_comparison=design.n_comparison,
        method=design.method,
        words=(FORMULAS[design.method], *_caution(design, y)),
    )


def _aligned(design: Design, outcome: pl.DataFrame) -> Floats:
    """0 or 1 for each person of the design, in its order, shape `(n,)`; 0 for people not used."""
    if not {"unit", "outcome"} <= set(outcome.columns) or outcome["outcome"].dtype != pl.Boolean:
        raise BadEntry(
            f"the outcomes have the columns {', '.join(outcome.columns)}; give 'unit' and a true or false 'outcome'"
        )
    if outcome["unit"].n_unique() < outcome.height:
        raise BadEntry(f"{outcome.height} outcomes for {outcome['unit'].n_unique()} units; give one for each")
    both = design.frame.join(outcome.select("unit", "outcome"), on="unit", how="left", maintain_order="left")
    missing = both.filter((pl.col("weight") > 0) & pl.col("outcome").is_null()).height
    if missing:
        # Leaving them out here would undo the balance that the design made.
        raise BadEntry(f"{missing} people of the design have no outcome; make the design from people who have one")
    y: Floats = both["outcome"].fill_null(False).to_numpy().astype(np.float64) * (both["weight"].to_numpy() > 0)
    return y


def _caution(design: Design, y: Floats) -> list[str]:
    tagged, used = design.frame["tagged"].to_numpy(), design.frame["weight"].to_numpy() > 0
    smallest = min(min(y[g].sum(), (1 - y[g]).sum()) for g in (tagged & used, ~tagged & used))
    if smallest >= FEW:
        return []
    return [f"a group has fewer than {FEW} people with the outcome, or without it: the interval is unreliable"]


def _weighted(design: Design, y: Floats) -> _Estimate:
    """Regression among comparison people, weighted by p/(1-p); each person's influence on the difference, squared.

    With x the covariates and a constant, e the propensity, w = e/(1-e) of comparison people, g the weighted regression:
    d = mean over tagged of (y - x g). The influence of a person on d is their own part, less mean(x) times their
    influence on g, which has two parts: their residual, and their effect on all weights (dw/db = w x).
    """
    tagged, weight = design.frame["tagged"].to_numpy(), design.frame["weight"].to_numpy()
    e = design.frame["propensity"].to_numpy()
    x = np.column_stack([np.ones(len(y)), design.matrix.regressors])
    mine, w = tagged & (weight > 0), np.where(tagged, 0.0, weight)
    bread = np.linalg.pinv((x.T * w) @ x, hermitian=True)
    g = bread @ (x.T @ (w * y))
    rest = y - x @ g
    on_model = (x * (tagged - e)[:, None]) @ np.linalg.pinv((x.T * (e * (1 - e))) @ x, hermitian=True)
    on_g = (x * (w * rest)[:, None] + on_model @ ((x.T * (w * rest)) @ x)) @ bread
    difference = float(rest[mine].mean())
    influence = np.where(mine, (rest - difference) / mine.sum(), 0.0) - on_g @ x[mine].mean(axis=0)
    return _Estimate(float(y[mine].mean()), difference, float(np.sqrt((influence**2).sum())))


def _matched(design: Design, y: Floats) -> _Estimate:
    """Weighted least squares among matched people; clusters are matched sets; Student's t with sets - 1 degrees."""
    from scipy.stats import t
    from statsmodels.regression.linear_model import WLS

    weight = design.frame["weight"].to_numpy()
    used = weight > 0
    tagged, sets = design.frame["tagged"].to_numpy()[used], design.frame["set"].drop_nulls().to_numpy()
    x = np.column_stack([tagged, np.ones(len(tagged)), design.matrix.regressors[used]]).astype(np.float64)
    fit = WLS(y[used], x, weights=weight[used]).fit(cov_type="cluster", cov_kwds={"groups": sets})
    clusters = design.n_tagged
    return _Estimate(
        float(y[used][tagged].mean()), float(fit.params[0]), float(fit.bse[0]), float(t.isf(0.025, clusters - 1))
    )


def _stratified(design: Design, y: Floats) -> _Estimate:
    used = design.frame["weight"].to_numpy() > 0
    tagged, strata = design.frame["tagged"].to_numpy()[used], design.frame["set"].drop_nulls().to_numpy()
    y = y[used]
    _, where = np.unique(strata, return_inverse=True)
    n1, n0 = np.bincount(where[tagged]), np.bincount(where[~tagged])
    expected = np.bincount(where[~tagged], weights=y[~tagged]) / n0
    each = y[tagged] - expected[where[tagged]]
    share = n1 / n1.sum()
    variance = each.var(ddof=1) / n1.sum() + float((share**2 * _spread(y[~tagged], where[~tagged], n0) / n0).sum())
    return _Estimate(float(y[tagged].mean()), float(each.mean()), sqrt(variance))


def _spread(y: Floats, where: np.ndarray, n: np.ndarray) -> Floats:
    """Variance of comparison outcomes a stratum, shape `(strata,)`.

    A stratum of one person has no variance: it gets the pooled within-stratum variance of the larger strata, or where
    there are none the variance over all comparison people, which errs towards a wider interval.
    """
    mean = np.bincount(where, weights=y) / n
    squares = np.bincount(where, weights=(y - mean[where]) ** 2)
    several = n > 1
    pooled = squares.sum() / (n - 1).sum() if several.any() else y.var(ddof=1)
    spread: Floats = np.where(several, squares / np.maximum(n - 1, 1), pooled)
    return spread


_ESTIMATORS: dict[Method, Callable[[Design, Floats], _Estimate]] = {
    Method.WEIGHTS: _weighted,
    Method.NEAREST: _matched,
    Method.EXACT: _stratified,
}
