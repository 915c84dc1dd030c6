"""Plain columns of equal length as one batch of an Arrow IPC file: mapped, not loaded, and checked where they are read.

Uncompressed, so that the mapped file is the columns as memory has them. There is a sum for each 64 KiB: what is read is
checked, and the rest need not be. Any Arrow reader opens the file.
"""

import mmap
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import xxhash

from matcher.errors import Damaged
from matcher.frames import Int64

CHUNK_BYTES = 1 << 16

UInt64 = npt.NDArray[np.uint64]
Types = Mapping[str, np.dtype[Any]]


class ColumnsAt(NamedTuple):
    """How many rows a file of columns has, and the byte at which each column begins."""

    rows: int
    at: tuple[int, ...]


class MappedColumns:
    """The columns of a file, mapped at once, so that they stay if the file is deleted; each 64 KiB of them is checked
    once, when it is first read."""

    def __init__(self, path: Path, types: Types, there: ColumnsAt, sums: UInt64) -> None:
        """Raises Damaged if the file is not as long as it was written."""
        self._path, self._at, self._sums = path, there.at, sums
        self._sizes = [dtype.itemsize for dtype in types.values()]
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            ends = [at + there.rows * width for at, width in zip(there.at, self._sizes, strict=True)]
            if (size + CHUNK_BYTES - 1) // CHUNK_BYTES != len(sums) or size < max(ends):
                raise index_changed(path)
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.columns: list[Any] = [
            np.frombuffer(mapped, dtype, there.rows, at) for dtype, at in zip(types.values(), there.at, strict=True)
        ]
        self._raw = memoryview(mapped)
        self._checked = np.zeros(len(sums), np.bool_)

    def check(self, low: Int64, high: Int64) -> None:
        """Check rows low..high of each piece in every column. Raises Damaged."""
        for at, width in zip(self._at, self._sizes, strict=True):
            self._check(at + low * width, at + high * width)

    def check_all(self) -> None:
        """Check every byte. Raises Damaged."""
        self._check(np.zeros(1, np.int64), np.array([len(self._raw)]))

    def _check(self, begin: Int64, end: Int64) -> None:
        n = len(self._checked)
        some = begin < end
        begun = np.bincount(begin[some] // CHUNK_BYTES, minlength=n + 1)
        ended = np.bincount((end[some] - 1) // CHUNK_BYTES + 1, minlength=n + 1)
        for k in np.flatnonzero((np.cumsum(begun - ended)[:n] > 0) & ~self._checked).tolist():
            if xxhash.xxh3_64_intdigest(self._raw[k * CHUNK_BYTES : (k + 1) * CHUNK_BYTES]) != int(self._sums[k]):
                raise index_changed(self._path)
            self._checked[k] = True


def index_changed(path: Path) -> Damaged:
    """The error to raise of a file of the index that has another sum than it was written with."""
    return Damaged(
        f"{'/'.join(path.parts[-3:])} has changed since it was written, so nothing of it is used. To make it again "
        "from the stored fixes: tagpilot fixes index --again"
    )


def write_columns(path: Path, names: Types, columns: list[Any]) -> tuple[ColumnsAt, UInt64]:
    """Write the columns, and sync them to disk: where they are, and the sum of each 64 KiB."""
    # A match does not import pyarrow; whoever makes an index does.
    import pyarrow as pa
    import pyarrow.ipc

    arrays = [pa.array(np.ascontiguousarray(column)) for column in columns]
    batch = pa.record_batch(arrays, names=list(names))
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
    return ColumnsAt(len(columns[0]), at), np.array(sums, np.uint64)
