"""Runs, their candidates, one candidate with what it rests on, verdicts at one crime, and what could not be matched."""

from typing import Annotated, Literal

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, PathParameter, QueryParameter

from api.http.auth import needs
from api.http.middleware import escaped
from api.http.paging import Limit, Offset
from api.http.problems import answers
from api.http.request_context import Desk
from api.schemas.matching.candidates import (
    CandidateDetail,
    CandidatePage,
    NotMatchablePage,
    candidates_of,
    detail_of,
    not_matchable_of,
)
from api.schemas.matching.difference import Difference, difference_of
from api.schemas.matching.runs import RunDetail, RunPage, summary_of
from api.schemas.matching.runs import detail_of as run_detail_of
from api.schemas.matching.verdicts import CrimeVerdicts, WearerVerdictPage, crime_verdicts_of, wearer_verdicts_of
from api.schemas.matching.verified import Verified
from api.settings import Settings
from api.usecases.actor import Actor
from api.usecases.matching import runs as reading_runs
from api.usecases.stores import open_fixes
from api.views.matching.verified import verified_run
from tracker.access.roles import Right
from tracker.review.release_queries import releases_of

RunId = Annotated[str, PathParameter(description="A run's id, the beginning of one, or `latest`.")]
Verdict = Literal["present", "passed"]
AnyVerdict = Literal["present", "passed", "possible", "unobserved", "excluded"]
Version = Annotated[
    int | None, QueryParameter(ge=1, le=10**6, description="The crime's version; the latest in the run if none.")
]
Reason = Literal["window_too_long", "no_location", "location_too_coarse", "outside_window"]
Order = Literal["strongest", "crime", "nearest", "longest", "most_fixes", "earliest"]


@get(
    "/runs",
    operation_id="listRuns",
    tags=["runs"],
    opt=needs(Right.READ_RUNS),
    responses=answers(400, 401, 403),
    sync_to_thread=True,
)
def list_runs(
    actor: NamedDependency[Actor], settings: NamedDependency[Settings], limit: Limit = 50, offset: Offset = 0
) -> RunPage:
    """Finished runs, the latest first."""
    runs = reading_runs.readable_runs(actor, settings.runs_dir)
    items = [summary_of(run) for run in runs[offset : offset + limit]]
    return RunPage(items=items, total=len(runs), limit=limit, offset=offset)


