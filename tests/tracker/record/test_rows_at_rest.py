"""Each row of the record is held against what the audit says was entered: a byte changed in any column is found."""

import random
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, inspect, select, text, update

from tests.support.crime_files import batch_row
from tests.support.people import erase_person
from tests.support.record import fill_record
from tracker.crimes.importer import import_crimes
from tracker.crimes.tables import Crime, CrimeVersion
from tracker.record.base import Table
from tracker.record.database_check import check_database
from tracker.record.fact import Fact
from tracker.record.row_queries import rows_that_differ

NOW = datetime(2019, 11, 1, tzinfo=UTC)


def _other(value: Any) -> Any:
    """The value with one thing about it changed, of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, str):
        return chr(ord(value[0]) ^ 1) + value[1:] if value else "x"
    return None


def test_a_record_that_nobody_changed_holds(engine: Engine) -> None:
    fill_record(engine)
    found = rows_that_differ(engine)
    assert found.faults == []
    assert found.held > 50


@pytest.mark.slow
def test_a_change_of_any_column_of_any_fact_is_named(engine: Engine) -> None:
    fill_record(engine)
    tried = 0
    for mapper in Table.registry.mappers:
        table = mapper.class_
        if not issubclass(table, Fact):
            continue
        with engine.connect() as connection:
            row = connection.execute(select(table.__table__).limit(1)).mappings().first()
        if row is None:
            continue
        for column in table.__table__.columns:
            if column.primary_key or column.foreign_keys or (other := _other(row[column.name])) is None:
                continue
            with engine.connect() as connection, connection.begin() as kept:
                where = table.id == row["id"]
                try:
                    with connection.begin_nested():
                        connection.execute(update(table).where(where).values({column.name: other}))
                except Exception:
                    # A constraint of the table holds it already.
                    kept.rollback()
                    continue
            faults = rows_that_differ(engine).faults
            assert any(fault.startswith(f"{table.__tablename__} {row['id']}: ") for fault in faults), column
            with engine.begin() as connection:
                connection.execute(update(table).where(where).values({column.name: row[column.name]}))
            tried += 1
    assert tried > 60
    assert rows_that_differ(engine).faults == []


def test_an_erased_persons_rows_are_not_taken_for_changed_ones(engine: Engine) -> None:
    fill_record(engine)
    with engine.connect() as connection:
        wearer = connection.scalar(text("SELECT wearer_ref FROM person ORDER BY id LIMIT 1"))
    erase_person(engine, str(wearer), reason="request", by="dpo", now=NOW)
    found = rows_that_differ(engine)
    assert found.faults == []
    assert any("erased" in note for note in found.notes)


@pytest.mark.parametrize(
    ("table", "change"),
    [(CrimeVersion, {"x_mm": CrimeVersion.x_mm + 1}), (CrimeVersion, {"crime_type": "other"}), (Crime, {"force": "x"})],
)
def test_a_changed_crime_of_a_file_is_found(engine: Engine, tmp_path: Path, table: Any, change: dict[str, Any]) -> None:
    path = tmp_path / "crimes.csv"
    path.write_text("".join(batch_row(crimeReference=f"CRI{n:08}") for n in range(20)))
    import_crimes(engine, path, format="ministry", rejects_dir=tmp_path, by="analyst", received_at=NOW)
    found = rows_that_differ(engine)
    assert (found.faults, found.held) == ([], 21)
    with engine.begin() as connection:
        connection.execute(update(table).where(table.id == 7).values(change))
    (fault,) = rows_that_differ(engine).faults
    assert fault.startswith("crime_version: a row of import 1 is not as it was entered")


def test_a_missing_row_is_named(engine: Engine) -> None:
    fill_record(engine)
    with engine.begin() as connection:
        number = connection.scalar(text("SELECT max(id) FROM actual"))
        connection.execute(text("DELETE FROM actual WHERE id = :id"), {"id": number})
    assert f"actual {number}: missing; the audit says it was entered" in rows_that_differ(engine).faults


def test_the_database_checks_itself(engine: Engine) -> None:
    fill_record(engine)
    found = check_database(engine)
    assert found.faults == ()
    if engine.dialect.name == "sqlite":
        assert found.notes == ()


def test_a_damaged_page_is_found_by_the_databases_own_check(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL's files are its own: amcheck and its page sums are asked instead")
    fill_record(engine)
    engine.dispose()
    path = Path(str(engine.url.database))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'person'").fetchone()
    raw = bytearray(path.read_bytes())
    raw[(page - 1) * size : (page - 1) * size + 8] = random.Random(1).randbytes(8)
    path.write_bytes(raw)
    assert check_database(engine).faults


def test_a_new_table_of_facts_is_held_too() -> None:
    """`Entry.add` and `supersede` are the only ways to enter a fact, but for those of `RowWriter.bulk`."""
    assert all(inspect(table).primary_key[0].name == "id" for table in _facts())


def _facts() -> list[type[Fact]]:
    return [mapper.class_ for mapper in Table.registry.mappers if issubclass(mapper.class_, Fact)]
