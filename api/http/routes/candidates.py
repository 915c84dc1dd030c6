"""Candidates of a run, one with what it rests on, and the verdicts at one crime."""

from typing import Annotated, Literal

from litestar import Controller, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter

from api.http.dependencies import asked_for
from api.http.middleware import unescaped
from api.http.problems import READ_PROBLEMS, answers
from api.http.routes.runs import RunId
from api.schemas.matching.candidates import CandidateDetail, CandidatePage
from api.schemas.matching.verdicts import CrimeVerdicts, WearerVerdictPage
from api.usecases.matching import candidates, verdicts
from api.usecases.matching.candidates import CandidateFilter
from api.usecases.request_context import Page, RequestContext
from tracker.access.roles import Right

Verdict = Literal["present", "passed"]
AnyVerdict = Literal["present", "passed", "possible", "unobserved", "excluded"]
Version = Annotated[
    int | None, QueryParameter(ge=1, le=10**6, description="The crime's version; the latest in the run if not given.")
]
Order = Literal["strongest", "crime", "nearest", "longest", "most_fixes", "earliest"]


def provide_candidate_filter(
    verdict: Annotated[Verdict | None, QueryParameter(description="Fix inside, or path crosses only.")] = None,
    force: Annotated[str | None, QueryParameter(description="Crimes of this force.")] = None,
    crime_ref: Annotated[str | None, QueryParameter(name="crimeRef", description="Crimes with this reference.")] = None,
    wearer_id: Annotated[str | None, QueryParameter(name="wearerId", description="This wearer only.")] = None,
) -> CandidateFilter:
    return CandidateFilter(verdict=verdict, force=force, crime_ref=crime_ref, wearer_id=wearer_id)


BY_CANDIDATE_FILTER = {"wanted": Provide(provide_candidate_filter, sync_to_thread=False)}


class Candidates(Controller):
    """Wearers who were near a crime in its window."""

    path = "/runs/{run_id:str}/candidates"
    tags = ("candidates",)
    dependencies = {"context": asked_for(Right.READ_RUNS)}
    problems = READ_PROBLEMS

    @get(operation_id="listCandidates", dependencies=BY_CANDIDATE_FILTER, sync_to_thread=True)
    def list_candidates(
        self,
        run_id: RunId,
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        wanted: NamedDependency[CandidateFilter],
        order_by: Annotated[
            Order, QueryParameter(name="orderBy", description="Ties are broken by crime and wearer.")
        ] = "crime",
    ) -> CandidatePage:
        """Candidate matches of a run, a page at a time."""
        return candidates.candidates(context, unescaped(run_id), wanted, order_by, page)

    @get(
        "/{force:str}/{crime_ref:str}/{wearer_id:str}",
        operation_id="getCandidate",
        responses=answers(503),
        sync_to_thread=True,
    )
    def get_candidate(
        self,
        run_id: RunId,
        force: FromPath[str],
        crime_ref: FromPath[str],
        wearer_id: FromPath[str],
        context: NamedDependency[RequestContext],
    ) -> CandidateDetail:
        """One candidate with its visits and the fixes in the crime's window; a slash in a reference is sent as %2F."""
        return candidates.candidate(
            context, unescaped(run_id), unescaped(force), unescaped(crime_ref), unescaped(wearer_id)
        )


class Verdicts(Controller):
    """Where the tested wearers were at the time of one crime, as far as their tags say."""

    path = "/runs/{run_id:str}/crimes/{force:str}/{crime_ref:str}/verdicts"
    tags = ("verdicts",)
    dependencies = {"context": asked_for(Right.READ_RUNS)}
    problems = READ_PROBLEMS

    @get(operation_id="getCrimeVerdicts", sync_to_thread=True)
    def get_verdicts(
        self,
        run_id: RunId,
        force: FromPath[str],
        crime_ref: FromPath[str],
        context: NamedDependency[RequestContext],
        version: Version = None,
    ) -> CrimeVerdicts:
        """How many tested wearers were present, passed, possible, unobserved or excluded at one crime. No wearer is
        named."""
        return verdicts.counts(context, unescaped(run_id), unescaped(force), unescaped(crime_ref), version)

    @get("/wearers", operation_id="listCrimeVerdicts", sync_to_thread=True)
    def list_wearers(
        self,
        run_id: RunId,
        force: FromPath[str],
        crime_ref: FromPath[str],
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        verdict: Annotated[AnyVerdict | None, QueryParameter(description="Wearers with this verdict only.")] = None,
        version: Version = None,
    ) -> WearerVerdictPage:
        """The tested wearers of one crime with their verdicts, a page at a time."""
        return verdicts.wearers(
            context, unescaped(run_id), unescaped(force), unescaped(crime_ref), page, verdict=verdict, version=version
        )


HANDLERS = (Candidates, Verdicts)
