"""Assignments as CSV with a header: device_id, wearer_id, from, to, and corrects; other headers by a mapping."""

from collections.abc import Iterator
from datetime import datetime

from geo.csv_records import Records
from geo.date_forms import DateForm
from geo.mapping import ColumnMapping
from tracker.assignments.codes import ACTIONS
from tracker.assignments.row import AssignmentRow
from tracker.imports.faults import RowFaults
from tracker.imports.fields import MAX_NAME_CHARS, text_fault
from tracker.imports.instants import TimeFault, Zone, iso
from tracker.imports.rows import HeadedRow, ReadRow, columns_of, headed_rows

NAMES = {
    "device_id": ("device_id", "device", "tag_id", "tracker_id", "unit_id", "imei", "device_serial", "serial_number"),
    "wearer_id": ("wearer_id", "wearer", "subject_id", "person_id"),
    "from": ("from", "fitted_at", "fitted", "start", "start_time", "from_date", "fitted_date"),
    "to": ("to", "removed_at", "removed", "end", "end_time", "to_date", "removed_date"),
    "corrects": ("corrects",),
}
"""Our columns, and the titles they are known by, best first."""
COLUMNS = tuple(NAMES)
TIMES = {"from": ("from", "fitted", "start"), "to": ("to", "removed", "end"), "corrects": ("corrects",)}
IDS = ("device_id", "wearer_id")
_FORM_RULES = {"from": "INVALID_FROM", "to": "INVALID_TO", "corrects": "INVALID_CORRECTS"}


def read(records: Records, zone: Zone, mapping: ColumnMapping) -> Iterator[ReadRow[AssignmentRow]]:
    """Every record after the header as an assignment or as all of its faults.

    Raises UnreadableFile where there is no header, BadMapping where it lacks what is needed.
    """
    columns = columns_of(records, NAMES, mapping, TIMES)
    columns.need("device_id", "wearer_id", "from", "to")
    # The column is needed, so that one that is named otherwise is not taken for "still fitted"; its values are not.
    columns.needed.discard("to")
    for found in headed_rows(records, columns, ACTIONS, ids=IDS):
        yield _read_row(found, zone, mapping.dates)


def _read_row(found: HeadedRow, zone: Zone, dates: DateForm) -> ReadRow[AssignmentRow]:
    f, faults = found.texts, found.faults
    if f is None:
        return ReadRow(found.row, None, tuple(faults.found))
    for name, rule in (("device_id", "MISSING_DEVICE"), ("wearer_id", "MISSING_WEARER")):
        unfit = text_fault(f[name], MAX_NAME_CHARS)
        if unfit is not None:
            faults.add(name, f[name], "INVALID_TEXT", f"this {unfit}")
        elif not f[name]:
            faults.add(name, "", rule)
    if not f["from"]:
        faults.add("from", "", "MISSING_FROM")
    fitted_at, removed_at, corrects_from = (
        _instant(name, f, zone, dates, faults) for name in ("from", "to", "corrects")
    )
    if fitted_at is not None and removed_at is not None and removed_at <= fitted_at:
        faults.add("to", f["to"], "TO_NOT_AFTER_FROM", f"the device was fitted at {f['from']}")
    if faults.found or fitted_at is None:
        return ReadRow(found.row, None, tuple(faults.found))
    assignment = AssignmentRow(
        row=found.row,
        device_id=f["device_id"],
        wearer_id=f["wearer_id"],
        fitted_at=fitted_at,
        removed_at=removed_at,
        corrects_from=corrects_from,
    )
    return ReadRow(found.row, assignment, ())


def _instant(name: str, f: dict[str, str], zone: Zone, dates: DateForm, faults: RowFaults) -> datetime | None:
    text = f.get(name, "")
    if not text:
        return None
    read = iso(text, zone, dates)
    if isinstance(read, TimeFault):
        faults.add(name, text, read.rule_or(_FORM_RULES[name]), read.words)
        return None
    return read
