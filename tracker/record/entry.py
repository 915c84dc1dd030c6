"""An entry: one transaction that changes the record, with an audit row for each change in it.

Every change goes through an entry, so none is without an audit row. There is one writer at a time, and each entry is
recorded later than the one before: an answer as known at a past instant never changes.
"""

import os
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, insert, inspect, select, update

from tracker.errors import BadEntry, NotFound, StoreNotReady
from tracker.record.audit.book import AuditBook, book_of
from tracker.record.audit.chain import Action
from tracker.record.audit.clock import ClockReading, step_s
from tracker.record.audit.keys import AuditKey
from tracker.record.audit.sealing import RandomBytes
from tracker.record.audit.tables import AuditEntry, AuditHead
from tracker.record.audit.verification import NO_END
from tracker.record.audit.writer import AuditWriter
from tracker.record.base import Table
from tracker.record.changed_rows import ChangedRows, columns_of
from tracker.record.fact import Fact, FactChange
from tracker.record.locks import Lock, take
from tracker.record.revision import require_head
from tracker.record.row_sum_table import RowSum
from tracker.record.row_sums import SUMS, keep, own_digest, sums_of, told

AnyTable = TypeVar("AnyTable", bound=Table)


@dataclass
class Entry(AuditWriter):
    """Writes facts and their audit rows. Made by `entering`.

    `at` is when all of the entry is recorded. Rows of a table with a `person_id` are sealed in the audit under that
    person's key; give the person's id as `about` where a change concerns a person and the table has no such column.
    """

    written: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    """By table the columns of each row that this entry made or took back, for the projections (`mark`)."""

    foreseen: Any = None
    """The projections of people who come on record with it, where they were computed before (`prepared`)."""

    def mark(self, table: type[Table], **values: Any) -> None:
        """What is known of a row that was written past `add`, `supersede` and `withdraw`: its projections follow."""
        self.written.append((table.__tablename__, values))

    def __post_init__(self) -> None:
        self.rows = ChangedRows(self.connection)

    def add(self, table: type[Table], *, about: int | None = None, **values: Any) -> int:
        """Insert a row with `recorded_at` and `recorded_by` of this entry; returns its id."""
        row_id = self._insert(table, values)
        self.mark(table, **{**values, "id": row_id})
        person = about if about is not None else self._person_of(table, row_id, values)
        entered = self._digest(table, row_id)
        self.note(Action.COLLECT, table.__tablename__, row_id, person_id=person, after=values, entered=entered)
        return row_id

    def supersede(self, table: type[Fact], fact_id: int, *, about: int | None = None, **changes: Any) -> int:
        """Replace a current fact with a new one that differs by `changes`; returns the new id."""
        return self._replace(table, fact_id, changes, about, None)

    def correct(
        self, table: type[Fact], fact_id: int, changes: Mapping[str, Any], *, because: str, about: int | None = None
    ) -> int:
        """`supersede` for a reason that a person gave, which can be read with the fact."""
        return self._replace(table, fact_id, changes, about, because)

    def _replace(
        self, table: type[Fact], fact_id: int, changes: Mapping[str, Any], about: int | None, because: str | None
    ) -> int:
        before = self._current(table, fact_id)
        kept = {name: value for name, value in before.items() if name not in SET_BY_THE_ENTRY}
        values = {**kept, **changes}
        # Before the insert: unique indexes allow one current row.
        self.stop(table, fact_id)
        new_id = self._insert(table, {**values, "supersedes_id": fact_id})
        self.mark(table, **before)
        self.mark(table, **{**values, "id": new_id})
        person = about if about is not None else values.get("person_id")
        changed = {name: value for name, value in changes.items() if kept.get(name) != value}
        was = {name: kept.get(name) for name in changed}
        if because is not None:
            self.explain(table, fact_id, because, person)
            changed["corrected_because"] = because
        self.note(
            Action.ALTER,
            table.__tablename__,
            new_id,
            person_id=person,
            before=was,
            after=changed,
            entered=self._digest(table, new_id),
            supersedes=fact_id,
        )
        return new_id

    def withdraw(self, table: type[Fact], fact_id: int, *, reason: str, about: int | None = None) -> None:
        """Withdraw a fact without a replacement."""
        before = self._current(table, fact_id)
        self.stop(table, fact_id)
        self.mark(table, **before)
        kept = {name: value for name, value in before.items() if name not in SET_BY_THE_ENTRY}
        person = about if about is not None else kept.get("person_id")
        self.explain(table, fact_id, reason, person)
        self.note(
            Action.ALTER, table.__tablename__, fact_id, person_id=person, before=kept, after={"withdrawn": reason}
        )

    def explain(self, table: type[Table], row_id: int, reason: str, person_id: int | None) -> None:
        """Keep why a row counts no more; the audit row of the change, which holds it too, is the caller's."""
        row = {"subject": table.__tablename__, "row_id": row_id, "person_id": person_id, "reason": reason}
        with self.rows.apart():
            self.connection.execute(
                insert(FactChange),
                {**row, "wall_at": self.clock.wall, "recorded_at": self.at, "recorded_by": self.by},
            )

    def stop(self, table: type[Table], row_id: int) -> None:
        """Mark a row as superseded from now on; the audit row that says so is the caller's."""
        columns = columns_of(table)
        with self.rows.apart():
            self.connection.execute(update(columns).where(columns.c.id == row_id).values(superseded_at=self.at))

    def _insert(self, table: type[Table], values: Mapping[str, Any]) -> int:
        named = table.__table__.columns
        recorded = {"recorded_at": self.at, "recorded_by": self.by}
        columns = {**{name: value for name, value in recorded.items() if name in named}, **values}
        primary = inspect(table).primary_key[0]
        with self.rows.apart():
            row_id = int(self.connection.execute(insert(table).returning(primary), columns).scalar_one())
        self.rows.entered(table, row_id)
        return row_id

    def _digest(self, table: type[Table], row_id: int) -> str:
        """Of the row as the database has it, with what it filled in by itself."""
        primary = inspect(table).primary_key[0]
        row = self.connection.execute(select(table.__table__).where(primary == row_id)).mappings().one()
        return own_digest(table, row)

    def _current(self, table: type[Fact], fact_id: int) -> dict[str, Any]:
        row = self.connection.execute(select(table.__table__).where(table.id == fact_id)).one_or_none()
        if row is None:
            raise NotFound(f"There is no {_name(table)} {fact_id}.")
        values = dict(row._mapping)
        if values["superseded_at"] is not None:
            raise BadEntry(
                f"{_name(table).capitalize()} {fact_id} was superseded on {values['superseded_at']:%Y-%m-%d at %H:%M} "
                "UTC. Correct the entry that replaced it."
            )
        return values

    def _person_of(self, table: type[Table], row_id: int, values: Mapping[str, Any]) -> int | None:
        return row_id if table.__tablename__ == "person" else values.get("person_id")

    def follow(self, *, by: str, now: datetime, purpose: str | None) -> None:
        """Begin the next entry in the same transaction, recorded after this one."""
        _require_zone(now)
        self.by, self.purpose = by, purpose
        self.at = max(now.astimezone(UTC), self.at + timedelta(microseconds=1))

    def close(self, book: AuditBook, begun_at: int) -> None:
        """Write the digests of the rows that were changed, and the chain's new head, if any row was written since row
        `begun_at`."""
        if sums := sums_of(self.connection, self.rows, self.random_bytes):
            if self._waits is None:
                self.note(Action.ALTER, RowSum.__tablename__, "rows")
            assert self._waits is not None
            self._waits["open"][SUMS] = told(sums)
        self._write()
        keep(self.connection, self._length, sums)
        if self._length == begun_at:
            return
        self.rows_written, self.head = self._length, self._keyed_head or self._head
        last = {"key_id": self.key.id, "boot": self.clock.boot, "since_boot_us": self.clock.since_boot_us}
        self.connection.execute(update(AuditHead).values(length=self._length, hash=self._head, **last))
        book.last = self.clock


