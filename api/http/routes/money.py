"""A programme's money and its duties."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http.auth import needs
from api.http.problems import answers
from api.http.request_context import AsAt, AsKnownAt, Desk, heading
from api.schemas.record import ActualIn, CommitmentIn, DoneIn, ForecastIn, Json, VirementIn
from api.views.budget import position_plain
from tracker.access.roles import Right
from tracker.budget import service as budget
from tracker.budget.queries import position_of
from tracker.budget.service import LineYear
from tracker.duties import service as duties

_READ, _ENTER = needs(Right.READ_PROGRAMME), needs(Right.ENTER_PROGRAMME)
_READS, _ENTERS = answers(400, 401, 403, 404), answers(400, 401, 403, 404, 409, 422)


@get(
    "/programmes/{key:str}/budget",
    operation_id="getBudget",
    tags=["money"],
    opt=_READ,
    responses=_READS,
    sync_to_thread=True,
)
def get_budget(
    key: FromPath[str], desk: NamedDependency[Desk], as_at: AsAt = None, as_known_at: AsKnownAt = None
) -> Json:
    """Allocated, committed, spent, free and forecast, line by line, in pence."""
    desk.actor.must(Right.READ_PROGRAMME)
    as_of = desk.as_of(as_at, as_known_at)
    with desk.reader.connect() as connection:
        return {**heading(desk, as_of), **position_plain(position_of(connection, key, as_of))}


@post(
    "/programmes/{key:str}/commitments",
    operation_id="commitMoney",
    tags=["money"],
    opt=_ENTER,
    responses=_ENTERS,
    sync_to_thread=True,
)
def commit(key: FromPath[str], data: JSONBody[CommitmentIn], desk: NamedDependency[Desk]) -> Json:
    """Promise money. Refused, with the figures, past what the line or the approvals leave, or overridden."""
    desk.actor.must(Right.ENTER_PROGRAMME)
    found = budget.commit(
        desk.engine,
        key,
        data.reference,
        LineYear(data.line, data.year),
        data.pence,
        data.words,
        data.on or desk.today.day,
        contract=data.contract,
        override=data.override,
        **desk.said,
    )
    return position_plain(found)


@post(
    "/programmes/{key:str}/actuals",
    operation_id="spendMoney",
    tags=["money"],
    opt=_ENTER,
    responses=_ENTERS,
    sync_to_thread=True,
)
def spend(key: FromPath[str], data: JSONBody[ActualIn], desk: NamedDependency[Desk]) -> Json:
    """Money that went, or came back: recorded, and said if it is over."""
    desk.actor.must(Right.ENTER_PROGRAMME)
    flags = budget.spend(
        desk.engine,
        key,
        data.reference,
        LineYear(data.line, data.year),
        data.pence,
        data.words,
        data.on or desk.today.day,
        commitment=data.commitment,
        **desk.said,
    )
    return {"reference": data.reference, "notes": flags}


@post(
    "/programmes/{key:str}/virements",
    operation_id="moveMoney",
    tags=["money"],
    opt=_ENTER,
    responses=_ENTERS,
    sync_to_thread=True,
)
def move(key: FromPath[str], data: JSONBody[VirementIn], desk: NamedDependency[Desk]) -> Json:
    """Money from one line to another, by a recorded decision."""
    desk.actor.must(Right.ENTER_PROGRAMME)
    found = budget.move(
        desk.engine,
        key,
        LineYear(data.from_line, data.from_year),
        LineYear(data.to_line, data.to_year),
        data.pence,
        data.on or desk.today.day,
        decided_by=data.decided_by,
        reason=data.reason,
        **desk.said,
    )
    return position_plain(found)


@post(
    "/programmes/{key:str}/forecasts",
    operation_id="forecastLine",
    tags=["money"],
    opt=_ENTER,
    responses=_ENTERS,
    sync_to_thread=True,
)
def forecast(key: FromPath[str], data: JSONBody[ForecastIn], desk: NamedDependency[Desk]) -> Json:
    """What a line is expected to come to by its end."""
    desk.actor.must(Right.ENTER_PROGRAMME)
    on, day = LineYear(data.line, data.year), data.on or desk.today.day
    budget.forecast(desk.engine, key, on, data.pence, day, words=data.words, **desk.said)
    return {"line": data.line, "year": data.year, "pence": data.pence}


@get(
    "/programmes/{key:str}/duties",
    operation_id="listDuties",
    tags=["money"],
    opt=_READ,
    responses=_READS,
    sync_to_thread=True,
)
def list_duties(
    key: FromPath[str], desk: NamedDependency[Desk], as_at: AsAt = None, as_known_at: AsKnownAt = None
) -> Json:
    """Milestones and obligations: due, done, overdue, each with its paragraph."""
    desk.actor.must(Right.READ_PROGRAMME)
    as_of = desk.as_of(as_at, as_known_at)
    with desk.reader.connect() as connection:
        held = duties.duties(connection, key, as_of)
    items = [
        {
            "key": d.key,
            "kind": d.kind,
            "words": d.words,
            "state": d.state.value,
            "said": d.in_words(),
            "due": d.due and d.due.isoformat(),
            "before": d.before,
            "doneOn": d.done_on and d.done_on.isoformat(),
            "evidence": d.evidence,
            "source": d.source,
        }
        for d in held
    ]
    return {**heading(desk, as_of), "items": items, "total": len(items)}


@post(
    "/programmes/{key:str}/duties/{duty:str}/done",
    operation_id="doDuty",
    tags=["money"],
    opt=_ENTER,
    responses=_ENTERS,
    sync_to_thread=True,
)
def do_duty(key: FromPath[str], duty: FromPath[str], data: JSONBody[DoneIn], desk: NamedDependency[Desk]) -> Json:
    """It was done, by this evidence."""
    desk.actor.must(Right.ENTER_PROGRAMME)
    day = data.on or desk.today.day
    duties.do(desk.engine, key, duty, day, data.evidence, **desk.said)
    return {"key": duty, "doneOn": day.isoformat()}


HANDLERS = (get_budget, commit, spend, move, forecast, list_duties, do_duty)
