"""Milestones and obligations: which are due, which are overdue, and recording that one is done."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from api.http.dependencies import OF_PROGRAMME, asked_for
from api.schemas.delivery.duties import DoneIn
from api.usecases.delivery import status
from api.usecases.request_context import Programme, RequestContext
from api.web.browser import Asked
from api.web.entering import sent
from api.web.forms import Form, read_part
from api.web.menu import PageController
from api.web.pages.delivery.within import PROGRAMMES, base, rests_on, within
from tracker.access.roles import Right
from tracker.times import AsOf

_TONES = {"overdue": "bad", "due": "wait", "done": "good"}


class DutiesPage(PageController):
    path = f"{PROGRAMMES}/{{key:str}}/duties"
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

    @post("/done", dependencies={"context": asked_for(Right.ENTER_PROGRAMME)}, sync_to_thread=True)
    def done(
        self, context: NamedDependency[RequestContext], programme: NamedDependency[Programme], request: Asked
    ) -> Response[Any]:
        """A duty was done, by which evidence."""

        def enter(form: Form) -> str:
            part = form.get("part")
            body = read_part(form, part, DoneIn, {"evidence": "Evidence", "on": "Day"})
            key = part.removeprefix("done-").removesuffix("-")
            with rests_on(context, programme, "duties").unchanged(request):
                done = status.record_done(context, programme, key, body.evidence, body.on)
            return f"It is recorded as done on {done.done_on}."

        def again(form: Form, error: Exception) -> Response[str]:
            return _shown(context, programme, context.as_of(), request, form, error)

        return sent(request, enter, f"{base(programme)}/duties", again)


def _shown(
    context: RequestContext,
    programme: Programme,
    as_of: AsOf,
    request: Asked,
    form: Form | None = None,
    error: Exception | None = None,
) -> Response[str]:
    held = rests_on(context, programme, "duties").now(context)
    now = status.list_duties(context, programme, as_of)
    order = ("overdue", "due", "no date", "done")
    return within(
        request,
        context,
        programme,
        "duties.html",
        "Duties",
        here="duties",
        form=form,
        error=error,
        rests_on=held,
        state=f"{sum(each.state == 'done' for each in now.items)} of {len(now.items)} duties are done.",
        now=now,
        duties=sorted(now.items, key=lambda duty: (order.index(duty.state), str(duty.due))),
        tones=_TONES,
        overdue=sum(duty.state == "overdue" for duty in now.items),
    )


HANDLERS = (DutiesPage,)
