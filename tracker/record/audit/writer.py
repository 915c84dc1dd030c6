"""Writes audit rows at the end of the chain, each chained to the one before; what they say of a person is sealed."""

import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from tracker.record.audit.chain import START, Action, AuditRow, keyed_at, keyed_by, keyed_digest, keyed_link, row_hash
from tracker.record.audit.clock import ClockReading, step_in_words
from tracker.record.audit.keys import AuditKey
from tracker.record.audit.sealing import RandomBytes, new_key, seal
from tracker.record.audit.tables import AuditEntry, PersonKey
from tracker.record.prepared.bulk import BulkInsert
from tracker.record.row_digest import plain

_LOG = logging.getLogger("tagpilot")
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


@dataclass
class AuditWriter:
    """Writes audit rows after the last one, by one user and at one time, while the record's lock is held.

    `at` is when all of them are recorded. Rows that concern a person are sealed under that person's key.
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
    _typed: dict[str, str] = field(default_factory=dict)
    """What was typed and stands in the audit in clear, by field."""
    rows_written: int = 0
    """The number of rows of the audit once the entry has ended, and the digest of the last; 0: it wrote none."""
    head: str = ""

    @property
    def length(self) -> int:
        """The number of rows of the audit."""
        return self._length

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

    def _key(self, person_id: int) -> bytes:
        """The person's key; created with the first row about the person."""
        if person_id not in self._keys:
            key = self.connection.scalar(select(PersonKey.key).where(PersonKey.person_id == person_id))
            if key is None:
                key = new_key(self.random_bytes)
                self.connection.execute(insert(PersonKey), {"person_id": person_id, "key": key})
            self._keys[person_id] = key
        return self._keys[person_id]


def _typed_in(values: Mapping[str, Any]) -> dict[str, str]:
    """The texts that somebody typed, among the values of an audit row and within them, by their fields' names."""
    found: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= _typed_in(value)
        elif isinstance(value, str) and name in TYPED:
            found[name] = value
    return found
