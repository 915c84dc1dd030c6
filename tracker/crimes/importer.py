"""Crimes from a file into the store.

The file is read once: bad rows go to the rejects file, good ones to a spool, and at its end it is known whether the
batch is taken. Then all of it is written in one transaction. Killed at any moment, the store holds the whole import or
nothing of it, and the same import run again makes the difference good.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Engine

from geo.rejects import Reject, RejectsFile
from tracker.crimes import headed, ministry, police_uk
from tracker.crimes.batch import BatchRules
from tracker.crimes.headed import CrimeMapping
from tracker.crimes.placing import placed
from tracker.crimes.row import CrimeRow, ReadRow
from tracker.crimes.signs import Signs
from tracker.crimes.version_service import VersionWriter
from tracker.errors import BadMapping
from tracker.imports.csv_records import Record, as_text, records
from tracker.imports.faults import BatchFault
from tracker.imports.instants import Zone
from tracker.imports.report import ImportReport
from tracker.imports.source_file_service import CHUNK_ROWS, Progress, SourceFile, Spool, Unchanged
from tracker.imports.tables import FileKind, ImportStatus
from tracker.record.entry import Entry, entering_on
from tracker.record.locks import Lock, take
from tracker.record.revision import require_head

PURPOSE = "crime batches"


class CrimeFormat(StrEnum):
    """The three kinds of crime file."""

    MINISTRY = "ministry"
    HEADED = "headed"
    POLICE_UK = "police-uk"


def import_crimes(
    engine: Engine,
    path: Path,
    *,
    format: CrimeFormat | str,
    zone: Zone | str = Zone.UTC,
    mapping: CrimeMapping | dict[str, Any] | None = None,
    rejects_dir: Path,
    by: str,
    received_at: datetime,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a file of crimes for `by`. `received_at`, aware, is when we were told; recorded is that, or a microsecond
    after the last entry if that is later.

    Raises BadMapping for options or a header that do not fit, UnreadableFile for what is no CSV; the store is then as
    it was. Bad rows and refused batches raise nothing: the report has them.
    """
    kind, zone, mapping = _format(format), Zone.named(zone), _mapping(mapping)
    if kind is not CrimeFormat.HEADED and mapping is not None:
        raise BadMapping(f"the {kind} format has its own columns; a mapping goes with headed")
    require_head(engine)
    options = {"format": kind.value, "zone": zone.value, "mapping": mapping.to_json() if mapping else None}
    with path.open("rb") as raw, Spool[CrimeRow]() as spool:
        source = SourceFile.of(FileKind.CRIMES, path, raw, options, rejects_dir)
        if (before := source.before(engine)) is not None:
            return before
        with Unchanged(raw), RejectsFile(source.rejects_path) as rejects:
            rules = BatchRules(one_force=kind is CrimeFormat.MINISTRY)
            signs = Signs(received_at)
            for read in _read(raw, kind, zone, mapping or CrimeMapping(), progress):
                rules.saw(read)
                signs.saw(read)
                if read.crime is not None:
                    spool.add(read.crime)
                rejects.add(read.faults)
            refusing = rules.refusing()
            rejects.add(_of_the_whole_file(faults := [*refusing, *rules.failed()]))
        report = ImportReport(
            kind=FileKind.CRIMES,
            name=path.name,
            sha256=source.sha256,
            status=_status(rules, refusing),
            recorded_at=received_at,
            rows=rules.rows,
            rejected=rules.rows if refusing else rules.rows - rules.good,
            by_rule=dict(rejects.by_rule),
            batch_faults=tuple(faults),
            rejects_path=source.rejects_path if rejects.by_rule else None,
        )
        pieces = iter(()) if refusing else spool.pieces()
        return _write(engine, source, report, pieces, signs, by, progress)


def _write(
    engine: Engine,
    source: SourceFile,
    report: ImportReport,
    pieces: Iterator[list[CrimeRow]],
    signs: Signs,
    by: str,
    progress: Progress | None,
) -> ImportReport:
    with engine.begin() as connection:
        take(connection, Lock.CRIMES)
        # Another process may have imported the same file since we looked.
        if (before := source.before(connection)) is not None:
            return before
        with entering_on(connection, by=by, now=report.recorded_at, purpose=PURPOSE) as entry:
            return _enter(entry, source, replace(report, recorded_at=entry.at), pieces, signs, progress)


def _enter(
    entry: Entry,
    source: SourceFile,
    report: ImportReport,
    pieces: Iterator[list[CrimeRow]],
    signs: Signs,
    progress: Progress | None,
) -> ImportReport:
    connection = entry.connection
    file_id = source.open_record(connection, report)
    writer = VersionWriter(connection, file_id, report.recorded_at, signs)
    good = report.rows - report.rejected
    for piece in pieces:
        writer.write(piece)
        if progress is not None:
            progress("writing", writer.kept + writer.same, good)
    report = replace(
        report,
        kept=writer.kept,
        same=writer.same,
        new_versions=writer.new_versions,
        changed=dict(writer.changed),
        not_matchable=dict(writer.not_matchable),
        warnings=tuple(signs.found() + writer.signs()),
    )
    source.close_record(connection, file_id, report)
    source.note(entry, file_id, report)
    return report


def _read(
    raw: BinaryIO, kind: CrimeFormat, zone: Zone, mapping: CrimeMapping, progress: Progress | None
) -> Iterator[ReadRow]:
    size = os.fstat(raw.fileno()).st_size
    text = as_text(raw)
    try:
        for piece in _pieces(_format_rows(records(text), kind, zone, mapping)):
            yield from placed(piece)
            if progress is not None:
                progress("reading", raw.tell(), size)
    finally:
        # The file stays the caller's, and open.
        text.detach()


def _format_rows(found: Iterator[Record], kind: CrimeFormat, zone: Zone, mapping: CrimeMapping) -> Iterator[ReadRow]:
    match kind:
        case CrimeFormat.MINISTRY:
            return ministry.read(found, zone)
        case CrimeFormat.HEADED:
            return headed.read(found, zone, mapping)
        case CrimeFormat.POLICE_UK:
            return police_uk.read(found)


def _pieces(rows: Iterable[ReadRow]) -> Iterator[list[ReadRow]]:
    piece: list[ReadRow] = []
    for row in rows:
        piece.append(row)
        if len(piece) >= CHUNK_ROWS:
            yield piece
            piece = []
    yield piece


def _status(rules: BatchRules, refusing: list[BatchFault]) -> ImportStatus:
    if refusing:
        return ImportStatus.FAILED
    if rules.good == rules.rows:
        return ImportStatus.SUCCESSFUL
    return ImportStatus.PARTIAL if rules.good else ImportStatus.ERROR


def _of_the_whole_file(faults: Iterable[BatchFault]) -> list[Reject]:
    """Faults of the batch as lines of the rejects file, in row 0."""
    return [Reject(0, "batch", fault.value, fault.rule, fault.what_to_do) for fault in faults]


def _format(name: CrimeFormat | str) -> CrimeFormat:
    try:
        return CrimeFormat(name)
    except ValueError:
        raise BadMapping(f"the format is {name!r}; give {', '.join(CrimeFormat)}") from None


def _mapping(given: CrimeMapping | dict[str, Any] | None) -> CrimeMapping | None:
    return CrimeMapping.from_json(given) if isinstance(given, dict) else given
