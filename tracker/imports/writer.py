"""Writers that put the rows of a file on record: each kind of file has one of its own.

A kind that can decide about each row alone is a `SingleRowWriter`. One that looks things up for many rows at once is a
`BatchWriter`. One that has to pass over the file more than once is a `RowWriter`.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import Connection

from geo.rejects import Reject
from tracker.record.base import Table
from tracker.record.entry import Entry

Good = TypeVar("Good")
Turn = Callable[[Sequence[Good]], Iterable[Reject]]
"""Takes some thousands of rows, in the file's order; returns the faults of those that do not fit the record."""


class RowWriter(ABC, Generic[Good]):
    """Writes within one entry, and counts what the rows came to.

    kept: rows that made something new, of which `corrections` replaced something on record, `changed` counts by what.
    """

    bulk: ClassVar[tuple[type[Table], ...]] = ()
    """Tables that it writes many rows to at once, without an audit row for each: the import's has their digest."""

    def __init__(self) -> None:
        self.kept = self.same = self.corrections = 0
        self.changed: Counter[str] = Counter()

    @abstractmethod
    def turns(self) -> Sequence[Turn[Good]]:
        """What to call with all rows, one after the other. Only the last may return faults."""

    def finished(self) -> None:
        """Of rows that are made ready: they have all been seen."""

    def holds(self, connection: Connection) -> bool:
        """Of rows that were made ready: whether what they rest on is as it was then."""
        raise NotImplementedError

    def enter(self, entry: Entry, file_id: int) -> dict[str, tuple[int, str]]:
        """Of rows that were made ready: write them. Returns, by table of `bulk`, how many and their digest."""
        raise NotImplementedError

    def finish(self) -> dict[str, Any]:
        """Called once, after the last row and within the entry: further fields of the `ImportReport`."""
        return {}


class BatchWriter(RowWriter[Good]):
    """Writes some thousands of rows at a time."""

    def turns(self) -> Sequence[Turn[Good]]:
        return (self.write,)

    @abstractmethod
    def write(self, rows: Sequence[Good]) -> Iterable[Reject]:
        """Write the rows; the faults of those that do not fit the record."""


class SingleRowWriter(BatchWriter[Good]):
    """Writes one row after the other."""

    def write(self, rows: Sequence[Good]) -> Iterable[Reject]:
        return [fault for row in rows for fault in self.write_row(row)]

    @abstractmethod
    def write_row(self, row: Good) -> Iterable[Reject]:
        """Write one row; its faults if it does not fit the record."""
