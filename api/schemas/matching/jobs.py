"""Match jobs on the wire."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from api.schemas.operation.users import Asked
from api.schemas.wire import Wire
from tracker.jobs.service import Job

Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class NewJob(Asked, frozen=True, kw_only=True):
    """A match by the record. `from`, `to`: crimes whose window has an instant in [from, to). `params`: settings that
    differ from the standard. `previous`: an earlier run, of which only what changed since is matched again.
    `forReview` false keeps the run and brings nothing before reviewers."""

    programme: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None
    as_known_at: Instant | None = None
    from_: Instant | None = msgspec.field(default=None, name="from")
    to: Instant | None = None
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    previous: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None
    for_review: bool = True

    def plain(self) -> dict[str, Any]:
        told = msgspec.to_builtins(self)
        return {name: value for name, value in told.items() if value is not None}


class JobOut(Wire, frozen=True, kw_only=True):
    """A job: where it stands, how far it is, what came out."""

    id: int
    state: str
    asked: dict[str, Any]
    requested_by: str
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    worker: str | None
    attempts: int
    cancel_asked: bool
    stage: str | None
    fraction: float | None
    fixes: int
    fixes_per_s: float | None
    left_s: float | None
    run_id: str | None
    why: str | None


class JobPage(Wire, frozen=True, kw_only=True):
    items: list[JobOut]
    total: int
    limit: int
    offset: int


def job_out(job: Job) -> JobOut:
    pace = job.pace
    return JobOut(
        id=job.job_id,
        state=job.state.value,
        asked=dict(job.asked),
        requested_by=job.requested_by,
        requested_at=job.requested_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        worker=job.worker,
        attempts=job.attempts,
        cancel_asked=job.cancel_asked_at is not None,
        stage=job.stage,
        fraction=pace.fraction,
        fixes=job.fixes,
        fixes_per_s=pace.fixes_per_s,
        left_s=pace.left_s,
        run_id=job.run_id,
        why=job.why,
    )
