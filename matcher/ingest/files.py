"""A file of rows, CSV or Parquet: what it is, and its rows a chunk at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from geo.csv_chunks import Chunk, CsvFile, Scan, open_csv, read_csv
from geo.errors import FileChanged, UnreadableFile
from matcher.ingest.parquet import batches, check_wanted, open_parquet


@dataclass(frozen=True, slots=True)
class TableFile:
    """`total` is the size in the unit that `Chunk.done` counts: bytes of a CSV file, rows of Parquet."""

    path: Path
    sha256: str
    header: list[str]
    total: int
    source: CsvFile | pq.ParquetFile
    stamp: tuple[int, int]

    def chunks(self, wanted: list[str]) -> Iterator[Chunk]:
        """The `wanted` columns, the others unread.

        Raises
        ------
        UnreadableFile
            At once, if a wanted column holds lists or records; at the end, if the file has changed since it was
            opened, for its digest would be another's.
        """
        if isinstance(self.source, CsvFile):
            return self._unchanged(read_csv(self.source, [self.header.index(title) for title in wanted]))
        check_wanted(self.path, self.source, wanted)
        return self._unchanged(batches(self.path, self.source, wanted))

    def _unchanged(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        yield from chunks
        if _stamp(self.path) != self.stamp:
            raise FileChanged


def open_table(path: Path, delimiter: str = "") -> TableFile:
    """Find out what a file is, by its bytes; one pass over it. `delimiter`: of a CSV file, where it is declared.

    Raises
    ------
    UnreadableFile
        It cannot be read, or is neither CSV in UTF-8 nor Parquet.
    """
    scan = Scan()
    try:
        stamp = _stamp(path)
        with path.open("rb") as source:
            is_parquet = source.read(4) == b"PAR1"
            source.seek(0)
            while block := source.read(1 << 20):
                scan.see(block)
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror}.") from error
    sha256 = scan.sha256.hexdigest()
    if not is_parquet:
        csv = open_csv(path, scan, delimiter)
        return TableFile(path, sha256, csv.header, path.stat().st_size, csv, stamp)
    parquet = open_parquet(path)
    return TableFile(path, sha256, parquet.schema_arrow.names, parquet.metadata.num_rows, parquet, stamp)


def _stamp(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns
