"""Impact analysis: people with the condition against a balanced comparison group, as a target trial would ask it.
Aggregates of at least k people, through the gate."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from tracker.errors import BadEntry, Refused
from tracker.evaluation.analysis.arms import (
    COMPARISON,
    TAGGED,
    Arms,
    arms,
    complete,
    fitted_in_time,
    frame_of,
    number_of,
    outcome_frame,
)
from tracker.evaluation.analysis.balance_told import BalanceRow, DesignTold, balance_rows, design_told, design_words
from tracker.evaluation.analysis.further import Asked, Further, further, rounded
from tracker.evaluation.cohort.weighting import require_covariates
from tracker.evaluation.disclosure.differences import Counted
from tracker.evaluation.people.comparison_queries import AcceptedSet, accepted_set, comparators
from tracker.evaluation.people.queries import subjects
from tracker.evaluation.releases.convictions import OF_CONVICTIONS
from tracker.evaluation.releases.gate import TOO_FEW, ReleaseGate
from tracker.evaluation.releases.kept_queries import kept
from tracker.evaluation.releases.plan_queries import FrozenPlan, plan_of
from tracker.evaluation.releases.told import Told
from tracker.evaluation.statistics import outcomes
from tracker.evaluation.statistics.coarsening import coarsened
from tracker.evaluation.statistics.comparison import Design, Method, design
from tracker.evaluation.statistics.effect import AS_TREATED, FORMULAS, Effect, effect
from tracker.evaluation.statistics.estimates.as_treated import GRACE_DAYS
from tracker.evaluation.statistics.estimates.protocol import Estimand, TargetTrial, TrialContrast, target_trial
from tracker.evaluation.statistics.outcomes import FOLLOW_UP_DAYS, Contrast, Outcome, Proportion
from tracker.evaluation.statistics.survival import Curve, LogRank, Month, curves, log_rank
from tracker.record.engine import reading
from tracker.record.row_digest import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisRequest:
    method: Method
    covariates: tuple[str, ...]
    outcome: Outcome
    ratio: int = 1
    caliper: float = 0.2
    contrast: TrialContrast = TrialContrast.INTENDED
    estimand: Estimand = Estimand.TAGGED
    grace_days: int = GRACE_DAYS
    comparison_set: str | None = None
    """The latest by default."""

    @property
    def grace(self) -> int | None:
        return self.grace_days if self.contrast is TrialContrast.AS_TREATED else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """Unadjusted proportions, then the comparison where there are enough data; `why_not`: what is missing."""

    as_at: date
    k: int
    outcome: Outcome
    protocol: TargetTrial
    proportions: tuple[Proportion, ...]
    contrast: Contrast | None
    curves: tuple[Curve, ...]
    design: DesignTold | None
    balance: tuple[BalanceRow, ...]
    effect: Effect | None
    further: Further
    why_not: str | None
    comparison_set: AcceptedSet | None = None
    plan: FrozenPlan | None = None
    """The plan that was frozen of exactly what is asked."""
    look: int = 1
    """At how many days effects on this outcome were told, with this one."""
    log_rank: LogRank | None = None
    """Of the curves, where both are told."""


OUTCOMES = {"reoffended": Outcome.PROVEN, "recalled": Outcome.RECALLED}
NO_DESIGN = (
    "this design may not be told, or cannot be made: it leaves out too few people, or too few of the tagged have "
    "comparison people like them; use fewer covariates or others, or a wider caliper"
)
ASSUMED = (
    "whoever is alike in the covariates would have reoffended alike without the condition: the E-value and Rosenbaum's "
    "bounds say how strong what is not a covariate would have to be to explain the effect",
    "people lost from view (died, left, or past their last day in view) would have gone on as those of their group who "
    "were not",
    "one person's condition changes nothing for another",
    "offences of both groups are found and convicted alike; a tag may lead to more of them being found",
)


def require_answerable(request: AnalysisRequest) -> None:
    """Raises BadEntry for a covariate that is not recorded for both groups before release, and for a design that cannot
    answer the question."""
    require_covariates(request.covariates)
    if request.estimand is Estimand.EVERYONE and request.method is not Method.AIPW:
        raise BadEntry(f"method is {request.method}; the effect on everyone is worked out by aipw")
    if request.grace is not None and (request.method not in AS_TREATED or request.estimand is Estimand.EVERYONE):
        raise BadEntry("as treated is worked out on the tagged, by weights or aipw; choose one of them")


def plan_plain(request: AnalysisRequest, chosen: AcceptedSet | None) -> dict[str, Any]:
    """The settings as a plan has them, with the set by its name: the latest may be another one later."""
    settings: dict[str, Any] = plain(asdict(request))
    return {**settings, "comparison_set": None if chosen is None else chosen.name}


def analyse(gate: ReleaseGate, request: AnalysisRequest) -> Told[Analysis]:
    """As at the gate's day, as known when its month was closed. What may not be told says so, without a figure.

    Raises BadEntry for a covariate that is not recorded for both groups, before anything else, and for a design that
    cannot answer the question.
    """
    require_answerable(request)
    with reading(gate.engine).connect() as connection:
        chosen = accepted_set(connection, gate.programme_id, request.comparison_set)
        settings = plan_plain(request, chosen)
        plan = plan_of(connection, gate.programme_id, settings)
    asked = json.dumps([settings, None if chosen is None else chosen.sha256], sort_keys=True)
    found, counted = kept(gate, "effect", asked, lambda: _found(gate, request, chosen))
    answer = replace(found, plan=plan, look=gate.look("effect", outcome=request.outcome.value))
    return gate.tell("effect", settings, answer, counted)


def _found(
    gate: ReleaseGate, request: AnalysisRequest, chosen: AcceptedSet | None
) -> tuple[Analysis, tuple[Counted, ...]]:
    """The answer, whatever plan and look it is of, and the counts that it tells of."""
    with reading(gate.engine).connect() as connection:
        people = subjects(connection, gate.programme_id, gate.as_of)
        others = comparators(connection, gate.programme_id, gate.as_of, chosen)
    everyone = arms(people, others, gate.as_of.at)
    # Of those alone whose follow-up is complete: others' outcomes do not leave.
    members = {u: m for u, m in everyone.items() if outcomes.seen(m.followed, request.outcome) is not None}
    family = OF_CONVICTIONS if request.outcome is Outcome.PROVEN else f"tagged people followed up for {request.outcome}"
    tagged = _counted(family, members, members, request.outcome)
    answer = Analysis(
        as_at=gate.as_of.at,
        k=gate.k,
        outcome=request.outcome,
        protocol=_protocol(request),
        proportions=_proportions(everyone, request.outcome, gate.k),
        contrast=None,
        curves=(),
        design=None,
        balance=(),
        effect=None,
        further=Further(),
        why_not=None,
        comparison_set=chosen,
    )
    counted = [tagged]
    if len(tagged.people) < gate.k or not gate.allows(tagged):
        counted = []
        answer = replace(answer, proportions=tuple(_withheld(p.group) for p in answer.proportions), why_not=TOO_FEW)
    elif len(answer.proportions) < 2:
        answer = replace(answer, why_not="there are no comparison people: import a comparison group")
    elif any(p.withheld for p in answer.proportions):
        answer = replace(answer, why_not=f"{COMPARISON}: {TOO_FEW}")
    else:
        answer, used = _compared(gate, answer, request, members, tagged)
        counted += used
        by_group = {each.group: each for each in answer.proportions}
        answer = replace(answer, contrast=outcomes.contrast(by_group[TAGGED], by_group[COMPARISON]))
        if request.outcome is Outcome.PROVEN:
            followed = [member.followed for member in members.values()]
            shown = tuple(thinned(c, gate.k) for c in curves(followed, k=gate.k))
            answer = replace(answer, curves=shown, log_rank=log_rank(followed, k=gate.k))
    return replace(answer, proportions=tuple(_without_few_lost(p) for p in answer.proportions)), tuple(counted)


def _protocol(request: AnalysisRequest) -> TargetTrial:
    proven = request.outcome is Outcome.PROVEN
    outcome = "a recall" if not proven else (
        "proven reoffending: an offence within 12 months, convicted within these or six months more"
    )  # fmt: skip
    return target_trial(
        contrast=request.contrast,
        estimand=request.estimand,
        grace_days=request.grace_days,
        follow_up_days=FOLLOW_UP_DAYS,
        outcome=outcome,
        lost="people who died, left or were lost from view are censored on the day (pseudo-values)",
        recalls=(
            "a recall or custody does not end the follow-up: offences after it count; beside that, recall as a "
            "competing first event"
            if proven
            else "nothing else ends the follow-up"
        ),
        analysis=f"{request.method} by {', '.join(request.covariates)}, of before release; {FORMULAS[request.method]}",
    )


def _counted(family: str, members: Arms, units: Sequence[str] | Arms, outcome: Outcome) -> Counted:
    """The tagged among `units`, and those of them who have the outcome."""
    mine = {unit: number for unit in units if (number := number_of(members[unit])) is not None}
    having = frozenset(number for unit, number in mine.items() if complete(members, unit, outcome))
    return Counted(family=family, people=frozenset(mine.values()), having=having)


def _proportions(members: Arms, outcome: Outcome, k: int) -> tuple[Proportion, ...]:
    """Of each group. What is withheld says why in the same words, whatever is too small."""
    found = outcomes.proportions([member.followed for member in members.values()], outcome, k=k)
    told = [_withheld(each.group) if each.withheld else each for each in found]
    if all(each.group != TAGGED for each in told):
        # As of a few of them.
        told.append(_withheld(TAGGED))
    return tuple(told)


def _withheld(group: str) -> Proportion:
    return Proportion(group=group, people=None, not_yet=None, exited=None, withheld=TOO_FEW)


def _without_few_lost(each: Proportion) -> Proportion:
    """The number of events, beside the share, would give away how few tagged people were lost from view."""
    few = each.group == TAGGED and each.exited is None and each.share is not None
    return replace(each, events=None) if few else each


def _compared(
    gate: ReleaseGate, answer: Analysis, request: AnalysisRequest, members: Arms, tagged: Counted
) -> tuple[Analysis, list[Counted]]:
    """With the comparison, where its design may be told; and the counts it tells of."""
    units = list(members)
    if (lacking := _known_of_nobody(gate, request, members, units)) is not None:
        return replace(answer, why_not=lacking), []
    try:
        made = _design(gate, request, members, units)
        frame = outcome_frame(members, units, request.outcome)
        found = effect(made, frame, estimand=request.estimand, grace_days=request.grace)
    except Refused:
        # Its words have figures of the people it is about.
        return replace(answer, why_not=NO_DESIGN), []
    used = made.frame.filter(pl.col("weight") > 0)["unit"].to_list()
    told = [tagged, _counted(tagged.family, members, used, request.outcome)]
    if request.grace is not None:
        # Beside the effect as intended, this tells of those who were not fitted in time.
        treated = [
            unit for unit in used if number_of(members[unit]) is None or fitted_in_time(members[unit], request.grace)
        ]
        told.append(_counted(tagged.family, members, treated, request.outcome))
    new = [each for each in told[1:] if each != tagged]
    if new and not gate.allows(tagged, *new):
        return replace(answer, why_not=NO_DESIGN), []
    rows = balance_rows(made, gate.k)
    words = design_words(made, rows, len(tagged.people) - len(told[1].people))
    asked = Asked(
        design=made,
        outcome=request.outcome,
        estimand=request.estimand,
        grace_days=request.grace,
        told=tuple(told),
    )
    beside, more = further(gate, members, units, asked, found)
    told += more
    shown = design_told(made, words)
    return replace(answer, design=shown, balance=rows, effect=rounded(found), further=beside), told[1:]


def _known_of_nobody(gate: ReleaseGate, request: AnalysisRequest, members: Arms, units: Sequence[str]) -> str | None:
    """A covariate that a whole group lacks separates the groups. Where a few of the tagged have it, it is as if nobody
    had: the answer that comes instead would tell that somebody does."""
    frame = frame_of(members, units, request.covariates, gate.as_of.at)
    for group, least, whose in ((True, gate.k, "with the condition"), (False, 1, "of the comparison group")):
        mine = frame.filter(pl.col("tagged") == group)
        for name in request.covariates:
            if mine.height - mine[name].null_count() < least:
                few = "too few people, or of nobody," if group else "nobody"
                return f"{name} is on record of {few} {whose}; leave it out, or have it entered"
    return None


def _design(gate: ReleaseGate, request: AnalysisRequest, members: Arms, units: Sequence[str]) -> Design:
    frame = coarsened(frame_of(members, units, request.covariates, gate.as_of.at), request.covariates, gate.k)
    return design(
        frame, request.covariates, request.method, caliper=request.caliper, ratio=request.ratio, everyone=True
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
