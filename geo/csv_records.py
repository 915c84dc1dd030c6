"""Records of a delimited text file, one at a time, such that no line is ever lost to a bad one.

A stray quotation mark would have the csv module swallow every line up to the next one, thousands of rows in one field.
So each record is read on its own; if it does not end properly, or a quoted value that spans lines gives it another
width than the header's, its first line alone is given up and reading goes on from the line after.
"""

import csv
import re
import zipfile
from collections import deque
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from typing import Any, BinaryIO, NamedTuple, Self, TextIO

from geo.errors import UnreadableFile
from geo.rejects import Reject, printable, unfit_character

MAX_LINE_CHARS = 1_000_000
MAX_COLUMNS = 1_000
MAX_RECORD_LINES = 200
"""Lines that one quoted record may span."""
DELIMITERS = ",;\t|"
DELIMITER_WORDS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
NO_ROWS = (
    "The file has no rows: below its header there is nothing. Nothing was stored. Check that the export was "
    "finished, and "
    "send the file that has the rows."
)
_LINES_SEEN = 4
_STATED = re.compile(r'"?sep=(?P<sign>[,;\t|])"?[\r\n]*')

RECORD_ACTIONS = {
    "INVALID_COLUMN_COUNT": "Give every row all columns; put a value that holds the delimiter in quotation marks.",
    "UNCLOSED_QUOTE": "Close the quotation mark, or double it if it belongs to the text.",
    "TEXT_AFTER_QUOTE": "Double a quotation mark that belongs to the text.",
    "VALUE_TOO_LONG": "Shorten the value.",
    "NOT_UTF8": "Save the file as UTF-8 (in Excel: 'CSV UTF-8').",
    "INVALID_TEXT": "Remove what cannot be kept from the text.",
    "DAMAGED_ID": "Take the file from where it comes from again; in a spreadsheet format the column as text before the "
    "values go in.",
}
"""Every rule a record can break whatever the file holds, and what its sender is to do."""

