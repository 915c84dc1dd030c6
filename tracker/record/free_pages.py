"""What a database keeps of rows that were deleted, and how it is made to let go of it.

SQLite: every connection sets `secure_delete`, so that a deleted row is overwritten (upstream's SQLite is built without
it). The write-ahead log still has pages as they were; they go with a checkpoint that empties it, and pages that were
freed by a version without the setting go with a VACUUM.

PostgreSQL: a deleted row stays in its table's file until a VACUUM; VACUUM FULL writes the tables anew without it. Its
statistics (`pg_statistic`) hold samples of each column's values: they are made anew, those of a table that is empty now
are dropped, and the table of statistics is written anew too, which the database's owner may do.
Blocks of the old files that the disk has not used again, the write-ahead log, the server's own log, replicas and the
results of pg_dump are the database administrator's: the record cannot reach them.
"""

from collections.abc import Collection

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

_LOCK_WAIT_MS = 30_000


def overwrite_freed(engine: Engine, tables: Collection[str]) -> bool:
    """Overwrite or drop what the database keeps of deleted rows of these tables; with SQLite of all. False: others use
    the database without a pause, so it has to be asked again."""
    try:
        return _sqlite(engine) if engine.dialect.name == "sqlite" else _postgres(engine, tables)
    except OperationalError:
        return False


def _sqlite(engine: Engine) -> bool:
    # None of this may stand in a transaction, which `engine` begins by itself.
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA query_only=OFF")
        cursor.execute("VACUUM")
        # The VACUUM itself goes through the log.
        busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        cursor.close()
        return not busy
    except Exception as error:
        if "locked" in str(error) or "busy" in str(error):
            return False
        raise
    finally:
        connection.close()


def _postgres(engine: Engine, tables: Collection[str]) -> bool:
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"SET lock_timeout = {_LOCK_WAIT_MS}"))
        try:
            for table in sorted(tables):
                connection.execute(text(f'VACUUM (FULL, ANALYZE) "{table}"'))
                if not connection.scalar(text(f'SELECT EXISTS (SELECT FROM "{table}")')):
                    _drop_statistics(connection, table)
            # Of statistics that were replaced; whoever is not the database's owner is warned, and it is left out.
            connection.execute(text("VACUUM (FULL) pg_catalog.pg_statistic"))
        finally:
            connection.execute(text("RESET lock_timeout"))
    return True


def _drop_statistics(connection: Connection, table: str) -> None:
    """ANALYZE leaves those of an empty table as they are. A column that is given the type it has loses its own, and no
    row is written for it."""
    columns = connection.execute(_COLUMNS_WITH_STATISTICS, {"table": table}).all()
    if columns:
        types = ", ".join(f'ALTER COLUMN "{name}" TYPE {type_}' for name, type_ in columns)
        connection.execute(text(f'ALTER TABLE "{table}" {types}'))


_COLUMNS_WITH_STATISTICS = text("""
    SELECT a.attname, format_type(a.atttypid, a.atttypmod)
    FROM pg_stats s
    JOIN pg_namespace n ON n.nspname = s.schemaname
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s.tablename
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname
    WHERE s.tablename = :table AND s.schemaname = current_schema()
""")
