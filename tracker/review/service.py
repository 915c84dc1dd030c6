"""Assigning, confirming, rejecting, reopening and returning matches; rejecting many at once, and undoing that."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select, update

from tracker.errors import BadEntry, NotFound, Refused
from tracker.record.as_known import known
from tracker.record.entry import Entry, entering
from tracker.review.changed_service import overtaken
from tracker.review.states import NEED_REASON, MatchMove, MatchState, advance
from tracker.review.tables import Match, MatchMoved

PURPOSE = "review of matches"
MOST_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Batch:
    """Matches rejected at once. `name`: by which the batch can be undone."""

    name: str
    match_ids: tuple[int, ...]


def assign(engine: Engine, match_id: int, to: str, *, by: str, now: datetime) -> MatchState:
    """Assign a match to a reviewer."""
    return _one(engine, match_id, MatchMove.ASSIGN, None, by, now, assignee=to)


def confirm(engine: Engine, match_id: int, reason: str, *, by: str, now: datetime) -> MatchState:
    """Confirm a match; only its assigned reviewer may. The figures at this time are kept with the confirmation.

    Raises
    ------
    Refused
        The match is assigned to another reviewer, or to none.
    """
    return _one(engine, match_id, MatchMove.CONFIRM, reason, by, now)


def reject(engine: Engine, match_id: int, reason: str, *, by: str, now: datetime) -> MatchState:
    """Reject a match, with the reason."""
    return _one(engine, match_id, MatchMove.REJECT, reason, by, now)


def reopen(engine: Engine, match_id: int, reason: str, *, by: str, now: datetime) -> MatchState:
    """Reopen a rejected match; it is assigned to the user who reopens it."""
    return _one(engine, match_id, MatchMove.REOPEN, reason, by, now, assignee=by)


def return_to_review(engine: Engine, match_id: int, reason: str, *, by: str, now: datetime) -> MatchState:
    """Return a confirmed match to its reviewer instead of releasing it."""
    return _one(engine, match_id, MatchMove.RETURN, reason, by, now)


def reject_together(engine: Engine, match_ids: Iterable[int], reason: str, *, by: str, now: datetime) -> Batch:
    """Reject several matches for one reason; if one cannot be rejected, none is."""
    unique = sorted(set(match_ids))
    if not 1 <= len(unique) <= MOST_AT_ONCE:
        raise BadEntry(f"{len(unique)} matches were given. Give from 1 to {MOST_AT_ONCE:,} at a time.")
    name = secrets.token_hex(8)
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        for match_id in unique:
            move_within(entry, _match(entry, match_id), MatchMove.REJECT, reason, together=name)
    return Batch(name, tuple(unique))


def undo(engine: Engine, name: str, *, by: str, now: datetime) -> Batch:
    """Undo a batch of rejections; matches that were moved since keep their state.

    Raises
    ------
    NotFound
        There is no such batch, or all of its matches were moved since.
    """
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        moved = entry.connection.execute(
            select(MatchMoved.id, MatchMoved.match_id)
            .where(known(MatchMoved), MatchMoved.together == name)
            .order_by(MatchMoved.match_id)
        ).all()
        undone = []
        for move_id, match_id in moved:
            moves = _moves(entry, match_id)
            if moves[-1].id != move_id:
                continue
            row = _match(entry, match_id)
            entry.withdraw(MatchMoved, move_id, reason=f"undone by {by}", about=row.person_id)
            state, assignee = _state_after(moves[:-1])
            values = {"state": state, "assignee": assignee, "changed_at": entry.at}
            entry.connection.execute(update(Match).where(Match.id == match_id).values(**values))
            undone.append(match_id)
    if not undone:
        raise NotFound(
            f"There is nothing to undo in batch {name}: it does not exist, or all of its matches were moved since."
        )
    return Batch(name, tuple(undone))


def _one(
    engine: Engine,
    match_id: int,
    move: MatchMove,
    reason: str | None,
    by: str,
    now: datetime,
    *,
    assignee: str | None = None,
) -> MatchState:
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        return move_within(entry, _match(entry, match_id), move, reason, assignee=assignee)


def move_within(
    entry: Entry,
    row: Any,
    move: MatchMove,
    reason: str | None,
    *,
    assignee: str | None = None,
    together: str | None = None,
) -> MatchState:
    """Move a match within an entry; `row` is its row. Raises IllegalMove, Refused, BadEntry."""
    if move in NEED_REASON and not (reason or "").strip():
        raise BadEntry(f"The reason is missing. Say why the match is {move}.")
    state = advance(row.state, move)
    if move is MatchMove.CONFIRM and row.assignee != entry.by:
        assigned = f"is assigned to {row.assignee}" if row.assignee else "is not assigned"
        raise Refused("assignment", f"Match {row.id} {assigned}. Only its assigned reviewer can confirm it.")
    if move in (MatchMove.RETURN, MatchMove.WITHDRAW):
        overtaken(entry, row.id, row.person_id, f"the match was {move}")
    entry.add(
        MatchMoved,
        match_id=row.id,
        move=move,
        reason=reason,
        assignee=assignee,
        together=together,
        figures=dict(row.figures) if move is MatchMove.CONFIRM else None,
        about=row.person_id,
    )
    keeps = move in (MatchMove.CONFIRM, MatchMove.RETURN)
    values = {"state": state, "assignee": assignee or (row.assignee if keeps else None), "changed_at": entry.at}
    entry.connection.execute(update(Match).where(Match.id == row.id).values(**values))
    return state


def _match(entry: Entry, match_id: int) -> Any:
    row = entry.connection.execute(select(Match.__table__).where(Match.id == match_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no match {match_id}.")
    return row


def _moves(entry: Entry, match_id: int) -> list[Any]:
    query = select(MatchMoved.__table__).where(known(MatchMoved), MatchMoved.match_id == match_id)
    return list(entry.connection.execute(query.order_by(MatchMoved.id)))


def _state_after(moves: list[Any]) -> tuple[MatchState, str | None]:
    state, assignee = MatchState.NEW, None
    for row in moves:
        state = advance(state, row.move)
        keeps = row.move in (MatchMove.CONFIRM, MatchMove.RETURN)
        assignee = row.assignee or (assignee if keeps else None)
    return state, assignee
