"""Notes on a match: written on its page, corrected and taken back there."""

from collections.abc import Callable
from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency

from api.http.dependencies import Number, asked_for
from api.schemas.matching.notes import MatchNoteCorrection, MatchNoteIn, MatchNoteTakenBack
from api.usecases.desk import notes
from api.usecases.request_context import RequestContext
from api.web.browser import Asked
from api.web.entering import sent
from api.web.forms import Form, read_part
from api.web.menu import PageController
from api.web.pages.analyst.filters import BY_QUEUE, QueueAsked
from api.web.pages.analyst.match import shown
from api.web.pages.analyst.queue import PATH
from api.web.rendering import REFUSALS
from tracker.access.roles import Right
from tracker.errors import NotFound

_LABELS = {"words": "The note", "reason": "The reason"}


class NotesOnMatch(PageController):
    """Each is under the name of whoever writes it, and changes nothing about the match."""

    path = f"{PATH}/{{match_id:int}}/notes"
    dependencies = {"context": asked_for(Right.REVIEW), **BY_QUEUE}

    @post(sync_to_thread=True)
    def write(
        self,
        match_id: Number,
        context: NamedDependency[RequestContext],
        asked: NamedDependency[QueueAsked],
        request: Asked,
    ) -> Response[Any]:
        def enter(form: Form) -> str:
            notes.add(context, match_id, read_part(form, "note-", MatchNoteIn, _LABELS).words)
            return "The note is kept."

        return _entered(context, request, match_id, asked, enter)

    @post("/{number:int}/correct", sync_to_thread=True)
    def correct(
        self,
        match_id: Number,
        number: Number,
        context: NamedDependency[RequestContext],
        asked: NamedDependency[QueueAsked],
        request: Asked,
    ) -> Response[Any]:
        """Put other words in its place, with a reason."""

        def enter(form: Form) -> str:
            body = read_part(form, f"note-{number}-", MatchNoteCorrection, _LABELS)
            notes.correct(context, match_id, number, body.words, body.reason)
            return "The note is corrected. What it said before stays on record."

        return _entered(context, request, match_id, asked, enter)

    @post("/{number:int}/take-back", sync_to_thread=True)
    def take_back(
        self,
        match_id: Number,
        number: Number,
        context: NamedDependency[RequestContext],
        asked: NamedDependency[QueueAsked],
        request: Asked,
    ) -> Response[Any]:
        """It counts no more, and stays on record."""

        def enter(form: Form) -> str:
            reason = read_part(form, f"note-{number}-", MatchNoteTakenBack, _LABELS).reason
            notes.take_back(context, match_id, number, reason)
            return "The note is taken back. It stays on record with your reason."

        return _entered(context, request, match_id, asked, enter)


def _entered(
    context: RequestContext, request: Asked, match_id: int, asked: QueueAsked, enter: Callable[[Form], str]
) -> Response[Any]:
    """The match again, with what was done or what is wrong; a note that somebody else has just changed is told of
    there too."""
    back = f"{PATH}/{match_id}{f'?{asked.query}' if asked.query else ''}"
    refusals = (*REFUSALS, NotFound)
    return sent(
        request, enter, back, lambda _, error: shown(context, request, match_id, asked, 1, error=error), refusals
    )


HANDLERS = (NotesOnMatch,)
