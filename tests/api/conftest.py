"""Homes of a small afternoon: matched once for all who only read it, with everyone tagged, or not yet imported."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.clients import Client
from tests.support.worlds import World, load_papers, tag_all_four, write_files
from tracker.access.roles import Role


@pytest.fixture(scope="session")
def matched(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The afternoon, imported and matched once; tests only read it."""
    root = tmp_path_factory.mktemp("afternoon")
    world = World(root / "home", root / "files").may_keep()
    write_files(world.files)
    for words in (
        ("import", "fixes", world.files / "fixes.csv"),
        ("import", "assignments", world.files / "assignments.csv"),
        ("import", "crimes", world.files / "crimes.csv", "--format", "headed"),
        ("match", "--eligible", world.files / "eligible.csv", "--everyone-monitored"),
    ):
        result = world.run(*words)
        assert result.exit_code == 0, result.output
    return world


@pytest.fixture
def new_world(tmp_path: Path) -> World:
    """The afternoon's files, and no home yet."""
    write_files(tmp_path / "files")
    return World(tmp_path / "home", tmp_path / "files")


@pytest.fixture
def world(new_world: World, sqlite_template: Path) -> World:
    """The afternoon's files, nothing imported; the database has its tables, to save each test the migrations."""
    new_world.home.mkdir(mode=0o700)
    shutil.copy(sqlite_template, new_world.home / "tagpilot.sqlite3")
    return new_world


@pytest.fixture(scope="session")
def _with_papers(tmp_path_factory: pytest.TempPathFactory) -> World:
    root = tmp_path_factory.mktemp("with-papers")
    write_files(root / "files")
    world = World(root / "home", root / "files")
    load_papers(world)
    return world


@pytest.fixture
def loaded(_with_papers: World, tmp_path: Path) -> World:
    """A home of the test's own with the five papers, as `programme load` enters them."""
    return _with_papers.copy_to(tmp_path)


@pytest.fixture(scope="session")
def _all_four_tagged(tmp_path_factory: pytest.TempPathFactory) -> World:
    root = tmp_path_factory.mktemp("tagged")
    write_files(root / "files")
    tag_all_four(World(root / "home", root / "files"))
    return World(root / "home", root / "files")


@pytest.fixture
def ready(_all_four_tagged: World, tmp_path: Path) -> World:
    """A home of the test's own in which all four are tagged and may be matched but one."""
    return _all_four_tagged.copy_to(tmp_path)


@pytest.fixture(scope="module")
def analyst(_all_four_tagged: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """An analyst logged in to such a home, for tests of a module that only read."""
    with _all_four_tagged.copy_to(tmp_path_factory.mktemp("read")).client_as(Role.ANALYST) as client:
        yield client


@pytest.fixture
def as_(ready: World) -> Iterator[Callable[..., Client]]:
    """Logs in to that home with a role, as often as a test asks."""
    with ExitStack() as stack:

        def logged_in(role: Role, name: str | None = None) -> Client:
            return stack.enter_context(ready.client_as(role, name))

        yield logged_in
