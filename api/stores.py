"""The two stores under a home: the record's database and the tag stream."""

from sqlalchemy import Engine

from api.settings import Settings
from matcher.fix_store import FixStore
from tracker.store.engine import make_engine
from tracker.store.migrations import at_head, upgrade


def open_record(settings: Settings) -> Engine:
    """The database, brought to this version's tables; made if there is none."""
    settings.home.mkdir(parents=True, exist_ok=True)
    engine = make_engine(settings.database_url)
    if not at_head(engine):
        upgrade(engine)
    return engine


def open_fixes(settings: Settings, *, create: bool = False) -> FixStore:
    """The tag stream. Raises matcher.errors.StoreError if there is none and `create` is false."""
    return FixStore.open(settings.fixes_dir, create=create)
