"""Erasing a person: what will go, done only by typing the reference a second time; and every erasure as it is."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from api.http.dependencies import asked_for
from api.http.idempotency import UNKEYED
from api.schemas.wire import ReasonIn
from api.usecases.operation import retention
from api.usecases.request_context import Page, RequestContext
from api.views.operation.retention import erased_in_words
from api.web.browser import PREFIX, Asked
from api.web.entering import answered, sent
from api.web.forms import Form, FormFaults
from api.web.lists import listing
from api.web.menu import PageController
from api.web.notes import done_at
from api.web.rendering import REFUSALS, page
from tracker.access.roles import Right
from tracker.errors import NotFound

PATH = f"{PREFIX}/erasures"
_GOES = (
    "From the record: the person, identifiers and addresses, licences, screenings, scores and releases of matches.",
    "Positions and device events of the times in which they wore a tag, and their rows in every run of the matcher.",
    "Packages, exports and files that hold them. An export goes whole: without one row it would tell whose that was.",
    "The key of their values in the audit: its rows stay, and nobody can read what was sealed.",
    "Running matches are handed back first and begun again without them.",
    "Finished backups keep the person until they are deleted; a restore erases the person again.",
    "It cannot be undone.",
)


class Erasures(PageController):
    """Every erasure and how far it is."""

    path = PATH
    menu = "Erasures"
    dependencies = {"context": asked_for(Right.KEEP)}

    @get(sync_to_thread=True)
    def show(
        self, context: NamedDependency[RequestContext], request: Asked, page: NamedDependency[Page]
    ) -> Response[str]:
        return _list(context, request, page)

    @post("/preview", opt={UNKEYED: True}, sync_to_thread=True)
    def preview(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """What will go; nothing goes yet."""

        def answer(form: Form) -> Response[Any]:
            _wearer(form)
            form.read(ReasonIn, {"reason": "Reason"})
            return _asked(request, form)

        return answered(request, answer, lambda form, error: _list(context, request, Page(), form, error))

    @post(sync_to_thread=True)
    def erase(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """Erase the person everywhere, for good."""

        def enter(form: Form) -> str:
            wearer, reason = _wearer(form), form.read(ReasonIn, {"reason": "Reason"}).reason
            if form.get("again") != wearer:
                raise FormFaults({"again": "This is another reference than the one to be erased. Nothing was erased."})
            erased = retention.erase(context, wearer, reason)
            return f"Erasure {erased.number} is {erased.state}. {erased_in_words(erased)[0]}"

        return sent(request, enter, PATH, lambda form, error: _asked(request, form, error), (*REFUSALS, NotFound))

    @post("/finish", sync_to_thread=True)
    def finish(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """Go on with erasures that were cut short, or undone by a restore."""
        done = retention.finish_erasures(context).finished
        return done_at(request, PATH, "1 erasure was finished." if done == 1 else f"{done} erasures were finished.")


def _wearer(form: Form) -> str:
    if not (wearer := form.get("wearer")):
        raise FormFaults({"wearer": "Give the wearer's reference, as the record has it."})
    return wearer


def _asked(request: Asked, form: Form, error: Exception | None = None) -> Response[str]:
    return page(
        request,
        "keeping/erase.html",
        "Erase this person for good?",
        form=form,
        error=error,
        consequences=_GOES,
        action=PATH,
        label="Erase the person",
        back=PATH,
    )


def _list(
    context: RequestContext, request: Asked, rows: Page, form: Form | None = None, error: Exception | None = None
) -> Response[str]:
    found = retention.list_erasures(context, rows)
    unfinished = any(each.state == "unfinished" for each in found.items)
    shown: dict[str, Any] = {"erasures": found, "listing": listing(request, found), "unfinished": unfinished}
    return page(request, "keeping/erasures.html", "Erasures", form=form, error=error, **shown)


HANDLERS = (Erasures,)
