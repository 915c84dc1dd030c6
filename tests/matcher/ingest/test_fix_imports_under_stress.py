"""Imports that are killed at any moment, and imports of more than fits in memory: in processes of their own."""

import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from matcher.ingest.fixes import import_fixes
from matcher.store.fixes import FixStore
from matcher.store.origins import WITHDRAWN
from tests.proofs.recorder import Proof
from tests.support.programs import Program, run_program

pytestmark = pytest.mark.slow

START = datetime(2019, 6, 1, tzinfo=UTC)
NOW = datetime(2019, 7, 1, tzinfo=UTC)

IMPORT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from matcher.ingest.fixes import import_fixes
from matcher.store.fixes import FixStore
from tests.proofs.recorder import Proof

store_path, file, rejects, buffer_rows = sys.argv[1:]
store = FixStore.open(store_path, buffer_rows=int(buffer_rows))
print("begins", flush=True)
report = import_fixes(store, Path(file), rejects_dir=Path(rejects), now=datetime(2019, 7, 1, tzinfo=UTC))
# Not getrusage: its peak counts the parent's memory too, from before the exec.
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(report.rows, report.new, int(status["VmHWM"].split()[0]) // 1024, flush=True)
"""


def write_fixes(path: Path, devices: int, days: int, seed: int) -> int:
    """Minute fixes sorted by device, a few of each hundred bad or double; the number of rows."""
    rng = np.random.default_rng(seed)
    n = devices * days * 1440
    minute = np.tile(np.arange(days * 1440), devices)
    frame = pl.DataFrame(
        {
            "device_id": np.repeat(np.arange(devices), days * 1440),
            "t": int(START.timestamp()) + 60 * (minute - (rng.random(n) < 0.02)),
            "lat": np.where(rng.random(n) < 0.01, 5.15, 51.5) + rng.random(n).round(5) / 10,
            "lon": -0.1 + rng.random(n).round(5) / 10,
            "accuracy": rng.integers(3, 60, n),
        }
    )
    frame.with_columns(pl.format("TAG{}", "device_id").alias("device_id")).write_csv(path)
    return n


def content(store: FixStore) -> pl.DataFrame:
    days = store.days()
    return store.read(days[0], days[-1])


def files_of(store: FixStore) -> set[str]:
    return {
        str(path.relative_to(store.path))
        for path in store.path.rglob("*")
        if path.is_file() and "_delta_log" not in str(path)
    }


def run_for(store_path: Path, file: Path, rejects: Path, seconds: float | None) -> float:
    """Import in another process, killed after so many seconds of it; how long it ran."""
    with Program(IMPORT, [store_path, file, rejects, "20000"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        began = time.monotonic()
        if seconds is None:
            process.wait()
        else:
            time.sleep(seconds)
            process.kill()
    return time.monotonic() - began


def kill_imports(folder: Path, kills: int, seed: int) -> list[str]:
    """Kill an import again and again at random moments; after each, and after a rerun, look at the store."""
    moment = random.Random(seed)
    first, second = folder / "first.csv", folder / "second.csv"
    write_fixes(first, devices=12, days=3, seed=1)
    write_fixes(second, devices=30, days=4, seed=2)
    before_path = folder / "before"
    before = FixStore.open(before_path)
    import_fixes(before, first, rejects_dir=folder, now=NOW)
    unbroken_path = shutil.copytree(before_path, folder / "unbroken")
    unbroken = FixStore.open(unbroken_path)
    report = import_fixes(unbroken, second, rejects_dir=folder / "rejects", now=NOW)
    assert report.rejects_path is not None
    rejects = report.rejects_path.read_bytes()
    states = {"before": content(before), "after": content(unbroken)}
    seen = []
    takes_s = run_for(shutil.copytree(before_path, folder / "timed"), second, folder / "timed-rejects", None)
    for number in range(kills):
        path = shutil.copytree(before_path, folder / f"killed-{number}")
        run_for(path, second, folder / f"rejects-{number}", takes_s * moment.uniform(0, 1.1))
        found = content(FixStore.open(path))
        seen.append(next((name for name, state in states.items() if state.equals(found)), "something between"))
        again = FixStore.open(path)
        import_fixes(again, second, rejects_dir=folder / f"rejects-{number}", now=NOW)
        assert content(again).equals(states["after"])
        assert (folder / f"rejects-{number}" / report.rejects_path.name).read_bytes() == rejects
        live = {str(file.relative_to(path)) for day in again.days() for file in again.day_files(day)}
        # Replaced files stay for readers; nothing of the killed one does.
        again.vacuum(0)
        shares = {str(file.relative_to(path)) for file in again.origins.shares()}
        assert len(shares) == 7
        assert files_of(again) == live | shares | {"_tagpilot/lock", "_index/manifest.json"}
        shutil.rmtree(path)
    return seen


@pytest.mark.slow
def test_an_import_killed_at_any_moment_is_there_whole_or_not_at_all_and_a_rerun_completes_it(tmp_path: Path) -> None:
    assert set(kill_imports(tmp_path, kills=3, seed=3)) <= {"before", "after"}


AT_A_MOMENT = """
import os, sys
from deltalake import DeltaTable
from matcher.store import writing
from matcher.store.fixes import FixStore
from tests.proofs.recorder import Proof

store_path, moment, device = sys.argv[1:]
origin = device.removeprefix("of ")

def die(*_, **__):
    os.kill(os.getpid(), 9)

commit, write_day = DeltaTable.create_write_transaction, writing.write_day
if moment == "days written, not committed":
    DeltaTable.create_write_transaction = die
elif moment == "committed, not tidied":
    DeltaTable.create_write_transaction = lambda *a, **k: die(commit(*a, **k))
else:
    writing.write_day = lambda *a: die(write_day(*a))
store = FixStore.open(store_path, buffer_rows=1)
if device != origin:
    store.withdraw(origin)
elif device:
    store.erase(device, None, None)
else:
    days = store.days()
    store.append(store.read(day, day).with_columns(accuracy_mm=1) for day in days)
"""


@pytest.mark.parametrize("device", ["", "TAG1", "of "], ids=["append", "erase", "withdraw"])
@pytest.mark.parametrize(
    ("moment", "done"),
    [("one day written", False), ("days written, not committed", False), ("committed, not tidied", True)],
)
def test_killed_at_a_chosen_moment_the_store_is_as_before_or_as_after(
    tmp_path: Path, moment: str, done: bool, device: str
) -> None:
    write_fixes(tmp_path / "fixes.csv", devices=3, days=2, seed=1)
    store = FixStore.open(tmp_path / "store")
    import_fixes(store, tmp_path / "fixes.csv", rejects_dir=tmp_path, now=NOW)
    before = content(store)
    after = before.filter(pl.col("device_id") != device).with_columns(
        accuracy_mm=pl.col("accuracy_mm") if device else pl.lit(1, pl.Int32)
    )
    if device == "of ":
        more = before.head(2).with_columns(accuracy_mm=1)
        store.append([more, more.with_columns(device_id=pl.lit("TAG9"))], origin="more")
        device, before, after = "of more", content(store), before
    # What an append before it replaced still serves readers, whatever the withdrawal comes to.
    left_before = _left(store)
    assert run_program(AT_A_MOMENT, store.path, moment, device).returncode == -9
    again = FixStore.open(store.path)
    assert content(again).equals(after if done else before)
    left = _left(again)
    if not done:
        assert left == left_before
    # A killed append's replaced files still serve readers; a killed erasure's are gone.
    replaced = _replaced(again, device) if done and device != "TAG1" else []
    assert {name.split("/")[0] for name in left - left_before} == set(replaced)
    assert [name for name in left if name.startswith("_tagpilot")] == ["_tagpilot/lock"]


def _left(store: FixStore) -> set[str]:
    """Files that the store as it is does not read."""
    kept = [*store.origins.shares(), *(path for day in store.days() for path in store.day_files(day))]
    return files_of(store) - {str(path.relative_to(store.path)) for path in kept}


def _replaced(store: FixStore, origin: str) -> list[str]:
    """Folders of days with a file that was replaced, or that are gone."""
    days = store.origins.days(origin.removeprefix("of "), WITHDRAWN) if origin else store.days()
    return [f"day={day}" for day in days]


@pytest.mark.prove("killed-fix-import")
def test_ten_imports_killed_at_random_moments(tmp_path: Path, proof: Proof) -> None:
    seen = kill_imports(tmp_path, kills=10, seed=10)
    found = f"found {seen.count('before')} times as before, {seen.count('after')} as after"
    proof.material(f"kills of an import of fixes at random moments: {found}", 10, "10")
    assert set(seen) <= {"before", "after"}


@pytest.fixture
def disk_path() -> Iterator[Path]:
    """A folder on the disk: pages of files in memory, where tests have their folders, count as the process's own."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        yield Path(folder)


def peak_mib(folder: Path, devices: int, days: int) -> tuple[int, int]:
    """Rows and peak memory of an import in a process of its own."""
    n = write_fixes(folder / "many.csv", devices, days, seed=5)
    arguments = [str(folder / "store"), str(folder / "many.csv"), str(folder), "500000"]
    told = subprocess.run([sys.executable, "-c", IMPORT, *arguments], capture_output=True, text=True, check=True).stdout
    rows, _, peak = map(int, told.split()[1:])
    assert rows == n
    return rows, peak


@pytest.mark.slow
def test_a_million_rows_import_in_a_bounded_memory(disk_path: Path) -> None:
    rows, peak = peak_mib(disk_path, devices=100, days=7)
    assert rows > 1_000_000
    assert peak < 700


@pytest.mark.prove("import-memory")
def test_twelve_million_rows_take_no_more_memory_than_one_million(disk_path: Path, proof: Proof) -> None:
    rows, peak = peak_mib(disk_path, devices=300, days=29)
    print(f"{rows:,} rows of CSV imported with a peak of {peak} MiB")
    proof.material("fixes of 300 devices over 29 days as one CSV file, rows", rows, seeds="5")
    proof.measured("import-memory", "one import", peak)
    assert rows > 12_000_000
    proof.assert_met()
