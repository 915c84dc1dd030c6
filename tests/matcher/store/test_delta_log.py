"""The log read here says what the library that writes it says, or nothing."""

import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from deltalake import DeltaTable, write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import Damaged
from matcher.store import delta as fix_delta
from matcher.store.delta_log import is_table, read_log
from matcher.store.fixes import FixStore
from tests.support.walks import START, stored_fixes

DAY = timedelta(days=1)
ROWS = stored_fixes(np.random.default_rng(1), wearers=3, days=4).gather_every(60)


def same_as_the_library(path: Path) -> bool:
    """Whether the log was plain enough to read; if so, that it says what the library says."""
    said = read_log(path)
    if said is not None:
        assert said == fix_delta.state(fix_delta.load(path))
    return said is not None


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["append", "erase", "foreign", "compact"]), st.integers(0, 99)), max_size=6))
def test_the_log_reader_agrees_with_the_library(steps: list[tuple[str, int]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        store = FixStore.open(Path(folder) / "store")
        assert same_as_the_library(store.path)
        for what, at in steps:
            some = ROWS.gather_every(7, offset=at % 7).filter(pl.col("t") < START + (1 + at % 4) * DAY)
            if what == "append":
                store.append([some])
            elif what == "erase":
                store.erase(f"D{at % 3:02}", None, None)
            elif what == "foreign":
                write_deltalake(str(store.path), some.with_columns(day=pl.col("t").dt.date()).to_arrow(), mode="append")
            else:
                store.compact()
            assert same_as_the_library(store.path)


def test_paths_that_need_quoting_are_found(tmp_path: Path) -> None:
    rows = ROWS.head(3).with_columns(day=pl.Series(["a b", "c%d", "é=é"]))
    write_deltalake(str(tmp_path), rows.to_arrow(), partition_by=["day"])
    assert same_as_the_library(tmp_path)
    state = read_log(tmp_path)
    assert state is not None
    assert all((tmp_path / path).exists() for path in state.days)


def test_a_log_with_a_checkpoint_is_left_to_the_library_and_read_the_same(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "store")
    store.append([ROWS])
    before = store.read(START.date(), (START + 5 * DAY).date())
    DeltaTable(str(store.path)).create_checkpoint()
    assert read_log(store.path) is None
    assert FixStore.open(store.path).read(START.date(), (START + 5 * DAY).date()).equals(before)
    assert store.append([ROWS]).same == ROWS.height


def _rewritten(path: Path, change: dict[str, object]) -> None:
    log = path / "_delta_log" / f"{0:020d}.json"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    log.write_text("\n".join(json.dumps({**line, **{k: v for k, v in change.items() if k in line}}) for line in lines))


def test_a_newer_protocol_a_missing_version_and_a_broken_line_are_left_to_the_library(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "store")
    store.append([ROWS])
    logs = sorted((store.path / "_delta_log").glob("*.json"))
    for spoil in ("protocol", "missing", "torn"):
        spoiled = tmp_path / spoil
        shutil.copytree(store.path, spoiled)
        if spoil == "protocol":
            _rewritten(spoiled, {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7}})
        elif spoil == "missing":
            (spoiled / "_delta_log" / logs[0].name).unlink()
        else:
            torn = spoiled / "_delta_log" / logs[1].name
            torn.write_text(torn.read_text()[:-30])
        assert is_table(spoiled)
        assert read_log(spoiled) is None
    with pytest.raises(Damaged, match="cannot be read"):
        FixStore.open(tmp_path / "torn")


def test_a_folder_without_a_log_is_not_a_table(tmp_path: Path) -> None:
    assert not is_table(tmp_path)
    (tmp_path / "_delta_log").mkdir()
    assert not is_table(tmp_path)
    assert read_log(tmp_path) is None


READS = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import matcher.runs.run
from matcher.store.fixes import FixStore

store = FixStore.open(Path(sys.argv[1]), create=False)
rows = sum(frame.height for _, frame in store.scan_days(None, None, None))
print(rows, *(name for name in ("deltalake", "pyarrow", "pandas") if name in sys.modules))
"""


@pytest.mark.slow
def test_reading_imports_neither_the_delta_library_nor_arrow(tmp_path: Path) -> None:
    store = FixStore.open(tmp_path / "store")
    store.append([ROWS])
    done = subprocess.run(
        [sys.executable, "-c", READS, str(store.path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(ROWS.height)]
