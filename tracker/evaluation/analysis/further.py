"""What stands beside an effect: how often and how seriously, with recall as a competing risk, by how long people were
followed, and how strong a hidden cause would have to be. Each is told only where the gate allows its counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracker.errors import Refused
from tracker.evaluation.analysis.arms import (
    Arms,
    competing,
    complete,
    number_frame,
    number_of,
    outcome_frame,
)
from tracker.evaluation.disclosure.differences import Counted
from tracker.evaluation.people import severity
from tracker.evaluation.releases.gate import ReleaseGate
from tracker.evaluation.statistics.comparison import Design, Method
from tracker.evaluation.statistics.effect import Effect, effect
from tracker.evaluation.statistics.estimates import incidence, sensitivity
from tracker.evaluation.statistics.estimates.incidence import Risk, RiskDifference
from tracker.evaluation.statistics.estimates.protocol import Estimand
from tracker.evaluation.statistics.outcomes import FOLLOW_UP_DAYS, Kind, Outcome

SHORTER_DAYS = (91, 182, 273)
DIGITS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Competing:
    """By the end of follow-up, unadjusted: the first event was a reoffence, or a recall."""

    first: str
    tagged: Risk
    comparison: Risk
    difference: RiskDifference


@dataclass(frozen=True, slots=True, kw_only=True)
class Further:
    """`frequency`, `severity`: means a person. `shorter`: the effect by so many days. `bounds`: Rosenbaum's; the result
    could be explained from `explained_from` on, or already without a hidden cause (None)."""

    frequency: Effect | None = None
    severity: Effect | None = None
    competing: tuple[Competing, ...] = ()
    shorter: Mapping[int, Effect] | None = None
    bounds: tuple[sensitivity.Bound, ...] = ()
    explained_from: float | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How the effect was worked out, and what it tells of already."""

    design: Design
    outcome: Outcome
    estimand: Estimand
    grace_days: int | None
    told: tuple[Counted, ...]
    """The people of the design who have the condition, last."""


def further(
    gate: ReleaseGate, members: Arms, units: Sequence[str], asked: Asked, main: Effect
) -> tuple[Further, list[Counted]]:
    """With the counts that it tells of."""
    found, used = Further(), list[Counted]()
    bounds, explained = _bounds(members, asked, main)
    found = replace(found, bounds=bounds, explained_from=explained)
    shorter, counts = _shorter(gate, members, units, asked)
    used += counts
    found = replace(found, shorter=shorter)
    if asked.outcome is not Outcome.PROVEN:
        return found, used
    first, counts = _competing(gate, members, asked, [*asked.told, *used])
    used += counts
    words = (
        "severity: the longest sentences that the law allowed on the days of the offences, in years, summed up; life "
        f"counts as 25 (table {severity.version()})",
        "offences of codes that the table has no row for are not in the sum",
        "first event: unadjusted, Aalen and Johansen's risk; after a recall a reoffence is not the first",
    )
    return (
        replace(
            found,
            frequency=_numbers(members, units, asked, serious=False),
            severity=_numbers(members, units, asked, serious=True),
            competing=first,
            words=words,
        ),
        used,
    )


def rounded(found: Effect, digits: int = DIGITS) -> Effect:
    """Tenths of a percentage point. More would tell of single people, asked by one covariate and another."""

    def cut(value: float | None) -> float | None:
        return None if value is None else round(value, digits)

    return replace(
        found,
        difference=round(found.difference, digits),
        low=round(found.low, digits),
        high=round(found.high, digits),
        risk_tagged=round(found.risk_tagged, digits),
        risk_comparison=round(found.risk_comparison, digits),
        ratio=cut(found.ratio),
        ratio_low=cut(found.ratio_low),
        ratio_high=cut(found.ratio_high),
        e_value=cut(found.e_value),
        e_value_limit=cut(found.e_value_limit),
        se=round(found.se, digits),
    )


def _numbers(members: Arms, units: Sequence[str], asked: Asked, *, serious: bool) -> Effect | None:
    frame = number_frame(members, units, severity=serious)
    try:
        return rounded(
            effect(asked.design, frame, estimand=asked.estimand, bounded=False, grace_days=asked.grace_days),
            2 if serious else DIGITS,
        )
    except Refused:
        return None


