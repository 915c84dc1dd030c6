"""One file into the stores, whatever it holds: one function for the command line, the worker and the demonstration."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from api.schemas.imports import FileKind, ImportAccount, ImportOptions
from api.usecases.imports import unlike_spellings
from api.usecases.imports.earlier_readings import doubled, otherwise, otherwise_reported
from api.usecases.imports.emails import without_envelope
from api.usecases.imports.kinds import RIGHTS
from api.usecases.operation.purging import require_policy
from api.usecases.operation.stored_days import EVENTS, StoredDays, days_on_record
from api.usecases.people_lock import working_with_people
from api.usecases.progress import Progress, silent
from api.usecases.request_context import RequestContext
from api.usecases.stores import make_home, open_events, open_fixes
from api.wording import imports as words
from geo.csv_records import delimiter_named
from geo.mapping import ColumnMapping
from geo.unread import warnings_of
from matcher.accuracy import NOT_DECLARED
from matcher.ingest.events import import_device_events
from matcher.ingest.fixes import import_fixes
from tracker.access.roles import Right
from tracker.assignments.importer import import_assignments
from tracker.crimes.importer import import_crimes
from tracker.imports.report import ImportReport
from tracker.imports.source_file_service import refuse_withdrawn
from tracker.imports.stream_queries import stream_files
from tracker.imports.stream_service import StreamImport, enter_stream
from tracker.imports.tables import FileKind as RecordedKind
from tracker.imports.tables import ImportStatus
from tracker.record.audit.chain import Action
from tracker.record.entry import Entry
from tracker.retention.policy import RetentionKind
from tracker.tags.importer import import_stock

PURPOSE = "crime mapping"
"""Of the audit rows of stored fixes."""

_DEFAULTS = ImportOptions()


def import_file(
    context: RequestContext,
    kind: FileKind,
    path: Path,
    options: ImportOptions = _DEFAULTS,
    *,
    progress: Progress = silent,
) -> ImportAccount:
    """Import one file: whole or not at all, good rows kept, every bad one in a rejects file with what to do.

    Raises
    ------
    Forbidden
        It is not theirs to send such files.
    Refused
        No retention period is set for such files.
    FileError
        The file as a whole cannot be read, or not with these options.
    NotFound
        There is no such programme.
    NoSpace
        Too little space is free on the disk; nothing was begun.
    """
    context.require(*RIGHTS[kind])
    # Rows at rest take no more than the file, rejects of a bad one as much again.
    context.require_space("the import", needs=2 * path.stat().st_size if path.is_file() else 0)
    with working_with_people(context.settings), without_envelope(path, context.settings) as file:
        account = _imported(context, kind, file, options, progress)
    if file == path:
        return account
    return msgspec.structs.replace(account, notes=[words.out_of_an_email(path.name, file.name), *account.notes])


def _imported(
    context: RequestContext, kind: FileKind, path: Path, options: ImportOptions, progress: Progress
) -> ImportAccount:
    def in_words(stage: str, done: int, total: int) -> None:
        progress(words.stage(kind, stage), done, total)

    match kind:
        case "fixes":
            return _fixes(context, path, options, in_words)
        case "events":
            return _events(context, path, options, in_words)
        case "assignments":
            entered = _entered(context, options, in_words)
            # A supplier is told that a tag is on somebody else, and not on whom.
            names_others = Right.ENTER_CASES in context.actor.rights
            report = import_assignments(context.engine, path, zone=options.zone, names_others=names_others, **entered)
            warnings = [*otherwise_reported(context, report), *unlike_spellings.of_assignments(context, report.file_id)]
            return account_of(kind, report, zone=options.zone, warnings=warnings)
        case "stock":
            entered = _entered(context, options, in_words)
            moved = import_stock(context.engine, path, options.programme, zone=options.zone, **entered)
            return account_of(kind, moved, zone=options.zone)
        case "crimes":
            return _crimes(context, path, options, in_words)
        case "knife-crime":
            from tracker.knife_crime.importer import import_counts

            how: dict[str, Any] = {"dates": options.dates, "today": context.today.day}
            entered = _entered(context, options, in_words, dated=False)
            return account_of(kind, import_counts(context.engine, path, **how, **entered))
        case _:
            return _into_programme(context, kind, path, options, in_words)


def _entered(
    context: RequestContext, options: ImportOptions, progress: Progress, *, dated: bool = True
) -> dict[str, Any]:
    """`dated`: the order of dates goes with the mapping; kinds of civil dates alone have it as an option of their
    own."""
    how: dict[str, Any] = {"dates": options.dates} if dated else {}
    return {
        "mapping": ColumnMapping.of_pairs(options.map, delimiter=delimiter_named(options.delimiter), **how),
        "rejects_dir": context.settings.rejects_dir,
        "by": context.actor.name,
        "received_at": context.today.now,
        "progress": progress,
    }


def _crimes(context: RequestContext, path: Path, options: ImportOptions, progress: Progress) -> ImportAccount:
    entered = _entered(context, options, progress)
    mapping = entered.pop("mapping")
    fitted = mapping.to_json()
    if options.format == "headed":
        fitted |= {"before_s": float(options.before_s), "after_s": float(options.after_s)}
        fitted["crime_ref"] = "row" if options.ref_from_row else "column"
    elif mapping == ColumnMapping():
        fitted = None
    report = import_crimes(context.engine, path, format=options.format, zone=options.zone, mapping=fitted, **entered)
    return account_of("crimes", report, zone=options.zone, warnings=otherwise_reported(context, report))


def _into_programme(
    context: RequestContext, kind: FileKind, path: Path, options: ImportOptions, progress: Progress
) -> ImportAccount:
    entered = {**_entered(context, options, progress, dated=False), "dates": options.dates}
    engine, programme = context.engine, options.programme
    if kind == "ledger":
        from tracker.budget.importer import import_ledger

        booked = import_ledger(engine, path, programme, **entered)
        return account_of(kind, booked.report, warnings=booked.over)
    if kind == "releases":
        from tracker.screening.importer import import_releases

        released = import_releases(engine, path, programme, today=context.today.day, **entered)
        notes = [words.eligible(released.answers)] if released.answers else []
        warnings = (*released.conflicts, *released.warnings)
        return account_of(kind, released.report, notes=(*notes, *released.places), warnings=warnings)
    from tracker.evaluation.imports.files import kind_named
    from tracker.evaluation.imports.importer import import_evaluation_file

    entered |= {"today": context.today.day, "names_wearers": Right.ENTER_CASES in context.actor.rights}
    return account_of(kind, import_evaluation_file(engine, path, kind_named(kind), programme, **entered))


def _fixes(context: RequestContext, path: Path, options: ImportOptions, progress: Progress) -> ImportAccount:
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
        rejects_path=_text(report.rejects_path),
        file_number=stream.number,
        notes=notes,
        warnings=[
            *report.warnings,
            *(doubled(context, report.doubled) or _otherwise(context, stream, report.new)),
            *unlike_spellings.of_stream(context, report.devices),
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


def _events(context: RequestContext, path: Path, options: ImportOptions, progress: Progress) -> ImportAccount:
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
        rejects_path=_text(report.rejects_path),
        file_number=stream.number,
        notes=notes,
        warnings=[*report.warnings, *_otherwise(context, stream, report.new)],
    )


def account_of(
    kind: FileKind,
    report: ImportReport,
    *,
    notes: Sequence[str] = (),
    warnings: Sequence[str] = (),
    zone: str | None = None,
) -> ImportAccount:
    """What became of a file that goes on record. `zone`: what its times without an offset were read in."""
    found = report.found
    renamed = {ours: theirs for ours, theirs in found.read_as.items() if ours != theirs}
    of_file = words.of_the_file(renamed, found.unread, found.blank, zone if found.zoneless else None)
    lost = [
        *words.an_hour_off(found.an_hour_off),
        *warnings_of(found.unread),
        *words.passed_over(found.read_as, found.passed_over),
    ]
    updated = [words.updated(kind, report.new_versions, report.changed)] if report.new_versions else []
    not_matchable = [words.not_matchable(why, n) for why, n in report.not_matchable.items()]
    refused = [f"{fault.rule}, {fault.value}: {fault.what_to_do}" for fault in report.batch_faults]
    return ImportAccount(
        kind=words.LABELS[kind],
        file=report.name,
        sha256=report.sha256,
        rows=report.rows,
        kept=report.kept,
        same=report.same,
        rejected=report.rejected,
        already_imported_at=report.recorded_at if report.already_imported else None,
        refused=refused if report.status in (ImportStatus.FAILED, ImportStatus.ERROR) else [],
        by_rule=dict(report.by_rule),
        rejects_path=_text(report.rejects_path),
        file_number=report.file_id,
        notes=[
            *of_file,
            *updated,
            *not_matchable,
            *notes,
            *([words.NOT_READ_AGAIN] if report.already_imported else []),
        ],
        warnings=[*(f"{sign.words}. {sign.what_to_do}" for sign in report.warnings), *lost, *warnings],
    )


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
