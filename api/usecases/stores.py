"""What is kept under a home: the record's database, the tag stream, and the events that devices reported."""

import os
import stat
from pathlib import Path

from sqlalchemy import Engine

import tracker.tables  # noqa: F401  subject access and erasure walk every table: all must be registered
from api.errors import NoHome, OpenHome
from api.settings import Settings
from matcher.store.events import EventStore
from matcher.store.fixes import FixStore
from tracker.migrations import upgrade
from tracker.record.audit.book import AuditBook
from tracker.record.audit.keys import AuditKeys
from tracker.record.engine import make_engine, sqlite_file
from tracker.record.revision import at_head, current_revision

LATEST_HEAD = "audit-head.txt"
_OTHERS = 0o077
_OURS = frozenset(
    {
        "tagpilot.sqlite3",
        "fixes",
        "events",
        "runs",
        "rejects",
        "uploads",
        "exports",
        "token.key",
        "audit.key",
        "second-factor.key",
        "password.key",
        "today",
        "erasures.jsonl",
    }
)
"""What shows that a folder is a home."""


def engine_of(settings: Settings) -> Engine:
    """The database as the settings name it, with the audit's keys. Nothing is made or upgraded."""
    book = AuditBook(AuditKeys(settings.audit_key_file), latest_head=settings.home / LATEST_HEAD)
    return make_engine(settings.database_url, book=book)


def is_there(settings: Settings) -> bool:
    """Whether the home and the file of a SQLite database are there; asked before a connection, which would make it."""
    file = sqlite_file(settings.database_url)
    return settings.home.is_dir() and (file is None or file.is_file())


def open_record(settings: Settings, *, make: bool = True) -> Engine:
    """The database, brought to this version's tables; made if there is none.

    With `make` false nothing is made where nothing is: raises NoHome.
    """
    if not make and not is_there(settings):
        raise NoHome(f"there is no record under {settings.home}; {_WHERE}")
    make_home(settings.home)
    engine = engine_of(settings)
    if not make and current_revision(engine) is None:
        engine.dispose()
        raise NoHome(f"the database of {settings.home} has no tables; {_WHERE}")
    if not at_head(engine):
        upgrade(engine)
    return engine


_WHERE = (
    "give --home, or set TAGPILOT_HOME and TAGPILOT_DATABASE_URL; a new one is made by `tagpilot user add`, "
    "`programme load`, `keep set`, `import`, `serve` or `db upgrade`"
)


def open_fixes(settings: Settings, *, create: bool = False) -> FixStore:
    """The tag stream. Raises matcher.errors.StoreError if there is none and `create` is false."""
    if create:
        make_home(settings.home)
    return FixStore.open(settings.fixes_dir, create=create)


def open_events(settings: Settings) -> EventStore:
    """Events that devices reported; empty if none were imported yet."""
    return EventStore(settings.events_dir)


def make_home(home: Path) -> None:
    """Make the folder, and those above it that are missing, for its owner alone: where people were stands in it. One
    that is there and open to other users of the machine is closed to them, with all that is in it.

    Raises
    ------
    OpenHome
        It is open and cannot be closed: another user's, or a folder of other files as well.
    """
    make_folders(home)
    status = home.stat()
    if not status.st_mode & _OTHERS:
        return
    mode = f"mode {status.st_mode & 0o777:o}"
    if status.st_uid != os.getuid():
        raise OpenHome(
            f"{home} is open to other users of this machine ({mode}) and belongs to another user: chmod 700 it."
        )
    there = {path.name for path in home.iterdir()}
    if status.st_mode & stat.S_ISVTX or (there and not there & _OURS):
        raise OpenHome(
            f"{home} is open to other users of this machine ({mode}) and holds other files. Give another --home, or "
            "close it first: chmod 700."
        )
    home.chmod(0o700)
    for path in home.rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o700)


def make_folders(folder: Path) -> None:
    """Make a folder and those above it that are missing, for their owner alone."""
    for each in reversed((folder, *folder.parents)):
        if not each.exists():
            each.mkdir(mode=0o700, exist_ok=True)
