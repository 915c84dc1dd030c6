"""One day of the matcher's index: the rows that may be read, as Arrow IPC files in a folder of their own.

`fixes.arrow`
    The rows of permitted stretches, by device and time: t_us, x_mm, y_mm, accuracy_mm (-1: not known), mechanism,
    moving, accuracy_level, and state, what has become of the row by the default rules (`kernels.indexed.states`).
`stretches.arrow`
    What the day was made for: each device's stretches; of those that may be read which rows they are, their first and
    last instant, and their digest, of the others only how many rows there are.
`devices.arrow`
    Every device of the day and how many rows it has. `signs_here` says whether all its suspect fixes are in
    `signs.arrow`: those that lie in a permitted stretch are.
`pieces.arrow`, `edges.arrow`, `path_stretches.arrow`, `blocks.arrow`, `nodes.arrow`
    The paths of permitted stretches by the default rules (`kernels.indexed.paths.PathTables`), and their nodes. They
    are missing where a row declares a level of its accuracy.
`sums.arrow`
    The sum of each 64 KiB of `fixes.arrow`, `blocks.arrow` and `nodes.arrow` (`columns`).

Any Arrow reader opens them. A later version may put further tables beside these: what is not known is not read.
"""

import io
import os
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import xxhash

from matcher.errors import Damaged
from matcher.frames import Bool, FixColumns, Int8, Int64, offsets
from matcher.kernels.arrays import BlockArrays, NodeArrays
from matcher.kernels.indexed.paths import BLOCKS as BLOCKS_OF_PIECE
from matcher.kernels.indexed.paths import NODES as NODES_OF_PIECE
from matcher.kernels.indexed.paths import PathTables
from matcher.schemas import INSTANT
from matcher.store.index.columns import MappedColumns, UInt64, index_changed
from matcher.store.index.manifest import FOLDER, IndexedFile
from matcher.store.index.paths import BLOCK_COLUMNS, NODE_COLUMNS
from matcher.store.index.windows import Stretches

FIXES, BLOCKS, NODES = "fixes.arrow", "blocks.arrow", "nodes.arrow"
STRETCHES, DEVICES, SIGNS, SUMS = "stretches.arrow", "devices.arrow", "signs.arrow", "sums.arrow"
PIECES, EDGES, PATH_STRETCHES = "pieces.arrow", "edges.arrow", "path_stretches.arrow"
FIX_COLUMNS: dict[str, np.dtype[Any]] = {
    "t_us": np.dtype("<i8"),
    "x_mm": np.dtype("<i4"),
    "y_mm": np.dtype("<i4"),
    "accuracy_mm": np.dtype("<i4"),
    "mechanism": np.dtype("i1"),
    "moving": np.dtype("i1"),
    "accuracy_level": np.dtype("i1"),
    "state": np.dtype("i1"),
}
EDGE_COLUMNS = ("t_us", "x_mm", "y_mm", "jump")
SPAN_COLUMNS = ("from_us", "to_us")
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
    sums: dict[str, UInt64]

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
        self._fixes = self._mapped(FIXES, FIX_COLUMNS)
        self._columns, self._levels = FixColumns(*self._fixes.columns[:6]), self._fixes.columns[6]
        self._blocks = self._mapped(BLOCKS, BLOCK_COLUMNS) if file.rules else None
        self._nodes = self._mapped(NODES, NODE_COLUMNS) if file.rules else None

    def _mapped(self, name: str, types: dict[str, np.dtype[Any]]) -> MappedColumns:
        return MappedColumns(self._folder / name, types, self._file.columns[name], self.tables.sums[name])

    @property
    def rules(self) -> str:
        """By which rules its paths are made (`paths.path_rules`); empty if it has none."""
        return self._file.rules

    def signs(self) -> pl.DataFrame:
        """The suspect fixes here (`suspect_fixes.DAY_SIGNS`)."""
        return _table(self._folder, SIGNS, self._file.sums).with_columns(pl.col("from", "to").cast(INSTANT))

    def columns(self, low: Int64, high: Int64) -> tuple[FixColumns, Int8 | None]:
        """The day's columns and levels (None: no row declares one), of which rows low..high of each piece may be read:
        they are checked. Raises Damaged."""
        self._fixes.check(low, high)
        return self._columns, self._levels if self._file.declares_levels else None

    @property
    def state(self) -> Int8:
        """What has become of each row; read as `columns` are."""
        state: Int8 = self._fixes.columns[7]
        return state

    @property
    def unchecked(self) -> FixColumns:
        """The columns for who checks what is read of them himself (`PathTables.sums`)."""
        return self._columns

    def changed(self) -> Damaged:
        """The error to raise where a sum of `paths` is not that of the rows."""
        return index_changed(self._folder / FIXES)

    @cached_property
    def paths(self) -> PathTables:
        """What is kept of its paths, with a piece for each stretch. Raises Damaged."""
        assert self._blocks is not None, "it has paths"
        self._blocks.check_all()
        pieces, edges, stretches = _path_tables(self._folder, tuple(sorted(self._file.sums.items())))
        *columns, sums = self._blocks.columns
        return PathTables(pieces, edges, stretches, BlockArrays(_offset(pieces[:, BLOCKS_OF_PIECE]), *columns), sums)

    @cached_property
    def nodes(self) -> NodeArrays:
        """The nodes of its paths by stretch. Raises Damaged."""
        assert self._nodes is not None, "it has paths"
        self._nodes.check_all()
        given = self._nodes.columns
        truths = [column.view(np.bool_) for column in given[7:]]
        return NodeArrays(_offset(self.paths.pieces[:, NODES_OF_PIECE]), *given[:7], *truths)

    def check_all(self) -> None:
        """Check every byte. Raises Damaged."""
        self.signs()
        self._fixes.check_all()
        if self.rules:
            assert self.paths
            assert self.nodes


def _offset(sizes: Int64) -> Int64:
    offset = offsets(sizes)
    offset.flags.writeable = False
    return offset


@lru_cache(maxsize=_CACHED_DAYS)
def _path_tables(folder: Path, sums: tuple[tuple[str, str], ...]) -> tuple[Int64, Int64, Int64]:
    told = dict(sums)
    found = [_table(folder, name, told) for name in (PIECES, EDGES, PATH_STRETCHES)]
    arrays: list[Int64] = [np.ascontiguousarray(table.to_numpy()) for table in found]
    for array in arrays:
        array.flags.writeable = False
    return arrays[0], arrays[1], arrays[2]


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
        {
            name: rows["xxh3_64"].to_numpy()
            for (name,), rows in _table(folder, SUMS, told).partition_by("file", as_dict=True).items()
        },
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


def matrix_table(columns: tuple[str, ...], rows: Int64) -> pl.DataFrame:
    """The rows of an int64 matrix as a table."""
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.Int64), orient="row")


def sums_table(sums: dict[str, UInt64]) -> pl.DataFrame:
    """The sums of files of columns as a table."""
    frames = [pl.DataFrame({"file": [name] * len(each), "xxh3_64": each}) for name, each in sums.items()]
    return pl.concat(frames)
