"""One file into the stores, with a bar while it goes on and an account at the end: the same for every kind of file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.console.progress import stage
from api.settings import Settings
from api.usecases.account import Account, account_of
from api.usecases.operation.purging import require_policy
from api.usecases.stores import make_home, open_events, open_fixes, open_record
from api.usecases.today import today
from matcher.ingest.events import EventImportReport, import_device_events
from matcher.ingest.fixes import FixImportReport, import_fixes
from tracker.assignments.importer import import_assignments
from tracker.crimes.importer import import_crimes
from tracker.retention.policy import Kept

EVENTS_SHOWN = 10


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
    from api.usecases.column_mapping import split

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
    from api.usecases.column_mapping import split
    from tracker.evaluation.imports.files import kind_named
    from tracker.evaluation.imports.importer import import_evaluation_file

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
    from api.usecases.column_mapping import split

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
