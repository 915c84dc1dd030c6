"""Runs: settings and results, changes since another run, and verification by computing a run again."""

from typing import Annotated, Literal

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from api.http.dependencies import asked_for
from api.http.middleware import unescaped
from api.http.problems import READ_PROBLEMS, answers
from api.schemas.matching.candidates import NotMatchablePage
from api.schemas.matching.difference import Difference
from api.schemas.matching.runs import RunDetail, RunPage
from api.schemas.matching.verified import Verified
from api.usecases.matching import runs
from api.usecases.request_context import Page, RequestContext
from tracker.access.roles import Right

RunId = Annotated[str, PathParameter(description="A run's id, the beginning of one, or `latest`.")]
Reason = Literal["window_too_long", "no_location", "location_too_coarse", "outside_window"]


class Runs(Controller):
    """Finished runs."""

    path = "/runs"
    tags = ("runs",)
    dependencies = {"context": asked_for(Right.READ_RUNS)}
    problems = READ_PROBLEMS

    @get(operation_id="listRuns", sync_to_thread=True)
    def list_runs(
        self,
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        batch: Annotated[
            str | None, QueryParameter(description="Runs that last tested a crime of this batch for the queue.")
        ] = None,
    ) -> RunPage:
        """Finished runs, the latest first."""
        return runs.runs(context, page, batch)

    @get("/{run_id:str}", operation_id="getRun", sync_to_thread=True)
    def get_run(self, run_id: RunId, context: NamedDependency[RequestContext]) -> RunDetail:
        """What was asked, what went in, what came out."""
        return runs.run(context, unescaped(run_id))

    @get("/{run_id:str}/not-matchable", operation_id="listNotMatchable", sync_to_thread=True)
    def list_not_matchable(
        self,
        run_id: RunId,
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        reason: Annotated[Reason | None, QueryParameter(description="Crimes left out for this reason.")] = None,
    ) -> NotMatchablePage:
        """Crimes that no wearer could be tested for, and why."""
        return runs.not_matchable(context, unescaped(run_id), reason, page)

    @get("/{run_id:str}/difference", operation_id="getDifference", sync_to_thread=True)
    def get_difference(
        self,
        run_id: RunId,
        before: Annotated[str, QueryParameter(description="The earlier run's id, the beginning of one, or `latest`.")],
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
    ) -> Difference:
        """What a reviewer of an earlier run has to look at again: candidates added, withdrawn and changed since."""
        return runs.difference(context, before, unescaped(run_id), page)

    @get(
        "/{run_id:str}/verification",
        operation_id="verifyRun",
        dependencies={"context": asked_for(Right.RUN_MATCHES)},
        responses=answers(503),
        sync_to_thread=True,
    )
    def verify_run(self, run_id: RunId, context: NamedDependency[RequestContext]) -> Verified:
        """The run computed again and its digests compared; takes as long as the run took."""
        return runs.verified(context, unescaped(run_id))


HANDLERS = (Runs,)
