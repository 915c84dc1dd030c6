"""Finished runs: what was asked, what went in, what came out, what changed since another one."""

from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from api.http.dependencies import asked_for
from api.http.files import file_response
from api.http.middleware import unescaped
from api.schemas.matching.difference import Difference
from api.schemas.matching.runs import RunDetail
from api.schemas.matching.verified import Verified
from api.usecases.matching import runs
from api.usecases.matching.candidates import NO_FILTER, candidates
from api.usecases.request_context import Page, RequestContext
from api.views.matching.job_words import chance_rows, run_rows
from api.web.browser import PREFIX, Asked
from api.web.forms import Form
from api.web.lists import listing
from api.web.menu import PageController
from api.web.rendering import page
from api.wording.text import lasting, london
from matcher.params import ALGORITHM
from tracker.access.roles import Right

PATH = f"{PREFIX}/runs"
STRONGEST = Page(limit=20)
Since = Annotated[str, QueryParameter(max_length=100, description="The run before, by its id.")]
_READS = {"context": asked_for(Right.READ_RUNS)}
_CHANGES = {"added": "good", "withdrawn": "bad", "changed": "full"}


class Runs(PageController):
    """All finished runs."""

    path = PATH
    menu = "Runs"
    menu_under = f"{PREFIX}/jobs"
    dependencies = _READS

    @get(sync_to_thread=True)
    def show(
        self, context: NamedDependency[RequestContext], page: NamedDependency[Page], request: Asked
    ) -> Response[str]:
        return _list(context, request, page)


class OneRun(PageController):
    """One run in words."""

    path = f"{PATH}/{{run_id:str}}"
    dependencies = _READS

    @get(sync_to_thread=True)
    def show(self, run_id: FromPath[str], context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        return shown(context, request, runs.run(context, unescaped(run_id)))

    @get("/manifest", sync_to_thread=True)
    def manifest(self, run_id: FromPath[str], context: NamedDependency[RequestContext]) -> Response[bytes]:
        """What the page says of the run, and the digests, as JSON."""
        found = runs.run(context, unescaped(run_id))
        told = msgspec.json.format(msgspec.json.encode(found), indent=2)
        return file_response(told, "application/json", f"run-{found.run_id}.json")

    @post("/verify", dependencies={"context": asked_for(Right.RUN_MATCHES)}, sync_to_thread=True)
    def verify(self, run_id: FromPath[str], context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        """Computed again and compared; nothing is kept of it, so the page says what came out there and then."""
        found = runs.run(context, unescaped(run_id))
        return shown(context, request, found, runs.verified(context, found.run_id))


class RunDifference(PageController):
    """What a reviewer of an earlier run has to look at again."""

    path = f"{PATH}/{{run_id:str}}/difference"
    dependencies = _READS

    @get(sync_to_thread=True)
    def show(
        self,
        run_id: FromPath[str],
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        request: Asked,
        since: Since = "",
    ) -> Response[str]:
        found = runs.difference(context, since, unescaped(run_id), page)
        return _difference(request, found)


def _list(context: RequestContext, request: Asked, rows: Page) -> Response[str]:
    found = runs.runs(context, rows)
    told = [(each, london(each.finished_at)[:16], lasting(each.took_s)) for each in found.items]
    return page(
        request, "pages/analyst/runs.html", "Runs", listing=listing(request, found), rows=told, damaged=found.damaged
    )


def shown(
    context: RequestContext,
    request: Asked,
    found: RunDetail,
    verified: Verified | None = None,
    *,
    form: Form | None = None,
    error: Exception | None = None,
) -> Response[str]:
    strongest = candidates(context, found.run_id, NO_FILTER, "strongest", STRONGEST)
    others = [each for each in runs.runs(context, Page(limit=20)).items if each.run_id != found.run_id]
    return page(
        request,
        "pages/analyst/run.html",
        f"Run {found.run_id}",
        form=form,
        error=error,
        run=found,
        rows=run_rows(found),
        chance=chance_rows(found),
        strongest=strongest,
        others=[(each.run_id, f"{each.run_id}, finished {london(each.finished_at)[:16]}") for each in others],
        verified=verified,
        may_verify=Right.RUN_MATCHES in context.actor.rights,
        present=ALGORITHM,
        wide=True,
    )


def _difference(request: Asked, found: Difference) -> Response[str]:
    return page(
        request,
        "pages/analyst/difference.html",
        f"What changed from run {found.before} to {found.after}",
        listing=listing(request, found),
        found=found,
        tones=_CHANGES,
        wide=True,
    )


HANDLERS = (Runs, OneRun, RunDifference)
