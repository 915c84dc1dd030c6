"""Deciding on a confirmed or released match of which a later run says something else: keep, withdraw or recall it."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine, func, select

from tracker.errors import BadEntry, NotFound
from tracker.record.as_known import known
from tracker.record.entry import Entry, entering
from tracker.review.changed import Decision, check_decision, is_candidate
from tracker.review.changed_queries import said_of, waits_for_decision
from tracker.review.changed_service import decide_within
from tracker.review.release_service import recall_within
from tracker.review.service import PURPOSE, move_within
from tracker.review.states import MatchMove, MatchState, require_second_person
from tracker.review.tables import Match, Release
from tracker.times import london_day


class Decided(NamedTuple):
    """The state of a match after a decision."""

    match_id: int
    decision: Decision
    state: MatchState


def decide(
    engine: Engine,
    match_id: int,
    decision: Decision,
    reason: str,
    *,
    states: Collection[MatchState],
    by: str,
    now: datetime,
) -> Decided:
    """Decide on a changed match, once.

    Kept, it stays as it is, and what the later run says counts as said from now on. A confirmed one that is withdrawn
    returns to review if the run still finds it, else it is withdrawn. A released one is recalled from its recipient.

    Parameters
    ----------
    states
        Of matches that this person may decide on.

    Raises
    ------
    NotFound
        Nothing waits for a decision: no run says something else, or it was decided.
    IllegalMove
        A confirmed match has no recipient to recall it from; a released one is recalled, not withdrawn.
    Refused
        A person would keep a release that they confirmed themselves.
    """
    if not reason.strip():
        raise BadEntry(f"The reason is missing. Say why you decide to {decision} it.")
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        listed = waits_for_decision(entry.connection, match_id)
        if listed is None or listed.state not in states:
            raise NotFound(f"Nothing waits for a decision on match {match_id}.")
        row = entry.connection.execute(select(Match.__table__).where(Match.id == match_id)).one()
        check_decision(row.state, decision)
        if decision is Decision.RECALL:
            recall_within(entry, _last_release(entry, match_id), reason, london_day(now))
            return Decided(match_id, decision, MatchState.RECALLED)
        said = said_of(entry.connection, match_id)
        if row.state is MatchState.RELEASED and said is not None:
            require_second_person(said.confirmed_by, by)
        decide_within(entry, listed, decision, reason, row.person_id)
        if decision is Decision.KEEP:
            return Decided(match_id, decision, row.state)
        move = MatchMove.RETURN if is_candidate(listed.after) else MatchMove.WITHDRAW
        return Decided(match_id, decision, move_within(entry, row, move, reason))


def _last_release(entry: Entry, match_id: int) -> int:
    last = select(func.max(Release.id)).where(known(Release), Release.match_id == match_id)
    return int(entry.connection.execute(last).scalar_one())
