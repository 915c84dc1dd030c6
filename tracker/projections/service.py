"""Projections follow the facts: in the transaction that wrote them, by the functions that answer from facts.

`follow` is called by each entry before it commits; `rebuild` makes everything anew; `differences` says where
projections and facts differ, which they never should.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from importlib import import_module
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from tracker.eligibility.service import eligible_spans
from tracker.licences.tables import Alert, Licence
from tracker.people.tables import Person
from tracker.pieces import in_pieces
from tracker.projections.day_queries import (
    OF_ALERTS,
    OF_LICENCES,
    OF_TAGS,
    OF_WEARERS,
    StateRow,
    rows_of_alerts,
    rows_of_people,
    rows_of_tags,
)
from tracker.projections.marks import Marked, marked
from tracker.projections.tables import DayCount, DayState, EligibleSpan, What
from tracker.record.engine import reading
from tracker.record.locks import Lock, take
from tracker.record.prepared.bulk import BulkInsert
from tracker.tags.tables import Tag

_PIECE = 500
"""People computed at once: few enough for the values that one statement may have."""

_MATCHES = "tracker.review.shown_service"
"""By name, because matches are above: which of them may be shown follows from `eligible_span`."""

Item = TypeVar("Item", int, str)
SpanRow = tuple[int, datetime, str, datetime | None]
CountKey = tuple[int, What, str, date]


class Rows(NamedTuple):
    """Rows of both kinds, as they stand or as the facts give them."""

    spans: set[SpanRow]
    states: set[StateRow]


class Foreseen(NamedTuple):
    """The projections of people who are not on record yet (`foreseen_service`): whose eligible spans they have, the
    rows of each table as the driver takes them, and by how much they change the counts."""

    people: frozenset[int]
    wearers: frozenset[str]
    taken: tuple[tuple[BulkInsert, list[tuple[Any, ...]]], ...]
    counts: Counter[CountKey]


def foreseen_of(connection: Connection, people: Collection[int], rows: Rows) -> Foreseen:
    """Made ready to be written within an entry of this database."""
    counts: Counter[CountKey] = Counter()
    _add(counts, rows.states, 1)
    taken = (_taken(connection, EligibleSpan, _SPANS, rows.spans), _taken(connection, DayState, _STATES, rows.states))
    return Foreseen(frozenset(people), frozenset(row[2] for row in rows.spans), taken, counts)


def follow(
    connection: Connection, written: Iterable[tuple[str, Mapping[str, Any]]], foreseen: Foreseen | None = None
) -> None:
    """Compute again what depends on the rows written, and put it in the place of what stood. `foreseen`: of people of
    whom nothing stood."""
    found = marked(written)
    counts: Counter[CountKey] = Counter()
    if foreseen is not None:
        for bulk, ready in foreseen.taken:
            bulk.write(connection, ready)
        counts.update(foreseen.counts)
        if foreseen.wearers:
            import_module(_MATCHES).follow(connection, foreseen.wearers)
    for people in _pieces(people_of(connection, found) - (foreseen.people if foreseen is not None else set())):
        stands, follows = _stored_of_people(connection, people), rows_of(connection, people)
        _replace(connection, stands, follows, counts)
        if wearers := {row[2] for row in stands.spans ^ follows.spans}:
            import_module(_MATCHES).follow(connection, wearers)
    for tags in _pieces(tags_of(connection, found)):
        follows = Rows(set(), rows_of_tags(connection, tags))
        _replace(connection, Rows(set(), _states(connection, OF_TAGS, tags)), follows, counts)
    for alerts in _pieces(found.alerts):
        follows = Rows(set(), rows_of_alerts(connection, alerts))
        _replace(connection, Rows(set(), _states(connection, OF_ALERTS, alerts)), follows, counts)
    _count(connection, counts)


def rebuild(connection: Connection) -> None:
    """Make all projections anew; other entries wait."""
    take(connection, Lock.RECORD)
    for table in (EligibleSpan, DayState, DayCount):
        connection.execute(delete(table))
    counts: Counter[CountKey] = Counter()
    nothing = Rows(set(), set())
    for follows in _everything(connection):
        _replace(connection, nothing, follows, counts)
    _count(connection, counts)
    import_module(_MATCHES).rebuild(connection)


def differences(engine: Engine) -> list[str]:
    """Where projections and facts differ, by number; nothing is changed."""
    out: list[str] = []
    with reading(engine).connect() as connection:
        stands = Rows(set(connection.execute(_SPANS).tuples()), {StateRow(*row) for row in connection.execute(_STATES)})
        follows = Rows(set(), set())
        for some in _everything(connection):
            follows.spans.update(some.spans)
            follows.states.update(some.states)
        for person in sorted({row[0] for row in stands.spans ^ follows.spans}):
            out.append(f"eligible_span of person {person} {_DIFFERS}")
        for what, subject in sorted({row[:2] for row in stands.states ^ follows.states}):
            out.append(f"day_state ({what}) of {subject} {_DIFFERS}")
        counts: Counter[CountKey] = Counter()
        _add(counts, stands.states, 1)
        query = select(DayCount.programme_id, DayCount.what, DayCount.value, DayCount.on_day, DayCount.change)
        kept = {(row[0], row[1], row[2], row[3]): row[4] for row in connection.execute(query)}
        for key in sorted(counts.keys() | kept.keys()):
            if counts[key] != kept.get(key, 0):
                out.append(f"day_count ({key[1]}) of {key[3]} {_DIFFERS}")
    return out


_DIFFERS = "is not what the facts give: make it anew with tagpilot db rebuild"
_SPANS = select(EligibleSpan.person_id, EligibleSpan.since, EligibleSpan.wearer_ref, EligibleSpan.until)
_STATES = select(*(DayState.__table__.columns[name] for name in StateRow._fields))
_WITH_LICENCE = select(Licence.person_id).distinct().order_by(Licence.person_id)


def _everything(connection: Connection) -> Iterator[Rows]:
    for people in _pieces(connection.scalars(_WITH_LICENCE).all()):
        yield rows_of(connection, people)
    for tags in _pieces(connection.scalars(select(Tag.id)).all()):
        yield Rows(set(), rows_of_tags(connection, tags))
    for alerts in _pieces(connection.scalars(select(Alert.id)).all()):
        yield Rows(set(), rows_of_alerts(connection, alerts))


def rows_of(connection: Connection, people: Collection[int]) -> Rows:
    """Of these people, from facts."""
    spans = eligible_spans(connection, people)
    named = select(Person.wearer_ref, Person.id).where(Person.id.in_(people))
    numbers = dict(connection.execute(named).tuples().all())
    rows = {(numbers[wearer], s.since, wearer, s.until) for wearer, of_wearer in spans.items() for s in of_wearer}
    return Rows(rows, rows_of_people(connection, people))


def _stored_of_people(connection: Connection, people: Collection[int]) -> Rows:
    licences = connection.scalars(select(Licence.id).where(Licence.person_id.in_(people))).all()
    spans = connection.execute(_SPANS.where(EligibleSpan.person_id.in_(people)))
    states = _states(connection, OF_LICENCES, licences) | _states(connection, OF_WEARERS, people)
    return Rows(set(spans.tuples()), states)


def _states(connection: Connection, what: Collection[What], ids: Collection[int]) -> set[StateRow]:
    out: set[StateRow] = set()
    for some in _pieces(ids):
        query = _STATES.where(DayState.what.in_(what), DayState.subject_id.in_(some))
        out.update(StateRow(*row) for row in connection.execute(query))
    return out


def _replace(connection: Connection, stands: Rows, follows: Rows, counts: Counter[CountKey]) -> None:
    """Write what differs; `counts` takes by how much that changes the counts."""
    people = {row[0] for row in stands.spans ^ follows.spans}
    if any(row[0] in people for row in stands.spans):
        connection.execute(delete(EligibleSpan).where(EligibleSpan.person_id.in_(people)))
    _insert(connection, EligibleSpan, _SPANS, [row for row in follows.spans if row[0] in people])
    differing = {row[:2] for row in stands.states ^ follows.states}
    gone = [row for row in stands.states if row[:2] in differing]
    made = [row for row in follows.states if row[:2] in differing]
    subjects = defaultdict(set)
    for row in gone:
        subjects[row.what].add(row.subject_id)
    for what, ids in subjects.items():
        for some in _pieces(ids):
            connection.execute(delete(DayState).where(DayState.what == what, DayState.subject_id.in_(some)))
    _insert(connection, DayState, _STATES, made)
    _add(counts, gone, -1)
    _add(counts, made, 1)


def _insert(connection: Connection, table: Any, columns: Any, rows: Collection[tuple[Any, ...]]) -> None:
    if rows:
        bulk, taken = _taken(connection, table, columns, rows)
        bulk.write(connection, taken)


def _taken(
    connection: Connection, table: Any, columns: Any, rows: Collection[tuple[Any, ...]]
) -> tuple[BulkInsert, list[tuple[Any, ...]]]:
    bulk = BulkInsert(connection.dialect, table, [column.name for column in columns.selected_columns])
    # In order, so that they lie in the index as they are read.
    return bulk, [bulk.taken(*row) for row in sorted(rows, key=_order)]


def _order(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return row[:2]


def _add(counts: Counter[CountKey], rows: Iterable[StateRow], sign: int) -> None:
    for row in rows:
        counts[row.programme_id, row.what, row.value, row.from_on] += sign * row.amount
        if row.until_on < date.max:
            counts[row.programme_id, row.what, row.value, row.until_on] -= sign * row.amount


def _count(connection: Connection, counts: Counter[CountKey]) -> None:
    names = ("programme_id", "what", "value", "on_day", "change")
    rows = [dict(zip(names, (*key, change), strict=True)) for key, change in sorted(counts.items()) if change]
    if rows:
        made: Any = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(DayCount)
        again = made.on_conflict_do_update(
            index_elements=names[:4], set_={"change": DayCount.change + made.excluded.change}
        )
        connection.execute(again, rows)


def people_of(connection: Connection, found: Marked) -> set[int]:
    """Whose projections are to be computed again."""
    people = set(found.people)
    for some in _pieces(found.licences):
        people.update(connection.scalars(select(Licence.person_id).where(Licence.id.in_(some))))
    for wearers in _pieces(found.wearers):
        people.update(connection.scalars(select(Person.id).where(Person.wearer_ref.in_(wearers))))
    if found.everybody:
        people.update(connection.scalars(_WITH_LICENCE))
    if found.programmes:
        people.update(connection.scalars(_WITH_LICENCE.where(Licence.programme_id.in_(found.programmes))))
    return people


def tags_of(connection: Connection, found: Marked) -> set[int]:
    """The same of tags."""
    tags = set(found.tags)
    for devices in _pieces(found.devices):
        tags.update(connection.scalars(select(Tag.id).where(Tag.device_id.in_(devices))))
    if found.priced:
        lost = select(DayState.subject_id).where(
            DayState.what == What.LOST, DayState.programme_id.in_(found.priced), DayState.value == ""
        )
        tags.update(connection.scalars(lost))
    return tags


def _pieces(items: Iterable[Item]) -> Iterator[Sequence[Item]]:
    return in_pieces(sorted(set(items)), _PIECE)