_PROJECTIONS = "tracker.projections.service"
"""By name, because the record is below everything: so no program that writes can leave the projections out."""
_PEOPLE = "tracker.people.queries"
_CHECK: ContextVar[Callable[[Connection], None] | None] = ContextVar("check", default=None)


@contextmanager
def checking(check: Callable[[Connection], None]) -> Iterator[None]:
    """Entries begun in this block run `check` first, while no other entry can be written; an error in it ends the
    entry.

    For a caller who decided on a state that it read earlier: `check` makes sure that the state has not changed.
    """
    token = _CHECK.set(check)
    try:
        yield
    finally:
        _CHECK.reset(token)


SET_BY_THE_ENTRY = frozenset({"id", "recorded_at", "recorded_by", "superseded_at", "supersedes_id"})


@contextmanager
def entering(
    engine: Engine, *, by: str, now: datetime, purpose: str | None = None, random_bytes: RandomBytes = os.urandom
) -> Iterator[Entry]:
    """One entry: committed as a whole at the end, or not at all.

    Parameters
    ----------
    by
        The user who enters it.
    now
        With a time zone. The entry is recorded at this time, or a microsecond after the last entry if that is later.

    Raises
    ------
    BadEntry
        `now` has no time zone.
    StoreNotReady
        The database's tables are not those of this version, or the audit's key file is missing or another one.
    """
    require_head(engine)
    with engine.begin() as connection:
        entry = yield from _entry(connection, by, now, purpose, random_bytes)
    if entry.rows_written:
        book_of(engine).keep_head(entry.rows_written, entry.head)


