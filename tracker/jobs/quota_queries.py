"""How much may wait at once, of one user and of all together: asked in the transaction that stores the job, so two
requests at once cannot both take the last place."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from tracker.errors import TooMuchWaiting
from tracker.jobs.states import JobKind, JobState
from tracker.jobs.tables import MatchJob

_UNENDED = MatchJob.state.in_((JobState.QUEUED, JobState.RUNNING))
_MB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """Jobs that wait or run, and the size of files among them that wait to be imported."""

    jobs: int
    jobs_each: int
    uploads_mb: int
    uploads_each_mb: int


def check_quota(connection: Connection, by: str, quota: Quota, size: int = 0) -> None:
    """Whether one more job of this user, with a file of `size` bytes, has a place.

    Raises
    ------
    TooMuchWaiting
        Naming what waits, the most there may be and the setting.
    """
    mine = MatchJob.requested_by == by
    jobs = select(func.count()).select_from(MatchJob).where(_UNENDED)
    sizes = func.coalesce(func.sum(MatchJob.asked["size"].as_integer()), 0)
    uploads = select(sizes).where(_UNENDED, MatchJob.kind == JobKind.IMPORT)
    limits = (
        (jobs.where(mine), 1, quota.jobs_each, "jobs of yours wait or run", "TAGPILOT_MOST_JOBS_EACH"),
        (jobs, 1, quota.jobs, "jobs wait or run", "TAGPILOT_MOST_JOBS"),
    )
    for query, more, most, what, setting in limits:
        there = connection.scalar(query) or 0
        if there + more > most:
            raise TooMuchWaiting(
                f"{there:,} {what} already; {most:,} is the most ({setting}). Wait until one has ended, or cancel one."
            )
    if not size:
        return
    of_files = (
        (uploads.where(mine), quota.uploads_each_mb, "Your files", "TAGPILOT_MOST_UPLOADS_EACH_MB"),
        (uploads, quota.uploads_mb, "The files", "TAGPILOT_MOST_UPLOADS_MB"),
    )
    for query, most, whose, setting in of_files:
        there = int(connection.scalar(query) or 0)
        if there + size > most * _MB:
            raise TooMuchWaiting(
                f"{whose} that wait to be imported have {there // _MB:,} MB, and this one {-(-size // _MB):,} MB; "
                f"{most:,} MB is the most ({setting}). Send it again when some have been imported."
            )
