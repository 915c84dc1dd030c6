"""The database goes away and comes back, is full, or can only be read: words and a status, and no restart of ours."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from litestar.testing import TestClient
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import IntegrityError, OperationalError

from api.cli.main import in_one_line
from api.http.app import create_app
from api.settings import Settings, read_settings
from api.usecases.operation.worker import Worker
from tests.support.clients import Client, log_in
from tests.support.pilot import NOW, enter_pilot
from tracker.access.roles import Role
from tracker.jobs import queries as job_queries
from tracker.jobs import service as jobs
from tracker.jobs.states import JobState
from tracker.record.audit.book import AuditBook
from tracker.record.audit.keys import KEY_FILE, AuditKeys
from tracker.record.database_faults import DatabaseFault, meaning_of
from tracker.record.engine import make_engine

PROGRAMMES = "/programmes"


def _settings(engine: Engine, home: Path) -> Settings:
    url = engine.url.render_as_string(hide_password=False)
    return replace(
        read_settings({"TAGPILOT_WORKERS": "0"}, home=home), database_url=url, audit_key_given=home / KEY_FILE
    )


def _client(settings: Settings) -> Client:
    return TestClient(create_app(settings), base_url="http://127.0.0.1:8019", raise_server_exceptions=False)


@pytest.fixture
def postgres(postgres_url: str, postgres_template: str, tmp_path: Path) -> Iterator[Engine]:
    name = "goes_away"
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {postgres_template}"))
    book = AuditBook(AuditKeys(tmp_path / KEY_FILE))
    engine = make_engine(make_url(postgres_url).set(database=name), book=book)
    yield engine
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@contextmanager
def _away(postgres_url: str, *, for_good: bool = True) -> Iterator[None]:
    """Every connection is cut; no new one is accepted until the end, unless `for_good` is false."""
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    allow = "ALTER DATABASE goes_away ALLOW_CONNECTIONS {}"
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'goes_away'"
    with admin.connect() as connection:
        if for_good:
            connection.execute(text(allow.format("false")))
        connection.execute(text(cut))
    try:
        yield
    finally:
        with admin.connect() as connection:
            connection.execute(text(allow.format("true")))
        admin.dispose()


@pytest.mark.postgres
def test_while_postgresql_is_away_requests_are_told_to_come_back_and_then_are_answered(
    postgres: Engine, postgres_url: str, tmp_path: Path
) -> None:
    enter_pilot(postgres)
    settings = _settings(postgres, tmp_path)
    with _client(settings) as client:
        log_in(client, settings, Role.OFFICER)
        assert client.get(PROGRAMMES).status_code == 200
        with _away(postgres_url):
            away = client.get(PROGRAMMES)
            assert away.status_code == 503
            assert away.json()["type"] == "urn:tagpilot:problem:database-unavailable"
            assert int(away.headers["retry-after"]) > 0
            assert client.get("/health/live").status_code == 200
            assert client.get("/health/ready").status_code == 503
        assert client.get(PROGRAMMES).status_code == 200


@pytest.mark.postgres
def test_a_restart_of_postgresql_between_two_requests_is_not_noticed(
    postgres: Engine, postgres_url: str, tmp_path: Path
) -> None:
    enter_pilot(postgres)
    settings = _settings(postgres, tmp_path)
    with _client(settings) as client:
        log_in(client, settings, Role.OFFICER)
        with _away(postgres_url, for_good=False):
            pass
        assert client.get(PROGRAMMES).status_code == 200


@pytest.mark.postgres
def test_a_worker_whose_database_goes_away_hands_its_job_back_when_it_returns(
    postgres: Engine, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = jobs.create(postgres, {"forReview": True}, by="ana", now=NOW, clock=NOW)
    monkeypatch.setattr("api.usecases.operation.worker.AWAY_S", 0.05)
    back = threading.Event()

    def goes_away(*_: object) -> None:
        gone = _away(postgres_url)
        gone.__enter__()

        def come_back() -> None:
            gone.__exit__(None, None, None)
            back.set()

        threading.Timer(0.5, come_back).start()
        with postgres.connect() as connection:
            connection.execute(text("SELECT 1"))

    monkeypatch.setattr("api.usecases.operation.worker.matched", goes_away)
    worker = Worker(_settings(postgres, tmp_path), postgres)
    assert worker.run_one(threading.Event())
    assert back.wait(5)
    with postgres.connect() as connection:
        held = job_queries.job_of(connection, job.job_id)
    assert (held.state, held.attempts, held.why) == (JobState.QUEUED, 0, None)


def _sqlite_error(path: Path, *statements: str) -> OperationalError:
    engine = make_engine(path)
    try:
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
    except OperationalError as error:
        return error
    finally:
        engine.dispose()
    raise AssertionError("nothing was refused")


def test_a_full_disk_is_said_in_words(tmp_path: Path) -> None:
    grown = ("PRAGMA max_page_count=3", *(f"CREATE TABLE t{n} (a)" for n in range(9)))
    error = _sqlite_error(tmp_path / "full.sqlite3", *grown)
    found = meaning_of(error)
    assert found is not None
    assert found.fault is DatabaseFault.FULL
    assert in_one_line(error) == found.words
    # Also where SQLite's own interface is used: copies, VACUUM.
    assert error.orig is not None
    assert meaning_of(error.orig) == found
    assert "CREATE" not in found.words


def test_a_disk_too_full_for_the_file_that_processes_share_is_said_in_words() -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR_SHMSIZE"
    found = meaning_of(error)
    assert found is not None
    assert found.fault is DatabaseFault.FULL


def test_a_database_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    path = tmp_path / "read.sqlite3"
    sqlite3.connect(path).close()
    error = _sqlite_error(path, "PRAGMA query_only=ON", "CREATE TABLE t (a)")
    found = meaning_of(error)
    assert found is not None
    assert found.fault is DatabaseFault.READ_ONLY
    assert "read-only" in in_one_line(error)


def test_a_busy_database_asks_to_come_back(sqlite_template: Path) -> None:
    writer = make_engine(sqlite_template)
    other = make_engine(sqlite_template, busy_timeout_s=0.05)
    with writer.begin(), pytest.raises(OperationalError) as refused, other.begin():
        pass
    found = meaning_of(refused.value)
    assert found is not None
    assert (found.fault, found.retry_after_s) == (DatabaseFault.BUSY, 2)
    writer.dispose()
    other.dispose()


def test_an_error_of_this_program_is_not_taken_for_the_databases() -> None:
    assert meaning_of(IntegrityError("INSERT", {}, Exception())) is None
    assert meaning_of(KeyError("a")) is None


def test_what_was_answered_is_on_the_disk(engine: Engine) -> None:
    """SQLite in WAL mode with synchronous=NORMAL may lose the last transactions in a power cut."""
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL waits for its disk unless it is told not to")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
