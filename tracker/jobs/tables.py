"""Table of jobs. The row alone decides a job's state; messages and logs do not."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.jobs.states import JobKind, JobState
from tracker.record.base import Instant, Json, JsonDict, RowId, Table, checked


class MatchJob(Table):
    """A user's request for work, the worker that runs it, and the result.

    `worker` owns the job while `heartbeat_at` is recent; otherwise another worker takes it over and reuses the finished
    parts. Times of work are the clock's, even if the record's day is another one.
    """

    __tablename__ = "match_job"
    not_in_digest = frozenset({"heartbeat_at", "stage", "done", "total", "fixes"})
    __table_args__ = (
        Index("ix_match_job_list", "kind", "id"),
        Index("ix_match_job_list_of_state", "kind", "state", "id"),
        Index("ix_match_job_list_of_files", "file_kind", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    state: Mapped[JobState] = mapped_column(checked(JobState, "job_state"), index=True)
    kind: Mapped[JobKind] = mapped_column(checked(JobKind, "job_kind"))
    file_kind: Mapped[str | None] = mapped_column(String(32))
    """Of an import: what kind of file, as `asked` has it."""
    asked: Mapped[JsonDict] = mapped_column(Json)
    requested_by: Mapped[str] = mapped_column(String(200))
    requested_at: Mapped[datetime] = mapped_column(Instant)
    queued_at: Mapped[datetime] = mapped_column(Instant)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    heartbeat_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    worker: Mapped[str | None] = mapped_column(String(200))
    attempts: Mapped[int]
    cancel_asked_at: Mapped[datetime | None] = mapped_column(Instant)
    stage: Mapped[str | None] = mapped_column(String(64))
    done: Mapped[int]
    total: Mapped[int]
    fixes: Mapped[int] = mapped_column(BigInteger)
    run_id: Mapped[str | None] = mapped_column(String(64), index=True)
    why: Mapped[str | None] = mapped_column(Text)
    """Why the job failed, in words without personal data."""
    report: Mapped[JsonDict | None] = mapped_column(Json)
    """The report of an import: counts, broken rules, warnings."""
