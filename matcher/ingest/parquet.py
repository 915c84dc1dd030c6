"""A Parquet file of somebody else's: its limits are read from its footer and from the headers of its pages before a row
is, and its texts never expand beyond a bound.

A *footer* says how many rows and columns there are and how large they are unpacked. A *dictionary* holds each text
once; a small file can hold one long text that a hundred million rows repeat. Texts are read by their dictionary, and
written out a bounded piece at a time.
"""

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from geo.csv_chunks import Chunk
from geo.errors import UnreadableFile
from matcher.ingest.parquet_pages import BadHeader, pages

MOST_FOOTER_BYTES = 32 << 20
MOST_COLUMNS = 1_000
MOST_ROW_GROUPS = 20_000
MOST_ROWS = 1_000_000_000
MOST_ROWS_A_BYTE = 8
"""Each fix has a place and a time of its own: that many rows to a byte are no stream of fixes."""
FEW_ROWS = 1_000_000
"""Up to here rows may be as small as they like."""
MOST_UNPACKED_BYTES = 1 << 40
MOST_UNPACKED_OF_GROUP = 4 << 30
MOST_UNPACKED_OF_PAGE = 64 << 20
"""A page is unpacked as a whole, however few of its rows are read at once. Writers make pages of a megabyte."""
MOST_TIMES_UNPACKED = 200
SMALL_UNPACKED_BYTES = 256 << 20
"""Up to here a file may expand by any factor."""
MOST_TEXT_BYTES = 100_000
MOST_TEXTS_BYTES = 64 << 20
"""Of the texts that are written out at once."""
MOST_DEPTH = 32
_ROWS = 250_000
_DAMAGE = (pa.ArrowException, OSError, ValueError, OverflowError)


def open_parquet(path: Path) -> pq.ParquetFile:
    """The file with its footer read.

    Raises
    ------
    UnreadableFile
        It is damaged, or over one of the limits; the message names which.
    """
    size = path.stat().st_size
    _check_footer_size(path, size)
    try:
        # Depth is bounded by the number of parts, which Arrow walks by recursion.
        limits = {"thrift_string_size_limit": MOST_FOOTER_BYTES, "thrift_container_size_limit": MOST_ROW_GROUPS}
        plain = pq.ParquetFile(path, **limits)
        _check_footer(path, size, plain.metadata)
        texts = [field.name for field in plain.schema_arrow if _is_text(field.type)]
        return pq.ParquetFile(path, read_dictionary=texts, metadata=plain.metadata, **limits)
    except UnreadableFile:
        raise
    except _DAMAGE as error:
        raise UnreadableFile(f"{path.name} begins as Parquet but cannot be read as it: {_shortened(error)}") from error


def check_wanted(path: Path, file: pq.ParquetFile, wanted: list[str]) -> None:
    """Columns that are wanted hold one value a row, of a size that fixes have, and their pages keep to the limits that
    the footer keeps to. Raises UnreadableFile."""
    for name in wanted:
        kind = file.schema_arrow.field(name).type
        if pa.types.is_nested(kind):
            raise UnreadableFile(f"Column {name!r} of {path.name} is {kind}; give text, numbers or times.")
        if pa.types.is_fixed_size_binary(kind) and kind.byte_width > 64:
            raise UnreadableFile(f"Column {name!r} of {path.name} is {kind}; give text, numbers or times.")
    try:
        _check_pages(path, file.metadata, wanted)
    except BadHeader as error:
        raise UnreadableFile(f"{path.name} is damaged: {error}. Nothing of it was read. Send it again.") from error


def _check_pages(path: Path, found: pq.FileMetaData, wanted: list[str]) -> None:
    """The footer may say less of a column than its pages unpack to, and the reader makes room for what these say."""
    total, size = 0, path.stat().st_size
    if size == 0 or found.num_row_groups == 0:
        return
    leaves = [n for n in range(found.num_columns) if found.schema.column(n).path in wanted]
    with path.open("rb") as source, mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for number in range(found.num_row_groups):
            group, of_group = found.row_group(number), 0
            for leaf in leaves:
                column = group.column(leaf)
                start = column.data_page_offset
                if column.has_dictionary_page and 0 < (column.dictionary_page_offset or 0) < start:
                    start = column.dictionary_page_offset
                for page in pages(data, start, column.total_compressed_size, column.num_values):
                    if page.unpacked > MOST_UNPACKED_OF_PAGE:
                        raise _unpacks_to(
                            path, "a page that unpacks", "by its own header", page.unpacked, MOST_UNPACKED_OF_PAGE
                        )
                    of_group += page.unpacked
                    # A value of a dictionary takes a byte at least.
                    if page.is_dictionary and page.values > page.unpacked:
                        raise BadHeader("a dictionary states more values than it has bytes")
            total += of_group
            for there, most in (
                (of_group, MOST_UNPACKED_OF_GROUP),
                (total, MOST_UNPACKED_BYTES),
                (total, max(SMALL_UNPACKED_BYTES, MOST_TIMES_UNPACKED * size)),
            ):
                if there > most:
                    raise _unpacks_to(path, "pages that unpack", "by their own headers", there, most)


def _unpacks_to(path: Path, what: str, by: str, there: int, most: int) -> UnreadableFile:
    return UnreadableFile(
        f"{path.name} has {what} to {there:,} bytes, {by}; {most:,} is the most. Nothing of it was read. Send it in "
        "smaller files, with a row for each position."
    )


