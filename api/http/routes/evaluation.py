"""Tables that may leave, power, quality of matches, and the equality review in its two editions."""

from datetime import date
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.http.auth import needs
from api.http.paging import Limit, Offset
from api.http.problems import answers
from api.http.request_context import AsAt, AsKnownAt, Desk, Number, heading
from api.schemas.evaluation import EffectIn, ReaderIn, ReviewIn, TablesIn
from api.views import effect as effect_words
from api.views import equality_review as review_document
from api.views.evaluation import ledger_plain, power_plain, quality_plain, tables_plain
from tracker.access.roles import Right
from tracker.evaluation.analysis import power_service as evaluation
from tracker.evaluation.analysis.effect_service import OUTCOMES, Asked, analyse
from tracker.evaluation.disclosure.space import TableAsk
from tracker.evaluation.equality import service as monitor
from tracker.evaluation.equality.service import Review
from tracker.evaluation.people.bands import Terms
from tracker.evaluation.releases import service as tables
from tracker.evaluation.releases.queries import tables_released
from tracker.evaluation.statistics.accrual import WhatIf
from tracker.evaluation.statistics.comparison import Method
from tracker.programme.queries import programme_named

Json = dict[str, Any]
_EXPORT = needs(Right.EXPORT)
_MAKES = answers(400, 401, 403, 404, 409, 422)
Rate = Annotated[float, QueryParameter(gt=0, lt=1)]


@post(
    "/programmes/{key:str}/tables",
    operation_id="releaseTables",
    tags=["evaluation"],
    opt=_EXPORT,
    responses=_MAKES,
    sync_to_thread=True,
)
def release_tables(key: FromPath[str], data: JSONBody[TablesIn], desk: NamedDependency[Desk]) -> Json:
    """Counts of people and rates among them. Nothing below k leaves, nor anything from which that could be worked out
    with all tables that left before; a refusal says with which it collides."""
    desk.actor.must(Right.EXPORT)
    day = data.as_at or desk.today.day
    asks = [
        TableAsk(t.measure, day, tuple(t.by), {name: frozenset(levels) for name, levels in t.where.items()})
        for t in data.tables
    ]
    return tables_plain(tables.release_tables(desk.engine, key, asks, k=data.k, **desk.said))


