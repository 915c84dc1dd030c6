"""The revisions of the tables (Alembic), run from code: programs upgrade a database without an alembic.ini.

Alembic is imported on use: it costs the command line half a second.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, text

from tracker.errors import StoreNotReady
from tracker.projections.service import rebuild
from tracker.record.revision import HEAD, current_revision

if TYPE_CHECKING:
    from alembic.config import Config


_LOCK = 7_310_001


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to `revision`, in one transaction. Nothing to do is no error; two at once wait for each
    other. Projections are made anew once the tables are this program's: earlier versions did not keep them."""
    from alembic import command

    before = current_revision(engine)
    with _altering(engine) as connection:
        command.upgrade(_config(connection), revision)
        if before != HEAD and revision in ("head", HEAD):
            rebuild(connection)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to `revision` ("base" for none), in one transaction. Drops what later revisions hold."""
    from alembic import command

    with _altering(engine) as connection:
        command.downgrade(_config(connection), revision)


def _config(connection: Connection | None) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "tracker:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _altering(engine: Engine) -> Iterator[Connection]:
    """A separate transaction. SQLite alters a table by recreating it, which would violate foreign keys, so they are off
    meanwhile and checked before the commit."""
    with engine.connect() as connection:
        _hold_foreign_keys(connection, hold=False)
        try:
            with connection.begin():
                _lock(connection)
                yield connection
                if connection.dialect.name == "sqlite":
                    loose = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                    if loose:
                        tables = ", ".join(sorted({row[0] for row in loose}))
                        raise StoreNotReady(
                            f"The database cannot be upgraded: {len(loose)} rows of {tables} refer to missing rows. "
                            "Restore a backup."
                        )
        finally:
            _hold_foreign_keys(connection, hold=True)


def _hold_foreign_keys(connection: Connection, *, hold: bool) -> None:
    if connection.dialect.name == "sqlite":
        # Past SQLAlchemy, which would begin a transaction first: within one the pragma does nothing.
        cursor = connection.connection.cursor()
        cursor.execute(f"PRAGMA foreign_keys={'ON' if hold else 'OFF'}")
        cursor.close()


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
