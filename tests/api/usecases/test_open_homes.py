"""A home is for its owner alone, also one that was made open."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from api.errors import OpenHome
from api.usecases.stores import make_home
from tests.support.served import COMMAND, ROOT


def _open_to_others(home: Path) -> list[str]:
    return [str(path) for path in (home, *home.rglob("*")) if path.stat().st_mode & 0o077]


def _made_open(home: Path, sqlite_template: Path) -> Path:
    (home / "rejects").mkdir(parents=True)
    shutil.copy(sqlite_template, home / "tagpilot.sqlite3")
    (home / "rejects" / "may.csv").write_text("row\n")
    for path in (home, *home.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return home


def test_a_home_made_open_is_closed_with_all_that_is_in_it(tmp_path: Path, sqlite_template: Path) -> None:
    home = _made_open(tmp_path / "home", sqlite_template)
    make_home(home)
    assert _open_to_others(home) == []
    assert (home / "rejects" / "may.csv").read_text() == "row\n"


def test_an_empty_folder_that_is_open_is_closed(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o755)
    make_home(tmp_path / "home")
    assert _open_to_others(tmp_path / "home") == []


def test_folders_above_keep_their_permissions(tmp_path: Path) -> None:
    (tmp_path / "srv").mkdir()
    (tmp_path / "srv").chmod(0o755)
    make_home(tmp_path / "srv" / "a" / "home")
    assert (tmp_path / "srv").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "srv" / "a").stat().st_mode & 0o777 == 0o700


def test_an_open_folder_of_other_files_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    tmp_path.chmod(0o755)
    with pytest.raises(OpenHome, match=r"mode 755.*holds other files"):
        make_home(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_a_shared_folder_such_as_tmp_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    with pytest.raises(OpenHome):
        make_home(tmp_path)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_another_user_s_open_folder_is_refused(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, -1)
    tmp_path.chmod(0o755)
    with pytest.raises(OpenHome, match="belongs to another user"):
        make_home(tmp_path)


@pytest.mark.slow
def test_whatever_the_command_writes_is_for_its_owner_alone(tmp_path: Path, sqlite_template: Path) -> None:
    home = _made_open(tmp_path / "home", sqlite_template)
    words = ["programme", "load", "--home", str(home)]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([*COMMAND, *words], env=environ, umask=0o022, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert _open_to_others(home) == []
