"""Backups made while fixes are imported: what is restored belongs together, and goes on being used."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.programs import Program
from tests.support.worlds import NOON, SCENE, World, done

pytestmark = pytest.mark.slow
FILES, RESTORED = 6, 1


def _file(folder: Path, number: int) -> Path:
    """Some minutes of one person on two days, of each file other minutes."""
    east, north = SCENE
    times = (NOON + timedelta(days=day, hours=number, seconds=20 * n) for day in (0, 1) for n in range(60))
    rows = (f"D-away,{t.isoformat()},{east + 900},{north},5" for t in times)
    path = folder / f"f{number}.csv"
    path.write_text("\n".join(["device_id,t,easting_m,northing_m,accuracy_m", *rows, ""]))
    return path


_IMPORTS = """
import sys
from click.testing import CliRunner
from api.cli.main import cli
home, *files = sys.argv[1:]
for file in files:
    ended = CliRunner().invoke(cli, ["import", "fixes", file, "--home", home])
    assert ended.exit_code == 0, ended.output
"""


@contextmanager
def _importing(world: World, files: list[Path]) -> Iterator[Program]:
    process = Program(_IMPORTS, [world.home, *files], environ={**os.environ, **world.environ})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("copied", ["sqlite"], indirect=True)
def test_a_backup_made_while_fixes_are_imported_is_whole_and_its_home_goes_on(copied: World, tmp_path: Path) -> None:
    files = [_file(tmp_path, number) for number in range(FILES)]
    made: list[Path] = []
    with _importing(copied, files) as process:
        while process.poll() is None:
            made.append(tmp_path / f"{len(made)}.tar")
            done(copied, "backup", made[-1])
            # Nor does anything seem damaged meanwhile.
            done(copied, "verify")
        assert process.wait() == 0
    done(copied, "verify", "--deep")
    for archive in made[:: max(1, len(made) // RESTORED)]:
        again = World(tmp_path / archive.stem / "home", copied.files)
        done(again, "restore", archive)
        done(again, "verify", "--deep")
        done(again, "import", "fixes", files[-1])
        done(again, "verify", "--deep")
