"""Which runs the record rests on."""

from sqlalchemy import Connection, select

from tracker.jobs.states import JobState
from tracker.jobs.tables import MatchJob
from tracker.review.tables import ChangedMatch, Match, PoolCrime


def runs_in_use(connection: Connection) -> frozenset[str]:
    """Runs that a match, a pool or a change to be decided names, and those that a job which has not ended continues
    from. Any of them may be asked for again."""
    found: set[str] = set()
    for column in (Match.run_id, PoolCrime.run_id, ChangedMatch.run_id, ChangedMatch.run_before):
        found.update(connection.scalars(select(column).distinct()))
    unended = MatchJob.state.in_((JobState.QUEUED, JobState.RUNNING))
    found.update(
        asked["previous"]
        for asked in connection.scalars(select(MatchJob.asked).where(unended))
        if asked.get("previous")
    )
    return frozenset(found)
