"""Collects the rows of an import by day, in bounded memory: what exceeds the buffer goes to temporary files."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl

BUFFER_ROWS = 500_000


class DaySpool:
    """Takes frames in any order and returns each day once. Small imports use no disk."""

    def __init__(self, folder: Path, buffer_rows: int = BUFFER_ROWS) -> None:
        self.rows = 0
        self._folder = folder
        self._buffer_rows = buffer_rows
        self._buffered: dict[date, list[pl.DataFrame]] = defaultdict(list)
        self._buffered_rows = 0
        self._written: dict[date, list[Path]] = defaultdict(list)

    def add(self, frame: pl.DataFrame) -> None:
        """Add rows of any days; writes the buffer to disk when it is full."""
        by_day = frame.with_columns(_day=pl.col("t").dt.date()).partition_by("_day", as_dict=True, include_key=False)
        for (day,), part in by_day.items():
            self._buffered[day].append(part)
        self.rows += frame.height
        self._buffered_rows += frame.height
        if self._buffered_rows > self._buffer_rows:
            self._write_buffer()

    def _write_buffer(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for day, parts in self._buffered.items():
            path = self._folder / f"{day}-{len(self._written[day])}.arrow"
            pl.concat(parts).write_ipc(path)
            self._written[day].append(path)
        self._buffered.clear()
        self._buffered_rows = 0

    @property
    def days(self) -> list[date]:
        return sorted({*self._buffered, *self._written})

    def drain(self) -> Iterator[tuple[date, pl.DataFrame]]:
        """Every day in order with all its rows; deletes its temporary files afterwards."""
        for day in self.days:
            paths = self._written.pop(day, [])
            parts = [pl.read_ipc(path) for path in paths] + self._buffered.pop(day, [])
            yield day, pl.concat(parts)
            for path in paths:
                path.unlink()
