"""TAGPILOT_DATABASE_URL says where the record is: SQLite elsewhere or PostgreSQL, with the same answers."""

from pathlib import Path

import pytest
from litestar.testing import TestClient
from sqlalchemy import Engine, inspect

from api.http.app import create_app
from api.settings import read_settings
from tests.support.clients import log_in
from tests.support.worlds import World
from tracker.access.roles import Role


@pytest.fixture
def url(empty_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty database of each kind, named in the environment."""
    url = empty_engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("TAGPILOT_DATABASE_URL", url)
    return url


def _import(world: World) -> None:
    world.may_keep()
    for words in (("fixes",), ("assignments",), ("crimes", "--format", "headed")):
        result = world.run("import", words[0], world.files / f"{words[0]}.csv", *words[1:])
        assert result.exit_code == 0, result.stderr


def test_the_whole_way_from_files_to_an_answer(
    matched: World, new_world: World, url: str, empty_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _import(new_world)
    again = new_world.json("import", "crimes", new_world.files / "crimes.csv", "--format", "headed")
    assert (again["kept"], again["same"]) == (0, 4)
    run = new_world.json("match", "--eligible", new_world.files / "eligible.csv", "--everyone-monitored")["run"]
    with monkeypatch.context() as elsewhere:
        # The other home's record is in the other home.
        elsewhere.delenv("TAGPILOT_DATABASE_URL")
        kept = matched.json("show")
    assert run["runId"] == kept["runId"]
    assert run["resultDigests"] == kept["resultDigests"]
    assert "crime_version" in inspect(empty_engine).get_table_names()
    assert not (new_world.home / "tagpilot.sqlite3").exists()
    settings = read_settings({"TAGPILOT_DATABASE_URL": url}, home=new_world.home)
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        log_in(client, settings, Role.ANALYST)
        assert client.get("/health/ready").status_code == 200
        assert client.get("/runs/latest").json()["runId"] == run["runId"]


def test_the_database_is_brought_up_to_date_and_a_second_time_nothing_happens(new_world: World, url: str) -> None:
    first, second = new_world.run("db", "upgrade"), new_world.run("db", "upgrade")
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stdout == second.stdout
    assert url.split("://")[0] not in first.stdout


@pytest.mark.postgres
def test_a_server_that_cannot_be_reached_is_one_line_without_its_password(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TAGPILOT_DATABASE_URL", f"postgresql+psycopg://tag:hunter2@/none?host={tmp_path}")
    result = world.run("import", "assignments", world.files / "assignments.csv")
    assert result.exit_code == 1
    assert result.stderr.startswith("tagpilot: ")
    assert "hunter2" not in result.output
    assert "Traceback" not in result.output


def test_a_plain_postgresql_url_finds_the_driver_that_is_installed(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAGPILOT_DATABASE_URL", url.replace("postgresql+psycopg://", "postgresql://"))
    result = world.run("db", "upgrade")
    assert result.exit_code == 0, result.stderr
