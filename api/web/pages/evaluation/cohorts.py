"""Cohorts: exports that were made, one with its risk and files, asking for another by purpose, and how far a job is."""

from collections.abc import Callable
from typing import Annotated, Any, get_args

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import ServerSentEvent

from api.http.dependencies import Number
from api.http.routes.cohorts import file_of
from api.schemas.evaluation.bodies import CohortIn, DecisionIn, LinkageIn
from api.usecases.evaluation import cohorts
from api.usecases.request_context import Page, RequestContext
from api.views.matching.job_words import went_in_words
from api.web.browser import PREFIX, Asked
from api.web.entering import answered, sent
from api.web.events import MOVES, told_as_it_goes
from api.web.forms import Form, read_part
from api.web.lists import listing
from api.web.menu import PageController
from api.web.notes import done_at
from api.web.pages.evaluation.within import EXPORTS, NAMED, programme_of, where_in
from api.web.rendering import page
from tracker.evaluation.cohort.parse import REACHED
from tracker.evaluation.cohort.weighting import COVARIATES
from tracker.evaluation.people.bands import LEVELS
from tracker.evaluation.people.subject import ATTRIBUTES
from tracker.evaluation.releases.linkage_states import LinkageMove, LinkageState, may_move

PATH = f"{PREFIX}/cohorts"
PURPOSES = [
    (each, each[:1].upper() + each[1:])
    for each in get_args(next(f.type for f in msgspec.structs.fields(CohortIn) if f.name == "purpose"))
]
_LABELS = {
    "purpose": "Purpose",
    "justification": "Why it is needed",
    "columns": "Columns",
    "asAt": "As at",
    "reached": "People who reached",
    "comparison": "With the comparison group",
    "dates": "Days are told as",
    "noSignalOverHours": "A silence is longer than, hours",
    "smallClasses": "Small classes",
    "classAtLeast": "Smallest class",
    "weights": "Compared by",
    "covariates": "Adjusted for",
    "linkedTo": "Same pseudonyms as export",
    "linkedWhy": "Why the same pseudonyms",
    "days": "Kept for, days",
}
_TONES = {"done": "good", "failed": "bad", "queued": "wait", "running": "wait"}


class Cohorts(PageController):
    path = PATH
    menu = "Cohorts"
    dependencies = EXPORTS

    @get(sync_to_thread=True)
    def show(
        self, context: NamedDependency[RequestContext], page: NamedDependency[Page], request: Asked
    ) -> Response[str]:
        return _list(context, request, page)


class NewCohort(PageController):
    path = f"{PATH}/new"
    dependencies = EXPORTS

    @get(sync_to_thread=True)
    def show(
        self,
        context: NamedDependency[RequestContext],
        request: Asked,
        purpose: Annotated[str, QueryParameter(max_length=64)] = "",
    ) -> Response[str]:
        return _asking(context, request, purpose)

    @post(sync_to_thread=True)
    def ask(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        def answer(form: Form) -> Response[Any]:
            wanted = form.read(CohortIn, _LABELS, where=where_in(form))
            definition = wanted.definition(context.today.day)
            job = cohorts.create_job(context, programme_of(context), definition, wanted.days)
            words = "The cohort is asked for. Whether it may leave is told here."
            return done_at(request, f"{PATH}/jobs/{job.id}", words)

        def again(form: Form, error: Exception) -> Response[str]:
            return _asking(context, request, form.get("purpose"), form, error)

        return answered(request, answer, again)


class CohortJob(PageController):
    path = f"{PATH}/jobs/{{job_id:int}}"
    dependencies = EXPORTS

    @get(sync_to_thread=True)
    def show(self, job_id: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        job = cohorts.job_of(context, job_id)
        return page(
            request,
            "evaluation/cohort_job.html",
            f"Cohort job {job.id}",
            job=job,
            tone=_TONES.get(job.state, "plain"),
            went=went_in_words(job),
            moves=job.state in MOVES,
            own=PATH,
        )

    @get("/events", sync_to_thread=True)
    def events(self, job_id: Number, context: NamedDependency[RequestContext]) -> ServerSentEvent:
        return told_as_it_goes(context.actor.session_id, lambda: cohorts.job_of(context, job_id))


class OneCohort(PageController):
    path = f"{PATH}/{{number:int}}"
    dependencies = EXPORTS

    @get(sync_to_thread=True)
    def show(self, number: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        return _shown(context, request, number)

    @get("/files/{name:str}", sync_to_thread=True)
    def file(self, number: Number, name: FromPath[str], context: NamedDependency[RequestContext]) -> Response[bytes]:
        """One of its files, or one that is made from them; each download is audited."""
        return file_of(context, number, name)

    @post("/destroy", sync_to_thread=True)
    def destroy(self, number: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """Its files and its key, for good."""

        def enter(form: Form) -> str:
            cohorts.destroy(context, number, read_part(form, "destroy-", DecisionIn, {"why": "Why"}).why)
            return "The files and the key are destroyed. That the export was made stays on the ledger."

        return _entered(context, request, number, enter)

    @post("/linkage", sync_to_thread=True)
    def link(self, number: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """Ask that a named linker gets the file of pseudonyms and PNC ids."""

        def enter(form: Form) -> str:
            labels = {"linker": "Linker", "organisation": "Organisation", "why": "Why"}
            told = read_part(form, "link-", LinkageIn, labels)
            cohorts.ask_linkage(context, number, told.linker, told.organisation, told.why)
            return "The linkage file is asked for. The data protection officer decides; you never get it."

        return _entered(context, request, number, enter)


def _list(context: RequestContext, request: Asked, of: Page) -> Response[str]:
    found = cohorts.list_exports(context, programme_of(context), of)
    return page(request, "evaluation/cohorts.html", "Cohorts", found=found, listing=listing(request, found), own=PATH)


def _asking(
    context: RequestContext, request: Asked, purpose: str, form: Form | None = None, error: Exception | None = None
) -> Response[str]:
    known = purpose in dict(PURPOSES)
    return page(
        request,
        "evaluation/new_cohort.html",
        "Ask for a cohort",
        form=form or Form({"purpose": [purpose]} if known else {}),
        error=error,
        purpose=purpose if known else "",
        purposes=PURPOSES,
        columns=cohorts.list_columns(context, purpose).items if known else [],
        reached=[(each, each.capitalize()) for each in REACHED],
        covariates=COVARIATES,
        attributes=ATTRIBUTES,
        levels=LEVELS,
        named=NAMED,
        own=PATH,
    )


def _entered(context: RequestContext, request: Asked, number: int, enter: Callable[[Form], str]) -> Response[Any]:
    def again(form: Form, error: Exception) -> Response[str]:
        return _shown(context, request, number, form, error)

    return sent(request, enter, f"{PATH}/{number}", again)


def _shown(
    context: RequestContext, request: Asked, number: int, form: Form | None = None, error: Exception | None = None
) -> Response[str]:
    found = cohorts.export(context, number)
    linkage = LinkageState(found.linkage.state) if found.linkage is not None else LinkageState.NONE
    return page(
        request,
        "evaluation/cohort.html",
        f"Export {found.id}: {found.definition.purpose}",
        form=form,
        error=error,
        export=found,
        linkage=linkage.value,
        may_ask_linkage=may_move(linkage, LinkageMove.ASK),
        own=f"{PATH}/{found.id}",
    )


HANDLERS = (NewCohort, CohortJob, Cohorts, OneCohort)
