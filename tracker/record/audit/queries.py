"""Queries of the audit: its latest rows, its length and hash, and the verification of its chain."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, select

from tracker.errors import StoreNotReady
from tracker.record.audit.book import book_of
from tracker.record.audit.chain import Action, AuditRow, KeyedDigest, StoredRow
from tracker.record.audit.tables import AuditEntry, AuditHead
from tracker.record.audit.verification import NO_END, Head, Keys, Restored, Verified, taken_away, verify
from tracker.record.engine import reading

RESTORE = "restore"
"""Subject of the row that a restore writes; its `rows` is how many rows the backup had."""
_BATCH_ROWS = 1_000
_MOST_HEADS = 400
"""Of a year, as one is written a day."""


class HeadNow(NamedTuple):
    """How many rows there are, the digest of the last, the key in force (None before the first keyed row), and when the
    last row was recorded."""

    rows: int
    digest: str
    key_id: str | None
    at: datetime | None


def last_entry(connection: Connection) -> datetime:
    """When the last entry was recorded; the earliest possible time if there is none."""
    length = connection.scalar(select(AuditHead.length))
    at = connection.scalar(select(AuditEntry.at).where(AuditEntry.seq == length))
    return at if at is not None else datetime.min.replace(tzinfo=UTC)


def audit_head(connection: Connection) -> tuple[int, str]:
    """How many rows there are, and the hash of the last."""
    length, digest = _end(connection)
    if length is None:
        raise StoreNotReady(f"The audit is broken: {NO_END}.")
    return length, digest


def head_now(connection: Connection) -> HeadNow:
    """The head as whoever keeps it needs it, and whether the key in force is known."""
    row = connection.execute(
        select(AuditHead.length, AuditHead.hash, AuditHead.key_id, AuditEntry.keyed_digest, AuditEntry.at)
        .outerjoin(AuditEntry, AuditEntry.seq == AuditHead.length)
    ).one_or_none()  # fmt: skip
    if row is None:
        raise StoreNotReady(f"The audit is broken: {NO_END}.")
    return HeadNow(row.length, row.keyed_digest or row.hash, row.key_id, row.at)


def broken_head(connection: Connection, heads: Sequence[Head]) -> Head | None:
    """The first of written-out heads whose row has another digest now or is not there, in the order of their rows and
    not of their lines; None if they hold, or a restore took them away. The `_MOST_HEADS` with the most rows are asked,
    each by its one row; none is verified."""
    restores = _restores(connection)
    counted = sorted(
        (each for each in heads if each.rows and not taken_away(each, restores)), key=lambda each: each.rows
    )
    counted = counted[-_MOST_HEADS:]
    query = select(AuditEntry.seq, AuditEntry.hash, AuditEntry.keyed_digest)
    found = connection.execute(query.where(AuditEntry.seq.in_({each.rows for each in counted})))
    digests = {seq: digests for seq, *digests in found}
    return next((each for each in counted if each.digest not in digests.get(each.rows, ())), None)


def check_key(engine: Engine) -> None:
    """Raises AuditKeyFault if the key in force is not in the key file."""
    with reading(engine).connect() as connection:
        head = head_now(connection)
    if head.key_id is not None:
        book_of(engine).keys.in_force(head.key_id, head.rows)


def verify_chain(engine: Engine, heads: Sequence[Head] = ()) -> Verified:
    """Verify the whole chain, reading a batch of rows at a time, and hold it against heads kept elsewhere."""
    keys = _keys(engine)
    with reading(engine).connect() as connection:
        length, head = _end(connection)
        return verify(_rows(connection), length, head, keys=keys, heads=heads, restores=_restores(connection))


def verify_since(engine: Engine, since: Head, heads: Sequence[Head] = ()) -> Verified:
    """Verify the rows after a head that the reader has kept; the rows up to it are not read.

    Where the row of the head is not what it was, or is not there, the answer is that of the whole chain.
    """
    keys = _keys(engine)
    with reading(engine).connect() as connection:
        after = next(_rows(connection, since.rows - 1, since.rows), None)
        if after is None or since.digest not in (after.head, after.hash) or not _is_as_hashed(after):
            return verify_chain(engine, [*heads, since])
        length, head = _end(connection)
        return verify(
            _rows(connection, since.rows),
            length,
            head,
            keys=keys,
            heads=[*heads, since],
            restores=_restores(connection),
            after=after,
        )


def _is_as_hashed(stored: StoredRow) -> bool:
    try:
        return stored.row.digest() == stored.hash
    except (ValueError, TypeError, AttributeError):
        return False


def _end(connection: Connection) -> tuple[int | None, str]:
    """How many rows there are, and the hash of the last; no number where the row that says so is gone."""
    found = connection.execute(select(AuditHead.length, AuditHead.hash)).one_or_none()
    return (None, "") if found is None else (found.length, found.hash)


def _keys(engine: Engine) -> Keys:
    held = book_of(engine).keys
    file = held.content()
    if file is None:
        return Keys({}, None, f"{held.path} (it is not there)")
    return Keys(file.secrets(), file.keyed_from, str(held.path))


def _rows(connection: Connection, after: int = 0, last: int | None = None) -> Iterator[StoredRow | None]:
    """None, and none after it, in the place of rows with a value that is none of its kind any more."""
    upto = () if last is None else (AuditEntry.seq <= last,)
    # Within this query alone: as an option of the connection it would be one of its later queries too.
    query = _STORED.where(AuditEntry.seq > after, *upto).order_by(AuditEntry.seq)
    try:
        for row in connection.execute(query.execution_options(yield_per=_BATCH_ROWS)):
            yield _stored(row)
    except (ValueError, LookupError, TypeError, AttributeError):
        # Text that is no JSON, no instant or none of the actions; a number where text belongs.
        yield None


_NAMES = AuditRow.__slots__
_STORED = select(
    *(getattr(AuditEntry, name) for name in _NAMES),
    AuditEntry.hash,
    AuditEntry.key_id,
    AuditEntry.wall_at,
    AuditEntry.clock_step_s,
    AuditEntry.keyed_digest,
)


def _stored(row: Any) -> StoredRow:
    keyed = row[len(_NAMES) + 1 :]
    digest = None if row.keyed_digest is None else KeyedDigest(*keyed)
    return StoredRow(AuditRow(**dict(zip(_NAMES, row[: len(_NAMES)], strict=True))), row.hash, digest)


def _restores(connection: Connection) -> list[Restored]:
    """Up to a row that cannot be read any more, at which the chain is broken."""
    query = select(AuditEntry.seq, AuditEntry.open, AuditEntry.wall_at).where(AuditEntry.subject == RESTORE)
    found: list[Restored] = []
    try:
        for seq, opened, wall_at in connection.execute(query.order_by(AuditEntry.seq)):
            if wall_at is not None:
                found.append(Restored(seq, int(opened["rows"]), wall_at))
    except (ValueError, LookupError, TypeError, AttributeError):
        pass
    return found


def stored_entries(
    connection: Connection,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    by: str | None = None,
    subject: str | None = None,
    action: Action | None = None,
    person_id: int | None = None,
    limit: int = 100,
    before: int | None = None,
) -> list[StoredRow]:
    """The latest `limit` rows that match, latest first; [since, until), and `before` a row. Sealed values stay
    sealed."""
    filters = {"by": by, "subject": subject, "action": action, "person_id": person_id}
    conditions = [getattr(AuditEntry, name) == value for name, value in filters.items() if value is not None]
    # Rows are recorded in order, so instants are looked up and rows read from there on, by number.
    if since is not None:
        first = select(AuditEntry.seq).where(AuditEntry.at >= since).order_by(AuditEntry.at, AuditEntry.seq).limit(1)
        conditions += [AuditEntry.at >= since, AuditEntry.seq >= first.scalar_subquery()]
    if until is not None:
        last = select(AuditEntry.seq).where(AuditEntry.at < until)
        last = last.order_by(AuditEntry.at.desc(), AuditEntry.seq.desc()).limit(1)
        conditions += [AuditEntry.at < until, AuditEntry.seq <= last.scalar_subquery()]
    if before is not None:
        conditions.append(AuditEntry.seq < before)
    rows = connection.execute(_STORED.where(*conditions).order_by(AuditEntry.seq.desc()).limit(limit))
    return [_stored(row) for row in rows]


def entries(connection: Connection, **wanted: Any) -> list[AuditRow]:
    """The same without what is stored beside each row."""
    return [stored.row for stored in stored_entries(connection, **wanted)]


def open_values(connection: Connection, subject: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(subject's id, open values) of each row about a subject, in order."""
    return ((subject_id, values) for _, subject_id, values in open_values_of(connection, (subject,)))


def open_values_of(connection: Connection, subjects: Sequence[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(subject, its id, open values) of each row about these subjects, in order."""
    columns = AuditEntry.subject, AuditEntry.subject_id, AuditEntry.open
    query = select(*columns).where(AuditEntry.subject.in_(subjects)).order_by(AuditEntry.seq)
    for row in connection.execute(query.execution_options(yield_per=_BATCH_ROWS)):
        yield row.subject, row.subject_id, row.open
