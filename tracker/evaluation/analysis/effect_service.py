"""Impact analysis: tagged people against a balanced comparison group. Aggregates of at least k people."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import polars as pl
from sqlalchemy import Engine

from tracker.errors import Refused
from tracker.evaluation.cohort.columns import Context
from tracker.evaluation.cohort.definition import Definition, Purpose
from tracker.evaluation.cohort.weighting import people_frame
from tracker.evaluation.people.comparator import Comparator
from tracker.evaluation.people.comparison_queries import comparators
from tracker.evaluation.people.queries import subjects
from tracker.evaluation.people.subject import Subject
from tracker.evaluation.releases import pseudonyms
from tracker.evaluation.releases.service import k_of, refuse_future_day
from tracker.evaluation.statistics import outcomes
from tracker.evaluation.statistics.balance import Balance
from tracker.evaluation.statistics.comparison import Design, Method, design
from tracker.evaluation.statistics.effect import Effect, effect
from tracker.evaluation.statistics.outcomes import Answer, Contrast, Followed, Offence, Outcome, Proportion
from tracker.evaluation.statistics.survival import Curve, Month, curves
from tracker.programme.queries import programme_named
from tracker.record.engine import reading
from tracker.times import AsOf

TAGGED, COMPARISON = "tagged", "comparison"
_KEY = b"nobody is named by these pseudonyms"
"""For pseudonyms that join rows within one analysis and are never shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisRequest:
    method: Method
    covariates: tuple[str, ...]
    outcome: Outcome
    ratio: int = 1
    caliper: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceRow:
    """A line of the love plot. `withheld`: too few people have this level, so only whether it is balanced is shown."""

    balance: Balance
    withheld: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """Unadjusted proportions, then the comparison where there are enough data; `why_not`: what is missing."""

    as_at: date
    k: int
    outcome: Outcome
    proportions: tuple[Proportion, ...]
    contrast: Contrast | None
    curves: tuple[Curve, ...]
    design: Design | None
    balance: tuple[BalanceRow, ...]
    effect: Effect | None
    e_value: float | None
    why_not: str | None


OUTCOMES = {"reoffended": Outcome.PROVEN, "recalled": Outcome.RECALLED}


def analyse(engine: Engine, programme: str, as_of: AsOf, request: AnalysisRequest, *, now: datetime) -> Analysis:
    """As at a day, as known then. Raises BadEntry for a future day, or a covariate not recorded for both groups."""
    refuse_future_day(as_of.at, now)
    with reading(engine).connect() as connection:
        programme_id, _, _ = programme_named(connection, programme)
        k = k_of(connection, programme_id, as_of)
        ours = [s for s in subjects(connection, programme_id, as_of) if "fitted" in s.reached and s.release_on]
        others = comparators(connection, programme_id, as_of)
    followed = _followed(ours, others, as_of.at)
    proportions = outcomes.proportions(followed, request.outcome, k=k)
    by_group = {each.group: each for each in proportions}
    contrast = None
    if len(by_group) == 2:
        contrast = outcomes.contrast(by_group[TAGGED], by_group[COMPARISON])
    known = {person.unit: answer for person in followed if (answer := _known(person, request.outcome)) is not None}
    made = found = None
    rows: tuple[BalanceRow, ...] = ()
    why_not = next((f"{each.group}: {each.withheld}" for each in proportions if each.withheld), None)
    if len(by_group) < 2:
        why_not = "there are no tagged people or no comparison people: import a comparison group"
    if why_not is None:
        try:
            made = _design(ours, others, as_of.at, request, known)
            rows = tuple(_row(each, made, k) for each in made.balance)
            outcome = pl.DataFrame({"unit": list(known), "outcome": list(known.values())})
            found = effect(made, outcome)
        except Refused as refused:
            why_not = str(refused)
    return Analysis(
        as_at=as_of.at,
        k=k,
        outcome=request.outcome,
        proportions=proportions,
        contrast=contrast,
        curves=tuple(thinned(c, k) for c in curves(followed, k=k)) if request.outcome is Outcome.PROVEN else (),
        design=made,
        balance=rows,
        effect=found,
        e_value=_e_value(found),
        why_not=why_not,
    )


def thinned(curve: Curve, k: int) -> Curve:
    """Without the months in which too few people reoffended or left to be shown: each remaining step is of no one or of
    at least k people."""
    kept: list[Month] = []
    for month in curve.months:
        if kept:
            before = kept[-1]
            gone = before.at_risk - month.at_risk
            reoffended = round(before.at_risk * (1 - month.free / before.free)) if before.free else 0
            if any(0 < n < k for n in (gone, reoffended, gone - reoffended)):
                continue
        kept.append(month)
    return replace(curve, months=tuple(kept))


def _followed(ours: Sequence[Subject], others: Sequence[Comparator], until: date) -> list[Followed]:
    out = []
    for s in ours:
        assert s.release_on is not None
        out.append(
            Followed(
                unit=pseudonyms.of_person(_KEY, s.person_id),
                group=TAGGED,
                started_on=s.release_on,
                data_until=until,
                offences=tuple(Offence(o.offence_on, o.convicted_on) for o in s.offences),
                recalled_on=_after(s.reached.get("recalled"), s.release_on),
            )
        )
    for o in others:
        out.append(
            Followed(
                unit=pseudonyms.of_comparison(_KEY, o.reference),
                group=COMPARISON,
                started_on=o.released_on,
                data_until=until,
                offences=tuple(Offence(x.offence_on, x.convicted_on) for x in o.offences),
                recalled_on=o.recalled_on,
                exited_on=o.observed_until if o.observed_until is not None and o.observed_until <= until else None,
            )
        )
    return out


def _after(day: date | None, start: date) -> date | None:
    # The planned release was moved after the recall was entered: such a recall is ignored.
    return day if day is not None and day >= start else None


def _known(person: Followed, outcome: Outcome) -> bool | None:
    found = outcomes.proven(person) if outcome is Outcome.PROVEN else outcomes.recalled(person)
    return None if found.answer is Answer.NOT_YET else found.answer is Answer.YES


def _design(
    ours: Sequence[Subject],
    others: Sequence[Comparator],
    as_at: date,
    request: AnalysisRequest,
    known: dict[str, bool],
) -> Design:
    definition = Definition(purpose=Purpose.IMPACT, justification="", columns=request.covariates, as_at=as_at)
    frame = people_frame(Context(definition, {}), ours, others, request.covariates, _KEY)
    # Only people whose outcome is known: leaving others out afterwards would undo the balance.
    frame = frame.filter(pl.col("unit").is_in(list(known)))
    return design(frame, request.covariates, request.method, caliper=request.caliper, ratio=request.ratio)


def _row(each: Balance, made: Design, k: int) -> BalanceRow:
    counts = made.frame.group_by("tagged").len()
    sizes = dict(counts.iter_rows())
    few = False
    if each.level:
        for share, n in ((each.mean_tagged, sizes[True]), (each.mean_comparison, sizes[False])):
            of_level = round(share * n)
            few = few or of_level < k or n - of_level < k
    return BalanceRow(balance=each, withheld=few)


def _e_value(found: Effect | None) -> float | None:
    """For the two adjusted risks; None where either is 0 or less, which a regression can predict."""
    if found is None or found.risk_tagged <= 0 or found.risk_comparison <= 0:
        return None
    return outcomes.e_value(found.risk_tagged / found.risk_comparison)
