"""A finance ledger's export, CSV with a header: one row for each payment or refund. A mapping names other headers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from geo.csv_records import RECORD_ACTIONS, Records
from geo.date_forms import DateForm
from geo.mapping import ColumnMapping
from tracker.errors import BadEntry
from tracker.imports.faults import RowFaults
from tracker.imports.fields import text_fault
from tracker.imports.rows import HeadedRow, ReadRow, columns_of, headed_rows
from tracker.money import pence_of

COLUMNS = ("reference", "date", "line", "year", "amount", "words", "commitment")
REQUIRED = ("reference", "date", "line", "amount")
LONGEST = {"reference": 64, "line": 64, "year": 7, "words": 1000, "commitment": 64}
_MOST_PENCE = 10**15
"""£10 million million: a larger amount is a typing error, and sums of such would overflow the column."""
IDS = ("reference", "commitment")
ACTIONS = RECORD_ACTIONS | {
    "MISSING_REFERENCE": "Give the ledger's own reference of the entry; it shows whether a row was imported before.",
    "TWICE_IN_FILE": "Give every entry a reference of its own; only the first row with this one was imported.",
    "INVALID_DATE": "Give the day of the payment as a valid date.",
    "DATE_IN_FUTURE": "Give the day on which it was paid; what is still to be paid is a commitment.",
    "INVALID_AMOUNT": "Give pounds such as 469000, 469,000 or -1234.50; a refund is negative.",
    "NO_SUCH_LINE": "Give a line of this programme, with its year where it has one.",
    "NO_SUCH_COMMITMENT": "Give a commitment that is on record, or leave it empty; enter the commitment first.",
}
"""Every rule a row can break, and what to do about it."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One payment in pence, negative if it is a refund. `commitment` None: it is paid under no commitment."""

    row: int
    reference: str
    day: date
    line: str
    year: str | None
    pence: int
    words: str
    commitment: str | None


def read(records: Records, dates: DateForm, mapping: ColumnMapping) -> Iterator[ReadRow[LedgerRow]]:
    """Every record after the header.

    Raises UnreadableFile where there is no header, BadMapping where it lacks what is needed.
    """
    columns = columns_of(records, COLUMNS, mapping)
    columns.need(*REQUIRED)
    for found in headed_rows(records, columns, ACTIONS, ids=IDS):
        yield _read_row(found, dates)


def _read_row(read: HeadedRow, dates: DateForm) -> ReadRow[LedgerRow]:
    faults = read.faults
    if read.texts is None:
        return ReadRow(read.row, None, tuple(faults.found))
    f = dict.fromkeys(COLUMNS, "") | read.texts
    for name, longest in LONGEST.items():
        unfit = text_fault(f[name], longest)
        if unfit is not None:
            faults.add(name, f[name], "INVALID_TEXT", f"this {unfit}")
    if not f["reference"]:
        faults.add("reference", "", "MISSING_REFERENCE")
    if not f["line"]:
        faults.add("line", "", "NO_SUCH_LINE", "no line is given")
    day = dates.date_of(f["date"])
    if day is None:
        faults.add("date", f["date"], "INVALID_DATE", f"the file is read with {dates}{dates.instead(f['date'])}")
    pence = _pence(f["amount"], faults)
    if faults.found or day is None or pence is None:
        return ReadRow(read.row, None, tuple(faults.found))
    found = LedgerRow(
        row=read.row,
        reference=f["reference"],
        day=day,
        line=f["line"],
        year=f["year"] or None,
        pence=pence,
        words=f["words"],
        commitment=f["commitment"] or None,
    )
    return ReadRow(read.row, found, ())


def _pence(text: str, faults: RowFaults) -> int | None:
    try:
        pence = pence_of(text)
    except BadEntry:
        faults.add("amount", text, "INVALID_AMOUNT")
        return None
    if abs(pence) > _MOST_PENCE:
        faults.add("amount", text, "INVALID_AMOUNT", "the amount is too large to be right")
        return None
    return pence
