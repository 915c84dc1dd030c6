"""An entry: one transaction that changes the record, with an audit row for each change in it.

Every change goes through an entry, so none is without an audit row. There is one writer at a time, and each entry is
recorded later than the one before: an answer as known at a past instant never changes.
"""

import logging
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, insert, inspect, select, update

from tracker.errors import BadEntry, NotFound, StoreNotReady
from tracker.record.audit.book import AuditBook, book_of
from tracker.record.audit.chain import START, Action, AuditRow, keyed_at, keyed_by, keyed_digest, keyed_link, row_hash
from tracker.record.audit.clock import ClockReading, step_in_words, step_s
from tracker.record.audit.keys import AuditKey
from tracker.record.audit.sealing import RandomBytes, new_key, seal
from tracker.record.audit.tables import AuditEntry, AuditHead, PersonKey
from tracker.record.audit.verification import NO_END
from tracker.record.base import Table
from tracker.record.changed_rows import ChangedRows, columns_of
from tracker.record.fact import Fact, FactChange
from tracker.record.locks import Lock, take
from tracker.record.prepared.bulk import BulkInsert
from tracker.record.revision import require_head
from tracker.record.row_digest import plain
from tracker.record.row_sum_table import RowSum
from tracker.record.row_sums import SUMS, keep, own_digest, sums_of, told

AnyTable = TypeVar("AnyTable", bound=Table)


