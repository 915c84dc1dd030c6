"""The audit as it stands, and whether it still is what was written."""

from collections.abc import Iterator

from sqlalchemy import Connection, Engine, select

from tracker.audit import AuditRow, Verified, verify
from tracker.store.engine import reading
from tracker.store.tables.audit import AuditEntry, AuditHead

_PIECE = 1_000


def verify_chain(engine: Engine) -> Verified:
    """Walk the whole chain, a piece in memory at a time."""
    with reading(engine).connect() as connection:
        length, head = connection.execute(select(AuditHead.length, AuditHead.hash)).one()
        return verify(_rows(connection), length, head)


def _rows(connection: Connection) -> Iterator[tuple[AuditRow, str]]:
    names = AuditRow.__slots__
    query = select(*(getattr(AuditEntry, name) for name in names), AuditEntry.hash).order_by(AuditEntry.seq)
    for row in connection.execution_options(yield_per=_PIECE).execute(query):
        yield AuditRow(**dict(zip(names, row[:-1], strict=True))), row.hash
