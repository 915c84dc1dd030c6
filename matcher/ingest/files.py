"""A file of rows, CSV or Parquet: what it is, and its rows a chunk at a time."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from matcher.errors import BadInput
from matcher.ingest.csv_records import Chunk, CsvFile, open_csv, read_csv

_PARQUET_ROWS = 250_000


@dataclass(frozen=True, slots=True)
class TableFile:
    """`total` is the size in the unit that `Chunk.done` counts: bytes of a CSV file, rows of Parquet."""

    path: Path
    sha256: str
    header: list[str]
    total: int
    source: CsvFile | pq.ParquetFile

    def chunks(self, wanted: list[str]) -> Iterator[Chunk]:
        """The `wanted` columns, the others unread.

        Raises
        ------
        BadInput
            At once, if a wanted column holds lists or records.
        """
        if isinstance(self.source, CsvFile):
            return read_csv(self.source, wanted)
        for name in wanted:
            kind = self.source.schema_arrow.field(name).type
            if pa.types.is_nested(kind):
                raise BadInput(f"column {name!r} of {self.path.name} is {kind}; give text, numbers or times")
        return _batches(self.source, wanted)


def open_table(path: Path) -> TableFile:
    """Find out what a file is, by its bytes; one pass over it.

    Raises
    ------
    BadInput
        It cannot be read, or is neither CSV in UTF-8 nor Parquet.
    """
    digest = hashlib.sha256()
    quoted = False
    try:
        with path.open("rb") as source:
            is_parquet = source.read(4) == b"PAR1"
            source.seek(0)
            while block := source.read(1 << 20):
                digest.update(block)
                quoted = quoted or b'"' in block
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    if not is_parquet:
        csv = open_csv(path, quoted)
        return TableFile(path, digest.hexdigest(), csv.header, path.stat().st_size, csv)
    try:
        parquet = pq.ParquetFile(path)
    except pa.ArrowException as error:
        raise BadInput(f"{path.name} begins as Parquet but cannot be read as it: {error}") from error
    return TableFile(path, digest.hexdigest(), parquet.schema_arrow.names, parquet.metadata.num_rows, parquet)


def _batches(file: pq.ParquetFile, wanted: list[str]) -> Iterator[Chunk]:
    done = 0
    for batch in file.iter_batches(batch_size=_PARQUET_ROWS, columns=wanted):
        record = np.arange(done + 1, done + 1 + batch.num_rows, dtype=np.int64)
        done += batch.num_rows
        frame = pl.DataFrame([pl.Series(name, batch.column(name)) for name in wanted])
        yield Chunk(record, frame, done=done)