@dataclass
class Entry:
    """Writes facts and their audit rows. Made by `entering`.

    `at` is when all of the entry is recorded. Rows of a table with a `person_id` are sealed in the audit under that
    person's key; give the person's id as `about` where a change concerns a person and the table has no such column.
    """

    connection: Connection
    by: str
    at: datetime
    key: AuditKey
    """The audit's key in force."""
    clock: ClockReading
    """The machine's clock, whatever the record's time."""
    purpose: str | None = None
    random_bytes: RandomBytes = os.urandom
    clock_step_s: int | None = None
    """By how much the machine's clock was changed since the last row; in the entry's first row."""
    _length: int = 0
    _head: str = START
    _keyed_head: str = ""
    _keys: dict[int, bytes] = field(default_factory=dict)
    _waits: dict[str, Any] | None = None
    """The latest audit row, which is written once the next one comes or the entry ends: the last has the digest of the
    rows that the entry changed."""
    _together: list[dict[str, Any]] | None = None
    written: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    """By table the columns of each row that this entry made or took back, for the projections (`mark`)."""

    foreseen: Any = None
    """The projections of people who come on record with it, where they were computed before (`prepared`)."""

    def mark(self, table: type[Table], **values: Any) -> None:
        """What is known of a row that was written past `add`, `supersede` and `withdraw`: its projections follow."""
        self.written.append((table.__tablename__, values))

    _typed: dict[str, str] = field(default_factory=dict)
    """What was typed and stands in the audit in clear, by field."""
    rows_written: int = 0
    """The number of rows of the audit once the entry has ended, and the digest of the last; 0: it wrote none."""
    head: str = ""

    @property
    def length(self) -> int:
        """The number of rows of the audit."""
        return self._length

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

    def note(
        self,
        action: Action,
        subject: str,
        subject_id: object,
        *,
        person_id: int | None = None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        entered: str | None = None,
        recipient: str | None = None,
        purpose: str | None = None,
        **open_values: Any,
    ) -> None:
        """Write an audit row. `open_values` are readable by everyone who may read the audit: no personal data.
        `entered` is the digest of the whole row that was entered; it is sealed with `before` and `after`."""
        change = {name: plain(dict(values)) for name, values in (("before", before), ("after", after)) if values}
        if entered is not None:
            change["row"] = entered
        opened = {name: plain(value) for name, value in open_values.items()}
        sealed = None
        if change and person_id is not None:
            sealed = seal(self._key(person_id), change, self.random_bytes)
        else:
            opened |= change
        self._typed |= _typed_in(opened)
        self._write()
        self._waits = {
            "at": self.at,
            "by": self.by,
            "action": action,
            "subject": subject,
            "subject_id": str(subject_id),
            "person_id": person_id,
            "purpose": purpose if purpose is not None else self.purpose,
            "recipient": recipient,
            "open": opened,
            "sealed": sealed,
        }

    def note_all(self, notes: Iterable[tuple[str, tuple[Any, ...]]], bulk: BulkInsert, taken: BulkInsert) -> None:
        """Write audit rows that were made before: of each what a hash is over and what it says, as the driver takes it.
        `bulk` takes their place in the chain (`LINK`) and then that, `taken` makes the place what the driver takes."""
        self._write()
        at, rows = self.at.isoformat(timespec="microseconds"), []
        # The first warns of a changed clock, and carries it.
        step, key, wall_at = self._step(), self.key, self.clock.wall
        keyed, wall = keyed_by(key.id), keyed_at(wall_at)
        for text, said_values in notes:
            seq, previous = self._length + 1, self._head
            self._head = row_hash(seq, at, previous, text)
            self._keyed_head = keyed_link(key.secret, keyed, seq, self._head, wall, step, self._keyed_head)
            self._length = seq
            rows.append((seq, previous, self._head, self._keyed_head, step, *said_values))
            step = None
        same = taken.taken(self.at, wall_at, key.id)
        bulk.write(self.connection, [(*same, *row) for row in rows])

    def _step(self) -> int | None:
        """By how much the clock was changed, once."""
        step, self.clock_step_s = self.clock_step_s, None
        if step is not None:
            _LOG.warning("The clock of this machine %s: row %d of the audit.", step_in_words(step), self._length + 1)
        return step

    def _write(self) -> None:
        """Write the audit row that waits."""
        if self._waits is None:
            return
        waits, self._waits = self._waits, None
        row = self._linked(waits)
        if self._together is None:
            self.connection.execute(insert(AuditEntry), row)
        else:
            self._together.append(row)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Audit rows of this block are written at its end, all at once; nothing in it may read the audit."""
        self._write()
        self._together = []
        try:
            yield
            self._write()
            if self._together:
                self.connection.execute(insert(AuditEntry), self._together)
        finally:
            self._together = None

    def _linked(self, waits: Mapping[str, Any]) -> dict[str, Any]:
        """The columns of the chain's next row."""
        step = self._step()
        row = AuditRow(seq=self._length + 1, previous=self._head, **waits)
        self._length, self._head = row.seq, row.digest()
        key, wall_at = self.key, self.clock.wall
        self._keyed_head = keyed_digest(key.secret, key.id, row.seq, self._head, wall_at, step, self._keyed_head)
        columns = {name: getattr(row, name) for name in AuditRow.__slots__}
        keyed = {"key_id": key.id, "wall_at": wall_at, "clock_step_s": step, "keyed_digest": self._keyed_head}
        return {**columns, "hash": self._head, **keyed}

    def follow(self, *, by: str, now: datetime, purpose: str | None) -> None:
        """Begin the next entry in the same transaction, recorded after this one."""
        _require_zone(now)
        self.by, self.purpose = by, purpose
        self.at = max(now.astimezone(UTC), self.at + timedelta(microseconds=1))

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

    def _key(self, person_id: int) -> bytes:
        """The person's key; created with the first row about the person."""
        if person_id not in self._keys:
            key = self.connection.scalar(select(PersonKey.key).where(PersonKey.person_id == person_id))
            if key is None:
                key = new_key(self.random_bytes)
                self.connection.execute(insert(PersonKey), {"person_id": person_id, "key": key})
            self._keys[person_id] = key
        return self._keys[person_id]

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


_LOG = logging.getLogger("tagpilot")
_PROJECTIONS = "tracker.projections.service"
"""By name, because the record is below everything: so no program that writes can leave the projections out."""
_PEOPLE = "tracker.people.queries"
TYPED = frozenset(
    {
        "words",
        "reason",
        "reasons",
        "note",
        "text",
        "over_reason",
        "evidence",
        "purpose",
        "justification",
        "withdrawn",
        "other_words",
        "done_words",
        "launched_words",
    }
)
"""Names of columns, of any table, and of values in the audit that hold what somebody typed."""
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
    begun_at = entry._length
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


def _typed_in(values: Mapping[str, Any]) -> dict[str, str]:
    """The texts that somebody typed, among the values of an audit row and within them, by their fields' names."""
    found: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= _typed_in(value)
        elif isinstance(value, str) and name in TYPED:
            found[name] = value
    return found


def _name(table: type[Table]) -> str:
    """The table's name in words, for a message."""
    return str(table.__tablename__).replace("_", " ")
