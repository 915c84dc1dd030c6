"""Matching again what an earlier version of the matcher matched: which months it would be, and the jobs."""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.http.dependencies import asked_for
from api.schemas.matching.rematch import MonthToMatch
from api.usecases.matching import rematch
from api.usecases.request_context import RequestContext
from api.web.browser import PREFIX, Asked
from api.web.entering import sent
from api.web.forms import Form, FormFaults
from api.web.menu import PageController
from api.web.rendering import page
from api.wording.chance import month_in_words
from tracker.access.roles import Right

JOBS = f"{PREFIX}/jobs"
PATH = f"{JOBS}/rematch"
OfJob = Annotated[int | None, QueryParameter(name="job", ge=1, description="Tick the months that this job matched.")]


class RematchPage(PageController):
    """Months with open or released matches of an earlier version."""

    path = PATH
    dependencies = {"context": asked_for(Right.RUN_MATCHES)}

    @get(sync_to_thread=True)
    def show(self, context: NamedDependency[RequestContext], request: Asked, of_job: OfJob = None) -> Response[str]:
        """Every month is ticked, or those that one job matched."""
        return _shown(context, request, of_job=of_job)

    @post(sync_to_thread=True)
    def rematch(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """A job for each month that is ticked; one that waits or runs already is not asked for again."""

        def enter(form: Form) -> str:
            ticked = form.all("only")
            if not ticked:
                raise FormFaults({"only": "No month is ticked. Tick those that are to be matched again."})
            made = [each.job.id for each in rematch.rematch(context, ticked).items if each.job is not None]
            if not made:
                return "Nothing is to be matched again."
            listed = ", ".join(str(each) for each in made)
            return f"Job {listed} matches it again." if len(made) == 1 else f"Jobs {listed} match them again."

        return sent(request, enter, JOBS, lambda form, error: _shown(context, request, form, error))


def _shown(
    context: RequestContext,
    request: Asked,
    form: Form | None = None,
    error: Exception | None = None,
    *,
    of_job: int | None = None,
) -> Response[str]:
    found = rematch.preview(context)
    ticked = {each.key for each in found.items} if of_job is None else rematch.of_job(context, of_job)
    if form is not None:
        ticked = set(form.all("only"))
    return page(
        request,
        "pages/analyst/rematch.html",
        "Match again",
        form=form,
        error=error,
        found=found,
        ticked=ticked,
        of_job=of_job,
        rows=[(each, month_in_words(each.month), _settings(each)) for each in found.items],
        wide=True,
    )


def _settings(month: MonthToMatch) -> str:
    """Those that differ from the standard."""
    given = month.params.stored()
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in given.items()) or "standard"


HANDLERS = (RematchPage,)
