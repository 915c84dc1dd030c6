"""Changed matches: confirmed and released ones of which a later run says something else. An analyst decides the
confirmed ones, a releasing officer the released ones; each once, by what both runs say."""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.http.dependencies import Number, asked_for
from api.http.etags import etag_of, if_unchanged
from api.schemas.matching.changed import ChangedMatchOut, DecidedOut
from api.schemas.matching.review import Why
from api.usecases.matching import changed
from api.usecases.request_context import Page, RequestContext
from api.views.matching.changed_words import choices, decided_before, decision_in_words, points, side_by_side
from api.views.matching.match_words import TONES
from api.web.browser import PREFIX, Asked
from api.web.entering import answered
from api.web.forms import Form, FormFaults
from api.web.lists import listing
from api.web.menu import PageController
from api.web.notes import done_at
from api.web.rendering import page
from tracker.access.roles import Right
from tracker.errors import BadEntry

PATH = f"{PREFIX}/changed-matches"
_DECIDE = {"context": asked_for(*changed.RIGHTS.values())}
_MOVES = {"keep": changed.keep, "withdraw": changed.withdraw, "recall": changed.recall}
_RECALLED = f"{PREFIX}/releases?waits=acknowledgement"
"""Where the recipient's answer is entered."""
_SHOWN = (("", "Those that wait for a decision"), ("decided", "Those that were decided"))


class ChangedMatches(PageController):
    """All that wait for a decision of the reader's, or were decided."""

    path = PATH
    dependencies = _DECIDE

    @get(sync_to_thread=True)
    def show(
        self,
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        request: Asked,
        shown: Annotated[str, QueryParameter(max_length=20)] = "",
    ) -> Response[str]:
        return _list(context, request, page, shown)


class OneChangedMatch(PageController):
    """One that waits for a decision: before and after, side by side."""

    path = f"{PATH}/{{match_id:int}}"
    dependencies = _DECIDE

    @get(sync_to_thread=True)
    def show(self, match_id: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        return _shown(context, request, match_id)

    @post("/decide", sync_to_thread=True)
    def decide(self, match_id: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """Keep it, withdraw it or recall it, with a reason."""

        def answer(form: Form) -> Response[Any]:
            read = changed.current(context, match_id)
            move = _MOVES.get(form.get("decision"))
            if move is None:
                raise FormFaults({"decision": "Choose what you decide."})
            why = form.read(Why, {"reason": "Reason"})
            with if_unchanged(request, read):
                done = move(context, match_id, why.reason)
            return done_at(request, _RECALLED if done.decision == "recall" else PATH, _done_in_words(done))

        def again(form: Form, error: Exception) -> Response[str]:
            return _shown(context, request, match_id, form, error)

        return answered(request, answer, again)


def _done_in_words(done: DecidedOut) -> str:
    if done.decision == "recall":
        return "The release is recalled. Tell its recipient now, and enter what they answer."
    if done.decision == "keep":
        return f"Match {done.match_id} is kept. It is {done.state}, as before."
    return f"Match {done.match_id} is {done.state} now."


def _list(context: RequestContext, request: Asked, of: Page, shown: str) -> Response[str]:
    if shown not in dict(_SHOWN):
        raise BadEntry(f"`shown` is {shown!r}. Give decided, or leave it out.")
    found = changed.changed(context, of, decided=shown == "decided")
    return page(
        request,
        "changed/list.html",
        "Changed matches",
        found=found,
        listing=listing(request, found),
        rows=[(each, _what(each), decision_in_words(each), TONES[each.state]) for each in found.items],
        choices=_SHOWN,
        chosen=shown,
        wide=True,
    )


def _what(found: ChangedMatchOut) -> str:
    return f"{found.in_words[:1].upper()}{found.in_words[1:]}."


def _shown(
    context: RequestContext, request: Asked, match_id: int, form: Form | None = None, error: Exception | None = None
) -> Response[str]:
    detail = changed.one_changed(context, match_id)
    found = detail.changed
    return page(
        request,
        "changed/match.html",
        f"Changed match {found.match_id}: wearer {found.wearer_ref} at crime {found.crime_ref}",
        form=form,
        error=error,
        seen=etag_of(found),
        state=f"{found.after.in_words}, says run {found.after.run_id}",
        detail=detail,
        found=found,
        what=_what(found),
        rows=side_by_side(found),
        points=[("before", points(found.before)), ("after", points(found.after))],
        choices=choices(found),
        earlier=decided_before(detail),
        tone=TONES[found.state],
        reviews=Right.REVIEW in context.actor.rights,
        own=f"{PATH}/{found.match_id}",
        wide=True,
    )


HANDLERS = (ChangedMatches, OneChangedMatch)
