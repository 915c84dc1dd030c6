"""The revision of the database's tables: which one it has, and which one this program needs."""

from typing import TYPE_CHECKING

from sqlalchemy import Engine, inspect, text

from tracker.errors import StoreNotReady

if TYPE_CHECKING:
    pass


HEAD = "0015"


"""The newest revision; a constant, so that asking does not cost the import of Alembic."""


def current_revision(engine: Engine) -> str | None:
    """Where the database stands; None for one without tables."""
    with engine.execution_options(readonly=True).connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return revision


def at_head(engine: Engine) -> bool:
    """Whether the database has exactly this program's tables."""
    return current_revision(engine) == HEAD


def require_head(engine: Engine) -> None:
    """Raise StoreNotReady unless the database has exactly this program's tables."""
    found = current_revision(engine)
    if found != HEAD:
        raise StoreNotReady(f"the database's tables are at revision {found}, this program's at {HEAD}; upgrade it")
