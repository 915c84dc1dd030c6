"""An import's file: who it is, what was made of it before, and a place for its good rows between two passes."""

import hashlib
import json
import os
import pickle
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Generic, TypeVar

from sqlalchemy import Connection, Engine, insert, update

from geo.errors import FileChanged
from tracker.errors import Refused
from tracker.imports.faults import BatchFault, Sign
from tracker.imports.queries import recorded_import
from tracker.imports.report import ImportReport
from tracker.imports.tables import FileKind, ImportFile
from tracker.imports.withdrawal_queries import withdrawal_of_file
from tracker.record.audit.chain import Action
from tracker.record.engine import reading
from tracker.record.entry import Entry
from tracker.times import london_day

T = TypeVar("T")
CHUNK_ROWS = 5_000
_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class SourceFile:
    """What makes an import the same import: its kind, the file's bytes and the options it is read with."""

    kind: FileKind
    path: Path
    sha256: str
    options: dict[str, Any]
    rejects_path: Path

    @classmethod
    def of(cls, kind: FileKind, path: Path, raw: BinaryIO, options: dict[str, Any], rejects_dir: Path) -> "SourceFile":
        """Reads the whole open file once, for its digest."""
        sha256 = sha256_of(raw)
        named = hashlib.sha256(f"{sha256} {_digest(options)}".encode()).hexdigest()[:12]
        return cls(kind, path, sha256, options, rejects_dir / f"{path.stem}.{named}.rejects.csv")

    @property
    def options_sha256(self) -> str:
        return _digest(self.options)

    def before(self, store: Connection | Engine) -> ImportReport | None:
        """The report of an earlier import of the same file with the same options; None if there was none. Raises
        Refused for one that was withdrawn."""
        held = recorded_import(store, self.kind, self.sha256, self.options_sha256)
        if held is None:
            return None
        refuse_withdrawn(store, held.id)
        found = held.report
        return ImportReport(
            kind=held.kind,
            name=held.name,
            sha256=held.sha256,
            status=held.status,
            recorded_at=held.recorded_at,
            already_imported=True,
            rows=held.rows,
            same=held.kept + held.same,
            rejected=held.rejected,
            by_rule=found["by_rule"],
            batch_faults=tuple(BatchFault(*fault) for fault in found["batch_faults"]),
            warnings=tuple(Sign(*sign) for sign in found["warnings"]),
            rejects_path=self.rejects_path if self.rejects_path.exists() else None,
            file_id=held.id,
        )

    def open_record(self, connection: Connection, report: ImportReport) -> int:
        """Put the import on record, so that rows can name it; its id. `close_record` fills in what became of it."""
        statement = insert(ImportFile).returning(ImportFile.id)
        columns = {"options": self.options, "options_sha256": self.options_sha256, **_columns(report)}
        return connection.execute(statement, columns).scalar_one()

    @staticmethod
    def close_record(connection: Connection, file_id: int, report: ImportReport) -> None:
        connection.execute(update(ImportFile).where(ImportFile.id == file_id).values(**_columns(report)))

    def note(self, entry: Entry, file_id: int, report: ImportReport, **more: Any) -> None:
        """The audit's row of the import: which bytes, read how, and what they came to; `more` as `Entry.note`."""
        counts = {name: getattr(report, name) for name in ("rows", "kept", "same", "rejected")}
        entry.note(Action.COLLECT, "import_file", file_id, file=self.kind.value, sha256=self.sha256, **counts, **more)


def refuse_withdrawn(store: Connection | Engine, file_id: int) -> None:
    """Raises Refused for an import that is withdrawn."""
    if isinstance(store, Connection):
        found = withdrawal_of_file(store, file_id)
    else:
        with reading(store).connect() as connection:
            found = withdrawal_of_file(connection, file_id)
    if found is not None:
        raise Refused(
            "withdrawal",
            f"This file was imported before, and {found.recorded_by} withdrew that import on "
            f"{london_day(found.recorded_at)} ({found.reason}). Nothing was imported. To count its rows again take "
            f"the withdrawal back: tagpilot import take-back {file_id}.",
        )


class Unchanged:
    """Raises FileChanged on leaving, if the open file changed since entering: its digest would be another's."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw

    def __enter__(self) -> None:
        self._before = self._stamp()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self._stamp() != self._before:
            raise FileChanged

    def _stamp(self) -> tuple[int, int]:
        stat = os.fstat(self._raw.fileno())
        return stat.st_size, stat.st_mtime_ns


class Spool(Generic[T]):
    """Rows in pieces on disk, in order, between reading a file and writing to the database: whether a batch is taken
    at all is known at its end only. The file has no name, so nothing stays of it, whatever happens to the process."""

    def __init__(self) -> None:
        # Kept open for the object's life and closed by its own exit.
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        self._piece: list[T] = []
        self.rows = 0

    def __enter__(self) -> "Spool[T]":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, item: T) -> None:
        self._piece.append(item)
        self.rows += 1
        if len(self._piece) >= CHUNK_ROWS:
            self._flush()

    def pieces(self) -> Iterator[list[T]]:
        """Everything added, in lists of up to CHUNK_ROWS; can be asked again."""
        self._flush()
        at = 0
        while True:
            self._file.seek(at)
            try:
                piece: list[T] = pickle.load(self._file)
            except EOFError:
                return
            at = self._file.tell()
            yield piece

    def _flush(self) -> None:
        if self._piece:
            self._file.seek(0, os.SEEK_END)
            pickle.dump(self._piece, self._file, protocol=pickle.HIGHEST_PROTOCOL)
            self._piece = []


def sha256_of(raw: BinaryIO) -> str:
    """Digest of a whole open file, in pieces; leaves it at its start."""
    raw.seek(0)
    digest = hashlib.sha256()
    while piece := raw.read(_READ_BYTES):
        digest.update(piece)
    raw.seek(0)
    return digest.hexdigest()


def _columns(report: ImportReport) -> dict[str, Any]:
    names = ("kind", "name", "sha256", "recorded_at", "status", "rows", "kept", "same", "rejected")
    return {name: getattr(report, name) for name in names} | {"report": report.to_json()}


def _digest(options: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(options, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
