"""An entry: one transaction that changes the record, with an audit row for each change in it.

Everything that is entered goes through here, so nothing can be changed without a trace. Entries follow one another
(one chain, one writer at a time), and each is recorded later than the one before: an answer as known at an instant that
has passed never changes.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, insert, inspect, select, update

from tracker.errors import BadEntry, NotFound
from tracker.record.audit_chain import START, Action, AuditRow
from tracker.record.audit_tables import AuditEntry, AuditHead, PersonKey
from tracker.record.base import Table
from tracker.record.fact import Fact
from tracker.record.locks import Lock, take
from tracker.record.revision import require_head
from tracker.record.sealing import RandomBytes, new_key, seal

AnyTable = TypeVar("AnyTable", bound=Table)


@dataclass
class Entry:
    """Writing on record. Made by `entering`.

    `at` is when all of it is recorded. Rows of a table with a `person_id` are sealed in the audit under that person's
    key; give the person's id as `about` where a change concerns a person without naming one in a column.
    """

    connection: Connection
    by: str
    at: datetime
    purpose: str | None = None
    random_bytes: RandomBytes = os.urandom
    _length: int = 0
    _head: str = START
    _keys: dict[int, bytes] = field(default_factory=dict)

    def add(self, table: type[Table], *, about: int | None = None, **values: Any) -> int:
        """A new row with `recorded_at` and `recorded_by` of this entry; its id."""
        row_id = self._insert(table, values)
        person = about if about is not None else self._person_of(table, row_id, values)
        self.note(Action.COLLECT, table.__tablename__, row_id, person_id=person, after=values)
        return row_id

    def supersede(self, table: type[Fact], fact_id: int, *, about: int | None = None, **changes: Any) -> int:
        """A new fact in the place of one that counts, the same but for `changes`; its id."""
        before = self._counting(table, fact_id)
        kept = {name: value for name, value in before.items() if name not in _OF_THE_ENTRY}
        values = {**kept, **changes}
        # Out of the way first: what may exist once only is held by the row that counts.
        self._set(table, fact_id, superseded_at=self.at)
        new_id = self._insert(table, {**values, "supersedes_id": fact_id})
        person = about if about is not None else values.get("person_id")
        changed = {name: value for name, value in changes.items() if kept.get(name) != value}
        was = {name: kept.get(name) for name in changed}
        self.note(
            Action.ALTER,
            table.__tablename__,
            new_id,
            person_id=person,
            before=was,
            after=changed,
            supersedes=fact_id,
        )
        return new_id

    def withdraw(self, table: type[Fact], fact_id: int, *, reason: str, about: int | None = None) -> None:
        """Take a fact back without another in its place."""
        before = self._counting(table, fact_id)
        self._set(table, fact_id, superseded_at=self.at)
        kept = {name: value for name, value in before.items() if name not in _OF_THE_ENTRY}
        person = about if about is not None else kept.get("person_id")
        self.note(
            Action.ALTER, table.__tablename__, fact_id, person_id=person, before=kept, after={"withdrawn": reason}
        )

    def note(
        self,
        action: Action,
        subject: str,
        subject_id: object,
        *,
        person_id: int | None = None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        recipient: str | None = None,
        purpose: str | None = None,
        **open_values: Any,
    ) -> None:
        """An audit row; `open_values` may be read by whoever reads the audit, so nothing of a person goes there."""
        told = {name: _plain(dict(values)) for name, values in (("before", before), ("after", after)) if values}
        opened = {name: _plain(value) for name, value in open_values.items()}
        sealed = None
        if told and person_id is not None:
            sealed = seal(self._key(person_id), told, self.random_bytes)
        else:
            opened |= told
        row = AuditRow(
            seq=self._length + 1,
            at=self.at,
            by=self.by,
            action=action,
            subject=subject,
            subject_id=str(subject_id),
            person_id=person_id,
            purpose=purpose if purpose is not None else self.purpose,
            recipient=recipient,
            open=opened,
            sealed=sealed,
            previous=self._head,
        )
        self._length, self._head = row.seq, row.digest()
        columns = {name: getattr(row, name) for name in AuditRow.__slots__}
        self.connection.execute(insert(AuditEntry), {**columns, "hash": self._head})

    def _insert(self, table: type[Table], values: Mapping[str, Any]) -> int:
        named = table.__table__.columns
        recorded = {"recorded_at": self.at, "recorded_by": self.by}
        columns = {**{name: value for name, value in recorded.items() if name in named}, **values}
        primary = inspect(table).primary_key[0]
        return int(self.connection.execute(insert(table).returning(primary), columns).scalar_one())

    def _set(self, table: type[Fact], fact_id: int, **values: Any) -> None:
        self.connection.execute(update(table).where(table.id == fact_id).values(**values))

    def _counting(self, table: type[Fact], fact_id: int) -> dict[str, Any]:
        row = self.connection.execute(select(table.__table__).where(table.id == fact_id)).one_or_none()
        if row is None:
            raise NotFound(f"there is no {table.__tablename__} {fact_id}")
        values = dict(row._mapping)
        if values["superseded_at"] is not None:
            raise BadEntry(
                f"{table.__tablename__} {fact_id} counts no more since {values['superseded_at']}: "
                "correct the entry that took its place"
            )
        return values

    def _person_of(self, table: type[Table], row_id: int, values: Mapping[str, Any]) -> int | None:
        return row_id if table.__tablename__ == "person" else values.get("person_id")

    def _key(self, person_id: int) -> bytes:
        """The person's key; made at the first row about the person."""
        if person_id not in self._keys:
            key = self.connection.scalar(select(PersonKey.key).where(PersonKey.person_id == person_id))
            if key is None:
                key = new_key(self.random_bytes)
                self.connection.execute(insert(PersonKey), {"person_id": person_id, "key": key})
            self._keys[person_id] = key
        return self._keys[person_id]

    def _close(self) -> None:
        self.connection.execute(update(AuditHead).values(length=self._length, hash=self._head))