def _shorter(
    gate: ReleaseGate, members: Arms, units: Sequence[str], asked: Asked
) -> tuple[Mapping[int, Effect], list[Counted]]:
    """The effect by shorter follow-ups, as long as enough people had the outcome in between."""
    found: dict[int, Effect] = {}
    told: list[Counted] = []
    whole = last_told = asked.told[-1]
    for days in reversed(SHORTER_DAYS):
        frame = outcome_frame(members, units, asked.outcome, days)
        having = {
            number
            for unit, last in zip(frame["unit"], frame["followed"], strict=True)
            if last <= days and complete(members, unit, asked.outcome) and (number := number_of(members[unit]))
        }
        counted = replace(whole, family=f"{whole.family} within {days} days", having=frozenset(having & whole.people))
        new = [counted, *_between(counted, last_told)]
        if not gate.allows(*asked.told, *told, *new):
            continue
        try:
            made = effect(asked.design, frame, estimand=asked.estimand, grace_days=asked.grace_days)
        except Refused:
            continue
        found[days] = rounded(made)
        told += new
        last_told = counted
    return dict(sorted(found.items())), told


def _between(fewer: Counted, more: Counted) -> list[Counted]:
    """The count that follows from these two of the same people: who has the one thing and not yet the other. None
    where that is nobody: then both are the same."""
    assert fewer.having is not None
    assert more.having is not None
    rest = frozenset(more.having - fewer.having)
    return [replace(more, family=f"{more.family}, and not {fewer.family}", having=rest)] if rest else []


def _bounds(members: Arms, asked: Asked, main: Effect) -> tuple[tuple[sensitivity.Bound, ...], float | None]:
    frame = asked.design.frame
    had = [
        complete(members, unit, asked.outcome) if weight > 0 else None
        for unit, weight in zip(frame["unit"], frame["weight"], strict=True)
    ]
    used = np.array([each is not None for each in had])
    tagged = frame["tagged"].to_numpy()
    if asked.design.method is Method.EXACT:
        sets = frame["set"].fill_null(0).to_numpy()
    else:
        sets = sensitivity.propensity_sets(frame["propensity"].to_numpy(), tagged & used)
    sets = np.where(used, sets, 0)
    counted = sensitivity.sets_of(tagged, np.array([bool(each) for each in had]), sets)
    fewer = main.difference <= 0
    made = tuple(replace(b, p=round(b.p, DIGITS)) for b in sensitivity.bounds(counted, fewer=fewer))
    return made, sensitivity.explained_from(counted, fewer=fewer)


def _competing(
    gate: ReleaseGate, members: Arms, asked: Asked, told: Sequence[Counted]
) -> tuple[tuple[Competing, ...], list[Counted]]:
    frame = asked.design.frame
    units = [u for u, weight in zip(frame["unit"], frame["weight"], strict=True) if weight > 0]
    days, kind, tagged = competing(members, units)
    whole = asked.told[-1]
    found: list[Competing] = []
    used: list[Counted] = []
    for of, words, family in (
        (Kind.OUTCOME, "a reoffence", f"{whole.family} before a recall"),
        (Kind.RECALL, "a recall", f"{whole.family}: recalled first"),
    ):
        having = {
            number
            for unit, each in zip(units, kind, strict=True)
            if each == of and (number := number_of(members[unit])) is not None
        }
        counted = replace(whole, family=family, having=frozenset(having))
        new = [counted, *(_between(counted, whole) if of is Kind.OUTCOME else ())]
        others = int(((kind == of) & ~tagged).sum())
        if not gate.allows(*told, *used, *new) or not gate.k <= others <= int((~tagged).sum()) - gate.k:
            continue
        risks = [_rounded(incidence.risk(days[g], kind[g], FOLLOW_UP_DAYS, of)) for g in (tagged, ~tagged)]
        difference = incidence.difference(*risks)
        cut = RiskDifference(*(round(v, DIGITS) for v in (difference.difference, difference.low, difference.high)))
        found.append(Competing(first=words, tagged=risks[0], comparison=risks[1], difference=cut))
        used += new
    return tuple(found), used


def _rounded(risk: Risk) -> Risk:
    return Risk(*(round(v, DIGITS) for v in (risk.risk, risk.low, risk.high, risk.se)))
