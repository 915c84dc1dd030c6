"""A value of the database that is none of its kind any more, as a flipped bit of SQLite's file leaves it: nothing where
something always is, a number where text is, bytes. `verify --deep` reports it and ends; so do backups and the audit."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from api.usecases.integrity.at_rest import check_home, held_rows
from api.usecases.stores import open_record
from tests.support.review import confirmed, released
from tests.support.worlds import World
from tracker.access.roles import Role

SEEN = (
    ("row_sum", "seq", None),
    ("row_sum", "digest", b"\xff"),
    ("audit_entry", "at", None),
    ("audit_entry", "by", b"\xff"),
    ("audit_entry", "open", "7"),
    ("audit_entry", "wall_at", None),
    ("audit_head", "length", "many"),
    ("person_key", "key", 7),
    ("match_release", "package", None),
    ("import_file", "name", b"\xff"),
)
"""A table, one of its columns, and what stands there in its last row."""
OF_DAYS = "subject = 'stored_fixes'"


@pytest.fixture(scope="module")
def home(_all_four_tagged: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    world = _all_four_tagged.copy_to(tmp_path_factory.mktemp("values"))
    events = world.files / "events.csv"
    events.write_text("device_id,t,event\nD-inside,2019-09-10T08:00:00Z,battery low\n")
    assert world.run("import", "events", events).exit_code == 0
    with world.client_as(Role.ANALYST) as analyst, world.client_as(Role.RELEASER) as releaser:
        assert released(releaser, confirmed(world, analyst)).status_code == 201
    with closing(_opened(world)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return world


def _opened(world: World) -> sqlite3.Connection:
    return sqlite3.connect(world.home / "tagpilot.sqlite3", isolation_level=None)


def _faults(world: World) -> list[str]:
    engine = open_record(world.settings)
    try:
        found = check_home(world.settings, engine, deep=True)
        held_rows(engine, found)
        return found.faults
    finally:
        engine.dispose()


def _unguarded(connection: sqlite3.Connection) -> None:
    """Any value may stand in any column, as in a page that is read without asking."""
    connection.execute("PRAGMA ignore_check_constraints = ON")
    for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f'DROP TRIGGER "{trigger}"')
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '') WHERE type = 'table'")
    connection.execute("PRAGMA writable_schema = RESET")


@contextmanager
def _damaged(world: World, table: str, column: str, other: Any, where: str = "1") -> Iterator[None]:
    """Of the last row where this is so; as before when the block ends."""
    path = world.home / "tagpilot.sqlite3"
    whole = path.read_bytes()
    try:
        with closing(_opened(world)) as connection:
            _unguarded(connection)
            last = f"rowid = (SELECT max(rowid) FROM {table} WHERE {where})"
            was = connection.execute(f"SELECT {column} FROM {table} WHERE {last}").fetchone()
            assert was is not None
            assert was[0] != other
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE {last}", (other,))
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        yield
    finally:
        for each in path.parent.glob(f"{path.name}-*"):
            each.unlink()
        path.write_bytes(whole)


@pytest.mark.slow
def test_a_value_that_is_none_of_its_kind_is_reported_and_ends_no_check(home: World) -> None:
    assert _faults(home) == []
    for table, column, other in SEEN:
        with _damaged(home, table, column, other):
            assert _faults(home) != [], (table, column)
    assert _faults(home) == []


@pytest.mark.slow
@pytest.mark.parametrize("other", [None, "7", "{"])
def test_a_damaged_row_of_the_audit_hides_nothing_that_is_wrong_elsewhere(home: World, other: str | None) -> None:
    """What it says of the stored days is asked by one check; the deleted package is seen by another."""
    with _damaged(home, "audit_entry", "open", other, OF_DAYS), _damaged(home, "match_release", "package", None):
        faults = _faults(home)
        assert any(fault.startswith("the audit: ") for fault in faults), faults
        assert any("read through" in fault for fault in faults), faults
        assert any(fault.startswith("the package of release 1") for fault in faults), faults
        for words in (("audit", "verify"), ("verify", "--deep"), ("backup", home.files / "no.tar")):
            found = home.run(*words)
            assert found.exit_code == 1
            assert "error of the program" not in found.output, words
            assert "Traceback" not in found.output, words
