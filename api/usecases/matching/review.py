"""The queue of matches, one match with its evidence, and what reviewers do with it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from api.schemas.matching.review import (
    MatchDetail,
    MatchOut,
    MatchQueue,
    Moved,
    TogetherOut,
    match_out,
    move_out,
    pools_out,
)
from api.usecases.cursor import next_of, place_of
from api.usecases.gate import Gate
from api.usecases.matching.crimes import aware
from api.usecases.matching.evidence import shown_evidence
from api.usecases.request_context import Page, RequestContext
from api.usecases.taking_away import MOST_ROWS, Taken, require_few
from tracker.access import user_service as users
from tracker.access.roles import Right, may
from tracker.desk.note_queries import number_of_notes
from tracker.errors import BadEntry, NotFound
from tracker.review import service
from tracker.review.queries import MatchNow, MatchPlace, QueueFilter, match_of, moves_of, related
from tracker.review.queries import queue as queue_of
from tracker.review.states import MatchState

MOST_AT_CRIME = 100
_OPEN = frozenset({MatchState.NEW, MatchState.IN_REVIEW})


def queue(
    context: RequestContext,
    wanted: QueueFilter,
    state: str | None,
    page: Page,
    after: str | None = None,
    away: Taken | None = None,
) -> MatchQueue:
    """What waits for review, or is in one state: the least likely to be chance first, then the likeliest to have been
    there. With `after` those behind the page whose `next` it is; with `away` all of them, for a file."""
    context.require(Right.REVIEW)
    aware("from", wanted.since)
    aware("to", wanted.until)
    place = place_of(after, MatchPlace)
    with context.reader.connect() as connection:
        found = queue_of(
            connection,
            replace(wanted, states=states_of(state), queued=True),
            limit=page.limit if away is None else MOST_ROWS,
            offset=page.offset,
            after=place,
        )
    if away is not None:
        require_few(found.total)
    _record_reading(context, [match.match_id for match in found.items], "the queue", away=away)
    return MatchQueue(
        items=[match_out(match) for match in found.items],
        pools=pools_out(found.items),
        total=found.total,
        hidden=found.hidden,
        q_at_most=wanted.q_at_most,
        next=next_of(found.last if len(found.items) == page.limit else None),
        limit=page.limit,
        offset=page.offset,
    )


def states_of(state: str | None) -> frozenset[MatchState]:
    """Those of a queue: one state, or what waits for review."""
    return _OPEN if state is None else frozenset({MatchState(state)})


def at_crime(context: RequestContext, force: str, crime_ref: str) -> MatchQueue:
    """Matches at one crime, in every state."""
    context.require(Right.REVIEW)
    wanted = QueueFilter(states=frozenset(MatchState), force=force, crime_ref=crime_ref)
    with context.reader.connect() as connection:
        found = queue_of(connection, wanted, limit=MOST_AT_CRIME)
    _record_reading(context, [match.match_id for match in found.items], "matches at one crime")
    return MatchQueue(
        items=[match_out(match) for match in found.items],
        pools=pools_out(found.items),
        total=found.total,
        hidden=found.hidden,
        q_at_most=None,
        next=None,
        limit=MOST_AT_CRIME,
        offset=0,
    )


def of_batch(context: RequestContext, force: str, batch_id: str, away: Taken) -> list[MatchOut]:
    """The queue's matches at crimes of a batch, in every state, for a file. Raises BadEntry for too many."""
    context.require(Right.REVIEW)
    wanted = QueueFilter(states=frozenset(MatchState), force=force, batch=batch_id, queued=True)
    with context.reader.connect() as connection:
        found = queue_of(connection, wanted, limit=MOST_ROWS)
    require_few(found.total)
    _record_reading(context, [match.match_id for match in found.items], "matches of a batch", away=away)
    return [match_out(match) for match in found.items]


