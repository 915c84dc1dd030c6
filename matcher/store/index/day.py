"""One day of the matcher's index: the rows that may be read, as Arrow IPC files in a folder of their own.

`fixes.arrow`
    The rows of permitted stretches, by device and time: t_us, x_mm, y_mm, accuracy_mm (-1: not known), mechanism,
    moving, accuracy_level. Uncompressed and in one batch, so that a mapped file is the columns as memory has them.
`stretches.arrow`
    What the day was made for: each device's stretches; of those that may be read which rows they are, their first and
    last instant, and their digest, of the others only how many rows there are.
`devices.arrow`
    Every device of the day and how many rows it has. `signs_here` says whether all its suspect fixes are in
    `signs.arrow`: those that lie in a permitted stretch are.
`sums.arrow`
    The sum of each 64 KiB of `fixes.arrow`: what is read is checked, and the rest need not be.

Any Arrow reader opens them. A later version may put further tables beside these: what is not known is not read.
"""

import io
import mmap
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import xxhash

from matcher.errors import Damaged
from matcher.frames import Bool, FixColumns, Int8, Int64
from matcher.schemas import INSTANT
from matcher.store.index.manifest import FOLDER, IndexedFile
from matcher.store.index.windows import Stretches

FIXES = "fixes.arrow"
STRETCHES, DEVICES, SIGNS, SUMS = "stretches.arrow", "devices.arrow", "signs.arrow", "sums.arrow"
CHUNK_BYTES = 1 << 16
FIX_COLUMNS: dict[str, np.dtype[Any]] = {
    "t_us": np.dtype("<i8"),
    "x_mm": np.dtype("<i4"),
    "y_mm": np.dtype("<i4"),
    "accuracy_mm": np.dtype("<i4"),
    "mechanism": np.dtype("i1"),
    "moving": np.dtype("i1"),
    "accuracy_level": np.dtype("i1"),
}
_CACHED_DAYS = 512


@dataclass(frozen=True, slots=True)
class DayTables:
    """The small tables of a day. Stretch s is of `devices[device[s]]`, [from_us, to_us), with `rows[s]` rows; those
    that are here begin at row `first_row[s]` (-1: not permitted) and have `digests[s]`. Device d has `device_rows[d]`
    rows in all."""

    devices: list[str]
    place: dict[str, int]
    device_rows: Int64
    signs_here: Bool
    device: Int64
    from_us: Int64
    to_us: Int64
    allowed: Bool
    rows: Int64
    first_row: Int64
    digests: npt.NDArray[np.uint8]
    sums: npt.NDArray[np.uint64]

    def stretches(self) -> Stretches:
        """What the day was made for."""
        found: Stretches = {}
        columns = (self.device, self.from_us, self.to_us, self.allowed)
        for d, low, high, allowed in zip(*(column.tolist() for column in columns), strict=True):
            found.setdefault(self.devices[d], []).append((low, high, allowed))
        return found


