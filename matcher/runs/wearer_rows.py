"""Merges what a run keeps for each wearer at all crimes, a row of bytes a wearer, from its parts, a few rows at a time.

A national month has a third of a gigabyte of verdict codes. Rows are read from the parts in order of the wearers,
digested and written in one pass; they are never in memory together.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from polars.io.plugins import register_io_source

from matcher.errors import DamagedPart
from matcher.files import atomic_write, digest_frame, digest_text, write_parquet_atomically
from matcher.runs.parts import FRAMES, rows_at
from matcher.sums import MARK, put_sum

_CHUNK_BYTES = 4 << 20

Rows = npt.NDArray[np.uint8]


class WearerRows:
    """The rows `name` of all `parts`, by wearer, each of `row_bytes` bytes."""

    def __init__(self, parts: Iterable[Path], name: str, row_bytes: int) -> None:
        self.name, self.row_bytes = name, row_bytes
        self.schema = FRAMES[name][0]
        self._places = [rows_at(part, name, row_bytes) for part in parts]
        self._order = sorted(
            (wearer, p, row) for p, at in enumerate(self._places) for row, wearer in enumerate(at.wearers)
        )
        self._per_chunk = max(1, _CHUNK_BYTES // max(1, row_bytes))

    def __len__(self) -> int:
        return len(self._order)

    def chunks(self) -> Iterator[tuple[list[str], Rows]]:
        """Wearers and their rows, a few at a time."""
        with ExitStack() as stack:
            files = [stack.enter_context(at.path.open("rb", buffering=0)) for at in self._places]
            for k in range(0, len(self._order), self._per_chunk):
                chosen = self._order[k : k + self._per_chunk]
                rows = np.empty((len(chosen), self.row_bytes), np.uint8)
                for into, (_, p, row) in zip(rows, chosen, strict=True):
                    files[p].seek(self._places[p].begin + row * self.row_bytes)
                    if files[p].readinto(into.data) != self.row_bytes:
                        raise DamagedPart(
                            f"{self._places[p].path.name} in the run's working folder is cut short; start the run again"
                        )
                yield [wearer for wearer, _, _ in chosen], rows

    def write(self, out: Path, see: Callable[[Rows], None] | None = None) -> str:
        """Write them to the folder `out` as Parquet; returns the digest of the frame. `see` is given each chunk."""
        path = out / f"{self.name}.parquet"
        if not self._order:
            nothing = pl.DataFrame(schema=self.schema)
            write_parquet_atomically(path, nothing)
            return digest_frame(nothing)
        digest = self._digest_up_to_rows()

        def frames(*_: Any) -> Iterator[pl.DataFrame]:
            for wearers, rows in self.chunks():
                digest.update(rows.data)
                if see is not None:
                    see(rows)
                yield pl.DataFrame([wearers, [row.tobytes() for row in rows]], schema=self.schema)

        with atomic_write(path) as file:
            # No statistics: least and greatest values would be whole rows.
            register_io_source(frames, schema=self.schema).sink_parquet(
                file,
                compression="zstd",
                statistics=False,
                row_group_size=self._per_chunk,
                maintain_order=True,
                metadata={MARK: "xxh3"},
            )
            put_sum(file)
        return digest.hexdigest()

    def _digest_up_to_rows(self) -> "hashlib._Hash":
        """The digest of the frame up to its first row of bytes; see `digest_frame`."""
        digest = hashlib.sha256()
        wearer, column = self.schema
        digest_text(digest, pl.Series(wearer, [name for name, _, _ in self._order], pl.String))
        digest.update(f"{column}:{pl.Binary()}:{len(self)}\n".encode() + bytes(len(self)))
        digest.update(np.full(len(self), self.row_bytes, np.uint64).data)
        return digest
