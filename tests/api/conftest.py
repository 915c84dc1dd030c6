"""A small afternoon by hand: crimes, a wearer inside, one who passes, one away, and one who may not be matched."""

from pathlib import Path

import pytest

from tests.support.world import World, write_files


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
def world(tmp_path: Path) -> World:
    """The afternoon's files, nothing imported."""
    write_files(tmp_path / "files")
    return World(tmp_path / "home", tmp_path / "files")
