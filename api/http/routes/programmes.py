"""Programmes: what was decided, where it stands, rollout; and entering what decisions and launches say."""

from datetime import date
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy import Connection

from api.http.auth import needs
from api.http.etags import if_unchanged, tagged
from api.http.problems import answers
from api.http.request_context import AsAt, AsKnownAt, Desk, heading
from api.schemas.record import CorrectionIn, EntryIn, Json, LaunchIn, PlanIn, WithdrawalIn
from api.views.programme import programme_plain
from api.views.rollout import Rollout, rollout_plain
from api.views.status import status_plain, told
from tracker.access.roles import Right
from tracker.budget.position import position
from tracker.decisions import service as entering
from tracker.decisions.papers import Entered, ProgrammeFile
from tracker.errors import BadEntry
from tracker.programme.discrepancies import discrepancies
from tracker.programme.fields import rough_day
from tracker.programme.queries import portfolio, programme_named, programmes
from tracker.programme.read_entry import read_entry
from tracker.rollout import service as rollout
from tracker.rollout.capacity import forecast
from tracker.rollout.queries import capacity, imposed_days, phase_limits, places
from tracker.times import AsOf

_READ, _ENTER = needs(Right.READ_PROGRAMME), needs(Right.ENTER_PROGRAMME)
_READS, _ENTERS = answers(400, 401, 403, 404), answers(400, 401, 403, 404, 409, 422)
_EDITS = answers(400, 401, 403, 404, 409, 412, 422, 428)


@get("/programmes", operation_id="listProgrammes", tags=["programme"], opt=_READ, responses=_READS, sync_to_thread=True)
def list_programmes(desk: NamedDependency[Desk], as_at: AsAt = None, as_known_at: AsKnownAt = None) -> Json:
    """Every programme with what is approved and what lines have."""
    desk.actor.must(Right.READ_PROGRAMME)
    as_of = desk.as_of(as_at, as_known_at)
    with desk.reader.connect() as connection:
        held = [portfolio(connection, key, as_of) for _, key, _ in programmes(connection)]
    items = [
        {
            "key": each.key,
            "name": each.name,
            "approvedPence": each.approved,
            "allocatedPence": position(each.approved, each.allocations()).allocated,
            "notedPence": each.noted,
            "toClaimPence": each.to_claim,
        }
        for each in held
    ]
    return {**heading(desk, as_of), "items": items, "total": len(items)}


@get(
    "/programmes/{key:str}",
    operation_id="getProgramme",
    tags=["programme"],
    opt=_READ,
    responses=_READS,
    sync_to_thread=True,
)
def get_programme(
    key: FromPath[str], desk: NamedDependency[Desk], as_at: AsAt = None, as_known_at: AsKnownAt = None
) -> Response[Json]:
    """Decisions, money line by line, contracts, phases, ends. The ETag, of all there is, is needed to correct any."""
    desk.actor.must(Right.READ_PROGRAMME)
    as_of = desk.as_of(as_at, as_known_at)
    with desk.reader.connect() as connection:
        plain = programme_plain(portfolio(connection, key, as_of))
        etag = tagged(_all(connection, key)).headers["etag"]
    return Response({**heading(desk, as_of), **plain}, headers={"etag": etag})


@get(
    "/programmes/{key:str}/discrepancies",
    operation_id="listDiscrepancies",
    tags=["programme"],
    opt=_READ,
    responses=_READS,
    sync_to_thread=True,
)
def list_discrepancies(
    key: FromPath[str], desk: NamedDependency[Desk], as_at: AsAt = None, as_known_at: AsKnownAt = None
) -> Json:
    """What does not fit together in the papers, each with both paragraphs; found by rule, never chosen."""
    desk.actor.must(Right.READ_PROGRAMME)
    as_of = desk.as_of(as_at, as_known_at)
    with desk.reader.connect() as connection:
        found = [each.to_json() for each in discrepancies(portfolio(connection, key, as_of))]
    return {**heading(desk, as_of), "items": found, "total": len(found)}


@get(
    "/programmes/{key:str}/status",
    operation_id="getStatus",
    tags=["programme"],
    opt=_READ,
    responses=_READS,
    sync_to_thread=True,
)
def get_status(
    key: FromPath[str], desk: NamedDependency[Desk], as_at: AsAt = None, as_known_at: AsKnownAt = None
) -> Json:
    """Where it stands: boroughs, the three numbers, stock, gate, money, duties, and what wants attention."""
    desk.actor.must(Right.READ_PROGRAMME)
    as_of = desk.as_of(as_at, as_known_at)
    with desk.reader.connect() as connection:
        return {**heading(desk, as_of), **status_plain(told(connection, key, as_of))}


