"""The ledger for the evaluator: what left, when, and to whom."""

from litestar import Response, get
from litestar.di import NamedDependency

from api.usecases.evaluation import answers, cohorts
from api.usecases.request_context import Page, RequestContext
from api.web.browser import PREFIX, Asked
from api.web.lists import listing
from api.web.menu import PageController
from api.web.pages.evaluation.within import EXPORTS, programme_of
from api.web.rendering import page as shown

PATH = f"{PREFIX}/ledger"
_EXPORTS_SHOWN = 50


class Ledger(PageController):
    path = PATH
    menu = "Ledger"
    menu_under = f"{PREFIX}/tables"
    dependencies = EXPORTS

    @get(sync_to_thread=True)
    def show(
        self, context: NamedDependency[RequestContext], page: NamedDependency[Page], request: Asked
    ) -> Response[str]:
        programme = programme_of(context)
        found = answers.list_releases(context, programme, page)
        exports = cohorts.list_exports(context, programme, Page(_EXPORTS_SHOWN, 0))
        return shown(
            request,
            "evaluation/ledger.html",
            "What left",
            found=found,
            exports=exports,
            listing=listing(request, found),
            wide=True,
        )


HANDLERS = (Ledger,)
