"""One way to reach the database, SQLite or PostgreSQL, for writers and for readers.

SQLite: a writer that begins by reading cannot always become one (deferred BEGIN fails at once, busy_timeout or not), so
writers begin IMMEDIATE and wait their turn. Readers take `reading(engine)`: they wait for no writer and cannot write.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL

from tracker.record.audit.book import OPTION, AuditBook
from tracker.record.audit.keys import KEY_FILE, AuditKeys

BUSY_TIMEOUT_S = 30.0
"""How long a writer waits for another. A file's rows are made ready before, and written in one transaction."""
POOL_TIMEOUT_S = 15.0
"""How long a request waits for a connection when all are in use."""
_CONNECT = {
    "options": "-c timezone=UTC",
    "connect_timeout": 5,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


def make_engine(
    where: str | Path | URL, *, book: AuditBook | None = None, busy_timeout_s: float = BUSY_TIMEOUT_S
) -> Engine:
    """An engine on a SQLite file (a path or a `sqlite:///` URL), or on PostgreSQL by its URL (driver psycopg).

    `book`: the audit's keys and clock. By default the key file stands in the folder of a SQLite file; on PostgreSQL
    nothing can be entered without.
    """
    url = _url(where)
    file = sqlite_file(url)
    if book is None and file is not None:
        book = AuditBook(AuditKeys(file.with_name(KEY_FILE)))
    options = {} if book is None else {OPTION: book}
    if file is not None:
        engine = create_engine(url, connect_args={"timeout": busy_timeout_s}, execution_options=options)
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        # Asked before each use whether it still answers: after a restart of the database the next request gets a new
        # connection instead of an error. A server that has gone without a word is noticed by keepalives.
        engine = create_engine(
            url, pool_pre_ping=True, pool_timeout=POOL_TIMEOUT_S, connect_args=_CONNECT, execution_options=options
        )
        event.listen(engine, "begin", _begin_postgres)
    return engine


def sqlite_file(where: str | Path | URL) -> Path | None:
    """The file of a SQLite database; None for PostgreSQL."""
    url = _url(where)
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def reading(engine: Engine) -> Engine:
    """The same pool for readers: transactions that may not write."""
    return engine.execution_options(readonly=True)


def _url(where: str | Path | URL) -> URL:
    if isinstance(where, URL):
        url = where
    elif isinstance(where, Path) or "://" not in where:
        return URL.create("sqlite", database=str(where))
    else:
        url = make_url(where)
    if url.drivername in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    return url


def _on_sqlite_connect(connection: Any, _record: Any) -> None:
    # The driver's own transactions are switched off; _begin_sqlite begins them.
    connection.isolation_level = None
    cursor = connection.cursor()
    # FULL: what was answered is on the disk. With NORMAL a release that was answered may be gone after a power cut.
    # secure_delete: rows that are deleted are overwritten, however SQLite was built (see `free_pages`).
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    readonly = bool(connection.get_execution_options().get("readonly"))
    # Set at every begin because readers and writers share the pool's connections.
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if readonly else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")


def _begin_postgres(connection: Connection) -> None:
    if connection.get_execution_options().get("readonly"):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
