"""Cohorts for evaluators: asked for as jobs, looked at, downloaded, linked, destroyed."""

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy import Connection

from api.http.auth import needs
from api.http.paging import Limit, Offset
from api.http.problems import answers
from api.http.request_context import Desk, Number
from api.schemas.evaluation import CohortIn, DecisionIn, LinkageIn
from api.schemas.jobs import JobOut, job_out
from api.usecases.cohort_exports import destroy, file_of
from api.views.evaluation import export_plain
from tracker.access.roles import Right
from tracker.errors import NotFound
from tracker.evaluation.cohort import linkage_service as linkage
from tracker.evaluation.cohort import service as cohorts
from tracker.evaluation.cohort.columns import COLUMNS
from tracker.evaluation.cohort.parse import parse
from tracker.evaluation.releases.queries import Export, export_of, exports, linkage_of
from tracker.jobs import service as jobs
from tracker.jobs.states import JobKind
from tracker.programme.queries import programme_named

Json = dict[str, Any]
_EXPORT = needs(Right.EXPORT)
_LOOK = needs(Right.EXPORT, Right.KEEP)
_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "txt": "text/plain; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}


@get(
    "/cohorts/columns",
    operation_id="listCohortColumns",
    tags=["evaluation"],
    opt=_EXPORT,
    responses=answers(400, 401, 403),
    sync_to_thread=True,
)
def list_columns(desk: NamedDependency[Desk]) -> Json:
    """What may be exported, what it means, and for which purpose."""
    desk.actor.must(Right.EXPORT)
    items = [
        {
            "name": c.name,
            "type": c.type,
            "words": c.words,
            "purposes": sorted(c.purposes),
            "toldByOthers": c.quasi,
            "source": c.source,
        }
        for c in COLUMNS.values()
    ]
    return {"items": items, "total": len(items)}


@post(
    "/programmes/{key:str}/cohorts",
    operation_id="createCohort",
    tags=["evaluation"],
    status_code=202,
    opt=_EXPORT,
    responses=answers(400, 401, 403, 404, 409, 422),
    sync_to_thread=True,
)
def create_cohort(key: FromPath[str], data: JSONBody[CohortIn], desk: NamedDependency[Desk]) -> JobOut:
    """Ask for a cohort; a worker makes it. The definition is checked now; whether it may leave is seen when it is made,
    and a refusal is the job's `why`."""
    desk.actor.must(Right.EXPORT)
    definition = parse(data.definition(desk.today.day))
    cohorts.expiry(desk.today.day, data.days)
    with desk.reader.connect() as connection:
        _, named, _ = programme_named(connection, key)
    asked = {"programme": named, "definition": definition.plain(), "days": data.days}
    made = jobs.create(desk.engine, asked, kind=JobKind.COHORT, clock=datetime.now(UTC), **desk.said)
    desk.wake.set()
    return job_out(made)


