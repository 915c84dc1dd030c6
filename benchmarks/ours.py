"""A whole match run as a user starts it: store opened, crimes read, run written."""

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.sizes import BUFFER_S, RADIUS_M
from benchmarks.task import Task, peak_mib
from benchmarks.worlds import World


def params_of(given: dict[str, Any]) -> Any:
    from matcher.params import Params

    return Params.from_json({"radius_m": RADIUS_M, "buffer_s": BUFFER_S, **given})


def whole_job(task: Task, began: float) -> dict[str, Any]:
    """Run it, and again in the warm process; a new folder every time, so that no run is found already there."""
    from matcher.permitted import EVERYONE
    from matcher.runs.run import run
    from matcher.store.fixes import FixStore

    made = World(Path(task.home))
    aside = Path(tempfile.mkdtemp(dir=os.environ.get("TMPDIR")))

    def once(runs: Path) -> Any:
        return run(
            FixStore.open(Path(task.fixes or made.store)),
            pl.read_parquet(task.crimes, glob=False) if task.crimes else made.crimes(),
            assignments=made.assignments(),
            monitored=EVERYONE,
            eligible=EVERYONE,
            params=params_of(task.params),
            runs_dir=runs,
            threads=task.threads,
        )

    work = time.perf_counter()
    folder = once(aside / "first")
    ended = time.perf_counter()
    told: dict[str, Any] = {
        "seconds": ended - began,
        "work_s": ended - work,
        "peak_mib": peak_mib(),
        "pairs": folder.manifest["counts"]["candidates"],
        "matching_s": folder.timings["matching_s"],
        "phases": folder.timings.get("over_all_threads", {}),
        "again_s": [],
    }
    if task.answer:
        shutil.copy(folder.path / "candidates.parquet", task.answer)
    shutil.rmtree(aside / "first")
    # The rest, and the tidying, are on nobody's bill.
    aside_s = time.perf_counter()
    for k in range(task.again):
        once_more = time.perf_counter()
        once(aside / str(k))
        told["again_s"].append(time.perf_counter() - once_more)
        shutil.rmtree(aside / str(k))
    told["warm_peak_mib"] = peak_mib()
    told["not_counted_s"] = time.perf_counter() - aside_s
    return told