@contextmanager
def entering_on(
    connection: Connection,
    *,
    by: str,
    now: datetime,
    purpose: str | None = None,
    random_bytes: RandomBytes = os.urandom,
) -> Iterator[Entry]:
    """The same in the caller's transaction, which should be committed soon: other entries wait from here on."""
    yield from _entry(connection, by, now, purpose, random_bytes)


def _entry(
    connection: Connection, by: str, now: datetime, purpose: str | None, random_bytes: RandomBytes
) -> Generator[Entry, None, Entry]:
    _require_zone(now)
    take(connection, Lock.RECORD)
    entry, book = begin(connection, by, now, purpose, random_bytes), book_of(connection)
    begun_at = entry.length
    if (check := _CHECK.get()) is not None:
        check(connection)
    with entry.rows.watched():
        yield entry
    if entry._typed:
        import_module(_PEOPLE).refuse_names(connection, entry._typed)
    if entry.written:
        import_module(_PROJECTIONS).follow(connection, entry.written, entry.foreseen)
    entry.close(book, begun_at)
    return entry


def _require_zone(now: datetime) -> None:
    if now.tzinfo is None:
        raise BadEntry(
            f"{now.isoformat()} has no time zone. Give the time with its zone, for example {now.isoformat()}Z."
        )


def begin(
    connection: Connection,
    by: str,
    now: datetime,
    purpose: str | None = None,
    random_bytes: RandomBytes = os.urandom,
    key: AuditKey | None = None,
) -> Entry:
    """An entry after the chain's last row, under the key in force unless another is given. The record's lock is
    held."""
    book, last = book_of(connection), connection.execute(_LAST).one_or_none()
    if last is None:
        raise StoreNotReady(f"The audit is broken: {NO_END}.")
    # In UTC, as the database returns it: the hash is over its text.
    at, clock = now.astimezone(UTC), book.clock()
    before = [] if book.last is None else [book.last]
    if last.boot is not None and last.wall_at is not None:
        before.append(ClockReading(last.wall_at, last.boot, last.since_boot_us))
    return Entry(
        connection,
        by,
        at if last.at is None else max(at, last.at + timedelta(microseconds=1)),
        key or book.keys.in_force(last.key_id, last.length),
        clock,
        purpose,
        random_bytes,
        step_s(clock, before, last.wall_at),
        _length=last.length,
        _head=last.hash,
        _keyed_head=last.keyed_digest or "",
    )


_LAST = select(
    AuditHead.length,
    AuditHead.hash,
    AuditHead.key_id,
    AuditHead.boot,
    AuditHead.since_boot_us,
    AuditEntry.at,
    AuditEntry.wall_at,
    AuditEntry.keyed_digest,
).outerjoin(AuditEntry, AuditEntry.seq == AuditHead.length)


def _name(table: type[Table]) -> str:
    """The table's name in words, for a message."""
    return str(table.__tablename__).replace("_", " ")