def batches(path: Path, file: pq.ParquetFile, wanted: list[str]) -> Iterator[Chunk]:
    """The wanted columns a piece at a time.

    Raises
    ------
    UnreadableFile
        Somewhere within, the file is damaged, or holds a text too long for any of its columns.
    """
    done = 0
    for batch in _read(path, file, wanted):
        for piece in _pieces(path, batch):
            record = np.arange(done + 1, done + 1 + piece.num_rows, dtype=np.int64)
            done += piece.num_rows
            frame = pl.DataFrame([pl.Series(name, _written_out(piece.column(name))) for name in wanted])
            yield Chunk(record, frame, done=done)


def texts_in(path: Path) -> Iterator[str]:
    """Every text of the file, under whatever column, within the limits that hold for a file of fixes; one that a piece
    of it repeats comes once. Raises UnreadableFile."""
    file = open_parquet(path)
    columns = [field.name for field in file.schema_arrow if _is_text(_of_values(field.type))]
    check_wanted(path, file, columns)
    for chunk in batches(path, file, columns):
        for column in chunk.columns:
            for value in column.unique():
                if value:
                    yield value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _of_values(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _check_footer_size(path: Path, size: int) -> None:
    with path.open("rb") as source:
        source.seek(max(0, size - 8))
        tail = source.read(8)
    if size < 12 or tail[4:] != b"PAR1":
        raise UnreadableFile(
            f"{path.name} begins as Parquet but cannot be read as it: its end is missing. Send it whole."
        )
    footer = int.from_bytes(tail[:4], "little")
    if footer > min(MOST_FOOTER_BYTES, size - 12):
        raise UnreadableFile(f"{path.name} has a footer of {footer:,} bytes; {MOST_FOOTER_BYTES:,} is the most.")


def _check_footer(path: Path, size: int, found: pq.FileMetaData) -> None:
    groups = [found.row_group(n) for n in range(min(found.num_row_groups, MOST_ROW_GROUPS))]
    unpacked = sum(group.total_byte_size for group in groups)
    largest = max((group.total_byte_size for group in groups), default=0)
    depth = max(
        (found.schema.column(n).path.count(".") for n in range(min(found.num_columns, MOST_COLUMNS))), default=0
    )
    limits = (
        (found.num_columns, MOST_COLUMNS, "columns"),
        (found.num_row_groups, MOST_ROW_GROUPS, "row groups"),
        (found.num_rows, MOST_ROWS, "rows"),
        (found.num_rows, max(FEW_ROWS, MOST_ROWS_A_BYTE * size), f"rows in {size:,} bytes"),
        (unpacked, MOST_UNPACKED_BYTES, "bytes unpacked"),
        (unpacked, max(SMALL_UNPACKED_BYTES, MOST_TIMES_UNPACKED * size), f"bytes unpacked, of {size:,}"),
        (largest, MOST_UNPACKED_OF_GROUP, "bytes unpacked in one row group"),
        (depth, MOST_DEPTH, "levels of nested columns"),
    )
    for there, most, what in limits:
        if there > most:
            raise UnreadableFile(
                f"{path.name} has {there:,} {what}; {most:,} is the most. Nothing of it was read. Send it in smaller "
                "files, with a row for each position."
            )
    if min(found.num_rows, unpacked, *(group.num_rows for group in groups), 0) < 0:
        raise UnreadableFile(f"{path.name} states a number of rows or bytes below zero: it is damaged.")


def _read(path: Path, file: pq.ParquetFile, wanted: list[str]) -> Iterator[pa.RecordBatch]:
    read, stated = 0, file.metadata.num_rows
    try:
        for batch in file.iter_batches(batch_size=_ROWS, columns=wanted):
            # Texts that are no UTF-8, and places in a dictionary that are not there, end the process further on.
            batch.validate(full=True)
            read += batch.num_rows
            if read > stated:
                raise UnreadableFile(f"{path.name} has more rows than its footer states: it is damaged.")
            yield batch
        if read < stated:
            raise UnreadableFile(f"{path.name} has fewer rows than its footer states: it is damaged.")
    except UnreadableFile:
        raise
    except _DAMAGE as error:
        raise UnreadableFile(f"{path.name} is damaged after row {read:,}: {_shortened(error)}") from error


def _pieces(path: Path, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The batch, cut so that its texts written out stay within the bound."""
    sizes = np.zeros(batch.num_rows, np.int64)
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_dictionary(column.type):
            of_each = pc.binary_length(column.dictionary)
            longest = pc.max(of_each).as_py() or 0
            if longest > MOST_TEXT_BYTES:
                raise UnreadableFile(
                    f"Column {name!r} of {path.name} has a text of {longest:,} bytes; {MOST_TEXT_BYTES:,} is the most."
                )
            sizes += pc.fill_null(of_each.take(column.indices), 0).to_numpy(zero_copy_only=False)
    first, total = 0, np.cumsum(sizes)
    while first < batch.num_rows:
        before = int(total[first - 1]) if first else 0
        last = max(int(np.searchsorted(total, before + MOST_TEXTS_BYTES, side="right")), first + 1)
        yield batch.slice(first, last - first)
        first = last


def _written_out(column: Any) -> Any:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
    )


def _shortened(error: BaseException) -> str:
    """The first line of what the reader says; it may go on for pages."""
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
