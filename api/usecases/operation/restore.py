"""A home made again from the one file of its backup.

What is restored is what was backed up, and belongs together. People who were erased since are erased again before the
home is there.
"""

import hashlib
import shutil
import tarfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from api.disk import is_full, require_space
from api.schemas.operation.backup import RestoreOut
from api.settings import Settings
from api.usecases.integrity.at_rest import check_home
from api.usecases.integrity.backup_files import DATABASE
from api.usecases.operation import erasure as erasing
from api.usecases.operation.backup import MANIFEST, BadBackup, Contents
from api.usecases.operation.erasure_journal import append, home_journal, journal_beside, read_journal
from api.usecases.operation.orphans import cut_short_restores
from api.usecases.people_lock import scratch_folder
from api.usecases.stores import make_folders, open_record
from tracker.record.audit.chain import Action
from tracker.record.audit.queries import RESTORE, open_values, verify_chain
from tracker.record.engine import reading, sqlite_file
from tracker.record.entry import entering
from tracker.record.revision import HEAD


def restore(archive: Path, settings: Settings, *, by: str, now: datetime, without_journal: bool = False) -> RestoreOut:
    """Make a home from an archive; it must not be there yet. People who were erased after it was made, by the journal
    beside the archive and by that of the home it is to take the place of, are erased again before the home is there.

    Raises
    ------
    BadBackup
        The archive is damaged, another version's, or its parts do not belong together; or there is no journal of
        erasures, and `without_journal` is not given.
    """
    own, beside = home_journal(settings), journal_beside(archive)
    aside = settings.home.with_name(f".{settings.home.name}.erasures.jsonl")
    if settings.home.exists() and [path for path in settings.home.iterdir() if path != own]:
        raise BadBackup(f"{settings.home} is there already; give another --home, or move it away first")
    if not (without_journal or any(path.is_file() for path in (own, beside, aside))):
        raise BadBackup(
            f"there is no journal of erasures beside the backup ({beside}) nor in the home ({own}): people who were "
            "erased since would come back. Copy it from beside another backup or from the old home, or give "
            "--without-journal if it is lost"
        )
    known = [line for path in (own, beside, aside) for line in read_journal(path)]
    marks = None if without_journal else {line.mark for line in known}
    # First: there is no home yet that would tidy up, and what a killed restore has taken of the disk is needed again.
    for cut_short in cut_short_restores(settings.home):
        shutil.rmtree(cut_short, ignore_errors=True)
    require_space(settings.home, settings.disk_floor_mb, "the restore", needs=archive.stat().st_size)
    make_folders(settings.home.parent)
    with scratch_folder(settings.home.parent, ".restore-") as folder:
        made = folder / "home"
        contents = _unpacked(archive, made)
        _not_cut_short(home_journal(replace(settings, home=made)), marks)
        _belongs(settings, contents, made)
        inside = replace(settings, home=made, database_url=_database_in(settings, contents, made))
        engine = open_record(inside)
        try:
            # Before anyone can open it: a restore that is cut short brings nobody back.
            append(home_journal(inside), known)
            # Before the erasures: whoever is erased again is erased from what was backed up.
            damaged = check_home(inside, engine).faults
            # Written-out heads of rows that are gone are explained by this row, and by nothing else.
            with entering(engine, by=by, now=now, purpose="restore from a backup") as entry:
                backed_up, rows = contents["made"], contents["audit"]["length"]
                entry.note(Action.ALTER, RESTORE, "record", rows=rows, digest=contents["audit"]["hash"], made=backed_up)
            erased = erasing.finish(inside, engine, by=by, now=now)
            if left := erasing.unfinished(engine):
                raise BadBackup(f"{len(left)} erasures could not be finished in the restored home; try again")
        finally:
            engine.dispose()
        if settings.home.exists():
            # Never nowhere: a kill between these lines leaves it beside the home, where the next restore looks.
            append(aside, known)
            own.unlink(missing_ok=True)
            settings.home.rmdir()
        made.rename(settings.home)
        aside.unlink(missing_ok=True)
    return RestoreOut(
        files=len(contents["files"]),
        audit_rows=contents["audit"]["length"],
        erased_again=erased,
        damaged=damaged,
    )


