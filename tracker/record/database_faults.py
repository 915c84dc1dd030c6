"""What a driver's error means for whoever works with the record: is it away, busy, full, read-only, or was a value one
that it cannot hold?

Only a kind and words leave here: a driver's message may quote values, or the URL with its password.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

UNREADABLE = (SQLAlchemyError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
"""What is raised where a stored value is none of its kind any more, by whatever reads or compares it: a flipped bit
makes text of a number, and nothing of what is never empty. For checks alone, which then say so."""


class DatabaseFault(StrEnum):
    """Why the database did not do what it was asked."""

    AWAY = "away"
    BUSY = "busy"
    FULL = "full"
    READ_ONLY = "read-only"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Meaning:
    fault: DatabaseFault
    words: str
    retry_after_s: int | None = None


_AWAY = Meaning(
    DatabaseFault.AWAY,
    "The database cannot be reached now. Nothing was entered. Try again; if it stays away, look whether it runs.",
    5,
)
_BUSY = Meaning(DatabaseFault.BUSY, "The database is busy. Nothing was entered. Try again.", 2)
_FULL = Meaning(
    DatabaseFault.FULL, "The disk of the database is full. Nothing was entered. Free space on it, and try again."
)
_READ_ONLY = Meaning(
    DatabaseFault.READ_ONLY,
    "The database can be read but not written. Nothing was entered. Look whether its disk is mounted read-only and "
    "whether its files belong to the user of this program.",
)
_VALUE = Meaning(
    DatabaseFault.VALUE,
    "A number, a date or a text is outside what the record can hold: dates from 1900 to 2199, whole numbers of at most "
    "18 digits, text without NUL characters.",
)
# Of SQLSTATE, which PostgreSQL gives with each error.
_STATES = {"53100": _FULL, "25006": _READ_ONLY, "53300": _BUSY, "55P03": _BUSY, "40001": _BUSY, "40P01": _BUSY}
_SQLITE = (
    ("SQLITE_FULL", _FULL),
    # There is no room for the file that its processes share, when it is opened.
    ("SQLITE_IOERR_SHMSIZE", _FULL),
    ("SQLITE_READONLY", _READ_ONLY),
    ("SQLITE_CANTOPEN", _READ_ONLY),
    ("SQLITE_BUSY", _BUSY),
    ("SQLITE_LOCKED", _BUSY),
)


def meaning_of(error: BaseException) -> Meaning | None:
    """What an error of the database means; None where it is an error of this program."""
    if isinstance(error, PoolTimeout):
        return _BUSY
    if isinstance(error, OverflowError):
        return _VALUE
    if not isinstance(error, StatementError):
        # As SQLite's own interface raises it, where a copy or a VACUUM is made.
        return _of_sqlite(getattr(error, "sqlite_errorname", ""))
    if isinstance(error, DataError) or isinstance(error.orig, OverflowError):
        return _VALUE
    if not isinstance(error, DBAPIError):
        return None
    if (name := getattr(error.orig, "sqlite_errorname", None)) is not None:
        return _of_sqlite(name)
    state = getattr(error.orig, "sqlstate", None)
    if state in _STATES:
        return _STATES[state]
    # 08: connection; 57P: shut down or starting. Without a state the server did not answer at all.
    lost = error.connection_invalidated or (state or "08").startswith(("08", "57P"))
    return _AWAY if lost and isinstance(error, (OperationalError, InterfaceError)) else None


def _of_sqlite(name: str) -> Meaning | None:
    return next((meaning for begins, meaning in _SQLITE if name.startswith(begins)), None)


def is_away(error: BaseException) -> bool:
    """Whether the database is away, or busy, for a while: the same may work later."""
    found = meaning_of(error)
    return found is not None and found.retry_after_s is not None
