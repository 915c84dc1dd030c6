"""Notes on matches, corrected and taken back."""

from functools import partial
from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from api.http.dependencies import Number, asked_for
from api.http.problems import ENTRY_PROBLEMS, READ_PROBLEMS
from api.schemas.matching.notes import MatchNoteCorrection, MatchNoteIn, MatchNotes, MatchNoteTakenBack
from api.usecases.desk import notes
from api.usecases.request_context import RequestContext
from tracker.access.roles import Right

changing = partial(post, status_code=200, responses=ENTRY_PROBLEMS, sync_to_thread=True)


class NotesOfMatch(Controller):
    """What analysts noted on a match that may be shown."""

    path = "/matches/{match_id:int}/notes"
    tags = ("review",)
    dependencies = {"context": asked_for(Right.REVIEW)}
    problems = READ_PROBLEMS

    @get(operation_id="listMatchNotes", sync_to_thread=True)
    def list_notes(
        self,
        match_id: Number,
        context: NamedDependency[RequestContext],
        history: Annotated[
            bool, QueryParameter(description="With those that were corrected or taken back, and why.")
        ] = False,
    ) -> MatchNotes:
        """In the order in which they were written."""
        return notes.notes(context, match_id, history=history)

    @post(operation_id="addMatchNote", responses=ENTRY_PROBLEMS, sync_to_thread=True)
    def add_note(
        self, match_id: Number, data: JSONBody[MatchNoteIn], context: NamedDependency[RequestContext]
    ) -> MatchNotes:
        """Note something on it, under your name; it changes nothing about the match."""
        return notes.add(context, match_id, data.words)

    @post(
        "/{number:int}/correct",
        operation_id="correctMatchNote",
        status_code=200,
        responses=ENTRY_PROBLEMS,
        sync_to_thread=True,
    )
    def correct_note(
        self,
        match_id: Number,
        number: Number,
        data: JSONBody[MatchNoteCorrection],
        context: NamedDependency[RequestContext],
    ) -> MatchNotes:
        """Put other words in its place, with a reason; the note has a new number."""
        return notes.correct(context, match_id, number, data.words, data.reason)

    @post(
        "/{number:int}/take-back",
        operation_id="takeBackMatchNote",
        status_code=200,
        responses=ENTRY_PROBLEMS,
        sync_to_thread=True,
    )
    def take_back_note(
        self,
        match_id: Number,
        number: Number,
        data: JSONBody[MatchNoteTakenBack],
        context: NamedDependency[RequestContext],
    ) -> MatchNotes:
        """Take it back, with a reason; it stays on record."""
        return notes.take_back(context, match_id, number, data.reason)


HANDLERS = (NotesOfMatch,)
