"""By how much the places, fittings and tags worn of a programme changed on each day.

As known now from the sums of days that are kept; as known at a past instant those of whom something was recorded since
are counted from facts, and everybody where too much was.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from tracker.assignments.queries import counting
from tracker.assignments.tables import Assignment
from tracker.licences.tables import Licence
from tracker.people.tables import Person
from tracker.pieces import in_pieces
from tracker.projections.figure_queries import changed
from tracker.projections.tables import DayCount, DayState, What
from tracker.rollout.capacity import PlaceState
from tracker.rollout.course import Change
from tracker.rollout.queries import place_days
from tracker.times import AsOf, london_day

_PLACES = {PlaceState.IMPOSED: Change(imposed=1), PlaceState.RESERVED: Change(reserved=1)}
_KINDS = {
    (What.PLACE, PlaceState.IMPOSED.value): Change(imposed=1),
    (What.PLACE, PlaceState.RESERVED.value): Change(reserved=1),
    (What.FITTED, ""): Change(fitted=1),
    (What.WORN, ""): Change(worn=1),
}


def changes(connection: Connection, programme_id: int, as_of: AsOf) -> dict[date, Change]:
    """By day up to that of `as_of`, those on which something changed."""
    others = changed(connection, programme_id, as_of)
    found: dict[date, Change] = defaultdict(Change)
    if others is None:
        of_facts = _from_facts(connection, programme_id, as_of.known_at, None)
    else:
        found.update(_summed(connection, programme_id, as_of.at))
        for day, change in _kept_of(connection, programme_id, others.licences, others.people):
            found[day] = found[day].plus(Change(*(-number for number in change)))
        of_facts = _from_facts(connection, programme_id, as_of.known_at, others.licences)
    for day, change in of_facts:
        found[day] = found[day].plus(change)
    return {day: change for day, change in sorted(found.items()) if day <= as_of.at and any(change)}


def _summed(connection: Connection, programme_id: int, until: date) -> Iterator[tuple[date, Change]]:
    sums = (func.sum(case((_is(DayCount, *of), DayCount.change), else_=0)) for of in _KINDS)
    query = (
        select(DayCount.on_day, *sums)
        .where(
            DayCount.programme_id == programme_id, DayCount.on_day <= until, or_(*(_is(DayCount, *k) for k in _KINDS))
        )
        .group_by(DayCount.on_day)
    )
    for day, *numbers in connection.execute(query):
        yield day, Change(*map(int, numbers))


def _is(table: type[DayCount] | type[DayState], what: What, value: str) -> ColumnElement[bool]:
    return and_(table.what == what, table.value == value)


def _kept_of(
    connection: Connection, programme_id: int, licences: Collection[int], people: Collection[int]
) -> Iterator[tuple[date, Change]]:
    """What is kept of some: of their licences, and of the tags they wear."""
    for ids, whats in ((licences, (What.PLACE, What.FITTED)), (people, (What.WORN,))):
        for some in in_pieces(sorted(ids)):
            query = select(DayState.what, DayState.value, DayState.from_on, DayState.until_on).where(
                DayState.programme_id == programme_id, DayState.what.in_(whats), DayState.subject_id.in_(some)
            )
            for what, value, since, until in connection.execute(query):
                if (change := _KINDS.get((what, value))) is not None:
                    yield from _between(since, until, change)


def _from_facts(
    connection: Connection, programme_id: int, known_at: datetime | None, licences: Collection[int] | None
) -> Iterator[tuple[date, Change]]:
    """The same from facts, of all licences of a programme or of some."""
    if licences is None:
        licences = list(connection.scalars(select(Licence.id).where(Licence.programme_id == programme_id)))
    worn: dict[int, list[tuple[date, date]]] = defaultdict(list)
    seen: set[tuple[int, int]] = set()
    for some in in_pieces(sorted(licences)):
        for days in place_days(connection, some, known_at).values():
            for since, until, state in days:
                if (change := _PLACES.get(state)) is not None:
                    yield from _between(since, until, change)
        query = (
            select(Licence.id, Person.id, Assignment.id, Assignment.fitted_at, Assignment.removed_at)
            .join(Person, Person.id == Licence.person_id)
            .join(Assignment, Assignment.wearer_id == Person.wearer_ref)
            .where(Licence.id.in_(some), *counting(known_at))
        )
        fitted: dict[int, date] = {}
        for licence_id, person_id, assignment_id, fitted_at, removed_at in connection.execute(query):
            day = london_day(fitted_at)
            fitted[licence_id] = min(day, fitted.get(licence_id, day))
            # Of two licences of one person each has the fittings, and the person wears the tag once.
            if (person_id, assignment_id) not in seen:
                seen.add((person_id, assignment_id))
                worn[person_id].append((day, date.max if removed_at is None else london_day(removed_at)))
        for day in fitted.values():
            yield day, Change(fitted=1)
    for spans in worn.values():
        for since, until in _joined(spans):
            yield from _between(since, until, Change(worn=1))


def _between(since: date, until: date, change: Change) -> Iterator[tuple[date, Change]]:
    yield since, change
    if until < date.max:
        yield until, Change(*(-number for number in change))


def _joined(spans: list[tuple[date, date]]) -> list[tuple[date, date]]:
    """Days on which at least one tag is on: spans that overlap or meet are one."""
    out: list[tuple[date, date]] = []
    for since, until in sorted(span for span in spans if span[0] < span[1]):
        if out and since <= out[-1][1]:
            out[-1] = out[-1][0], max(until, out[-1][1])
        else:
            out.append((since, until))
    return out