@get(
    "/runs/{run_id:str}",
    operation_id="getRun",
    tags=["runs"],
    opt=needs(Right.READ_RUNS),
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def get_run(run_id: RunId, actor: NamedDependency[Actor], settings: NamedDependency[Settings]) -> RunDetail:
    """What was asked, what went in, what came out."""
    return run_detail_of(reading_runs.readable_run(actor, settings.runs_dir, escaped(run_id)))


@get(
    "/runs/{run_id:str}/candidates",
    operation_id="listCandidates",
    tags=["candidates"],
    opt=needs(Right.READ_RUNS),
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def list_candidates(
    run_id: RunId,
    actor: NamedDependency[Actor],
    settings: NamedDependency[Settings],
    desk: NamedDependency[Desk],
    limit: Limit = 50,
    offset: Offset = 0,
    verdict: Annotated[Verdict | None, QueryParameter(description="Fix inside, or path crosses only.")] = None,
    force: Annotated[str | None, QueryParameter(description="Crimes of this force.")] = None,
    crime_ref: Annotated[str | None, QueryParameter(name="crimeRef", description="Crimes with this reference.")] = None,
    wearer_id: Annotated[str | None, QueryParameter(name="wearerId", description="This wearer only.")] = None,
    order_by: Annotated[Order, QueryParameter(name="orderBy", description="Ties go by crime and wearer.")] = "crime",
) -> CandidatePage:
    """Candidate matches of a run, a page at a time."""
    run = reading_runs.readable_run(actor, settings.runs_dir, escaped(run_id))
    asked = reading_runs.Filter(verdict=verdict, force=force, crime_ref=crime_ref, wearer_id=wearer_id)
    page = reading_runs.candidates(actor, run, asked, order=order_by, limit=limit, offset=offset)
    _looked(desk, run.run_id, page.rows["wearer_id"].unique().sort().to_list(), "candidates")
    return CandidatePage(items=candidates_of(run.run_id, page.rows), total=page.total, limit=limit, offset=offset)


@get(
    "/runs/{run_id:str}/candidates/{force:str}/{crime_ref:str}/{wearer_id:str}",
    operation_id="getCandidate",
    tags=["candidates"],
    opt=needs(Right.READ_RUNS),
    responses=answers(400, 401, 403, 404, 503),
    sync_to_thread=True,
)
def get_candidate(
    run_id: RunId,
    force: FromPath[str],
    crime_ref: FromPath[str],
    wearer_id: FromPath[str],
    actor: NamedDependency[Actor],
    settings: NamedDependency[Settings],
    desk: NamedDependency[Desk],
) -> CandidateDetail:
    """One candidate with its visits and the fixes in the crime's window; a slash in a reference is sent as %2F."""
    run = reading_runs.readable_run(actor, settings.runs_dir, escaped(run_id))
    key = (escaped(force), escaped(crime_ref), escaped(wearer_id))
    found = reading_runs.one_candidate(actor, run, open_fixes(settings), *key)
    desk.consulted(Right.READ_RUNS, "candidate", ["/".join(key)], purpose="crime mapping", run=run.run_id)
    return detail_of(run.run_id, found)


@get(
    "/runs/{run_id:str}/not-matchable",
    operation_id="listNotMatchable",
    tags=["runs"],
    opt=needs(Right.READ_RUNS),
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def list_not_matchable(
    run_id: RunId,
    actor: NamedDependency[Actor],
    settings: NamedDependency[Settings],
    limit: Limit = 50,
    offset: Offset = 0,
    reason: Annotated[Reason | None, QueryParameter(description="Crimes left out for this reason.")] = None,
) -> NotMatchablePage:
    """Crimes that no wearer could be tested for, and why."""
    run = reading_runs.readable_run(actor, settings.runs_dir, escaped(run_id))
    page = reading_runs.not_matchable(actor, run, reason=reason, limit=limit, offset=offset)
    return NotMatchablePage(items=not_matchable_of(page.rows), total=page.total, limit=limit, offset=offset)


@get(
    "/runs/{run_id:str}/crimes/{force:str}/{crime_ref:str}/verdicts",
    operation_id="getCrimeVerdicts",
    tags=["verdicts"],
    opt=needs(Right.READ_RUNS),
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def get_crime_verdicts(
    run_id: RunId,
    force: FromPath[str],
    crime_ref: FromPath[str],
    actor: NamedDependency[Actor],
    settings: NamedDependency[Settings],
    version: Version = None,
) -> CrimeVerdicts:
    """How many tested wearers were present, passed, possible, unobserved or excluded at one crime; nobody is named."""
    run = reading_runs.readable_run(actor, settings.runs_dir, escaped(run_id))
    found = reading_runs.verdict_counts(actor, run, escaped(force), escaped(crime_ref), version)
    return crime_verdicts_of(run.run_id, found.crime, found.counts)


@get(
    "/runs/{run_id:str}/crimes/{force:str}/{crime_ref:str}/verdicts/wearers",
    operation_id="listCrimeVerdicts",
    tags=["verdicts"],
    opt=needs(Right.READ_RUNS),
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def list_crime_verdicts(
    run_id: RunId,
    force: FromPath[str],
    crime_ref: FromPath[str],
    actor: NamedDependency[Actor],
    settings: NamedDependency[Settings],
    desk: NamedDependency[Desk],
    limit: Limit = 50,
    offset: Offset = 0,
    verdict: Annotated[AnyVerdict | None, QueryParameter(description="Wearers with this verdict only.")] = None,
    version: Version = None,
) -> WearerVerdictPage:
    """The tested wearers of one crime with their verdicts, a page at a time."""
    run = reading_runs.readable_run(actor, settings.runs_dir, escaped(run_id))
    page = reading_runs.verdict_list(
        actor, run, escaped(force), escaped(crime_ref), verdict=verdict, version=version, limit=limit, offset=offset
    )
    _looked(desk, run.run_id, page.rows["wearer_id"].to_list(), f"verdicts at {escaped(force)} {escaped(crime_ref)}")
    return WearerVerdictPage(items=wearer_verdicts_of(page.rows), total=page.total, limit=limit, offset=offset)


@get(
    "/runs/{run_id:str}/difference",
    operation_id="getDifference",
    tags=["runs"],
    opt=needs(Right.READ_RUNS),
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def get_difference(
    run_id: RunId,
    before: Annotated[str, QueryParameter(description="The earlier run's id, the beginning of one, or `latest`.")],
    actor: NamedDependency[Actor],
    settings: NamedDependency[Settings],
    desk: NamedDependency[Desk],
    limit: Limit = 50,
    offset: Offset = 0,
) -> Difference:
    """What a reviewer of an earlier run has to look at again: candidates added, withdrawn and changed since."""
    earlier, later = (reading_runs.readable_run(actor, settings.runs_dir, name) for name in (before, escaped(run_id)))
    rows = reading_runs.difference(actor, earlier, later)
    shown = rows.slice(offset, limit)["wearer_id"].unique().sort().to_list()
    _looked(desk, later.run_id, shown, f"difference since {earlier.run_id}")
    gone = rows.filter(rows["change"].is_in(["withdrawn", "changed"]))
    keys = set(gone.select("force", "crime_ref", "wearer_id").iter_rows())
    with desk.reader.connect() as connection:
        touched = releases_of(connection, keys)
    return difference_of(earlier.run_id, later.run_id, rows, limit=limit, offset=offset, releases=touched)


@get(
    "/runs/{run_id:str}/verification",
    operation_id="verifyRun",
    tags=["runs"],
    opt=needs(Right.RUN_MATCHES),
    responses=answers(400, 401, 403, 404, 503),
    sync_to_thread=True,
)
def verify_run(run_id: RunId, actor: NamedDependency[Actor], settings: NamedDependency[Settings]) -> Verified:
    """The run computed again and its digests compared; takes as long as the run took."""
    return verified_run(actor, settings, escaped(run_id))


def _looked(desk: Desk, run_id: str, wearers: list[str], what: str) -> None:
    desk.consulted(Right.READ_RUNS, "run", wearers or [run_id], purpose="crime mapping", run=run_id, asked=what)


HANDLERS = (
    verify_run,
    list_runs,
    get_run,
    get_difference,
    list_candidates,
    get_candidate,
    get_crime_verdicts,
    list_crime_verdicts,
    list_not_matchable,
)
