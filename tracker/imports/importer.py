"""The one way in for a file, whatever it holds.

A *kind* of file gives a reader, which makes each record a typed row or a list of faults, and a *writer*, which puts
rows on record. The rest is the same for every kind: the file is digested, and an import done before is not done again;
it is read once, into a spool, so that a batch can be refused at its last row; then everything is written in one
transaction with its audit row. Killed at any moment, the store holds the whole import or nothing of it, and the same
import run again makes the difference good.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Generic, Protocol, TypeVar

from sqlalchemy import Connection, Engine

from geo.csv_records import NO_ROWS, Records, as_text
from geo.errors import UnreadableFile
from geo.rejects import Reject, RejectsFile
from tracker.imports.faults import BatchFault
from tracker.imports.rehearsal import TRIES, Rehearsals, Rehearsed
from tracker.imports.report import FoundColumns, ImportReport, status_of
from tracker.imports.rows import AnyReadRow
from tracker.imports.source_file_service import CHUNK_ROWS, SourceFile, Spool, Unchanged
from tracker.imports.tables import FileKind, ImportStatus
from tracker.imports.writer import RowWriter, Turn
from tracker.record.audit_told import ROWS_ENTERED
from tracker.record.entry import Entry, entering_on
from tracker.record.locks import Lock, take
from tracker.record.prepared.collecting import collecting_seldom
from tracker.record.prepared.entry import PreparedEntry
from tracker.record.revision import require_head
from tracker.record.row_queries import digest_of_file

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, of): bytes while "reading", rows while "writing"."""

Good = TypeVar("Good")


