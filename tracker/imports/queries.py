"""Imports on record."""

from sqlalchemy import Connection, Engine, Row, select

from tracker.imports.tables import FileKind, ImportFile
from tracker.record.engine import reading


def recorded_import(
    store: Connection | Engine, kind: FileKind, sha256: str, options_sha256: str
) -> Row[tuple[ImportFile]] | None:
    """The import of exactly this file with exactly these options, all columns, or None."""
    query = select(ImportFile.__table__).where(
        ImportFile.kind == kind, ImportFile.sha256 == sha256, ImportFile.options_sha256 == options_sha256
    )
    if isinstance(store, Connection):
        return store.execute(query).one_or_none()
    with reading(store).connect() as connection:
        return connection.execute(query).one_or_none()
