"""Cohorts for evaluators: asked for, looked at, saved, linked, destroyed."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from api.schemas.evaluation.cohorts import (
    ColumnList,
    ExportOut,
    ExportPage,
    ExportVerified,
    LinkageOut,
    LinkageState,
    column_out,
    export_out,
    linkage_out,
)
from api.schemas.matching.jobs import JobOut, job_out
from api.usecases.evaluation import cohort_exports
from api.usecases.request_context import Page, Programme, RequestContext
from tracker.access.roles import Right
from tracker.errors import NotFound
from tracker.evaluation.cohort import linkage_service
from tracker.evaluation.cohort import service as cohorts
from tracker.evaluation.cohort.columns import COLUMNS
from tracker.evaluation.cohort.parse import parse
from tracker.evaluation.releases.queries import export_of, latest_exports, linkage_of
from tracker.evaluation.releases.queries import linkage_asked as linkage_asked_for
from tracker.jobs import queries as job_queries
from tracker.jobs import service as jobs
from tracker.jobs.states import JobKind


def list_columns(context: RequestContext, purpose: str | None = None) -> ColumnList:
    """What may be exported, what it means, and for which purpose."""
    context.require(Right.EXPORT)
    items = [column_out(c) for c in COLUMNS.values() if purpose is None or purpose in c.purposes]
    return ColumnList(items=items, total=len(items))


def create_job(
    context: RequestContext, programme: Programme, definition: Mapping[str, Any], days: int | None
) -> JobOut:
    """Ask for a cohort; a worker makes it. The definition is checked now; whether it may leave is decided when it is
    made, and a refusal is the job's `why`."""
    context.require(Right.EXPORT)
    parsed = parse(definition)
    cohorts.expiry(context.today.day, days)
    asked = {"programme": programme.key, "definition": parsed.plain(), "days": days}
    context.require_space("the export")
    made = jobs.create(
        context.engine, asked, kind=JobKind.COHORT, clock=datetime.now(UTC), quota=context.quota, **context.entered
    )
    context.wake_worker()
    return job_out(made)


def job_of(context: RequestContext, job_id: int) -> JobOut:
    """Where the job stands; once it is done `runId` is the number of the export."""
    context.require(Right.EXPORT)
    with context.reader.connect() as connection:
        return job_out(job_queries.job_of(connection, job_id, JobKind.COHORT))


def make_now(
    context: RequestContext, programme: Programme, definition: Mapping[str, Any], days: int | None
) -> ExportOut:
    """Make a cohort at once, without a worker."""
    context.require(Right.EXPORT)
    number = cohort_exports.exported(
        context.settings,
        context.engine,
        programme.key,
        parse(definition),
        days=days,
        by=context.actor.name,
        now=lambda: context.today.now,
    )
    return export(context, number)


def list_exports(context: RequestContext, programme: Programme, page: Page) -> ExportPage:
    """Every export there was, the latest first, also of those destroyed."""
    _record_reading(context, [programme.key])
    with context.reader.connect() as connection:
        found, total = latest_exports(connection, programme.id, limit=page.limit, offset=page.offset)
        items = [export_out(each, linkage_of(connection, each.number)) for each in found]
    return ExportPage(items=items, total=total, limit=page.limit, offset=page.offset)


def export(context: RequestContext, number: int) -> ExportOut:
    """One export: definition, risk, flow of numbers, files with their digests, its linkage file."""
    _record_reading(context, [str(number)])
    with context.reader.connect() as connection:
        return export_out(export_of(connection, number), linkage_of(connection, number))


def _record_reading(context: RequestContext, ids: list[str]) -> None:
    """What left is read again: by whom."""
    context.require(Right.EXPORT, Right.KEEP)
    right = Right.EXPORT if Right.EXPORT in context.actor.rights else Right.KEEP
    context.record_reading(right, "cohort exports", ids, purpose="evaluation")


def file(context: RequestContext, number: int, name: str) -> bytes:
    """One of its files, until its last day; each download is audited.

    Raises NotFound where it is not stored any more.
    """
    context.require(Right.EXPORT)
    found = cohorts.downloaded(context.engine, number, name, today=context.today.day, **context.entered)
    try:
        return cohort_exports.file_of(context.settings, found, name)
    except FileNotFoundError:
        raise NotFound(f"{name} of export {number} is not stored any more; ask for the cohort again") from None


def parts(context: RequestContext, number: int, names: Sequence[str], made: str) -> dict[str, bytes]:
    """Some of its files, for the file `made` that is made from them: that one is audited as taken. Raises as `file`."""
    context.require(Right.EXPORT)
    how = {"today": context.today.day, **context.entered}
    found = cohorts.downloaded(context.engine, number, cohort_exports.MANIFEST, made=made, **how)
    try:
        return {name: cohort_exports.file_of(context.settings, found, name) for name in names}
    except FileNotFoundError:
        raise NotFound(f"{made} cannot be made: the files of export {number} are not stored any more") from None


def verify(context: RequestContext, number: int) -> ExportVerified:
    """Make an export again from the record as it was known then, and compare the digests."""
    context.require(Right.EXPORT)
    on_record, now = cohorts.rebuilt_digests(
        context.engine,
        number,
        lambda e: cohort_exports.signals_of(context.settings, context.engine, parse(e.definition), e.known_at),
    )
    other = now is None
    return ExportVerified(id=number, on_record=on_record, now=now, same=on_record == now, by_another_version=other)


def destroy(context: RequestContext, number: int, why: str) -> ExportOut:
    """Its files and its key are destroyed; that it was made stays on the ledger."""
    context.require(Right.EXPORT, Right.KEEP)
    with context.reader.connect() as connection:
        found = export_of(connection, number)
    cohort_exports.destroy(context.settings, context.engine, found, why, **context.entered)
    return export(context, number)


def ask_linkage(context: RequestContext, number: int, linker: str, organisation: str, why: str) -> LinkageState:
    """Ask that a named linker gets the file of pseudonyms and PNC ids. The person who asks never does."""
    context.require(Right.EXPORT)
    state = linkage_service.ask_linkage(context.engine, number, linker, organisation, why, **context.entered)
    return LinkageState(id=number, linkage=state.value)


def decide_linkage(context: RequestContext, number: int, why: str, *, approved: bool) -> LinkageState:
    """The data protection officer's decision; not by the person who asked."""
    context.require(Right.KEEP)
    state = linkage_service.decide_linkage(context.engine, number, approved, why, **context.entered)
    return LinkageState(id=number, linkage=state.value)


def linkage_asked(context: RequestContext) -> list[int]:
    """The exports whose linkage file waits for the data protection officer's decision."""
    context.require(Right.KEEP)
    with context.reader.connect() as connection:
        return linkage_asked_for(connection)


def linkage(context: RequestContext, number: int) -> LinkageOut:
    """Where the linkage file of an export stands. Raises NotFound where there is no such export."""
    context.require(Right.KEEP)
    with context.reader.connect() as connection:
        export_of(connection, number)
        return linkage_out(linkage_of(connection, number))


def hand_over_linkage(context: RequestContext, number: int) -> tuple[bytes, str]:
    """The file, once, and the linker it was approved for; each person in it is audited as disclosed."""
    context.require(Right.KEEP)
    return linkage_service.hand_over_linkage(context.engine, number, **context.entered)