@get(
    "/programmes/{key:str}/tables",
    operation_id="listTables",
    tags=["evaluation"],
    opt=needs(Right.EXPORT, Right.KEEP),
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def list_tables(key: FromPath[str], desk: NamedDependency[Desk], limit: Limit = 50, offset: Offset = 0) -> Json:
    """The ledger: every release of tables, the latest first."""
    desk.actor.must(Right.EXPORT, Right.KEEP)
    with desk.reader.connect() as connection:
        programme_id, _, _ = programme_named(connection, key)
        held = tables_released(connection, programme_id)[::-1]
    items = [ledger_plain(each) for each in held[offset : offset + limit]]
    return {"items": items, "total": len(held), "limit": limit, "offset": offset}


@get(
    "/programmes/{key:str}/tables/{number:int}",
    operation_id="getTables",
    tags=["evaluation"],
    opt=needs(Right.EXPORT, Right.KEEP),
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def get_tables(key: FromPath[str], number: Number, desk: NamedDependency[Desk]) -> Json:
    """One release as it left."""
    desk.actor.must(Right.EXPORT, Right.KEEP)
    with desk.reader.connect() as connection:
        programme_id, _, _ = programme_named(connection, key)
        [held] = tables_released(connection, programme_id, number)
    return {**ledger_plain(held), "cells": held.told["cells"]}


@get(
    "/programmes/{key:str}/power",
    operation_id="getPower",
    tags=["evaluation"],
    opt=needs(Right.EXPORT, Right.ENTER_PROGRAMME),
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def get_power(
    key: FromPath[str],
    desk: NamedDependency[Desk],
    as_at: AsAt = None,
    as_known_at: AsKnownAt = None,
    boroughs: Annotated[int | None, QueryParameter(ge=1, le=33, description="Suppose so many boroughs.")] = None,
    until: Annotated[date | None, QueryParameter(description="Suppose that tags are imposed until this day.")] = None,
    against: Annotated[float, QueryParameter(gt=0, le=1000, description="Comparison people for each tagged.")] = 1.0,
    from_: Annotated[float, QueryParameter(name="from", gt=0, lt=1, description="Reoffending without a tag.")] = 0.332,
    to: Annotated[float, QueryParameter(gt=0, lt=1, description="Reoffending with a tag.")] = 0.262,
    wanted: Annotated[float, QueryParameter(gt=0, lt=1, description="The power wanted.")] = 0.8,
) -> Json:
    """Tags accrued against plan; power and the smallest drop found, now and at the last day to impose; the formula."""
    desk.actor.must(Right.EXPORT, Right.ENTER_PROGRAMME)
    as_of = desk.as_of(as_at, as_known_at)
    what_if = WhatIf(
        boroughs=boroughs, until=until, untagged_each=against, p_tagged=to, p_untagged=from_, wanted=wanted
    )
    return {**heading(desk, as_of), **power_plain(evaluation.power_of(desk.reader, key, as_of, what_if))}


@get(
    "/programmes/{key:str}/match-quality",
    operation_id="getMatchQuality",
    tags=["evaluation"],
    opt=_EXPORT,
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def get_match_quality(
    key: FromPath[str], desk: NamedDependency[Desk], as_at: AsAt = None, as_known_at: AsKnownAt = None
) -> Json:
    """What became of matches, by strength, month, p_present and e_value; whether what was said is borne out."""
    desk.actor.must(Right.EXPORT)
    as_of = desk.as_of(as_at, as_known_at)
    return {**heading(desk, as_of), **quality_plain(evaluation.match_quality(desk.reader, key, as_of))}


@post(
    "/programmes/{key:str}/effects",
    operation_id="estimateEffect",
    tags=["evaluation"],
    status_code=200,
    opt=_EXPORT,
    responses=_MAKES,
    sync_to_thread=True,
)
def estimate_effect(key: FromPath[str], data: JSONBody[EffectIn], desk: NamedDependency[Desk]) -> Json:
    """Reoffending or recall within 12 months, tagged beside a comparison group made like them: proportions, balance
    with what is unbalanced first, the difference with its interval, curves, the E-value; or what is missing."""
    desk.actor.must(Right.EXPORT)
    wanted = Asked(
        method=Method(data.method),
        covariates=tuple(data.covariates),
        outcome=OUTCOMES[data.outcome],
        ratio=data.ratio,
        caliper=data.caliper,
    )
    as_of = desk.as_of(data.as_at, None)
    return effect_words.plain(analyse(desk.reader, key, as_of, wanted, now=desk.today.now))


@post(
    "/programmes/{key:str}/equality-reviews",
    operation_id="makeEqualityReview",
    tags=["evaluation"],
    opt=_EXPORT,
    responses=_MAKES,
    sync_to_thread=True,
)
def make_review(key: FromPath[str], data: JSONBody[ReviewIn], desk: NamedDependency[Desk]) -> Json:
    """The open edition: inclusion at each step by protected characteristic. It goes on the ledger."""
    return review_document.plain(_open(key, data, desk))


@post(
    "/programmes/{key:str}/equality-reviews/document",
    operation_id="makeEqualityReviewDocument",
    tags=["evaluation"],
    opt=_EXPORT,
    responses=_MAKES,
    sync_to_thread=True,
)
def make_review_document(key: FromPath[str], data: JSONBody[ReviewIn], desk: NamedDependency[Desk]) -> Response[str]:
    """The same as one HTML page."""
    return _page(_open(key, data, desk))


@post(
    "/programmes/{key:str}/equality-reviews/restricted",
    operation_id="readRestrictedReview",
    tags=["evaluation"],
    opt=needs(Right.READ_REVIEW),
    responses=_MAKES,
    sync_to_thread=True,
)
def read_restricted(key: FromPath[str], data: JSONBody[ReviewIn], desk: NamedDependency[Desk]) -> Json:
    """The edition with small numbers, for those named to read it; each reading leaves its audit row."""
    return review_document.plain(_restricted(key, data, desk))


@post(
    "/programmes/{key:str}/equality-reviews/restricted/document",
    operation_id="readRestrictedReviewDocument",
    tags=["evaluation"],
    opt=needs(Right.READ_REVIEW),
    responses=_MAKES,
    sync_to_thread=True,
)
def read_restricted_document(
    key: FromPath[str], data: JSONBody[ReviewIn], desk: NamedDependency[Desk]
) -> Response[str]:
    """The same as one HTML page."""
    return _page(_restricted(key, data, desk))


@post(
    "/programmes/{key:str}/review-readers",
    operation_id="nameReviewReader",
    tags=["keeping"],
    opt=needs(Right.KEEP),
    responses=_MAKES,
    sync_to_thread=True,
)
def name_reader(key: FromPath[str], data: JSONBody[ReaderIn], desk: NamedDependency[Desk]) -> Json:
    """Somebody may read the restricted edition until a day. Nobody names themself."""
    desk.actor.must(Right.KEEP)
    with desk.reader.connect() as connection:
        programme_id, _, _ = programme_named(connection, key)
    monitor.name_reader(desk.engine, programme_id, data.reader, data.until, data.reason, **desk.said)
    return {"reader": data.reader, "until": data.until.isoformat()}


def _open(key: str, data: ReviewIn, desk: Desk) -> Review:
    desk.actor.must(Right.EXPORT)
    day, terms = data.as_at or desk.today.day, Terms(young_adult_to=data.young_adult_to)
    return monitor.open_review(desk.engine, key, day, terms, **desk.said)


def _restricted(key: str, data: ReviewIn, desk: Desk) -> Review:
    desk.actor.must(Right.READ_REVIEW)
    day, terms = data.as_at or desk.today.day, Terms(young_adult_to=data.young_adult_to)
    return monitor.restricted_review(desk.engine, key, day, terms, today=desk.today.day, **desk.said)


def _page(review: Review) -> Response[str]:
    headers = {
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    }
    return Response(review_document.html(review), media_type="text/html; charset=utf-8", headers=headers)


HANDLERS = (
    release_tables,
    list_tables,
    get_tables,
    get_power,
    get_match_quality,
    estimate_effect,
    make_review,
    make_review_document,
    read_restricted,
    read_restricted_document,
    name_reader,
)
