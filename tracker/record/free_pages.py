"""What a database keeps of rows that were deleted, and how it is made to let go of it.

SQLite: every connection sets `secure_delete`, so that a deleted row is overwritten (upstream's SQLite is built without
it). The write-ahead log still has pages as they were; they go with a checkpoint that empties it, and pages that were
freed by a version without the setting go with a VACUUM.

PostgreSQL: a deleted row stays in its table's file until a VACUUM; VACUUM FULL writes the tables anew without it.
Blocks of the old files that the disk has not used again, archived write-ahead log, replicas and the results of pg_dump
are the database administrator's: the record cannot reach them.
"""

from collections.abc import Collection

from sqlalchemy import Engine, text
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
                connection.execute(text(f'VACUUM (FULL) "{table}"'))
        finally:
            connection.execute(text("RESET lock_timeout"))
    return True
