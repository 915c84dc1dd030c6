"""A rival at work: its files and crimes brought to it, asked once or once for each of many days, its pairs written."""

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.rivals import RIVALS, Source
from benchmarks.sizes import BUFFER_S, RADIUS_M
from benchmarks.task import Task
from benchmarks.worlds import World

DAY_US = 86_400_000_000


def live_files(store: Path) -> list[Path]:
    """The live Parquet files of our store, as any reader of Delta tables finds them."""
    from matcher.store.delta_log import read_log

    state = read_log(store)
    if state is None:
        raise ValueError(f"{store} has a log that is not read here")
    return sorted(store / path for path in state.days)


def rival_crimes(crimes: pl.DataFrame) -> pl.DataFrame:
    buffer_us = int(BUFFER_S * 1e6)
    return crimes.select(
        pl.int_range(pl.len(), dtype=pl.Int32).alias("crime"),
        pl.col("easting_m").alias("x"),
        pl.col("northing_m").alias("y"),
        (pl.col("t_from").cast(pl.Int64) - buffer_us).alias("start_us"),
        (pl.col("t_to").cast(pl.Int64) + buffer_us).alias("end_us"),
    )


def ask(task: Task) -> dict[str, Any]:
    """Ask once, or for the crimes' own day and `shifts` days before and after it, each by itself."""
    made = World(Path(task.home))
    work = time.perf_counter()
    crimes = rival_crimes(pl.read_parquet(task.crimes, glob=False) if task.crimes else made.crimes())
    if task.source == "store":
        source = Source(live_files(Path(task.fixes or made.store)), made.assignments(), made.wearers())
    else:
        source = Source([made.reference])
    out = task.answer or str(Path(tempfile.mkdtemp(dir=os.environ.get("TMPDIR"))) / "pairs.parquet")
    pairs = 0
    for day in range(-task.shifts, task.shifts + 1):
        moved = crimes.with_columns(pl.col("start_us", "end_us") + day * DAY_US)
        found = RIVALS[task.job](source, moved, RADIUS_M)
        pairs += found.height
        found.write_parquet(out)
    return {"pairs": pairs, "work_s": time.perf_counter() - work}
