"""Reads and writes one day of fixes as one Parquet file, in which a group of devices is found by an index.

Rows are sorted by (device_id, t, mechanism). The index (see `day_index`) says which rows are of which device, so a
reader decodes no device names; the numbers that a run needs are stored plain and not decoded at all.
"""

import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from matcher.accuracy import NOT_DECLARED
from matcher.schemas import INSTANT, STORED_FIXES
from matcher.store.day_index import DayIndex, add_index, day_index, index_in_memory, map_file
from matcher.store.device_periods import midnight
from matcher.store.merge import MECHANISM, checked, merge_day
from matcher.store.suspect_fixes import DAY_SIGNS, signs_of

ROW_GROUP_ROWS = 100_000
_NEAR_ROWS = 20_000
_PLAIN = ("t", "x_mm", "y_mm", "accuracy_mm")
_ONE_PAGE = 1 << 30


def write_day(path: Path, rows: pl.DataFrame) -> int:
    """Write sorted `rows` (as `STORED_FIXES`) to `path` and sync it to disk. Returns its size in bytes."""
    # Only writing needs pyarrow, so a run that reads does not import it.
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w+b") as out:
        pq.write_table(
            rows.to_arrow(compat_level=pl.CompatLevel.oldest()),
            out,
            row_group_size=ROW_GROUP_ROWS,
            compression={name: "none" if name in _PLAIN else "lz4" for name in rows.columns},
            use_dictionary=[name for name in rows.columns if name not in _PLAIN],
            data_page_size=_ONE_PAGE,
            max_rows_per_page=_ONE_PAGE,
            store_schema=False,
        )
        add_index(out, rows)
        out.flush()
        os.fsync(out.fileno())
        return out.seek(0, os.SEEK_END)


def read_day(
    path: Path,
    index: DayIndex,
    devices: Sequence[str],
    columns: Sequence[str],
    t_from: datetime | None,
    t_to: datetime | None,
) -> pl.DataFrame:
    """Rows of `devices` in [t_from, t_to), still sorted.

    Parameters
    ----------
    devices
        Sorted bytewise; the categories of the Enum `device_id`.
    columns
        Of `STORED_FIXES`. `mechanism` is an Enum of `MECHANISMS`.
    """
    code_of = {device: code for code, device in enumerate(devices)}
    counts, starts = np.diff(index.starts), index.starts[:-1]
    codes = np.asarray([code_of.get(device, -1) for device in index.devices], dtype=np.int64)
    wanted = np.flatnonzero(codes >= 0)
    spans = _spans(starts[wanted], starts[wanted] + counts[wanted])
    if not spans:
        return pl.DataFrame(schema=_schema_of(columns, devices))
    same = {"device_id"}
    if len(index.mechanisms) == 1:
        same.add("mechanism")
    if index.levels_at is None:
        same.add("accuracy_level")
    plain = [name for name in columns if name not in same]
    if t_from is not None or t_to is not None:
        plain = list(dict.fromkeys([*plain, "t"]))
    # If no column is left to decode, `t` is decoded to count the rows.
    scan = pl.scan_parquet(path, glob=False, hive_partitioning=False).select(plain or ["t"])
    frame = pl.concat([scan.slice(low, high - low) for low, high in spans]).collect()
    row_codes = np.concatenate([_codes_of(low, high, starts, counts, codes) for low, high in spans])
    frame = frame.with_columns(
        pl.Series("device_id", np.where(row_codes < 0, 0, row_codes).astype(np.uint32)).cat.to(pl.Enum(devices))
    )
    if len(index.mechanisms) == 1:
        frame = frame.with_columns(pl.lit(index.mechanisms[0]).alias("mechanism"))
    if index.levels_at is None:
        frame = frame.with_columns(pl.lit(NOT_DECLARED, pl.Int8).alias("accuracy_level"))
    inside = [pl.Series("inside", row_codes >= 0)] if (row_codes < 0).any() else []
    limits = [pl.col("t") >= t_from] if t_from is not None else []
    limits += [pl.col("t") < t_to] if t_to is not None else []
    if inside or limits:
        frame = frame.filter(*inside, *limits)
    if "mechanism" in columns:
        frame = frame.with_columns(pl.col("mechanism").cast(MECHANISM))
    return frame.select(columns)


def _schema_of(columns: Sequence[str], devices: Sequence[str]) -> dict[str, pl.DataType]:
    special: dict[str, pl.DataType] = {"device_id": pl.Enum(devices), "mechanism": MECHANISM}
    return {name: special.get(name, STORED_FIXES[name]) for name in columns}