class IndexedDay:
    """A day of the index for reading. Its columns are mapped at once, so that they stay if the day is made again; each
    64 KiB of them is checked once, when it is first read."""

    def __init__(self, store: Path, file: IndexedFile) -> None:
        self._folder = store / FOLDER / file.folder
        self._file = file
        self.tables = _tables(self._folder, tuple(sorted(file.sums.items())))
        with (self._folder / FIXES).open("rb") as fixes:
            size = os.fstat(fixes.fileno()).st_size
            ends = [at + file.rows * dtype.itemsize for at, dtype in zip(file.at, FIX_COLUMNS.values(), strict=True)]
            if (size + CHUNK_BYTES - 1) // CHUNK_BYTES != len(self.tables.sums) or size < max(ends):
                raise index_changed(self._folder / FIXES)
            mapped = mmap.mmap(fixes.fileno(), 0, access=mmap.ACCESS_READ)
        arrays: list[Any] = [
            np.frombuffer(mapped, dtype, file.rows, at) for dtype, at in zip(FIX_COLUMNS.values(), file.at, strict=True)
        ]
        self._columns, self._levels = FixColumns(*arrays[:-1]), arrays[-1]
        self._raw = memoryview(mapped)
        self._checked = np.zeros(len(self.tables.sums), np.bool_)

    def signs(self) -> pl.DataFrame:
        """The suspect fixes here (`suspect_fixes.DAY_SIGNS`)."""
        return _table(self._folder, SIGNS, self._file.sums).with_columns(pl.col("from", "to").cast(INSTANT))

    def columns(self, low: Int64, high: Int64) -> tuple[FixColumns, Int8 | None]:
        """The day's columns and levels (None: no row declares one), of which rows low..high of each piece may be read:
        they are checked. Raises Damaged."""
        declared: Int8 | None = self._levels if self._file.declares_levels else None
        given: list[Any] = [*self._columns] if declared is None else [*self._columns, declared]
        for column, at in zip(given, self._file.at, strict=False):
            self._check(at + low * column.itemsize, at + high * column.itemsize)
        return self._columns, declared

    def check_all(self) -> None:
        """Check every byte. Raises Damaged."""
        self.signs()
        self._check(np.zeros(1, np.int64), np.array([len(self._raw)]))

    def _check(self, begin: Int64, end: Int64) -> None:
        edges = np.zeros(len(self._checked) + 1, np.int64)
        some = begin < end
        np.add.at(edges, begin[some] // CHUNK_BYTES, 1)
        np.add.at(edges, (end[some] - 1) // CHUNK_BYTES + 1, -1)
        for k in np.flatnonzero((np.cumsum(edges[:-1]) > 0) & ~self._checked).tolist():
            if xxhash.xxh3_64_intdigest(self._raw[k * CHUNK_BYTES : (k + 1) * CHUNK_BYTES]) != int(self.tables.sums[k]):
                raise index_changed(self._folder / FIXES)
            self._checked[k] = True


def index_changed(path: Path) -> Damaged:
    """The error to raise of a file of the index that has another sum than it was written with."""
    return Damaged(
        f"{'/'.join(path.parts[-3:])} has changed since it was written, so nothing of it is used. To make it again "
        "from the stored fixes: tagpilot fixes index --again"
    )


@lru_cache(maxsize=_CACHED_DAYS)
def _tables(folder: Path, sums: tuple[tuple[str, str], ...]) -> DayTables:
    told = dict(sums)
    devices, stretches = _table(folder, DEVICES, told), _table(folder, STRETCHES, told)
    names = devices["device_id"].to_list()
    return DayTables(
        names,
        {name: d for d, name in enumerate(names)},
        devices["rows"].to_numpy(),
        devices["signs_here"].to_numpy(),
        stretches["device"].to_numpy(),
        stretches["from_us"].to_numpy(),
        stretches["to_us"].to_numpy(),
        stretches["permitted"].to_numpy(),
        stretches["rows"].to_numpy(),
        stretches["first_row"].fill_null(-1).to_numpy(),
        np.frombuffer(b"".join(stretches["digest"].fill_null(bytes(32)).to_list()), np.uint8).reshape(-1, 32),
        _table(folder, SUMS, told)["xxh3_64"].to_numpy(),
    )


def _table(folder: Path, name: str, sums: dict[str, str]) -> pl.DataFrame:
    """A table of a day, checked. Raises Damaged; FileNotFoundError if the day was made again meanwhile."""
    raw = (folder / name).read_bytes()
    if xxhash.xxh3_128_hexdigest(raw) != sums[name]:
        raise index_changed(folder / name)
    return pl.read_ipc(io.BytesIO(raw))


def write_table(path: Path, table: pl.DataFrame) -> str:
    """Write one table as an Arrow IPC file, and sync it to disk; its sum."""
    buffer = io.BytesIO()
    table.write_ipc(buffer, compression="uncompressed", compat_level=pl.CompatLevel.oldest())
    raw = buffer.getvalue()
    with path.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    return xxhash.xxh3_128_hexdigest(raw)


def write_fixes(path: Path, columns: FixColumns, levels: Int8) -> tuple[tuple[int, ...], npt.NDArray[np.uint64]]:
    """Write the columns as one batch of an Arrow IPC file, and sync it to disk. The byte at which each begins, and the
    sum of each 64 KiB."""
    # A match does not import pyarrow; whoever makes an index does.
    import pyarrow as pa
    import pyarrow.ipc

    arrays = [pa.array(np.ascontiguousarray(column)) for column in (*columns, levels)]
    batch = pa.record_batch(arrays, names=list(FIX_COLUMNS))
    with path.open("wb") as file:
        with pyarrow.ipc.new_file(file, batch.schema) as writer:
            writer.write_batch(batch)
        file.flush()
        os.fsync(file.fileno())
    with pa.memory_map(str(path)) as mapped:
        whole = mapped.read_buffer()
        stored = pyarrow.ipc.open_file(pa.BufferReader(whole)).get_batch(0)
        at = tuple(column.buffers()[1].address - whole.address if len(column) else 0 for column in stored.columns)
        raw = memoryview(whole)
        sums = [xxhash.xxh3_64_intdigest(raw[k : k + CHUNK_BYTES]) for k in range(0, len(raw), CHUNK_BYTES)]
    return at, np.array(sums, np.uint64)
