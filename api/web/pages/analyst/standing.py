"""Standing settings: with which radius, time and longest window crimes of a type are matched for the queue, from which
day on; entered and taken back."""

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from msgspec.inspect import type_info

from api.http.dependencies import OF_PROGRAMME, asked_for
from api.http.faults import in_words
from api.schemas.matching.params import JobParams
from api.schemas.matching.standing import StandingSettingIn, StandingSettingOut, StandingTakeBackIn
from api.usecases.desk import standing
from api.usecases.request_context import Programme, RequestContext
from api.views.matching.standing import standing_entered_in_words, standing_taken_back_in_words
from api.web.browser import PREFIX, Asked
from api.web.entering import sent
from api.web.forms import Form, FormFaults, is_finite, read_part
from api.web.menu import PageController
from api.web.pages.analyst.filters import HISTORY
from api.web.pages.delivery.within import base
from api.web.rendering import REFUSALS, page
from matcher.errors import BadParams
from tracker.access.roles import Right
from tracker.errors import NotFound
from tracker.times import AsOf

OWN = "standing-settings"
_SETS = {"context": asked_for(Right.SET_MATCHES)}
_REFUSALS = (*REFUSALS, BadParams, NotFound)
_LABELS = {
    "crimeType": "Crime type",
    "from": "From",
    "radiusM": "Radius of the circle",
    "bufferS": "Time added to both ends",
    "maxWindowH": "Longest window",
    "reason": "Reason",
}
_MAIN = ("radiusM", "bufferS", "maxWindowH")
"""Settings with a field of their own; any other is a line of one field."""
_KINDS: dict[str, Any] = {each.encode_name: each.type for each in type_info(JobParams).fields}  # type: ignore[attr-defined]
_OTHERS = sorted(_KINDS.keys() - {*_MAIN, "dataUntil"})


class StandingSettings(PageController):
    """What holds for crimes of a programme, by type and day."""

    path = f"{PREFIX}/programmes/{{key:str}}/{OWN}"
    dependencies = {"context": asked_for(Right.READ_RUNS), **OF_PROGRAMME}

    @get(sync_to_thread=True)
    def show(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        request: Asked,
        history: HISTORY = "",
    ) -> Response[str]:
        return _shown(context, programme, as_of, request, history=history)

    @post(dependencies=_SETS, sync_to_thread=True)
    def enter(
        self, context: NamedDependency[RequestContext], programme: NamedDependency[Programme], request: Asked
    ) -> Response[Any]:
        """A second entry of one type and day corrects the first."""

        def enter(form: Form) -> str:
            params = _params(form)
            body = read_part(form, "set-", StandingSettingIn, _LABELS, params=params)
            done = standing.enter(context, programme, body.crime_type, body.from_on, body.params, body.reason)
            return " ".join(standing_entered_in_words(done))

        return _sent(context, programme, request, enter)

    @post("/take-back", dependencies=_SETS, sync_to_thread=True)
    def take_back(
        self, context: NamedDependency[RequestContext], programme: NamedDependency[Programme], request: Asked
    ) -> Response[Any]:
        """It no longer holds; it stays on record as known until now."""

        def enter(form: Form) -> str:
            held = standing.list_standing(context, programme, AsOf(context.today.day)).items
            chosen = next((each for each in held if str(each.number) == form.get("back-number")), None)
            if chosen is None:
                raise FormFaults({"back-number": "Choose the setting that no longer holds."})
            of = {"crimeType": chosen.crime_type, "from": chosen.from_}
            body = read_part(form, "back-", StandingTakeBackIn, _LABELS, **of)
            done = standing.take_back(context, programme, body.crime_type, body.from_on, body.reason)
            return " ".join(standing_taken_back_in_words(done))

        return _sent(context, programme, request, enter)


def _params(form: Form) -> JobParams:
    """Those that were typed. Raises FormFaults, at the field of each."""
    given = {name: (f"set-{name}", text) for name in _MAIN if (text := form.get(f"set-{name}"))}
    faults: dict[str, str] = {}
    for line in form.get("set-others").split("\n"):
        name, _, text = (part.strip() for part in line.partition("="))
        if name and (name not in _KINDS or name in _MAIN):
            faults["set-others"] = f"{name[:40]} is none of the other settings. There are {', '.join(_OTHERS)}."
        elif name:
            given[name] = ("set-others", text)
    read: dict[str, Any] = {}
    for name, (field, text) in given.items():
        value: Any = [each.strip() for each in text.split(",")] if name == "mechanisms" else text
        try:
            one = msgspec.convert({name: value}, JobParams, strict=False)
            if not all(is_finite(each) for each in msgspec.structs.astuple(one)):
                raise msgspec.ValidationError
        except msgspec.ValidationError:
            faults[field] = f"{_LABELS.get(name, name)} must be {in_words(_KINDS[name], name)}."
        read[name] = value
    if faults:
        raise FormFaults(faults)
    return msgspec.convert(read, JobParams, strict=False)


def _sent(context: RequestContext, programme: Programme, request: Asked, enter: Callable[[Form], str]) -> Response[Any]:
    def again(form: Form, error: Exception) -> Response[str]:
        return _shown(context, programme, AsOf(context.today.day), request, form=form, error=error)

    return sent(request, enter, f"{base(programme)}/{OWN}", again, _REFUSALS)


def _shown(
    context: RequestContext,
    programme: Programme,
    as_of: AsOf,
    request: Asked,
    *,
    history: str = "",
    form: Form | None = None,
    error: Exception | None = None,
) -> Response[str]:
    found = standing.list_standing(context, programme, as_of, history=bool(history))
    held = standing.list_standing(context, programme, AsOf(context.today.day)).items
    return page(
        request,
        "pages/analyst/standing.html",
        f"Standing settings of {programme.key}",
        form=form,
        error=error,
        found=found,
        history=history,
        held=[("", "Choose one"), *((each.number, f"{_type(each)}, from {each.from_}") for each in held)],
        others=_OTHERS,
        may_set=Right.SET_MATCHES in context.actor.rights,
        own=f"{base(programme)}/{OWN}",
        wide=True,
    )


def _type(each: StandingSettingOut) -> str:
    return each.crime_type or "Every other type"


HANDLERS = (StandingSettings,)
