"""Where a programme stands on a day, what needs attention, and its duties: milestones and obligations."""

from datetime import date
from typing import Any

from api.schemas.delivery.budget import money_out
from api.schemas.delivery.duties import DutyDone, DutyList, duty_out
from api.schemas.delivery.entries import FundingEntry, entry_out
from api.schemas.delivery.papers import coming_out
from api.schemas.delivery.programmes import ends_out, size_out
from api.schemas.delivery.rollout import NO_TAGS, capacity_fields, forecast_out
from api.schemas.delivery.status import DutyState, LiveBoroughs, StatusOut
from api.usecases.delivery.attention import one_line_each, ordered
from api.usecases.delivery.programme_attention import standing
from api.usecases.request_context import Programme, RequestContext
from tracker.access.roles import Right
from tracker.attention.queries import settlements_of_programme
from tracker.duties import service
from tracker.programme.queries import decisions_to_come
from tracker.programme.sections import FundingKind
from tracker.projections.attention_queries import against_counts
from tracker.projections.figure_queries import Figures
from tracker.rollout.capacity import Capacity, forecast
from tracker.times import AsOf


def show(context: RequestContext, programme: Programme, as_of: AsOf) -> StatusOut:
    """Boroughs, the three numbers, stock, licences, gate, money, ends, duties, and what needs attention."""
    context.require(Right.READ_PROGRAMME)
    with context.reader.connect() as connection:
        now = standing(connection, programme, as_of, context.as_of())
        still, _ = against_counts(connection, programme.id, as_of)
        done = settlements_of_programme(connection, programme.id, as_of)
        to_come = coming_out(decisions_to_come(connection, programme.id, as_of))
    full, boroughs, counted, held, tags = now.taken.capacity, now.boroughs, now.counted, now.held, now.has_tags
    binds = forecast(full, now.taken.imposed_lately, as_of.at, now.limits)
    return StatusOut(
        **context.heading(as_of),
        **(_tags(full, counted) if tags else _NO_TAGS),
        size=size_out(held),
        to_come=to_come,
        programme=programme.key,
        name=programme.name,
        boroughs=LiveBoroughs(
            live=[place.name for place in boroughs if place.live(as_of.at) is True],
            not_known=[place.name for place in boroughs if place.live(as_of.at) is None],
            all=len(boroughs),
            kind=boroughs[0].kind.value if boroughs else None,
        ),
        forecast=[forecast_out(each) for each in binds] if tags else [],
        grants=[entry_out(row, FundingEntry) for row in held.of("funding") if row["kind"] is FundingKind.GRANT],
        noted_pence=held.noted,
        money=money_out(now.money),
        ends=ends_out(held),
        duties=[DutyState(key=d.key, state=d.state.value, due=d.due, source=d.source) for d in now.due],
        attention=one_line_each(ordered(now, still, done, as_of.at)),
    )


def _tags(full: Capacity, counted: Figures) -> dict[str, Any]:
    """The fields of a programme that puts tags on people."""
    return {
        **capacity_fields(full),
        "stock": counted.stock,
        "lost": counted.lost.tags,
        "lost_pence": counted.lost.pence,
        "lost_not_valued": counted.lost.not_valued,
        "licences": counted.licences,
        "gate_open": counted.gate_open,
        "scored": counted.scored,
        "horizon_years": counted.horizon_years,
    }


_NO_TAGS: dict[str, Any] = {
    **NO_TAGS,
    **dict.fromkeys(("lost", "lost_pence", "lost_not_valued", "gate_open", "scored", "horizon_years")),
    "stock": {},
    "licences": {},
}


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
