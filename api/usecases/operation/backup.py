"""One file of everything under a home, and a home made again from it.

The database is copied as of one moment, the tag stream's files never change once written, and a manifest has the digest
of each file and the head of the audit: what is restored is what was backed up, and belongs together. Uploads that wait,
the signing key and locks are not in it. The journal of erasures stands beside it: people erased since are erased again
before the home is there.
"""

import fcntl
import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from sqlalchemy import Engine

from api.disk import is_full, require_space, size_of
from api.errors import ApiError
from api.schemas.operation.backup import BackupOut, RestoreOut
from api.settings import Settings
from api.usecases.integrity.at_rest import check_home, damaged_file
from api.usecases.integrity.should_be_there import gone_meanwhile
from api.usecases.operation import erasure as erasing
from api.usecases.operation.erasure_journal import (
    append,
    copy_journal_beside,
    home_journal,
    journal_beside,
    read_journal,
    upgrade_journal,
)
from api.usecases.operation.orphans import cut_short_restores
from api.usecases.people_lock import scratch_folder, working_with_people
from api.usecases.stores import make_folders, open_record
from matcher.files import sync_to_disk
from tracker.record.audit.chain import Action
from tracker.record.audit.queries import RESTORE, audit_head, open_values, verify_chain
from tracker.record.database_check import check_database
from tracker.record.engine import make_engine, reading, sqlite_file
from tracker.record.entry import entering
from tracker.record.revision import HEAD, current_revision

MANIFEST = "backup.json"
DATABASE = "tagpilot.sqlite3"
_LEFT_OUT = (
    "uploads",
    "token.key",
    "second-factor.key",
    "password.key",
    "audit-head.txt",
    "basemap.sqlite3",
    "lock",
    "queue",
)


class _Contents(msgspec.Struct):
    made: str
    revision: str | None
    audit: dict[str, Any]
    database: str
    files: dict[str, dict[str, Any]]
    damaged: list[str] = []


class BadBackup(ApiError):
    """A file that is no backup of ours, is damaged, or whose parts do not belong together."""


def back_up(settings: Settings, engine: Engine, out: Path, *, with_damaged: bool = False) -> BackupOut:
    """Write the archive, whole or not at all; what went in, in counts. Each file is checked against its sum first.

    Parameters
    ----------
    with_damaged
        Take damaged files too, and list them in the archive, instead of refusing.

    Raises
    ------
    BadBackup
        A file, a run, an export or the database is not what was written.

    Notes
    -----
    With PostgreSQL the database is its own tools' to back up (pg_dump); the head of the audit says which one belongs.
    """
    database = sqlite_file(settings.database_url)
    copied_size = database.stat().st_size if database is not None and database.is_file() else 0
    require_space(settings.home, settings.disk_floor_mb, "the backup", needs=copied_size)
    require_space(out.parent, settings.disk_floor_mb, "the backup", needs=copied_size + size_of(settings.home))
    damaged = check_home(settings, engine).faults
    if damaged and not with_damaged:
        raise BadBackup(
            f"{_how_many(len(damaged), settings.home)}: {'; '.join(damaged[:5])}. An older backup may have what was "
            "written. To back up everything as it is now, give --with-damaged"
        )
    out = out.absolute()
    partial = out.with_name(f".{out.name}.partial")
    files: dict[str, dict[str, Any]] = {}
    # Before the backup is there: whoever is erased from now on goes into the journal beside it.
    upgrade_journal(settings, engine)
    copy_journal_beside(settings, out)
    with working_with_people(settings), scratch_folder(settings.home, ".backup-") as folder:
        copied = _copy_database(settings, folder)
        head = _head_of(engine, copied)
        with _whole_or_gone(partial) as raw, tarfile.open(fileobj=raw, mode="w") as tar:
            if copied is not None:
                files[DATABASE] = _put(tar, copied, DATABASE)
            for path, name in _kept(settings.home):
                # Again, as it is copied: a disk may give other bytes than before.
                if not with_damaged and (fault := damaged_file(path, settings.home)) is not None and path.exists():
                    raise BadBackup(fault)
                try:
                    files[name] = _put(tar, path, name)
                except FileNotFoundError:
                    raise _deleted(name) from None
            if copied is not None:
                _whole(copied, None if with_damaged else files)
            contents = {
                "made": datetime.now(UTC).isoformat(),
                "revision": current_revision(engine),
                "audit": head,
                "database": "inside" if copied is not None else "apart",
                "damaged": damaged,
                "files": files,
            }
            text = json.dumps(contents, sort_keys=True).encode()
            entry = tarfile.TarInfo(MANIFEST)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text))
        partial.replace(out)
        sync_to_disk(out.parent)
    size = sum(stored["size"] for stored in files.values())
    return BackupOut(files=len(files), bytes=size, audit_rows=head["length"], damaged=damaged)


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


