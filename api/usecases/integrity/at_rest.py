"""Everything that a home holds, checked against its sums and the audit; nothing is changed, nothing of it is used.

A *fault* is a file or a row that is not what was written, or is missing. A *note* is what cannot be checked: of an
earlier version, of another tool.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from api.schemas.operation.at_rest import AtRestOut
from api.settings import Settings
from api.usecases.evaluation.cohort_exports import MANIFEST, sha256_told
from api.usecases.imports.uploads import digest_in
from api.usecases.integrity.fix_index import faults_of_index
from api.usecases.integrity.should_be_there import (
    folders_of_runs,
    missing_erasures,
    missing_packages,
    missing_runs,
    waiting_without_files,
)
from api.usecases.operation.audit_heads import kept_heads
from api.usecases.operation.erasure_journal import JournalDamaged
from api.usecases.operation.stored_days import (
    EVENTS,
    Known,
    days_on_record,
    days_that_differ,
    events_that_differ,
    known_days,
    known_with,
    sha256_at,
)
from api.usecases.request_context import RequestContext
from api.usecases.stores import open_events, open_fixes
from matcher.errors import Damaged, NoStore
from matcher.files import is_whole
from matcher.runs.folder import damaged_files, runs_in
from matcher.store.fixes import FixStore
from matcher.store.origins import COUNTS, WITHDRAWN
from matcher.store.table import sum_told
from matcher.sums import changed, missing, sha256_of, sum_of
from tracker.access.roles import Right
from tracker.crimes.latest_service import latest_differences
from tracker.evaluation.releases.queries import exports
from tracker.projections.service import differences
from tracker.record.audit.chain import Action
from tracker.record.audit.queries import open_values, verify_chain
from tracker.record.database_check import check_database
from tracker.record.database_faults import UNREADABLE
from tracker.record.engine import reading
from tracker.record.row_queries import rows_that_differ
from tracker.record.row_sum_service import take_rows_as_they_are
from tracker.review.package import digest
from tracker.review.release_queries import documents, packages
from tracker.review.shown_service import shown_differences

PURPOSE = "integrity"
_TRIES = 3

CHECKED = ("fixes", "events", "runs", "exports", "uploads")
"""Folders of a home whose files are checked. A new folder comes in here or into `NOT_CHECKED`."""

NOT_CHECKED = {
    "rejects": "copies of rows that were not stored, for the person who sent them",
    "files": "files of the demonstration",
    "erasures.jsonl": "read line by line when an erasure is finished",
    "demo.json": "marks of the demonstration",
    "today": "the demonstration's day",
    "audit.key": "the chain does not verify without it",
    "password.key": "no password is right without it",
    "second-factor.key": "a code of an authenticator fails without it",
    "audit-head.txt": "the audit is held against it",
    "token.key": "made anew if it does not fit",
    "basemap.sqlite3": "made again from its GeoPackage",
    "lock": "empty",
    "queue": "empty",
}
"""What else a home may have, and why nothing of it is checked."""


@dataclass
class AtRest:
    """What was found. `counts`: how many of each kind were checked."""

    counts: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def check_home(settings: Settings, engine: Engine, deep: bool = False) -> AtRest:
    """Every file by its sum, days of fixes and packages by the audit, the database by its own check, the audit by its
    chain."""
    found = AtRest()
    # Before what is missing: a run that is deleted meanwhile is looked for there.
    _runs(settings, found)
    database = check_database(engine, deep)
    found.faults += database.faults
    found.notes += database.notes
    for check in (_audit, _fixes, _events, _packages, _exports, _missing):
        # One that meets a damaged row hides nothing that the others find.
        try:
            check(settings, engine, found)
        except UNREADABLE as error:
            fault = f"the database cannot be read through ({type(error.__cause__ or error).__name__})"
            found.faults += [] if fault in found.faults else [fault]
    for path in sorted(settings.home.rglob("*")):
        if path.is_symlink():
            name = path.relative_to(settings.home).as_posix()
            found.faults.append(
                f"{name} is a link: what it leads to is in no backup. Put the file or folder itself there"
            )
    found.counts["uploads"] = 0
    for path in _files(settings.uploads_dir):
        # One whose import ends meanwhile is deleted.
        if (sha256 := sha256_at(path)) is not None:
            found.counts["uploads"] += 1
            if sha256 != digest_in(path.name):
                found.faults.append(str(changed(path)))
    return found


def verified(context: RequestContext, deep: bool) -> AtRestOut:
    """`check_home`, and with `deep` also each row of the record against what the audit says was entered."""
    context.require(Right.READ_AUDIT)
    found = check_home(context.settings, context.engine, deep)
    # Not in `check_home`: no backup has it, so that none is refused for it.
    found.counts["indexed days of fixes"], faults = faults_of_index(context.settings)
    found.faults += faults
    if deep:
        held_rows(context.engine, found)
    return AtRestOut(whole=not found.faults, deep=deep, counts=found.counts, faults=found.faults, notes=found.notes)


def held_rows(engine: Engine, found: AtRest) -> None:
    """Each row against the audit, and what is kept beside the facts against these."""
    try:
        rows = rows_that_differ(reading(engine))
        found.counts["rows held against the audit"] = rows.held
        found.faults += rows.faults
        found.notes += rows.notes
        kept = (differences, latest_differences, shown_differences)
        found.faults += [fault for of in kept for fault in of(engine)]
    except UNREADABLE as error:
        # Which, the database's own check says, or the row that is missing.
        found.faults.append(f"the rows of the record cannot be read through ({type(error).__name__})")


def add_sums(context: RequestContext) -> tuple[int, int]:
    """Write the days of fixes again that have no sum, and give the rows of the record a digest that have none; how many
    of each. They are taken as they are."""
    context.require(Right.ENTER_STREAMS)
    store = open_fixes(context.settings)
    with days_on_record(context.engine, Action.ALTER, purpose=PURPOSE, **context.entered) as write:
        days = store.compact(announce=write.announce)
    with reading(context.engine).connect() as connection:
        known, file = known_days(connection, EVENTS), open_events(context.settings).file
    if file.exists() and not known.days:
        with days_on_record(context.engine, Action.ALTER, purpose=PURPOSE, subject=EVENTS, **context.entered) as write:
            write.announce_file(sha256_of(file))
    return days, take_rows_as_they_are(context.engine, purpose=PURPOSE, **context.entered)


def damaged_file(path: Path, home: Path) -> str | None:
    """Why one file of a home must not be copied into a backup; None if it is what was written or has no sum."""
    top = path.relative_to(home).parts[0]
    try:
        if top == "fixes" and (told := sum_told(path)) is not None and sum_of(path) != told:
            return str(changed(path))
        of_import = top == "fixes" and path.relative_to(home).parts[1] in (COUNTS, WITHDRAWN)
        if (top in ("runs", "events") or of_import) and path.suffix == ".parquet" and not is_whole(path):
            return str(changed(path))
    except Damaged as error:
        return str(error)
    return None


def _audit(settings: Settings, engine: Engine, found: AtRest) -> None:
    chain = verify_chain(engine, kept_heads(settings, engine))
    found.counts["audit rows"] = chain.rows
    if chain.broken is not None:
        found.faults.append(f"the audit: {chain.broken.why}")


def _fixes(settings: Settings, engine: Engine, found: AtRest) -> None:
    try:
        opened = FixStore.open(settings.fixes_dir, create=False)
        files, known = known_with(engine, opened.files)
    except NoStore:
        with reading(engine).connect() as connection:
            known = known_days(connection)
        if known.days:
            found.faults.append(f"fixes: the store is missing; the audit says that {len(known.days)} days were stored")
        return
    except Damaged as error:
        found.faults.append(str(error))
        return
    tried = _days(opened.as_of(files), known)
    for _ in range(_TRIES):
        before, (files, known) = (files, known), known_with(engine, opened.files)
        if not tried.faults or before == (files, known):
            break
        # An erasure deletes at once what it replaced: then what is there now is looked at instead.
        tried = _days(opened.as_of(files), known)
    found.counts |= tried.counts
    found.faults += tried.faults
    found.notes += tried.notes


def _days(store: FixStore, known: Known) -> AtRest:
    """The days of a store that is pinned, each by its sum and by the audit."""
    found, files = AtRest(), store.files()
    found.counts["days of fixes"] = len(files)
    for day in files:
        try:
            gone = next((path for path in store.checked(day, files) if not path.exists()), None)
            if gone is not None:
                raise missing(gone)
        except Damaged as error:
            found.faults.append(str(error))
    shares = store.origins.shares()
    found.faults += [str(changed(path)) for path in shares if not is_whole(path)]
    try:
        faults, notes = days_that_differ(store, known)
    except Damaged:
        # It is among the faults already, by name.
        return found
    found.faults += faults
    found.notes += notes
    return found


def _events(settings: Settings, engine: Engine, found: AtRest) -> None:
    files = list(_files(settings.events_dir))
    found.counts["events"] = len(files)
    shares = sorted(settings.events_dir.glob("_*/*/*.parquet"))
    found.faults += [str(changed(path)) for path in [*files, *shares] if not is_whole(path)]
    file = open_events(settings).file
    faults, notes = events_that_differ(*known_with(engine, lambda: sha256_at(file), EVENTS))
    found.faults += faults
    found.notes += notes


def _missing(settings: Settings, engine: Engine, found: AtRest) -> None:
    """Whole things that the record and the audit say should be there."""
    faults, notes = missing_runs(engine, lambda: folders_of_runs(settings))
    found.faults += faults
    found.notes += notes
    with reading(engine).connect() as connection:
        found.faults += missing_packages(connection)
        found.notes += waiting_without_files(settings, connection)
        try:
            found.faults += missing_erasures(settings, connection)
        except JournalDamaged as error:
            found.faults.append(str(error))


def _runs(settings: Settings, found: AtRest) -> None:
    runs = runs_in(settings.runs_dir)
    found.counts["runs"] = len(runs.whole) + len(runs.damaged)
    found.faults += [f"run {each.name}: {each.why}" for each in runs.damaged]
    for run in runs.whole:
        damaged = damaged_files(run)
        if run.path.exists():
            found.faults += [f"run {run.run_id}: {name} is missing or has changed" for name in damaged]


def _packages(_: Settings, engine: Engine, found: AtRest) -> None:
    with reading(engine).connect() as connection:
        rows = open_values(connection, "match_release")
        # Of the release alone: whoever read it since has a row too, without a digest.
        told = {number: values["sha256"] for number, values in rows if "sha256" in values}
        found.counts["packages"] = 0
        for number, text, sha256 in packages(connection):
            found.counts["packages"] += 1
            if digest(text) != sha256 or told.get(str(number), sha256) != sha256:
                found.faults.append(f"the package of release {number}: not the one that left")
        noted = {number: values["sha256"] for number, values in open_values(connection, "release_document")}
        for number, release, form, kept in documents(connection):
            if noted.get(str(number)) != kept.sha256 or not kept.is_whole():
                found.faults.append(f"the package of release {release} as {form.value}: not the one that left")


def _exports(settings: Settings, engine: Engine, found: AtRest) -> None:
    with reading(engine).connect() as connection:
        kept = [export for export in exports(connection) if export.destroyed_at is None]
    found.counts["exports"] = len(kept)
    for export in kept:
        for name in (*export.manifest["files"], MANIFEST):
            path = settings.exports_dir / Path(export.folder).name / name
            try:
                whole = sha256_of(path) == sha256_told(export, name)
            except Damaged:
                whole = False
            if not whole:
                found.faults.append(f"export {export.number}: {name} is missing or has changed")


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (p for p in sorted(folder.iterdir()) if p.is_file() and p.name[0] != "." and p.name != "lock")
