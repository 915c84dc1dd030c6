"""Queries of the audit: its latest rows, its length and hash, and the verification of its chain."""

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, select

from tracker.record.audit_chain import Action, AuditRow, Verified, verify
from tracker.record.audit_tables import AuditEntry, AuditHead
from tracker.record.engine import reading

_BATCH_ROWS = 1_000


def last_entry(connection: Connection) -> datetime:
    """When the last entry was recorded; the earliest possible time if there is none."""
    length = connection.scalar(select(AuditHead.length))
    at = connection.scalar(select(AuditEntry.at).where(AuditEntry.seq == length))
    return at if at is not None else datetime.min.replace(tzinfo=UTC)


def audit_head(connection: Connection) -> tuple[int, str]:
    """How many rows there are, and the hash of the last."""
    length, digest = connection.execute(select(AuditHead.length, AuditHead.hash)).one()
    return length, digest


def verify_chain(engine: Engine) -> Verified:
    """Verify the whole chain, reading a batch of rows at a time."""
    with reading(engine).connect() as connection:
        length, head = audit_head(connection)
        return verify(_rows(connection), length, head)


def _rows(connection: Connection) -> Iterator[tuple[AuditRow, str]]:
    names = AuditRow.__slots__
    query = select(*(getattr(AuditEntry, name) for name in names), AuditEntry.hash).order_by(AuditEntry.seq)
    for row in connection.execution_options(yield_per=_BATCH_ROWS).execute(query):
        yield AuditRow(**dict(zip(names, row[:-1], strict=True))), row.hash


def entries(
    connection: Connection,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    by: str | None = None,
    subject: str | None = None,
    action: Action | None = None,
    person_id: int | None = None,
    limit: int = 100,
) -> list[AuditRow]:
    """The latest `limit` rows that match, latest first; [since, until). Sealed values stay sealed."""
    names = AuditRow.__slots__
    filters = {"by": by, "subject": subject, "action": action, "person_id": person_id}
    conditions = [getattr(AuditEntry, name) == value for name, value in filters.items() if value is not None]
    if since is not None:
        conditions.append(AuditEntry.at >= since)
    if until is not None:
        conditions.append(AuditEntry.at < until)
    query = select(*(getattr(AuditEntry, name) for name in names)).where(*conditions)
    rows = connection.execute(query.order_by(AuditEntry.seq.desc()).limit(limit))
    return [AuditRow(**dict(zip(names, row, strict=True))) for row in rows]
