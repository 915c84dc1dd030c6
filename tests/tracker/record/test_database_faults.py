"""What a driver's error means: away and busy pass, full and read-only need somebody, a value is the sender's."""

from typing import Any

import pytest
from sqlalchemy import exc

from tracker.record.database_faults import DatabaseFault, is_away, meaning_of


class DriversError(Exception):
    """As sqlite3 and psycopg raise them: a name or a state beside the words."""

    def __init__(self, **more: str | None) -> None:
        super().__init__("words of the driver, which may quote a password")
        self.__dict__.update(more)


def wrapped(kind: type[exc.DBAPIError], *, lost: bool = False, **more: str | None) -> exc.DBAPIError:
    return kind("SELECT 1", {}, DriversError(**more), connection_invalidated=lost)


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"sqlite_errorname": "SQLITE_FULL"}, DatabaseFault.FULL),
        ({"sqlite_errorname": "SQLITE_READONLY_DBMOVED"}, DatabaseFault.READ_ONLY),
        ({"sqlite_errorname": "SQLITE_CANTOPEN"}, DatabaseFault.READ_ONLY),
        ({"sqlite_errorname": "SQLITE_BUSY_SNAPSHOT"}, DatabaseFault.BUSY),
        ({"sqlite_errorname": "SQLITE_LOCKED"}, DatabaseFault.BUSY),
        ({"sqlite_errorname": "SQLITE_CORRUPT"}, None),
        ({"sqlstate": "53100"}, DatabaseFault.FULL),
        ({"sqlstate": "25006"}, DatabaseFault.READ_ONLY),
        ({"sqlstate": "53300"}, DatabaseFault.BUSY),
        ({"sqlstate": "55P03"}, DatabaseFault.BUSY),
        ({"sqlstate": "40001"}, DatabaseFault.BUSY),
        ({"sqlstate": "40P01"}, DatabaseFault.BUSY),
        ({"sqlstate": "08006"}, DatabaseFault.AWAY),
        ({"sqlstate": "57P01"}, DatabaseFault.AWAY),
        # The server did not answer at all.
        ({"sqlstate": None}, DatabaseFault.AWAY),
        ({}, DatabaseFault.AWAY),
        ({"sqlstate": "57014"}, None),
        ({"sqlstate": "42601"}, None),
    ],
)
def test_what_a_name_or_state_of_the_driver_means(more: dict[str, str | None], fault: DatabaseFault | None) -> None:
    found = meaning_of(wrapped(exc.OperationalError, **more))
    assert (found and found.fault) == fault
    assert found is None or "password" not in found.words
    passes = fault in (DatabaseFault.AWAY, DatabaseFault.BUSY)
    assert is_away(wrapped(exc.OperationalError, **more)) is passes


def test_a_connection_that_was_lost_is_a_database_that_is_away_whatever_its_state_says() -> None:
    lost: dict[str, Any] = {"lost": True, "sqlstate": "XX000"}
    for kind in (exc.OperationalError, exc.InterfaceError):
        found = meaning_of(wrapped(kind, **lost))
        assert found is not None
        assert (found.fault, found.retry_after_s) == (DatabaseFault.AWAY, 5)
    # A statement that is wrong stays a fault of this program.
    assert meaning_of(wrapped(exc.ProgrammingError, **lost)) is None
    assert meaning_of(wrapped(exc.IntegrityError, sqlstate="08006")) is None


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (exc.TimeoutError("no connection was free"), DatabaseFault.BUSY),
        (OverflowError("int too big"), DatabaseFault.VALUE),
        (exc.StatementError("too big", "SELECT 1", {}, OverflowError("int too big")), DatabaseFault.VALUE),
        (wrapped(exc.DataError, sqlstate="22003"), DatabaseFault.VALUE),
        (exc.StatementError("of this program", "SELECT 1", {}, KeyError("x")), None),
        (KeyError("x"), None),
    ],
)
def test_what_another_error_means(error: Exception, fault: DatabaseFault | None) -> None:
    found = meaning_of(error)
    assert (found and found.fault) == fault
    assert is_away(error) is (fault is DatabaseFault.BUSY)
