"""One day of fixes as one Parquet file, written so that a group of devices is read without looking for it.

Rows are sorted by (device_id, t, mechanism); the footer says which devices the file has and how many rows each, so a
reader knows the rows of every device beforehand and decodes no device names. Values are uncompressed numbers under
LZ4: twice the size of zstd, decoded in half the time (decoding, not matching, is what a run waits for).
"""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from matcher.contracts import STORED_FIXES
from matcher.fix_merge import MECHANISM, checked, merge_day
from matcher.fix_stretches import midnight

ROW_GROUP_ROWS = 100_000
_FOOTER = "tagpilot.day"
_NEAR_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class DayIndex:
    """Where each device's rows stand in a day's file. `rows[i]` rows of `devices[i]`, one after the other."""

    devices: list[str]
    rows: list[int]
    mechanisms: list[str]


def write_day(path: Path, rows: pl.DataFrame) -> int:
    """Write sorted `rows` (as `STORED_FIXES`) to `path` and on to the disk. The size of the file in bytes."""
    runs = rows["device_id"].rle().struct.unnest()
    footer = {
        "devices": runs["value"].to_list(),
        "rows": runs["len"].to_list(),
        "mechanisms": rows["mechanism"].unique().sort().to_list(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        rows.write_parquet(
            out,
            compression="lz4",
            statistics=True,
            row_group_size=ROW_GROUP_ROWS,
            metadata={_FOOTER: json.dumps(footer, ensure_ascii=False)},
        )
        out.flush()
        os.fsync(out.fileno())
        return out.tell()


def day_index(path: Path) -> DayIndex | None:
    """The footer of a day's file; None if it was not written by `write_day`."""
    metadata = pq.read_metadata(path).metadata or {}
    footer = metadata.get(_FOOTER.encode())
    return None if footer is None else DayIndex(**json.loads(footer))


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
        Sorted bytewise; the categories of the Enum that `device_id` comes as.
    columns
        Of `STORED_FIXES`. `mechanism` comes as an Enum of `MECHANISMS`.
    """
    code_of = {device: code for code, device in enumerate(devices)}
    counts = np.asarray(index.rows, dtype=np.int64)
    starts = np.cumsum(counts) - counts
    codes = np.asarray([code_of.get(device, -1) for device in index.devices], dtype=np.int64)
    wanted = np.flatnonzero(codes >= 0)
    spans = _spans(starts[wanted], starts[wanted] + counts[wanted])
    if not spans:
        return pl.DataFrame(schema=_delivered(columns, devices))
    plain = [
        name for name in columns if name != "device_id" and not (name == "mechanism" and len(index.mechanisms) == 1)
    ]
    if t_from is not None or t_to is not None:
        plain = list(dict.fromkeys([*plain, "t"]))
    # With no column left to decode the rows are still counted out by one.
    scan = pl.scan_parquet(path, glob=False, hive_partitioning=False).select(plain or ["t"])
    frame = pl.concat([scan.slice(low, high - low) for low, high in spans]).collect()
    row_codes = np.concatenate([_codes_of(low, high, starts, counts, codes) for low, high in spans])
    frame = frame.with_columns(
        pl.Series("device_id", np.where(row_codes < 0, 0, row_codes).astype(np.uint32)).cat.to(pl.Enum(devices))
    )
    if len(index.mechanisms) == 1:
        frame = frame.with_columns(pl.lit(index.mechanisms[0]).alias("mechanism"))
    inside = [pl.Series("inside", row_codes >= 0)] if (row_codes < 0).any() else []
    limits = [pl.col("t") >= t_from] if t_from is not None else []
    limits += [pl.col("t") < t_to] if t_to is not None else []
    if inside or limits:
        frame = frame.filter(*inside, *limits)
    if "mechanism" in columns:
        frame = frame.with_columns(pl.col("mechanism").cast(MECHANISM))
    return frame.select(columns)


def _delivered(columns: Sequence[str], devices: Sequence[str]) -> dict[str, pl.DataType]:
    special: dict[str, pl.DataType] = {"device_id": pl.Enum(devices), "mechanism": MECHANISM}
    return {name: special.get(name, STORED_FIXES[name]) for name in columns}


def _spans(starts: np.ndarray, ends: np.ndarray) -> list[tuple[int, int]]:
    """Row ranges to decode: neighbours closer than a fifth of a row group are read through."""
    spans: list[tuple[int, int]] = []
    for low, high in zip(starts.tolist(), ends.tolist(), strict=True):
        if spans and low - spans[-1][1] < _NEAR_ROWS:
            spans[-1] = (spans[-1][0], high)
        else:
            spans.append((low, high))
    return spans


def _codes_of(low: int, high: int, starts: np.ndarray, counts: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Device code of each row of [low, high), -1 where the device is not wanted. Ranges begin and end with a device."""
    first, last = np.searchsorted(starts, [low, high])
    return np.repeat(codes[first:last], counts[first:last])


def is_whole(paths: Sequence[Path]) -> bool:
    """Whether a day is the one sorted file this package writes, not several that another tool appended."""
    return len(paths) == 1 and day_index(paths[0]) is not None


def devices_of(paths: Iterable[Path]) -> list[str]:
    """Devices in any of the files, sorted bytewise."""
    found: set[str] = set()
    for path in paths:
        index = day_index(path)
        found |= set(index.devices if index is not None else pl.read_parquet(path, columns=["device_id"])["device_id"])
    return sorted(found)


def stored_day(day: date, paths: Sequence[Path]) -> pl.DataFrame:
    """All a day has, as `STORED_FIXES`, sorted, one row a key."""
    if not paths:
        return pl.DataFrame(schema=STORED_FIXES)
    frames = [pl.read_parquet(path, glob=False, hive_partitioning=False, columns=list(STORED_FIXES)) for path in paths]
    if is_whole(paths):
        return frames[0]
    return merge_day(day, None, checked(pl.concat(frames))).rows


def scan_day(
    day: date,
    paths: Sequence[Path],
    devices: Sequence[str],
    columns: Sequence[str],
    t_from: datetime | None,
    t_to: datetime | None,
) -> pl.DataFrame:
    """`read_day` for a day's files, whoever wrote them."""
    # A day that lies in the stretch whole needs no look at its times.
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
    return rows.select(columns).cast(pl.Schema(_delivered(columns, devices)))
