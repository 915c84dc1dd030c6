"""The demo's jobs, asked for as over HTTP and done as by a worker: the match for review, and an import that fails."""

import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import anyio.to_thread
from sqlalchemy import Engine

from api.console.progress import stage
from api.demo.people import NAMES, context_of
from api.errors import ApiError
from api.schemas.imports import ImportOptions
from api.schemas.matching.jobs import NewJob
from api.settings import Settings
from api.usecases.imports.import_jobs import queue_import
from api.usecases.imports.sent_files import import_sent
from api.usecases.imports.uploads import forget, name_of, receive
from api.usecases.matching import jobs as match_jobs
from api.usecases.matching.match_jobs import keep, matched
from api.usecases.request_context import RequestContext
from geo.errors import FileError
from matcher.errors import MatcherError
from matcher.params import ALGORITHM
from matcher.runs.folder import RunFolder, find_run
from matcher.runs.run import Progress
from tracker.access.roles import Role
from tracker.errors import PilotError
from tracker.jobs import queries as job_queries
from tracker.jobs import service as jobs
from tracker.jobs.queries import Job
from tracker.jobs.states import JobKind, JobState
from tracker.record.engine import reading

_WORKER = "demo"
SENT = "september_extract.csv"
_WRONG = "Reference;Where;When\nMPS/0001/19;Lambeth;last Tuesday\nMPS/0002/19;Croydon;in the evening\n"
"""An extract for people to read: it has none of the columns that a crime needs."""


def matched_for_review(settings: Settings, engine: Engine) -> RunFolder:
    """The run of the analyst's match job, its matches before reviewers. One that was killed is taken over."""
    with reading(engine).connect() as connection:
        asked, _ = job_queries.jobs(connection, requested_by=NAMES[Role.ANALYST], state=JobState.DONE)
    for job in asked:
        if "previous" in job.asked:
            continue
        found = None if job.run_id is None else _kept(settings, job.run_id)
        if found is not None and found.manifest["algorithm"] == ALGORITHM:
            return found
    context = context_of(Role.ANALYST, settings, engine)
    job_now = _claimed(context, JobKind.MATCH)
    if job_now is None:
        match_jobs.create(context, NewJob())
        job_now = _claimed(context, JobKind.MATCH)
    assert job_now is not None
    return _match(context, job_now)


def _kept(settings: Settings, run_id: str) -> RunFolder | None:
    try:
        return find_run(settings.runs_dir, run_id)
    except MatcherError:
        return None


def _match(context: RequestContext, job: Job) -> RunFolder:
    last = Progress("reading", 0, 0, 0)

    def note(at: Progress) -> None:
        nonlocal last
        last = at
        progress(at.done, at.total)

    try:
        with stage("Matching crimes") as progress:
            found = matched(context.settings, context.engine, dict(job.asked), threading.Event(), note)
        with stage("Putting the matches before reviewers"):
            keep(context.settings, context.engine, job, found, last, now=context.today.now)
    except (FileError, MatcherError, PilotError, ApiError) as error:
        _fail(context, job, error)
        raise
    return found


def match_what_changed(settings: Settings, engine: Engine, before: str) -> None:
    """What the analyst asks for once a crime was corrected: the same match, of what changed since the run `before`."""
    context = context_of(Role.ANALYST, settings, engine)
    match_jobs.create(context, NewJob(previous=before))
    job = _claimed(context, JobKind.MATCH)
    assert job is not None
    found = matched(settings, engine, dict(job.asked), threading.Event(), lambda _: None)
    keep(settings, engine, job, found, Progress("reading", 0, 0, 0), now=context.today.now)


def import_that_fails(settings: Settings, engine: Engine) -> None:
    """A file that the analyst sent, and that cannot be read: what to do is in the import's answer."""
    context = context_of(Role.ANALYST, settings, engine)
    with reading(engine).connect() as connection:
        sent, _ = job_queries.imports(connection, ["crimes"], by=NAMES[Role.ANALYST], limit=1)
    if sent and sent[0].state not in (JobState.QUEUED, JobState.RUNNING):
        return
    if not sent:
        upload = anyio.run(receive, _in_one_piece(_WRONG.encode()), settings)
        queue_import(context, "crimes", SENT, upload, ImportOptions(format="headed"))
    job = _claimed(context, JobKind.IMPORT)
    if job is None:
        return
    try:
        report = import_sent(context, job.asked)
    except (FileError, PilotError) as error:
        forget(settings, name_of(job.asked))
        _fail(context, job, error)
    else:
        jobs.finish(engine, job, report=report, now=context.today.now, clock=datetime.now(UTC))


async def _in_one_piece(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _claimed(context: RequestContext, kind: JobKind) -> Job | None:
    """The oldest job, if it is of the kind: nobody else works here, so one that was begun has no worker any more."""
    now, clock = context.today.now, datetime.now(UTC)
    job = jobs.claim(context.engine, _WORKER, now=now, clock=clock, stale_after=timedelta(0))
    if job is not None and job.kind is not kind:
        jobs.hand_back(context.engine, job, now=now)
        return None
    return job


def _fail(context: RequestContext, job: Job, error: Exception) -> None:
    jobs.fail(context.engine, job, str(error), now=context.today.now, clock=datetime.now(UTC))
