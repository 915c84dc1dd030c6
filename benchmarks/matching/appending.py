"""Appending a day to a store and indexing it, beside Polars writing the same rows as Parquet; and bytes of a fix."""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from benchmarks.matching.hard_inputs import days_of
from benchmarks.matching.task import Task
from benchmarks.matching.worlds import World, everyone

if TYPE_CHECKING:
    from matcher.permitted import Permitted

DAYS = 5
"""Days that are appended, one after the other; the first is not counted, because compiled code is loaded then."""


def append_days(task: Task) -> dict[str, Any]:
    """Append new days to a copy of the store, each the rows of its last whole day moved to the day after the last, and
    have Polars write the same rows; the day is indexed as an import does it. Seconds of each, rows and
    Polars's bytes of a day."""
    from matcher.store.fixes import FixStore

    world = World(Path(task.home))
    store = Path(task.fixes or world.store)
    rows = last_day(World(Path(task.home)))
    days_apart = (max(FixStore.open(store).days()) - rows["t"][0].date()).days
    out: dict[str, Any] = {"rows": rows.height, "append_s": [], "append_processor_s": [], "polars_s": []}
    out |= {"index_s": [], "index_processor_s": [], "polars_processor_s": []}
    may = everyone(world.assignments())
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as temporary:
        copy = Path(temporary) / "fixes"
        shutil.copytree(store, copy)
        for k in range(1, DAYS + 1):
            moved = rows.with_columns(pl.col("t") + timedelta(days=days_apart + k))
            _timed(out, "append", lambda moved=moved: FixStore.open(copy).append([moved]))  # type: ignore[misc]
            day = rows["t"][0] + timedelta(days=days_apart + k)
            _timed(out, "index", lambda day=day: _index(copy, may, day))  # type: ignore[misc]
            file = Path(temporary) / f"{k}.parquet"
            _timed(out, "polars", lambda moved=moved, file=file: moved.write_parquet(file, compression="zstd"))  # type: ignore[misc]
        out["polars_bytes"] = file.stat().st_size
        appended = FixStore.open(copy).counts().rows - FixStore.open(store).counts().rows
    if appended != DAYS * rows.height:
        raise RuntimeError(f"{DAYS} days of {rows.height:,} rows were appended, but the store has {appended:,} more")
    return out


def _index(store: Path, may: "Permitted", instant: datetime) -> None:
    """Index the day of this instant."""
    from matcher.store.fixes import FixStore

    if FixStore.open(store).make_index(may, instant, instant + timedelta(microseconds=1)) != 1:
        raise RuntimeError(f"the day of {instant} was not indexed: the index has it, or nobody may be read then")


def _timed(out: dict[str, Any], name: str, run: Callable[[], object]) -> None:
    began, processor_began = time.perf_counter(), time.process_time()
    run()
    out[f"{name}_s"].append(time.perf_counter() - began)
    out[f"{name}_processor_s"].append(time.process_time() - processor_began)


def last_day(world: World) -> pl.DataFrame:
    """The rows of the last day that is as long as the others."""
    largest: pl.DataFrame | None = None
    for rows in days_of(world):
        if largest is None or rows.height > 0.8 * largest.height:
            largest = rows
    if largest is None:
        raise ValueError(f"{world.store} has no fixes")
    return largest


def medians_of(appended: dict[str, Any]) -> dict[str, Any]:
    """Medians of all days but the first, and the first."""
    out: dict[str, Any] = {"rows": appended["rows"], "polars_bytes": appended["polars_bytes"]}
    out["first_append_s"] = appended["append_s"][0]
    for name, values in appended.items():
        if isinstance(values, list):
            out[name] = statistics.median(values[1:])
    return out


def bytes_by_part(store: Path) -> dict[str, int]:
    """Bytes of the store's files on disk: the table's Parquet, the matcher's index, what is kept for withdrawals, the
    log. A part that the store does not have is 0."""
    out = {"table": 0, "index": 0, "withdrawals": 0, "log": 0}
    for path in store.rglob("*"):
        if path.is_file():
            top = path.relative_to(store).parts[0]
            if top.startswith("_"):
                part = {"_delta_log": "log", "_origins": "withdrawals"}.get(top, "index")
            else:
                part = "table" if path.suffix == ".parquet" else "index"
            out[part] += path.stat().st_size
    return out
