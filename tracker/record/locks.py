"""Locks, for one writer at a time where order matters: versions count up, and assignments may not overlap."""

from enum import IntEnum

from sqlalchemy import Connection, text


class Lock(IntEnum):
    """The locks; the numbers are PostgreSQL advisory lock keys."""

    CRIMES = 7_310_002
    ASSIGNMENTS = 7_310_003
    LOGINS = 7_310_005
    """Tries to log in, which are counted; no other is taken after it."""
    RECORD = 7_310_004
    """Entries in the record; taken after the others, never before."""


def take(connection: Connection, lock: Lock) -> None:
    """Hold `lock` to the end of the transaction. On SQLite BEGIN IMMEDIATE already allows only one writer."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": int(lock)})
