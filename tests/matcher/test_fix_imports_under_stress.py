"""Imports that are killed at any moment, and imports of more than fits in memory: in processes of their own."""

import random
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from matcher.fix_files import import_fixes
from matcher.fix_store import FixStore

START = datetime(2019, 6, 1, tzinfo=UTC)
NOW = datetime(2019, 7, 1, tzinfo=UTC)

IMPORT = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from matcher.fix_files import import_fixes
from matcher.fix_store import FixStore

store_path, file, rejects, buffer_rows = sys.argv[1:]
store = FixStore.open(store_path, buffer_rows=int(buffer_rows))
print("begins", flush=True)
report = import_fixes(store, Path(file), rejects_dir=Path(rejects), now=datetime(2019, 7, 1, tzinfo=UTC))
print(report.rows, report.new, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, flush=True)
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
    began = time.monotonic()
    report = import_fixes(unbroken, second, rejects_dir=folder / "rejects", now=NOW)
    takes_s = time.monotonic() - began
    assert report.rejects_path is not None
    rejects = report.rejects_path.read_bytes()
    states = {"before": content(before), "after": content(unbroken)}
    seen = []
    for number in range(kills):
        path = shutil.copytree(before_path, folder / f"killed-{number}")
        arguments = [sys.executable, "-c", IMPORT, str(path), str(second), str(folder / f"rejects-{number}"), "20000"]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(moment.uniform(0, 1.5 * takes_s))
            process.kill()
        found = content(FixStore.open(path))
        seen.append(next((name for name, state in states.items() if state.equals(found)), "something between"))
        again = FixStore.open(path)
        import_fixes(again, second, rejects_dir=folder / f"rejects-{number}", now=NOW)
        assert content(again).equals(states["after"])
        assert (folder / f"rejects-{number}" / "second.csv.rejects.csv").read_bytes() == rejects
        live = {str(file.relative_to(path)) for day in again.days() for file in again.day_files(day)}
        # Replaced files stay for readers; nothing of the killed one does.
        again.vacuum(0)
        assert files_of(again) == live | {"_tagpilot/lock"}
        shutil.rmtree(path)
    return seen


def test_an_import_killed_at_any_moment_is_there_whole_or_not_at_all_and_a_rerun_completes_it(tmp_path: Path) -> None:
    assert set(kill_imports(tmp_path, kills=3, seed=3)) <= {"before", "after"}


@pytest.mark.prove
def test_ten_imports_killed_at_random_moments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = kill_imports(tmp_path, kills=10, seed=10)
    with capsys.disabled():
        print(f"\n10 imports killed: found {seen.count('before')} times as before, {seen.count('after')} as after")
    assert set(seen) <= {"before", "after"}


def peak_mib(folder: Path, devices: int, days: int) -> tuple[int, int]:
    """Rows and peak memory of an import in a process of its own."""
    n = write_fixes(folder / "many.csv", devices, days, seed=5)
    arguments = [str(folder / "store"), str(folder / "many.csv"), str(folder), "500000"]
    told = subprocess.run([sys.executable, "-c", IMPORT, *arguments], capture_output=True, text=True, check=True).stdout
    rows, _, peak = map(int, told.split()[1:])
    assert rows == n
    return rows, peak


def test_a_million_rows_import_in_a_bounded_memory(tmp_path: Path) -> None:
    rows, peak = peak_mib(tmp_path, devices=100, days=7)
    assert rows > 1_000_000
    assert peak < 700


@pytest.mark.prove
def test_twelve_million_rows_take_no_more_memory_than_one_million(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, peak = peak_mib(tmp_path, devices=300, days=29)
    with capsys.disabled():
        print(f"\n{rows:,} rows of CSV imported with a peak of {peak} MiB")
    assert rows > 12_000_000
    assert peak < 900
