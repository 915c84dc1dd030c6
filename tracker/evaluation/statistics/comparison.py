"""A comparison group for tagged people: others weighted or matched so that their covariates are balanced.

The estimand is the effect on those who were tagged (ATT), or for `aipw` on everybody if asked. No method draws lots:
the same people give the same design, whatever their names and their order. What is not a covariate is not balanced; the
E-value and Rosenbaum's bounds say how strong such a factor would have to be.

Sources: Rosenbaum and Rubin 1983 (propensity), Austin 2011, *Pharmaceutical Statistics* 10:150 (caliper of 0.2 SD of
the logit), Crump and others 2009, *Biometrika* 96:187 (why people without a counterpart are dropped).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import polars as pl

from tracker.errors import BadEntry, Refused
from tracker.evaluation.statistics.balance import LIMIT, Balance, balance, effective_size
from tracker.evaluation.statistics.covariates import Bools, Floats, Ints, Matrix, as_matrix, checked
from tracker.evaluation.statistics.estimates.matching import Matched, nearest


class Method(StrEnum):
    WEIGHTS = "weights"
    NEAREST = "nearest"
    EXACT = "exact"
    AIPW = "aipw"


@dataclass(frozen=True, slots=True)
class Support:
    """How many people have no counterpart and are not used.

    `outside`: for `exact`, in strata without people of the other group; otherwise with a propensity below the other
    group's lowest or above its highest. `unmatched`, for `nearest` only: within the range, but not matched.
    """

    tagged_outside: int
    comparison_outside: int
    tagged_unmatched: int = 0
    comparison_unmatched: int = 0


@dataclass(frozen=True, slots=True)
class Design:
    """Which people are compared, and with what weight.

    `frame`, in the order of `covariates.checked`: `unit`, `tagged`, `propensity` (0 to 1), `weight` (tagged 1; 0 is not
    used), `set` (matched set or stratum from 1 on; null where there are none). `matched`: for `nearest`, who stands for
    whom. `balance`: the worst first. `effective_comparison`: effective
    sample size of the weighted comparison group. `words`: sentences for readers of the figures.
    """

    method: Method
    covariates: tuple[str, ...]
    frame: pl.DataFrame = field(compare=False)
    matrix: Matrix = field(repr=False, compare=False)
    support: Support
    balance: tuple[Balance, ...]
    n_tagged: int
    n_comparison: int
    effective_comparison: float
    words: tuple[str, ...]
    matched: Matched | None = field(default=None, repr=False, compare=False)

    @property
    def unbalanced(self) -> tuple[Balance, ...]:
        return tuple(row for row in self.balance if row.unbalanced)


@dataclass(frozen=True, slots=True, eq=False)
class _Chosen:
    """Shapes `(n,)`; `sets` is 0 for people in no set."""

    propensity: Floats
    weight: Floats
    sets: Ints
    support: Support
    formula: str
    matched: Matched | None = None


def design(
    people: pl.DataFrame,
    covariates: Sequence[str],
    method: Method,
    *,
    caliper: float = 0.2,
    ratio: int = 1,
    everyone: bool = False,
) -> Design:
    """A design for `people` (`unit` text, `tagged` bool, covariates numbers or categories), whatever the order of rows.

    `caliper`, in SDs of the logit of the propensity, and `ratio`, comparison people for each tagged, are for `nearest`.
    `everyone`: no tagged person is left out for a propensity beyond those of comparison people; not for `exact`.
    Raises BadEntry for columns and settings that cannot be used, Refused where no people can be compared.
    """
    if caliper <= 0:
        raise BadEntry(f"caliper is {caliper}; give a number above 0, for example 0.2 (SDs of the logit)")
    if ratio < 1:
        raise BadEntry(f"ratio is {ratio}; give the number of comparison people for each tagged person, 1 or more")
    people = checked(people, covariates)
    matrix, tagged = as_matrix(people, covariates), people["tagged"].to_numpy()
    match method:
        case Method.WEIGHTS | Method.AIPW:
            chosen = _weighted(matrix, tagged, everyone)
        case Method.NEAREST:
            chosen = _nearest(matrix, tagged, caliper, ratio, everyone)
        case Method.EXACT:
            chosen = _exact(matrix, tagged)
    return _described(method, tuple(covariates), people, matrix, chosen)


def _weighted(matrix: Matrix, tagged: Bools, everyone: bool) -> _Chosen:
    logit = _logit(matrix, tagged)
    inside, support = _common_support(logit, tagged, everyone)
    weight = np.where(inside, np.where(tagged, 1.0, np.exp(logit)), 0.0)
    formula = "tagged people weigh 1, others p/(1-p), p from a logistic regression of being tagged on the covariates"
    return _Chosen(_expit(logit), weight.round(9), np.zeros(len(tagged), np.int64), support, formula)


def _nearest(matrix: Matrix, tagged: Bools, caliper: float, ratio: int, everyone: bool) -> _Chosen:
    logit = _logit(matrix, tagged)
    inside, outside = _common_support(logit, tagged, everyone)
    width = caliper * float(np.sqrt((logit[tagged].var() + logit[~tagged].var()) / 2))
    matched = nearest(logit, tagged & inside, ~tagged & inside, width, ratio)
    if not matched.tagged:
        raise Refused(
            "overlap",
            f"no comparison person is within {caliper:g} SDs of a tagged person's propensity; widen the caliper",
        )
    n = len(tagged)
    weight, sets = matched.uses(n), matched.sets(n)
    left = inside & (sets == 0)
    support = Support(
        outside.tagged_outside, outside.comparison_outside, int((left & tagged).sum()), int((left & ~tagged).sum())
    )
    formula = (
        f"each tagged person is matched with the {'' if ratio == 1 else f'{ratio} '}nearest comparison people within "
        f"{caliper:g} SDs of the logit, who may serve several; all who are equally near share"
    )
    return _Chosen(_expit(logit), weight.round(9), sets, support, formula, matched)


def _exact(matrix: Matrix, tagged: Bools) -> _Chosen:
    size = int(matrix.strata.max()) + 1
    n_tagged = np.bincount(matrix.strata[tagged], minlength=size)[matrix.strata]
    n_comparison = np.bincount(matrix.strata[~tagged], minlength=size)[matrix.strata]
    inside = (n_tagged > 0) & (n_comparison > 0)
    if not inside.any():
        raise Refused(
            "overlap",
            "no tagged person has the same values as a comparison person in all covariates; use fewer covariates, or "
            "wider classes",
        )
    weight = np.where(inside, np.where(tagged, 1.0, n_tagged / np.maximum(n_comparison, 1)), 0.0)
    sets = np.where(inside, matrix.strata, 0)
    return _Chosen(
        n_tagged / (n_tagged + n_comparison),
        weight.round(9),
        sets,
        Support(int((~inside & tagged).sum()), int((~inside & ~tagged).sum())),
        "people with the same values in all covariates form a stratum; its comparison people together have the weight "
        "of its tagged people",
    )


def _logit(matrix: Matrix, tagged: Bools) -> Floats:
    """Log odds of being tagged, shape `(n,)`, by a logistic regression with next to no penalty.

    Rounded, so that people with the same covariates tie on every machine. A very small penalty keeps the fit finite
    where a covariate separates the groups.
    """
    if not matrix.regressors.shape[1]:
        odds = tagged.sum() / (~tagged).sum()
        return np.full(len(tagged), float(np.log(odds)).__round__(9))
    from tracker.evaluation.statistics.ridge_logit import log_odds

    logit: Floats = log_odds(matrix.regressors, tagged).round(9)
    return logit


def _expit(logit: Floats) -> Floats:
    propensity: Floats = (1 / (1 + np.exp(-logit))).round(9)
    return propensity


def _common_support(logit: Floats, tagged: Bools, everyone: bool) -> tuple[Bools, Support]:
    """People within the other group's range. Raises Refused where either group has none left."""
    low = np.where(tagged, logit[~tagged].min(), logit[tagged].min())
    high = np.where(tagged, logit[~tagged].max(), logit[tagged].max())
    inside = (low <= logit) & (logit <= high)
    if not (inside & tagged).any() or not (inside & ~tagged).any():
        ends = [f"{_expit(end):.3g}" for group in (tagged, ~tagged) for end in (logit[group].min(), logit[group].max())]
        raise Refused(
            "overlap",
            f"propensities are {ends[0]} to {ends[1]} for tagged people and {ends[2]} to {ends[3]} for the others: the "
            "covariates separate the two groups; use fewer covariates, or comparison people who could have been tagged",
        )
    if everyone:
        inside = inside | tagged
    return inside, Support(int((~inside & tagged).sum()), int((~inside & ~tagged).sum()))


