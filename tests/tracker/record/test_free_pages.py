"""What a database keeps of deleted rows in its own files, before and after it is made to let go of it."""

from pathlib import Path

from sqlalchemy import Engine, text, update

from tests.support.people import NOW
from tracker.people.tables import Person
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
