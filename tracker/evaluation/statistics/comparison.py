"""A comparison group for tagged people: others weighted or chosen so that they are alike in what is known of them.

What is asked is the effect on those who were tagged (ATT). Three methods, none of which draws lots: the same people
give the same design, whatever their order. Whatever is not among the covariates is not made alike; the E-value of
`evaluation.outcomes` says how strong it would have to be.

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


class Method(StrEnum):
    WEIGHTS = "weights"
    NEAREST = "nearest"
    EXACT = "exact"


@dataclass(frozen=True, slots=True)
class Support:
    """How many people are without counterparts, and not used.

    `outside`: for `exact` in strata with nobody of the other kind; otherwise with a propensity beyond the other group's
    lowest or highest. `unmatched`, for `nearest` only: inside, but nobody within the caliper was free, or nobody wanted
    them.
    """

    tagged_outside: int
    comparison_outside: int
    tagged_unmatched: int = 0
    comparison_unmatched: int = 0


@dataclass(frozen=True, slots=True)
class Design:
    """Who is compared with whom.

    `frame`, sorted by unit: `unit`, `tagged`, `propensity` (0 to 1), `weight` (tagged 1; 0 is not used), `set` (matched
    set or stratum from 1 on; null where there are none). `balance`: the worst first. `effective_comparison`: people of
    equal weight that the weighted comparison is worth. `words`: sentences for whoever reads the figures.
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

    @property
    def unbalanced(self) -> tuple[Balance, ...]:
        return tuple(row for row in self.balance if row.unbalanced)


@dataclass(frozen=True, slots=True, eq=False)
class _Chosen:
    """Shapes `(n,)`; `sets` 0 for nobody's."""

    propensity: Floats
    weight: Floats
    sets: Ints
    support: Support
    formula: str


def design(
    people: pl.DataFrame, covariates: Sequence[str], method: Method, *, caliper: float = 0.2, ratio: int = 1
) -> Design:
    """Of `people` (`unit` text, `tagged` bool, covariates numbers or categories); the order of rows does not matter.

    `caliper`, in SDs of the logit of the propensity, and `ratio`, comparison people for each tagged, are for `nearest`.
    Raises BadEntry for columns and settings that cannot be used, Refused where nobody can be compared.
    """
    if caliper <= 0:
        raise BadEntry(f"a caliper of {caliper}; give one above 0, such as 0.2 SDs of the logit")
    if ratio < 1:
        raise BadEntry(f"{ratio} comparison people for each tagged; give 1 or more")
    people = checked(people, covariates)
    matrix, tagged = as_matrix(people, covariates), people["tagged"].to_numpy()
    match method:
        case Method.WEIGHTS:
            chosen = _weighted(matrix, tagged)
        case Method.NEAREST:
            chosen = _nearest(matrix, tagged, caliper, ratio)
        case Method.EXACT:
            chosen = _exact(matrix, tagged)
    return _described(method, tuple(covariates), people, matrix, chosen)


def _weighted(matrix: Matrix, tagged: Bools) -> _Chosen:
    logit = _logit(matrix, tagged)
    inside, support = _common_support(logit, tagged)
    weight = np.where(inside, np.where(tagged, 1.0, np.exp(logit)), 0.0)
    formula = "tagged people weigh 1, others p/(1-p), p from a logistic regression of being tagged on the covariates"
    return _Chosen(_expit(logit), weight.round(9), np.zeros(len(tagged), np.int64), support, formula)


def _nearest(matrix: Matrix, tagged: Bools, caliper: float, ratio: int) -> _Chosen:
    logit = _logit(matrix, tagged)
    inside, outside = _common_support(logit, tagged)
    width = caliper * float(np.sqrt((logit[tagged].var() + logit[~tagged].var()) / 2))
    sets = _matched_sets(logit, tagged & inside, ~tagged & inside, width, ratio)
    if not sets.any():
        raise Refused("overlap", f"nobody is within {caliper:g} SDs of a tagged person's propensity; widen the caliper")
    partners = np.bincount(sets[~tagged], minlength=int(sets.max()) + 1)
    weight = np.where(sets > 0, np.where(tagged, 1.0, 1 / np.maximum(partners[sets], 1)), 0.0)
    left = inside & (sets == 0)
    support = Support(
        outside.tagged_outside, outside.comparison_outside, int((left & tagged).sum()), int((left & ~tagged).sum())
    )
    formula = (
        f"each tagged person, from the highest propensity down, is given the {'' if ratio == 1 else f'{ratio} '}nearest"
        f" of those still free, within {caliper:g} SDs of the logit; a set's comparison people share a weight of 1"
    )
    return _Chosen(_expit(logit), weight.round(9), sets, support, formula)


