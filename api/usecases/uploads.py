"""Files that were sent: kept by their digest until a worker has read them, then gone; digest and counts stay."""

import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio.to_thread

from api.errors import TooLarge
from api.settings import Settings
from api.usecases import imports as importing
from api.usecases.account import Account, account_of
from api.usecases.stores import make_home, open_record
from api.usecases.today import today
from tracker.access.roles import Right
from tracker.errors import BadEntry

RIGHTS = {
    "crimes": Right.ENTER_CRIMES,
    "fixes": Right.ENTER_STREAMS,
    "events": Right.ENTER_STREAMS,
    "assignments": Right.ENTER_CASES,
    "releases": Right.ENTER_CASES,
    "ledger": Right.ENTER_PROGRAMME,
    "reoffences": Right.ENTER_OUTCOMES,
    "comparison": Right.ENTER_OUTCOMES,
    "characteristics": Right.ENTER_OUTCOMES,
    "benchmarks": Right.ENTER_OUTCOMES,
}
"""Whose it is to send each kind of file."""


_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ .()-]{0,119}")


@dataclass(frozen=True, slots=True)
class Upload:
    sha256: str
    size: int


async def receive(pieces: AsyncIterator[bytes], settings: Settings) -> Upload:
    """Write a body to disk as it comes, whatever its size, and name it by its digest once it is whole.

    Raises
    ------
    TooLarge
        It is over the limit; nothing of it is kept.
    BadEntry
        It is empty.
    """
    folder = settings.uploads_dir
    most = settings.most_upload_mb << 20
    await anyio.to_thread.run_sync(_make, settings)
    partial = folder / f".{secrets.token_hex(16)}.partial"
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            async for piece in pieces:
                size += len(piece)
                if size > most:
                    raise TooLarge(f"the file is over {settings.most_upload_mb} MB, the most that may be sent")
                digest.update(piece)
                out.write(piece)
            out.flush()
            await anyio.to_thread.run_sync(os.fsync, out.fileno())
        if not size:
            raise BadEntry("the body is empty; send the file as the request's body")
        partial.rename(folder / digest.hexdigest())
    finally:
        partial.unlink(missing_ok=True)
    return Upload(digest.hexdigest(), size)


def _make(settings: Settings) -> None:
    make_home(settings.home)
    settings.uploads_dir.mkdir(mode=0o700, exist_ok=True)


def plain_name(name: str) -> str:
    """A file's name that leads nowhere. Raises BadEntry."""
    if not _NAME.fullmatch(name):
        raise BadEntry(f"{name!r} is no plain file name; give letters, digits, spaces and .-_() only, such as may.csv")
    return name


def forget(settings: Settings, sha256: str) -> None:
    """Delete a file that has been read."""
    with contextlib.suppress(FileNotFoundError):
        (settings.uploads_dir / sha256).unlink()


def imported(settings: Settings, asked: dict[str, Any], by: str) -> dict[str, Any]:
    """Read a file that was sent, as the command line would; the account as plain values.

    Raises
    ------
    BadEntry
        It is gone: it was read before, and is to be sent again.
    """
    held = settings.uploads_dir / asked["sha256"]
    if not held.is_file():
        raise BadEntry("the file is not kept any more; send it again")
    # Under the name it was sent with: rejects and messages go by it.
    folder = settings.uploads_dir / f".{secrets.token_hex(8)}"
    folder.mkdir(mode=0o700)
    path = folder / plain_name(asked["name"])
    try:
        os.link(held, path)
        told = _read(settings, path, asked, by).to_json()
    finally:
        path.unlink(missing_ok=True)
        folder.rmdir()
    rejects = told.pop("rejectsPath")
    stamp = told.pop("alreadyImportedAt")
    return {
        **told,
        "rejects": None if rejects is None else Path(rejects).name,
        "alreadyImportedAt": None if stamp is None else stamp.isoformat(),
    }


def _read(settings: Settings, path: Path, asked: dict[str, Any], by: str) -> Account:
    options = asked["options"]
    mapping, zone = options.get("map", {}), options.get("zone", "UTC")
    match asked["kind"]:
        case "crimes":
            form = options.get("format", "headed")
            fitted = importing.crime_mapping(mapping, options) if form == "headed" else None
            return importing.import_crimes_file(settings, path, form, zone, fitted, by)
        case "fixes":
            form, crs = options.get("timeForm", "auto"), options.get("crs", "auto")
            return importing.import_fixes_file(settings, path, mapping, zone, form, crs)
        case "events":
            return importing.import_events_file(settings, path, mapping, zone, options.get("timeForm", "auto"))
        case "assignments":
            return importing.import_assignments_file(settings, path, mapping, zone, by)
        case "releases" | "ledger":
            return _into_programme(settings, path, asked, by)
        case kind:
            programme, dates = options["programme"], options.get("dates", "yyyy-mm-dd")
            return importing.import_evaluation(settings, path, kind, programme, mapping, dates, by)


def _into_programme(settings: Settings, path: Path, asked: dict[str, Any], by: str) -> Account:
    from datetime import UTC, datetime

    from api.usecases.account import account
    from api.usecases.column_mapping import split
    from tracker.budget.importer import import_ledger
    from tracker.screening.importer import import_releases

    options = asked["options"]
    day = today(settings, datetime.now(UTC))
    said: dict[str, Any] = {
        "mapping": split(options.get("map", {})),
        "dates": options.get("dates", "yyyy-mm-dd"),
        "rejects_dir": settings.rejects_dir,
        "by": by,
        "received_at": day.now,
    }
    engine = open_record(settings)
    try:
        if asked["kind"] == "releases":
            return account(import_releases(engine, path, options["programme"], today=day.day, **said))
        booked = import_ledger(engine, path, options["programme"], **said)
        return account_of(booked.report, "ledger entries", booked.over)
    finally:
        engine.dispose()
