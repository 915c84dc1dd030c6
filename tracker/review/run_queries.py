"""Which runs the record rests on, and the names of what-ifs."""

from sqlalchemy import Connection, select

from tracker.jobs.states import JobState
from tracker.jobs.tables import MatchJob
from tracker.review.tables import ChangedMatch, Match, PoolCrime


def other_what_if(connection: Connection, name: str, settings_sha256: str) -> str | None:
    """Why a what-if cannot have this name, in words; None: it can."""
    of_name = select(Match.id).where(Match.what_if == name, Match.settings_sha256 != settings_sha256)
    if connection.scalar(of_name.limit(1)) is not None:
        return f"The what-if {name!r} has other settings. Give these another name."
    of_settings = Match.what_if.is_not(None), Match.settings_sha256 == settings_sha256, Match.what_if != name
    other = connection.scalar(select(Match.what_if).where(*of_settings).limit(1))
    return None if other is None else f"These settings are the what-if {other!r} already. Ask for it by that name."


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
