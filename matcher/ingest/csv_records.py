"""Records of a CSV file as text columns, a chunk at a time, each with its number; a record of another width is told.

Arrow reads the file. Where a quotation mark is not closed, Arrow would swallow the lines that follow: from there on the
file is read line by line, slower, and that line alone is lost. A field never spans lines here.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pc
from numpy.typing import NDArray

from geo.rejects import Reject
from matcher.errors import BadInput

BLOCK_BYTES = 1 << 22
_CAREFUL_RECORDS = 50_000
_LINE_BYTES_MAX = 1 << 20
_SHOWN_CHARS = 200


@dataclass(frozen=True, slots=True)
class Chunk:
    """Records of a file. `record[i]`, counted from 1 without the header, is the number of row i of `columns`.

    `columns` are the file's own, String from a CSV file, any type from Parquet. `rejects` are records before or among
    these that could not be told apart into columns. `done` of the file's units (bytes, rows) have been read.
    """

    record: NDArray[np.int64]
    columns: pl.DataFrame
    rejects: list[Reject] = field(default_factory=list)
    done: int = 0


@dataclass(frozen=True, slots=True)
class CsvFile:
    """What has to be known before the records are read."""

    path: Path
    header: list[str]
    delimiter: str
    data_from: int
    quoted: bool


def open_csv(path: Path, quoted: bool) -> CsvFile:
    """Find header and delimiter (comma, semicolon, tab or bar). `quoted`: whether the file has a quotation mark.

    Raises
    ------
    BadInput
        The file is empty, no text in UTF-8, or a packed one.
    """
    with path.open("rb") as source:
        line = source.readline(_LINE_BYTES_MAX)
        data_from = source.tell()
    if line.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadInput(f"{path.name} is in UTF-16; save it as CSV UTF-8")
    if line.startswith((b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0")):
        raise BadInput(f"{path.name} is a spreadsheet or an archive; unpack it, or save it as CSV UTF-8")
    try:
        text = line.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError:
        raise BadInput(f"the first line of {path.name} is not UTF-8; save it as CSV UTF-8") from None
    if not text.strip():
        raise BadInput(f"{path.name} begins with an empty line or has none; its first line must name the columns")
    if "\r" in text:
        # Lines that end with a carriage return alone: the header is what stands before the first.
        text = text.split("\r")[0]
        data_from = len(line[: line.index(b"\r")]) + 1
    delimiter = max(",;\t|", key=text.count)
    header = [name.strip() for name in next(csv.reader([text], delimiter=delimiter))]
    return CsvFile(path, header, delimiter, data_from, quoted)


def read_csv(file: CsvFile, wanted: list[str]) -> Iterator[Chunk]:
    """Chunks with the `wanted` columns as String, null where empty; the others stay unread.

    Notes
    -----
    Holds a few blocks of 4 MiB, whatever the size of the file.
    """
    progress = _Progress()
    progress.troubled = file.quoted and _ends_open(file.path)
    if not progress.troubled:
        yield from _by_arrow(file, wanted, progress)
    if progress.troubled:
        yield from _by_line(file, wanted, progress.delivered)


class _Progress:
    """How far Arrow got: the number of the last record given out, and whether it stumbled there."""

    def __init__(self) -> None:
        self.delivered = 0
        self.troubled = False
        self.wrong: dict[int, Reject] = {}


def _ends_open(path: Path) -> bool:
    """Whether a quotation mark is open at the end of the last line, which Arrow would close by itself."""
    with path.open("rb") as source:
        source.seek(max(0, path.stat().st_size - _LINE_BYTES_MAX))
        lines = source.read().replace(b"\r", b"\n").rstrip(b"\n").rsplit(b"\n", 1)
    return lines[-1].count(b'"') % 2 == 1


def _by_arrow(file: CsvFile, wanted: list[str], progress: _Progress) -> Iterator[Chunk]:
    def ragged(row: Any) -> str:
        if "\n" in row.text or "\r" in row.text or row.text.count('"') % 2:
            progress.troubled = True
        progress.wrong[row.number] = _wrong_width(row.number, row.text, row.actual_columns, len(file.header))
        return "skip"

    # By place, as two columns that are not wanted may share a name.
    names = [str(at) for at in range(len(file.header))]
    read = names if file.quoted else [str(file.header.index(column)) for column in wanted]
    with file.path.open("rb") as source:
        source.seek(file.data_from)
        try:
            reader = pc.open_csv(
                source,
                # Only a serial reader knows the numbers of the records it skips.
                read_options=pc.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, column_names=names),
                parse_options=pc.ParseOptions(
                    delimiter=file.delimiter,
                    quote_char='"' if file.quoted else False,
                    invalid_row_handler=ragged,
                ),
                convert_options=pc.ConvertOptions(
                    column_types={name: pa.binary() for name in names},
                    include_columns=read,
                    null_values=[""],
                    strings_can_be_null=True,
                ),
            )
            for batch in reader:
                if progress.troubled or (file.quoted and _spans_lines(batch)):
                    progress.troubled = True
                    return
                last = progress.delivered
                record = _numbers(last + 1, batch.num_rows, progress.wrong)
                if record.size:
                    progress.delivered = int(record[-1])
                told = _told(progress.wrong, progress.delivered)
                batch = batch.select([str(file.header.index(column)) for column in wanted])
                yield _chunk(batch, wanted, record, told, source.tell())
        except pa.ArrowInvalid as error:
            # "Empty CSV file" is no trouble; a line longer than a block, say, is.
            progress.troubled = progress.delivered > 0 or not str(error).startswith("Empty CSV")
    if progress.wrong and not progress.troubled:
        told = _told(progress.wrong, max(progress.wrong))
        yield Chunk(np.empty(0, np.int64), pl.DataFrame(schema=dict.fromkeys(wanted, pl.String)), told)


def _spans_lines(batch: pa.RecordBatch) -> bool:
    # A line's end cut in two by a block's end may leave the carriage return alone.
    texts = (buffer.to_pybytes() for column in batch.columns if (buffer := column.buffers()[2]) is not None)
    return any(b"\n" in text or b"\r" in text for text in texts)


def _numbers(first: int, rows: int, wrong: dict[int, Reject]) -> NDArray[np.int64]:
    """The numbers of `rows` records from `first` on, those of `wrong` ones left out."""
    numbers = np.arange(first, first + rows + len(wrong), dtype=np.int64)
    if wrong:
        numbers = np.setdiff1d(numbers, np.fromiter(wrong, np.int64), assume_unique=True)
    return numbers[:rows]


def _told(wrong: dict[int, Reject], until: int) -> list[Reject]:
    return [wrong.pop(number) for number in sorted(wrong) if number <= until]


def _by_line(file: CsvFile, wanted: list[str], done: int) -> Iterator[Chunk]:
    """Records after the first `done`, each line by itself."""
    width = len(file.header)
    places = [file.header.index(column) for column in wanted]
    with file.path.open("rb") as source:
        source.seek(file.data_from)
        rows: list[list[bytes | None]] = []
        record: list[int] = []
        rejects: list[Reject] = []
        for number, line in _lines(source):
            if number <= done:
                continue
            fields = next(csv.reader([line], delimiter=file.delimiter))
            if line.count('"') % 2:
                rejects.append(_unclosed(number, line))
            elif len(fields) != width:
                rejects.append(_wrong_width(number, line, len(fields), width))
            else:
                rows.append([fields[at].encode("utf-8", "surrogateescape") or None for at in places])
                record.append(number)
            if len(rows) + len(rejects) >= _CAREFUL_RECORDS:
                yield _line_chunk(rows, wanted, record, rejects, source.tell())
                rows, record, rejects = [], [], []
        if rows or rejects:
            yield _line_chunk(rows, wanted, record, rejects, source.tell())


def _line_chunk(
    rows: list[list[bytes | None]], wanted: list[str], record: list[int], rejects: list[Reject], done: int
) -> Chunk:
    columns = [pa.array([row[at] for row in rows], pa.binary()) for at in range(len(wanted))]
    batch = pa.RecordBatch.from_arrays(columns, names=[str(at) for at in range(len(wanted))])
    return _chunk(batch, wanted, np.asarray(record, np.int64), rejects, done)


def _lines(source: IO[bytes]) -> Iterator[tuple[int, str]]:
    text = io.TextIOWrapper(source, encoding="utf-8", errors="surrogateescape", newline=None)
    number = 0
    while line := text.readline(_LINE_BYTES_MAX):
        if len(line) == _LINE_BYTES_MAX:
            raise BadInput(
                f"record {number + 1} is longer than {_LINE_BYTES_MAX:,} characters; this is no CSV of fixes"
            )
        if line := line.rstrip("\n"):
            number += 1
            yield number, line
    text.detach()


def _chunk(
    batch: pa.RecordBatch, wanted: list[str], record: NDArray[np.int64], rejects: list[Reject], done: int
) -> Chunk:
    """Bytes to text. A record with bytes that are not UTF-8 in a wanted column is rejected."""
    frame = pl.DataFrame([pl.Series(name, column) for name, column in zip(wanted, batch.columns, strict=True)])
    try:
        return Chunk(record, frame.cast(pl.String), rejects, done)
    except pl.exceptions.ComputeError:
        good = np.ones(frame.height, dtype=bool)
        rejects = list(rejects)
        for at, row in enumerate(frame.rows()):
            for name, value in zip(wanted, row, strict=True):
                if value is not None and not _is_utf8(value):
                    good[at] = False
                    shown = value.decode("utf-8", "replace")[:_SHOWN_CHARS]
                    rejects.append(
                        Reject(int(record[at]), name, shown, "NOT_UTF8", "not UTF-8: save the file as CSV UTF-8.")
                    )
        rejects.sort(key=lambda reject: reject.row)
        return Chunk(record[good], frame.filter(good).cast(pl.String), rejects, done)


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _wrong_width(number: int, text: str, fields: int, width: int) -> Reject:
    says = f"{fields} fields where the header names {width}: quote a value that holds the delimiter."
    return Reject(number, "", _shown(text), "WRONG_COLUMN_COUNT", says)


def _unclosed(number: int, text: str) -> Reject:
    says = "a quotation mark is not closed on its line: close it, or double it if it is meant itself."
    return Reject(number, "", _shown(text), "UNCLOSED_QUOTE", says)


def _shown(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")[:_SHOWN_CHARS]
