"""The estimators: two risks or means from people, their outcomes and their weights, and how far either is known.

An *influence* is what one person adds to an estimate's error, shape `(n,)`; the sum of squared influences is its
variance, with what was estimated on the way (propensities, regressions) taken as estimated (stacked estimating
equations, Stefanski and Boos 2002). Formulas for readers are in `effect.FORMULAS`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np

from tracker.evaluation.statistics.comparison import Design, Method
from tracker.evaluation.statistics.covariates import Bools, Floats

Z = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Means of both groups; `se` of a x tagged - b x comparison for any a and b; `z`: half a 95 % interval in SEs.

    `on_comparison`: influences on the comparison group's mean, where there are influences.
    """

    tagged: float
    comparison: float
    se: Callable[[float, float], float]
    z: float = Z
    on_comparison: Floats | None = None


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """What an estimator works on, in the order of what people are: arrays by person, `x` with a constant first."""

    y: Floats
    tagged: Bools
    weight: Floats
    propensity: Floats
    x: Floats
    strata: np.ndarray
    bounded: bool
    """Whether outcomes are risks (a logistic regression) or any numbers (a linear one)."""


def of_influences(tagged: float, comparison: float, on_tagged: Floats, on_comparison: Floats) -> Estimate:
    def se(a: float, b: float) -> float:
        return float(np.sqrt(((a * on_tagged - b * on_comparison) ** 2).sum()))

    return Estimate(tagged=tagged, comparison=comparison, se=se, on_comparison=on_comparison)


def weighted(p: People) -> Estimate:
    """Regression among comparison people, weighted by p/(1-p); each person's influence.

    With x the covariates and a constant, e the propensity, w = e/(1-e) of comparison people, g the weighted regression:
    the comparison risk is the mean over tagged of x g. The influence of a person on it is their own part, and mean(x)
    times their influence on g, which has two parts: their residual, and their effect on all weights (dw/db = w x).
    """
    mine, w, e = p.tagged & (p.weight > 0), np.where(p.tagged, 0.0, p.weight), p.propensity
    bread = np.linalg.pinv((p.x.T * w) @ p.x, hermitian=True)
    g = bread @ (p.x.T @ (w * p.y))
    expected = p.x @ g
    rest = p.y - expected
    on_model = (p.x * (p.tagged - e)[:, None]) @ np.linalg.pinv((p.x.T * (e * (1 - e))) @ p.x, hermitian=True)
    on_g = (p.x * (w * rest)[:, None] + on_model @ ((p.x.T * (w * rest)) @ p.x)) @ bread
    n = mine.sum()
    first, second = float(p.y[mine].mean()), float(expected[mine].mean())
    own = np.where(mine, (expected - second) / n, 0.0)
    return of_influences(first, second, np.where(mine, (p.y - first) / n, 0.0), own + on_g @ p.x[mine].mean(axis=0))


def doubly_robust(p: People, *, everyone: bool = False) -> Estimate:
    """Augmented inverse probability weights: on the tagged, or on everybody who is used."""
    used = p.weight > 0
    aim = used if everyone else used & p.tagged
    first = _mean_if(p, used, aim, tagged=True) if everyone else _plain(p, aim)
    second = _mean_if(p, used, aim, tagged=False)
    return of_influences(first[0], second[0], first[1], second[1])


def _plain(p: People, aim: Bools) -> tuple[float, Floats]:
    mean = float(p.y[aim].mean())
    return mean, np.where(aim, (p.y - mean) / aim.sum(), 0.0)


def _mean_if(p: People, used: Bools, aim: Bools, *, tagged: bool) -> tuple[float, Floats]:
    """Mean outcome of those in `aim` if all were tagged, or none; and each person's influence on it.

    With m the regression among those who were (a) and r the odds or inverse probability that turns them into `aim`:
    mean over aim of m, plus the sum of r (y - m) over a, by the size of aim.
    """
    x, e, size = p.x, np.clip(p.propensity, 1e-9, 1 - 1e-9), aim.sum()
    a = used & (p.tagged == tagged)
    chance = e if tagged else 1 - e
    everyone = bool((aim & ~p.tagged).any())
    ratio = np.where(a, 1 / chance if everyone else e / chance, 0.0)
    m, slope, on_b = _regression(p, a)
    rest = p.y - m
    mean = float((np.where(aim, m, 0.0) + ratio * rest).sum() / size)
    own = (np.where(aim, m - mean, 0.0) + ratio * rest) / size
    by_b = ((np.where(aim, 1.0, 0.0) - ratio) * slope) @ x / size
    # How the weights of a move with the log odds of being tagged.
    moves = np.where(tagged, -ratio * (1 - e), ratio * e) if everyone else ratio
    by_e = (moves * rest) @ x / size
    on_e = (x * (used * (p.tagged - e))[:, None]) @ np.linalg.pinv((x.T * (used * e * (1 - e))) @ x, hermitian=True)
    return mean, own + on_b @ by_b + on_e @ by_e