@get(
    "/programmes/{key:str}/rollout",
    operation_id="getRollout",
    tags=["programme"],
    opt=_READ,
    responses=_READS,
    sync_to_thread=True,
)
def get_rollout(
    key: FromPath[str], desk: NamedDependency[Desk], as_at: AsAt = None, as_known_at: AsKnownAt = None
) -> Json:
    """Which boroughs are live, the running maximum, the headroom, and when it binds at the present rate."""
    desk.actor.must(Right.READ_PROGRAMME)
    as_of = desk.as_of(as_at, as_known_at)
    with desk.reader.connect() as connection:
        programme_id, _, name = programme_named(connection, key)
        full = capacity(connection, programme_id, as_of)
        limits = phase_limits(connection, programme_id, as_of)
        binds = forecast(full, imposed_days(connection, programme_id, as_of), as_of.at, limits)
        held = Rollout(name, as_of.at, places(connection, programme_id, as_of), full, binds)
    return {**heading(desk, as_of), **rollout_plain(held)}


@post(
    "/programmes/{key:str}/entries",
    operation_id="enterEntry",
    tags=["programme"],
    opt=_ENTER,
    responses=_ENTERS,
    sync_to_thread=True,
)
def enter_entry(key: FromPath[str], data: JSONBody[EntryIn], desk: NamedDependency[Desk]) -> Json:
    """One thing that a decision says, with the checks that a file's entries have."""
    desk.actor.must(Right.ENTER_PROGRAMME)
    here = f"this {data.section}"
    entered = Entered(data.section, read_entry(data.section, dict(data.fields), here), here)
    report = entering.enter_file(desk.engine, ProgrammeFile(key, None, (entered,)), **desk.said)
    return {"new": report.new, "corrected": report.corrected, "same": report.same, "notes": list(report.notes)}


@post(
    "/programmes/{key:str}/corrections",
    operation_id="correctEntry",
    tags=["programme"],
    opt=_ENTER,
    responses=_EDITS,
    sync_to_thread=True,
)
def correct_entry(
    key: FromPath[str], data: JSONBody[CorrectionIn], desk: NamedDependency[Desk], request: Request[Any, Any, Any]
) -> Json:
    """Correct some fields of one entry; what was known before stays answerable."""
    desk.actor.must(Right.ENTER_PROGRAMME)
    with if_unchanged(request, lambda connection: _all(connection, key)):
        report = entering.correct(desk.engine, key, data.section, dict(data.where), dict(data.fields), **desk.said)
    return {"corrected": report.corrected, "notes": list(report.notes)}


@post(
    "/programmes/{key:str}/withdrawals",
    operation_id="withdrawEntry",
    tags=["programme"],
    opt=_ENTER,
    responses=_EDITS,
    sync_to_thread=True,
)
def withdraw_entry(
    key: FromPath[str], data: JSONBody[WithdrawalIn], desk: NamedDependency[Desk], request: Request[Any, Any, Any]
) -> Json:
    """Take back one entry that was entered by mistake."""
    desk.actor.must(Right.ENTER_PROGRAMME)
    with if_unchanged(request, lambda connection: _all(connection, key)):
        entering.withdraw(desk.engine, key, data.section, dict(data.where), data.reason, **desk.said)
    return {"withdrawn": data.section}


@post(
    "/programmes/{key:str}/launches",
    operation_id="launch",
    tags=["programme"],
    opt=_ENTER,
    responses=_ENTERS,
    sync_to_thread=True,
)
def launch(key: FromPath[str], data: JSONBody[LaunchIn], desk: NamedDependency[Desk]) -> Json:
    """A borough or a phase is live once it is recorded; a plan alone launches nothing."""
    desk.actor.must(Right.ENTER_PROGRAMME)
    day = rough_day(data.on)
    if (data.borough is None) == (data.phase is None):
        raise BadEntry("give borough or phase, one of them")
    if data.phase is not None:
        return {
            "launched": list(
                rollout.launch_phase(desk.engine, key, data.phase, day, without=tuple(data.without), **desk.said)
            )
        }
    rollout.launch_place(desk.engine, key, str(data.borough), day, **desk.said)
    return {"launched": [data.borough]}


@post(
    "/programmes/{key:str}/plans",
    operation_id="planBorough",
    tags=["programme"],
    opt=_ENTER,
    responses=_ENTERS,
    sync_to_thread=True,
)
def plan(key: FromPath[str], data: JSONBody[PlanIn], desk: NamedDependency[Desk]) -> Json:
    """A planned day of a borough's own, in the place of its phase's."""
    desk.actor.must(Right.ENTER_PROGRAMME)
    rollout.plan_place(desk.engine, key, data.borough, rough_day(data.on), reason=data.reason, **desk.said)
    return {"planned": data.borough, "on": str(rough_day(data.on))}


def _all(connection: Connection, key: str) -> Json:
    """Every entry whatever its day: what an ETag is made from."""
    return programme_plain(portfolio(connection, key, AsOf(date.max)))


HANDLERS = (
    list_programmes,
    get_programme,
    list_discrepancies,
    get_status,
    get_rollout,
    enter_entry,
    correct_entry,
    withdraw_entry,
    launch,
    plan,
)
