"""Queries of notes on matches."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.orm import aliased

from tracker.record.as_known import known
from tracker.record.fact import FactChange
from tracker.review.tables import MatchNote

_later = aliased(MatchNote)


@dataclass(frozen=True, slots=True)
class NoteNow:
    """A note on a match. The last four: of one that counts no more, when, by whom and why, and the number of the note
    in its place, None where it was taken back."""

    number: int
    words: str
    by: str
    at: datetime
    ended_at: datetime | None
    ended_by: str | None
    reason: str | None
    replaced_by: int | None


def notes_of(connection: Connection, match_id: int, *, history: bool = False) -> list[NoteNow]:
    """The notes that count, in order; with `history` those that were corrected or taken back too."""
    why = and_(FactChange.subject == MatchNote.__tablename__, FactChange.row_id == MatchNote.id)
    query = (
        select(
            MatchNote.id,
            MatchNote.words,
            MatchNote.recorded_by,
            MatchNote.recorded_at,
            MatchNote.superseded_at,
            FactChange.recorded_by,
            FactChange.reason,
            _later.id,
        )
        .outerjoin(FactChange, why)
        .outerjoin(_later, _later.supersedes_id == MatchNote.id)
        .where(MatchNote.match_id == match_id)
        .order_by(MatchNote.id)
    )
    rows = connection.execute(query if history else query.where(known(MatchNote)))
    return [NoteNow(*row) for row in rows]


def number_of_notes(connection: Connection, match_id: int) -> int:
    """How many notes on a match count."""
    mine = known(MatchNote), MatchNote.match_id == match_id
    return connection.scalar(select(func.count()).select_from(MatchNote).where(*mine)) or 0
