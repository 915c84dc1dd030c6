"""The effect on the tagged: a difference in 12-month risk, tagged minus comparison, and a ratio, with 95 % intervals.

The intervals are for the effect in the population that the people came from, not in these people alone: tagging is
treated as random too. Their coverage is proved on synthetic worlds (tests/proofs/test_effects.py). An outcome is 0 or
1, or the pseudo-value of somebody who was lost from view (`estimates.incidence`), or any number such as a count.
"""

from dataclasses import dataclass
from math import exp, log

import numpy as np
import polars as pl

from tracker.errors import BadEntry, Refused
from tracker.evaluation.statistics.comparison import Design, Method
from tracker.evaluation.statistics.covariates import Floats
from tracker.evaluation.statistics.estimates.as_treated import Times, risk_as_treated
from tracker.evaluation.statistics.estimates.estimators import Estimate, People, estimated, of_influences
from tracker.evaluation.statistics.estimates.protocol import Estimand
from tracker.evaluation.statistics.outcomes import e_value, e_value_of_limit

FEW = 5
"""With fewer people in a group who have the outcome, or who do not, a large-sample interval is unreliable."""

FORMULAS = {
    Method.WEIGHTS: (
        "mean outcome of tagged people, minus what a weighted linear regression among comparison people predicts for "
        "them (doubly robust: one of the two models has to be right); variance from the influence function, with "
        "propensities and regression taken as estimated (stacked estimating equations, Stefanski and Boos 2002)"
    ),
    Method.AIPW: (
        "augmented inverse probability weights (Robins, Rotnitzky and Zhao 1994): a regression's predictions (logistic "
        "for a risk, linear otherwise), and what it leaves over, weighted by propensities; right where one of the two "
        "models is; variance from the influence function, with both taken as estimated"
    ),
    Method.NEAREST: (
        "each tagged person's outcome, minus the mean of their partners', moved by a regression for what is left of "
        "the differences in covariates (Abadie and Imbens 2011); variance of Abadie and Imbens (2006), for partners "
        "who stand for several"
    ),
    Method.EXACT: (
        "differences within strata, averaged over the tagged; variance: of tagged people's differences from their "
        "stratum's comparison, over the tagged, plus sum of (share of the tagged)^2 s^2/n over strata; a stratum with "
        "one comparison person takes the others' pooled s^2"
    ),
}
AS_TREATED = (Method.WEIGHTS, Method.AIPW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Risks from 0 to 1, differences from -1 to 1; below 0 tagged people did better. `words`: how it was worked out.

    `ratio` and what follows from it are None where a risk is 0 or less, which a regression can predict. `e_value`: how
    strongly, as a risk ratio, a cause outside the data would have to go with tagging and outcome to explain the ratio;
    `e_value_limit`: to bring its interval to 1.
    """

    difference: float
    low: float
    high: float
    risk_tagged: float
    risk_comparison: float
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    e_value: float | None
    e_value_limit: float | None
    se: float
    n_tagged: int
    n_comparison: int
    method: Method
    words: tuple[str, ...]


def effect(
    design: Design,
    outcome: pl.DataFrame,
    *,
    estimand: Estimand = Estimand.TAGGED,
    bounded: bool = True,
    grace_days: int | None = None,
) -> Effect:
    """The effect by `outcome`, which has everyone used in the design; others are ignored.

    Parameters
    ----------
    outcome
        `unit` text and `outcome` true or false, or a number. As treated needs `followed` and `fitted` too: see `Times`.
    estimand
        On the tagged, or on everybody, for which the design is `aipw`.
    bounded
        False: outcomes are numbers such as counts, not risks; the difference has no bounds, and there is no E-value.
    grace_days
        As treated: fitted within so many days of release. None: as intended.

    Raises BadEntry where an outcome is missing or repeated, Refused where there is too little data.
    """
    everyone = estimand is Estimand.EVERYONE
    if everyone and design.method is not Method.AIPW:
        raise BadEntry(f"{design.method} is for the effect on the tagged; take aipw for the effect on everybody")
    if grace_days is not None and (everyone or design.method not in AS_TREATED):
        raise BadEntry("as treated is worked out by weights or aipw, on the tagged; choose one of them")
    people, place, times = _aligned(design, outcome, bounded, grace_days)
    _enough(design, people)
    found = estimated(people, design, place, everyone=everyone)
    if times is not None:
        found = _as_treated(people, found, times)
    return _told(design, people, found, bounded)


def _as_treated(people: People, found: Estimate, times: Times) -> Estimate:
    """The comparison group's risk stays; that of the tagged is the one they would have had if fitted in time."""
    mine = people.tagged & (people.weight > 0)
    risk, on_risk = risk_as_treated(people.y, people.x, mine, times)
    assert found.on_comparison is not None
    return of_influences(risk, found.comparison, on_risk, found.on_comparison)


def _told(design: Design, people: People, found: Estimate, bounded: bool) -> Effect:
    se, difference = found.se(1.0, 1.0), found.tagged - found.comparison
    low, high = difference - found.z * se, difference + found.z * se
    ratio = None
    if found.tagged > 0 and found.comparison > 0:
        half = found.z * found.se(1 / found.tagged, 1 / found.comparison)
        middle = log(found.tagged / found.comparison)
        ratio = (exp(middle), exp(middle - half), exp(middle + half))
    risks = ratio if bounded else None
    return Effect(
        difference=difference,
        low=max(-1.0, low) if bounded else low,
        high=min(1.0, high) if bounded else high,
        risk_tagged=found.tagged,
        risk_comparison=found.comparison,
        ratio=ratio and ratio[0],
        ratio_low=ratio and ratio[1],
        ratio_high=ratio and ratio[2],
        e_value=risks and e_value(risks[0]),
        e_value_limit=risks and e_value_of_limit(risks[1], risks[2]),
        se=se,
        n_tagged=design.n_tagged,
        n_comparison=design.n_comparison,
        method=design.method,
        words=(FORMULAS[design.method], RATIO, *_caution(people, bounded)),
    )


RATIO = "ratio: tagged over comparison; its interval by the same variance on the scale of logarithms"


def _enough(design: Design, people: People) -> None:
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
    if np.ptp(people.y[people.weight > 0]) == 0:
        raise Refused("too few", "everyone has the same outcome; there is no difference to measure")


def _aligned(
    design: Design, outcome: pl.DataFrame, bounded: bool, grace_days: int | None
) -> tuple[People, np.ndarray, Times | None]:
    """What estimators work on; where each row of the design's frame stands in it; times, if they are asked for.

    People alike in covariates are ordered by their outcomes: sums are the same whatever people are called.
    """
    wanted = ["outcome"] if grace_days is None else ["outcome", "followed", "fitted"]
    kinds = (pl.Boolean, pl.Float64)
    if not {"unit", *wanted} <= set(outcome.columns) or outcome["outcome"].dtype not in kinds:
        raise BadEntry(
            f"the outcomes have the columns {', '.join(outcome.columns)}; give 'unit' and a true or false 'outcome', "
            "or a number"
        )
    if outcome["unit"].n_unique() < outcome.height:
        raise BadEntry(f"{outcome.height} outcomes for {outcome['unit'].n_unique()} units; give one for each")
    both = design.frame.join(outcome.select("unit", *wanted), on="unit", how="left", maintain_order="left")
    used = both["weight"].to_numpy() > 0
    missing = both.filter((pl.col("weight") > 0) & pl.col("outcome").is_null()).height
    if missing:
        # Leaving them out here would undo the balance that the design made.
        raise BadEntry(f"{missing} people of the design have no outcome; make the design from people who have one")
    y: Floats = np.where(used, both["outcome"].cast(pl.Float64).fill_null(0.0).to_numpy(), 0.0)
    tagged, strata = both["tagged"].to_numpy(), design.matrix.strata
    days = [both[name].fill_null(-1).to_numpy().astype(np.int64) for name in wanted[1:]]
    order = np.lexsort((*days, y, strata, tagged))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    x = np.column_stack([np.ones(len(y)), design.matrix.regressors])
    people = People(
        y=y[order],
        tagged=tagged[order],
        weight=both["weight"].to_numpy()[order],
        propensity=both["propensity"].to_numpy()[order],
        x=x[order],
        strata=strata[order],
        bounded=bounded,
    )
    times = None if grace_days is None else Times(days[0][order], days[1][order], grace_days)
    return people, place, times


def _caution(people: People, bounded: bool) -> list[str]:
    used = people.weight > 0
    groups = (people.tagged & used, ~people.tagged & used)
    y = people.y
    if not bounded or min(min(y[g].sum(), (1 - y[g]).sum()) for g in groups) >= FEW:
        return []
    return [f"a group has fewer than {FEW} people with the outcome, or without it: the interval is unreliable"]
