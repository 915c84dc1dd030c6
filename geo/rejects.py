"""A row that could not be taken, told the same way by every reader.

A reject names the row, the field, the value, the rule it broke and what to do. Rejects go to a CSV file beside the
good rows; a row with several faults has several lines. The first characters that a spreadsheet would run as a formula
are neutralised on writing.
"""

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

COLUMNS = ("row", "field", "value", "rule", "what_to_do")
# The last four are the full-width forms, which spreadsheets take for the plain ones.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True, slots=True)
class Reject:
    """One fault of one row.

    `row` counts records of the file from 1, a header not counted. `rule` is a stable code in capitals.
    """

    row: int
    field: str
    value: str
    rule: str
    what_to_do: str

    def __str__(self) -> str:
        return f'row {self.row}  {self.field}  "{self.value}"  {self.rule}: {self.what_to_do}'


def formula_safe(text: str) -> str:
    """`text`, with an apostrophe before it where a spreadsheet would otherwise run it; plain numbers are left alone."""
    if text.startswith(_FORMULA_STARTS):
        try:
            float(text)
        except ValueError:
            return "'" + text
    return text


class RejectsFile:
    """Writes rejects as they come, holding none; counts faults by rule and rows rejected.

    Rejects of one row must come together. The file is written under a temporary name and takes its own name when
    closed without an error, so a half-written one is never mistaken for a whole one. No rejects, no file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.by_rule: Counter[str] = Counter()
        self.rows = 0
        self._last_row = 0
        self._partial = path.with_name(path.name + ".partial")

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._out = self._partial.open("w", newline="", encoding="utf-8")
        self._csv = csv.writer(self._out)
        self._csv.writerow(COLUMNS)
        return self

    def add(self, faults: Iterable[Reject]) -> None:
        for fault in faults:
            self.by_rule[fault.rule] += 1
            if fault.row != self._last_row:
                self.rows += 1
                self._last_row = fault.row
            self._csv.writerow(
                # A field's name may be a header of the user's own file.
                [fault.row, *map(formula_safe, (fault.field, fault.value, fault.rule, fault.what_to_do))]
            )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._out.close()
        if kind is None and self.by_rule:
            self._partial.replace(self.path)
        else:
            self._partial.unlink(missing_ok=True)
            if kind is None:
                # An earlier file of the same name told of rejects that are no more.
                self.path.unlink(missing_ok=True)
