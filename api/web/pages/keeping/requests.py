"""Subject access: who asked, by when it must be answered, the draft, and what became of it."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from api.http.dependencies import Number, asked_for
from api.http.idempotency import UNKEYED
from api.schemas.operation.retention import AccessIn, AccessMoveIn
from api.usecases.operation import subject_access
from api.usecases.request_context import Page, RequestContext
from api.web.browser import PREFIX, Asked
from api.web.entering import answered, sent
from api.web.forms import Form
from api.web.lists import listing
from api.web.menu import PageController
from api.web.notes import done_at
from api.web.rendering import REFUSALS, page
from tracker.access.roles import Right
from tracker.errors import NotFound

PATH = f"{PREFIX}/requests"
_ASKED = {"wearerRef": "Wearer's reference", "receivedOn": "Received on"}
_MOVED = {"move": "What happened", "note": "Note"}


class Requests(PageController):
    """Every request as it is now."""

    path = PATH
    menu = "Requests"
    dependencies = {"context": asked_for(Right.KEEP)}

    @get(sync_to_thread=True)
    def show(
        self, context: NamedDependency[RequestContext], request: Asked, page: NamedDependency[Page]
    ) -> Response[str]:
        return _list(context, request, page)

    @post(sync_to_thread=True)
    def receive(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """A person asks what is on record about them; there is a month to answer."""

        def answer(form: Form) -> Response[Any]:
            new = form.read(AccessIn, _ASKED)
            got = subject_access.receive(context, new.wearer_ref, new.received_on)
            words = f"Request {got.number} is on record. Answer it by {got.due_on}."
            return done_at(request, f"{PATH}/{got.number}", words)

        def again(form: Form, error: Exception) -> Response[str]:
            return _list(context, request, Page(), form, error)

        return answered(request, answer, again, (*REFUSALS, NotFound))


class OneRequest(PageController):
    path = f"{PATH}/{{number:int}}"
    dependencies = {"context": asked_for(Right.KEEP)}

    @get(sync_to_thread=True)
    def show(self, number: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        return _one(context, request, number)

    @post("/draft", opt={UNKEYED: True}, sync_to_thread=True)
    def draft(self, number: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """Everything on record of the person who asked, for a person to go through."""

        def answer(_: Form) -> Response[Any]:
            found = subject_access.draft(context, number)
            rows = sum(len(each) for each in found.tables.values())
            return page(request, "keeping/draft.html", f"Draft of request {number}", draft=found, rows=rows)

        return answered(request, answer, lambda _, error: _one(context, request, number, None, error))

    @post("/moves", sync_to_thread=True)
    def move(self, number: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """The answer was sent, or the request refused."""

        def enter(form: Form) -> str:
            new = form.read(AccessMoveIn, _MOVED)
            moved = subject_access.move(context, number, new.move, new.note)
            return f"Request {number} is {moved.state}."

        back = f"{PATH}/{number}"
        return sent(request, enter, back, lambda form, error: _one(context, request, number, form, error))


def _list(
    context: RequestContext, request: Asked, rows: Page, form: Form | None = None, error: Exception | None = None
) -> Response[str]:
    found = subject_access.list_requests(context, rows)
    shown: dict[str, Any] = {"requests": found, "listing": listing(request, found)}
    return page(request, "keeping/requests.html", "Subject access requests", form=form, error=error, **shown)


def _one(
    context: RequestContext, request: Asked, number: int, form: Form | None = None, error: Exception | None = None
) -> Response[str]:
    found = subject_access.get_request(context, number)
    return page(
        request, "keeping/request.html", f"Subject access request {number}", form=form, error=error, access=found
    )


HANDLERS = (Requests, OneRequest)
