"""What is kept under a home: the record's database, the tag stream, and the events that devices reported."""

from pathlib import Path

from sqlalchemy import Engine

import tracker.tables  # noqa: F401  subject access and erasure walk every table: all must be registered
from api.settings import Settings
from matcher.store.events import EventStore
from matcher.store.fixes import FixStore
from tracker.migrations import upgrade
from tracker.record.engine import make_engine
from tracker.record.revision import at_head


def open_record(settings: Settings) -> Engine:
    """The database, brought to this version's tables; made if there is none."""
    make_home(settings.home)
    engine = make_engine(settings.database_url)
    if not at_head(engine):
        upgrade(engine)
    return engine


def open_fixes(settings: Settings, *, create: bool = False) -> FixStore:
    """The tag stream. Raises matcher.errors.StoreError if there is none and `create` is false."""
    if create:
        make_home(settings.home)
    return FixStore.open(settings.fixes_dir, create=create)


def open_events(settings: Settings) -> EventStore:
    """Events that devices reported; empty if none were imported yet."""
    return EventStore(settings.events_dir)


def make_home(home: Path) -> None:
    """Make the folder, and those above it that are missing, for its owner alone: where people were stands in it.

    An existing one keeps its permissions.
    """
    for folder in reversed((home, *home.parents)):
        if not folder.exists():
            folder.mkdir(mode=0o700, exist_ok=True)
