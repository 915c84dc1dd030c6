"""Records of a CSV file, one at a time, such that no line is ever lost to a bad one.

A stray quotation mark would have the csv module swallow every line up to the next one, thousands of rows in one field.
So each record is read on its own, and if it does not end properly its first line alone is given up and reading goes on
from the line after.
"""

import csv
import hashlib
from collections import deque
from collections.abc import Iterator
from io import TextIOWrapper
from typing import BinaryIO, NamedTuple, TextIO

from tracker.errors import UnreadableFile

MAX_LINE_CHARS = 1_000_000
MAX_RECORD_LINES = 200
"""Lines that one quoted record may span."""

_READ_BYTES = 1 << 20
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Record(NamedTuple):
    """One record, counted from 1 with empty lines left out. `fault` says why `fields` is no more than the bare line."""

    row: int
    fields: list[str]
    fault: str | None = None


def sha256_of(raw: BinaryIO) -> str:
    """Digest of a whole open file, in pieces; leaves it at its start."""
    raw.seek(0)
    digest = hashlib.sha256()
    while piece := raw.read(_READ_BYTES):
        digest.update(piece)
    raw.seek(0)
    return digest.hexdigest()


def as_text(raw: BinaryIO) -> TextIOWrapper:
    """UTF-8 text of an open file, a leading byte order mark dropped. Bytes that are no UTF-8 stay as lone surrogates,
    so that they spoil their own row and no other.

    Raises UnreadableFile for UTF-16, which would spoil every row.
    """
    mark = raw.read(2)
    raw.seek(0)
    if mark in _UTF16_MARKS:
        raise UnreadableFile("the file is UTF-16 text; save it again as UTF-8 (in Excel: 'CSV UTF-8')")
    return TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape", newline="")


def records(text: TextIO) -> Iterator[Record]:
    """Every record of `text`, in order. Raises UnreadableFile at a line too long for any CSV."""
    waiting: deque[str] = deque()
    row = 0
    while True:
        taken: list[str] = []
        try:
            fields = next(csv.reader(_lines(text, waiting, taken), strict=True), None)
        except csv.Error as error:
            row += 1
            waiting.extendleft(reversed(taken[1:]))
            yield Record(row, [taken[0].rstrip("\r\n")], _in_words(str(error), taken))
            continue
        if fields is None:
            return
        # As spreadsheets and the ministry's reader do: an empty line is no record.
        if len(fields) > 1 or (fields and fields[0].strip()):
            row += 1
            yield Record(row, fields)


def _lines(text: TextIO, waiting: deque[str], taken: list[str]) -> Iterator[str]:
    while True:
        line = waiting.popleft() if waiting else text.readline(MAX_LINE_CHARS)
        if not line:
            return
        if len(line) >= MAX_LINE_CHARS:
            raise UnreadableFile(f"a line is longer than {MAX_LINE_CHARS:,} characters; this is no CSV file")
        taken.append(line)
        if len(taken) > MAX_RECORD_LINES:
            raise csv.Error("unexpected end of data")
        yield line


def _in_words(error: str, taken: list[str]) -> str:
    if "unexpected end" in error:
        return f"a quotation mark is opened and not closed within {min(len(taken), MAX_RECORD_LINES)} lines"
    if "expected after" in error:
        return "there is text after a closing quotation mark; double a mark that belongs to the text"
    return error
