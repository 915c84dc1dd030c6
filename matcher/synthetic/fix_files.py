"""Files of a world's fixes, written a group of wearers at a time: one for all, or one a day."""

from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Self

import polars as pl
import pyarrow.parquet as pq

ROWS_PER_GROUP = 250_000


class FixFiles:
    """Writes `fixes.parquet` in a folder or, if `by_day`, `fixes/YYYY-MM-DD.parquet` for each UTC day.

    Memory: the rows of one call, and a writer for each file.
    """

    def __init__(self, folder: Path, by_day: bool) -> None:
        self._folder = folder
        self._by_day = by_day
        self._writers: dict[Path, pq.ParquetWriter] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def write(self, fixes: pl.DataFrame) -> None:
        """Add these rows, in their order, to the file or to those of their days."""
        if not self._by_day:
            self._add(self._folder / "fixes.parquet", fixes)
            return
        for (day,), rows in fixes.group_by(pl.col("t").dt.date(), maintain_order=True):
            assert isinstance(day, date)
            self._add(self._folder / "fixes" / f"{day}.parquet", rows)

    def _add(self, path: Path, rows: pl.DataFrame) -> None:
        table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
        if path not in self._writers:
            path.parent.mkdir(exist_ok=True)
            writer = pq.ParquetWriter(path, table.schema, compression="zstd")
            self._writers[path] = self._open.enter_context(writer)
        self._writers[path].write_table(table, row_group_size=ROWS_PER_GROUP)
