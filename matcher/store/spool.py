"""Rows of a whole import, put aside by day until they are all there, in a memory that does not grow with them."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl

BUFFER_ROWS = 500_000


class DaySpool:
    """Takes frames in any order, gives back each day once. Small imports never touch the disk."""

    def __init__(self, folder: Path, buffer_rows: int = BUFFER_ROWS) -> None:
        self.rows = 0
        self._folder = folder
        self._buffer_rows = buffer_rows
        self._held: dict[date, list[pl.DataFrame]] = defaultdict(list)
        self._held_rows = 0
        self._written: dict[date, list[Path]] = defaultdict(list)

    def add(self, frame: pl.DataFrame) -> None:
        by_day = frame.with_columns(_day=pl.col("t").dt.date()).partition_by("_day", as_dict=True, include_key=False)
        for (day,), part in by_day.items():
            self._held[day].append(part)
        self.rows += frame.height
        self._held_rows += frame.height
        if self._held_rows > self._buffer_rows:
            self._put_aside()

    def _put_aside(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for day, parts in self._held.items():
            path = self._folder / f"{day}-{len(self._written[day])}.arrow"
            pl.concat(parts).write_ipc(path)
            self._written[day].append(path)
        self._held.clear()
        self._held_rows = 0

    @property
    def days(self) -> list[date]:
        return sorted({*self._held, *self._written})

    def drain(self) -> Iterator[tuple[date, pl.DataFrame]]:
        """Every day in order with all its rows; what was put aside of it is gone afterwards."""
        for day in self.days:
            paths = self._written.pop(day, [])
            parts = [pl.read_ipc(path) for path in paths] + self._held.pop(day, [])
            yield day, pl.concat(parts)
            for path in paths:
                path.unlink()
