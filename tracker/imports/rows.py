"""What came of one record of a file: a typed row, or everything that is wrong with it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from geo.rejects import Reject
from tracker.imports.columns import ColumnMapping, Columns, header_of
from tracker.imports.csv_records import Record
from tracker.imports.faults import RowFaults

Good = TypeVar("Good")
Good_co = TypeVar("Good_co", covariant=True)


class ReadRow(NamedTuple, Generic[Good]):
    """Record number `row` of a file, counted from 1 without the header: `good`, or None and its `faults`."""

    row: int
    good: Good | None
    faults: tuple[Reject, ...] = ()


class AnyReadRow(Protocol[Good_co]):
    """What a reader yields: a `ReadRow`, or one that carries more."""

    @property
    def row(self) -> int: ...

    @property
    def good(self) -> Good_co | None: ...

    @property
    def faults(self) -> tuple[Reject, ...]: ...


class HeadedRow(NamedTuple):
    """One record of a file with a header. `texts` are the trimmed texts of the columns in use, by our names; None
    where the record could not be told apart into columns, and `faults` says why."""

    row: int
    fields: list[str]
    texts: dict[str, str] | None
    faults: RowFaults


def columns_of(records: Iterator[Record], names: Sequence[str], mapping: ColumnMapping) -> Columns:
    """Take the header off `records` and fit `mapping` to it.

    Raises UnreadableFile where there is no header, BadMapping where the mapping does not fit it.
    """
    first = next(records, None)
    return Columns(header_of(first and first.fields, first and first.fault), names, mapping)


def headed_rows(
    records: Iterator[Record], columns: Columns, actions: Mapping[str, str], *, personal: bool = False
) -> Iterator[HeadedRow]:
    """The records after the header. With `personal` no fault repeats a whole record: its number leads to it."""
    for record in records:
        row = record.row - 1
        faults = RowFaults(row, actions)
        if record.fault is not None:
            faults.add("row", "" if personal else record.fields[0], "INVALID_TEXT", record.fault)
        elif len(record.fields) != columns.width:
            why = f"this row has {len(record.fields)} columns, the header {columns.width}"
            faults.add("row", "" if personal else ",".join(record.fields), "INVALID_COLUMN_COUNT", why)
        texts = None if faults.found else columns.texts(record.fields)
        yield HeadedRow(row, record.fields, texts, faults)
