"""A write of the fix store that is killed leaves it as before or as after, and an index that says what its rows say."""

import random
import shutil
from pathlib import Path

import polars as pl
import pytest
from deltalake import write_deltalake

from matcher.store.fixes import FixStore
from matcher.store.index.manifest import read_manifest
from matcher.trails.read import days_that_differ, digests_of_rows, read_rows, told_by_store
from tests.proofs.recorder import Proof
from tests.support.indexed_fixes import DEVICES, END, FIXES, START, found_in_index
from tests.support.killed_store import WRITES, killed, may_read, steps_of


def content(store: FixStore) -> pl.DataFrame:
    return store.read(START.date(), END.date())


def store_before(path: Path, write: str) -> FixStore:
    """An indexed store for this write, which changes every day of it."""
    store = FixStore.open(path)
    store.append([FIXES.gather_every(2)], origin="first")
    store.append([FIXES.gather_every(6).with_columns(accuracy_mm=pl.lit(4_000, pl.Int32))], origin="second")
    if write == "compact":
        foreign = FIXES.gather_every(40, 1).with_columns(day=pl.col("t").dt.date())
        write_deltalake(str(store.path), foreign.to_arrow(), mode="append")
    if write != "index":
        store.make_index(may_read(FIXES))
    return store


def killed_at_random(tmp_path: Path, write: str, kills: int, seed: int) -> list[str]:
    """Kill the write at `kills` moments of its work, each time of the same store; what was found afterwards."""
    before = store_before(tmp_path / "before", write)
    FIXES.write_parquet(rows := tmp_path / "rows.parquet")
    shutil.copytree(before.path, tmp_path / "after")
    steps = steps_of(tmp_path / "after", write, rows)
    outcomes = {"before": content(before), "after": content(FixStore.open(tmp_path / "after"))}
    may, seen = may_read(FIXES), []
    picks = random.Random(seed)
    # Each from another part of the work.
    for k in range(kills):
        at = picks.randint(1 + k * steps // kills, max((k + 1) * steps // kills, 1 + k * steps // kills))
        shutil.copytree(before.path, path := tmp_path / f"killed{k}")
        killed(path, write, rows, at)
        # A match that comes first reads the table as it is, whatever the index was left as.
        store = FixStore.open(path)
        found = [name for name, rows_of in outcomes.items() if content(store).equals(rows_of)]
        assert found, f"{write} killed at step {at} of {steps}"
        seen.append(found[-1])
        assert told_by_store(store, may, START, END)[0] == digests_of_rows(read_rows(store, may, START, END), may)
        assert days_that_differ(store, may, START, END) == []
        there = {tuple(row) for row in content(store).select("device_id", "t").rows()}
        stuck = {(DEVICES[0], t) for t in FIXES.filter(pl.col("device_id") == DEVICES[0])["t"][60:80]}
        assert found_in_index(store) - stuck <= there
        WRITES[write](store, FIXES)
        assert content(store).equals(outcomes["after"])
        manifest = read_manifest(path)
        assert manifest is not None
        named = {each.folder for each in manifest.days.values()}
        assert {entry.name for entry in (path / "_index").iterdir()} == {"manifest.json", *named}
    return seen


@pytest.mark.slow
@pytest.mark.parametrize("write", sorted(WRITES))
def test_a_killed_write_is_whole_or_nothing_and_so_is_the_index(tmp_path: Path, write: str) -> None:
    assert len(killed_at_random(tmp_path, write, kills=2, seed=2)) == 2


@pytest.mark.prove("killed-fix-import")
@pytest.mark.parametrize("write", sorted(WRITES))
def test_ten_kills_of_each_write(tmp_path: Path, proof: Proof, write: str) -> None:
    seen = killed_at_random(tmp_path, write, kills=10, seed=10)
    said = f"found {seen.count('before')} times as before, {seen.count('after')} as after"
    proof.material(f"kills of a write of the fix store ({write}): {said}", 10, "10")
    assert len(seen) == 10
