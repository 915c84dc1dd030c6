"""Where a programme stands on a day, and what needs attention."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from api.schemas.delivery.budget import money_out
from api.schemas.delivery.entries import FundingEntry, entry_out
from api.schemas.delivery.papers import coming_out
from api.schemas.delivery.programmes import ends_out, size_out
from api.schemas.delivery.rollout import NO_TAGS, capacity_fields, forecast_out
from api.schemas.delivery.status import DutyState, LiveBoroughs, StatusOut
from api.usecases.matching.rematch import older_in_words
from api.usecases.request_context import Programme, RequestContext
from api.wording.capacity import capacity_in_words
from tracker.access.roles import Right
from tracker.budget.position import Position
from tracker.budget.queries import position_of
from tracker.decisions.compared import found_in
from tracker.duties import rules
from tracker.duties.service import duties
from tracker.money import pounds
from tracker.programme.discrepancies import Discrepancy
from tracker.programme.queries import decisions_to_come, portfolio
from tracker.programme.sections import FundingKind
from tracker.programme.statement_queries import maps_crimes
from tracker.projections.figure_queries import Figures, figures, places_taken
from tracker.rollout.capacity import Capacity, forecast
from tracker.rollout.places import Place
from tracker.rollout.queries import has_tags, phase_limits, places
from tracker.times import AsOf

NAMES_SHOWN = 5
"""Names that one line of `attention` lists."""


def show(context: RequestContext, programme: Programme, as_of: AsOf) -> StatusOut:
    """Boroughs, the three numbers, stock, licences, gate, money, ends, duties, and what needs attention."""
    context.require(Right.READ_PROGRAMME)
    with context.reader.connect() as connection:
        held = portfolio(connection, programme.key, as_of)
        boroughs = list(places(connection, programme.id, as_of).values())
        taken = places_taken(connection, programme.id, as_of)
        limits = phase_limits(connection, programme.id, as_of)
        full = taken.capacity
        binds = forecast(full, taken.imposed_lately, as_of.at, limits)
        counted = figures(connection, programme.id, as_of)
        money = position_of(connection, programme.key, as_of, held)
        due = duties(connection, programme.key, as_of)
        older = _older(connection, programme, as_of, context.as_of())
        found = found_in(connection, held, as_of)
        to_come = coming_out(decisions_to_come(connection, programme.id, as_of))
        tags = has_tags(connection, programme.id, as_of.known_at)
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
        money=money_out(money),
        ends=ends_out(held),
        duties=[DutyState(key=d.key, state=d.state.value, due=d.due, source=d.source) for d in due],
        attention=[
            *_overdue(due),
            *(_full(full) if tags else ()),
            *_overspent(money),
            *_waiting(counted),
            *(_late(boroughs, as_of) if tags else ()),
            *_contradictions(found),
            *older,
        ],
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


def _overdue(due: Iterable[rules.DutyNow]) -> list[str]:
    return [f"{d.words}: {d.in_words()} ({d.source})" for d in due if d.state is rules.DutyState.OVERDUE]


def _full(full: Capacity) -> list[str]:
    if full.headroom is None or full.headroom > 0:
        return []
    return [f"no place is free: {capacity_in_words(**capacity_fields(full))}"]


def _overspent(money: Position) -> list[str]:
    return [f"line {x.line} is overspent by {pounds(x.actual - x.allocated)}" for x in money.lines if x.over]


def _waiting(counted: Figures) -> list[str]:
    if counted.waiting_since is None:
        return []
    return [f"{counted.waiting} alerts wait for an answer, the oldest since {counted.waiting_since:%Y-%m-%d}"]


def _late(boroughs: Sequence[Place], as_of: AsOf) -> list[str]:
    late = [p.name for p in boroughs if p.launched is None and p.planned is not None and as_of.at > p.planned.last]
    if not late:
        return []
    what = "borough is past its planned month" if len(late) == 1 else "boroughs are past their planned month"
    return [f"{len(late)} {what} without a launch: {_few(late)}"]


def _contradictions(found: Sequence[Discrepancy]) -> list[str]:
    if not found:
        return []
    noun = "contradiction" if len(found) == 1 else "contradictions"
    return [f"{len(found)} {noun} between the papers: tagpilot programme discrepancies"]


def _older(connection: Connection, programme: Programme, as_of: AsOf, now: AsOf) -> list[str]:
    """Of today alone: what an earlier version of the matcher matched."""
    if as_of != now or not maps_crimes(connection, programme.id, as_of):
        return []
    words = older_in_words(connection, programme.key)
    return [] if words is None else [words]


def _few(names: Sequence[str]) -> str:
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
