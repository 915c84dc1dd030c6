"""Confirmed matches that wait for a second person: what a release checks, one by one; the release; the way back."""

from collections.abc import Callable
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from markupsafe import Markup

from api.documents.maps.match import scene_of_match
from api.documents.maps.svg import svg
from api.http.dependencies import Number, asked_for
from api.http.etags import etag_of, if_unchanged
from api.schemas.desk.awaiting import ReleaseChecks
from api.schemas.matching.review import MatchDetail, Why
from api.schemas.releases import NewRelease, RecipientIn
from api.usecases.desk import awaiting
from api.usecases.matching import changed, releases
from api.usecases.request_context import Page, RequestContext
from api.web.browser import PREFIX, Asked
from api.web.entering import answered
from api.web.forms import Form, FormFaults
from api.web.lists import listing
from api.web.menu import PageController
from api.web.notes import done_at
from api.web.rendering import page
from tracker.access.roles import Right, Role

PATH = f"{PREFIX}/awaiting"
RELEASES = f"{PREFIX}/releases"
_LABELS = {"name": "Name", "rank": "Rank", "unit": "Unit", "destroyBy": "Destroy by", "reason": "Reason"}
After = Annotated[str | None, QueryParameter(max_length=500, description="`next` of the page before.")]


class Awaiting(PageController):
    """What waits to be released, and what waits after a release."""

    path = PATH
    menu = "To release"
    first_for = (Role.RELEASER,)
    dependencies = {"context": asked_for(Right.RELEASE)}

    @get(sync_to_thread=True)
    def show(
        self,
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        request: Asked,
        after: After = None,
    ) -> Response[str]:
        return _list(context, request, page, after)


class OneAwaiting(PageController):
    """One confirmed match."""

    path = f"{PATH}/{{match_id:int}}"
    dependencies = {"context": asked_for(Right.RELEASE)}

    @get(sync_to_thread=True)
    def show(self, match_id: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        return _shown(context, request, match_id)

    @post("/release", sync_to_thread=True)
    def release(self, match_id: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """Release it to a named person."""

        def answer(form: Form) -> Response[Any]:
            wanted = _wanted(form)
            with if_unchanged(request, releases.current(context, match_id)):
                made = releases.release(context, match_id, wanted)
            words = f"Match {match_id} is released. The package is below: send it to its recipient, and to nobody else."
            return done_at(request, f"{RELEASES}/{made.id}", words)

        return _answered(context, request, match_id, answer)

    @post("/return", sync_to_thread=True)
    def give_back(self, match_id: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """Send it back to review, with the reason."""

        def answer(form: Form) -> Response[Any]:
            why = form.read(Why, _LABELS)
            with if_unchanged(request, releases.current(context, match_id)):
                releases.give_back(context, match_id, why.reason)
            return done_at(request, PATH, f"Match {match_id} is back in review, with your reason.")

        return _answered(context, request, match_id, answer)


def _list(context: RequestContext, request: Asked, of: Page, after: str | None) -> Response[str]:
    found = releases.awaiting(context, of, after)
    return page(
        request,
        "release/awaiting.html",
        "Matches to release",
        found=found,
        listing=listing(request, found),
        waits=_tasks(context),
        changed=changed.waiting(context),
        wide=True,
    )


def _answered(
    context: RequestContext, request: Asked, match_id: int, answer: Callable[[Form], Response[Any]]
) -> Response[Any]:
    def again(form: Form, error: Exception) -> Response[str]:
        return _shown(context, request, match_id, form, error)

    return answered(request, answer, again)


def _wanted(form: Form) -> NewRelease:
    """Raises FormFaults: of the recipient and the day together."""
    faults: dict[str, str] = {}
    recipient = RecipientIn(name="-", rank="-")
    try:
        recipient = form.read(RecipientIn, _LABELS)
    except FormFaults as wrong:
        faults |= wrong.faults
    try:
        wanted = form.read(NewRelease, _LABELS, recipient=recipient)
    except FormFaults as wrong:
        raise FormFaults(faults | wrong.faults) from wrong
    if faults:
        raise FormFaults(faults)
    return wanted


def _tasks(context: RequestContext) -> list[dict[str, str]]:
    """What waits after a release, the most urgent first."""
    waiting = releases.waiting(context)
    of_each = (
        ("recall", waiting.recall, "of a match that the latest run no longer has", "Recall it", "bad"),
        ("acknowledgement", waiting.acknowledgement, "recalled, and not acknowledged yet", "Ask its recipient", "wait"),
        ("destruction", waiting.destruction, "past the day to be destroyed by", "Past the day", "full"),
    )
    return [
        {
            "words": f"{count:,} {'release' if count == 1 else 'releases'} {words}",
            "href": f"{RELEASES}?waits={waits}",
            "hint": "",
            "state": state,
            "tone": tone,
        }
        for waits, count, words, state, tone in of_each
        if count
    ]


def _shown(
    context: RequestContext, request: Asked, match_id: int, form: Form | None = None, error: Exception | None = None
) -> Response[str]:
    found = awaiting.checks(context, match_id)
    match = found.match
    return page(
        request,
        "release/match.html",
        f"Release match {match.id}: wearer {match.wearer_ref} at crime {match.crime_ref}",
        form=form,
        error=error,
        seen=etag_of(match),
        state=match.state,
        found=found,
        match=match,
        evidence=found.evidence,
        map=None if found.evidence is None else Markup(svg(scene_of_match(_detail(found)))),
        own=f"{PATH}/{match.id}",
        wide=True,
    )


def _detail(found: ReleaseChecks) -> MatchDetail:
    """As the map is drawn from: the match and its evidence alone."""
    return MatchDetail(
        match=found.match, moves=[], notes=0, wearers_others=[], crimes_others=[], evidence=found.evidence
    )


HANDLERS = (Awaiting, OneAwaiting)
