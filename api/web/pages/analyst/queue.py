"""The queue of matches: what waits, the strongest first; taken one by one, rejected together, restored together."""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from api.documents.matches import sheet_of_queue
from api.documents.sheet import CSV, as_csv
from api.http.dependencies import asked_for
from api.http.etags import etag_of
from api.http.files import file_response
from api.http.idempotency import UNKEYED
from api.http.paging import After
from api.schemas.matching.review import RejectMany
from api.usecases.desk import news, taken_away
from api.usecases.matching import changed, jobs, review
from api.usecases.request_context import Page, RequestContext
from api.views.matching.match_words import queue_row
from api.web.browser import PREFIX, Asked
from api.web.entering import answered
from api.web.forms import Form, FormFaults, form_of
from api.web.lists import listing
from api.web.menu import PageController
from api.web.notes import done_at
from api.web.pages.analyst.filters import BY_QUEUE, SHOWN, STATES, QueueAsked
from api.web.rendering import page
from tracker.access.roles import Right, Role

PATH = f"{PREFIX}/matches"
_ROLES = {"context": asked_for(Right.REVIEW)}
Undo = Annotated[str, QueryParameter(max_length=100, description="What was rejected together, to be restored.")]


class Queue(PageController):
    """Matches that wait for review, or were reviewed."""

    path = PATH
    menu = "Review queue"
    first_for = (Role.ANALYST,)
    dependencies = {**_ROLES, **BY_QUEUE}

    @get(sync_to_thread=True)
    def show(
        self,
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        asked: NamedDependency[QueueAsked],
        request: Asked,
        after: After = None,
        undo: Undo = "",
    ) -> Response[str]:
        return _shown(context, request, page, asked, after, undo=undo)

    @post("/reject", sync_to_thread=True)
    def reject_many(
        self,
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        asked: NamedDependency[QueueAsked],
        request: Asked,
    ) -> Response[Any]:
        """Those that are ticked, for one reason: all or none."""

        def answer(form: Form) -> Response[Any]:
            if not form.all("matchIds"):
                raise FormFaults({"matchIds": "Tick the matches to reject."})
            body = form.read(RejectMany, {"matchIds": "The matches to reject", "reason": "The reason"})
            done = review.reject_many(context, body.match_ids, body.reason)
            number = len(done.match_ids)
            kept = f"{asked.query}&" if asked.query else ""
            words = f"{number} {'match is' if number == 1 else 'matches are'} rejected."
            return done_at(request, f"{PATH}?{kept}undo={done.undo}", words)

        return answered(request, answer, lambda _, error: _shown(context, request, page, asked, None, error=error))

    @post("/file", opt={UNKEYED: True}, status_code=200, sync_to_thread=True)
    def file(
        self,
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        asked: NamedDependency[QueueAsked],
        request: Asked,
    ) -> Response[Any]:
        """All that fit as CSV, for a purpose that stands in the audit."""

        def answer(form: Form) -> Response[Any]:
            found = taken_away.queue(context, asked.wanted(context), asked.in_state, form.get("purpose"), "CSV")
            return file_response(as_csv(sheet_of_queue(found)), CSV, "matches.csv")

        return answered(request, answer, lambda _, error: _shown(context, request, page, asked, None, error=error))

    @post("/looked", sync_to_thread=True)
    def looked(
        self,
        context: NamedDependency[RequestContext],
        asked: NamedDependency[QueueAsked],
        request: Asked,
    ) -> Response[Any]:
        """What was new when the page was made is new no longer."""
        news.looked(context, form_of(request.scope).get("upTo"))
        return done_at(
            request, f"{PATH}?{asked.query}" if asked.query else PATH, "What comes from now on is new to you."
        )

    @post("/undo/{name:str}", sync_to_thread=True)
    def undo(
        self, name: FromPath[str], context: NamedDependency[RequestContext], asked: NamedDependency[QueueAsked],
        request: Asked,
    ) -> Response[Any]:  # fmt: skip
        """Restore what was rejected together; matches moved since stay where they are."""
        done = review.undo_reject(context, name)
        number = len(done.match_ids)
        words = f"{number} {'match is' if number == 1 else 'matches are'} back where they were."
        return done_at(request, f"{PATH}?{asked.query}" if asked.query else PATH, words)


def _shown(
    context: RequestContext,
    request: Asked,
    rows: Page,
    asked: QueueAsked,
    after: str | None,
    *,
    undo: str = "",
    error: Exception | None = None,
) -> Response[str]:
    found = review.queue(context, asked.wanted(context), asked.in_state, rows, after)
    running = jobs.list_jobs(context, Page(limit=1), "running") if Right.RUN_MATCHES in context.actor.rights else None
    return page(
        request,
        "pages/analyst/queue.html",
        "Review queue",
        form=form_of(request.scope),
        error=error,
        listing=listing(request, found),
        found=found,
        rows=[(queue_row(match), etag_of(match)) for match in found.items],
        asked=asked,
        states=STATES,
        shown=SHOWN,
        news=news.new_matches(context),
        changed=changed.waiting(context),
        running=running.items[0] if running and running.items else None,
        undo=undo,
        wide=True,
    )


HANDLERS = (Queue,)
