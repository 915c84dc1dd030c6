"""What evaluators ask of the record: tables that may leave, power, quality of matches, effects, the equality review."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from api.schemas.evaluation.analysis_plans import PlannedEffect, planned_effect
from api.schemas.evaluation.effects import AnalysisOut, analysis_out
from api.schemas.evaluation.equality import ReviewOut, ReviewReaderOut, restricted_out, review_out
from api.schemas.evaluation.measures import MatchQuality, PowerOut, power_out, quality_out
from api.schemas.evaluation.tables import (
    LedgerPage,
    LedgerRelease,
    TablesReleased,
    ledger_out,
    ledger_release_out,
    released_out,
)
from api.usecases.request_context import Page, Programme, RequestContext
from tracker.access.roles import Right
from tracker.evaluation.analysis import effect_service, power_service
from tracker.evaluation.disclosure.space import TableRequest
from tracker.evaluation.equality import service as equality
from tracker.evaluation.people.bands import Terms
from tracker.evaluation.releases import gate
from tracker.evaluation.releases.gate import ReleaseGate
from tracker.evaluation.releases.queries import latest_tables, tables_released
from tracker.evaluation.releases.told_queries import last_told
from tracker.evaluation.statistics.accrual import WhatIf
from tracker.evaluation.statistics.comparison import Method
from tracker.evaluation.statistics.estimates.protocol import Estimand, TrialContrast

Question = tuple[str, Sequence[str], Mapping[Any, Sequence[str]]]
"""Of a table: the measure, the attributes it is divided by, and the levels it is limited to."""


def release_tables(
    context: RequestContext, programme: Programme, questions: Sequence[Question], as_at: date | None, k: int | None
) -> TablesReleased:
    """Counts of people and rates among them. Nothing below k leaves, nor anything from which that could be computed
    with all tables that left before; a refusal says with which release it collides."""
    context.require(Right.EXPORT)
    opened = _gate(context, programme, as_at)
    asks = [
        TableRequest(measure, opened.as_of.at, tuple(by), {name: frozenset(levels) for name, levels in where.items()})
        for measure, by, where in questions
    ]
    return released_out(opened.tell_tables(asks, k=k))


def list_releases(context: RequestContext, programme: Programme, page: Page) -> LedgerPage:
    """The ledger: every release of tables, the latest first."""
    _record_reading(context, "releases of tables", programme.key)
    with context.reader.connect() as connection:
        found, total = latest_tables(connection, programme.id, limit=page.limit, offset=page.offset)
    items = [ledger_out(each) for each in found]
    return LedgerPage(items=items, total=total, limit=page.limit, offset=page.offset)


def release(context: RequestContext, programme: Programme, number: int) -> LedgerRelease:
    """One release as it left."""
    _record_reading(context, "releases of tables", programme.key, release=number)
    with context.reader.connect() as connection:
        [found] = tables_released(connection, programme.id, number)
    return ledger_release_out(found)


def power(context: RequestContext, programme: Programme, as_at: date | None, what_if: WhatIf) -> PowerOut:
    """Tags accrued against plan; power and the smallest drop found, now and at the last day to impose; the formula."""
    context.require(Right.EXPORT, Right.ENTER_PROGRAMME)
    context.require_tags(programme)
    opened = _gate(context, programme, as_at)
    told = power_service.power_of(opened, what_if)
    return power_out(context.heading(told.as_of), told)


def match_quality(context: RequestContext, programme: Programme, as_at: date | None) -> MatchQuality:
    """What became of matches, by strength, month, p_present and e_value; whether p_present was borne out."""
    context.require(Right.EXPORT)
    told = power_service.match_quality(_gate(context, programme, as_at))
    return quality_out(context.heading(told.as_of), told)


def effect(
    context: RequestContext,
    programme: Programme,
    as_at: date | None,
    *,
    method: str,
    covariates: Sequence[str],
    outcome: str,
    ratio: int,
    caliper: float,
    contrast: str,
    estimand: str,
    grace_days: int,
    comparison_set: str | None = None,
) -> AnalysisOut:
    """Reoffending or recall within 12 months, tagged people against a comparison group made like them; or what is
    missing for that."""
    context.require(Right.EXPORT)
    how: dict[str, Any] = {
        "contrast": contrast,
        "estimand": estimand,
        "grace_days": grace_days,
        "comparison_set": comparison_set,
    }
    asked = request_of(method=method, covariates=covariates, outcome=outcome, ratio=ratio, caliper=caliper, **how)
    return analysis_out(effect_service.analyse(_gate(context, programme, as_at), asked))


def request_of(
    *, method: str, covariates: Sequence[str], outcome: str, contrast: str, estimand: str, **settings: Any
) -> effect_service.AnalysisRequest:
    """What is asked of an effect, or planned."""
    return effect_service.AnalysisRequest(
        method=Method(method),
        covariates=tuple(covariates),
        outcome=effect_service.OUTCOMES[outcome],
        contrast=TrialContrast(contrast),
        estimand=Estimand(estimand),
        **settings,
    )


def last_effect_asked(context: RequestContext, programme: Programme) -> tuple[date, PlannedEffect] | None:
    """How the effect was asked that left last, and as at when: asked so again it is the same answer, and no new look.
    None where none was told yet."""
    context.require(Right.EXPORT)
    with context.reader.connect() as connection:
        found = last_told(connection, programme.id, "effect")
    return None if found is None else (found[0], planned_effect(found[1]))


def open_review(context: RequestContext, programme: Programme, as_at: date | None, young_adult_to: int) -> ReviewOut:
    """The open edition: inclusion at each step by protected characteristic. It goes on the ledger."""
    context.require(Right.EXPORT)
    terms = Terms(young_adult_to=young_adult_to)
    return review_out(equality.open_review(_gate(context, programme, as_at), terms))


def restricted_review(
    context: RequestContext, programme: Programme, as_at: date | None, young_adult_to: int
) -> ReviewOut:
    """The edition with small numbers, for those named to read it; each reading is audited."""
    context.require(Right.READ_REVIEW)
    terms, today = Terms(young_adult_to=young_adult_to), context.today.day
    return restricted_out(
        equality.restricted_review(context.engine, programme.key, as_at or today, terms, today=today, **context.entered)
    )


def name_reader(
    context: RequestContext, programme: Programme, reader: str, until: date, reason: str
) -> ReviewReaderOut:
    """A user may read the restricted edition until a day. No one names themselves."""
    context.require(Right.KEEP)
    equality.name_reader(context.engine, programme.id, reader, until, reason, **context.entered)
    return ReviewReaderOut(reader=reader, until=until)


def _gate(context: RequestContext, programme: Programme, as_at: date | None) -> ReleaseGate:
    """The gate for answers as at a month's end, the latest by default."""
    return gate.opened(context.engine, programme.key, as_at, **context.entered)


def _record_reading(context: RequestContext, subject: str, key: str, **details: Any) -> None:
    """What left is read again: by whom."""
    context.require(Right.EXPORT, Right.KEEP)
    right = Right.EXPORT if Right.EXPORT in context.actor.rights else Right.KEEP
    context.record_reading(right, subject, [key], purpose="evaluation", **details)
