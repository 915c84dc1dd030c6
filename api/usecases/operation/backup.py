"""One file of everything under a home.

The database is copied as of one moment, the tag stream's files never change once written, and a manifest has the digest
of each file and the head of the audit: what is restored (`restore.py`) is what was backed up, and belongs together.
Uploads that wait, the signing key, locks and the matcher's index of the fixes are not in it. The journal of erasures
stands beside it.
"""

import fcntl
import hashlib
import io
import json
import os
import sqlite3
import tarfile
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from sqlalchemy import Engine

from api.disk import require_space, size_of
from api.errors import ApiError
from api.schemas.operation.backup import BackupOut
from api.settings import Settings
from api.usecases.integrity.at_rest import check_home, damaged_file
from api.usecases.integrity.backup_files import DATABASE, STORES, kept, link_all, nobody_writes
from api.usecases.integrity.should_be_there import gone_meanwhile
from api.usecases.operation.erasure_journal import (
    copy_journal_beside,
    upgrade_journal,
)
from api.usecases.people_lock import scratch_folder, working_with_people
from matcher.files import sync_to_disk
from tracker.record.audit.queries import audit_head
from tracker.record.database_check import check_database
from tracker.record.engine import make_engine, reading, sqlite_file
from tracker.record.revision import current_revision

MANIFEST = "backup.json"


class Contents(msgspec.Struct):
    """The list of what was backed up."""

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
        with nobody_writes(settings):
            copied = _copy_database(settings, folder)
            head = _head_of(engine, copied)
            for name in STORES:
                link_all(settings.home / name, folder / name)
        with _whole_or_gone(partial) as raw, tarfile.open(fileobj=raw, mode="w") as tar:
            if copied is not None:
                files[DATABASE] = _put(tar, copied, DATABASE)
            for root, path, name in (*kept(settings.home, but=STORES), *kept(folder)):
                # Again, as it is copied: a disk may give other bytes than before.
                if not with_damaged and (fault := damaged_file(path, root)) is not None and path.exists():
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


def _put(tar: tarfile.TarFile, path: Path, name: str) -> dict[str, Any]:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = path.stat().st_size, 0o600
    with path.open("rb") as raw:
        digest = hashlib.file_digest(raw, "sha256").hexdigest()
        raw.seek(0)
        tar.addfile(entry, raw)
    return {"size": entry.size, "sha256": digest}
