"""Records of a delimited text file, one at a time, such that no line is ever lost to a bad one.

A stray quotation mark would have the csv module swallow every line up to the next one, thousands of rows in one field.
So each record is read on its own; if it does not end properly, or a quoted value that spans lines gives it another
width than the header's, its first line alone is given up and reading goes on from the line after.
"""

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from typing import BinaryIO, NamedTuple, Self, TextIO

from geo.errors import UnreadableFile
from geo.rejects import Reject, printable, unfit_character

MAX_LINE_CHARS = 1_000_000
MAX_COLUMNS = 1_000
MAX_RECORD_LINES = 200
"""Lines that one quoted record may span."""
DELIMITERS = ",;\t|"

RECORD_ACTIONS = {
    "INVALID_COLUMN_COUNT": "Give every row all columns; put a value that holds the delimiter in quotation marks.",
    "UNCLOSED_QUOTE": "Close the quotation mark, or double it if it belongs to the text.",
    "TEXT_AFTER_QUOTE": "Double a quotation mark that belongs to the text.",
    "VALUE_TOO_LONG": "Shorten the value.",
    "NOT_UTF8": "Save the file as UTF-8 (in Excel: 'CSV UTF-8').",
    "INVALID_TEXT": "Remove what cannot be kept from the text.",
}
"""Every rule a record can break whatever the file holds, and what its sender is to do."""

_SIGNATURES = {
    b"\xff\xfe": "in UTF-16. Save it as CSV UTF-8",
    b"\xfe\xff": "in UTF-16. Save it as CSV UTF-8",
    b"PK\x03\x04": "a spreadsheet or an archive. Unpack it, or save it as CSV UTF-8",
    b"\x1f\x8b": "a spreadsheet or an archive. Unpack it, or save it as CSV UTF-8",
    b"\xd0\xcf\x11\xe0": "a spreadsheet or an archive. Unpack it, or save it as CSV UTF-8",
}
_QUOTED = re.compile(r'"[^"]*"?')


class RecordFault(NamedTuple):
    """Why a record or one of its values cannot be used: a key of `RECORD_ACTIONS`, and what this one has wrong."""

    rule: str
    why: str

    def reject(self, row: int, field: str, value: str) -> Reject:
        words = f"{self.why[:1].upper()}{self.why[1:]}. {RECORD_ACTIONS[self.rule]}"
        return Reject(row, field, printable(value), self.rule, words)


class Record(NamedTuple):
    """One record. With a `fault`, `fields` is the bare line."""

    row: int
    fields: list[str]
    fault: RecordFault | None = None


def as_text(raw: BinaryIO) -> TextIOWrapper:
    """UTF-8 text of an open file, a leading byte order mark dropped. Bytes that are no UTF-8 stay as lone surrogates,
    so that they spoil their own row and no other.

    Raises UnreadableFile for UTF-16, which would spoil every row, and for spreadsheets and archives.
    """
    start = raw.read(4)
    raw.seek(0)
    for signature, words in _SIGNATURES.items():
        if start.startswith(signature):
            raise UnreadableFile(f"The file is {words}.")
    return TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape", newline="")


