"""Another key for the audit, and the opening of sealed values; each leaves its row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, select

from tracker.errors import BadEntry, NotFound
from tracker.record.audit.book import book_of
from tracker.record.audit.chain import Action
from tracker.record.audit.keys import AuditKey
from tracker.record.audit.queries import head_now, verify_chain
from tracker.record.audit.sealing import unseal
from tracker.record.audit.tables import AuditEntry, PersonKey
from tracker.record.audit.verification import KEY_CHANGE, Head
from tracker.record.entry import begin, entering
from tracker.record.locks import Lock, take
from tracker.record.revision import require_head

MOST_OPENED = 200
"""Rows of one person opened at once."""


def rotate_key(
    engine: Engine, *, reason: str, by: str, now: datetime, heads: Sequence[Head] = (), lost: bool = False
) -> AuditKey:
    """Another key from the next row on. That row says which key follows which, why, and how much of the chain verified
    before. The old key stays in the file, for the rows under it.

    `lost`: the old key is gone; without that a key file that lacks it is refused (AuditKeyFault).
    """
    require_head(engine)
    checked = verify_chain(engine, heads)
    book = book_of(engine)
    with engine.begin() as connection:
        take(connection, Lock.RECORD)
        head = head_now(connection)
        length, before = head.rows, head.key_id
        if not lost:
            book.keys.in_force(before, length)
        entry = begin(connection, by, now, key=book.keys.add(length))
        change: dict[str, Any] = {"from": before, "to": entry.key.id, "reason": reason, "lost": lost}
        entry.note(
            Action.ALTER,
            KEY_CHANGE,
            entry.key.id,
            **change,
            verified={"rows": checked.rows, "broken": None if checked.broken is None else checked.broken.why},
        )
        entry.close(book, length)
        return entry.key


@dataclass(frozen=True, slots=True)
class OpenedRow:
    """A row's sealed values; `values` None: the person was erased and the key destroyed, so nobody can read them."""

    seq: int
    at: datetime
    by: str
    action: Action
    subject: str
    subject_id: str
    person_id: int
    values: Any


def open_sealed(
    engine: Engine, *, row: int | None, person_id: int | None, purpose: str, by: str, now: datetime
) -> list[OpenedRow]:
    """The sealed values of one row, or of a person's latest rows, the latest first. The opening is a row of its own.

    Raises
    ------
    NotFound
        No such row, or none about the person.
    BadEntry
        The row has no sealed values; or neither or both of row and person are given.
    """
    if (row is None) == (person_id is None):
        raise BadEntry("give either a row or a person, by number")
    with entering(engine, by=by, now=now, purpose=purpose) as entry:
        found = _sealed_rows(entry.connection, row, person_id)
        person = found[0].person_id
        key = entry.connection.scalar(select(PersonKey.key).where(PersonKey.person_id == person))
        ids = [each.seq for each in found]
        what = str(row) if row is not None else f"{len(ids)} rows"
        entry.note(Action.CONSULT, "audit_entry", what, person_id=person, rows=ids, readable=key is not None)
    return [
        OpenedRow(
            each.seq,
            each.at,
            each.by,
            each.action,
            each.subject,
            each.subject_id,
            person,
            None if key is None else unseal(key, each.sealed),
        )
        for each in found
    ]


def _sealed_rows(connection: Connection, row: int | None, person_id: int | None) -> Sequence[Any]:
    names = ("seq", "at", "by", "action", "subject", "subject_id", "person_id", "sealed")
    query = select(*(getattr(AuditEntry, name) for name in names))
    if row is not None:
        found = connection.execute(query.where(AuditEntry.seq == row)).all()
        if not found:
            raise NotFound(f"The audit has no row {row}.")
        if found[0].sealed is None:
            raise BadEntry(f"Row {row} has no sealed values: all it says is in its details.")
        return found
    mine = AuditEntry.person_id == person_id, AuditEntry.sealed.is_not(None)
    found = connection.execute(query.where(*mine).order_by(AuditEntry.seq.desc()).limit(MOST_OPENED)).all()
    if not found:
        raise NotFound(f"The audit has no sealed values of person {person_id}.")
    return found
