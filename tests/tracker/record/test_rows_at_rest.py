"""Each row of the record is held against what the audit says was entered: a byte changed in any column is found."""

import hashlib
import random
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select, text, update
from sqlalchemy.exc import DataError, IntegrityError, StatementError

from tests.support.crime_files import batch_row
from tests.support.people import erase_person
from tests.support.record import fill_record, fill_review
from tracker.crimes.importer import import_crimes
from tracker.crimes.tables import Crime, CrimeVersion
from tracker.record.audit.tables import PersonKey
from tracker.record.base import FILE, Table
from tracker.record.changed_rows import columns_of, key_of, parent_of
from tracker.record.database_check import check_database
from tracker.record.entry import entering
from tracker.record.row_queries import rows_that_differ
from tracker.record.row_sum_service import take_rows_as_they_are
from tracker.record.row_sum_table import RowSum
from tracker.record.row_sums import own_digest, whole_digest
from tracker.review.pool_service import CrimeRow, RunOf, keep_crimes
from tracker.review.tables import Match, MatchMoved, Pool, PoolCrime

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


@pytest.mark.begins_with(fill=fill_record)
def test_a_record_that_nobody_changed_holds(engine: Engine) -> None:
    found = rows_that_differ(engine)
    assert (found.faults, found.notes) == ([], [])
    assert found.held > 50


@pytest.mark.slow
def test_a_change_of_any_column_of_any_table_is_named(engine: Engine) -> None:
    _fill(engine)
    tried: set[str] = set()
    columns = {table: _columns(engine, table) for table in _held()}
    for n in range(max(map(len, columns.values()))):
        changed = [table for table in columns if n < len(columns[table]) and _change(engine, table, columns[table][n])]
        faults = rows_that_differ(engine).faults
        for table in changed:
            named = {table.__tablename__} | {each.__tablename__ for each in _above(table)}
            assert any(fault.split(" ")[0] in named for fault in faults), (table, columns[table][n])
            _change(engine, table, columns[table][n])
            tried.add(table.__tablename__)
    assert rows_that_differ(engine).faults == []
    assert tried > {"candidate_match", "match_pool", "match_pool_crime", "match_pool_pair", "match_job", "app_user"}
    assert len(tried) > 40


def test_every_row_of_every_table_is_held(engine: Engine) -> None:
    """A table that writes past entries, or a table of a new kind, is found here: its rows have no digest."""
    _fill(engine)
    found = rows_that_differ(engine)
    assert (found.faults, found.without, found.notes) == ([], {}, [])


def test_a_table_is_held_or_says_why_not() -> None:
    for table in _tables():
        if table.no_digest:
            assert len(table.no_digest) > 20, table
        elif table.digest_with is None:
            assert key_of(table).name in columns_of(table).c
        elif table.digest_with != FILE:
            assert not parent_of(table).no_digest
        assert table.not_in_digest <= set(columns_of(table).c.keys())


def test_a_row_put_in_past_the_program_is_named(engine: Engine) -> None:
    _fill(engine)
    with engine.begin() as connection:
        row = dict(connection.execute(select(Match.__table__).where(Match.id == 1)).mappings().one())
        later = {"id": 9, "wearer_ref": "W-other", "recorded_at": NOW}
        connection.execute(insert(Match), {**row, **later})
    assert rows_that_differ(engine).faults == ["candidate_match 9: no entry of the audit entered it"]


def test_a_row_taken_out_with_its_digest_is_named(engine: Engine) -> None:
    _fill(engine)
    with engine.begin() as connection:
        connection.execute(delete(MatchMoved).where(MatchMoved.match_id == 3))
        connection.execute(delete(Match).where(Match.id == 3))
        connection.execute(delete(RowSum).where(RowSum.subject == "candidate_match", RowSum.row_id == "3"))
    faults = rows_that_differ(engine).faults
    assert any("are not those that were written" in fault for fault in faults)


