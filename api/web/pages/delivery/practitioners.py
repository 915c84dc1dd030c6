"""Which practitioner has which case; assigning and ending one is entered from here and from the licence's page."""

from litestar import Response, get
from litestar.di import NamedDependency

from api.http.dependencies import OF_PROGRAMME, asked_for
from api.usecases.partners import own_cases
from api.usecases.request_context import Page, Programme, RequestContext
from api.web.browser import Asked
from api.web.lists import listing
from api.web.menu import PageController
from api.web.pages.delivery.within import PROGRAMMES, within
from tracker.access.roles import Right


class Practitioners(PageController):
    path = f"{PROGRAMMES}/{{key:str}}/practitioners"
    dependencies = {"context": asked_for(Right.READ_CASES), **OF_PROGRAMME}

    @get(sync_to_thread=True)
    def show(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        page: NamedDependency[Page],
        request: Asked,
    ) -> Response[str]:
        now = own_cases.list_held(context, programme, page)
        return within(
            request,
            context,
            programme,
            "practitioners.html",
            "Cases of practitioners",
            here="licences",
            now=now,
            listing=listing(request, now),
            may_enter_cases=Right.ENTER_CASES in context.actor.rights,
        )


HANDLERS = (Practitioners,)
