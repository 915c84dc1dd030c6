"""A run's files read while an erasure replaces them: each file is read as it was when it was opened."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import matcher.runs
from matcher import EVERYONE, Params
from matcher.runs.erasure import erase_wearers
from matcher.runs.folder import RunFolder
from matcher.runs.run import run
from matcher.store.fixes import FixStore
from tests.support import walks

WEARERS = 8
FRAMES = ("candidates", "visits", "day_hits", "covered_days", "verdict_codes", "windows")


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    rng = np.random.default_rng(20190221)
    fixes = walks.stored_fixes(rng, WEARERS, 2)
    store = FixStore.open(tmp_path / "fixes")
    store.append([fixes])
    who: dict[str, Any] = {"assignments": walks.assignments(WEARERS), "monitored": EVERYONE, "eligible": EVERYONE}
    return run(store, walks.crimes_among(rng, fixes, 200), params=Params(), runs_dir=tmp_path / "runs", **who)


@pytest.mark.parametrize("name", FRAMES)
def test_rows_asked_for_before_an_erasure_are_those_from_before(folder: RunFolder, name: str) -> None:
    before = getattr(folder, name)().collect()
    asked = getattr(folder, name)()
    asked.collect_schema()
    assert erase_wearers(folder.path.parent, ["W02", "W05"])["runs"] == 1
    assert asked.collect().equals(before)
    after = getattr(folder, name)().collect()
    assert after.height < before.height
    assert set(after["wearer_id"]) == set(before["wearer_id"]) - {"W02", "W05"}


def test_files_of_a_run_are_read_with_scan_rows_or_read_rows() -> None:
    by_path = re.compile(r"\bpl\.(scan|read)_(parquet|ipc)\((?!BytesIO)")
    sources = {path.name: path.read_text() for path in Path(matcher.runs.__path__[0]).glob("*.py")}
    assert [name for name, source in sources.items() if by_path.search(source)] == []
