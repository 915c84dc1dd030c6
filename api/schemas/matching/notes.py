"""Notes on a match."""

from datetime import datetime
from typing import Annotated

import msgspec

from api.schemas.wire import Body, Wire
from tracker.desk.note_queries import NoteNow

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]
Reason = Annotated[str, msgspec.Meta(min_length=3, max_length=2000)]


class MatchNoteIn(Body, frozen=True, kw_only=True):
    words: Words


class MatchNoteCorrection(Body, frozen=True, kw_only=True):
    """`words` as they should be; `reason`: why they were wrong."""

    words: Words
    reason: Reason


class MatchNoteTakenBack(Body, frozen=True, kw_only=True):
    reason: Reason


class MatchNoteOut(Wire, frozen=True, kw_only=True):
    """What somebody noted on a match. The last four are of a note that counts no more: when, by whom and why, and the
    number of the note in its place; null there: it was taken back."""

    number: int
    words: str
    by: str
    at: datetime
    ended_at: datetime | None
    ended_by: str | None
    reason: str | None
    replaced_by: int | None


class MatchNotes(Wire, frozen=True, kw_only=True):
    """In the order in which they were written."""

    match_id: int
    items: list[MatchNoteOut]
    total: int


def note_out(found: NoteNow) -> MatchNoteOut:
    return msgspec.convert(found, MatchNoteOut, from_attributes=True)


def notes_out(match_id: int, found: list[NoteNow]) -> MatchNotes:
    return MatchNotes(match_id=match_id, items=[note_out(each) for each in found], total=len(found))