def _described(
    method: Method, covariates: tuple[str, ...], people: pl.DataFrame, matrix: Matrix, chosen: _Chosen
) -> Design:
    tagged, used = people["tagged"].to_numpy(), chosen.weight > 0
    rows = balance(matrix, tagged, chosen.weight)
    effective = effective_size(chosen.weight[~tagged])
    n_tagged, n_comparison = int((used & tagged).sum()), int((used & ~tagged).sum())
    frame = people.select(
        "unit",
        "tagged",
        pl.Series("propensity", chosen.propensity.round(9)),
        pl.Series("weight", chosen.weight),
        pl.Series("set", chosen.sets).replace(0, None),
    )
    words = (
        f"{chosen.formula}; covariates: {', '.join(covariates)}",
        f"{n_tagged} tagged people and {n_comparison} others are compared; the weighted others have the precision of "
        f"{effective:.1f} people of equal weight (Kish)",
        *_support_words(method, chosen.support),
        _balance_words(rows),
        "what is not a covariate is not balanced",
    )
    return Design(
        method=method,
        covariates=covariates,
        frame=frame,
        matrix=matrix,
        support=chosen.support,
        balance=rows,
        n_tagged=n_tagged,
        n_comparison=n_comparison,
        effective_comparison=round(effective, 9),
        words=words,
        matched=chosen.matched,
    )


def _support_words(method: Method, support: Support) -> list[str]:
    where = (
        "in strata without people of the other group"
        if method is Method.EXACT
        else "outside the range of the other group's propensities"
    )
    words = []
    if support.tagged_outside or support.comparison_outside:
        words.append(
            f"{support.tagged_outside} tagged people and {support.comparison_outside} others are {where}; they are "
            "dropped"
        )
    if support.tagged_unmatched:
        words.append(
            f"{support.tagged_unmatched} tagged people have no comparison person within the caliper; they are dropped"
        )
    if support.comparison_unmatched:
        words.append(f"{support.comparison_unmatched} others are not matched and not used")
    if support.tagged_outside or support.tagged_unmatched:
        words.append("the result holds for the tagged people who remain, not for all")
    return words


def _balance_words(rows: Sequence[Balance]) -> str:
    bad = [f"{row.words} ({row.smd_after:+.2f})" for row in rows if row.unbalanced]
    if not bad:
        return f"no standardised difference is above {LIMIT:g}"
    return f"still unbalanced, with a standardised difference above {LIMIT:g}: {', '.join(bad)}"
