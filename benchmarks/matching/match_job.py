"""A whole match run as `tagpilot match` does it: opens the store, reads crimes, writes the run."""

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.matching.sizes import BUFFER_S, RADIUS_M
from benchmarks.matching.task import Task, peak_mib
from benchmarks.matching.worlds import World


def params_of(settings: dict[str, Any]) -> Any:
    """The benchmark's question, with these settings changed."""
    from matcher.params import Params

    return Params.from_json({"radius_m": RADIUS_M, "buffer_s": BUFFER_S, **settings})


def bytes_moved() -> tuple[int, int]:
    """Bytes that this process has had read from disks, and has written."""
    counted = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(counted["read_bytes"]), int(counted["write_bytes"])


def forget(store: Path) -> None:
    """Have the operating system drop the store's files from memory, so that they are read from the disk."""
    for path in store.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def run_match(task: Task, began: float) -> dict[str, Any]:
    """Run it, then `task.repeats` times more in the warm process, each time into a new folder so that none is
    reused."""
    from matcher.permitted import EVERYONE
    from matcher.runs.run import run
    from matcher.store.fixes import FixStore

    world = World(Path(task.home))
    temporary = Path(tempfile.mkdtemp(dir=os.environ.get("TMPDIR")))

    def once(runs: Path) -> Any:
        return run(
            FixStore.open(Path(task.fixes or world.store)),
            pl.read_parquet(task.crimes, glob=False) if task.crimes else world.crimes(),
            assignments=world.assignments(),
            monitored=EVERYONE,
            eligible=EVERYONE,
            params=params_of(task.params),
            runs_dir=runs,
            threads=task.threads,
        )

    if task.cold:
        forget(Path(task.fixes or world.store))
    moved_before = bytes_moved()
    work_began = time.perf_counter()
    folder = once(temporary / "first")
    ended = time.perf_counter()
    read_bytes, written_bytes = (after - before for after, before in zip(bytes_moved(), moved_before, strict=True))
    result: dict[str, Any] = {
        "seconds": ended - began,
        "work_s": ended - work_began,
        "peak_mib": peak_mib(),
        "pairs": folder.manifest["counts"]["candidates"],
        "fixes": folder.manifest["counts"]["fixes_read"],
        "crimes": folder.manifest["counts"]["crimes"],
        "read_bytes": read_bytes,
        "written_bytes": written_bytes,
        "matching_s": folder.timings["matching_s"],
        "phases": folder.timings.get("over_all_threads", {}),
        "again_s": [],
        "again_processor_s": [],
    }
    if task.answer:
        shutil.copy(folder.path / "candidates.parquet", task.answer)
    shutil.rmtree(temporary / "first")
    # Repeats and clearing up are not part of the measured time.
    uncounted_began = time.perf_counter()
    for k in range(task.repeats):
        repeat_began, processor_began = time.perf_counter(), time.process_time()
        once(temporary / str(k))
        result["again_s"].append(time.perf_counter() - repeat_began)
        result["again_processor_s"].append(time.process_time() - processor_began)
        shutil.rmtree(temporary / str(k))
    result["warm_peak_mib"] = peak_mib()
    result["not_counted_s"] = time.perf_counter() - uncounted_began
    return result