def _matched_sets(logit: Floats, wanting: Bools, free: Bools, width: float, ratio: int) -> Ints:
    """Greedy, without replacement; shape `(n,)`, 0 for who is in no set, numbered in the order of tagged units.

    In rounds, so that nobody has a second partner before everybody was asked for a first. Ties go to the first unit.
    O(tagged x comparison).
    """
    owner = np.full(len(logit), -1, np.int64)
    pool = np.flatnonzero(free)
    place = logit[pool]
    order = sorted(np.flatnonzero(wanting).tolist(), key=lambda i: (-logit[i], i))
    for _ in range(ratio):
        served = []
        for i in order:
            nearest = int(np.argmin(np.abs(place - logit[i]))) if len(pool) else -1
            if nearest >= 0 and abs(place[nearest] - logit[i]) <= width:
                owner[i] = owner[pool[nearest]] = i
                place[nearest] = np.inf
                served.append(i)
        order = served
    sets = np.unique(owner, return_inverse=True)[1].reshape(-1)
    return (sets if (owner < 0).any() else sets + 1).astype(np.int64)


def _exact(matrix: Matrix, tagged: Bools) -> _Chosen:
    size = int(matrix.strata.max()) + 1
    n_tagged = np.bincount(matrix.strata[tagged], minlength=size)[matrix.strata]
    n_comparison = np.bincount(matrix.strata[~tagged], minlength=size)[matrix.strata]
    inside = (n_tagged > 0) & (n_comparison > 0)
    if not inside.any():
        raise Refused("overlap", "no tagged person is like another in all covariates; take fewer, or wider classes")
    weight = np.where(inside, np.where(tagged, 1.0, n_tagged / np.maximum(n_comparison, 1)), 0.0)
    sets = np.where(inside, matrix.strata, 0)
    return _Chosen(
        n_tagged / (n_tagged + n_comparison),
        weight.round(9),
        sets,
        Support(int((~inside & tagged).sum()), int((~inside & ~tagged).sum())),
        "people alike in all covariates form a stratum, whose comparison people together weigh what its tagged do",
    )


def _logit(matrix: Matrix, tagged: Bools) -> Floats:
    """Log odds of being tagged, shape `(n,)`, by a logistic regression with next to no penalty.

    Rounded, because people alike in everything may differ in the last digit, and ties are to be ties everywhere. The
    trace of a penalty keeps the fit finite where a covariate tells the groups apart.
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


def _common_support(logit: Floats, tagged: Bools) -> tuple[Bools, Support]:
    """Who is within the other group's range. Raises Refused where either group has nobody left."""
    low = np.where(tagged, logit[~tagged].min(), logit[tagged].min())
    high = np.where(tagged, logit[~tagged].max(), logit[tagged].max())
    inside = (low <= logit) & (logit <= high)
    if not (inside & tagged).any() or not (inside & ~tagged).any():
        ends = [f"{_expit(end):.3g}" for group in (tagged, ~tagged) for end in (logit[group].min(), logit[group].max())]
        raise Refused(
            "overlap",
            f"propensities of the tagged go from {ends[0]} to {ends[1]}, of the others from {ends[2]} to {ends[3]}: "
            "the covariates tell them apart; take fewer covariates, or people who could have been tagged",
        )
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
        f"{n_tagged} tagged people and {n_comparison} others are compared; the others are worth {effective:.1f} of "
        "equal weight (Kish)",
        *_support_words(method, chosen.support),
        _balance_words(rows),
        "what is not among the covariates is not made alike",
    )
    return Design(
        method, covariates, frame, matrix, chosen.support, rows, n_tagged, n_comparison, round(effective, 9), words
    )


def _support_words(method: Method, support: Support) -> list[str]:
    where = (
        "in strata with nobody of the other kind" if method is Method.EXACT else "beyond the other group's propensities"
    )
    said = []
    if support.tagged_outside or support.comparison_outside:
        said.append(
            f"{support.tagged_outside} tagged people and {support.comparison_outside} others are {where}, and dropped"
        )
    if support.tagged_unmatched:
        said.append(f"{support.tagged_unmatched} tagged people had nobody free within the caliper, and are dropped")
    if support.comparison_unmatched:
        said.append(f"{support.comparison_unmatched} others are nobody's nearest, and not used")
    if support.tagged_outside or support.tagged_unmatched:
        said.append("whatever is found is of the tagged people who are left, not of all")
    return said


def _balance_words(rows: Sequence[Balance]) -> str:
    bad = [f"{row.words} ({row.smd_after:+.2f})" for row in rows if row.unbalanced]
    if not bad:
        return f"no standardised difference is past {LIMIT:g}"
    return f"still unbalanced, with a standardised difference past {LIMIT:g}: {', '.join(bad)}"