_SEEN_BYTES = 1_000
_ZIP = b"PK\x03\x04"
_UTF_16 = "in UTF-16. Save it as CSV UTF-8"
_ARCHIVE = "compressed. Unpack it, and give the file inside"
_PICTURE = "a picture. Ask for the table itself, as CSV UTF-8"
_SIGNATURES = {
    b"\xff\xfe": _UTF_16,
    b"\xfe\xff": _UTF_16,
    _ZIP: "a spreadsheet or an archive. Unpack it, or save it as CSV UTF-8",
    b"\x1f\x8b": _ARCHIVE,
    b"7z\xbc\xaf\x27\x1c": _ARCHIVE,
    b"Rar!": _ARCHIVE,
    b"BZh": _ARCHIVE,
    b"\xfd7zXZ": _ARCHIVE,
    b"\xd0\xcf\x11\xe0": "an old Excel file or an Outlook message (.msg). Save the sheet as CSV UTF-8, or save the "
    "message's attachment and give that",
    b"%PDF": "a PDF document. Ask for the table itself, as CSV UTF-8",
    b"\x89PNG": _PICTURE,
    b"\xff\xd8\xff": _PICTURE,
    b"{\\rtf": "a document in Rich Text. Ask for the table itself, as CSV UTF-8",
    b"SQLite format 3": "a database (SQLite). Export the table from it as CSV UTF-8",
}
_OTHER_FORMS = {
    re.compile(rb"--[^\r\n]{1,100}\r?\n(?:[^\r\n]+\r?\n)*?Content-Disposition: *form-data", re.IGNORECASE): (
        "wrapped in a web form. Send it as the body itself, as it is (with curl: --data-binary @FILE)"
    ),
    re.compile(rb"(?:\xef\xbb\xbf)?\s*<[!?A-Za-z]"): (
        "a web page or XML (such as GPX or KML). Save the table as CSV UTF-8"
    ),
    re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{|\[\s*[\[{])"): "JSON. Save the table as CSV UTF-8",
    re.compile(rb"\s*[$!][A-Z]{2}[A-Z]{3},"): (
        "a receiver's log (NMEA 0183). Convert it to CSV with the columns device_id, t, latitude and longitude"
    ),
}
"""What else people send, by how it begins, and what they are to do."""
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

    Raises UnreadableFile for UTF-16, which would spoil every row, and for what is no table of text.
    """
    _refuse_other_forms(raw)
    return TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape", newline="")


def _refuse_other_forms(raw: BinaryIO) -> None:
    """Raise UnreadableFile, with what it is and what to do, for an open file that is no table of text; else leave it
    at its beginning."""
    start = raw.read(_SEEN_BYTES)
    raw.seek(0)
    for signature, words in _SIGNATURES.items():
        if start.startswith(signature):
            raise UnreadableFile(f"The file is {_archive(raw) or words if signature == _ZIP else words}.")
    for form, words in _OTHER_FORMS.items():
        if form.match(start):
            raise UnreadableFile(f"The file is {words}.")
    # Without a byte order mark UTF-16 shows by its zeros: one in nearly every pair of bytes of a Western text.
    first = start.split(b"\n", 1)[0]
    if first.count(0) * 3 > len(first):
        raise UnreadableFile(f"The file is {_UTF_16}.")


def _archive(raw: BinaryIO) -> str:
    """What an archive is, by the names in it; empty where they cannot be read."""
    try:
        with zipfile.ZipFile(raw) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return ""
    finally:
        raw.seek(0)
    if any(name.startswith("xl/") for name in names):
        return "an Excel workbook. In Excel choose Save As and 'CSV UTF-8 (Comma delimited)', and give that file"
    if any(name.startswith("word/") for name in names):
        return "a Word document. Ask for the table itself, as CSV UTF-8"
    if {"mimetype", "content.xml"} <= set(names):
        return "an OpenDocument file. In its program choose Save As and 'Text CSV' in UTF-8, and give that file"
    if any(name.endswith(".kml") for name in names):
        return "a map (KMZ). Save its table as CSV UTF-8"
    return "a zip archive. Unpack it, and give the file inside"


class Records:
    """Every record of a text, in order, counted from 1 with empty lines left out; after `header` from 1 again.

    A row of delimiters alone, as spreadsheets leave below a table, has its number and is passed over.

    Raises UnreadableFile at a line too long for any CSV, and where two delimiters fit the first lines alike.

    Attributes
    ----------
    width : columns of a record, or None where it is not known
    delimiter : comma, semicolon, tab or bar, by the first lines unless it is given
    blank : rows of delimiters alone that were passed over
    columns : what of the file's columns is read as what, once a reader has fitted a mapping to the header
    zoneless : a time without an offset was seen by the reader
    """

    def __init__(self, text: TextIO, *, width: int | None = None, delimiter: str = "") -> None:
        self.width, self.delimiter = width, delimiter
        self.blank = 0
        self.columns: Any = None
        self.zoneless = False
        self._begun_bytes = 0
        self._begun = False
        self._text = text
        self._waiting: deque[str] = deque()
        self._row = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Record:
        while (found := self._next()) is not None:
            fields, _, fault = found
            if fault is not None or any(map(str.strip, fields)):
                self._row += 1
                return Record(self._row, fields, fault)
            # As spreadsheets and the ministry's reader do: an empty line is no record.
            if len(fields) > 1:
                self._row += 1
                self.blank += 1
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
        if any("\0" in title for title in fields):
            raise UnreadableFile("The first line holds zero bytes, which no text has. Save the table as CSV UTF-8.")
        self.width, self._row, self.blank = len(fields), 0, 0
        return [title.strip() for title in fields], size + self._begun_bytes

    def width_fault(self, fields: Sequence[str]) -> RecordFault | None:
        """What is wrong with the number of fields."""
        return None if len(fields) == self.width else wrong_width(len(fields), self.width or 0)

    def _next(self) -> tuple[list[str], list[str], RecordFault | None] | None:
        """Fields, lines and fault of the next record, empty ones included; None at the end."""
        if not self._begun:
            self._begin()
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

    def _begin(self) -> None:
        """Take off a first line that declares the delimiter to a spreadsheet (`sep=;`); else find it out."""
        self._begun = True
        lines = self._peek()
        if lines and (stated := _STATED.fullmatch(lines[0])):
            while not (line := self._line()).strip("\r\n "):
                self._begun_bytes += len(line)
            self._begun_bytes += len(line.encode("utf-8", "surrogateescape"))
            self.delimiter = self.delimiter or stated["sign"]
        elif not self.delimiter and lines:
            self.delimiter = delimiter_of(lines, self.width)

    def _peek(self) -> list[str]:
        """The first lines with text on them and what is between, put back."""
        seen: list[str] = []
        while len([line for line in seen if line.strip("\r\n ")]) < _LINES_SEEN and (line := self._line()):
            seen.append(line)
        self._waiting.extendleft(reversed(seen))
        return [line for line in seen if line.strip("\r\n ")]


def delimiter_named(word: str) -> str:
    """The delimiter of that name; empty for one that is to be found out."""
    return next((sign for sign, name in DELIMITER_WORDS.items() if name == word), "")


def delimiter_of(lines: Sequence[str], width: int | None = None) -> str:
    """The delimiter that gives the first line that width, else the one that stands in every line as often as in the
    first, else the most frequent one of the first; what is in quotes does not count.

    Raises UnreadableFile where two fit alike.
    """
    first, *others = [_QUOTED.sub("", line) for line in lines]
    counts = {sign: first.count(sign) for sign in DELIMITERS if sign in first}
    if width is not None and (fitting := [sign for sign, n in counts.items() if n == width - 1]):
        return fitting[0]
    if not counts:
        return DELIMITERS[0]
    even = [sign for sign, n in counts.items() if others and all(other.count(sign) == n for other in others)]
    likely = even or list(counts)
    best = [sign for sign in likely if counts[sign] == max(counts[each] for each in likely)]
    if len(best) > 1:
        named = " and ".join(DELIMITER_WORDS[sign] for sign in best)
        raise UnreadableFile(
            f"It is not clear what stands between the values: {named} fit the first lines alike. Declare it: "
            "--delimiter "
            f"{DELIMITER_WORDS[best[0]]} (over HTTP delimiter={DELIMITER_WORDS[best[0]]})."
        )
    return best[0]


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
