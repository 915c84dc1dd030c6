"""What became of an imported file, as it is told."""

from collections.abc import Sequence
from pathlib import Path

from api.schemas.imports import FileKind, ImportAccount
from api.wording import imports as words
from geo.unread import warnings_of
from tracker.imports.report import ImportReport
from tracker.imports.tables import ImportStatus


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
        rejects_path=path_text(report.rejects_path),
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


def path_text(path: Path | None) -> str | None:
    return None if path is None else str(path)
