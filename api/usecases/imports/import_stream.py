"""Files of the tag stream, fixes and device events: into their store, and on record in the same moment."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from api.schemas.imports import ImportAccount, ImportOptions
from api.usecases.imports import unlike_spellings
from api.usecases.imports.account import path_text
from api.usecases.imports.earlier_readings import doubled, otherwise
from api.usecases.integrity.fix_index import index_imported
from api.usecases.operation.purging import require_policy
from api.usecases.operation.stored_days import EVENTS, StoredDays, days_on_record
from api.usecases.progress import Progress
from api.usecases.request_context import RequestContext
from api.usecases.stores import make_home, open_events, open_fixes
from api.wording import imports as words
from geo.csv_records import delimiter_named
from matcher.accuracy import NOT_DECLARED
from matcher.ingest.events import import_device_events
from matcher.ingest.fixes import import_fixes
from tracker.imports.source_file_service import refuse_withdrawn
from tracker.imports.stream_queries import stream_files
from tracker.imports.stream_service import StreamImport, enter_stream
from tracker.imports.tables import FileKind as RecordedKind
from tracker.record.audit.chain import Action
from tracker.record.entry import Entry
from tracker.retention.policy import RetentionKind

PURPOSE = "crime mapping"
"""Of the audit rows of stored fixes."""


def fixes(context: RequestContext, path: Path, options: ImportOptions, progress: Progress) -> ImportAccount:
    """Positions of tags, by day into the store of fixes."""
    settings = context.settings
    require_policy(context.engine, RetentionKind.FIXES, context.today.day)
    with days_on_record(context.engine, Action.COLLECT, purpose=PURPOSE, **context.entered) as write:
        stream = _Stream(context, RecordedKind.FIXES, path, options, write)
        report = import_fixes(
            open_fixes(settings, create=True),
            path,
            mapping=options.map,
            zone=options.zone,
            time_form=options.time_form,
            crs=options.crs,
            metres_per_dop=options.metres_per_dop,
            accuracy_level=options.accuracy_level or NOT_DECLARED,
            speed_unit=options.speed_unit,
            dates=options.dates,
            delimiter=delimiter_named(options.delimiter),
            rejects_dir=settings.rejects_dir,
            now=datetime.now(UTC),
            progress=progress,
            announce=write.announce,
            begin=stream.begin,
            ready=lambda done, rows, rejected: stream.ready(
                rows=rows, kept=done.new + done.replaced, same=done.rows - done.new - done.replaced, rejected=rejected
            ),
        )
        counts = {"rows": report.rows, "new": report.new, "replaced": report.replaced, "rejected": report.rejected}
        write.about = {"sha256": report.sha256, **counts}
    not_indexed = index_imported(settings, context.engine, report.days_changed)
    notes = words.of_the_file(report.columns, report.unread, report.blank, options.zone if report.zoneless else None)
    if report.days:
        notes.append(words.days_of(report.days, len(report.days_changed)))
    if report.replaced:
        notes.append(words.replaced(report.replaced))
    if report.by_level:
        notes.append(words.accuracy_levels(report.by_level))
    if report.zero_accuracies:
        notes.append(words.accuracies_of_zero(report.zero_accuracies))
    if report.metres_per_dop is not None:
        notes.append(words.dilution_read(report.columns["dop"], report.metres_per_dop))
    if report.outside_window:
        notes.append(words.outside_window(report.outside_window))
    return ImportAccount(
        kind=words.LABELS["fixes"],
        file=path.name,
        sha256=report.sha256,
        rows=report.rows,
        kept=report.new + report.replaced,
        same=report.kept - report.new - report.replaced,
        rejected=report.rejected,
        by_rule=report.by_rule,
        rejects_path=path_text(report.rejects_path),
        file_number=stream.number,
        notes=notes,
        warnings=[
            *report.warnings,
            *(doubled(context, report.doubled) or _otherwise(context, stream, report.new)),
            *unlike_spellings.of_stream(context, report.devices),
            *([words.not_indexed(not_indexed)] if not_indexed else []),
        ],
    )


def _otherwise(context: RequestContext, stream: "_Stream", new: int) -> list[str]:
    return [] if stream.number is None or not new else otherwise(context, stream.kind, stream.sha256, stream.number)


class _Stream:
    """Puts a file of fixes or events on record when its store is about to commit it."""

    def __init__(
        self, context: RequestContext, kind: RecordedKind, path: Path, options: ImportOptions, write: StoredDays
    ) -> None:
        self.number: int | None = None
        self.kind, self.sha256 = kind, ""
        self._context, self._path, self._options, self._write = context, path, options, write
        self._origin = ""

    def begin(self, origin: str, sha256: str) -> None:
        self._origin, self.sha256 = origin, sha256
        with self._context.reader.connect() as connection:
            before = stream_files(connection, self.kind, [origin]).get(origin)
        if before is not None:
            refuse_withdrawn(self._context.engine, before.id)

    def ready(self, **counts: int) -> None:
        stream = StreamImport(
            self.kind,
            self._path.name,
            self.sha256,
            self._origin,
            msgspec.to_builtins(self._options),
            self._write.number,
        )

        def enter(entry: Entry) -> None:
            self.number = enter_stream(entry, stream, **counts)

        self._write.also = enter


def events(context: RequestContext, path: Path, options: ImportOptions, progress: Progress) -> ImportAccount:
    """What devices reported of themselves, into the store of events."""
    settings = context.settings
    require_policy(context.engine, RetentionKind.EVENTS, context.today.day)
    make_home(settings.home)
    entered = {**context.entered, "purpose": PURPOSE, "subject": EVENTS}
    with days_on_record(context.engine, Action.COLLECT, **entered) as write:
        stream = _Stream(context, RecordedKind.EVENTS, path, options, write)
        report = import_device_events(
            open_events(settings),
            path,
            mapping=options.map,
            zone=options.zone,
            time_form=options.time_form,
            dates=options.dates,
            delimiter=delimiter_named(options.delimiter),
            rejects_dir=settings.rejects_dir,
            now=datetime.now(UTC),
            progress=lambda done, total: progress("reading", done, total),
            announce=write.announce_file,
            begin=stream.begin,
            ready=lambda done, rejected: stream.ready(
                rows=done.rows + rejected, kept=done.new, same=done.same, rejected=rejected
            ),
        )
        write.about = {"sha256": report.sha256, "rows": report.rows, "new": report.new, "rejected": report.rejected}
    notes = words.of_the_file(report.columns, report.unread, report.blank, options.zone if report.zoneless else None)
    if report.by_event:
        notes.append(words.events_reported(report.by_event))
    return ImportAccount(
        kind=words.LABELS["events"],
        file=path.name,
        sha256=report.sha256,
        rows=report.rows,
        kept=report.new,
        same=report.same,
        rejected=report.rejected,
        by_rule=report.by_rule,
        rejects_path=path_text(report.rejects_path),
        file_number=stream.number,
        notes=notes,
        warnings=[*report.warnings, *_otherwise(context, stream, report.new)],
    )
