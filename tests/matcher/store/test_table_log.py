"""The log of the fix store's table: a match reads it through the library, or not at all where the index is of its
newest version."""

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

from matcher import EVERYONE
from matcher.errors import Damaged
from matcher.permitted import Permitted, permitted
from matcher.store import delta as fix_delta
from matcher.store.fixes import FixStore
from matcher.store.index.store_index import StoreIndex
from matcher.store.table_state import is_table, newest_version
from matcher.trails.read import told_by_store
from tests.support import walks
from tests.support.walks import START, stored_fixes

DAY = timedelta(days=1)
END = START + 4 * DAY
ROWS = stored_fixes(np.random.default_rng(1), wearers=3, days=4).gather_every(60)


def may() -> Permitted:
    return permitted(walks.assignments(3), EVERYONE, EVERYONE)


@pytest.fixture
def store(tmp_path: Path) -> FixStore:
    store = FixStore.open(tmp_path / "store")
    store.append([ROWS])
    store.make_index(may())
    return store


def library_says(path: Path) -> object:
    return fix_delta.state(fix_delta.load(path))


def test_the_manifest_has_the_table_as_the_library_reads_it_after_each_write(store: FixStore) -> None:
    index = StoreIndex(store.path)
    other = ROWS.with_columns(pl.col("x_mm") + 1, accuracy_mm=pl.lit(1, pl.Int32))
    writes = (
        lambda: store.append([other.filter(pl.col("t") < START + DAY)], origin="one"),
        lambda: store.withdraw("one"),
        lambda: store.give_back("one"),
        lambda: store.erase("D01", None, None),
        lambda: store.erase("D01", None, None),
    )
    for write in writes:
        write()
        assert index.table_now() == library_says(store.path)
    write_deltalake(str(store.path), other[:5].with_columns(day=pl.col("t").dt.date()).to_arrow(), mode="append")
    assert index.table_now() is None
    store.make_index(may())
    assert index.table_now() == library_says(store.path)
    assert store.compact() == 1
    assert index.table_now() == library_says(store.path)


def test_a_table_with_a_checkpoint_is_read_the_same(store: FixStore) -> None:
    before = store.read(START.date(), END.date())
    DeltaTable(str(store.path)).create_checkpoint()
    opened = FixStore.open(store.path)
    assert opened.read(START.date(), END.date()).equals(before)
    assert opened.append([ROWS]).same == ROWS.height
    # The commits before a checkpoint may be deleted by other tools.
    version = newest_version(store.path)
    assert version is not None
    for log in (store.path / "_delta_log").glob("*.json"):
        log.unlink()
    told = told_by_store(FixStore.open(store.path), may(), START, END)
    assert newest_version(store.path) == version
    store.drop_index()
    assert told_by_store(FixStore.open(store.path), may(), START, END) == told


def test_a_checkpoint_newer_than_the_index_is_seen(store: FixStore) -> None:
    write_deltalake(
        str(store.path),
        ROWS[:9].with_columns(pl.col("y_mm") + 1, day=pl.col("t").dt.date()).to_arrow(),
        mode="append",
    )
    table = DeltaTable(str(store.path))
    table.create_checkpoint()
    (store.path / "_delta_log" / f"{table.version():020d}.json").unlink()
    assert newest_version(store.path) == table.version()
    assert StoreIndex(store.path).table_now() is None
    assert FixStore.open(store.path).read(START.date(), END.date()).height == ROWS.height + 9


def test_a_newer_protocol_is_refused_as_the_library_refuses_it(store: FixStore) -> None:
    log = store.path / "_delta_log" / f"{0:020d}.json"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    newer = {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": ["unheardOf"], "writerFeatures": []}
    log.write_text(
        "\n".join(json.dumps({**line, **({"protocol": newer} if "protocol" in line else {})}) for line in lines)
    )
    with pytest.raises(Damaged, match="cannot be read"):
        FixStore.open(store.path).append([ROWS.with_columns(pl.col("x_mm") + 1)])


def test_a_commit_cut_short_is_damage_with_an_index_and_without(store: FixStore, tmp_path: Path) -> None:
    newest = max((store.path / "_delta_log").glob("*.json")).name
    for indexed in (True, False):
        for cut in (30, None):
            spoilt = tmp_path / f"{indexed}{cut}"
            shutil.copytree(store.path, spoilt)
            log = spoilt / "_delta_log" / newest
            log.write_text("" if cut is None else log.read_text().rstrip()[:-cut])
            if not indexed:
                shutil.rmtree(spoilt / "_index")
            assert is_table(spoilt)
            with pytest.raises(Damaged):
                FixStore.open(spoilt)


def test_a_missing_commit_is_damage_for_whoever_reads_the_log(store: FixStore) -> None:
    first = store.path / "_delta_log" / f"{0:020d}.json"
    first.unlink()
    shutil.rmtree(store.path / "_index")
    with pytest.raises(Damaged, match="cannot be read"):
        FixStore.open(store.path)


def test_a_folder_without_a_log_is_not_a_table(tmp_path: Path) -> None:
    assert not is_table(tmp_path)
    (tmp_path / "_delta_log").mkdir()
    assert not is_table(tmp_path)
    (tmp_path / "_delta_log" / "notes.json").write_text("{}")
    assert not is_table(tmp_path)


MATCHES = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import matcher.runs.run
from matcher import Params
from matcher.store.fixes import FixStore
from matcher.trails.read import read_trails, told_by_store
from matcher import EVERYONE
from matcher.permitted import permitted
from tests.support import walks

may = permitted(walks.assignments(3), EVERYONE, EVERYONE)

store = FixStore.open(Path(sys.argv[1]), create=False)
when = datetime(2019, 9, 1, tzinfo=UTC), datetime(2019, 9, 5, tzinfo=UTC)
store.make_index(may, *when)
told = told_by_store(store, may, *when)
trails = read_trails(store, may, *when, Params())
print(trails.counts["fixes_read"], *(name for name in ("deltalake", "pyarrow", "pandas") if name in sys.modules))
"""


@pytest.mark.slow
def test_a_match_over_a_current_index_imports_neither_the_delta_library_nor_arrow(store: FixStore) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MATCHES, str(store.path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(ROWS.height)]
