"""Release lists into the record: people, licences, addresses and scores, each screened, in one entry.

An empty field takes nothing back. A changed release is screened again, and its reserved place held or lapsed.
"""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Engine

from geo.rejects import RejectsFile
from tracker.imports.columns import ColumnMapping
from tracker.imports.csv_records import as_text, records
from tracker.imports.dates import DateForm
from tracker.imports.report import ImportReport, status_of
from tracker.imports.source_file_service import CHUNK_ROWS, Progress, SourceFile, Spool, Unchanged
from tracker.imports.tables import FileKind, ImportStatus
from tracker.programme.queries import programme_named
from tracker.record.entry import Entry, entering
from tracker.record.revision import require_head
from tracker.screening.locating import located
from tracker.screening.release_list import read
from tracker.screening.release_list_service import ReleaseWriter
from tracker.screening.release_row import ReadRelease, ReleaseRow
from tracker.screening.service import PURPOSE


@dataclass(frozen=True, slots=True)
class Released:
    """What became of a list: rows, the answers of those screened by it, and what an officer should look at.

    `conflicts`: licences whose stated borough is not that of the place. `places`: reserved places held or lapsed.
    `warnings`: given scores that are not what their inputs come to.
    """

    report: ImportReport
    answers: dict[str, int] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def import_releases(
    engine: Engine,
    path: Path,
    programme: str,
    *,
    mapping: ColumnMapping | dict[str, Any] | None = None,
    dates: DateForm | str = DateForm.ISO,
    rejects_dir: Path,
    by: str,
    received_at: datetime,
    today: date,
    progress: Progress | None = None,
) -> Released:
    """Import a release list and screen everybody whom it says something new of.

    In the rejects file rows that cannot be read come first, then those that fit nobody on record. Raises as
    `import_crimes` does, and NotFound for a programme that there is not.
    """
    form = DateForm.named(dates)
    fitted = ColumnMapping.from_json(mapping) if isinstance(mapping, dict) else mapping or ColumnMapping()
    options = {"programme": programme, "dates": form.value, "mapping": fitted.to_json()}
    require_head(engine)
    with path.open("rb") as raw, Spool[ReadRelease]() as spool:
        source = SourceFile.of(FileKind.RELEASES, path, raw, options, rejects_dir)
        if (before := source.before(engine)) is not None:
            return Released(before)
        with Unchanged(raw):
            for found in _read(raw, form, fitted, today, progress):
                spool.add(found)
        with entering(engine, by=by, now=received_at, purpose=PURPOSE) as entry:
            if (before := source.before(entry.connection)) is not None:
                return Released(before)
            return _write(entry, source, spool, programme, today, progress)


def _write(
    entry: Entry, source: SourceFile, spool: Spool[ReadRelease], programme: str, today: date, progress: Progress | None
) -> Released:
    programme_id, _, _ = programme_named(entry.connection, programme)
    blank = ImportReport(
        kind=FileKind.RELEASES,
        name=source.path.name,
        sha256=source.sha256,
        status=ImportStatus.SUCCESSFUL,
        recorded_at=entry.at,
        rows=spool.rows,
    )
    file_id = source.open_record(entry.connection, blank)
    writer = ReleaseWriter(entry, programme_id, today)
    with RejectsFile(source.rejects_path) as rejects:
        for piece in spool.pieces():
            for found in piece:
                rejects.add(found.faults)
        done = 0
        for piece in spool.pieces():
            for release in _good(piece):
                rejects.add(writer.write(release))
            done += len(piece)
            if progress is not None:
                progress("writing", done, spool.rows)
    rejected = spool.rows - writer.kept - writer.same
    report = replace(
        blank,
        status=status_of(spool.rows, rejected),
        kept=writer.kept,
        same=writer.same,
        rejected=rejected,
        new_versions=writer.corrections,
        changed=dict(writer.changed),
        by_rule=dict(rejects.by_rule),
        rejects_path=source.rejects_path if rejects.by_rule else None,
    )
    source.close_record(entry.connection, file_id, report)
    source.note(entry, file_id, report)
    return Released(
        report,
        dict(sorted(Counter(writer.answers).items())),
        tuple(writer.conflicts),
        tuple(writer.places),
        tuple(writer.warnings),
    )


def _good(piece: list[ReadRelease]) -> Iterator[ReleaseRow]:
    return (found.release for found in piece if found.release is not None)


def _read(
    raw: BinaryIO, dates: DateForm, mapping: ColumnMapping, today: date, progress: Progress | None
) -> Iterator[ReadRelease]:
    size = os.fstat(raw.fileno()).st_size
    text = as_text(raw)
    piece: list[ReadRelease] = []
    try:
        for found in read(records(text), dates, mapping, today):
            piece.append(found)
            if len(piece) >= CHUNK_ROWS:
                yield from located(piece)
                piece = []
                if progress is not None:
                    progress("reading", raw.tell(), size)
        yield from located(piece)
    finally:
        # The file stays the caller's, and open.
        text.detach()
