"""Matches that rest on what is withdrawn: open ones are withdrawn with it, those that somebody confirmed or released
are listed for a decision (`tracker.review.changed_service`)."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import select, update

from tracker.pieces import in_pieces
from tracker.record.entry import Entry
from tracker.review.changed import RESTS_ON_NOTHING, Cause
from tracker.review.changed_queries import DECIDED_STATES, said_of, waits_for_decision
from tracker.review.changed_service import list_within, overtaken
from tracker.review.queries import at_crimes
from tracker.review.service import move_within
from tracker.review.shown_service import keep_shown
from tracker.review.states import MatchMove, MatchState, advance
from tracker.review.tables import Match, MatchMoved

RESTING = frozenset({MatchState.NEW, MatchState.IN_REVIEW, MatchState.REJECTED, *DECIDED_STATES})
"""States of a match of which something still follows."""


def at(entry: Entry, crimes: Iterable[tuple[str, str]]) -> list[Any]:
    """Rows of the matches at these crimes: (force, reference)."""
    query = select(Match.__table__).where(Match.state.in_(RESTING))
    return sorted(
        (row for mine in at_crimes(crimes) for row in entry.connection.execute(query.where(mine))),
        key=lambda row: row.id,
    )


def withdraw_matches(entry: Entry, rows: Iterable[Any], reason: str) -> dict[str, list[int]]:
    """The numbers of those withdrawn, and of those listed for a decision."""
    withdrawn, listed = [], []
    for row in rows:
        if row.state in DECIDED_STATES:
            _list(entry, row)
            listed.append(row.id)
        else:
            move_within(entry, row, MatchMove.WITHDRAW, reason)
            withdrawn.append(row.id)
    return {"withdrawn": withdrawn, "listed": listed}


def _list(entry: Entry, row: Any) -> None:
    said = said_of(entry.connection, row.id)
    waits = waits_for_decision(entry.connection, row.id)
    values = {
        "crime_version": row.crime_version,
        "run_id": row.run_id,
        "algorithm": row.algorithm or "",
        "differs": ["verdict"],
        "after": {"verdict": RESTS_ON_NOTHING},
        "weight": 0,
        "size": 1.0,
    }
    if waits is not None:
        causes = list(dict.fromkeys([*waits.causes, Cause.WITHDRAWN]))
        list_within(entry, row, waits.id, {**values, "causes": causes})
        return
    before = {} if said is None else dict(said.figures)
    first = {"state": row.state, "run_before": row.run_id, "algorithm_before": row.algorithm, "before": before}
    list_within(entry, row, None, {**values, **first, "causes": [Cause.WITHDRAWN]})


def give_back_matches(entry: Entry, match_ids: Collection[int], listed: Collection[int], reason: str) -> dict[str, int]:
    """Those that are still as the withdrawal left them are as before: found again, or off the list."""
    found = off = 0
    for some in in_pieces(sorted(match_ids)):
        rows = entry.connection.execute(
            select(Match.__table__).where(Match.id.in_(some), Match.state == MatchState.WITHDRAWN)
        ).all()
        for row in rows:
            state = advance(row.state, MatchMove.FIND_AGAIN)
            entry.connection.execute(
                update(Match).where(Match.id == row.id).values(state=state, assignee=None, changed_at=entry.at)
            )
            entry.add(MatchMoved, match_id=row.id, move=MatchMove.FIND_AGAIN, reason=reason, about=row.person_id)
            found += 1
        keep_shown(entry.connection, Match.id.in_(some))
    for some in in_pieces(sorted(listed)):
        for row in entry.connection.execute(select(Match.__table__).where(Match.id.in_(some))).all():
            waits = waits_for_decision(entry.connection, row.id)
            # What a run said of it meanwhile, it said without what is given back; the next one says what still holds.
            if waits is not None and Cause.WITHDRAWN in waits.causes:
                overtaken(entry, row.id, row.person_id, reason)
                off += 1
    return {"found again": found, "off the list": off}
