"""One file into the stores, with a bar while it goes on and an account at the end: the same for every kind of file."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from api.errors import DemoBroken
from api.meaning import NOT_MATCHABLE
from api.purging import require_policy
from api.settings import Settings
from api.stores import make_home, open_events, open_fixes, open_record
from api.terminal import print_json, stage
from api.today import today
from matcher.event_files import EventImportReport, import_device_events
from matcher.fix_files import FixImportReport, import_fixes
from tracker.keeping.retention import Kept
from tracker.services.assignments import import_assignments
from tracker.services.crimes import import_crimes
from tracker.services.report import ImportReport
from tracker.store.tables import ImportStatus

_CORRECTIONS = {
    "crimes": "later versions of crimes held",
    "assignments": "corrections of assignments held",
    "release list": "of licences held",
    "ledger entries": "corrections of entries held",
    "reoffences": "corrections of reoffences held",
    "comparison people": "corrections of people held",
    "characteristics": "corrections of characteristics held",
    "benchmark counts": "corrections of counts held",
}
NOTHING_TAKEN, SOME_REJECTED = 1, 3
EVENTS_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What became of a file, whatever was in it: `rows` = `kept` + `same` + `rejected`."""

    kind: str
    file: str
    sha256: str
    rows: int
    kept: int
    same: int
    rejected: int
    already_imported_at: datetime | None = None
    refused: list[str] = field(default_factory=list)
    """Why nothing of the file was taken."""
    by_rule: dict[str, int] = field(default_factory=dict)
    rejects_path: Path | None = None
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        if self.refused or (self.rejected and self.rejected == self.rows):
            return NOTHING_TAKEN
        return SOME_REJECTED if self.rejected else 0

    def tell(self, as_json: bool = False) -> None:
        """Print the account and leave with its exit code, if that is not 0."""
        if as_json:
            print_json(self.to_json())
        else:
            click.echo("\n".join(self.in_words()))
        if self.exit_code:
            sys.exit(self.exit_code)

    def expect_all(self) -> None:
        """Raises DemoBroken if a row was not taken: every row of a made-up file is good."""
        if self.exit_code:
            raise DemoBroken("; ".join(self.in_words()))

    def in_words(self) -> list[str]:
        lines = [f"{self.file}: {self.rows:,} rows of {self.kind}"]
        if self.already_imported_at is not None:
            lines.append(f"  imported before, at {self.already_imported_at:%Y-%m-%d %H:%M} UTC; nothing was changed")
        lines.append(f"  {self.kept:,} new, {self.same:,} known already, {self.rejected:,} rejected")
        lines += [f"  refused: {why}" for why in self.refused]
        most_first = sorted(self.by_rule.items(), key=lambda pair: (-pair[1], pair[0]))
        lines += [f"    {n:,} {rule}" for rule, n in most_first]
        if self.rejects_path is not None:
            lines.append(f"  each bad row, and what to do: {self.rejects_path}")
        lines += [f"  {note}" for note in self.notes]
        lines += [f"  warning: {warning}" for warning in self.warnings]
        return lines

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "file": self.file,
            "sha256": self.sha256,
            "rows": self.rows,
            "kept": self.kept,
            "same": self.same,
            "rejected": self.rejected,
            "alreadyImportedAt": self.already_imported_at,
            "refused": self.refused,
            "byRule": self.by_rule,
            "rejectsPath": None if self.rejects_path is None else str(self.rejects_path),
            "notes": self.notes,
            "warnings": self.warnings,
        }


def import_fixes_file(
    settings: Settings, path: Path, mapping: dict[str, str], zone: str, time_form: Any, crs: Any
) -> Account:
    _may_be_kept(settings, Kept.FIXES)
    store = open_fixes(settings, create=True)
    with stage(f"Fixes from {path.name}") as told:
        report = import_fixes(
            store,
            path,
            mapping=mapping,
            zone=zone,
            time_form=time_form,
            crs=crs,
            rejects_dir=settings.rejects_dir,
            now=datetime.now(UTC),
            progress=lambda _stage, done, total: told(done, total),
        )
    return _of_fixes(path, report)


def _may_be_kept(settings: Settings, kind: Kept) -> None:
    """Raises Refused unless somebody has said how long such files are kept."""
    engine = open_record(settings)
    try:
        require_policy(engine, kind, today(settings, datetime.now(UTC)).day)
    finally:
        engine.dispose()


def import_events_file(settings: Settings, path: Path, mapping: dict[str, str], zone: str, time_form: Any) -> Account:
    _may_be_kept(settings, Kept.EVENTS)
    make_home(settings.home)
    with stage(f"Device events from {path.name}") as told:
        report = import_device_events(
            open_events(settings),
            path,
            mapping=mapping,
            zone=zone,
            time_form=time_form,
            rejects_dir=settings.rejects_dir,
            now=datetime.now(UTC),
            progress=told,
        )
    return _of_events(path, report)


def import_assignments_file(settings: Settings, path: Path, mapping: dict[str, str], zone: str, by: str) -> Account:
    from api.commands.options import split

    engine = open_record(settings)
    try:
        with stage(f"Assignments from {path.name}") as told:
            report = import_assignments(
                engine,
                path,
                mapping=split(mapping),
                zone=zone,
                rejects_dir=settings.rejects_dir,
                by=by,
                received_at=today(settings, datetime.now(UTC)).now,
                progress=lambda _stage, done, total: told(done, total),
            )
    finally:
        engine.dispose()
    return account_of(report, "assignments")


