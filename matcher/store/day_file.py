"""Reads and writes one day of fixes as one Parquet file (zstd), sorted by (device_id, t, mechanism).

Nothing in it is our own: any Parquet reader reads it. A day of another tool, or of an earlier version, may be several
files, or a file in another order: it is read as rows.
"""

import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from matcher.accuracy import NOT_DECLARED
from matcher.schemas import STORED_FIXES
from matcher.store.device_periods import midnight
from matcher.store.merge import MECHANISM, checked, merge_day

ROW_GROUP_ROWS = 100_000
LAYOUT_KEY, LAYOUT = "tagpilot.fixes.layout", "2"
"""In the file's metadata: a day as this package writes it now. Earlier versions wrote none."""

_ZSTD_LEVEL = 1


def write_day(path: Path, rows: pl.DataFrame) -> int:
    """Write sorted `rows` (as `STORED_FIXES`) to `path` and sync it to disk. Returns its size in bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        rows.write_parquet(
            out,
            compression="zstd",
            compression_level=_ZSTD_LEVEL,
            row_group_size=ROW_GROUP_ROWS,
            metadata={LAYOUT_KEY: LAYOUT},
        )
        out.flush()
        os.fsync(out.fileno())
        return out.seek(0, os.SEEK_END)


def is_whole(paths: Sequence[Path]) -> bool:
    """Whether a day is one sorted file as this package writes it now."""
    return len(paths) == 1 and pl.read_parquet_metadata(paths[0]).get(LAYOUT_KEY) == LAYOUT


def devices_of(paths: Iterable[Path]) -> list[str]:
    """Devices in any of the files, sorted bytewise."""
    found: set[str] = set()
    for path in paths:
        found |= set(_column(path, "device_id").unique())
    return sorted(found)


def device_rows(paths: Iterable[Path]) -> list[tuple[str, int]]:
    """How many rows each device has in the files; in a day of several files a repeated key counts again."""
    counted: dict[str, int] = defaultdict(int)
    for path in paths:
        for device, n in _column(path, "device_id").value_counts().rows():
            counted[device] += n
    return list(counted.items())


def _column(path: Path, name: str) -> pl.Series:
    return pl.read_parquet(path, columns=[name], glob=False, hive_partitioning=False)[name]


def stored_day(day: date, paths: Sequence[Path], devices: Collection[str] | None = None) -> pl.DataFrame:
    """All rows of a day, or of some devices, as `STORED_FIXES`, sorted, one row a key."""
    if not paths:
        return pl.DataFrame(schema=STORED_FIXES)
    frames = [_rows_of(path, devices) for path in paths]
    if is_whole(paths):
        return frames[0]
    return merge_day(day, None, checked(pl.concat(frames))).rows


def _rows_of(path: Path, devices: Collection[str] | None) -> pl.DataFrame:
    """Rows of one file. Files from before levels were declared have none."""
    columns = pl.read_parquet_schema(path)
    there = [name for name in STORED_FIXES if name in columns]
    rows = pl.scan_parquet(path, glob=False, hive_partitioning=False).select(there)
    if devices is not None:
        rows = rows.filter(pl.col("device_id").is_in(list(devices)))
    if "accuracy_level" not in there:
        rows = rows.with_columns(accuracy_level=pl.lit(NOT_DECLARED, pl.Int8))
    return rows.collect()


def scan_day(
    day: date,
    paths: Sequence[Path],
    devices: Sequence[str],
    columns: Sequence[str],
    t_from: datetime | None,
    t_to: datetime | None,
) -> pl.DataFrame:
    """Rows of `devices` in [t_from, t_to), sorted.

    Parameters
    ----------
    devices
        Sorted bytewise; the categories of the Enum `device_id`.
    columns
        Of `STORED_FIXES`. `mechanism` is an Enum of `MECHANISMS`.
    """
    # A day that lies completely in [t_from, t_to) needs no filter by time.
    t_from = None if t_from is not None and t_from <= midnight(day) else t_from
    t_to = None if t_to is not None and t_to >= midnight(day + timedelta(days=1)) else t_to
    wanted = [pl.col("device_id").is_in(devices)]
    wanted += [pl.col("t") >= t_from] if t_from is not None else []
    wanted += [pl.col("t") < t_to] if t_to is not None else []
    special: dict[str, pl.DataType] = {"device_id": pl.Enum(devices), "mechanism": MECHANISM}
    casts = [pl.col(name).cast(special.get(name, STORED_FIXES[name])) for name in columns]
    if not is_whole(paths):
        return stored_day(day, paths).filter(wanted).select(casts)
    return pl.scan_parquet(paths[0], glob=False, hive_partitioning=False).filter(wanted).select(casts).collect()
