"""Imports of fixes and of device events on record, by the names that their stores know them by."""

from collections.abc import Collection

from sqlalchemy import Connection, Row, select

from tracker.imports.tables import FileKind, ImportFile


def origin_of(connection: Connection, file_id: int) -> str:
    """The name of an import in its store."""
    return str(connection.execute(select(ImportFile.options_sha256).where(ImportFile.id == file_id)).scalar_one())


def stream_files(connection: Connection, kind: FileKind, origins: Collection[str]) -> dict[str, Row[tuple[int, str]]]:
    """Number and name of these imports, by their names in the store."""
    query = select(ImportFile.options_sha256, ImportFile.id, ImportFile.name).where(
        ImportFile.kind == kind, ImportFile.options_sha256.in_(sorted(origins))
    )
    return {row.options_sha256: row for row in connection.execute(query)}  # type: ignore[misc]