def _spans(starts: np.ndarray, ends: np.ndarray) -> list[tuple[int, int]]:
    """Row ranges to decode; ranges closer than a fifth of a row group are joined."""
    spans: list[tuple[int, int]] = []
    for low, high in zip(starts.tolist(), ends.tolist(), strict=True):
        if spans and low - spans[-1][1] < _NEAR_ROWS:
            spans[-1] = (spans[-1][0], high)
        else:
            spans.append((low, high))
    return spans


def _codes_of(low: int, high: int, starts: np.ndarray, counts: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Device code of each row of [low, high), -1 for other devices. Ranges begin and end with a device."""
    first, last = np.searchsorted(starts, [low, high])
    return np.repeat(codes[first:last], counts[first:last])


def is_whole(paths: Sequence[Path]) -> bool:
    """Whether a day is one sorted file as this package writes it, not several that another tool appended."""
    return len(paths) == 1 and day_index(paths[0]) is not None


def devices_of(paths: Iterable[Path]) -> list[str]:
    """Devices in any of the files, sorted bytewise."""
    found: set[str] = set()
    for path in paths:
        index = day_index(path)
        found |= set(index.devices if index is not None else pl.read_parquet(path, columns=["device_id"])["device_id"])
    return sorted(found)


def device_rows(paths: Iterable[Path]) -> list[tuple[str, int]]:
    """How many rows each device has in the files; in a day of several files a repeated key counts again."""
    counted: dict[str, int] = defaultdict(int)
    for path in paths:
        index = day_index(path)
        rows: Iterable[tuple[str, int]]
        if index is not None:
            rows = zip(index.devices, np.diff(index.starts).tolist(), strict=True)
        else:
            rows = pl.read_parquet(path, columns=["device_id"])["device_id"].value_counts().rows()
        for device, n in rows:
            counted[device] += n
    return list(counted.items())


def stored_day(day: date, paths: Sequence[Path]) -> pl.DataFrame:
    """All rows of a day, as `STORED_FIXES`, sorted, one row a key."""
    if not paths:
        return pl.DataFrame(schema=STORED_FIXES)
    frames = [_rows_of(path) for path in paths]
    if is_whole(paths):
        return frames[0]
    return merge_day(day, None, checked(pl.concat(frames))).rows


def _rows_of(path: Path) -> pl.DataFrame:
    """All rows of one file. Files from before levels were declared have none."""
    there = [name for name in STORED_FIXES if name in pl.read_parquet_schema(path)]
    rows = pl.read_parquet(path, glob=False, hive_partitioning=False, columns=there)
    if "accuracy_level" not in there:
        rows = rows.with_columns(accuracy_level=pl.lit(NOT_DECLARED, pl.Int8))
    return rows


def scan_day(
    day: date,
    paths: Sequence[Path],
    devices: Sequence[str],
    columns: Sequence[str],
    t_from: datetime | None,
    t_to: datetime | None,
) -> pl.DataFrame:
    """`read_day` for a day's files, also for those that another tool wrote."""
    # A day that lies completely in [t_from, t_to) needs no filter by time.
    t_from = None if t_from is not None and t_from <= midnight(day) else t_from
    t_to = None if t_to is not None and t_to >= midnight(day + timedelta(days=1)) else t_to
    index = day_index(paths[0]) if len(paths) == 1 else None
    if index is not None:
        return read_day(paths[0], index, devices, columns, t_from, t_to)
    rows = stored_day(day, paths).filter(pl.col("device_id").is_in(devices))
    if t_from is not None:
        rows = rows.filter(pl.col("t") >= t_from)
    if t_to is not None:
        rows = rows.filter(pl.col("t") < t_to)
    return rows.select(columns).cast(pl.Schema(_schema_of(columns, devices)))


def plain_day(day: date, paths: Sequence[Path], devices: Collection[str]) -> tuple[DayIndex, npt.NDArray[np.uint8]]:
    """The index and the bytes of a day's file. If the day has several files, or one of another tool, those of the rows
    of `devices`, in memory."""
    index = day_index(paths[0]) if len(paths) == 1 else None
    if index is not None:
        return index, map_file(paths[0])
    return index_in_memory(stored_day(day, paths).filter(pl.col("device_id").is_in(devices)))


def day_signs(day: date, paths: Sequence[Path]) -> pl.DataFrame:
    """Signs of suspect fixes in a day, as `suspect_fixes.DAY_SIGNS`: from its index or, without one, its rows."""
    index = day_index(paths[0]) if len(paths) == 1 else None
    if index is None or index.signs is None:
        return signs_of(stored_day(day, paths))
    plain = {name: pl.Int64() if dtype == INSTANT else dtype for name, dtype in DAY_SIGNS.items()}
    return pl.DataFrame(index.signs, schema=plain, orient="row").with_columns(pl.col("from", "to").cast(INSTANT))
