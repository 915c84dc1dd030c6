"""How many there are of each kind in a programme at the end of a day.

As known now the figures are sums of what changed on each day up to then. As known at a past instant, and for the last
day of the calendar, they are counted from facts.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, select

from tracker.licences.queries import alerts, licences
from tracker.licences.states import WAITING, LicenceState
from tracker.ogrs.gate import open_on
from tracker.ogrs.queries import gates, horizon_of
from tracker.projections.queries import counts, oldest_waiting
from tracker.projections.tables import DayCount, What
from tracker.rollout.capacity import RATE_DAYS, Capacity, PlaceState, running_maximum
from tracker.rollout.queries import capacity, imposed_days, phase_limits
from tracker.tags.queries import LostSum, lost_sum, lost_tags, tags
from tracker.tags.states import TagState
from tracker.times import AsOf


@dataclass(frozen=True, slots=True)
class Places:
    """Capacity, and the days of the impositions of the last weeks, by which the rate of today is known."""

    capacity: Capacity
    imposed_lately: list[date]


@dataclass(frozen=True, slots=True)
class Figures:
    """Tags and licences by state, in the order of the states; wearers with a score and with an open gate; alerts that
    wait, and the last move of the first of them."""

    stock: dict[str, int]
    lost: LostSum
    licences: dict[str, int]
    horizon_years: int
    gate_open: int
    scored: int
    waiting: int
    waiting_since: datetime | None


def kept(as_of: AsOf) -> bool:
    """Whether projections answer: everything as known now."""
    return as_of.known_at is None and as_of.at < date.max


def places_taken(connection: Connection, programme_id: int, as_of: AsOf) -> Places:
    """The places of a programme at the end of the day."""
    first = max(as_of.at, date.min + timedelta(days=RATE_DAYS)) - timedelta(days=RATE_DAYS)
    if not kept(as_of):
        imposed = imposed_days(connection, programme_id, as_of)
        return Places(capacity(connection, programme_id, as_of), [day for day in imposed if day > first])
    found = counts(connection, programme_id, as_of.at, What.PLACE, What.FITTED, What.WORN)
    lately = (
        select(DayCount.on_day, DayCount.change)
        .where(
            DayCount.programme_id == programme_id,
            DayCount.what == What.PLACE,
            DayCount.value == PlaceState.IMPOSED.value,
            DayCount.on_day > first,
            DayCount.on_day <= as_of.at,
        )
        .order_by(DayCount.on_day)
    )
    return Places(
        Capacity(
            maximum=running_maximum(phase_limits(connection, programme_id, as_of), as_of.at),
            imposed=found[What.PLACE].get(PlaceState.IMPOSED.value, 0),
            reserved=found[What.PLACE].get(PlaceState.RESERVED.value, 0),
            fitted=found[What.FITTED].get("", 0),
            worn=found[What.WORN].get("", 0),
        ),
        [day for day, number in connection.execute(lately) for _ in range(number)],
    )


def figures(connection: Connection, programme_id: int, as_of: AsOf) -> Figures:
    """Everything that is counted in a programme at the end of the day."""
    horizon = horizon_of(connection, programme_id, as_of)
    if not kept(as_of):
        return _from_facts(connection, programme_id, as_of, horizon)
    what = (What.STOCK, What.LOST, What.LOST_PENCE, What.NOT_VALUED, What.STATE, What.GATE, What.SCORED, What.WAITING)
    found = counts(connection, programme_id, as_of.at, *what)
    first = oldest_waiting(connection, programme_id, as_of.at)
    since = None if first is None else alerts(connection, programme_id, as_of, ids=[first])[0].at
    return Figures(
        stock=_in_order(TagState, found[What.STOCK]),
        lost=LostSum(*(found[each].get("", 0) for each in (What.LOST, What.LOST_PENCE, What.NOT_VALUED))),
        licences=_in_order(LicenceState, found[What.STATE]),
        horizon_years=horizon,
        gate_open=found[What.GATE].get(str(horizon), 0),
        scored=found[What.SCORED].get("", 0),
        waiting=found[What.WAITING].get("", 0),
        waiting_since=since,
    )


def lost_by(connection: Connection, programme_id: int, as_of: AsOf) -> LostSum:
    """Losses of a programme's tags that are not found again by the end of the day."""
    if not kept(as_of):
        return lost_sum(lost_tags(connection, programme_id, as_of))
    what = (What.LOST, What.LOST_PENCE, What.NOT_VALUED)
    found = counts(connection, programme_id, as_of.at, *what)
    return LostSum(*(found[each].get("", 0) for each in what))


def _from_facts(connection: Connection, programme_id: int, as_of: AsOf, horizon: int) -> Figures:
    stock = Counter(tag.state.value for tag in tags(connection, programme_id, as_of))
    states = Counter(each.state.value for each in licences(connection, programme_id, as_of))
    gate = gates(connection, programme_id, as_of, horizon)
    waiting = [alert for alert in alerts(connection, programme_id, as_of) if alert.state in WAITING]
    return Figures(
        stock=_in_order(TagState, stock),
        lost=lost_sum(lost_tags(connection, programme_id, as_of)),
        licences=_in_order(LicenceState, states),
        horizon_years=horizon,
        gate_open=sum(1 for intervals in gate.values() if open_on(intervals, as_of.at)),
        scored=len(gate),
        waiting=len(waiting),
        waiting_since=waiting[0].at if waiting else None,
    )


def _in_order(states: Iterable[StrEnum], found: Mapping[str, int]) -> dict[str, int]:
    return {state.value: found[state.value] for state in states if found.get(state.value)}
