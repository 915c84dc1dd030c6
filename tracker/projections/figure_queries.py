"""How many there are of each kind in a programme at the end of a day.

As known now the figures are sums of what changed on each day up to then. As known at a past instant, and for the last
day of the calendar, they are counted from facts.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection

from tracker.licences.queries import AlertNow, alerts, licences
from tracker.licences.states import WAITING, LicenceState
from tracker.ogrs.gate import open_on
from tracker.ogrs.queries import gates, horizon_of
from tracker.projections.queries import oldest_waiting
from tracker.projections.since_queries import Changed, changed_since, counts_but, days_but
from tracker.projections.tables import What
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


def changed(connection: Connection, programme_id: int, as_of: AsOf) -> Changed | None:
    """Whom projections do not answer for; None: they answer for nobody."""
    return changed_since(connection, programme_id, as_of.known_at) if as_of.at < date.max else None


def places_taken(connection: Connection, programme_id: int, as_of: AsOf) -> Places:
    """The places of a programme at the end of the day."""
    first = max(as_of.at, date.min + timedelta(days=RATE_DAYS)) - timedelta(days=RATE_DAYS)
    others = changed(connection, programme_id, as_of)
    if others is None:
        imposed = imposed_days(connection, programme_id, as_of)
        return Places(capacity(connection, programme_id, as_of), [day for day in imposed if day > first])
    what = (What.PLACE, What.FITTED, What.WORN)
    found = counts_but(connection, programme_id, as_of.at, others, *what)
    days = first, as_of.at
    lately = days_but(connection, programme_id, others, What.PLACE, PlaceState.IMPOSED.value, days)
    theirs = [0, 0, 0, 0]
    if others.licences:
        of_them = capacity(connection, programme_id, as_of, others.licences)
        theirs = [of_them.imposed, of_them.reserved, of_them.fitted, of_them.worn]
        imposed = imposed_days(connection, programme_id, as_of, others.licences)
        lately = sorted([*lately, *(day for day in imposed if day > first)])
    return Places(
        Capacity(
            maximum=running_maximum(phase_limits(connection, programme_id, as_of), as_of.at),
            imposed=found[What.PLACE].get(PlaceState.IMPOSED.value, 0) + theirs[0],
            reserved=found[What.PLACE].get(PlaceState.RESERVED.value, 0) + theirs[1],
            fitted=found[What.FITTED].get("", 0) + theirs[2],
            worn=found[What.WORN].get("", 0) + theirs[3],
        ),
        lately,
    )


def figures(connection: Connection, programme_id: int, as_of: AsOf) -> Figures:
    """Everything that is counted in a programme at the end of the day."""
    horizon = horizon_of(connection, programme_id, as_of)
    others = changed(connection, programme_id, as_of)
    if others is None:
        of_all = _counted(connection, programme_id, as_of, horizon, None)
        return Figures(
            stock=_in_order(TagState, of_all.stock),
            lost=of_all.lost,
            licences=_in_order(LicenceState, of_all.licences),
            horizon_years=horizon,
            gate_open=of_all.gate_open,
            scored=of_all.scored,
            waiting=len(of_all.waiting),
            waiting_since=of_all.waiting[0].at if of_all.waiting else None,
        )
    what = (What.STOCK, What.LOST, What.LOST_PENCE, What.NOT_VALUED, What.STATE, What.GATE, What.SCORED, What.WAITING)
    found = counts_but(connection, programme_id, as_of.at, others, *what)
    first = oldest_waiting(connection, programme_id, as_of.at, others.alerts)
    oldest = [] if first is None else alerts(connection, programme_id, as_of, ids=[first])
    theirs = _NOTHING
    if any(others):
        theirs = _counted(connection, programme_id, as_of, horizon, others)
    oldest = sorted([*oldest, *theirs.waiting[:1]], key=lambda each: each.alert_id)
    return Figures(
        stock=_in_order(TagState, theirs.stock + Counter(found[What.STOCK])),
        lost=_sum(_lost(found), theirs.lost),
        licences=_in_order(LicenceState, theirs.licences + Counter(found[What.STATE])),
        horizon_years=horizon,
        gate_open=found[What.GATE].get(str(horizon), 0) + theirs.gate_open,
        scored=found[What.SCORED].get("", 0) + theirs.scored,
        waiting=found[What.WAITING].get("", 0) + len(theirs.waiting),
        waiting_since=oldest[0].at if oldest else None,
    )


def lost_by(connection: Connection, programme_id: int, as_of: AsOf) -> LostSum:
    """Losses of a programme's tags that are not found again by the end of the day."""
    others = changed(connection, programme_id, as_of)
    if others is None:
        return lost_sum(lost_tags(connection, programme_id, as_of))
    found = counts_but(connection, programme_id, as_of.at, others, *_LOST)
    theirs = lost_sum(lost_tags(connection, programme_id, as_of, others.tags)) if others.tags else _NOTHING.lost
    return _sum(_lost(found), theirs)


_LOST = (What.LOST, What.LOST_PENCE, What.NOT_VALUED)


def _lost(found: Mapping[What, Mapping[str, int]]) -> LostSum:
    return LostSum(*(found[each].get("", 0) for each in _LOST))


def _sum(some: LostSum, others: LostSum) -> LostSum:
    return LostSum(*(one + other for one, other in zip(some, others, strict=True)))


class _Counted(NamedTuple):
    """What is counted from facts. `waiting`: in the order they were raised."""

    stock: Counter[str]
    lost: LostSum
    licences: Counter[str]
    gate_open: int
    scored: int
    waiting: list[AlertNow]


_NOTHING = _Counted(Counter(), LostSum(0, 0, 0), Counter(), 0, 0, [])


def _counted(connection: Connection, programme_id: int, as_of: AsOf, horizon: int, of: Changed | None) -> _Counted:
    """Of all, or of some."""
    people, held, ids, waits = (None, None, None, None) if of is None else of
    gate = gates(connection, programme_id, as_of, horizon, people)
    return _Counted(
        stock=Counter(tag.state.value for tag in tags(connection, programme_id, as_of, ids)),
        lost=lost_sum(lost_tags(connection, programme_id, as_of, ids)),
        licences=Counter(each.state.value for each in licences(connection, programme_id, as_of, held)),
        gate_open=sum(1 for intervals in gate.values() if open_on(intervals, as_of.at)),
        scored=len(gate),
        waiting=[each for each in alerts(connection, programme_id, as_of, ids=waits) if each.state in WAITING],
    )


def _in_order(states: Iterable[StrEnum], found: Mapping[str, int]) -> dict[str, int]:
    return {state.value: found[state.value] for state in states if found.get(state.value)}
