"""Files that were sent: each kept until a worker has read it, then gone; digest and counts stay.

Who sends a file that another sent too has a copy of their own: the one that is read first goes and leaves the others.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio.to_thread

from api.disk import require_space
from api.errors import TooLarge
from api.settings import Settings
from api.usecases.stores import make_home
from tracker.errors import BadEntry

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ .()-]{0,119}")

_ASKED_EVERY = 64 << 20
"""Bytes after which the disk is looked at again."""


@dataclass(frozen=True, slots=True)
class Upload:
    """`name`: that of the file among those that wait."""

    sha256: str
    size: int
    name: str


@dataclass(frozen=True, slots=True)
class Received:
    """A body on disk, whole, under a name that nothing else has."""

    path: Path
    sha256: str
    size: int


async def receive(pieces: AsyncIterator[bytes], settings: Settings) -> Upload:
    """Write a body to disk as it comes, and name it once it is whole. Raises as `received`."""
    async with received(pieces, settings) as body:
        name = f"{body.sha256}-{secrets.token_hex(8)}"
        body.path.rename(settings.uploads_dir / name)
    return Upload(body.sha256, body.size, name)


@contextlib.asynccontextmanager
async def received(pieces: AsyncIterator[bytes], settings: Settings) -> AsyncIterator[Received]:
    """A body on disk as it came, whatever its size; it is gone after the block, unless it was given another name.

    Raises
    ------
    TooLarge
        It is over the limit; nothing of it is kept.
    BadEntry
        It is empty.
    NoSpace
        The disk has filled meanwhile; nothing of it is kept.
    """
    folder = settings.uploads_dir
    most = settings.most_upload_mb << 20
    await anyio.to_thread.run_sync(_make, settings)
    partial = folder / f".{secrets.token_hex(16)}.partial"
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            # Held until it is done with: one that is not held is left of a server that was killed.
            fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
            async for piece in pieces:
                if size // _ASKED_EVERY != (size + len(piece)) // _ASKED_EVERY:
                    require_space(folder, settings.disk_floor_mb, "the import")
                size += len(piece)
                if size > most:
                    raise TooLarge(f"The file is over {settings.most_upload_mb} MB, the most that may be sent.")
                digest.update(piece)
                out.write(piece)
            out.flush()
            await anyio.to_thread.run_sync(os.fsync, out.fileno())
            if not size:
                raise BadEntry("The body is empty. Send the file as the request's body.")
            yield Received(partial, digest.hexdigest(), size)
    finally:
        partial.unlink(missing_ok=True)


def _make(settings: Settings) -> None:
    make_home(settings.home)
    settings.uploads_dir.mkdir(mode=0o700, exist_ok=True)


def plain_name(name: str) -> str:
    """A file's name that leads nowhere. Raises BadEntry."""
    if not _NAME.fullmatch(name):
        raise BadEntry(
            f"{name!r} cannot be used as a file name. Give letters, digits, spaces and .-_() only, such as may.csv."
        )
    return name


def name_of(asked: Mapping[str, Any]) -> str:
    """The name of the file that a job is to read. Jobs of earlier versions have one for all who sent the same."""
    return str(asked.get("held", asked["sha256"]))


def digest_in(name: str) -> str:
    """The digest that the name of a file among those that wait says."""
    return name.partition("-")[0]


def forget(settings: Settings, name: str) -> None:
    """Delete a file that has been read."""
    with contextlib.suppress(FileNotFoundError):
        (settings.uploads_dir / name).unlink()
