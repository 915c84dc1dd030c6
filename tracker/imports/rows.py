"""What came of one record of a file: a typed row, or everything that is wrong with it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from geo.csv_records import Records, value_fault
from geo.date_forms import has_offset
from geo.mapping import ColumnMapping, Columns
from geo.rejects import Reject
from geo.spreadsheet import damaged_id, without_nothing
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
    where the record or a value cannot be read at all, and `faults` says why."""

    row: int
    fields: list[str]
    texts: dict[str, str] | None
    faults: RowFaults


def columns_of(
    records: Records,
    names: Sequence[str] | Mapping[str, Sequence[str]],
    mapping: ColumnMapping,
    times: Mapping[str, Sequence[str]] | None = None,
) -> Columns:
    """Take the header off `records` and fit `mapping` to it; `times` as of `Columns`.

    Raises UnreadableFile where there is no header, BadMapping where the mapping does not fit it.
    """
    records.delimiter = mapping.delimiter or records.delimiter
    header, _ = records.header()
    columns = Columns(header, names, mapping, times)
    records.columns = columns
    return columns


def headed_rows(
    records: Records,
    columns: Columns,
    actions: Mapping[str, str],
    *,
    ids: Collection[str],
    personal: bool = False,
) -> Iterator[HeadedRow]:
    """The records after the header. A spelling of nothing (NULL) is an empty field: what has to be there is missing.

    `ids` are our names of references and ids, which a spreadsheet may have destroyed. With `personal` no fault repeats
    a value: the row's number leads to it.
    """
    times = [name for name in columns.times if name in columns]
    for record in records:
        faults = RowFaults(record.row, actions)
        fault = record.fault or records.width_fault(record.fields)
        texts = None if fault is not None else columns.texts(record.fields)
        if fault is not None:
            faults.add_fault("row", "" if personal else (records.delimiter or ",").join(record.fields), fault)
        if texts is not None and not records.zoneless:
            records.zoneless = any(texts[name] and not has_offset(texts[name]) for name in times)
        for name, value in (texts or {}).items():
            unfit = value_fault(value) or (damaged_id(value, columns.theirs.get(name, "")) if name in ids else None)
            if unfit is not None:
                faults.add_fault(name, "" if personal else value, unfit)
            elif texts is not None and value and not without_nothing(value):
                texts[name] = ""
                if not personal:
                    faults.spelt[name] = value
        yield HeadedRow(record.row, record.fields, None if faults.found else texts, faults)
