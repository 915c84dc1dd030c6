"""Imports of fixes and of device events on record: their rows stand in stores of their own, and the record says whose
they are, so that they can be withdrawn.

An import goes on record just before its store commits it. One whose store was killed before that is taken off again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select

from tracker.imports.report import status_of
from tracker.imports.tables import FileKind, ImportFile
from tracker.imports.withdrawal_tables import Withdrawal
from tracker.record.audit.chain import Action
from tracker.record.entry import Entry

ORIGIN, WRITE = "origin", "write"
"""In `ImportFile.options` and `report`: the import's name in its store, and the write that stored it."""


@dataclass(frozen=True, slots=True)
class StreamImport:
    """A file of fixes or events. `origin` says how it was read; the same bytes read in the same way are the same
    import. `write`: the number of the store's write in the audit."""

    kind: FileKind
    name: str
    sha256: str
    origin: str
    options: Mapping[str, Any]
    write: str


def enter_stream(entry: Entry, stream: StreamImport, *, rows: int, kept: int, same: int, rejected: int) -> int:
    """Put it on record; its number. The same import again has the number of the first."""
    same_import = (
        ImportFile.kind == stream.kind,
        ImportFile.sha256 == stream.sha256,
        ImportFile.options_sha256 == stream.origin,
    )
    before = entry.connection.scalar(select(ImportFile.id).where(*same_import))
    if before is not None:
        return before
    values = {
        "kind": stream.kind,
        "name": stream.name,
        "sha256": stream.sha256,
        "options": dict(stream.options) | {ORIGIN: stream.origin},
        "options_sha256": stream.origin,
        "recorded_at": entry.at,
        "status": status_of(rows, rejected),
        "rows": rows,
        "kept": kept,
        "same": same,
        "rejected": rejected,
        "report": {WRITE: stream.write},
    }
    file_id = int(entry.connection.execute(insert(ImportFile).returning(ImportFile.id), values).scalar_one())
    counts: dict[str, Any] = {"rows": rows, "kept": kept, "same": same, "rejected": rejected}
    entry.note(Action.COLLECT, "import_file", file_id, file=stream.kind.value, sha256=stream.sha256, **counts)
    return file_id


def forget_stream(entry: Entry, write: str) -> None:
    """A write of a store that was never made: its import is not on record."""
    kept = select(Withdrawal.file_id).where(Withdrawal.file_id.is_not(None))
    mine = (
        ImportFile.report[WRITE].as_string() == write,
        ImportFile.kind.in_((FileKind.FIXES, FileKind.EVENTS)),
        ImportFile.id.not_in(kept),
    )
    for file_id in list(entry.connection.scalars(select(ImportFile.id).where(*mine))):
        entry.connection.execute(delete(ImportFile).where(ImportFile.id == file_id))
        entry.note(Action.ALTER, "import_file", file_id, cut_short=True)