def import_crimes_file(
    settings: Settings, path: Path, format_: str, zone: str, mapping: dict[str, Any] | None, by: str
) -> Account:
    engine = open_record(settings)
    try:
        with stage(f"Crimes from {path.name}") as told:
            report = import_crimes(
                engine,
                path,
                format=format_,
                zone=zone,
                mapping=mapping,
                rejects_dir=settings.rejects_dir,
                by=by,
                received_at=today(settings, datetime.now(UTC)).now,
                progress=lambda _stage, done, total: told(done, total),
            )
    finally:
        engine.dispose()
    return account_of(report, "crimes")


EVALUATION = {
    "reoffences": "reoffences",
    "comparison": "comparison people",
    "characteristics": "characteristics",
    "benchmarks": "benchmark counts",
}


def import_evaluation(
    settings: Settings, path: Path, kind: str, programme: str, mapping: dict[str, str], dates: str, by: str
) -> Account:
    from api.commands.options import split
    from tracker.evaluation.files import kind_named
    from tracker.services.evaluation_files import import_evaluation_file

    day = today(settings, datetime.now(UTC))
    engine = open_record(settings)
    try:
        with stage(f"{EVALUATION[kind].capitalize()} from {path.name}") as told:
            report = import_evaluation_file(
                engine,
                path,
                kind_named(kind),
                programme,
                mapping=split(mapping),
                dates=dates,
                rejects_dir=settings.rejects_dir,
                by=by,
                received_at=day.now,
                today=day.day,
                progress=lambda _stage, done, total: told(done, total),
            )
    finally:
        engine.dispose()
    return account_of(report, EVALUATION[kind])


def crime_mapping(mapping: dict[str, str], options: dict[str, Any]) -> dict[str, Any]:
    """How a headed file of crimes is fitted: columns, constants, and what its windows are widened by."""
    from api.commands.options import split

    fitted: dict[str, Any] = {**split(mapping)}
    fitted |= {"before_s": float(options.get("beforeS") or 0), "after_s": float(options.get("afterS") or 0)}
    return {**fitted, "crime_ref": "row" if options.get("refFromRow") else "column"}


def _of_fixes(path: Path, report: FixImportReport) -> Account:
    notes = [_columns_read(report.columns)]
    if report.days:
        notes.append(f"days: {report.days[0]} to {report.days[-1]}, {len(report.days_changed)} of them changed")
    if report.replaced:
        notes.append(f"{report.replaced:,} took the place of a less accurate fix at the same instant")
    if report.outside_window:
        notes.append(f"{report.outside_window:,} outside the London window: kept for trails, flagged")
    return Account(
        kind="fixes",
        file=path.name,
        sha256=report.sha256,
        rows=report.rows,
        kept=report.new + report.replaced,
        same=report.kept - report.new - report.replaced,
        rejected=report.rejected,
        by_rule=report.by_rule,
        rejects_path=report.rejects_path,
        notes=notes,
        warnings=list(report.warnings),
    )


def _of_events(path: Path, report: EventImportReport) -> Account:
    notes = [_columns_read(report.columns)]
    told = list(report.by_event.items())
    if told:
        most = ", ".join(f"{event} ({n:,})" for event, n in told[:EVENTS_SHOWN])
        notes.append(f"told: {most}" + (f" and {len(told) - EVENTS_SHOWN:,} more" if len(told) > EVENTS_SHOWN else ""))
    return Account(
        kind="device events",
        file=path.name,
        sha256=report.sha256,
        rows=report.rows,
        kept=report.new,
        same=report.same,
        rejected=report.rejected,
        by_rule=report.by_rule,
        rejects_path=report.rejects_path,
        notes=notes,
    )


def _columns_read(columns: dict[str, str]) -> str:
    return f"columns read: {', '.join(f'{ours} from {theirs}' for ours, theirs in columns.items())}"


def account_of(report: ImportReport, kind: str, warnings: Sequence[str] = ()) -> Account:
    """What became of a file that goes to the record."""
    notes = []
    if report.new_versions:
        changed = ", ".join(f"{what} of {n:,}" for what, n in report.changed.items())
        what = _CORRECTIONS[kind]
        notes.append(f"{report.new_versions:,} are {what}: changed {changed}")
    notes += [
        f"{n:,} will be listed as not matchable: {NOT_MATCHABLE.get(why, why)} ({why})"
        for why, n in report.not_matchable.items()
    ]
    refused = [f"{fault.rule}, {fault.value}: {fault.what_to_do}" for fault in report.batch_faults]
    return Account(
        kind=kind,
        file=report.name,
        sha256=report.sha256,
        rows=report.rows,
        kept=report.kept,
        same=report.same,
        rejected=report.rejected,
        already_imported_at=report.recorded_at if report.already_imported else None,
        refused=refused if report.status in (ImportStatus.FAILED, ImportStatus.ERROR) else [],
        by_rule=dict(report.by_rule),
        rejects_path=report.rejects_path,
        notes=notes,
        warnings=[*(f"{sign.words}. {sign.what_to_do}" for sign in report.warnings), *warnings],
    )
