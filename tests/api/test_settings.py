"""The environment, read once, every fault told."""

from pathlib import Path

import pytest

from api.errors import BadSettings
from api.settings import read_settings


def test_without_any_setting_everything_is_under_one_folder_here() -> None:
    settings = read_settings({})
    assert settings.home == Path("tagpilot-data")
    assert settings.database_url == "sqlite:///tagpilot-data/tagpilot.sqlite3"
    assert (settings.fixes_dir, settings.runs_dir) == (Path("tagpilot-data/fixes"), Path("tagpilot-data/runs"))
    assert (settings.host, settings.port) == ("127.0.0.1", 8019)


def test_the_command_line_overrides_the_environment() -> None:
    environ = {"TAGPILOT_HOME": "/srv/a", "TAGPILOT_PORT": "9000"}
    settings = read_settings(environ, home=Path("/srv/b"), port=9001)
    assert (settings.home, settings.port) == (Path("/srv/b"), 9001)


def test_every_fault_is_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    environ = {
        "TAGPILOT_HOME": str(tmp_path / "file"),
        "TAGPILOT_PORT": "eighty",
        "TAGPILOT_THREADS": "0",
        "TAGPILOT_LOG_LEVEL": "loud",
        "TAGPILOT_TODAY": "1 November",
        "TAGPILOT_DATABASE_URL": "somewhere",
        "TAGPILOT_HMOE": "x",
    }
    with pytest.raises(BadSettings) as told:
        read_settings(environ)
    for name in environ:
        assert name in str(told.value)


def test_the_server_refuses_an_address_other_machines_can_reach() -> None:
    with pytest.raises(BadSettings, match="TAGPILOT_ALLOWED_HOSTS is not set"):
        read_settings({"TAGPILOT_HOST": "0.0.0.0"})


def test_a_password_in_the_database_url_is_not_printed_with_the_settings() -> None:
    settings = read_settings({"TAGPILOT_DATABASE_URL": "postgresql://u:hunter2@db/tagpilot"})
    assert "hunter2" not in repr(settings)
