"""One way to reach either database: readers that cannot write, writers that wait for each other."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from tests.support.crime_files import BATCH_ROW, batch_row, write_csv
from tracker.crimes.importer import import_crimes
from tracker.imports.report import ImportReport
from tracker.imports.tables import FileKind, ImportFile, ImportStatus
from tracker.record.engine import make_engine, reading

NOW = datetime(2019, 6, 1, 12, tzinfo=UTC)


def a_file(sha256: str = "00", recorded_at: datetime = NOW) -> ImportFile:
    return ImportFile(
        kind=FileKind.CRIMES,
        name="a.csv",
        sha256=sha256,
        options={},
        options_sha256="00",
        recorded_at=recorded_at,
        status=ImportStatus.SUCCESSFUL,
        rows=0,
        kept=0,
        same=0,
        rejected=0,
        report={"warnings": []},
    )


def test_a_path_means_sqlite_and_a_postgresql_url_means_psycopg(tmp_path: Path) -> None:
    assert make_engine(tmp_path / "a.db").dialect.name == "sqlite"
    assert make_engine(str(tmp_path / "a.db")).dialect.name == "sqlite"
    assert make_engine(f"sqlite:///{tmp_path}/a.db").dialect.name == "sqlite"
    assert make_engine("postgresql://somebody@nowhere/db").driver == "psycopg"


def test_instants_come_back_in_utc_whatever_offset_they_went_in_with(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        session.add(a_file(recorded_at=NOW.astimezone(timezone(timedelta(hours=1)))))
    with Session(reading(engine)) as session:
        found = session.query(ImportFile).one()
    assert found.recorded_at == NOW
    assert found.recorded_at.utcoffset() == timedelta(0)
    assert found.report == {"warnings": []}


def test_an_instant_without_a_zone_is_not_stored(engine: Engine) -> None:
    with Session(engine) as session:
        session.add(a_file(recorded_at=NOW.replace(tzinfo=None)))
        with pytest.raises(StatementError, match="2019-06-01T12:00:00 has no zone"):
            session.flush()


def test_an_instant_is_read_in_utc_whatever_the_zone_of_the_databases_session(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        session.add(a_file())
        session.flush()
        if engine.dialect.name == "postgresql":
            session.execute(text("SET LOCAL TIME ZONE 'Asia/Kolkata'"))
        found = session.scalar(select(ImportFile.recorded_at))
    assert found == NOW
    assert found is not None
    assert found.utcoffset() == timedelta(0)


def test_a_reader_cannot_write(engine: Engine) -> None:
    with pytest.raises(DBAPIError), reading(engine).begin() as connection:
        connection.execute(text("DELETE FROM import_file"))
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM import_file"))


def test_an_unknown_status_is_refused_by_the_database_itself(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        session.add(a_file())
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("UPDATE import_file SET status = 'splendid'"))


def test_a_version_of_an_unknown_crime_is_refused(engine: Engine) -> None:
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("INSERT INTO crime_batch (file_id, force, batch_id) VALUES (77, 'Kent', 'K1')"))


def test_a_reader_is_not_kept_waiting_by_a_writer(engine: Engine) -> None:
    with engine.begin() as writer:
        writer.execute(text("DELETE FROM import_file"))
        with reading(engine).connect() as reader:
            assert reader.scalar(text("SELECT count(*) FROM import_file")) == 0


def test_two_imports_of_one_crime_at_once_make_two_versions_in_turn(engine: Engine, tmp_path: Path) -> None:
    files = [write_csv(tmp_path / f"{n}.csv", batch_row(crimeText=f"text {n}")) for n in range(4)]
    files += [write_csv(tmp_path / "same.csv", BATCH_ROW), write_csv(tmp_path / "copy.csv", BATCH_ROW)]
    reports: list[ImportReport] = []

    def take(path: Path) -> None:
        reports.append(
            import_crimes(engine, path, format="ministry", rejects_dir=tmp_path, by="analyst", received_at=NOW)
        )

    threads = [threading.Thread(target=take, args=(path,)) for path in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reports) == 6
    assert sorted(report.already_imported for report in reports) == [False] * 5 + [True]
    with engine.connect() as connection:
        held = [row[0] for row in connection.execute(text("SELECT version FROM crime_version ORDER BY version"))]
    assert held == [1, 2, 3, 4, 5]