_CHECK: ContextVar[Callable[[Connection], None] | None] = ContextVar("check", default=None)


@contextmanager
def checking(check: Callable[[Connection], None]) -> Iterator[None]:
    """Entries begun within ask `check` first, at a moment when nobody else can enter; what it raises ends the entry.

    For whoever decided by what they saw: that it is still so.
    """
    token = _CHECK.set(check)
    try:
        yield
    finally:
        _CHECK.reset(token)


_OF_THE_ENTRY = frozenset({"id", "recorded_at", "recorded_by", "superseded_at", "supersedes_id"})


@contextmanager
def entering(
    engine: Engine, *, by: str, now: datetime, purpose: str | None = None, random_bytes: RandomBytes = os.urandom
) -> Iterator[Entry]:
    """One entry: committed whole at the end, or nothing of it.

    Parameters
    ----------
    by
        Who enters it.
    now
        Aware. Recorded is the later of this and a microsecond after the last entry.
    """
    require_head(engine)
    with engine.begin() as connection:
        yield from _entry(connection, by, now, purpose, random_bytes)


@contextmanager
def entering_on(
    connection: Connection,
    *,
    by: str,
    now: datetime,
    purpose: str | None = None,
    random_bytes: RandomBytes = os.urandom,
) -> Iterator[Entry]:
    """The same in a transaction of the caller's, who commits it soon: other entries wait from here on."""
    yield from _entry(connection, by, now, purpose, random_bytes)


def _entry(
    connection: Connection, by: str, now: datetime, purpose: str | None, random_bytes: RandomBytes
) -> Iterator[Entry]:
    if now.tzinfo is None:
        raise BadEntry(f"{now} has no time zone; give an aware instant")
    take(connection, Lock.RECORD)
    length, head = connection.execute(select(AuditHead.length, AuditHead.hash)).one()
    last = connection.scalar(select(AuditEntry.at).where(AuditEntry.seq == length))
    # In UTC, as it comes back: the hash is over its text.
    now = now.astimezone(UTC)
    at = now if last is None else max(now, last + timedelta(microseconds=1))
    entry = Entry(connection, by, at, purpose, random_bytes, _length=length, _head=head)
    if (check := _CHECK.get()) is not None:
        check(connection)
    yield entry
    entry._close()


def _plain(value: Any) -> Any:
    """Values that JSON knows."""
    if isinstance(value, Mapping):
        return {str(name): _plain(held) for name, held in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(held) for held in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return value
