"""The index of a day's file, between the last row group and the Parquet footer.

The file is ordinary Parquet: any reader finds the columns by the footer and ignores the index. Decoding is too slow for
a run, which needs six numbers of some devices' fixes. So the numeric columns are written plain, one page a row group,
with their values one after the other as in memory, and the index has their byte offsets: reading is copying. Columns
for which Parquet cannot do that (mechanisms, which are text, whether a speed over 0 is stated, and accuracies with
missing values) are repeated as plain numbers before the index.

Layout after the row groups::

    plain numbers | levels | index: JSON, then arrays | byte offset of the index, u64 | MAGIC | Parquet footer

The levels are those at which accuracies are stated, a byte a row, and are there only if a row declares one.

A file without an index, from another tool or an earlier version, is read as rows.
"""

import json
import mmap
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from io import BufferedRandom
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from matcher.frames import FixColumns, Int8, Int64
from matcher.store.merge import MECHANISM
from matcher.store.suspect_fixes import signs_of

if TYPE_CHECKING:
    import pyarrow.parquet as pq

MAGIC = b"TAGPILO2"
NO_ACCURACY = -1
_CACHED_INDEXES = 256
_TAIL = len(MAGIC) + 8
_PARQUET_TAIL = 8


_WIDTHS = (8, 4, 4, 4, 1, 1)
_IN_PARQUET = ("t", "x_mm", "y_mm", "accuracy_mm")


@dataclass(frozen=True, slots=True)
class DayIndex:
    """Which rows of a day's file are of which device, and at which bytes their values are.

    Rows `starts[i]..starts[i + 1]` are of `devices[i]`, the first at `first_us[i]` and the last at `last_us[i]`;
    `digests[i]` is their `digest_of`. `place` gives the index of a device. Row group g has the rows
    `group_starts[g]..group_starts[g + 1]`; their values of column c (as in `FixColumns`) begin at byte `at[c, g]`.
    `signs` are the rows of `suspect_fixes.signs_of` the day, instants in us; None if the file does not have them.
    `levels_at` is the byte at which the rows' `accuracy_level` begin; None if no row declares one.
    """

    devices: list[str]
    mechanisms: list[str]
    starts: Int64
    first_us: Int64
    last_us: Int64
    digests: npt.NDArray[np.uint8]
    group_starts: Int64
    at: Int64
    place: dict[str, int]
    signs: list[list[Any]] | None = None
    levels_at: int | None = None

    def levels(self, raw: npt.NDArray[np.uint8], low: int, high: int) -> Int8 | None:
        """`accuracy_level` of rows low..high of the file with these bytes; None if no row of it declares one."""
        if self.levels_at is None:
            return None
        return raw[self.levels_at + low : self.levels_at + high].view(np.int8)


def columns_of(rows: pl.DataFrame) -> FixColumns:
    """The columns of stored rows (as `STORED_FIXES`) that a run needs, as arrays."""
    return FixColumns(
        rows["t"].to_physical().to_numpy(),
        rows["x_mm"].to_numpy(),
        rows["y_mm"].to_numpy(),
        rows["accuracy_mm"].fill_null(NO_ACCURACY).to_numpy(),
        rows["mechanism"].cast(MECHANISM).to_physical().cast(pl.Int8).to_numpy(),
        (rows["speed_kmh"] > 0).fill_null(False).cast(pl.Int8).to_numpy(),
    )


def levels_of(rows: pl.DataFrame) -> Int8 | None:
    """The `accuracy_level` of stored rows; None if no row declares one."""
    levels: Int8 = rows["accuracy_level"].to_numpy()
    return levels if levels.any() else None


def digest_of(columns: FixColumns, low: int, high: int, levels: Int8 | None = None) -> bytes:
    """sha256 of rows low..high, column by column, `levels` last if any is declared. The rows are sorted by (t,
    mechanism), one a key."""
    digest = sha256()
    for column in columns:
        digest.update(np.ascontiguousarray(column[low:high]).data)
    if levels is not None and levels[low:high].any():
        digest.update(np.ascontiguousarray(levels[low:high]).data)
    return digest.digest()


def index_of(rows: pl.DataFrame, columns: FixColumns) -> DayIndex:
    """The index of sorted rows that are not in a file yet: `at` is empty."""
    runs = rows["device_id"].rle().struct.unnest()
    starts = np.concatenate(([0], np.cumsum(runs["len"].to_numpy()))).astype(np.int64)
    levels = levels_of(rows)
    digests = b"".join(digest_of(columns, low, high, levels) for low, high in pairwise(starts.tolist()))
    devices = runs["value"].to_list()
    return DayIndex(
        devices=devices,
        mechanisms=rows["mechanism"].unique().sort().to_list(),
        starts=starts,
        first_us=columns.t_us[starts[:-1]],
        last_us=columns.t_us[starts[1:] - 1],
        digests=np.frombuffer(digests, np.uint8).reshape(-1, 32),
        group_starts=np.array([0, rows.height], np.int64),
        at=np.empty((len(columns), 0), np.int64),
        place={device: i for i, device in enumerate(devices)},
    )


