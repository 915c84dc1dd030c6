"""Every programme on record; and the papers that come with the program, while there is none yet."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from api.http.dependencies import asked_for
from api.usecases.delivery import programmes
from api.usecases.request_context import RequestContext
from api.web.browser import PREFIX, Asked
from api.web.menu import PILOT, PageController
from api.web.notes import done_at
from api.web.pages.delivery.within import PROGRAMMES, base, day_words
from api.web.rendering import page
from tracker.access.roles import Right, Role
from tracker.money import pounds


class Begin(PageController):
    """Where a delivery officer begins: the programme that puts tags on people, another one, or the first day."""

    path = f"{PREFIX}/overview"
    menu = "Overview"
    first_for = (Role.OFFICER,)
    dependencies = {"context": asked_for(Right.READ_CASES)}

    @get(sync_to_thread=True, status_code=303)
    def begin(self, context: NamedDependency[RequestContext]) -> Redirect:
        every = programmes.every_programme(context)
        first = next((each for each in every if each.key == PILOT), next(iter(every), None))
        return Redirect(f"{PREFIX}/first-day" if first is None else base(first), status_code=303)


class Programmes(PageController):
    path = PROGRAMMES
    menu = "Programmes"
    dependencies = {"context": asked_for(Right.READ_PROGRAMME)}

    @get(sync_to_thread=True)
    def show(self, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        found = programmes.list_programmes(context, context.as_of())
        return page(
            request,
            "delivery/programmes.html",
            "Programmes",
            found=found,
            pounds=pounds,
            day=day_words,
            may_enter=Right.ENTER_PROGRAMME in context.actor.rights,
            may_read_cases=Right.READ_CASES in context.actor.rights,
        )

    @post("/papers", dependencies={"context": asked_for(Right.ENTER_PROGRAMME)}, sync_to_thread=True)
    def load(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """Enter the five papers that come with the program."""
        done = programmes.load(context, None)
        new = sum(each.new for each in done.items)
        return done_at(request, PROGRAMMES, f"{len(done.items)} papers are entered: {new} new entries.")


HANDLERS = (Begin, Programmes)