def _how_many(faults: int, home: Path) -> str:
    if faults == 1:
        return f"one thing under {home} is not what was written"
    return f"{faults:,} things under {home} are not what was written, or are missing"


@contextmanager
def _whole_or_gone(partial: Path) -> Iterator[BinaryIO]:
    """A file to write a backup to, on the disk when the block ends; after an error it is deleted, so that it does not
    keep a full disk full."""
    try:
        with partial.open("wb") as raw:
            # Held until it is whole: one that is not held is left of a killed backup.
            fcntl.flock(raw, fcntl.LOCK_EX)
            yield raw
            raw.flush()
            os.fsync(raw.fileno())
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _database_in(settings: Settings, contents: dict[str, Any], home: Path) -> str:
    return f"sqlite:///{home / DATABASE}" if contents["database"] == "inside" else settings.database_url


def _copy_database(settings: Settings, folder: Path) -> Path | None:
    file = sqlite_file(settings.database_url)
    if file is None:
        return None
    copied = folder / DATABASE
    # The backup interface gives the database as of one moment, whoever writes meanwhile.
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copied)) as target:
        source.backup(target)
    return copied


def _whole(copied: Path, files: Collection[str] | None) -> None:
    """The copy of the database is whole, and what it names is among the files that were copied after it."""
    engine = make_engine(copied)
    try:
        found = check_database(engine)
        gone = [] if found.faults or files is None else gone_meanwhile(engine, files)
    finally:
        engine.dispose()
    if gone:
        raise _deleted(", ".join(gone))
    if found.faults:
        raise BadBackup(f"the copy of the database is damaged: {'; '.join(found.faults)}")


def _deleted(what: str) -> BadBackup:
    return BadBackup(f"{what}: deleted while the backup was made. Make it again")


def _head_of(engine: Engine, copied: Path | None) -> dict[str, Any]:
    if copied is None:
        with reading(engine).connect() as connection:
            length, head = audit_head(connection)
            return {"length": length, "hash": head}
    with closing(sqlite3.connect(copied)) as held:
        length, head = held.execute("SELECT length, hash FROM audit_head").fetchone()
    return {"length": length, "hash": head}


def _kept(home: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home)
        hidden = any(part.startswith(".") for part in name.parts)
        if path.is_symlink() or not path.is_file() or hidden or name.parts[0] in _LEFT_OUT or path.name == "lock":
            continue
        if path.name.startswith(DATABASE):
            continue
        yield path, name.as_posix()


def _put(tar: tarfile.TarFile, path: Path, name: str) -> dict[str, Any]:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = path.stat().st_size, 0o600
    with path.open("rb") as raw:
        digest = hashlib.file_digest(raw, "sha256").hexdigest()
        raw.seek(0)
        tar.addfile(entry, raw)
    return {"size": entry.size, "sha256": digest}


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
        found = msgspec.json.decode(manifest.read_bytes(), type=_Contents)
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
