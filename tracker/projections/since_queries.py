"""What was recorded after an instant: what was known then is what is known now, but for those whom that concerns.

Projections hold as known now. Of everybody else they are what was known then too, so only these are computed from
facts. Rows are numbered in the order they are recorded, so the last one of a table says whether there is a later one.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select

from tracker.assignments.tables import Assignment
from tracker.licences.tables import Alert, Licence
from tracker.pieces import in_pieces
from tracker.projections.day_queries import OF_LICENCES, OF_TAGS, OF_WEARERS
from tracker.projections.marks import FOR_EVERYBODY, MARKED, marked
from tracker.projections.queries import counts, holds
from tracker.projections.service import people_of, tags_of
from tracker.projections.tables import DayCount, DayState, What
from tracker.record.audit.tables import AuditEntry
from tracker.record.base import Table
from tracker.record.fact import Fact, FactChange
from tracker.tags.tables import Tag

MOST_ROWS = 5_000
"""Rows recorded since; with more of them everything is computed from facts."""
_OF_ALL = FOR_EVERYBODY | {"tag_price"}
"""Tables of which one row changes what is known of everybody."""


class Changed(NamedTuple):
    """The numbers of those of whom something was recorded since; licences, tags and alerts of one programme."""

    people: frozenset[int]
    licences: frozenset[int]
    tags: frozenset[int]
    alerts: frozenset[int]

    def of(self, what: What) -> frozenset[int]:
        if what in OF_LICENCES:
            return self.licences
        if what in OF_WEARERS:
            return self.people
        return self.tags if what in OF_TAGS else self.alerts


NOBODY = Changed(frozenset(), frozenset(), frozenset(), frozenset())


def changed_since(connection: Connection, programme_id: int, known_at: datetime | None) -> Changed | None:
    """Whom the rows concern that were recorded or superseded after an instant; None: everybody, or too many to tell
    apart. As known now: nobody."""
    if known_at is None:
        return NOBODY
    rows: list[tuple[str, Mapping[str, Any]]] = []
    later = _later(connection, known_at)
    for table in later:
        if table is FactChange:
            continue
        if table.__tablename__ in _OF_ALL:
            return None
        rows += _rows_since(connection, table, known_at)
        if len(rows) > MOST_ROWS:
            return None
    taken_back = _taken_back(connection, known_at, explained=FactChange in later)
    if any(table.__tablename__ in _OF_ALL for table in taken_back):
        return None
    for table, ids in taken_back.items():
        rows += _rows_of(connection, table, ids)
    found = marked(rows)
    people = people_of(connection, found)
    mine = Licence.programme_id == programme_id
    licences = _among(connection, select(Licence.id).where(mine), Licence.person_id, people)
    tags = _among(
        connection, select(Tag.id).where(Tag.programme_id == programme_id), Tag.id, tags_of(connection, found)
    )
    of_alerts = select(Alert.id).join(Licence, Licence.id == Alert.licence_id).where(mine)
    alerts = _among(connection, of_alerts, Alert.id, found.alerts)
    if len(licences) + len(tags) > MOST_ROWS:
        return None
    return Changed(frozenset(people), licences, tags, alerts)


def _among(connection: Connection, query: Select[tuple[int]], column: Any, ids: Collection[int]) -> frozenset[int]:
    found: set[int] = set()
    for some in in_pieces(sorted(ids)):
        found.update(connection.scalars(query.where(column.in_(some))))
    return frozenset(found)


def counts_but(
    connection: Connection, programme_id: int, on: date, changed: Changed, *what: What
) -> dict[What, dict[str, int]]:
    """As `counts`, without those who changed."""
    found = counts(connection, programme_id, on, *what)
    for each in what:
        for some in in_pieces(sorted(changed.of(each))):
            query = select(DayState.value, func.sum(DayState.amount)).where(
                DayState.what == each,
                DayState.subject_id.in_(some),
                DayState.programme_id == programme_id,
                *holds(on),
            )
            for value, number in connection.execute(query.group_by(DayState.value)):
                found[each][value] = found[each].get(value, 0) - int(number)
        found[each] = {value: number for value, number in found[each].items() if number}
    return found


def days_but(
    connection: Connection, programme_id: int, changed: Changed, what: What, value: str, days: tuple[date, date]
) -> list[date]:
    """The days of (first, last] on which so many more are of a value, without those who changed."""
    first, last = days
    mine = DayCount.programme_id == programme_id, DayCount.what == what, DayCount.value == value
    lately = DayCount.on_day > first, DayCount.on_day <= last
    query = select(DayCount.on_day, DayCount.change).where(*mine, *lately)
    found = Counter(dict(connection.execute(query).tuples().all()))
    for some in in_pieces(sorted(changed.of(what))):
        held = select(DayState.from_on, DayState.until_on).where(
            DayState.what == what,
            DayState.subject_id.in_(some),
            DayState.programme_id == programme_id,
            DayState.value == value,
        )
        for since, until in connection.execute(held):
            found[since] -= 1
            found[until] += 1
    return [day for day in sorted(found) if first < day <= last for _ in range(found[day])]


@cache
def _tables() -> tuple[type[Table], ...]:
    """Of which projections follow, and which rows were taken back."""
    found = [mapper.class_ for mapper in Table.registry.mappers if mapper.class_.__tablename__ in MARKED]
    return (*sorted(found, key=lambda each: str(each.__tablename__)), FactChange)


def _later(connection: Connection, known_at: datetime) -> list[type[Table]]:
    """Tables with a row that was recorded after an instant."""
    newest = (select(_of(each).recorded_at).order_by(_of(each).id.desc()).limit(1) for each in _tables())
    row = connection.execute(select(*(query.scalar_subquery() for query in newest))).one()
    return [table for table, at in zip(_tables(), row, strict=True) if at is not None and at > known_at]


def _of(table: type[Table]) -> Any:
    """As one that has a number and the instant it was recorded, as every table of facts."""
    return table


def _rows_since(
    connection: Connection, table: type[Table], known_at: datetime
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The rows of a table recorded after an instant, and those that they took the place of."""
    of = _of(table)
    last = select(of.id).where(of.recorded_at <= known_at).order_by(of.id.desc()).limit(1).scalar_subquery()
    query = select(table.__table__).where(of.id > func.coalesce(last, 0)).limit(MOST_ROWS + 1)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    yield from ((str(table.__tablename__), row) for row in rows)
    if issubclass(table, Fact):
        yield from _rows_of(connection, table, {row["supersedes_id"] for row in rows} - {None})


def _rows_of(
    connection: Connection, table: type[Table], ids: Collection[int]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for some in in_pieces(sorted(ids)):
        query = select(table.__table__).where(_of(table).id.in_(some))
        yield from ((str(table.__tablename__), dict(row)) for row in connection.execute(query).mappings())


def _taken_back(connection: Connection, known_at: datetime, *, explained: bool) -> dict[type[Table], set[int]]:
    """The rows that were corrected or taken back after an instant, by table."""
    named = {str(table.__tablename__): table for table in _tables()}
    out: dict[type[Table], set[int]] = defaultdict(set)
    for row_of in _rows_since(connection, FactChange, known_at) if explained else ():
        if (table := named.get(row_of[1]["subject"])) is not None:
            out[table].add(row_of[1]["row_id"])
    # One that stops counting has its word in the audit alone.
    told = AuditEntry.subject == Assignment.__tablename__, AuditEntry.at > known_at
    ids = connection.scalars(select(AuditEntry.subject_id).where(*told).order_by(AuditEntry.seq))
    out[Assignment].update(int(each) for each in ids if each.isdigit())
    return out
