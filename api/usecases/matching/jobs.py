"""Match jobs: asked for, listed, stopped, asked for again. A worker does them (`api.usecases.operation.worker`)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from api.schemas.matching.jobs import JobOut, JobPage, NewJob, job_out
from api.schemas.matching.params import NAMES_OVER_HTTP
from api.usecases.desk.standing_jobs import resolved
from api.usecases.matching.match_jobs import question_of
from api.usecases.request_context import Page, Programme, RequestContext
from matcher.errors import BadParams
from matcher.params import Params
from tracker.access.roles import Right
from tracker.crimes.queries import versions_of
from tracker.errors import BadEntry, NotFound, Refused
from tracker.jobs import queries as job_queries
from tracker.jobs import service
from tracker.jobs.states import JobState
from tracker.programme.statement_queries import maps_crimes
from tracker.times import AsOf

_SETTING = re.compile(rf"\b({'|'.join(NAMES_OVER_HTTP)})\b")


def create(context: RequestContext, wanted: NewJob) -> JobOut:
    """Store a job for a worker, or one for each set of standing settings; the first of them. Settings are checked now,
    not when it runs.

    Raises
    ------
    BadEntry
        `to` is not after `from`, or one crime is asked for and a time too.
    BadParams
        A setting is out of range.
    BadInput
        Levels of one device overlap, or one ends before it begins.
    RunNotFound, NotFound
        There is no such earlier run, no such programme, or no such crime.
    Refused
        The programme maps no crimes.
    """
    context.require(Right.RUN_MATCHES)
    if wanted.from_ is not None and wanted.to is not None and wanted.to <= wanted.from_:
        raise BadEntry(f"`to` is {wanted.to.isoformat()}, which is not after `from`, {wanted.from_.isoformat()}")
    if wanted.crime is not None:
        if wanted.from_ is not None or wanted.to is not None:
            raise BadEntry("`crime` asks for one crime, whenever it was: leave out `from` and `to`, or `crime`")
        require_crime(context, *wanted.crime)
    asked = wanted.stored()
    checked_params(asked["params"])
    question_of(asked, context.settings)
    if wanted.programme is not None:
        check_maps_crimes(context, context.programme(wanted.programme))
    return _stored(context, asked)


def require_crime(context: RequestContext, force: str, crime_ref: str) -> None:
    """Raises NotFound for a crime that is not on record."""
    if not versions_of(context.reader, force, crime_ref):
        raise NotFound(
            f"there is no crime {crime_ref!r} of {force!r}: give the force and the reference as the list of crimes "
            "has them"
        )


def checked_params(stored: Mapping[str, Any]) -> Params:
    """Settings as a job's row keeps them. Raises BadParams, in the names that they have over HTTP."""
    try:
        return Params.from_json({**Params().to_json(), **stored})
    except BadParams as error:
        # The matcher has names of its own for the settings.
        raise BadParams(_SETTING.sub(lambda found: NAMES_OVER_HTTP[found[0]], str(error))) from error


def check_maps_crimes(context: RequestContext, programme: Programme) -> None:
    """Raises Refused for a programme that does not."""
    with context.reader.connect() as connection:
        if not maps_crimes(connection, programme.id, AsOf(context.today.day)):
            raise Refused(
                "crime mapping", f"{programme.key} does not map crimes: none of its decisions states an OGRS score"
            )


def job(context: RequestContext, job_id: int) -> JobOut:
    """One job, with how far it is. Raises NotFound."""
    context.require(Right.RUN_MATCHES)
    with context.reader.connect() as connection:
        return job_out(job_queries.job_of(connection, job_id))


def list_jobs(context: RequestContext, page: Page, state: str | None = None) -> JobPage:
    """Match jobs, the latest first; those in one state where it is given."""
    context.require(Right.RUN_MATCHES)
    wanted = None if state is None else JobState(state)
    with context.reader.connect() as connection:
        found, total = job_queries.jobs(connection, state=wanted, limit=page.limit, offset=page.offset)
    return JobPage(items=[job_out(each) for each in found], total=total, limit=page.limit, offset=page.offset)


def cancel(context: RequestContext, job_id: int) -> JobOut:
    """Stop a job: at once if it waits, otherwise when its worker next looks. What was finished is kept for the next
    attempt. Raises NotFound, IllegalMove."""
    context.require(Right.RUN_MATCHES)
    return job_out(service.cancel(context.engine, job_id, clock=datetime.now(UTC), **context.entered))


def rerun(context: RequestContext, job_id: int) -> JobOut:
    """Store another job that asks the same, of the record and the streams as they are now: with the standing settings
    of now, if it had those. Raises NotFound."""
    context.require(Right.RUN_MATCHES)
    with context.reader.connect() as connection:
        before = job_queries.job_of(connection, job_id)
    asked = {name: value for name, value in before.asked.items() if name != "together"}
    if asked.get("standing"):
        asked["params"] = {}
    return _stored(context, asked)


def match_one_crime(context: RequestContext, force: str, crime_ref: str) -> JobOut:
    """Store a job of one crime alone, for review, once it has been entered."""
    context.require(Right.ENTER_CRIMES, Right.RUN_MATCHES)
    return _stored(context, {"crime": [force, crime_ref], "forReview": True})


def _stored(context: RequestContext, asked: dict[str, object]) -> JobOut:
    context.require_space("the match")
    with context.reader.connect() as connection:
        wanted = [asked] if "rematch" in asked else resolved(connection, asked)
    made = service.create_all(context.engine, wanted, clock=datetime.now(UTC), quota=context.quota, **context.entered)
    context.wake_worker()
    return job_out(made[0])
