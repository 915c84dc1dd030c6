"""Records of a big delimited file as text columns, a chunk at a time, each record with its number.

Arrow reads the file. Where it might read a quotation mark differently from `csv_records`, that reader takes over, which
is slower: both give the same answer of the same file.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.csv as pc
from numpy.typing import NDArray

from geo.csv_records import MAX_LINE_CHARS, RecordFault, Records, as_text, value_fault, wrong_width
from geo.rejects import Reject

BLOCK_BYTES = 1 << 22
_CAREFUL_RECORDS = 50_000
_BOM = b"\xef\xbb\xbf"
_QUOTE = ord('"')
_CONTROL = bytes([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
_UNFIT = "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f]"
_INDENTED = tuple(end + sign for end in (b"\n", b"\r") for sign in (b",", b";", b"\t", b"|", b" "))
_INSIDE = np.ones(256, dtype=bool)
_INSIDE[list(b',;\t|"\r\n')] = False


@dataclass(frozen=True, slots=True)
class Chunk:
    """Records of a file. `record[i]`, counted from 1 without the header, is the number of row i of `columns`.

    `columns` are the file's own, String from a delimited file, any type from Parquet. `rejects` are records before or
    among these that cannot be used. `done` of the file's units (bytes, rows) have been read. `blank` rows of delimiters
    alone were passed over.
    """

    record: NDArray[np.int64]
    columns: pl.DataFrame
    rejects: list[Reject] = field(default_factory=list)
    done: int = 0
    blank: int = 0


class Scan:
    """What one pass over a file's bytes shows: its digest, and what of it needs a closer look.

    Attributes
    ----------
    sha256 : hashlib digest
    quoted : there is a quotation mark
    stray : there is one within a text, neither at its beginning nor at its end
    control : there is a control character
    long : there may be a line too long for a CSV file
    indented : a line begins with a delimiter or a blank, so that it may be a row without any value
    """

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()
        self.quoted = self.stray = self.control = self.long = self.indented = False
        self._since_line_end = 0
        self._last = b""

    def see(self, block: bytes) -> None:
        """Take the next bytes. O(n)."""
        self.sha256.update(block)
        self.control = self.control or len(block.translate(None, _CONTROL)) != len(block)
        self._measure(block)
        if not self.indented:
            seam = self._last + block[:1]
            self.indented = any(start in block or start == seam for start in _INDENTED)
            self._last = block[-1:]
        if b'"' not in block:
            return
        self.quoted = True
        if not self.stray:
            codes = np.frombuffer(block, np.uint8)
            at = np.flatnonzero(codes[1:-1] == _QUOTE) + 1
            self.stray = bool((_INSIDE[codes[at - 1]] & _INSIDE[codes[at + 1]]).any())

    def _measure(self, block: bytes) -> None:
        ends = [at for end in (b"\n", b"\r") for at in (block.find(end), block.rfind(end)) if at >= 0]
        first, last = (min(ends), max(ends)) if ends else (len(block), -1)
        self.long = self.long or self._since_line_end + first >= MAX_LINE_CHARS
        if last - first >= MAX_LINE_CHARS:
            self.long = self.long or max(map(len, block.splitlines())) >= MAX_LINE_CHARS
        self._since_line_end = len(block) - 1 - last if ends else self._since_line_end + len(block)


@dataclass(frozen=True, slots=True)
class CsvFile:
    """What has to be known before the records are read. `data_from` is where they begin, in bytes."""

    path: Path
    header: list[str]
    delimiter: str
    data_from: int
    scan: Scan


def open_csv(path: Path, scan: Scan, delimiter: str = "") -> CsvFile:
    """Find header and delimiter, unless it is given, of a file that `scan` has seen. Raises UnreadableFile."""
    with path.open("rb") as raw:
        marked = raw.read(len(_BOM)) == _BOM
        raw.seek(0)
        text = as_text(raw)
        records = Records(text, delimiter=delimiter)
        header, size = records.header()
        text.detach()
    return CsvFile(path, header, records.delimiter, size + len(_BOM) * marked, scan)


def read_csv(file: CsvFile, wanted: list[int]) -> Iterator[Chunk]:
    """Chunks with the columns at the places `wanted` as String, null where empty; the others stay unread.

    Notes
    -----
    Holds a few blocks of 4 MiB, whatever the size of the file.
    """
    progress = _Progress()
    # A record of one column that is blank looks like an empty line to Arrow.
    scan = file.scan
    progress.troubled = len(file.header) == 1 or scan.stray or scan.long or (scan.quoted and _ends_open(file.path))
    if not progress.troubled:
        yield from _by_arrow(file, wanted, progress)
    if progress.troubled:
        yield from _by_record(file, wanted, progress.delivered)


class _Progress:
    """How far Arrow got: the number of the last record given out, and whether it stumbled there."""

    def __init__(self) -> None:
        self.delivered = 0
        self.troubled = False
        self.wrong: dict[int, Reject | None] = {}
        """By number: why a record cannot be used; None for one without any value."""


def _ends_open(path: Path) -> bool:
    """Whether a quotation mark is open at the end of the last line, which Arrow would close by itself."""
    with path.open("rb") as source:
        source.seek(max(0, path.stat().st_size - MAX_LINE_CHARS))
        lines = source.read().replace(b"\r", b"\n").rstrip(b"\n").rsplit(b"\n", 1)
    return lines[-1].count(b'"') % 2 == 1


def _by_arrow(file: CsvFile, wanted: list[int], progress: _Progress) -> Iterator[Chunk]:
    width = len(file.header)

    def ragged(row: Any) -> str:
        if "\n" in row.text or "\r" in row.text or row.text.count('"') % 2 or not row.text.strip():
            progress.troubled = True
        blank = not row.text.replace(file.delimiter, " ").replace('"', " ").strip()
        fault = wrong_width(row.actual_columns, width)
        progress.wrong[row.number] = None if blank else fault.reject(row.number, "row", row.text)
        return "skip"

    # By place, as two columns that are not wanted may share a name.
    names = [str(at) for at in range(width)]
    quoted = file.scan.quoted
    whole = quoted or file.scan.indented
    with file.path.open("rb") as source:
        source.seek(file.data_from)
        try:
            reader = pc.open_csv(
                source,
                # Only a serial reader knows the numbers of the records it skips.
                read_options=pc.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, column_names=names),
                parse_options=pc.ParseOptions(
                    delimiter=file.delimiter,
                    quote_char='"' if quoted else False,
                    invalid_row_handler=ragged,
                ),
                convert_options=pc.ConvertOptions(
                    column_types={name: pa.binary() for name in names},
                    include_columns=names if whole else [str(at) for at in wanted],
                    null_values=[""],
                    strings_can_be_null=True,
                ),
            )
            for batch in reader:
                if progress.troubled or (quoted and _spans_lines(batch)):
                    progress.troubled = True
                    return
                last = progress.delivered
                record = _numbers(last + 1, batch.num_rows, progress.wrong)
                if record.size:
                    progress.delivered = int(record[-1])
                faults, blank = _until(progress.wrong, progress.delivered)
                if whole and (empty := _empty(batch)).any():
                    blank += int(empty.sum())
                    batch, record = batch.filter(pa.array(~empty)), record[~empty]
                chunk = _chunk(file, batch.select([str(at) for at in wanted]), wanted, record, faults, source.tell())
                yield replace(chunk, blank=blank)
        except pa.ArrowInvalid as error:
            # "Empty CSV file" is no trouble; a line longer than a block, say, is.
            progress.troubled = progress.delivered > 0 or not str(error).startswith("Empty CSV")
    if progress.wrong and not progress.troubled:
        faults, blank = _until(progress.wrong, max(progress.wrong))
        titles = [file.header[at] for at in wanted]
        yield Chunk(np.empty(0, np.int64), pl.DataFrame(schema=dict.fromkeys(titles, pl.String)), faults, blank=blank)


def _empty(batch: pa.RecordBatch) -> NDArray[np.bool_]:
    """Which rows have no value in any column."""
    empty = np.ones(batch.num_rows, dtype=bool)
    for column in batch.columns:
        if not empty.any():
            break
        # Trimming looks at single bytes, so that it takes bytes that are no UTF-8.
        lengths = compute.binary_length(compute.ascii_trim_whitespace(column.view(pa.utf8())))
        empty &= compute.fill_null(compute.equal(lengths, 0), True).to_numpy(zero_copy_only=False)
    return empty


def _spans_lines(batch: pa.RecordBatch) -> bool:
    # A line's end cut in two by a block's end may leave the carriage return alone.
    texts = (buffer.to_pybytes() for column in batch.columns if (buffer := column.buffers()[2]) is not None)
    return any(b"\n" in text or b"\r" in text for text in texts)


def _numbers(first: int, rows: int, wrong: dict[int, Reject | None]) -> NDArray[np.int64]:
    """The numbers of `rows` records from `first` on, those of `wrong` ones left out."""
    numbers = np.arange(first, first + rows + len(wrong), dtype=np.int64)
    if wrong:
        numbers = np.setdiff1d(numbers, np.fromiter(wrong, np.int64), assume_unique=True)
    return numbers[:rows]


def _until(wrong: dict[int, Reject | None], last: int) -> tuple[list[Reject], int]:
    """Rejects up to that number, taken out, and how many records without any value."""
    found = [wrong.pop(number) for number in sorted(wrong) if number <= last]
    rejects = [reject for reject in found if reject is not None]
    return rejects, len(found) - len(rejects)


def _by_record(file: CsvFile, wanted: list[int], done: int) -> Iterator[Chunk]:
    """Records after the first `done`, one by one."""
    with file.path.open("rb") as source:
        source.seek(file.data_from)
        text = TextIOWrapper(source, encoding="utf-8", errors="surrogateescape", newline="")
        records = Records(text, width=len(file.header), delimiter=file.delimiter)
        rows: list[list[bytes | None]] = []
        numbers: list[int] = []
        rejects: list[Reject] = []
        seen = 0
        for record in records:
            if record.row <= done:
                seen = records.blank
                continue
            fault: RecordFault | None = record.fault or records.width_fault(record.fields)
            if fault is not None:
                rejects.append(fault.reject(record.row, "row", file.delimiter.join(record.fields)))
            else:
                rows.append([record.fields[at].encode("utf-8", "surrogateescape") or None for at in wanted])
                numbers.append(record.row)
            if len(rows) + len(rejects) >= _CAREFUL_RECORDS:
                chunk = _record_chunk(file, rows, wanted, numbers, rejects, source.tell())
                yield replace(chunk, blank=records.blank - seen)
                rows, numbers, rejects, seen = [], [], [], records.blank
        if rows or rejects or records.blank > seen:
            chunk = _record_chunk(file, rows, wanted, numbers, rejects, source.tell())
            yield replace(chunk, blank=records.blank - seen)
        text.detach()


def _record_chunk(
    file: CsvFile,
    rows: list[list[bytes | None]],
    wanted: list[int],
    numbers: list[int],
    rejects: list[Reject],
    done: int,
) -> Chunk:
    columns = [pa.array([row[at] for row in rows], pa.binary()) for at in range(len(wanted))]
    batch = pa.RecordBatch.from_arrays(columns, names=[str(at) for at in wanted])
    return _chunk(file, batch, wanted, np.asarray(numbers, np.int64), rejects, done)


def _chunk(
    file: CsvFile,
    batch: pa.RecordBatch,
    wanted: list[int],
    record: NDArray[np.int64],
    rejects: list[Reject],
    done: int,
) -> Chunk:
    """Bytes to text. A record with bytes that are not UTF-8, or control characters, in a wanted column is rejected."""
    titles = [file.header[at] for at in wanted]
    frame = pl.DataFrame([pl.Series(title, column) for title, column in zip(titles, batch.columns, strict=True)])
    try:
        texts = frame.cast(pl.String)
        if not file.scan.control:
            return Chunk(record, texts, rejects, done)
        doubtful = np.flatnonzero(
            texts.select(pl.any_horizontal(pl.all().str.contains(_UNFIT))).to_series().fill_null(False)
        )
    except pl.exceptions.ComputeError:
        doubtful = np.arange(frame.height)
    good = np.ones(frame.height, dtype=bool)
    rejects = list(rejects)
    for at, row in zip(doubtful.tolist(), frame[doubtful].rows(), strict=True):
        for title, value in zip(titles, row, strict=True):
            text = "" if value is None else value.decode("utf-8", "surrogateescape")
            fault = value_fault(text.strip())
            if fault is not None:
                good[at] = False
                rejects.append(fault.reject(int(record[at]), title, text))
    rejects.sort(key=lambda reject: reject.row)
    return Chunk(record[good], frame.filter(good).cast(pl.String), rejects, done)
