"""What is adopted of the accuracy of device models: listed, adopted, taken back; and the report of nights at home that
shows why."""

from collections.abc import Callable
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.http.dependencies import asked_for
from api.schemas.matching.accuracy_levels import AccuracyLevels, AdoptionIn, AdoptionOut, TakeBackIn
from api.schemas.matching.real_accuracy import AccuracyReport
from api.usecases.matching import accuracy_levels
from api.usecases.matching.real_accuracy import accuracy_report
from api.usecases.request_context import RequestContext
from api.views.matching.accuracy_levels import entered_in_words, taken_back_in_words
from api.views.matching.accuracy_words import ratio_rows, to_adopt
from api.web.browser import PREFIX, Asked
from api.web.entering import sent
from api.web.forms import Form, FormFaults, read_part
from api.web.menu import PageController
from api.web.pages.analyst.filters import HISTORY, day_of
from api.web.rendering import REFUSALS, page
from tracker.access.roles import Right
from tracker.errors import NotFound
from tracker.times import AsOf

PATH = f"{PREFIX}/accuracy"
_ADOPTS = {"context": asked_for(Right.ADOPT_ACCURACY)}
_LABELS = {"model": "Device model", "from": "From", "level": "Level", "factor": "Factor", "reason": "Reason"}
_LEVELS = (("", "None: what a fix declares, else 68 %"), ("68", "68 %"), ("90", "90 %"), ("95", "95 %"))


class AccuracyPage(PageController):
    """What holds for fixes of each device model, from which day on."""

    path = PATH
    dependencies = {"context": asked_for(Right.READ_RUNS)}

    @get(sync_to_thread=True)
    def show(
        self,
        context: NamedDependency[RequestContext],
        as_of: NamedDependency[AsOf],
        request: Asked,
        history: HISTORY = "",
    ) -> Response[str]:
        return _shown(context, as_of, request, history=history)

    @get("/report", dependencies={"context": asked_for(Right.RUN_MATCHES)}, sync_to_thread=True)
    def report(
        self,
        context: NamedDependency[RequestContext],
        request: Asked,
        since: Annotated[str, QueryParameter(name="from", max_length=40)] = "",
        until: Annotated[str, QueryParameter(name="to", max_length=40)] = "",
    ) -> Response[str]:
        """Errors of fixes in nights at home, by device model: real radius against stated one."""
        found = accuracy_report(context, None, day_of(since, "From"), day_of(until, "To"))
        return _report(context, request, found)

    @post(dependencies=_ADOPTS, sync_to_thread=True)
    def adopt(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """A second entry of one day corrects the first."""

        def enter(form: Form) -> str:
            if (level := form.get("adopt-level")) not in dict(_LEVELS):
                raise FormFaults({"adopt-level": "Choose one of the levels."})
            body = read_part(form, "adopt-", AdoptionIn, _LABELS, level=int(level) if level else None)
            done = accuracy_levels.adopt(
                context, body.model, body.from_on, level=body.level, factor=body.factor, reason=body.reason
            )
            return " ".join(entered_in_words(done))

        return _sent(context, request, enter)

    @post("/take-back", dependencies=_ADOPTS, sync_to_thread=True)
    def take_back(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """It no longer holds; it stays on record as known until now."""

        def enter(form: Form) -> str:
            held = accuracy_levels.list_levels(context, AsOf(context.today.day)).items
            chosen = next((each for each in held if str(each.number) == form.get("back-number")), None)
            if chosen is None:
                raise FormFaults({"back-number": "Choose the entry that no longer holds."})
            of = {"model": chosen.model, "from": chosen.from_}
            body = read_part(form, "back-", TakeBackIn, _LABELS, **of)
            done = accuracy_levels.take_back(context, body.model, body.from_on, body.reason)
            return " ".join(taken_back_in_words(done))

        return _sent(context, request, enter)


def _sent(context: RequestContext, request: Asked, enter: Callable[[Form], str]) -> Response[Any]:
    def again(form: Form, error: Exception) -> Response[str]:
        return _shown(context, AsOf(context.today.day), request, form=form, error=error)

    return sent(request, enter, PATH, again, (*REFUSALS, NotFound))


def _shown(
    context: RequestContext,
    as_of: AsOf,
    request: Asked,
    *,
    history: str = "",
    form: Form | None = None,
    error: Exception | None = None,
) -> Response[str]:
    found = accuracy_levels.list_levels(context, as_of, history=bool(history))
    held = accuracy_levels.list_levels(context, AsOf(context.today.day))
    return page(
        request,
        "pages/analyst/accuracy.html",
        "Accuracy of devices",
        form=form,
        error=error,
        found=found,
        history=history,
        models=_models(held),
        levels=_LEVELS,
        held=[("", "Choose one"), *((each.number, f"{each.model}, from {each.from_}") for each in held.items)],
        may_adopt=Right.ADOPT_ACCURACY in context.actor.rights,
        own=PATH,
        wide=True,
    )


def _models(held: AccuracyLevels) -> list[tuple[str, str]]:
    named = ((each.model, f"{each.model} ({each.devices:,} {_devices(each.devices)})") for each in held.models)
    return [("", "Choose one"), *named]


def _devices(number: int) -> str:
    return "device" if number == 1 else "devices"


def _report(context: RequestContext, request: Asked, found: AccuracyReport) -> Response[str]:
    held = accuracy_levels.list_levels(context, AsOf(found.from_)).items
    now: dict[str, AdoptionOut] = {each.model: each for each in held if each.in_force}
    return page(
        request,
        "pages/analyst/accuracy_report.html",
        "Real accuracy of device models",
        found=found,
        models=[(each, ratio_rows(each), to_adopt(found, each, now.get(each.model or ""))) for each in found.models],
        may_adopt=Right.ADOPT_ACCURACY in context.actor.rights,
        own=PATH,
    )


HANDLERS = (AccuracyPage,)
