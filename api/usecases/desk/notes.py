"""Notes on a match: written, read with their history, corrected and taken back with a reason."""

from api.schemas.matching.notes import MatchNotes, notes_out
from api.usecases.request_context import RequestContext
from tracker.access.roles import Right
from tracker.desk import note_service
from tracker.desk.note_queries import notes_of
from tracker.errors import NotFound
from tracker.review.queries import match_of
from tracker.review.service import PURPOSE


def notes(context: RequestContext, match_id: int, *, history: bool = False) -> MatchNotes:
    """The notes on a match; with `history` those that were corrected or taken back too. Raises NotFound."""
    context.require(Right.REVIEW)
    person_id = _shown(context, match_id)
    asked = "its notes, with those that were changed" if history else "its notes"
    context.record_reading(
        Right.REVIEW, "candidate_match", [str(match_id)], purpose=PURPOSE, person_id=person_id, asked=asked
    )
    return _notes(context, match_id, history)


def add(context: RequestContext, match_id: int, words: str) -> MatchNotes:
    """Note something on a match that may be shown. Raises NotFound."""
    context.require(Right.REVIEW)
    _shown(context, match_id)
    note_service.add_note(context.engine, match_id, words, **context.entered)
    return _notes(context, match_id)


def correct(context: RequestContext, match_id: int, number: int, words: str, reason: str) -> MatchNotes:
    """Correct the words of a note. Raises NotFound, BadEntry."""
    context.require(Right.REVIEW)
    _shown(context, match_id)
    note_service.correct_note(context.engine, match_id, number, words, reason, **context.entered)
    return _notes(context, match_id)


def take_back(context: RequestContext, match_id: int, number: int, reason: str) -> MatchNotes:
    """Take back a note. Raises NotFound."""
    context.require(Right.REVIEW)
    _shown(context, match_id)
    note_service.take_back_note(context.engine, match_id, number, reason, **context.entered)
    return _notes(context, match_id)


def _notes(context: RequestContext, match_id: int, history: bool = False) -> MatchNotes:
    with context.reader.connect() as connection:
        return notes_out(match_id, notes_of(connection, match_id, history=history))


def _shown(context: RequestContext, match_id: int) -> int | None:
    with context.reader.connect() as connection:
        found = match_of(connection, match_id)
    if found is None:
        raise NotFound(f"there is no match {match_id} that may be shown")
    return found.person_id
