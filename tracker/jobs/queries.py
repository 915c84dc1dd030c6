"""Which jobs there are: one, a page of a kind, those that are not ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select, union_all

from tracker.errors import NotFound
from tracker.jobs.states import JobKind, JobState, Pace, pace
from tracker.jobs.tables import MatchJob


@dataclass(frozen=True, slots=True)
class Job:
    """A job, with the columns of its row."""

    job_id: int
    kind: JobKind
    state: JobState
    asked: Mapping[str, Any]
    requested_by: str
    requested_at: datetime
    started_at: datetime | None
    heartbeat_at: datetime | None
    finished_at: datetime | None
    worker: str | None
    attempts: int
    cancel_asked_at: datetime | None
    stage: str | None
    done: int
    total: int
    fixes: int
    run_id: str | None
    why: str | None
    report: Mapping[str, Any] | None

    @property
    def pace(self) -> Pace:
        return pace(self.state, self.done, self.total, self.fixes, self.started_at, self.heartbeat_at)


def jobs(
    connection: Connection,
    *,
    kind: JobKind = JobKind.MATCH,
    state: JobState | None = None,
    requested_by: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Job], int]:
    """Jobs that match, latest first; and how many there are in all."""
    filters = ((MatchJob.kind, kind), (MatchJob.state, state), (MatchJob.requested_by, requested_by))
    conditions = [column == value for column, value in filters if value is not None]
    total = connection.scalar(select(func.count()).select_from(MatchJob).where(*conditions)) or 0
    rows = connection.execute(select_jobs().where(*conditions).order_by(MatchJob.id.desc()).limit(limit).offset(offset))
    return [job_from(row) for row in rows], total


def imports(
    connection: Connection, kinds: Sequence[str], *, by: str | None = None, limit: int, offset: int = 0
) -> tuple[list[Job], int]:
    """Jobs that import files of these kinds, sent by this user or by whomever, the latest first; and how many there
    are in all."""
    if not kinds:
        return [], 0
    mine = () if by is None else (MatchJob.requested_by == by,)
    counted = select(func.count()).select_from(MatchJob).where(MatchJob.file_kind.in_(kinds), *mine)
    total = connection.scalar(counted) or 0
    latest = MatchJob.id.desc()
    # Each kind in the order of its index, then the latest of all.
    ids = [select(MatchJob.id).where(MatchJob.file_kind == kind, *mine).order_by(latest) for kind in kinds]
    parts = [(each.limit(offset + limit) if limit else each).subquery() for each in ids]
    merged = union_all(*(select(part) for part in parts)).subquery()
    page = select(merged.c.id).order_by(merged.c.id.desc()).offset(offset)
    wanted = connection.scalars(page.limit(limit) if limit else page).all()
    rows = connection.execute(select_jobs().where(MatchJob.id.in_(wanted)).order_by(latest))
    return [job_from(row) for row in rows], total


def job_of(connection: Connection, job_id: int, kind: JobKind = JobKind.MATCH) -> Job:
    """One job of a kind. Raises NotFound, in the same words whether there is no such number or another kind has it."""
    row = connection.execute(select_jobs().where(MatchJob.id == job_id, MatchJob.kind == kind)).one_or_none()
    if row is None:
        raise NotFound(f"There is no {kind} job {job_id}.")
    return job_from(row)


def asked_by_run(connection: Connection) -> list[tuple[str, Mapping[str, Any]]]:
    """(run, what was asked) of each match job that is done, the oldest first."""
    done = MatchJob.kind == JobKind.MATCH, MatchJob.state == JobState.DONE, MatchJob.run_id.is_not(None)
    rows = connection.execute(select(MatchJob.run_id, MatchJob.asked).where(*done).order_by(MatchJob.id))
    return [(run_id, asked) for run_id, asked in rows if run_id is not None]


def unended_imports(connection: Connection) -> list[Job]:
    """Jobs whose file is still to be read, the oldest first."""
    unended = MatchJob.kind == JobKind.IMPORT, MatchJob.state.in_((JobState.QUEUED, JobState.RUNNING))
    return [job_from(row) for row in connection.execute(select_jobs().where(*unended).order_by(MatchJob.id))]


def unended_matches(connection: Connection) -> int:
    """How many match jobs wait or run: what an earlier attempt finished is used again."""
    unended = MatchJob.kind == JobKind.MATCH, MatchJob.state.in_((JobState.QUEUED, JobState.RUNNING))
    return connection.scalar(select(func.count()).select_from(MatchJob).where(*unended)) or 0


def waiting(connection: Connection) -> int:
    """How many jobs wait for a worker."""
    return connection.scalar(select(func.count()).where(MatchJob.state == JobState.QUEUED)) or 0


_COLUMNS = (
    MatchJob.id,
    MatchJob.kind,
    MatchJob.state,
    MatchJob.asked,
    MatchJob.requested_by,
    MatchJob.requested_at,
    MatchJob.started_at,
    MatchJob.heartbeat_at,
    MatchJob.finished_at,
    MatchJob.worker,
    MatchJob.attempts,
    MatchJob.cancel_asked_at,
    MatchJob.stage,
    MatchJob.done,
    MatchJob.total,
    MatchJob.fixes,
    MatchJob.run_id,
    MatchJob.why,
    MatchJob.report,
)
"""In the order of `Job`."""


def select_jobs() -> Select[Any]:
    return select(*_COLUMNS)


def job_from(row: Any) -> Job:
    """From a row of `select_jobs`."""
    return Job(*row)


def any_job(connection: Connection, job_id: int) -> Job:
    """One job, of whatever kind. Raises NotFound."""
    row = connection.execute(select_jobs().where(MatchJob.id == job_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no job {job_id}.")
    return job_from(row)
