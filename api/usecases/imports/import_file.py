"""One file into the stores, whatever it holds: one function for the command line, the worker and the demonstration."""

from pathlib import Path
from typing import Any

import msgspec

from api.schemas.imports import FileKind, ImportAccount, ImportOptions
from api.usecases.imports import import_stream, unlike_spellings
from api.usecases.imports.account import account_of
from api.usecases.imports.earlier_readings import otherwise_reported
from api.usecases.imports.emails import without_envelope
from api.usecases.imports.kinds import RIGHTS
from api.usecases.people_lock import working_with_people
from api.usecases.progress import Progress, silent
from api.usecases.request_context import RequestContext
from api.wording import imports as words
from geo.csv_records import delimiter_named
from geo.mapping import ColumnMapping
from tracker.access.roles import Right
from tracker.assignments.importer import import_assignments
from tracker.crimes.importer import import_crimes
from tracker.tags.importer import import_stock

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
            return import_stream.fixes(context, path, options, in_words)
        case "events":
            return import_stream.events(context, path, options, in_words)
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
