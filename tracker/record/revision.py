"""The revision of the database's tables: the one it has, and the one this program needs."""

from sqlalchemy import Engine, inspect, text

from tracker.errors import StoreNotReady

HEAD = "0049"
"""The newest revision; a constant, so that the check does not import Alembic."""


def current_revision(engine: Engine) -> str | None:
    """The database's revision; None for one without tables."""
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
        stands = "has no tables yet" if found is None else f"is at revision {found}"
        raise StoreNotReady(f"The database {stands}; this version needs {HEAD}. Upgrade it with tagpilot db upgrade.")
