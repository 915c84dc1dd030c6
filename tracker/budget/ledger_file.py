"""A ledger's export as CSV with a header: one row for each sum that went, or came back; other headers by a mapping."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from geo.rejects import Reject
from tracker.errors import BadEntry
from tracker.imports.columns import ColumnMapping, Columns, header_of
from tracker.imports.csv_records import Record
from tracker.imports.dates import DateForm
from tracker.imports.faults import RowFaults
from tracker.imports.fields import text_fault
from tracker.money import pence_of

COLUMNS = ("reference", "date", "line", "year", "amount", "words", "commitment")
_LONGEST = {"reference": 64, "line": 64, "year": 7, "words": 1000, "commitment": 64}
_MOST_PENCE = 10**15
"""Ten thousand thousand million pounds: more is a slip, and would not fit the column for long."""
ACTIONS = {
    "INVALID_COLUMN_COUNT": "Give every row all columns; put text with a comma in quotation marks.",
    "INVALID_TEXT": "Remove what cannot be kept from the text.",
    "MISSING_REFERENCE": "Give the ledger's own reference of the entry; by it a row sent again is known.",
    "TWICE_IN_FILE": "Give every entry a reference of its own; the first row of this one is taken.",
    "INVALID_DATE": "Give the day the money went as a real date.",
    "INVALID_AMOUNT": "Give pounds such as 469000, 469,000 or -1234.50; what came back is below nothing.",
    "NO_SUCH_LINE": "Give a line of this programme, with its year where it has one.",
    "NO_SUCH_COMMITMENT": "Give a commitment that is on record, or leave it empty; enter the commitment first.",
}
"""Every rule a row can break, and what its sender is to do."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One sum in pence, below nothing where it came back. `commitment` None: paid on none."""

    row: int
    reference: str
    day: date
    line: str
    year: str | None
    pence: int
    words: str
    commitment: str | None


@dataclass(frozen=True, slots=True)
class ReadLedgerRow:
    """A row as it was read: the sum, or all of its faults."""

    row: int
    sum: LedgerRow | None
    faults: tuple[Reject, ...]


def read(records: Iterator[Record], dates: DateForm, mapping: ColumnMapping) -> Iterator[ReadLedgerRow]:
    """Every record after the header.

    Raises UnreadableFile where there is no header, BadMapping where it lacks what is needed.
    """
    first = next(records, None)
    columns = Columns(header_of(first and first.fields, first and first.fault), COLUMNS, mapping)
    columns.need("reference", "date", "line", "amount")
    for record in records:
        yield _read_row(record._replace(row=record.row - 1), columns, dates)


def _read_row(record: Record, columns: Columns, dates: DateForm) -> ReadLedgerRow:
    faults = RowFaults(record.row, ACTIONS)
    if record.fault is not None:
        faults.add("row", record.fields[0], "INVALID_TEXT", record.fault)
        return ReadLedgerRow(record.row, None, tuple(faults.found))
    if len(record.fields) != columns.width:
        why = f"this row has {len(record.fields)} columns, the header {columns.width}"
        faults.add("row", ",".join(record.fields), "INVALID_COLUMN_COUNT", why)
        return ReadLedgerRow(record.row, None, tuple(faults.found))
    f = dict.fromkeys(COLUMNS, "") | columns.texts(record.fields)
    for name, longest in _LONGEST.items():
        unfit = text_fault(f[name], longest)
        if unfit is not None:
            faults.add(name, f[name], "INVALID_TEXT", f"this {unfit}")
    if not f["reference"]:
        faults.add("reference", "", "MISSING_REFERENCE")
    if not f["line"]:
        faults.add("line", "", "NO_SUCH_LINE", "no line is given")
    day = dates.date_of(f["date"])
    if day is None:
        faults.add("date", f["date"], "INVALID_DATE", f"the file is read with {dates}")
    pence = _pence(f["amount"], faults)
    if faults.found or day is None or pence is None:
        return ReadLedgerRow(record.row, None, tuple(faults.found))
    found = LedgerRow(
        row=record.row,
        reference=f["reference"],
        day=day,
        line=f["line"],
        year=f["year"] or None,
        pence=pence,
        words=f["words"],
        commitment=f["commitment"] or None,
    )
    return ReadLedgerRow(record.row, found, ())


def _pence(text: str, faults: RowFaults) -> int | None:
    try:
        pence = pence_of(text)
    except BadEntry:
        faults.add("amount", text, "INVALID_AMOUNT")
        return None
    if abs(pence) > _MOST_PENCE:
        faults.add("amount", text, "INVALID_AMOUNT", "this is more than any ledger of ours holds")
        return None
    return pence