@get(
    "/cohort-jobs/{job_id:int}",
    operation_id="getCohortJob",
    tags=["evaluation"],
    opt=_EXPORT,
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def get_cohort_job(job_id: Number, desk: NamedDependency[Desk]) -> JobOut:
    """Where it stands; once it is done `runId` is the number of the export."""
    desk.actor.must(Right.EXPORT)
    with desk.reader.connect() as connection:
        return job_out(jobs.job_of(connection, job_id, JobKind.COHORT))


@get(
    "/programmes/{key:str}/cohorts",
    operation_id="listCohorts",
    tags=["evaluation"],
    opt=_LOOK,
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def list_cohorts(key: FromPath[str], desk: NamedDependency[Desk], limit: Limit = 50, offset: Offset = 0) -> Json:
    """Every export there was, the latest first, also of those destroyed."""
    desk.actor.must(Right.EXPORT, Right.KEEP)
    with desk.reader.connect() as connection:
        programme_id, _, _ = programme_named(connection, key)
        held = exports(connection, programme_id)[::-1]
        items = [_told(connection, each) for each in held[offset : offset + limit]]
    return {"items": items, "total": len(held), "limit": limit, "offset": offset}


@get(
    "/cohorts/{number:int}",
    operation_id="getCohort",
    tags=["evaluation"],
    opt=_LOOK,
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def get_cohort(number: Number, desk: NamedDependency[Desk]) -> Json:
    """One export: definition, risk, flow of numbers, files with their digests, its linkage file."""
    desk.actor.must(Right.EXPORT, Right.KEEP)
    with desk.reader.connect() as connection:
        return _told(connection, export_of(connection, number))


@get(
    "/cohorts/{number:int}/files/{name:str}",
    operation_id="getCohortFile",
    tags=["evaluation"],
    opt=_EXPORT,
    responses=answers(400, 401, 403, 404, 409),
    sync_to_thread=True,
)
def get_cohort_file(number: Number, name: FromPath[str], desk: NamedDependency[Desk]) -> Response[bytes]:
    """One of its files, until its last day; each download leaves its audit row."""
    desk.actor.must(Right.EXPORT)
    found = cohorts.downloaded(desk.engine, number, name, today=desk.today.day, **desk.said)
    try:
        data = file_of(desk.settings, found, name)
    except FileNotFoundError:
        raise NotFound(f"{name} of export {number} is not kept any more; ask for the cohort again") from None
    headers = {"content-disposition": f'attachment; filename="cohort-{number}-{name}"', "cache-control": "no-store"}
    return Response(data, media_type=_MEDIA[name.rsplit(".", 1)[-1]], headers=headers)


@post(
    "/cohorts/{number:int}/destroy",
    operation_id="destroyCohort",
    tags=["evaluation"],
    status_code=200,
    opt=_LOOK,
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def destroy_cohort(number: Number, data: JSONBody[DecisionIn], desk: NamedDependency[Desk]) -> Json:
    """Its files and its key go; that it was made stays on the ledger."""
    desk.actor.must(Right.EXPORT, Right.KEEP)
    with desk.reader.connect() as connection:
        found = export_of(connection, number)
    destroy(desk.settings, desk.engine, found, data.why, **desk.said)
    with desk.reader.connect() as connection:
        return _told(connection, export_of(connection, number))


@post(
    "/cohorts/{number:int}/linkage",
    operation_id="askLinkage",
    tags=["evaluation"],
    opt=_EXPORT,
    responses=answers(400, 401, 403, 404, 409),
    sync_to_thread=True,
)
def ask_linkage(number: Number, data: JSONBody[LinkageIn], desk: NamedDependency[Desk]) -> Json:
    """Ask that the file of pseudonyms and PNC ids go to a linker by name. Whoever asks never has it."""
    desk.actor.must(Right.EXPORT)
    state = linkage.ask_linkage(desk.engine, number, data.linker, data.organisation, data.why, **desk.said)
    return {"id": number, "linkage": state.value}


@post(
    "/cohorts/{number:int}/linkage/approve",
    operation_id="approveLinkage",
    tags=["keeping"],
    status_code=200,
    opt=needs(Right.KEEP),
    responses=answers(400, 401, 403, 404, 409),
    sync_to_thread=True,
)
def approve_linkage(number: Number, data: JSONBody[DecisionIn], desk: NamedDependency[Desk]) -> Json:
    """The data protection officer's yes; not by whoever asked."""
    desk.actor.must(Right.KEEP)
    return {"id": number, "linkage": linkage.decide_linkage(desk.engine, number, True, data.why, **desk.said).value}


@post(
    "/cohorts/{number:int}/linkage/refuse",
    operation_id="refuseLinkage",
    tags=["keeping"],
    status_code=200,
    opt=needs(Right.KEEP),
    responses=answers(400, 401, 403, 404, 409),
    sync_to_thread=True,
)
def refuse_linkage(number: Number, data: JSONBody[DecisionIn], desk: NamedDependency[Desk]) -> Json:
    """The data protection officer's no."""
    desk.actor.must(Right.KEEP)
    return {"id": number, "linkage": linkage.decide_linkage(desk.engine, number, False, data.why, **desk.said).value}


@post(
    "/cohorts/{number:int}/linkage/file",
    operation_id="handOverLinkage",
    tags=["keeping"],
    status_code=200,
    opt=needs(Right.KEEP),
    responses=answers(400, 401, 403, 404, 409),
    sync_to_thread=True,
)
def hand_over_linkage(number: Number, desk: NamedDependency[Desk]) -> Response[bytes]:
    """The file, once, for the linker it was approved for; each person in it is audited as disclosed."""
    desk.actor.must(Right.KEEP)
    data, _ = linkage.hand_over_linkage(desk.engine, number, **desk.said)
    headers = {"content-disposition": f'attachment; filename="linkage-{number}.csv"', "cache-control": "no-store"}
    return Response(data, media_type="text/csv; charset=utf-8", headers=headers)


def _told(connection: Connection, export: Export) -> Json:
    return export_plain(export, linkage_of(connection, export.number))


HANDLERS = (
    list_columns,
    create_cohort,
    get_cohort_job,
    list_cohorts,
    get_cohort,
    get_cohort_file,
    destroy_cohort,
    ask_linkage,
    approve_linkage,
    refuse_linkage,
    hand_over_linkage,
)
