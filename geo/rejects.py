"""A rejected row, reported in the same form by every reader.

A reject names the row, the field, the value, the rule it broke and what to do. Rejects go to a CSV file while the good
rows are stored; a row with several faults has several lines. Values that a spreadsheet would run as a formula are
written with an apostrophe before them.
"""

import csv
import fcntl
import re
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO
from uuid import uuid4

COLUMNS = ("row", "field", "value", "rule", "what_to_do")
# The last four are the full-width forms, which spreadsheets treat like the plain ones.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

# NUL cannot be stored by PostgreSQL, lone surrogates are bytes that were no UTF-8, the rest serve no reader.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_SHOWN_CHARS = 200
_LONG = re.compile(rf"\S{{{_SHOWN_CHARS + 1},}}")


@dataclass(frozen=True, slots=True)
class Reject:
    """One fault of one row.

    `row` counts records of the file from 1, without the header. `rule` is a stable code in capitals.
    """

    row: int
    field: str
    value: str
    rule: str
    what_to_do: str

    def __str__(self) -> str:
        return f'row {self.row}  {self.field}  "{self.value}"  {self.rule}: {self.what_to_do}'


def formula_safe(text: str) -> str:
    """`text`, with an apostrophe before it if a spreadsheet would run it as a formula; plain numbers stay as they
    are."""
    if text.startswith(_FORMULA_STARTS):
        try:
            float(text)
        except ValueError:
            return "'" + text
    return text


def printable(value: str) -> str:
    r"""`value` as it may be written down: unfit characters as \xNN, cut to 200 characters."""
    shown = _UNFIT.sub(_escaped, value[: _SHOWN_CHARS + 1])
    return shown if len(value) <= _SHOWN_CHARS else shown[:_SHOWN_CHARS] + "…"


def _cut(text: str) -> str:
    """A text with what it quotes of the row cut short."""
    return _LONG.sub(lambda word: f"{word[0][:_SHOWN_CHARS]}…", text)


def unfit_character(value: str) -> tuple[str, bool] | None:
    r"""The first character of `value` that cannot be kept, as \xNN, and whether it is a byte that was no UTF-8."""
    unfit = _UNFIT.search(value)
    return None if unfit is None else (_escaped(unfit), "\ud800" <= unfit[0] <= "\udfff")


def _escaped(match: re.Match[str]) -> str:
    # Python keeps an undecodable byte NN as U+DCNN.
    return f"\\x{ord(match[0]) & 0xFF:02x}"


class RejectsFile:
    """Writes rejects one by one and counts rejected rows, in all and by rule; keeps no reject in memory.

    A row that breaks one rule in two fields counts once. Add the rejects of one row together. The file has a temporary
    name until it is finished, or closed without an error, so an incomplete file is never mistaken for a complete one.
    It is locked until then: what nobody has locked is of a killed process, and is deleted when the same file is
    written anew. Without rejects no file is written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.by_rule: Counter[str] = Counter()
        self.rows = 0
        self._last_row = 0
        self._last_of_rule: dict[str, int] = {}
        # Of its own: two who send one file at once have rejects of one name.
        self._partial = path.with_name(f"{path.name}.{uuid4().hex}.partial")
        self._finished = False

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        _delete_left(self.path)
        self._out = _locked(self._partial)
        self._csv = csv.writer(self._out)
        self._csv.writerow(COLUMNS)
        return self

    def add(self, faults: Iterable[Reject]) -> None:
        for fault in faults:
            if self._last_of_rule.get(fault.rule) != fault.row:
                self.by_rule[fault.rule] += 1
                self._last_of_rule[fault.rule] = fault.row
            if fault.row != self._last_row:
                self.rows += 1
                self._last_row = fault.row
            self._csv.writerow(
                # A field's name may be a header of the user's own file.
                [fault.row, *map(formula_safe, (fault.field, fault.value, fault.rule, _cut(fault.what_to_do)))]
            )

    def finish(self) -> None:
        """Give the file its name, before the good rows are committed: what is stored always has its rejects file."""
        self._out.flush()
        if self.by_rule:
            self._partial.replace(self.path)
        else:
            self._partial.unlink(missing_ok=True)
            # An earlier file of this name lists rejects of an earlier import.
            self.path.unlink(missing_ok=True)
        # Not before: the lock ends with it.
        self._out.close()
        self._finished = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and not self._finished:
                self.finish()
        finally:
            if not self._finished:
                self._partial.unlink(missing_ok=True)
                # A full disk refuses what was not written yet, and there is no file any more to write it to.
                with suppress(OSError):
                    self._out.close()


def _locked(path: Path) -> TextIO:
    """A new file that this process has locked for as long as it is open."""
    while True:
        out = path.open("w", newline="", encoding="utf-8")
        fcntl.flock(out, fcntl.LOCK_EX)
        if path.exists():
            return out
        # Another import took it for one that was left before it was locked.
        out.close()


def _delete_left(path: Path) -> None:
    """Delete what killed processes left of this file; a link is none of theirs."""
    for left in path.parent.glob(f"{escape(path.name)}.*.partial"):
        if left.is_symlink():
            continue
        with suppress(FileNotFoundError, BlockingIOError), left.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()
