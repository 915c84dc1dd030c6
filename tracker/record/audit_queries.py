"""The audit as it stands, and whether it still is what was written."""

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, select

from tracker.record.audit_chain import Action, AuditRow, Verified, verify
from tracker.record.audit_tables import AuditEntry, AuditHead
from tracker.record.engine import reading

_PIECE = 1_000


def last_entry(connection: Connection) -> datetime:
    """When the last entry was recorded; the beginning of time before any."""
    length = connection.scalar(select(AuditHead.length))
    at = connection.scalar(select(AuditEntry.at).where(AuditEntry.seq == length))
    return at if at is not None else datetime.min.replace(tzinfo=UTC)


def audit_head(connection: Connection) -> tuple[int, str]:
    """How many rows there are, and the hash of the last."""
    length, digest = connection.execute(select(AuditHead.length, AuditHead.hash)).one()
    return length, digest


def verify_chain(engine: Engine) -> Verified:
    """Walk the whole chain, a piece in memory at a time."""
    with reading(engine).connect() as connection:
        length, head = audit_head(connection)
        return verify(_rows(connection), length, head)


def _rows(connection: Connection) -> Iterator[tuple[AuditRow, str]]:
    names = AuditRow.__slots__
    query = select(*(getattr(AuditEntry, name) for name in names), AuditEntry.hash).order_by(AuditEntry.seq)
    for row in connection.execution_options(yield_per=_PIECE).execute(query):
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
    """The latest `limit` rows that were asked for, the latest first; [since, until). Sealed values stay sealed."""
    names = AuditRow.__slots__
    asked = {"by": by, "subject": subject, "action": action, "person_id": person_id}
    wanted = [getattr(AuditEntry, name) == value for name, value in asked.items() if value is not None]
    if since is not None:
        wanted.append(AuditEntry.at >= since)
    if until is not None:
        wanted.append(AuditEntry.at < until)
    query = select(*(getattr(AuditEntry, name) for name in names)).where(*wanted)
    rows = connection.execute(query.order_by(AuditEntry.seq.desc()).limit(limit))
    return [AuditRow(**dict(zip(names, row, strict=True))) for row in rows]
