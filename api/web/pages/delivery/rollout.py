"""Where a programme is live and by which phase; launching and planning."""

from collections.abc import Callable
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from api.documents import phase_map
from api.documents.borough_map import ATTRIBUTION
from api.http.dependencies import OF_PROGRAMME, asked_for
from api.schemas.delivery.rollout import LaunchIn, PlanIn
from api.usecases.delivery import rollout
from api.usecases.request_context import Programme, RequestContext
from api.views.delivery.rollout import forecast_in_words
from api.web.browser import Asked
from api.web.entering import sent
from api.web.forms import Form, FormFaults, read_part
from api.web.menu import PageController
from api.web.pages.delivery.within import PROGRAMMES, base, rests_on, within
from tracker.access.roles import Right
from tracker.times import AsOf

_ENTERS = {"context": asked_for(Right.ENTER_PROGRAMME)}
_LABELS = {"on": "Day", "borough": "Borough", "phase": "Phase", "reason": "Reason"}


class Rollout(PageController):
    path = f"{PROGRAMMES}/{{key:str}}/rollout"
    dependencies = {"context": asked_for(Right.READ_PROGRAMME), **OF_PROGRAMME}

    @get(sync_to_thread=True)
    def show(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        request: Asked,
    ) -> Response[str]:
        return _shown(context, programme, as_of, request)

    @post("/launch", dependencies=_ENTERS, sync_to_thread=True)
    def launch(
        self, context: NamedDependency[RequestContext], programme: NamedDependency[Programme], request: Asked
    ) -> Response[Any]:
        """A phase or a borough is live from a day on."""

        def enter(form: Form) -> str:
            what, _, name = form.get("launch-what").partition(":")
            if what not in ("phase", "borough") or not name:
                raise FormFaults({"launch-what": "Choose what is launched: a phase or one borough."})
            body = read_part(form, "launch-", LaunchIn, _LABELS, **{what: name}, without=form.all("launch-without"))
            done = rollout.launch(
                context,
                programme,
                borough=body.borough,
                phase=body.phase,
                without=tuple(each for each in body.without if each),
                on=body.on,
            )
            said = f"{done.phase} is launched" if done.phase else f"{', '.join(done.launched)} is live"
            return " ".join([f"{said} from {done.on}.", *done.notes])

        return _sent(context, programme, request, enter)

    @post("/plan", dependencies=_ENTERS, sync_to_thread=True)
    def plan(
        self, context: NamedDependency[RequestContext], programme: NamedDependency[Programme], request: Asked
    ) -> Response[Any]:
        """A planned day of a borough's own, in the place of its phase's."""

        def enter(form: Form) -> str:
            body = read_part(form, "plan-", PlanIn, _LABELS)
            done = rollout.plan(context, programme, body.borough, body.on, body.reason)
            return " ".join([f"{done.planned} is planned for {done.on}.", *done.notes])

        return _sent(context, programme, request, enter)


def _sent(context: RequestContext, programme: Programme, request: Asked, enter: Callable[[Form], str]) -> Response[Any]:
    def again(form: Form, error: Exception) -> Response[str]:
        return _shown(context, programme, context.as_of(), request, form, error)

    def enter_unchanged(form: Form) -> str:
        with rests_on(context, programme, "rollout").unchanged(request):
            return enter(form)

    return sent(request, enter_unchanged, f"{base(programme)}/rollout", again)


def _shown(
    context: RequestContext,
    programme: Programme,
    as_of: AsOf,
    request: Asked,
    form: Form | None = None,
    error: Exception | None = None,
) -> Response[str]:
    held = rests_on(context, programme, "rollout").now(context)
    now = rollout.show(context, programme, as_of)
    waiting = [each for each in now.boroughs if each.live is not True]
    return within(
        request,
        context,
        programme,
        "rollout.html",
        "Rollout",
        here="rollout",
        form=form,
        error=error,
        rests_on=held,
        state=f"{sum(each.live is True for each in now.boroughs)} boroughs are live.",
        now=now,
        map=phase_map.svg(now.places, now.name, now.as_at) if now.places.boroughs else "",
        key=phase_map.key_of(now.places),
        attribution=ATTRIBUTION,
        forecast=forecast_in_words(now.forecast, now.as_at),
        launches=[("", "Choose one")]
        + [(f"phase:{each.name}", f"Phase {each.name}") for each in now.places.phases if each.launched is not True]
        + [(f"borough:{each.name}", each.name) for each in waiting],
        plans=[("", "Choose one"), *((each.name, each.name) for each in waiting)],
    )


HANDLERS = (Rollout,)