@pytest.mark.begins_with(fill=fill_record)
def test_a_changed_key_of_a_person_is_named(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(update(PersonKey).where(PersonKey.person_id == 1).values(key=bytes(32)))
    (fault,) = rows_that_differ(engine).faults[:1]
    assert fault.startswith("the audit's values of person 1 cannot be opened")


def test_rows_without_a_digest_are_counted_and_can_be_taken_as_they_are(engine: Engine) -> None:
    _fill(engine)
    with engine.begin() as connection:
        connection.execute(delete(RowSum))
    found = rows_that_differ(engine)
    assert len(found.without) > 4
    assert all("step back of the tables" in fault for fault in found.faults)
    assert any("have no digest" in note for note in found.notes)
    assert take_rows_as_they_are(engine, by="officer", now=NOW) == 8
    again = rows_that_differ(engine)
    assert (again.faults, again.without) == ([], {})
    with engine.begin() as connection:
        connection.execute(update(Match).where(Match.id == 1).values(crime_version=2))
    assert [fault.split(":")[0] for fault in rows_that_differ(engine).faults] == ["candidate_match 1"]


@pytest.mark.begins_with(fill=fill_record)
def test_an_erased_persons_rows_are_not_taken_for_changed_ones(engine: Engine) -> None:
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
    assert (found.faults, found.held) == ([], 42)
    with engine.begin() as connection:
        connection.execute(update(table).where(table.id == 7).values(change))
    faults = rows_that_differ(engine).faults
    assert all(": a row of import 1 is not as it was entered" in fault for fault in faults)
    # Rows that are of a crime, whatever they are, have its force and reference in their digest.
    of = ["batch_crime", "crime_version"] if table is Crime else ["crime_version"]
    assert sorted(fault.split(":")[0] for fault in faults) == of


def test_a_pool_is_held_by_the_digests_that_its_crimes_have(engine: Engine) -> None:
    """So that an entry does not read them all; and so are the pools of homes that there are."""
    run = RunOf("run-1", "", "settings")
    crimes = [CrimeRow("met", ref, 1, "2019-10", NOW, 0, 530_000_000, 180_000_000, {0: 5}, []) for ref in "ab"]
    with entering(engine, by="ana", now=NOW) as entry:
        pool_id = keep_crimes(entry, run, crimes, [("met", "a"), ("met", "b")])["2019-10"]
    with engine.connect() as connection:
        row = connection.execute(select(columns_of(Pool)).where(Pool.id == pool_id)).mappings().one()
        kept = connection.scalars(select(PoolCrime.content).where(PoolCrime.pool_id == pool_id).order_by(PoolCrime.id))
        digests = [own_digest(Pool, row), *map(str, kept)]
        found = whole_digest(connection, Pool, row)
    assert [len(each) for each in digests] == [64, 64, 64]
    assert found == hashlib.sha256("".join(digests).encode()).hexdigest()


@pytest.mark.begins_with(fill=fill_record)
def test_a_missing_row_is_named(engine: Engine) -> None:
    with engine.begin() as connection:
        number = connection.scalar(text("SELECT max(id) FROM actual"))
        connection.execute(text("DELETE FROM actual WHERE id = :id"), {"id": number})
    assert f"actual {number}: missing; the audit says it was entered" in rows_that_differ(engine).faults


@pytest.mark.begins_with(fill=fill_record)
def test_the_database_checks_itself(engine: Engine) -> None:
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


AMCHECK = """
SET allow_system_table_mods = on;
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    SELECT 99999, 'amcheck', 10, oid, true, '1.3' FROM pg_namespace WHERE nspname = 'public';
CREATE FUNCTION bt_index_check(what oid, heapallindexed boolean) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = what) <> 'i' THEN RAISE EXCEPTION 'not an index'; END IF;
    IF (SELECT relname FROM pg_class WHERE oid = what) = '{index}' THEN RAISE EXCEPTION '{words}'; END IF;
END $$;
CREATE FUNCTION verify_heapam(what oid) RETURNS TABLE (msg text) LANGUAGE plpgsql AS $$ BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = what) <> 'r' THEN RAISE EXCEPTION 'not a table'; END IF;
    RETURN QUERY SELECT 'line pointer redirection' FROM pg_class WHERE oid = what AND relname = '{table}';
END $$;
"""
"""What stands for the extension where the tests' server has none: it is asked of each index and of each table."""


@pytest.mark.parametrize(
    ("index", "table", "words", "faults"),
    [
        ("", "", "", []),
        ("pk_person", "", "item order", ["the database: pk_person: item order"]),
        ("", "person", "", ["the database: table person: line pointer redirection"]),
        ("pk_person", "", "permission denied for function", []),
    ],
)
def test_postgres_is_asked_of_each_table_and_each_index(
    engine: Engine, index: str, table: str, words: str, faults: list[str]
) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite checks itself")
    with engine.begin() as connection:
        connection.exec_driver_sql(AMCHECK.format(index=index, table=table, words=words))
    found = check_database(engine)
    assert list(found.faults) == faults
    assert any("may not be used" in note for note in found.notes) is words.startswith("permission")


def _fill(engine: Engine) -> None:
    fill_record(engine)
    fill_review(engine)


def _tables() -> list[type[Table]]:
    return sorted((mapper.class_ for mapper in Table.registry.mappers), key=lambda each: str(each.__tablename__))


def _held() -> list[type[Table]]:
    return [table for table in _tables() if not table.no_digest and table.digest_with != FILE]


def _above(table: type[Table]) -> list[type[Table]]:
    return [] if table.digest_with is None else [parent_of(table), *_above(parent_of(table))]


def _columns(engine: Engine, table: type[Table]) -> list[str]:
    """The columns whose value a digest is over and that may be changed to another of their kind."""
    row = _first(engine, table)
    if row is None:
        return []
    open_ones = [each for each in columns_of(table).c if not each.primary_key and not each.foreign_keys]
    left_out = table.not_in_digest
    return [each.name for each in open_ones if each.name not in left_out and _other(row[each.name]) is not None]


def _first(engine: Engine, table: type[Table]) -> Any:
    with engine.connect() as connection:
        return connection.execute(select(columns_of(table)).order_by(key_of(table)).limit(1)).mappings().first()


def _change(engine: Engine, table: type[Table], column: str) -> bool:
    """Change a value, or change it back; whether the table's own constraints let it be."""
    row = _first(engine, table)
    where = key_of(table) == row[key_of(table).name]
    kept = _CHANGED.pop((str(engine.url), table, column), None)
    value = _other(row[column]) if kept is None else kept
    try:
        with engine.begin() as connection:
            connection.execute(update(columns_of(table)).where(where).values({column: value}))
    except (IntegrityError, DataError, LookupError, StatementError):
        return False
    if kept is None:
        _CHANGED[str(engine.url), table, column] = row[column]
    return True


_CHANGED: dict[Any, Any] = {}
