"""Sets of comparison people: accepted by somebody else than who sent them, and listed."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from api.http.dependencies import asked_for
from api.schemas.evaluation.bodies import ComparisonSetIn
from api.usecases.evaluation import comparison_sets
from api.usecases.request_context import Page, RequestContext
from api.web.browser import PREFIX, Asked
from api.web.entering import sent
from api.web.forms import Form
from api.web.lists import listing
from api.web.menu import PageController
from api.web.pages.evaluation.within import programme_of
from api.web.rendering import page as shown
from tracker.access.roles import Right

PATH = f"{PREFIX}/comparison-sets"


class ComparisonSets(PageController):
    path = PATH
    menu = "Comparison sets"
    menu_under = f"{PREFIX}/evaluation"
    dependencies = {"context": asked_for(Right.ENTER_OUTCOMES)}

    @get(sync_to_thread=True)
    def show(
        self, context: NamedDependency[RequestContext], page: NamedDependency[Page], request: Asked
    ) -> Response[str]:
        return _shown(context, request, page)

    @post(sync_to_thread=True)
    def accept(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """The comparison people on record become a set, which is not changed any more."""

        def enter(form: Form) -> str:
            name = form.read(ComparisonSetIn, {"name": "Name of the set"}).name
            done = comparison_sets.accept(context, programme_of(context), name)
            return f"The set “{done.name}” is accepted, of {done.people:,} comparison people."

        return sent(request, enter, PATH, lambda form, error: _shown(context, request, Page(), form, error))


def _shown(
    context: RequestContext, request: Asked, of: Page, form: Form | None = None, error: Exception | None = None
) -> Response[str]:
    found = comparison_sets.list_sets(context, programme_of(context), of)
    return shown(
        request,
        "evaluation/comparison_sets.html",
        "Comparison sets",
        form=form,
        error=error,
        found=found,
        listing=listing(request, found),
        own=PATH,
    )


HANDLERS = (ComparisonSets,)