class Batch(Protocol):
    """Sees every row of a file, good or bad, for what holds of the file as a whole."""

    def observe(self, read: Any) -> None: ...

    def refusing(self) -> list[BatchFault]:
        """Faults for which nothing of the file is written."""

    def failed(self) -> list[BatchFault]:
        """Faults to report of a file whose rows were all rejected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOfKind(Generic[Good]):
    """One kind of file, and how this one is read. The same file with the same `options` is the same import.

    `prepare` works on some thousands of rows at once between reading and writing. `lock` is taken before the record's.
    `ready`: makes the writer of rows that are made ready before any lock is taken (`RowWriter.holds`, `enter`).
    """

    kind: FileKind
    purpose: str
    options: dict[str, Any]
    read: Callable[[Records], Iterator[AnyReadRow[Good]]]
    writer: Callable[[Entry, int], RowWriter[Good]] | None = None
    ready: Callable[[PreparedEntry], RowWriter[Good]] | None = None
    prepare: Callable[[list[Any]], Sequence[AnyReadRow[Good]]] = list
    batch: Batch | None = None
    lock: Lock | None = None


@dataclass(frozen=True, slots=True)
class Imported(Generic[Good]):
    """`writer` is None where nothing was written: imported before, or refused whole."""

    report: ImportReport
    writer: RowWriter[Good] | None = None


def import_file(
    engine: Engine,
    path: Path,
    kind: FileOfKind[Good],
    *,
    rejects_dir: Path,
    by: str,
    received_at: datetime,
    progress: Progress | None = None,
) -> Imported[Good]:
    """Import one file for `by`. `received_at`, aware, is when it came; recorded is that, or a microsecond after the
    last entry if that is later. The rejects file lists rejected rows in the file's order.

    Raises BadMapping for options or a header that do not fit, UnreadableFile for what is no CSV or has no rows; the
    store is then as it was. Bad rows and refused batches raise nothing: the report has them.
    """
    require_head(engine)
    with path.open("rb") as raw, Spool[AnyReadRow[Good]]() as spool:
        source = SourceFile.of(kind.kind, path, raw, kind.options, rejects_dir)
        if (before := source.before(engine)) is not None:
            return Imported(before)
        with Unchanged(raw):
            found = _read(raw, kind, spool, progress)
        entered: dict[str, Any] = {"by": by, "now": received_at, "purpose": kind.purpose}
        refused = kind.batch is not None and kind.batch.refusing()
        if not spool.rows and not refused:
            raise UnreadableFile(NO_ROWS)
        if kind.ready is not None and not refused:
            with collecting_seldom():
                return _enter_ready(engine, source, kind, spool, found, progress, entered)
        with _locked(engine, kind, entered) as (connection, entry):
            # Another process may have imported the same file since we looked.
            if (before := source.before(connection)) is not None:
                return Imported(before)
            return _enter(entry, source, kind, spool, found, progress)


@contextmanager
def _locked(engine: Engine, kind: FileOfKind[Any], entered: dict[str, Any]) -> Iterator[tuple[Connection, Entry]]:
    with engine.begin() as connection:
        if kind.lock is not None:
            take(connection, kind.lock)
        with entering_on(connection, **entered) as entry:
            yield connection, entry


def _enter_ready(
    engine: Engine,
    source: SourceFile,
    kind: FileOfKind[Good],
    spool: Spool[AnyReadRow[Good]],
    found: FoundColumns,
    progress: Progress | None,
    entered: dict[str, Any],
) -> Imported[Good]:
    """Make the rows ready while others write, and enter them at once if what they rest on is as it was."""

    def told(done: int) -> None:
        if progress is not None:
            progress("writing", done, spool.rows)

    assert kind.ready is not None
    rehearsals = Rehearsals(engine, spool, kind.ready, progress=told, **entered)
    for left in reversed(range(TRIES)):
        made = rehearsals.apart()
        with _locked(engine, kind, entered) as (connection, entry):
            if (before := source.before(connection)) is not None:
                return Imported(before)
            if not made.writer.holds(connection):
                if left:
                    continue
                made = rehearsals.on(connection)
            return _enter(entry, source, kind, spool, found, progress, made)
    raise AssertionError


def _read(
    raw: BinaryIO, kind: FileOfKind[Good], spool: Spool[AnyReadRow[Good]], progress: Progress | None
) -> FoundColumns:
    size = os.fstat(raw.fileno()).st_size
    text = as_text(raw)
    records = Records(text)
    try:
        for piece in _pieces(kind.read(records)):
            for read in kind.prepare(piece):
                if kind.batch is not None:
                    kind.batch.observe(read)
                spool.add(read)
            if progress is not None:
                progress("reading", raw.tell(), size)
    finally:
        # The file stays the caller's, and open.
        text.detach()
    return FoundColumns.of(records)


def _pieces(rows: Iterable[AnyReadRow[Good]]) -> Iterator[list[AnyReadRow[Good]]]:
    piece: list[AnyReadRow[Good]] = []
    for row in rows:
        piece.append(row)
        if len(piece) >= CHUNK_ROWS:
            yield piece
            piece = []
    yield piece


def _enter(
    entry: Entry,
    source: SourceFile,
    kind: FileOfKind[Good],
    spool: Spool[AnyReadRow[Good]],
    found: FoundColumns,
    progress: Progress | None,
    made: Rehearsed[Good] | None = None,
) -> Imported[Good]:
    refusing = [] if kind.batch is None else kind.batch.refusing()
    failed = [] if kind.batch is None else kind.batch.failed()
    report = ImportReport(
        kind=kind.kind,
        name=source.path.name,
        sha256=source.sha256,
        status=ImportStatus.FAILED if refusing else ImportStatus.SUCCESSFUL,
        recorded_at=entry.at,
        rows=spool.rows,
        rejected=spool.rows,
        batch_faults=(*refusing, *failed),
        found=found,
    )
    file_id = source.open_record(entry.connection, report)
    writer = None if refusing else _writer(entry, file_id, kind, made)
    entered: dict[str, tuple[int, str]] = {}
    # The rejects file takes its name before the transaction commits: an import on record always has its rejects file.
    with RejectsFile(source.rejects_path) as rejects:
        if made is None or writer is None:
            _write(writer, spool, rejects, progress)
        else:
            for faults in made.faults:
                rejects.add(faults)
            entered = writer.enter(entry, file_id)
        rejects.add(_of_the_whole_file(report.batch_faults))
    if writer is not None:
        report = _counted(report, writer)
    report = replace(
        report,
        by_rule=dict(rejects.by_rule),
        rejects_path=source.rejects_path if rejects.by_rule else None,
        file_id=file_id,
    )
    source.close_record(entry.connection, file_id, report)
    for table in () if writer is None else writer.bulk:
        if table.__tablename__ not in entered:
            entered[table.__tablename__] = digest_of_file(entry.connection, table, file_id)
    told = {ROWS_ENTERED: {name: list(each) for name, each in entered.items()}} if entered else {}
    source.note(entry, file_id, report, **told)
    return Imported(report, writer)


def _writer(entry: Entry, file_id: int, kind: FileOfKind[Good], made: Rehearsed[Good] | None) -> RowWriter[Good]:
    if made is not None:
        return made.writer
    assert kind.writer is not None
    return kind.writer(entry, file_id)


def _write(
    writer: RowWriter[Good] | None,
    spool: Spool[AnyReadRow[Good]],
    rejects: RejectsFile,
    progress: Progress | None,
) -> None:
    turns: Sequence[Turn[Good]] = (_refused,) if writer is None else writer.turns()
    done = 0
    for turn in turns:
        for piece in spool.pieces():
            faults = list(turn([read.good for read in piece if read.good is not None]))
            if turn is turns[-1]:
                faults += [fault for read in piece for fault in read.faults]
            rejects.add(sorted(faults, key=lambda fault: fault.row))
            done += len(piece)
            if progress is not None:
                progress("writing", done, len(turns) * spool.rows)


def _refused(_: Sequence[Any]) -> Sequence[Reject]:
    return ()


def _counted(report: ImportReport, writer: RowWriter[Good]) -> ImportReport:
    rejected = report.rows - writer.kept - writer.same
    return replace(
        report,
        status=status_of(report.rows, rejected),
        kept=writer.kept,
        same=writer.same,
        rejected=rejected,
        new_versions=writer.corrections,
        changed=dict(writer.changed),
        **writer.finish(),
    )


def _of_the_whole_file(faults: Iterable[BatchFault]) -> list[Reject]:
    """Faults of the batch as lines of the rejects file, in row 0."""
    return [Reject(0, "batch", fault.value, fault.rule, fault.what_to_do) for fault in faults]
