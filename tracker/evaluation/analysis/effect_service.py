"""Impact analysis: tagged people against a balanced comparison group. Aggregates of at least k people."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date

import polars as pl

from tracker.errors import Refused
from tracker.evaluation.cohort.columns import Context
from tracker.evaluation.cohort.definition import Definition, Purpose
from tracker.evaluation.cohort.weighting import people_frame, require_covariates
from tracker.evaluation.disclosure.differences import Counted
from tracker.evaluation.people.comparator import Comparator
from tracker.evaluation.people.comparison_queries import comparators
from tracker.evaluation.people.queries import subjects
from tracker.evaluation.people.subject import Subject
from tracker.evaluation.releases import pseudonyms
from tracker.evaluation.releases.convictions import OF_CONVICTIONS
from tracker.evaluation.releases.gate import TOO_FEW, ReleaseGate
from tracker.evaluation.releases.told import Told
from tracker.evaluation.statistics import outcomes
from tracker.evaluation.statistics.balance import Balance
from tracker.evaluation.statistics.coarsening import coarsened
from tracker.evaluation.statistics.comparison import Design, Method, design
from tracker.evaluation.statistics.effect import Effect, effect
from tracker.evaluation.statistics.outcomes import Answer, Contrast, Followed, Offence, Outcome, Proportion
from tracker.evaluation.statistics.survival import Curve, Month, curves
from tracker.record.engine import reading
from tracker.record.row_digest import plain

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


def analyse(gate: ReleaseGate, request: AnalysisRequest) -> Told[Analysis]:
    """As at the gate's day, as known when its month was closed. What may not be told says so, without a figure.

    Raises BadEntry for a covariate that is not recorded for both groups, before anything else.
    """
    require_covariates(request.covariates)
    day = gate.as_of.at
    with reading(gate.engine).connect() as connection:
        people = subjects(connection, gate.programme_id, gate.as_of)
        others = comparators(connection, gate.programme_id, gate.as_of)
    ours = [s for s in people if "fitted" in s.reached and s.release_on]
    number = {pseudonyms.of_person(_KEY, s.person_id): s.person_id for s in ours}
    followed = _followed(ours, others, day)
    known = {person.unit: had for person in followed if (had := _known(person, request.outcome)) is not None}
    family = OF_CONVICTIONS if request.outcome is Outcome.PROVEN else f"tagged people followed up for {request.outcome}"
    tagged = _counted(family, number, known, set(number))
    counted: list[Counted] = []
    answer = Analysis(
        as_at=day,
        k=gate.k,
        outcome=request.outcome,
        proportions=_proportions(followed, request.outcome, gate.k),
        contrast=None,
        curves=(),
        design=None,
        balance=(),
        effect=None,
        e_value=None,
        why_not=None,
    )
    if not gate.allows(tagged):
        answer = replace(answer, proportions=tuple(_withheld(p) for p in answer.proportions), why_not=TOO_FEW)
    elif len(answer.proportions) < 2:
        counted.append(tagged)
        answer = replace(answer, why_not="there are no comparison people: import a comparison group")
    elif any(p.withheld for p in answer.proportions):
        counted.append(tagged)
        answer = replace(answer, why_not=f"{COMPARISON}: {TOO_FEW}")
    else:
        counted.append(tagged)
        answer, used = _compared(gate, answer, request, ours, others, known, number, tagged)
        counted += used
        by_group = {each.group: each for each in answer.proportions}
        answer = replace(answer, contrast=outcomes.contrast(by_group[TAGGED], by_group[COMPARISON]))
        if request.outcome is Outcome.PROVEN:
            # Of those alone whose follow-up is complete: others' outcomes do not leave.
            complete = [person for person in followed if person.unit in known]
            answer = replace(answer, curves=tuple(thinned(c, gate.k) for c in curves(complete, k=gate.k)))
    return gate.tell("effect", plain(asdict(request)), answer, counted)


def _counted(family: str, number: Mapping[str, int], known: Mapping[str, bool], units: set[str]) -> Counted:
    """The tagged among `units` whose outcome is known, and those of them who have it."""
    mine = {unit: had for unit, had in known.items() if unit in units and unit in number}
    return Counted(
        family=family,
        people=frozenset(number[unit] for unit in mine),
        having=frozenset(number[unit] for unit, had in mine.items() if had),
    )


def _proportions(followed: Sequence[Followed], outcome: Outcome, k: int) -> tuple[Proportion, ...]:
    """Of each group. What is withheld says why in the same words, whatever is too small."""
    found = outcomes.proportions(followed, outcome, k=k)
    return tuple(_withheld(each) if each.withheld else each for each in found)


def _withheld(each: Proportion) -> Proportion:
    return Proportion(group=each.group, people=None, not_yet=None, exited=None, withheld=TOO_FEW)


def _compared(
    gate: ReleaseGate,
    answer: Analysis,
    request: AnalysisRequest,
    ours: Sequence[Subject],
    others: Sequence[Comparator],
    known: dict[str, bool],
    number: Mapping[str, int],
    tagged: Counted,
) -> tuple[Analysis, list[Counted]]:
    """With the comparison, where its design may be told; and the counts it tells of."""
    try:
        made = _design(ours, others, gate, request, known)
        outcome = pl.DataFrame({"unit": list(known), "outcome": list(known.values())})
        found = effect(made, outcome)
    except Refused:
        # Its words have figures of the people it is about.
        return replace(answer, why_not=NO_DESIGN), []
    used = set(made.frame.filter(pl.col("weight") > 0)["unit"])
    mine = _counted(tagged.family, number, known, used)
    if mine != tagged and not gate.allows(tagged, mine):
        return replace(answer, why_not=NO_DESIGN), []
    rows = _balance_rows(made, gate.k)
    found = replace(
        found,
        difference=round(found.difference, DIGITS),
        low=round(found.low, DIGITS),
        high=round(found.high, DIGITS),
        risk_tagged=round(found.risk_tagged, DIGITS),
        risk_comparison=round(found.risk_comparison, DIGITS),
    )
    made = replace(
        made, words=_design_words(made, rows, tagged, mine), effective_comparison=round(made.effective_comparison, 1)
    )
    return replace(answer, design=made, balance=rows, effect=found, e_value=_e_value(found)), [mine]


DIGITS = 3
"""Of an effect: tenths of a percentage point. More would tell of single people, asked by one covariate and another."""
NO_DESIGN = (
    "this design may not be told, or cannot be made: it leaves out too few people, or too few of the tagged have "
    "comparison people like them; use fewer covariates or others, or a wider caliper"
)


def _design_words(made: Design, rows: Sequence[BalanceRow], tagged: Counted, used: Counted) -> tuple[str, ...]:
    """Without numbers of people who were left out, unless enough were, and without levels that are withheld."""
    dropped = len(tagged.people) - len(used.people)
    words = [
        made.words[0],
        f"{made.n_tagged} tagged people and {made.n_comparison} others are compared; the weighted others have the "
        f"precision of {made.effective_comparison:.1f} people of equal weight (Kish)",
    ]
    if dropped:
        words.append(
            f"{dropped} tagged people have no counterpart and are left out: the result holds for those who remain"
        )
    bad = [f"{r.balance.words} ({r.balance.smd_after:+.2f})" for r in rows if r.balance.unbalanced and not r.withheld]
    words.append(f"still unbalanced: {', '.join(bad)}" if bad else "of what is shown, nothing is unbalanced")
    return (*words, "what is not a covariate is not balanced")


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
    gate: ReleaseGate,
    request: AnalysisRequest,
    known: dict[str, bool],
) -> Design:
    definition = Definition(purpose=Purpose.IMPACT, justification="", columns=request.covariates, as_at=gate.as_of.at)
    frame = people_frame(Context(definition, {}), ours, others, request.covariates, _KEY)
    # Only people whose outcome is known: leaving others out afterwards would undo the balance.
    frame = coarsened(frame.filter(pl.col("unit").is_in(list(known))), request.covariates, gate.k)
    return design(
        frame, request.covariates, request.method, caliper=request.caliper, ratio=request.ratio, everyone=True
    )


def _balance_rows(made: Design, k: int) -> tuple[BalanceRow, ...]:
    """Lines of levels that enough people have and enough have not; of each covariate those withheld are of at least k
    tagged people together, so that no one is told by what is left over."""
    sizes = dict(made.frame.group_by("tagged").len().iter_rows())
    withheld: set[Balance] = set()
    for covariate in made.covariates:
        mine = [each for each in made.balance if each.covariate == covariate and each.level]
        counts = {each: round(each.mean_tagged * sizes[True]) for each in mine}
        for each in sorted(mine, key=lambda each: (counts[each], each.level)):
            others = round(each.mean_comparison * sizes[False])
            few = any(n < k for n in (counts[each], sizes[True] - counts[each], others, sizes[False] - others))
            if few or 0 < sum(counts[held] for held in withheld & set(mine)) < k:
                withheld.add(each)
    return tuple(BalanceRow(balance=each, withheld=each in withheld) for each in made.balance)


def _e_value(found: Effect | None) -> float | None:
    """For the two adjusted risks; None where either is 0 or less, which a regression can predict."""
    if found is None or found.risk_tagged <= 0 or found.risk_comparison <= 0:
        return None
    return outcomes.e_value(found.risk_tagged / found.risk_comparison)
