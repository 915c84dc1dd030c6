"""Match jobs: made, listed, watched, stopped, made again."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from api.http.auth import needs
from api.http.paging import Limit, Offset
from api.http.problems import answers
from api.http.request_context import Desk, Number
from api.schemas.matching.jobs import JobOut, JobPage, NewJob, job_out
from api.usecases.matching.match_jobs import asked_of
from tracker.access.roles import Right
from tracker.errors import BadEntry, Refused
from tracker.jobs import service as jobs
from tracker.jobs.states import JobState
from tracker.programme.queries import programme_named
from tracker.programme.statement_queries import maps_crimes
from tracker.times import AsOf

State = Literal["queued", "running", "done", "failed", "cancelled"]


@post(
    "/jobs",
    operation_id="createJob",
    tags=["jobs"],
    opt=needs(Right.RUN_MATCHES),
    responses=answers(400, 401, 403, 404, 409, 422),
    sync_to_thread=True,
)
def create_job(data: JSONBody[NewJob], desk: NamedDependency[Desk]) -> JobOut:
    """Ask for a match by the record; a worker takes it up. Settings are checked now, not when it runs."""
    desk.actor.must(Right.RUN_MATCHES)
    if data.from_ is not None and data.to is not None and data.to <= data.from_:
        raise BadEntry(f"to is {data.to.isoformat()}, which is not after from, {data.from_.isoformat()}")
    asked_of(data.plain(), desk.settings)
    if data.programme is not None:
        with desk.reader.connect() as connection:
            programme_id, key, _ = programme_named(connection, data.programme)
            if not maps_crimes(connection, programme_id, AsOf(desk.today.day)):
                raise Refused("crime mapping", f"{key} maps no crimes: no decision of it states an OGRS score")
    return _made(desk, data)


@get(
    "/jobs",
    operation_id="listJobs",
    tags=["jobs"],
    opt=needs(Right.RUN_MATCHES),
    responses=answers(400, 401, 403),
    sync_to_thread=True,
)
def list_jobs(
    desk: NamedDependency[Desk],
    limit: Limit = 50,
    offset: Offset = 0,
    in_state: Annotated[State | None, QueryParameter(name="state", description="Jobs in this state only.")] = None,
) -> JobPage:
    """The latest first."""
    desk.actor.must(Right.RUN_MATCHES)
    wanted = None if in_state is None else JobState(in_state)
    with desk.reader.connect() as connection:
        found, total = jobs.jobs(connection, state=wanted, limit=limit, offset=offset)
    return JobPage(items=[job_out(job) for job in found], total=total, limit=limit, offset=offset)


@get(
    "/jobs/{job_id:int}",
    operation_id="getJob",
    tags=["jobs"],
    opt=needs(Right.RUN_MATCHES),
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def get_job(job_id: Number, desk: NamedDependency[Desk]) -> JobOut:
    """One job, with how far it is."""
    desk.actor.must(Right.RUN_MATCHES)
    with desk.reader.connect() as connection:
        return job_out(jobs.job_of(connection, job_id))


@post(
    "/jobs/{job_id:int}/cancel",
    operation_id="cancelJob",
    tags=["jobs"],
    status_code=200,
    opt=needs(Right.RUN_MATCHES),
    responses=answers(400, 401, 403, 404, 409),
    sync_to_thread=True,
)
def cancel_job(job_id: Number, desk: NamedDependency[Desk]) -> JobOut:
    """Stop it: at once if it waits, else when its worker next looks. What was finished is kept for the next try."""
    desk.actor.must(Right.RUN_MATCHES)
    return job_out(jobs.cancel(desk.engine, job_id, clock=datetime.now(UTC), **desk.said))


@post(
    "/jobs/{job_id:int}/again",
    operation_id="rerunJob",
    tags=["jobs"],
    opt=needs(Right.RUN_MATCHES),
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def rerun_job(job_id: Number, desk: NamedDependency[Desk]) -> JobOut:
    """The same question as another job, of the record and streams as they are now."""
    desk.actor.must(Right.RUN_MATCHES)
    with desk.reader.connect() as connection:
        before = jobs.job_of(connection, job_id)
    made = jobs.create(desk.engine, before.asked, clock=datetime.now(UTC), **desk.said)
    desk.wake.set()
    return job_out(made)


def _made(desk: Desk, data: NewJob) -> JobOut:
    made = jobs.create(desk.engine, data.plain(), clock=datetime.now(UTC), **desk.said)
    desk.wake.set()
    return job_out(made)


HANDLERS = (create_job, list_jobs, get_job, cancel_job, rerun_job)