class Records:
    """Every record of a text, in order, counted from 1 with empty lines left out; after `header` from 1 again.

    Raises UnreadableFile at a line too long for any CSV.

    Attributes
    ----------
    width : columns of a record, or None where it is not known
    delimiter : comma, semicolon, tab or bar, by the first line unless it is given
    """

    def __init__(self, text: TextIO, *, width: int | None = None, delimiter: str = "") -> None:
        self.width, self.delimiter = width, delimiter
        self._text = text
        self._waiting: deque[str] = deque()
        self._row = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Record:
        while (found := self._next()) is not None:
            fields, _, fault = found
            # As spreadsheets and the ministry's reader do: an empty line is no record.
            if fault is not None or len(fields) > 1 or (fields and fields[0].strip()):
                self._row += 1
                return Record(self._row, fields, fault)
        raise StopIteration

    def header(self) -> tuple[list[str], int]:
        """Titles of the columns, and the bytes of all lines up to there, without a byte order mark.

        Raises UnreadableFile where there is no header that can be read.
        """
        size = 0
        while (found := self._next()) is not None:
            fields, lines, fault = found
            size += sum(len(line.encode("utf-8", "surrogateescape")) for line in lines)
            if fault is not None:
                raise UnreadableFile(f"The header cannot be read: {fault.why}.")
            if any(title.strip() for title in fields):
                break
        else:
            raise UnreadableFile("The file is empty. Its first line is the header, which must name the columns.")
        if len(fields) > MAX_COLUMNS:
            raise UnreadableFile(f"The header names {len(fields):,} columns; {MAX_COLUMNS:,} is the most.")
        if any("\ud800" <= letter <= "\udfff" for title in fields for letter in title):
            raise UnreadableFile("The first line is not UTF-8. Save the file as UTF-8 (in Excel: 'CSV UTF-8').")
        self.width, self._row = len(fields), 0
        return [title.strip() for title in fields], size

    def width_fault(self, fields: Sequence[str]) -> RecordFault | None:
        """What is wrong with the number of fields."""
        return None if len(fields) == self.width else wrong_width(len(fields), self.width or 0)

    def _next(self) -> tuple[list[str], list[str], RecordFault | None] | None:
        """Fields, lines and fault of the next record, empty ones included; None at the end."""
        if not self.delimiter and (first := self._peek()):
            self.delimiter = delimiter_of(first, self.width)
        taken: list[str] = []
        try:
            reader = csv.reader(self._lines(taken), strict=True, delimiter=self.delimiter or ",")
            fields = next(reader, None)
        except csv.Error as error:
            return self._give_up(taken, _in_words(str(error), taken))
        if fields is None:
            return None
        if len(taken) > 1 and self.width is not None and len(fields) != self.width:
            return self._give_up(taken, _unclosed(len(taken)))
        return fields, taken, None

    def _give_up(self, taken: list[str], fault: RecordFault) -> tuple[list[str], list[str], RecordFault]:
        self._waiting.extendleft(reversed(taken[1:]))
        return [taken[0].rstrip("\r\n")], taken[:1], fault

    def _lines(self, taken: list[str]) -> Iterator[str]:
        while line := self._line():
            taken.append(line)
            if len(taken) > MAX_RECORD_LINES:
                raise csv.Error("unexpected end of data")
            yield line

    def _line(self) -> str:
        line = self._waiting.popleft() if self._waiting else self._text.readline(MAX_LINE_CHARS)
        if len(line) >= MAX_LINE_CHARS:
            raise UnreadableFile(f"A line is longer than {MAX_LINE_CHARS:,} characters; this is no CSV file.")
        return line

    def _peek(self) -> str:
        """The first line with text on it, put back."""
        seen: list[str] = []
        while (line := self._line()) and not line.strip("\r\n "):
            seen.append(line)
        self._waiting.extendleft(reversed([*seen, line] if line else seen))
        return line


def delimiter_of(line: str, width: int | None = None) -> str:
    """The delimiter that gives `line` that width, else the most frequent one, not counting those in quotes."""
    bare = _QUOTED.sub("", line)
    fitting = [sign for sign in DELIMITERS if width is not None and bare.count(sign) == width - 1]
    return fitting[0] if fitting else max(DELIMITERS, key=bare.count)


def value_fault(value: str) -> RecordFault | None:
    """Why a value cannot be kept as text, whatever it stands for: bytes that are no UTF-8, or control characters."""
    unfit = unfit_character(value)
    if unfit is None:
        return None
    shown, not_utf8 = unfit
    if not_utf8:
        return RecordFault("NOT_UTF8", f"this holds the byte {shown}, which is not UTF-8")
    return RecordFault("INVALID_TEXT", f"this holds the control character {shown}; remove it")


def wrong_width(fields: int, width: int) -> RecordFault:
    return RecordFault("INVALID_COLUMN_COUNT", f"this row has {fields} columns, the header {width}")


def _in_words(error: str, taken: list[str]) -> RecordFault:
    # Text after a mark lines below the one that opened: that one belongs to another record.
    if "unexpected end" in error or ("expected after" in error and len(taken) > 1):
        return _unclosed(min(len(taken), MAX_RECORD_LINES))
    if "expected after" in error:
        return RecordFault("TEXT_AFTER_QUOTE", "there is text after a closing quotation mark")
    return RecordFault("VALUE_TOO_LONG", f"a value is longer than {csv.field_size_limit():,} characters")


def _unclosed(lines: int) -> RecordFault:
    return RecordFault("UNCLOSED_QUOTE", f"a quotation mark is opened and not closed within {lines} lines")
