"""Questions without a crime: who was here, who has matches at several crimes, who was together. Why comes first; the
answer is a disclosure, is in the audit before it is shown, and is not kept."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from api.errors import OutOfBounds
from api.http.dependencies import asked_for
from api.http.idempotency import UNKEYED
from api.schemas.questions.place import CirclePlaceIn
from api.schemas.questions.presence import PresenceIn
from api.schemas.questions.series import SeriesIn
from api.schemas.questions.together import TogetherIn
from api.usecases.questions.presence import ask_presence
from api.usecases.questions.series import ask_series
from api.usecases.questions.together import ask_together
from api.usecases.request_context import RequestContext
from api.views.questions.answer_words import pairs_of, series_of, verdicts_of, wearers_of
from api.web.browser import PREFIX, Asked
from api.web.entering import answered
from api.web.forms import Form, FormFaults, form_of
from api.web.menu import PageController
from api.web.rendering import REFUSALS, page
from api.wording.text import london
from geo.grid_reference import reference_of
from matcher.errors import BadInput
from tracker.access.roles import Right

PATH = f"{PREFIX}/ask"
LABELS = {
    "purpose": "Why you ask",
    "authority": "What allows it",
    "from": "From",
    "to": "To",
    "gridReference": "Grid reference",
    "eastingM": "Easting",
    "northingM": "Northing",
    "radiusM": "Radius",
    "atLeast": "At so many crimes",
    "withinM": "Within",
    "leastMinutes": "For at least",
}
_REFUSALS = (*REFUSALS, BadInput)
_ASKS = {"context": asked_for(Right.OPEN_TRAILS)}


class Ask(PageController):
    """Of people who may be matched in the time asked about, and of nobody else."""

    path = PATH
    menu = "Ask"
    menu_under = f"{PREFIX}/trails"
    dependencies = _ASKS

    @get(sync_to_thread=True)
    def show(self, request: Asked) -> Response[str]:
        return _asked(request)

    # None of these changes anything, and each may be sent again: every answer has its own row in the audit.
    @post("/presence", opt={UNKEYED: True}, status_code=200, sync_to_thread=True)
    def presence(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """Who was in a circle between two times."""

        def answer(form: Form) -> Response[Any]:
            wanted = form.read(PresenceIn, LABELS, place=_place(form))
            found = ask_presence(context, wanted)
            at = found.asked.place
            place = reference_of(at.easting_m, at.northing_m) or f"{at.easting_m:.0f} {at.northing_m:.0f}"
            where = f"Within {found.asked.radius_m:g} m of {place}"
            verdicts = verdicts_of(found.counts)
            return _answer(
                request, "presence", "Who was here", found, wearers_of(found), where=where, verdicts=verdicts
            )

        return _sent(request, answer)

    @post("/series", dependencies={"context": asked_for(Right.REVIEW)}, opt={UNKEYED: True}, status_code=200,
          sync_to_thread=True)  # fmt: skip
    def series(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """Which wearers have matches at several crimes."""

        def answer(form: Form) -> Response[Any]:
            found = ask_series(context, form.read(SeriesIn, LABELS))
            where = f"Matches at {found.asked.at_least:,} crimes or more"
            return _answer(request, "series", "Who has matches at several crimes", found, series_of(found), where=where)

        return _sent(request, answer)

    @post("/together", opt={UNKEYED: True}, status_code=200, sync_to_thread=True)
    def together(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """Which wearers were near each other for how long."""

        def answer(form: Form) -> Response[Any]:
            found = ask_together(context, form.read(TogetherIn, LABELS))
            asked = found.asked
            where = f"Within {asked.within_m:g} m of each other for {asked.least_minutes:g} min in all"
            return _answer(request, "together", "Who was together", found, pairs_of(found), where=where)

        return _sent(request, answer)


def _place(form: Form) -> CirclePlaceIn:
    """Raises FormFaults."""
    given = form.read(CirclePlaceIn, LABELS)
    by_metres = (given.easting_m, given.northing_m)
    if given.grid_reference is not None and by_metres == (None, None):
        return given
    if given.grid_reference is None and None not in by_metres:
        return given
    raise FormFaults({"gridReference": "Give the place once: a grid reference, or an easting and a northing."})


def _sent(request: Asked, answer: Callable[[Form], Response[Any]]) -> Response[Any]:
    def in_words_of_the_form(form: Form) -> Response[Any]:
        try:
            return answer(form)
        except OutOfBounds as error:
            raise FormFaults(_at_its_field(str(error))) from error

    return answered(request, in_words_of_the_form, lambda _, error: _asked(request, error), _REFUSALS)


def _at_its_field(told: str) -> dict[str, str]:
    """A sentence that names parameters, at the field of the first and in the words of the page."""
    named = re.findall("`([a-zA-Z]+)`", told)
    field = next((name for name in named if name in LABELS), "gridReference" if "place" in named else "to")
    for name in named:
        told = told.replace(f"`{name}`", LABELS.get(name, "The place"))
    return {field: told}


def _asked(request: Asked, error: Exception | None = None) -> Response[str]:
    return page(request, "pages/analyst/ask.html", "Ask without a crime", form=form_of(request.scope), error=error)


def _answer(request: Asked, kind: str, title: str, found: Any, rows: list[Any], **told: Any) -> Response[str]:
    return page(
        request,
        f"pages/analyst/answer_{kind}.html",
        title,
        found=found,
        rows=rows,
        when=_when(found.asked.from_, found.asked.to),
        wide=True,
        **told,
    )


def _when(since: datetime, until: datetime) -> str:
    return f"{london(since)} to {london(until)}"


HANDLERS = (Ask,)
