"""What was settled with a reason, by whom and when, those corrected or taken back too."""

from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.http.dependencies import OF_PROGRAMME, asked_for
from api.http.paging import After
from api.usecases.delivery import attention
from api.usecases.request_context import Programme, RequestContext
from api.web.browser import Asked
from api.web.lists import listing
from api.web.menu import PageController
from api.web.pages.delivery.within import PROGRAMMES, within
from tracker.access.roles import Right


class Settlements(PageController):
    path = f"{PROGRAMMES}/{{key:str}}/settlements"
    dependencies = {"context": asked_for(Right.READ_CASES), **OF_PROGRAMME}

    @get(sync_to_thread=True)
    def show(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        request: Asked,
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 50,
        after: After = None,
    ) -> Response[str]:
        """The newest first."""
        now = attention.list_settlements(context, programme, limit, after)
        return within(
            request,
            context,
            programme,
            "settlements.html",
            "Settled with a reason",
            here="attention",
            now=now,
            listing=listing(request, now),
            may_settle=Right.ENTER_CASES in context.actor.rights,
        )


HANDLERS = (Settlements,)
