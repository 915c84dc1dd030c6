"""Creating, claiming, reporting on and ending jobs. A claim is a compare-and-swap of the job's row: one worker gets it.

`now` is the record's time, as everywhere; `clock` is the clock's time, for heartbeats.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, and_, insert, not_, or_, select, update

from tracker.errors import Refused
from tracker.jobs.queries import Job, any_job, job_from, job_of, select_jobs
from tracker.jobs.quota_queries import Quota, check_quota
from tracker.jobs.states import JobKind, JobMove, JobState, advance
from tracker.jobs.tables import MatchJob
from tracker.record.audit.chain import Action
from tracker.record.engine import reading
from tracker.record.entry import Entry, entering
from tracker.times import CLOCKS_DIFFER

PURPOSE = "match jobs"
STALE_AFTER = timedelta(seconds=60)
"""A worker without a heartbeat for this long counts as stopped."""
MOST_ATTEMPTS = 3
_OF_A_FILE = ("kind", "sha256", "size")
"""What the audit holds of a file that was sent."""


def create(
    engine: Engine,
    asked: Mapping[str, Any],
    *,
    kind: JobKind = JobKind.MATCH,
    by: str,
    now: datetime,
    clock: datetime,
    quota: Quota | None = None,
) -> Job:
    """Create a job and commit it; only then may a worker be notified. Raises TooMuchWaiting over the quota."""
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        if quota is not None:
            check_quota(entry.connection, by, quota, int(asked.get("size", 0)) if kind is JobKind.IMPORT else 0)
        return _create(entry, asked, kind, clock)


def create_all(
    engine: Engine, wanted: Sequence[Mapping[str, Any]], *, by: str, now: datetime, clock: datetime, quota: Quota | None
) -> list[Job]:
    """A match job for each of `wanted`: all or none. Raises TooMuchWaiting over the quota."""
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        return create_within(entry, wanted, clock=clock, quota=quota)


def create_within(
    entry: Entry, wanted: Sequence[Mapping[str, Any]], *, clock: datetime, quota: Quota | None = None
) -> list[Job]:
    """The same within an entry; of several, each has the numbers of all in `together`."""
    made = []
    for asked in wanted:
        if quota is not None:
            check_quota(entry.connection, entry.by, quota)
        made.append(_create(entry, asked, JobKind.MATCH, clock))
    if len(made) > 1:
        for job in made:
            values = {"asked": {**job.asked, "together": [each.job_id for each in made]}}
            entry.connection.execute(update(MatchJob).where(MatchJob.id == job.job_id).values(**values))
    return [any_job(entry.connection, job.job_id) for job in made]


def create_missing(
    engine: Engine, wanted: Sequence[Mapping[str, Any]], *, by: str, now: datetime, clock: datetime
) -> list[Job]:
    """A match job for each of `wanted`, in order: the one that waits or runs and asks the same, or a new one. All or
    none are stored, and asking twice stores nothing twice."""
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        unended = MatchJob.state.in_((JobState.QUEUED, JobState.RUNNING)), MatchJob.cancel_asked_at.is_(None)
        query = select_jobs().where(MatchJob.kind == JobKind.MATCH, *unended).order_by(MatchJob.id)
        jobs_now = [job_from(row) for row in entry.connection.execute(query)]
        found = []
        for asked in wanted:
            same = next((job for job in jobs_now if dict(job.asked) == dict(asked)), None)
            found.append(same or _create(entry, asked, JobKind.MATCH, clock))
        return found


def _create(entry: Entry, asked: Mapping[str, Any], kind: JobKind, clock: datetime) -> Job:
    values = {
        "kind": kind,
        "state": JobState.QUEUED,
        "file_kind": asked.get("kind") if kind is JobKind.IMPORT else None,
        "asked": dict(asked),
        "requested_by": entry.by,
    }
    # By the clock, as its other times are: the record's day may be another than today.
    counts = {"requested_at": clock, "queued_at": clock, "attempts": 0, "done": 0, "total": 0, "fixes": 0}
    job_id = entry.connection.execute(insert(MatchJob).returning(MatchJob.id), {**values, **counts}).scalar_one()
    action = Action.COMBINE if kind is JobKind.MATCH else Action.COLLECT
    # The audit is never rewritten, and a file may be named after a person: its digest tells it.
    shown = {name: value for name, value in asked.items() if kind is not JobKind.IMPORT or name in _OF_A_FILE}
    entry.note(action, "match_job", job_id, kind=kind, state=JobState.QUEUED, asked=shown)
    return any_job(entry.connection, job_id)


def claim(
    engine: Engine, worker: str, *, now: datetime, clock: datetime, stale_after: timedelta = STALE_AFTER
) -> Job | None:
    """Claim the oldest job that is queued, or whose worker has stopped. None: there is none.

    A job that was started `MOST_ATTEMPTS` times is failed and the next one considered, so that a job which kills its
    worker does not kill every worker.
    """
    while True:
        # A heartbeat of a time to come was written before the clock was set back.
        heard = MatchJob.heartbeat_at.between(clock - stale_after, clock + max(stale_after, CLOCKS_DIFFER))
        silent = and_(MatchJob.state == JobState.RUNNING, not_(heard))
        waits: ColumnElement[bool] = or_(MatchJob.state == JobState.QUEUED, silent)
        with reading(engine).connect() as connection:
            found = connection.execute(select_jobs().where(waits).order_by(MatchJob.id).limit(1)).one_or_none()
        if found is None:
            return None
        job = job_from(found)
        if job.attempts >= MOST_ATTEMPTS:
            why = f"The job was started {job.attempts} times and its worker stopped each time. See the worker's log."
            _swap(engine, job, JobMove.FAIL, worker, now, finished_at=clock, why=why)
        elif job.cancel_asked_at is not None:
            _swap(engine, job, JobMove.CANCEL, worker, now, finished_at=clock)
        else:
            move = JobMove.CLAIM if job.state is JobState.QUEUED else JobMove.TAKE_OVER
            begun = {"started_at": clock, "heartbeat_at": clock, "attempts": job.attempts + 1, "worker": worker}
            claimed = _swap(engine, job, move, worker, now, **begun, stage=None, done=0, total=0, fixes=0)
            if claimed is not None:
                return claimed


def _swap(engine: Engine, job: Job, move: JobMove, by: str, now: datetime, **values: Any) -> Job | None:
    """Apply a move if the row has not changed since it was read; None if another worker was first."""
    state = advance(job.state, move)
    heard = MatchJob.heartbeat_at == job.heartbeat_at if job.heartbeat_at else MatchJob.heartbeat_at.is_(None)
    same = MatchJob.id == job.job_id, MatchJob.state == job.state, MatchJob.attempts == job.attempts, heard
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        swapped = entry.connection.execute(update(MatchJob).where(*same).values(state=state, **values)).rowcount
        if swapped != 1:
            return None
        was = {"state": job.state}
        entry.note(Action.ALTER, "match_job", job.job_id, before=was, after={"state": state}, move=move)
        return any_job(entry.connection, job.job_id)


def beat(
    engine: Engine,
    job: Job,
    *,
    clock: datetime,
    stage: str | None = None,
    done: int = 0,
    total: int = 0,
    fixes: int = 0,
) -> bool:
    """Record a heartbeat with the progress; returns whether the job should stop.

    Raises
    ------
    Refused
        Another worker has taken the job over, or it has ended: this worker has to stop.
    """
    with engine.begin() as connection:
        values = {"heartbeat_at": clock, "stage": stage, "done": done, "total": total, "fixes": fixes}
        updated = connection.execute(update(MatchJob).where(*_mine(job)).values(**values)).rowcount
        if updated != 1:
            raise Refused("worker", f"Job {job.job_id} is no longer worked on by {job.worker}.")
        return connection.scalar(select(MatchJob.cancel_asked_at).where(MatchJob.id == job.job_id)) is not None


def finish(
    engine: Engine,
    job: Job,
    *,
    run_id: str | None = None,
    report: Mapping[str, Any] | None = None,
    now: datetime,
    clock: datetime,
) -> Job:
    """Record that a job is done. Raises Refused if another worker has taken it over."""
    columns = {"run_id": run_id, "report": None if report is None else dict(report)}
    return _end(engine, job, JobMove.FINISH, now, finished_at=clock, **columns)


def finish_within(entry: Entry, job: Job, run_id: str, *, clock: datetime, **last: Any) -> None:
    """The same within an entry that also records the result: both or neither. `last`: stage, done, total, fixes."""
    _ended(entry, job, JobMove.FINISH, finished_at=clock, run_id=run_id, **last)


def fail(engine: Engine, job: Job, why: str, *, now: datetime, clock: datetime) -> Job:
    """Record that a job failed; `why` must not contain personal data."""
    return _end(engine, job, JobMove.FAIL, now, finished_at=clock, why=why)


def stopped(engine: Engine, job: Job, *, now: datetime, clock: datetime) -> Job:
    """Record that the worker stopped a cancelled job."""
    return _end(engine, job, JobMove.CANCEL, now, finished_at=clock)


def hand_back(engine: Engine, job: Job, *, now: datetime) -> None:
    """Return a job to the queue because its worker shuts down; finished parts are kept. No effect if another worker has
    taken the job over."""
    with entering(engine, by=job.worker or "worker", now=now, purpose=PURPOSE) as entry:
        state = advance(JobState.RUNNING, JobMove.HAND_BACK)
        values = {"state": state, "worker": None, "heartbeat_at": None, "attempts": job.attempts - 1}
        if entry.connection.execute(update(MatchJob).where(*_mine(job)).values(**values)).rowcount:
            entry.note(Action.ALTER, "match_job", job.job_id, after={"state": state}, move=JobMove.HAND_BACK)


def cancel(engine: Engine, job_id: int, *, by: str, now: datetime, clock: datetime) -> Job:
    """Cancel a job: a queued one at once, a running one at its worker's next heartbeat. Raises NotFound,
    IllegalMove."""
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        job = job_of(entry.connection, job_id)
        state = advance(job.state, JobMove.CANCEL)
        values: dict[str, Any] = {"cancel_asked_at": clock}
        if job.state is JobState.QUEUED:
            values |= {"state": state, "finished_at": clock}
        entry.connection.execute(update(MatchJob).where(MatchJob.id == job_id).values(**values))
        entry.note(Action.ALTER, "match_job", job_id, asked="to stop")
        return any_job(entry.connection, job_id)


def end_unread(engine: Engine, job: Job, why: str, *, by: str, now: datetime, clock: datetime) -> None:
    """End an import that no worker is at, because its file may not be read any more."""
    move = JobMove.CANCEL if job.state is JobState.QUEUED else JobMove.FAIL
    _swap(engine, job, move, by, now, finished_at=clock, why=why)


def _mine(job: Job) -> tuple[ColumnElement[bool], ...]:
    return (
        MatchJob.id == job.job_id,
        MatchJob.state == JobState.RUNNING,
        MatchJob.worker == job.worker,
        MatchJob.attempts == job.attempts,
    )


def _end(engine: Engine, job: Job, move: JobMove, now: datetime, **values: Any) -> Job:
    with entering(engine, by=job.worker or "worker", now=now, purpose=PURPOSE) as entry:
        _ended(entry, job, move, **values)
        return any_job(entry.connection, job.job_id)


def _ended(entry: Entry, job: Job, move: JobMove, **values: Any) -> None:
    state = advance(JobState.RUNNING, move)
    if entry.connection.execute(update(MatchJob).where(*_mine(job)).values(state=state, **values)).rowcount != 1:
        raise Refused("worker", f"Job {job.job_id} is no longer worked on by {job.worker}.")
    # Why a file could not be read may quote it: the job's row says it, from which an erasure takes it out.
    shown = ("run_id",) if job.kind is JobKind.IMPORT else ("run_id", "why")
    result = {name: value for name, value in values.items() if name in shown}
    entry.note(Action.ALTER, "match_job", job.job_id, after={"state": state}, move=move, **result)
