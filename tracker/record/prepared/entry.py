"""An entry of many rows made before it is entered, so that other writers wait for the writing of its rows alone.

`PreparedEntry` is given what an `Entry` would be given, by the same code, and writes nothing: it numbers the rows,
digests them and seals what the audit will say. `enter_prepared` writes it all within an entry. It was made from what
was on record when it was begun (`seen`), so it holds only if nothing that it rests on was entered since
(`still_holds`); otherwise it is made again.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, ForeignKey, bindparam, insert, inspect, select, update
from sqlalchemy.schema import sort_tables

from tracker.errors import NotFound
from tracker.record.audit.chain import SAID, Action, said
from tracker.record.audit.sealing import new_key, seal
from tracker.record.audit.tables import AuditEntry, PersonKey
from tracker.record.audit_told import ROW_AS_ENTERED
from tracker.record.base import Table
from tracker.record.changed_rows import columns_of
from tracker.record.entry import SET_BY_THE_ENTRY, Entry, begin
from tracker.record.fact import Fact
from tracker.record.prepared.bulk import BulkInsert, reserved_numbers
from tracker.record.row_digest import plain, row_digest

AnyTable = TypeVar("AnyTable", bound=Table)
_NUMBERS_AT_ONCE = 1_000


_SAME = ("at", "wall_at", "key_id")
_LINK = ("seq", "previous", "hash", "keyed_digest", "clock_step_s")
"""Columns of an audit row: those of an entry, and those of its place in the chain."""


@dataclass
class PreparedEntry(Entry):
    """`connection` is read, never written. `engine`: of a PostgreSQL, whose numbers of rows are reserved by it."""

    engine: Engine | None = None
    seen: int = 0
    """The last audit row when it was begun."""
    rows_by_table: dict[type[Table], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    """But for the instant they are recorded at."""
    taken: dict[type[Table], list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))
    """The same as the driver takes them, once it is `finished`."""
    new_people: dict[int, str] = field(default_factory=dict)
    """The wearer references of people who come on record with it, by number."""
    projections: Any = None
    """Of these people."""
    stopped: dict[type[Table], list[int]] = field(default_factory=lambda: defaultdict(list))
    notes: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    new_keys: dict[int, bytes] = field(default_factory=dict)
    _made: set[tuple[type[Table], int]] = field(default_factory=set)
    _numbers: dict[type[Table], Iterator[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._said = BulkInsert(self.connection.dialect, AuditEntry, SAID)

    @classmethod
    def begun(
        cls, connection: Connection, engine: Engine, *, by: str, now: datetime, purpose: str | None
    ) -> "PreparedEntry":
        on = begin(connection, by, now, purpose)
        return cls(connection, by, on.at, on.key, on.clock, purpose, engine=engine, seen=on.length)

    def add(self, table: type[Table], *, about: int | None = None, **values: Any) -> int:
        row_id, row = self._row(table, values)
        self.mark(table, **{**values, "id": row_id})
        person = about if about is not None else self._person_of(table, row_id, values)
        self._note(Action.COLLECT, table, row_id, person, {"after": values}, row)
        return row_id

    def supersede(self, table: type[Fact], fact_id: int, *, about: int | None = None, **changes: Any) -> int:
        before = self._current(table, fact_id)
        kept = {name: value for name, value in before.items() if name not in SET_BY_THE_ENTRY}
        values = {**kept, **changes}
        self.stopped[table].append(fact_id)
        new_id, row = self._row(table, {**values, "supersedes_id": fact_id})
        self.mark(table, **before)
        self.mark(table, **{**values, "id": new_id})
        person = about if about is not None else values.get("person_id")
        changed = {name: value for name, value in changes.items() if kept.get(name) != value}
        was = {name: kept.get(name) for name in changed}
        self._note(Action.ALTER, table, new_id, person, {"before": was, "after": changed}, row, supersedes=fact_id)
        return new_id

    def withdraw(self, table: type[Fact], fact_id: int, *, reason: str, about: int | None = None) -> None:
        raise NotImplementedError("a prepared entry adds and supersedes")

    def stop(self, table: type[Table], row_id: int) -> None:
        raise NotImplementedError("a prepared entry adds and supersedes")

    def note(self, action: Action, subject: str, subject_id: object, **_: Any) -> None:
        raise NotImplementedError(f"{action} {subject} {subject_id}: a prepared entry adds and supersedes")

    def finished(self) -> None:
        """Everything is in it: what can be computed before it is entered is computed."""
        foreseen = import_module(_FORESEEN)
        self.projections = foreseen.foresee(self.connection, self.new_people, self.rows_by_table, self.at)
        # A table comes after those it refers to: a correction may come before the first new person.
        for table in _parents_first(self.rows_by_table):
            rows = self.rows_by_table[table]
            names = _names(table)
            bulk = BulkInsert(self.connection.dialect, table, names)
            self.taken[table] = [bulk.taken(*(row[name] for name in names)) for row in rows]
        self.rows_by_table.clear()

    def _row(self, table: type[Table], values: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """The row as the database will have it, but for the instant it is recorded at."""
        primary = inspect(table).primary_key[0].name
        row: dict[str, Any] = dict.fromkeys(_names(table))
        if "recorded_by" in row:
            row["recorded_by"] = self.by
        row_id = self._number(table)
        row |= {**values, primary: row_id}
        self.rows_by_table[table].append(row)
        self._made.add((table, row_id))
        if table.__tablename__ == "person":
            self.new_people[row_id] = row["wearer_ref"]
        return row_id, row

    def _note(
        self,
        action: Action,
        table: type[Table],
        row_id: int,
        person: int | None,
        changes: Mapping[str, Mapping[str, Any]],
        row: Mapping[str, Any],
        **opened: Any,
    ) -> None:
        change: dict[str, Any] = {name: plain(dict(values)) for name, values in changes.items() if values}
        change[ROW_AS_ENTERED] = row_digest(row, table.not_in_digest)
        sealed = None if person is None else seal(self._key(person), change, self.random_bytes)
        open_values = plain(opened if sealed is not None else {**opened, **change})
        fields = (self.by, action, table.__tablename__, str(row_id), person, self.purpose, None, open_values, sealed)
        self.notes.append((said(*fields), self._said.taken(*fields)))

    def _current(self, table: type[Fact], fact_id: int) -> dict[str, Any]:
        if (table, fact_id) in self._made:
            raise NotFound(f"The {table.__tablename__} {fact_id} is of this same entry.")
        return super()._current(table, fact_id)

    def _key(self, person_id: int) -> bytes:
        if person_id not in self._keys:
            key = None
            if person_id not in self.new_people:
                key = self.connection.scalar(select(PersonKey.key).where(PersonKey.person_id == person_id))
            if key is None:
                key = self.new_keys[person_id] = new_key(self.random_bytes)
            self._keys[person_id] = key
        return self._keys[person_id]

    def _number(self, table: type[Table]) -> int:
        if table not in self._numbers:
            self._numbers[table] = self._next_numbers(table)
        return next(self._numbers[table])

    def _next_numbers(self, table: type[Table]) -> Iterator[int]:
        if self.connection.dialect.name != "postgresql":
            (first,) = reserved_numbers(self.connection, table, 1)
            yield from count(first)
        assert self.engine is not None
        while True:
            with self.engine.begin() as connection:
                numbers = reserved_numbers(connection, table, _NUMBERS_AT_ONCE)
            yield from numbers


_FORESEEN = "tracker.projections.foreseen_service"
"""By name, as the projections themselves: the record is below everything."""


def _parents_first(tables: Iterable[type[Table]]) -> list[type[Table]]:
    by_name = {table.__tablename__: table for table in tables}

    def leads_elsewhere(key: ForeignKey) -> bool:
        # To a table that is not written, and that the process may not have loaded.
        return key.target_fullname.split(".")[0] not in by_name

    metadata = Table.metadata
    ordered = sort_tables([metadata.tables[name] for name in by_name], skip_fn=leads_elsewhere)  # type: ignore[arg-type]  # it is given each ForeignKey
    return [by_name[table.name] for table in ordered]


def _names(table: type[Table]) -> list[str]:
    return [name for name in columns_of(table).c.keys() if name != "recorded_at"]  # noqa: SIM118


def still_holds(connection: Connection, prepared: PreparedEntry, harmless: Collection[str]) -> bool:
    """Whether nothing was entered since that it may rest on: only readings, and changes of these subjects."""
    others = AuditEntry.seq > prepared.seen, AuditEntry.action != Action.CONSULT, AuditEntry.subject.not_in(harmless)
    return connection.scalar(select(AuditEntry.seq).where(*others).limit(1)) is None


def deleted_since(connection: Connection, seen: int) -> bool:
    """Whether anything was erased or purged since that audit row."""
    erased = AuditEntry.seq > seen, AuditEntry.action == Action.ERASE
    return connection.scalar(select(AuditEntry.seq).where(*erased).limit(1)) is not None


def enter_prepared(entry: Entry, prepared: PreparedEntry) -> None:
    """Write the rows and audit rows within an entry."""
    connection = entry.connection
    with entry.rows.apart():
        for table, ids in prepared.stopped.items():
            columns = columns_of(table)
            stop = update(columns).where(columns.c.id == bindparam("of")).values(superseded_at=entry.at)
            connection.execute(stop, [{"of": each} for each in ids])
        for table, rows in prepared.taken.items():
            names = _names(table)
            recorded = ["recorded_at"] if "recorded_at" in columns_of(table).c else []
            at = BulkInsert(connection.dialect, table, recorded).taken(*([entry.at] if recorded else []))
            BulkInsert(connection.dialect, table, names + recorded).write(connection, [row + at for row in rows])
        if prepared.new_keys:
            keys = [{"person_id": person, "key": key} for person, key in prepared.new_keys.items()]
            connection.execute(insert(PersonKey), keys)
    entry.written += prepared.written
    entry.foreseen = prepared.projections
    place = BulkInsert(connection.dialect, AuditEntry, (*_SAME, *_LINK, *SAID))
    entry.note_all(prepared.notes, place, BulkInsert(connection.dialect, AuditEntry, _SAME))
