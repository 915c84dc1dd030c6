"""Release lists as CSV with a header; other people's headers by a mapping. Empty fields say nothing."""

from collections.abc import Iterator
from datetime import date

from tracker.imports.columns import ColumnMapping, Columns, header_of
from tracker.imports.csv_records import Record
from tracker.imports.dates import DateForm
from tracker.imports.faults import RowFaults
from tracker.screening.codes import ACTIONS
from tracker.screening.release_fields import COLUMNS, Fields
from tracker.screening.release_row import ReadRelease


def read(records: Iterator[Record], dates: DateForm, mapping: ColumnMapping, today: date) -> Iterator[ReadRelease]:
    """Every record after the header as a release or as all of its faults; not placed yet.

    Raises UnreadableFile where there is no header, BadMapping where it lacks what is needed.
    """
    first = next(records, None)
    columns = Columns(header_of(first and first.fields, first and first.fault), COLUMNS, mapping)
    columns.need("name", "planned_release")
    if not any(name in columns for name in ("nomis_id", "crn", "pnc_id")):
        columns.need("nomis_id")
    for record in records:
        yield _read_row(record._replace(row=record.row - 1), columns, dates, today)


def _read_row(record: Record, columns: Columns, dates: DateForm, today: date) -> ReadRelease:
    faults = RowFaults(record.row, ACTIONS)
    if record.fault is not None:
        faults.add("row", "", "INVALID_TEXT", record.fault)
    elif len(record.fields) != columns.width:
        why = f"this row has {len(record.fields)} columns, the header {columns.width}"
        faults.add("row", "", "INVALID_COLUMN_COUNT", why)
    if faults.found:
        return ReadRelease(record.row, None, tuple(faults.found))
    release = Fields(columns.texts(record.fields), faults, dates, today).release(record.row)
    return ReadRelease(record.row, None if faults.found else release, tuple(faults.found))
