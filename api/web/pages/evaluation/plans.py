"""Analysis plans: frozen before the outcomes are looked at, and listed."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from msgspec import structs

from api.schemas.evaluation.bodies import AnalysisPlanIn
from api.usecases.evaluation import analysis_plans
from api.usecases.request_context import Page, RequestContext
from api.web.browser import PREFIX, Asked
from api.web.entering import sent
from api.web.forms import Form
from api.web.lists import listing
from api.web.menu import PageController
from api.web.pages.evaluation.within import EFFECT, EXPORTS, programme_of
from api.web.rendering import page as shown
from tracker.evaluation.cohort.weighting import COVARIATES

PATH = f"{PREFIX}/plans"
_LABELS = {"name": "Name of the plan", **{name: words for name, words in EFFECT.items() if name != "asAt"}}


class Plans(PageController):
    path = PATH
    dependencies = EXPORTS

    @get(sync_to_thread=True)
    def show(
        self, context: NamedDependency[RequestContext], page: NamedDependency[Page], request: Asked
    ) -> Response[str]:
        return _shown(context, request, page)

    @post(sync_to_thread=True)
    def freeze(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """The settings of an effect become a plan, which is not changed any more."""

        def enter(form: Form) -> str:
            settings = structs.asdict(form.read(AnalysisPlanIn, _LABELS))
            done = analysis_plans.freeze(context, programme_of(context), settings.pop("name"), settings)
            return f"The plan “{done.name}” is frozen. An effect that is asked with exactly these settings names it."

        return sent(request, enter, PATH, lambda form, error: _shown(context, request, Page(), form, error))


def _shown(
    context: RequestContext, request: Asked, of: Page, form: Form | None = None, error: Exception | None = None
) -> Response[str]:
    found = analysis_plans.list_plans(context, programme_of(context), of)
    return shown(
        request,
        "evaluation/plans.html",
        "Analysis plans",
        form=form,
        error=error,
        found=found,
        listing=listing(request, found),
        covariates=COVARIATES,
        own=PATH,
        wide=True,
    )


HANDLERS = (Plans,)
