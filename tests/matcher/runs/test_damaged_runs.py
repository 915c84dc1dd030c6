"""A damaged run is named, hides no other, and gives no answer."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matcher import EVERYONE, Params
from matcher.errors import Damaged, RunNotFound
from matcher.runs.erasure import erase_wearers
from matcher.runs.folder import MANIFEST, TIMINGS, RunFolder, damaged_files, find_run, list_runs, runs_in
from matcher.runs.run import run
from matcher.store.fixes import FixStore
from tests.support import walks
from tests.support.flips import flip

WEARERS = 6


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("runs")
    rng = np.random.default_rng(20191101)
    fixes = walks.stored_fixes(rng, WEARERS, 2)
    store = FixStore.open(home / "fixes")
    store.append([fixes])
    who: dict[str, Any] = {"assignments": walks.assignments(WEARERS), "monitored": EVERYONE, "eligible": EVERYONE}
    crimes = walks.crimes_among(rng, fixes, 60)
    for radius_m in (50, 100, 200):
        run(store, crimes, params=Params(radius_m=radius_m), runs_dir=home / "runs", **who)
    return home / "runs"


@pytest.fixture
def runs_dir(kept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(kept, tmp_path / "runs"))


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


DAMAGE: dict[str, Callable[[Path], object]] = {
    "truncated": _truncate,
    "empty": lambda path: path.write_bytes(b""),
    "flipped": lambda path: flip(path, path.stat().st_size // 2, 0),
    "missing": lambda path: path.unlink(),
}


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("file", [MANIFEST, TIMINGS])
def test_one_bad_run_is_named_and_hides_no_other(runs_dir: Path, file: str, how: str) -> None:
    bad, *others = sorted(run.run_id for run in list_runs(runs_dir))
    DAMAGE[how](runs_dir / bad / file)
    found = runs_in(runs_dir)
    assert sorted(run.run_id for run in found.whole) == others
    assert [each.name for each in found.damaged] == [bad]
    assert found.damaged[0].why
    for name in others:
        assert find_run(runs_dir, name).run_id == name
    with pytest.raises(Damaged, match=bad):
        find_run(runs_dir, bad)
    # It may be the latest: an earlier one must not be shown in its place.
    with pytest.raises(Damaged, match=bad):
        find_run(runs_dir, "latest")
    with pytest.raises(RunNotFound):
        find_run(runs_dir, "ffff0000ffff0000f")


@pytest.mark.parametrize("how", DAMAGE)
def test_every_file_of_a_run_is_checked(runs_dir: Path, how: str) -> None:
    run = list_runs(runs_dir)[0]
    assert damaged_files(run) == []
    for path in sorted(run.path.rglob("*.parquet")):
        raw = path.read_bytes()
        DAMAGE[how](path)
        assert damaged_files(run) == [path.relative_to(run.path).as_posix()]
        path.write_bytes(raw)


def test_erasing_does_not_pass_over_a_run_that_cannot_be_read(runs_dir: Path) -> None:
    bad, *others = sorted(run.run_id for run in list_runs(runs_dir))
    _truncate(runs_dir / bad / MANIFEST)
    with pytest.raises(Damaged, match=bad):
        erase_wearers(runs_dir, ["W01"])
    for name in others:
        windows = RunFolder.open(runs_dir / name).windows().collect()
        assert "W01" not in set(windows["wearer_id"])
        assert damaged_files(RunFolder.open(runs_dir / name)) == []


def _answers(run: RunFolder) -> dict[str, Any]:
    frames = ("candidates", "visits", "not_matchable", "day_hits", "covered_by_crime", "covered_days", "curves")
    more = ("verdicts", "verdict_codes", "crimes", "windows", "bad_fixes")
    return {"manifest": run.manifest, "timings": run.timings} | {
        name: getattr(run, name)().collect() for name in (*frames, *more)
    }


def test_no_flipped_bit_of_a_run_changes_an_answer(runs_dir: Path) -> None:
    name = list_runs(runs_dir)[0].run_id
    rng = random.Random(20191102)
    true = _answers(find_run(runs_dir, name))
    files = [path for path in sorted((runs_dir / name).rglob("*")) if path.is_file()]
    for _ in range(60):
        path = rng.choices(files, weights=[path.stat().st_size for path in files])[0]
        at, bit = rng.randrange(path.stat().st_size), rng.randrange(8)
        flip(path, at, bit)
        try:
            found = find_run(runs_dir, name)
            answers = _answers(found)
        except Damaged:
            pass
        else:
            unseen = [key for key, value in answers.items() if not _same(value, true[key])]
            assert not unseen, (path, at, bit)
        flip(path, at, bit)
    assert damaged_files(find_run(runs_dir, name)) == []


def _same(found: Any, true: Any) -> bool:
    return bool(found.equals(true)) if hasattr(true, "equals") else found == true
