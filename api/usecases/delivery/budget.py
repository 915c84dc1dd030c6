"""A programme's money: its position, and entering what is promised, spent, moved and expected. Amounts in pence."""

from datetime import date

from api.schemas.delivery.budget import (
    ActualEntered,
    BudgetPosition,
    ForecastEntered,
    Money,
    money_fields,
    money_out,
)
from api.schemas.delivery.papers import coming_out
from api.usecases.request_context import Programme, RequestContext
from tracker.access.roles import Right
from tracker.budget import service
from tracker.budget.queries import position_of
from tracker.budget.service import LineYear
from tracker.programme.queries import decisions_to_come, portfolio
from tracker.times import AsOf


def show_position(context: RequestContext, programme: Programme, as_of: AsOf) -> BudgetPosition:
    """Allocated, committed, spent, free and forecast, line by line."""
    context.require(Right.READ_PROGRAMME)
    with context.reader.connect() as connection:
        found = position_of(connection, programme.key, as_of)
        lines = portfolio(connection, programme.key, as_of).of("line")
        to_come = coming_out(decisions_to_come(connection, programme.id, as_of))
    titles = {row["key"]: row["title"] for row in lines}
    return BudgetPosition(**context.heading(as_of), **money_fields(found), titles=titles, to_come=to_come)


def commit(
    context: RequestContext,
    programme: Programme,
    reference: str,
    line: LineYear,
    pence: int,
    words: str,
    *,
    on: date | None,
    contract: str | None,
    override: str | None,
) -> Money:
    """Promise money on a line; where the money stands then. `on` None: today.

    Raises Refused, with the figures, past what the line or the approvals leave, unless `override` says why.
    """
    context.require(Right.ENTER_PROGRAMME)
    found = service.commit(
        context.engine,
        programme.key,
        reference,
        line,
        pence,
        words,
        on or context.today.day,
        contract=contract,
        override=override,
        **context.entered,
    )
    return money_out(found)


def spend(
    context: RequestContext,
    programme: Programme,
    reference: str,
    line: LineYear,
    pence: int,
    words: str,
    *,
    on: date | None,
    commitment: str | None,
) -> ActualEntered:
    """A payment, negative if it is a refund: recorded, with a note if the line is overspent. `on` None: today."""
    context.require(Right.ENTER_PROGRAMME)
    notes = service.spend(
        context.engine,
        programme.key,
        reference,
        line,
        pence,
        words,
        context.happened_on(on, "The payment"),
        commitment=commitment,
        **context.entered,
    )
    return ActualEntered(reference=reference, notes=notes)


def move(
    context: RequestContext,
    programme: Programme,
    source: LineYear,
    target: LineYear,
    pence: int,
    *,
    on: date | None,
    decided_by: str,
    reason: str,
) -> Money:
    """Move money from one line to another by a decision; where the money stands then. `on` None: today."""
    context.require(Right.ENTER_PROGRAMME)
    found = service.move(
        context.engine,
        programme.key,
        source,
        target,
        pence,
        on or context.today.day,
        decided_by=decided_by,
        reason=reason,
        **context.entered,
    )
    return money_out(found)


def forecast(
    context: RequestContext, programme: Programme, line: LineYear, pence: int, *, on: date | None, words: str | None
) -> ForecastEntered:
    """What a line is expected to come to by its end. `on` None: today."""
    context.require(Right.ENTER_PROGRAMME)
    day = context.happened_on(on, "The forecast")
    service.forecast(context.engine, programme.key, line, pence, day, words=words, **context.entered)
    return ForecastEntered(line=line.line, year=line.year, pence=pence)
