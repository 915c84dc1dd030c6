"""One file of everything under a home, and a home made again from it.

The database is copied as of one moment, the tag stream's files never change once written, and a manifest has the digest
of each file and the head of the audit: what is restored is what was backed up, and belongs together. Uploads that wait,
the signing key and locks are not in it. People erased since are erased again.
"""

import hashlib
import io
import json
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from api.disk import require_space, size_of
from api.errors import ApiError
from api.schemas.operation.backup import BackupOut, RestoreOut
from api.settings import Settings
from api.usecases.operation import erasure as erasing
from api.usecases.operation.at_rest import check_home, damaged_file
from api.usecases.stores import make_folders, open_record
from tracker.record.audit_chain import Action
from tracker.record.audit_queries import RESTORE, audit_head, verify_chain
from tracker.record.database_check import check_database
from tracker.record.engine import make_engine, reading, sqlite_file
from tracker.record.entry import entering
from tracker.record.revision import HEAD, current_revision

MANIFEST = "backup.json"
DATABASE = "tagpilot.sqlite3"
_LEFT_OUT = ("uploads", "token.key", "lock", "queue")


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
            f"{len(damaged)} things under {settings.home} are not what was written: {'; '.join(damaged[:5])}. An older "
            "backup has them whole. To back up the rest with them as they are, give --with-damaged"
        )
    partial = out.with_name(f".{out.name}.partial")
    files: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=settings.home) as folder:
        copied = _copy_database(settings, Path(folder))
        head = _head_of(engine, copied)
        with partial.open("wb") as raw, tarfile.open(fileobj=raw, mode="w") as tar:
            if copied is not None:
                _whole(copied)
                files[DATABASE] = _put(tar, copied, DATABASE)
            for path, name in _kept(settings.home):
                # Again, as it is copied: a disk may give other bytes than before.
                if not with_damaged and (fault := damaged_file(path, settings.home)) is not None:
                    raise BadBackup(fault)
                files[name] = _put(tar, path, name)
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
    size = sum(stored["size"] for stored in files.values())
    return BackupOut(files=len(files), bytes=size, audit_rows=head["length"], damaged=damaged)


def restore(archive: Path, settings: Settings, *, by: str, now: datetime) -> RestoreOut:
    """Make a home from an archive; it must not be there yet. People who were erased after it was made, by the journal
    of the home it is to take the place of, are erased again (`erasing.finish`).

    Raises
    ------
    BadBackup
        The archive is damaged, another version's, or its parts do not belong together.
    """
    journal = settings.home / erasing.JOURNAL
    if settings.home.exists() and [path for path in settings.home.iterdir() if path != journal]:
        raise BadBackup(f"{settings.home} is there already; give another --home, or move it away first")
    known = journal.read_text(encoding="utf-8") if journal.is_file() else ""
    require_space(settings.home, settings.disk_floor_mb, "the restore", needs=archive.stat().st_size)
    make_folders(settings.home.parent)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.home.parent) as folder:
        contents = _unpacked(archive, Path(folder) / "home")
        _belongs(settings, contents, Path(folder) / "home")
        if settings.home.exists():
            journal.unlink(missing_ok=True)
            settings.home.rmdir()
        (Path(folder) / "home").rename(settings.home)
    _join_journals(settings, known)
    engine = open_record(settings)
    try:
        # Before the erasures: whoever is erased again is erased from what was backed up.
        damaged = check_home(settings, engine).faults
        # Written-out heads of rows that are gone are explained by this row, and by nothing else.
        with entering(engine, by=by, now=now, purpose="restore from a backup") as entry:
            made, rows = contents["made"], contents["audit"]["length"]
            entry.note(Action.ALTER, RESTORE, "record", rows=rows, digest=contents["audit"]["hash"], made=made)
        erased = erasing.finish(settings, engine, by=by, now=now)
    finally:
        engine.dispose()
    return RestoreOut(
        files=len(contents["files"]),
        audit_rows=contents["audit"]["length"],
        erased_again=erased,
        damaged=damaged,
    )


def _copy_database(settings: Settings, folder: Path) -> Path | None:
    file = sqlite_file(settings.database_url)
    if file is None:
        return None
    copied = folder / DATABASE
    # The backup interface gives the database as of one moment, whoever writes meanwhile.
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copied)) as target:
        source.backup(target)
    return copied


def _whole(copied: Path) -> None:
    engine = make_engine(copied)
    try:
        found = check_database(engine)
    finally:
        engine.dispose()
    if found.faults:
        raise BadBackup(f"the copy of the database is damaged: {'; '.join(found.faults)}")


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
        if not path.is_file() or hidden or name.parts[0] in _LEFT_OUT or path.name == "lock":
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
        raise BadBackup(f"{archive.name} cannot be read as a backup: {error}") from error
    manifest = home / MANIFEST
    if not manifest.is_file():
        raise BadBackup(f"{archive.name} has no {MANIFEST}: it is no backup, or was cut short")
    contents: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.unlink()
    for name, stored in contents["files"].items():
        path = home / name
        if not path.is_file():
            raise BadBackup(f"{name} is missing in {archive.name}")
        with path.open("rb") as raw:
            if hashlib.file_digest(raw, "sha256").hexdigest() != stored["sha256"]:
                raise BadBackup(f"{name} in {archive.name} is not what was backed up")
    return contents


def _belongs(settings: Settings, contents: dict[str, Any], home: Path) -> None:
    """The database's audit is whole and ends where the manifest says."""
    if contents["revision"] != HEAD:
        raise BadBackup(f"the backup's tables are at revision {contents['revision']}, this version's at {HEAD}")
    inside = contents["database"] == "inside"
    if inside != (sqlite_file(settings.database_url) is not None):
        where = "has its database inside" if inside else "was made of a PostgreSQL, which is restored by its own tools"
        raise BadBackup(f"the backup {where}; TAGPILOT_DATABASE_URL says otherwise")
    url = f"sqlite:///{home / DATABASE}" if inside else settings.database_url
    engine = open_record(replace(settings, home=home, database_url=url))
    try:
        found = verify_chain(engine)
    finally:
        engine.dispose()
    if found.broken is not None:
        raise BadBackup(f"the audit in the backup is broken: {found.broken.why}")
    if (found.rows, found.head) != (contents["audit"]["length"], contents["audit"]["hash"]):
        raise BadBackup(
            f"database and files do not belong together: the backup was made at audit row "
            f"{contents['audit']['length']}, the database is at row {found.rows}"
        )


def _join_journals(settings: Settings, known: str) -> None:
    path = settings.home / erasing.JOURNAL
    held = path.read_text(encoding="utf-8") if path.is_file() else ""
    lines = dict.fromkeys([*held.splitlines(), *known.splitlines()])
    if lines:
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
