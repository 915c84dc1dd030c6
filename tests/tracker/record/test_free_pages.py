"""What a database keeps of deleted rows in its own files, before and after it is made to let go of it."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, text, update

from tests.support.people import NOW
from tests.support.postgres import clone, drop, execute, found_in_postgres, in_log_ahead
from tests.support.scan import Person as Scanned
from tracker.people.tables import Address, Identity, Person, Sex
from tracker.record.audit.book import AuditBook
from tracker.record.audit.keys import KEY_FILE, AuditKeys
from tracker.record.engine import make_engine, reading, sqlite_file
from tracker.record.entry import entering
from tracker.record.free_pages import overwrite_freed

WORDS = b"W-erased-everywhere"


def _files(engine: Engine) -> bytes:
    """The bytes of the table's file, and of SQLite's log."""
    if engine.dialect.name == "sqlite":
        file = sqlite_file(engine.url)
        assert file is not None
        return b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*") if each.suffix != ".db-shm")
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("CHECKPOINT"))
        folder = connection.scalar(text("SHOW data_directory"))
        paths = [
            connection.scalar(text(f"SELECT pg_relation_filepath('{name}')"))
            for name in ("person", "uq_person_wearer_ref")
        ]
    return b"".join((Path(str(folder)) / str(path)).read_bytes() for path in paths)


def test_after_it_no_file_of_the_table_has_the_deleted_row(engine: Engine) -> None:
    with entering(engine, by="officer", now=NOW) as entry:
        gone = entry.add(Person, wearer_ref=WORDS.decode())
        entry.add(Person, wearer_ref="W-stays")
    assert WORDS in _files(engine)
    with engine.begin() as connection:
        connection.execute(update(Person).where(Person.id == gone).values(wearer_ref="erased"))
    assert overwrite_freed(engine, {"person"})
    left = _files(engine)
    assert WORDS not in left
    assert b"W-stays" in left


def test_it_says_so_where_others_do_not_let_it(engine: Engine) -> None:
    if engine.dialect.name == "postgresql":
        # There it waits for the lock of a table for half a minute; that is PostgreSQL's to test.
        return
    with reading(engine).connect() as reader:
        reader.execute(text("SELECT count(*) FROM person")).all()
        with entering(engine, by="officer", now=NOW) as entry:
            entry.add(Person, wearer_ref="W-later")
        assert not _quick(engine)
    assert _quick(engine)


def _quick(engine: Engine) -> bool:
    quick = make_engine(engine.url, busy_timeout_s=0.1)
    try:
        return overwrite_freed(quick, ())
    finally:
        quick.dispose()


@pytest.mark.postgres
def test_no_statistics_of_a_column_have_it_either(postgres_url: str, postgres_template: str, tmp_path: Path) -> None:
    """PostgreSQL samples the values of each column, and keeps those of a table that has become empty."""
    with _on_postgres(postgres_url, postgres_template, tmp_path) as (engine, url):
        with entering(engine, by="officer", now=NOW) as entry:
            people = [entry.add(Person, wearer_ref=f"W-{n}") for n in range(3)]
            for n, person in enumerate(people):
                entry.add(Identity, person_id=person, name=f"{WORDS.decode()} {n}", sex=Sex.MALE)
                entry.add(Address, person_id=person, from_on=NOW.date(), borough_stated=f"{WORDS.decode()} {n}")
        execute(url, "ANALYZE")
        person = Scanned((WORDS.decode(),))
        assert {"rows of pg_statistic", "rows of identity", "rows of address", "dump"} <= set(
            found_in_postgres(url, person)
        )
        with engine.begin() as connection:
            connection.execute(delete(Identity))
            connection.execute(delete(Address).where(Address.person_id != people[0]))
            connection.execute(update(Address).values(borough_stated="Lambeth"))
        assert overwrite_freed(engine, {"identity", "address"})
        assert found_in_postgres(url, person) == {}


@pytest.mark.postgres
def test_with_the_settings_of_the_readme_the_log_ahead_loses_it_at_a_checkpoint(
    postgres_url: str, postgres_template: str, tmp_path: Path
) -> None:
    execute(postgres_url, "ALTER SYSTEM SET wal_recycle = off", "SELECT pg_reload_conf()", *_NEXT_LOG)
    try:
        with _on_postgres(postgres_url, postgres_template, tmp_path) as (engine, url):
            person = Scanned((f"W-{uuid.uuid4()}",))
            with entering(engine, by="officer", now=NOW) as entry:
                gone = entry.add(Person, wearer_ref=person.texts[0])
            assert in_log_ahead(url, person)
            with engine.begin() as connection:
                connection.execute(update(Person).where(Person.id == gone).values(wearer_ref="erased"))
            assert overwrite_freed(engine, {"person"})
            execute(url, *_NEXT_LOG)
            assert in_log_ahead(url, person) == {}
    finally:
        execute(postgres_url, "ALTER SYSTEM RESET wal_recycle", "SELECT pg_reload_conf()")


_NEXT_LOG = ("SELECT pg_switch_wal()", "CHECKPOINT")
"""What the README has the administrator run after an erasure."""


@contextmanager
def _on_postgres(server_url: str, template: str, folder: Path) -> Iterator[tuple[Engine, str]]:
    url = clone(server_url, "free_pages", template)
    engine = make_engine(url, book=AuditBook(AuditKeys(folder / KEY_FILE)))
    try:
        yield engine, url
    finally:
        engine.dispose()
        drop(server_url, "free_pages")