def _database_in(settings: Settings, contents: dict[str, Any], home: Path) -> str:
    return f"sqlite:///{home / DATABASE}" if contents["database"] == "inside" else settings.database_url


def _unpacked(archive: Path, home: Path) -> dict[str, Any]:
    home.mkdir(mode=0o700)
    try:
        with tarfile.open(archive, mode="r:") as tar:
            tar.extractall(home, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        if is_full(error):
            # Of the home's disk: nothing is wrong with the archive.
            raise
        raise BadBackup(f"{archive.name} cannot be read as a backup: {error}") from error
    contents = _contents(archive, home / MANIFEST)
    unknown = sorted(path.relative_to(home).as_posix() for path in home.rglob("*") if not path.is_dir())
    for name in unknown:
        if name not in contents["files"]:
            raise BadBackup(f"{name} in {archive.name} is not in its list of what was backed up: it was put in later")
    for name, stored in contents["files"].items():
        path = home / name
        if not path.is_file():
            raise BadBackup(f"{name} is missing in {archive.name}")
        with path.open("rb") as raw:
            if hashlib.file_digest(raw, "sha256").hexdigest() != stored["sha256"]:
                raise BadBackup(f"{name} in {archive.name} is not what was backed up")
    return contents


def _contents(archive: Path, manifest: Path) -> dict[str, Any]:
    """The list of what was backed up."""
    if not manifest.is_file():
        raise BadBackup(f"{archive.name} has no {MANIFEST}: it is no backup, or was cut short")
    try:
        found = msgspec.json.decode(manifest.read_bytes(), type=Contents)
    except msgspec.MsgspecError as error:
        raise BadBackup(f"{MANIFEST} in {archive.name} is not what was backed up: {error}") from None
    manifest.unlink()
    return dict(msgspec.to_builtins(found))


def _not_cut_short(inside: Path, marks: set[str] | None) -> None:
    """Refuse where the journals do not have an erasure that the backup itself knows of: they are not whole.

    `marks` None: the restore is to be done without a journal.
    """
    missing = [] if marks is None else [line for line in read_journal(inside) if line.mark not in marks]
    if missing:
        raise BadBackup(
            f"the journal of erasures is not whole: {len(missing)} erasures from before the backup was made are not in "
            "it, so later ones may be missing too, and people who were erased would come back. Copy it from beside "
            "another backup or from the old home, or give --without-journal if it is lost"
        )


def _belongs(settings: Settings, contents: dict[str, Any], home: Path) -> None:
    """The database's audit is whole and ends where the manifest says."""
    if contents["revision"] != HEAD:
        raise BadBackup(f"the backup's tables are at revision {contents['revision']}, this version's at {HEAD}")
    inside = contents["database"] == "inside"
    if inside != (sqlite_file(settings.database_url) is not None):
        where = "has its database inside" if inside else "was made of a PostgreSQL, which is restored by its own tools"
        raise BadBackup(f"the backup {where}; TAGPILOT_DATABASE_URL says otherwise")
    engine = open_record(replace(settings, home=home, database_url=_database_in(settings, contents, home)))
    try:
        found = verify_chain(engine)
        with reading(engine).connect() as connection:
            begun = any(told.get("digest") == contents["audit"]["hash"] for _, told in open_values(connection, RESTORE))
    finally:
        engine.dispose()
    if found.broken is not None:
        raise BadBackup(f"the audit in the backup is broken: {found.broken.why}")
    if (found.rows, found.head) != (contents["audit"]["length"], contents["audit"]["hash"]):
        if begun and not inside:
            # Who was erased in it cannot be found in the files any more: it no longer knows them.
            raise BadBackup(
                "a restore of this backup was begun with this database and cut short, or the database was used since. "
                "Restore the database again by its own tools, then do the same again"
            )
        raise BadBackup(
            f"database and files do not belong together: the backup was made at audit row "
            f"{contents['audit']['length']}, the database is at row {found.rows}"
        )
