"""Adding a note to a match, correcting it, taking it back: each one entry, sealed under the wearer's key."""

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select

from tracker.errors import BadEntry, NotFound
from tracker.record.as_known import known
from tracker.record.entry import Entry, entering
from tracker.review.service import PURPOSE
from tracker.review.tables import Match, MatchNote


def add_note(engine: Engine, match_id: int, words: str, *, by: str, now: datetime) -> int:
    """Note something on a match; the note's number."""
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        person_id = _person(entry, match_id)
        return entry.add(MatchNote, match_id=match_id, words=_written("words", words), about=person_id)


def correct_note(engine: Engine, match_id: int, number: int, words: str, reason: str, *, by: str, now: datetime) -> int:
    """Correct the words of a note; the number of the one that counts now. The note as it was stays on record.

    Raises
    ------
    NotFound
        There is no such note on the match, or it counts no more.
    BadEntry
        It says so already, or no reason is given.
    """
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        before = _note(entry, match_id, number)
        given, why = _written("words", words), _written("reason", reason)
        if before.words == given:
            raise BadEntry(f"Note {number} says so already. Give the words as they should be.")
        changes = {"words": given}
        return entry.correct(MatchNote, number, changes, because=why, about=_person(entry, match_id))


def take_back_note(engine: Engine, match_id: int, number: int, reason: str, *, by: str, now: datetime) -> None:
    """Take back a note; it stays on record with the reason. Raises as `correct_note`."""
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        _note(entry, match_id, number)
        entry.withdraw(MatchNote, number, reason=_written("reason", reason), about=_person(entry, match_id))


def _person(entry: Entry, match_id: int) -> int | None:
    row = entry.connection.execute(select(Match.id, Match.person_id).where(Match.id == match_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no match {match_id}.")
    person_id: int | None = row.person_id
    return person_id


def _note(entry: Entry, match_id: int, number: int) -> Any:
    mine = known(MatchNote), MatchNote.id == number, MatchNote.match_id == match_id
    row = entry.connection.execute(select(MatchNote.__table__).where(*mine)).one_or_none()
    if row is None:
        raise NotFound(
            f"Match {match_id} has no note {number} that counts: it was corrected or taken back, or never was."
        )
    return row


def _written(name: str, text: str) -> str:
    if not text.strip():
        raise BadEntry(f"{name}: nothing is written. Write at least a word.")
    return text.strip()
