"""Runs one rival: gives it files and crimes, asks once or once for each of many days, writes the pairs it found."""

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.matching.rivals import RIVALS, Source
from benchmarks.matching.sizes import BUFFER_S, RADIUS_M
from benchmarks.matching.spatial_rivals import SPATIAL
from benchmarks.matching.task import Task
from benchmarks.matching.worlds import World

DAY_US = 86_400_000_000


def live_files(store: Path) -> list[Path]:
    """The Parquet files in the current version of our store, as any Delta reader finds them."""
    from matcher.store.fixes import FixStore

    return sorted(path for paths in FixStore.open(store, create=False).files().values() for path in paths)


def rival_crimes(crimes: pl.DataFrame) -> pl.DataFrame:
    """Crimes as the rivals read them: row number, place in metres, window with its buffer in microseconds."""
    buffer_us = int(BUFFER_S * 1e6)
    return crimes.select(
        pl.int_range(pl.len(), dtype=pl.Int32).alias("crime"),
        pl.col("easting_m").alias("x"),
        pl.col("northing_m").alias("y"),
        (pl.col("t_from").cast(pl.Int64) - buffer_us).alias("start_us"),
        (pl.col("t_to").cast(pl.Int64) + buffer_us).alias("end_us"),
    )


def run_rival(task: Task) -> dict[str, Any]:
    """Ask once, or once for the crimes' own day and for each of `shifts` days before and after it."""
    world = World(Path(task.home))
    began = time.perf_counter()
    crimes = rival_crimes(pl.read_parquet(task.crimes, glob=False) if task.crimes else world.crimes())
    if task.source == "store":
        source = Source(live_files(Path(task.fixes or world.store)), world.assignments(), world.wearers())
    else:
        source = Source([world.reference])
    out = task.answer or str(Path(tempfile.mkdtemp(dir=os.environ.get("TMPDIR"))) / "pairs.parquet")
    ask = SPATIAL[task.job].ask if task.job in SPATIAL else RIVALS[task.job]
    pairs = 0
    for day in range(-task.shifts, task.shifts + 1):
        shifted = crimes.with_columns(pl.col("start_us", "end_us") + day * DAY_US)
        found = ask(source, shifted, RADIUS_M)
        pairs += found.height
        found.write_parquet(out)
    return {"pairs": pairs, "work_s": time.perf_counter() - began}