def add_index(file: BufferedRandom, rows: pl.DataFrame) -> None:
    """Insert the index of sorted `rows` into the Parquet file that has them, which is open for reading and writing."""
    import pyarrow.parquet as pq

    metadata = pq.read_metadata(file)
    columns = columns_of(rows)
    index = index_of(rows, columns)
    sizes = [metadata.row_group(g).num_rows for g in range(metadata.num_row_groups)]
    group_starts = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    file.seek(-_PARQUET_TAIL, 2)
    end = file.tell()
    footer_bytes = int.from_bytes(file.read(4), "little")
    file.seek(end - footer_bytes)
    footer = file.read()
    at, repeated = _locate(file, metadata, columns, group_starts, end - footer_bytes)
    file.seek(end - footer_bytes)
    file.truncate()
    file.write(repeated)
    named = {"devices": index.devices, "mechanisms": index.mechanisms, "row_groups": len(sizes)}
    if (levels := levels_of(rows)) is not None:
        named["levels_at"] = file.tell()
        file.write(np.ascontiguousarray(levels).tobytes())
    begins = file.tell()
    signs = signs_of(rows).with_columns(pl.col("from", "to").to_physical()).rows()
    head = json.dumps({**named, "signs": signs}, ensure_ascii=False).encode()
    file.write(len(head).to_bytes(8, "little") + head)
    for array in (index.starts, index.first_us, index.last_us, index.digests, group_starts, at):
        file.write(np.ascontiguousarray(array).tobytes())
    file.write(begins.to_bytes(8, "little") + MAGIC + footer)


def _locate(
    file: BufferedRandom, metadata: "pq.FileMetaData", columns: FixColumns, group_starts: Int64, end: int
) -> tuple[Int64, bytes]:
    """The byte offset of the values of each column and row group; and the values that are not stored plain, as bytes to
    append at `end`."""
    names = [metadata.schema.column(i).name for i in range(metadata.num_columns)]
    at = np.empty((len(columns), metadata.num_row_groups), np.int64)
    repeated = bytearray()
    for g in range(metadata.num_row_groups):
        for c in range(len(columns)):
            column: npt.NDArray[Any] = columns[c]
            values = np.ascontiguousarray(column[group_starts[g] : group_starts[g + 1]]).tobytes()
            found = -1
            if c < len(_IN_PARQUET):
                chunk = metadata.row_group(g).column(names.index(_IN_PARQUET[c]))
                # In a single plain page the values come last. The bytes are compared rather than assuming that it is
                # one.
                found = chunk.data_page_offset + chunk.total_compressed_size - len(values)
                file.seek(max(0, found))
                if file.read(len(values)) != values:
                    found = -1
            if found < 0:
                found = end + len(repeated)
                repeated += values
            at[c, g] = found
    return at, bytes(repeated)


@lru_cache(maxsize=_CACHED_INDEXES)
def day_index(path: Path) -> DayIndex | None:
    """The index of a day's file, or None. Files never change, so a process reads each index once."""
    with path.open("rb") as file:
        file.seek(-_PARQUET_TAIL, 2)
        end = file.tell() - int.from_bytes(file.read(4), "little")
        if end < _TAIL:
            return None
        file.seek(end - _TAIL)
        begins = int.from_bytes(file.read(8), "little")
        if file.read(len(MAGIC)) != MAGIC:
            return None
        file.seek(begins)
        tail = file.read(end - _TAIL - begins)
    head_end = 8 + int.from_bytes(tail[:8], "little")
    head = json.loads(tail[8:head_end])
    devices, groups = [sys.intern(device) for device in head["devices"]], head["row_groups"]
    cursor = head_end

    def take(dtype: type, *shape: int) -> Any:
        nonlocal cursor
        array: npt.NDArray[Any] = np.frombuffer(tail, dtype, int(np.prod(shape)), cursor).reshape(shape).copy()
        cursor += array.nbytes
        return array

    n = len(devices)
    return DayIndex(
        devices,
        head["mechanisms"],
        take(np.int64, n + 1),
        take(np.int64, n),
        take(np.int64, n),
        take(np.uint8, n, 32),
        take(np.int64, groups + 1),
        take(np.int64, len(_WIDTHS), groups),
        {device: i for i, device in enumerate(devices)},
        head.get("signs"),
        head.get("levels_at"),
    )


def map_file(path: Path) -> npt.NDArray[np.uint8]:
    """The bytes of a file, memory-mapped."""
    with path.open("rb") as file:
        return np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)


def in_one(columns: Iterable[npt.NDArray[Any]]) -> tuple[npt.NDArray[np.uint8], Int64]:
    """Columns end to end as bytes, and the byte at which each begins, shape ``(columns, 1)``."""
    parts = [np.ascontiguousarray(column).view(np.uint8) for column in columns]
    sizes = np.array([len(part) for part in parts], np.int64)
    return np.concatenate(parts), (np.cumsum(sizes) - sizes).reshape(-1, 1)


def index_in_memory(rows: pl.DataFrame) -> tuple[DayIndex, npt.NDArray[np.uint8]]:
    """Rows without an indexed file, in the form that `day_index` and `map_file` give."""
    columns = columns_of(rows)
    index = index_of(rows, columns)
    levels = levels_of(rows)
    raw, at = in_one(columns if levels is None else [*columns, levels])
    return DayIndex(
        index.devices,
        index.mechanisms,
        index.starts,
        index.first_us,
        index.last_us,
        index.digests,
        index.group_starts,
        at[: len(columns)],
        index.place,
        levels_at=None if levels is None else int(at[-1, 0]),
    ), raw
