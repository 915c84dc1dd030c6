"""One match: where and when, what it is worth, what speaks against it, and the decision."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from markupsafe import Markup

from api.documents.maps.leaflet import as_json
from api.documents.maps.match import scene_of_match
from api.documents.maps.streets import with_streets
from api.documents.maps.svg import svg
from api.documents.maps.timeline import distance_chart, strip, window_of
from api.http.dependencies import Number, asked_for
from api.http.etags import etag_of, if_unchanged
from api.schemas.matching.review import MatchDetail, Moved
from api.usecases.desk.base_map import streets_within
from api.usecases.desk.match_page import match_page
from api.usecases.desk.notes import notes
from api.usecases.matching import review
from api.usecases.request_context import RequestContext
from api.views.matching.lead import lead, speaks_against
from api.views.matching.match_words import (
    POSITIONS_SHOWN,
    TONES,
    dates_in_words,
    days_in_words,
    history,
    place_in_words,
    positions,
    queue_row,
    version_in_words,
    window_in_words,
)
from api.web.browser import Asked
from api.web.entering import answered
from api.web.forms import Form, FormFaults, form_of
from api.web.menu import PageController
from api.web.notes import done_at
from api.web.pages.analyst.filters import BY_QUEUE, QueueAsked
from api.web.pages.analyst.queue import PATH
from api.web.rendering import page
from tracker.access.roles import Right

LEAST_REASON = 10
Positions = Annotated[int, QueryParameter(ge=1, le=10_000, description="Which hundred of the positions.")]
_DONE = {
    "confirmed": "is confirmed. Another person has to release it.",
    "rejected": "is rejected. It can be reopened.",
    "in review": "is in review.",
}


class OneMatch(PageController):
    """A match with its evidence; each move is made from the state that was seen."""

    path = f"{PATH}/{{match_id:int}}"
    dependencies = {"context": asked_for(Right.REVIEW), **BY_QUEUE}

    @get(sync_to_thread=True)
    def show(
        self,
        match_id: Number,
        context: NamedDependency[RequestContext],
        asked: NamedDependency[QueueAsked],
        request: Asked,
        positions: Positions = 1,
    ) -> Response[str]:
        return shown(context, request, match_id, asked, positions)

    @post("/assign", sync_to_thread=True)
    def assign(
        self,
        match_id: Number,
        context: NamedDependency[RequestContext],
        asked: NamedDependency[QueueAsked],
        request: Asked,
    ) -> Response[Any]:
        """Take it: it is assigned to whoever asks."""
        return _moved(context, request, match_id, asked, lambda: review.assign(context, match_id, None), stays=True)

    @post("/decide", sync_to_thread=True)
    def decide(
        self,
        match_id: Number,
        context: NamedDependency[RequestContext],
        asked: NamedDependency[QueueAsked],
        request: Asked,
    ) -> Response[Any]:
        """Confirm or reject it, with a reason."""

        def move() -> Moved:
            moves = {"confirm": review.confirm, "reject": review.reject}
            chosen = form_of(request.scope).get("decision")
            faults = {} if chosen in moves else {"decision": "Choose whether you confirm or reject this match."}
            reason = _reason(request, faults)
            return moves[chosen](context, match_id, reason)

        return _moved(context, request, match_id, asked, move, stays=False)

    @post("/reopen", sync_to_thread=True)
    def reopen(
        self,
        match_id: Number,
        context: NamedDependency[RequestContext],
        asked: NamedDependency[QueueAsked],
        request: Asked,
    ) -> Response[Any]:
        """Put a rejected match back into review."""
        return _moved(
            context,
            request,
            match_id,
            asked,
            lambda: review.reopen(context, match_id, _reason(request, {})),
            stays=True,
        )


def _reason(request: Asked, faults: dict[str, str]) -> str:
    """Raises FormFaults, with those that are known already."""
    reason = form_of(request.scope).get("reason")
    letters = sum(each.isalnum() for each in reason)
    if letters < LEAST_REASON:
        faults["reason"] = f"Give a reason of at least {LEAST_REASON} letters: what you saw that decides it."
    elif len(reason) > 2_000:
        faults["reason"] = f"The reason has {len(reason):,} letters. Give at most 2,000."
    if faults:
        raise FormFaults(faults)
    return reason


def _moved(
    context: RequestContext, request: Asked, match_id: int, asked: QueueAsked, move: Callable[[], Moved], *, stays: bool
) -> Response[Any]:
    """The next match, or the same one; the page again where it is refused, with what was typed."""
    # Of the queue as it was when the page was made: the match itself leaves it.
    behind = form_of(request.scope).get("behind")
    query = f"?{asked.query}" if asked.query else ""

    def answer(_: Form) -> Response[Any]:
        with if_unchanged(request, review.current(context, match_id)):
            done = move()
        words = f"Match {match_id} {_DONE.get(done.state, f'is {done.state}.')}"
        if stays:
            return done_at(request, f"{PATH}/{match_id}{query}", words)
        return done_at(request, f"{PATH}/{int(behind)}{query}" if behind.isdecimal() else f"{PATH}{query}", words)

    return answered(request, answer, lambda _, error: shown(context, request, match_id, asked, 1, error=error))


def shown(
    context: RequestContext,
    request: Asked,
    match_id: int,
    asked: QueueAsked,
    hundred: int,
    *,
    error: Exception | None = None,
) -> Response[str]:
    found = match_page(context, match_id, asked.wanted(context), asked.in_state)
    detail, form = found.detail, form_of(request.scope)
    match = detail.match
    return page(
        request,
        "pages/analyst/match.html",
        f"Match {match.id}: wearer {match.wearer_ref} at crime {match.crime_ref}",
        form=form,
        error=error,
        found=found,
        match=match,
        evidence=detail.evidence,
        lead=lead(detail),
        against=speaks_against(detail),
        tone=TONES[match.state],
        place=place_in_words(found.in_queue),
        version=version_in_words(detail, found.latest_version),
        window=window_in_words(match.crime_from, match.crime_to),
        days=days_in_words(match),
        dates=dates_in_words(detail),
        history=history(detail.moves),
        notes=notes(context, match_id).items if detail.notes else [],
        wearers_others=[queue_row(each) for each in detail.wearers_others],
        crimes_others=[queue_row(each) for each in detail.crimes_others],
        query=f"?{asked.query}" if asked.query else "",
        queue=PATH,
        seen=etag_of(match),
        state=f"{match.state}, {'assigned to ' + match.assignee if match.assignee else 'assigned to nobody'}",
        mine=match.assignee == context.actor.name,
        wide=True,
        **_drawn(context, detail, hundred),
    )


def _drawn(context: RequestContext, detail: MatchDetail, hundred: int) -> dict[str, Any]:
    """Map, strip and chart, as drawn by the server; and what the map on the screen is made of."""
    if detail.evidence is None:
        return {"drawn": None, "rows": [], "hundred": 1, "hundreds": 1}
    scene, axis = scene_of_match(detail), window_of(detail)
    under = with_streets(scene, streets_within(context.settings, scene.extent))
    every = positions(detail.evidence.fixes)
    told = {
        "scene": msgspec.Raw(as_json(replace(scene, attribution=under.attribution))),
        "from": axis.start.timestamp(),
        "to": axis.end.timestamp(),
        # Time, words, and what the line under the map says of the position, in order.
        "fixes": [
            (
                each.t.timestamp(), f"{each.label or 'Position'}, {each.at}", each.distance, each.accuracy, each.where,
                each.by, each.reference,
            )
            for each in every
        ],
    }  # fmt: skip
    hundreds = max(-(-len(every) // POSITIONS_SHOWN), 1)
    hundred = min(hundred, hundreds)
    return {
        "drawn": {
            "map": Markup(svg(under)),
            "strip": Markup(strip(detail)),
            "distance": Markup(distance_chart(detail)),
            # Text of an element: quotes stand as they are, or a third of it would be their escapes.
            "streets": under is not scene,
            "told": Markup(msgspec.json.encode(told).decode().replace("&", "&amp;").replace("<", "&lt;")),
        },
        "rows": every[(hundred - 1) * POSITIONS_SHOWN : hundred * POSITIONS_SHOWN],
        "hundred": hundred,
        "hundreds": hundreds,
    }


HANDLERS = (OneMatch,)