def match(context: RequestContext, match_id: int, away: Taken | None = None) -> MatchDetail:
    """One match with its moves, its evidence within the crime's window, and related matches. Raises NotFound."""
    context.require(Right.REVIEW)
    with context.reader.connect() as connection:
        found = _found(connection, match_id)
        of_wearer, at_crime = related(connection, found)
        moves = moves_of(connection, [match_id])[match_id]
        notes = number_of_notes(connection, match_id)
    _record_reading(context, [match_id], "one match", found.person_id, away)
    return MatchDetail(
        match=match_out(found),
        moves=[move_out(made) for made in moves],
        notes=notes,
        wearers_others=[match_out(each) for each in of_wearer],
        crimes_others=[match_out(each) for each in at_crime],
        evidence=shown_evidence(context.settings, found, Gate(context.reader)),
    )


def current(context: RequestContext, match_id: int) -> Callable[[Connection], MatchOut]:
    """Reads the match as it stands, within an entry that is to change it. Raises NotFound where there is none now."""
    context.require(Right.REVIEW)

    def read(connection: Connection) -> MatchOut:
        return match_out(_found(connection, match_id))

    with context.reader.connect() as connection:
        read(connection)
    return read


def assign(context: RequestContext, match_id: int, to: str | None) -> Moved:
    """Assign a match to a reviewer, or to the actor. Raises BadEntry for a user who cannot review."""
    context.require(Right.REVIEW)
    if to is not None:
        _check_reviewer(context, to)
    state = service.assign(context.engine, match_id, to or context.actor.name, **context.entered)
    return Moved(id=match_id, state=state.value)


def confirm(context: RequestContext, match_id: int, reason: str) -> Moved:
    """Confirm a match, by the person it is assigned to; another person has to release it."""
    context.require(Right.REVIEW)
    return Moved(id=match_id, state=service.confirm(context.engine, match_id, reason, **context.entered).value)


def reject(context: RequestContext, match_id: int, reason: str) -> Moved:
    """Reject a match; it can be reopened."""
    context.require(Right.REVIEW)
    return Moved(id=match_id, state=service.reject(context.engine, match_id, reason, **context.entered).value)


def reopen(context: RequestContext, match_id: int, reason: str) -> Moved:
    """Put a rejected match back into review."""
    context.require(Right.REVIEW)
    return Moved(id=match_id, state=service.reopen(context.engine, match_id, reason, **context.entered).value)


def reject_many(context: RequestContext, match_ids: list[int], reason: str) -> TogetherOut:
    """Reject several matches for one reason: all of them or none. Raises NotFound."""
    context.require(Right.REVIEW)
    with context.reader.connect() as connection:
        for match_id in match_ids:
            _found(connection, match_id)
    done = service.reject_together(context.engine, match_ids, reason, **context.entered)
    return TogetherOut(undo=done.name, match_ids=list(done.match_ids))


def undo_reject(context: RequestContext, name: str) -> TogetherOut:
    """Restore matches that were rejected together; those moved since stay where they are. Raises NotFound."""
    context.require(Right.REVIEW)
    done = service.undo(context.engine, name, **context.entered)
    return TogetherOut(undo=done.name, match_ids=list(done.match_ids))


def _found(connection: Connection, match_id: int) -> MatchNow:
    found = match_of(connection, match_id)
    if found is None:
        # The same words for a match that does not exist and one whose wearer may not be matched.
        raise NotFound(f"there is no match {match_id} that may be shown")
    return found


def _check_reviewer(context: RequestContext, name: str) -> None:
    found = users.users(context.engine, name=name)
    if not found or found[0].ended_at is not None or not may(found[0].role, Right.REVIEW):
        raise BadEntry(f"{name!r} cannot review matches; name an analyst who has access")


def _record_reading(
    context: RequestContext, ids: list[int], asked: str, person_id: int | None = None, away: Taken | None = None
) -> None:
    why: dict[str, Any] = {"purpose": service.PURPOSE} if away is None else away.audited
    of = [str(each) for each in ids]
    context.record_reading(Right.REVIEW, "candidate_match", of, person_id=person_id, asked=asked, **why)
