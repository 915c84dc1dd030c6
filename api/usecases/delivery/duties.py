"""Milestones and obligations of a programme."""

from datetime import date

from api.schemas.delivery.duties import DutyDone, DutyList, duty_out
from api.schemas.delivery.papers import coming_out
from api.usecases.request_context import Programme, RequestContext
from tracker.access.roles import Right
from tracker.duties import service
from tracker.programme.queries import decisions_to_come
from tracker.times import AsOf


def list_duties(context: RequestContext, programme: Programme, as_of: AsOf) -> DutyList:
    """Each with its state and its paragraph."""
    context.require(Right.READ_PROGRAMME)
    with context.reader.connect() as connection:
        items = [duty_out(duty) for duty in service.duties(connection, programme.key, as_of)]
        to_come = coming_out(decisions_to_come(connection, programme.id, as_of))
    return DutyList(**context.heading(as_of), items=items, total=len(items), to_come=to_come)


def record_done(context: RequestContext, programme: Programme, key: str, evidence: str, on: date | None) -> DutyDone:
    """A duty was done, and by what evidence; `on` None: today."""
    context.require(Right.ENTER_PROGRAMME)
    day = context.happened_on(on, "The duty")
    service.do(context.engine, programme.key, key, day, evidence, **context.entered)
    return DutyDone(key=key, done_on=day)
