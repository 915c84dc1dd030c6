"""Release lists as CSV with a header; other people's headers by a mapping. Empty fields say nothing."""

from collections.abc import Iterator
from datetime import date

from geo.csv_records import Records
from geo.date_forms import DateForm
from geo.mapping import ColumnMapping
from tracker.imports.rows import ReadRow, columns_of, headed_rows
from tracker.screening.codes import ACTIONS
from tracker.screening.release_fields import COLUMNS, REQUIRED, Fields
from tracker.screening.release_row import IDENTIFIERS, ReleaseRow


def read(records: Records, dates: DateForm, mapping: ColumnMapping, today: date) -> Iterator[ReadRow[ReleaseRow]]:
    """Every record after the header as a release or as all of its faults; not placed yet.

    Raises UnreadableFile where there is no header, BadMapping where it lacks what is needed.
    """
    columns = columns_of(records, COLUMNS, mapping)
    columns.need(*REQUIRED)
    if not any(name in columns for name in IDENTIFIERS):
        columns.need("nomis_id")
    for found in headed_rows(records, columns, ACTIONS, ids=(*IDENTIFIERS, "offence_code"), personal=True):
        release = None
        if found.texts is not None:
            release = Fields(found.texts, found.faults, dates, today).release(found.row)
        yield ReadRow(found.row, None if found.faults.found else release, tuple(found.faults.found))