def _regression(p: People, a: Bools) -> tuple[Floats, Floats, Floats]:
    """Among people `a`: everyone's expected outcome, its slope in the linear predictor, and influences on the
    coefficients."""
    x, w = p.x, a.astype(np.float64)
    if p.bounded:
        b = np.zeros(x.shape[1])
        for _ in range(60):
            m = 1 / (1 + np.exp(-np.clip(x @ b, -30, 30)))
            # A trace of a penalty, so that a covariate that decides the outcome leaves the fit finite.
            hessian = (x.T * (w * m * (1 - m))) @ x + 1e-6 * np.eye(x.shape[1])
            step = np.linalg.solve(hessian, x.T @ (w * (p.y - m)) - 1e-6 * b)
            b = b + step / max(1.0, float(np.abs(step).max()) / 2)
            if np.abs(step).max() < 1e-10:
                break
        m = 1 / (1 + np.exp(-np.clip(x @ b, -30, 30)))
        slope = m * (1 - m)
        bread = np.linalg.inv((x.T * (w * slope)) @ x + 1e-6 * np.eye(x.shape[1]))
    else:
        bread = np.linalg.pinv((x.T * w) @ x, hermitian=True)
        m, slope = x @ (bread @ (x.T @ (w * p.y))), np.ones(len(p.y))
    return m, slope, (x * (w * (p.y - m))[:, None]) @ bread


def matched(p: People, design: Design, place: np.ndarray) -> Estimate:
    """Nearest neighbours, what is left of the differences in covariates taken out by a regression among partners.

    `place`: where each row of the design's frame stands in `p`. Variance of Abadie and Imbens (2006): tagged people's
    differences from their partners, and what partners who stand for several add; s^2 of a partner is the squared
    residual.
    """
    assert design.matched is not None
    n = len(p.y)
    uses, squares = np.zeros(n), np.zeros(n)
    uses[place], squares[place] = design.matched.uses(n), design.matched.squares(n)
    w = np.where(p.tagged, 0.0, uses)
    g = np.linalg.pinv((p.x.T * w) @ p.x, hermitian=True) @ (p.x.T @ (w * p.y))
    expected = p.x @ g
    rest = p.y - expected
    filled, mine = np.zeros(n), p.tagged & (uses > 0)
    for people, partners in zip(design.matched.tagged, design.matched.partners, strict=True):
        # In the order of what people are: sums must not depend on names.
        filled[place[people]] = expected[place[people]] + rest[np.sort(place[partners])].mean()
    size = mine.sum()
    first, second = float(p.y[mine].mean()), float(filled[mine].mean())
    more = np.where(p.tagged, 0.0, (uses**2 - squares) * rest**2)

    def se(a: float, b: float) -> float:
        each = (a * (p.y - first) - b * (filled - second))[mine]
        return sqrt(float((each**2).sum() + b * b * more.sum())) / float(size)

    return Estimate(tagged=first, comparison=second, se=se)


def stratified(p: People) -> Estimate:
    """Differences within strata, averaged over the tagged."""
    used = p.weight > 0
    tagged, y = p.tagged[used], p.y[used]
    _, where = np.unique(p.strata[used], return_inverse=True)
    n1, n0 = np.bincount(where[tagged]), np.bincount(where[~tagged])
    expected = (np.bincount(where[~tagged], weights=y[~tagged]) / n0)[where[tagged]]
    first, second = float(y[tagged].mean()), float(expected.mean())
    share = n1 / n1.sum()
    spread = float((share**2 * _spread(y[~tagged], where[~tagged], n0) / n0).sum())

    def se(a: float, b: float) -> float:
        each = a * y[tagged] - b * expected
        return sqrt(float(each.var(ddof=1)) / len(each) + b * b * spread)

    return Estimate(tagged=first, comparison=second, se=se)


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


def estimated(p: People, design: Design, place: np.ndarray, *, everyone: bool) -> Estimate:
    match design.method:
        case Method.WEIGHTS:
            return weighted(p)
        case Method.AIPW:
            return doubly_robust(p, everyone=everyone)
        case Method.NEAREST:
            return matched(p, design, place)
        case Method.EXACT:
            return stratified(p)
