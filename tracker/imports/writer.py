"""What puts the rows of a file on record: each kind of file has a writer of its own."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from geo.rejects import Reject

Good = TypeVar("Good")
Turn = Callable[[Sequence[Good]], Iterable[Reject]]
"""Takes some thousands of rows, in the file's order; returns the faults of those that do not fit the record."""


class RowWriter(Generic[Good]):
    """Writes within one entry, and counts what the rows came to. A kind gives `write_row`, or `write`, or `turns`.

    kept: rows that made something new, of which `corrections` replaced something on record, `changed` counts by what.
    """

    def __init__(self) -> None:
        self.kept = self.same = self.corrections = 0
        self.changed: Counter[str] = Counter()

    def turns(self) -> Sequence[Turn[Good]]:
        """What to call with all rows, one after the other. Only the last may return faults."""
        return (self.write,)

    def write(self, rows: Sequence[Good]) -> Iterable[Reject]:
        return [fault for row in rows for fault in self.write_row(row)]

    def write_row(self, row: Good) -> Iterable[Reject]:
        """Write one row; its faults if it does not fit the record."""
        raise NotImplementedError

    def finish(self) -> dict[str, Any]:
        """Called once, after the last row and within the entry: further fields of the `ImportReport`."""
        return {}
