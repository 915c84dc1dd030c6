"""data.police.uk street-level crime CSV: for maps and counts, never for matching.

A row has a month and no time, and stands on one of some 750,000 anonymous map points (data.police.uk/about). The same
Crime ID can stand on several rows and anti-social behaviour has none, so rows are told apart by their content.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from geo.clock import london_midnight
from geo.csv_records import Records
from geo.mapping import ColumnMapping
from tracker.crimes.codes import ACTIONS
from tracker.crimes.forces import known_by
from tracker.crimes.place import PlaceFields, read_place
from tracker.crimes.references import Ordinals, from_row
from tracker.crimes.row import CrimeRow, GivenPlace, Precision, ReadCrime
from tracker.imports.faults import RowFaults
from tracker.imports.fields import MAX_NAME_CHARS, decimal, text_fault
from tracker.imports.rows import HeadedRow, columns_of, headed_rows

COLUMNS = ("Crime ID", "Month", "Falls within", "Longitude", "Latitude", "Location", "Crime type")
_NEEDED = ("Crime ID", "Month", "Falls within", "Longitude", "Latitude", "Crime type")
_MONTH = re.compile(r"(?:199[0-9]|20[0-9]{2})-(?:0[1-9]|1[0-2])")


def read(records: Records, mapping: ColumnMapping) -> Iterator[ReadCrime]:
    """Every record after the header; rows without coordinates are kept, without a place.

    Raises UnreadableFile where there is no header, BadMapping where it is not this format's.
    """
    columns = columns_of(records, COLUMNS, mapping)
    columns.need(*_NEEDED)
    ordinals = Ordinals()
    for found in headed_rows(records, columns, ACTIONS, ids=("Crime ID",)):
        yield _read_row(found, ordinals)


def _read_row(found: HeadedRow, ordinals: Ordinals) -> ReadCrime:
    f, faults = found.texts, found.faults
    if f is None:
        return ReadCrime(found.row, None, tuple(faults.found))
    for name in ("Crime ID", "Falls within", "Crime type", "Location"):
        unfit = text_fault(f.get(name, ""), MAX_NAME_CHARS)
        if unfit is not None:
            faults.add(name, f[name], "INVALID_TEXT", f"this {unfit}")
    if not f["Falls within"]:
        faults.add("Falls within", "", "MISSING_POLICE_FORCE")
    if not f["Crime type"]:
        faults.add("Crime type", "", "MISSING_CRIME_TYPE")
    window = _month(f["Month"], faults)
    given = _place(f, faults)
    if faults.found or window is None:
        return ReadCrime(found.row, None, tuple(faults.found), f["Falls within"] or None)
    crime = CrimeRow(
        row=found.row,
        force=known_by(f["Falls within"]),
        crime_ref=ordinals.next(f["Crime ID"] or from_row(found.fields)),
        crime_type=f["Crime type"],
        t_from=window[0],
        t_to=window[1],
        given=given,
        text=f.get("Location", ""),
        precision=Precision.MONTH,
    )
    return ReadCrime(found.row, crime, (), crime.force)


def _month(text: str, faults: RowFaults) -> tuple[datetime, datetime] | None:
    if not _MONTH.fullmatch(text):
        faults.add("Month", text, "INVALID_MONTH")
        return None
    first = date(int(text[:4]), int(text[5:]), 1)
    following = (first + timedelta(days=31)).replace(day=1)
    # A window is closed: the last microsecond before the next month, so that no instant is in two months.
    return london_midnight(first), london_midnight(following) - timedelta(microseconds=1)


def _place(f: dict[str, str], faults: RowFaults) -> GivenPlace | None:
    if decimal(f["Longitude"]) == 0 == decimal(f["Latitude"]):
        # What its makers write for a place that no map point is near.
        return None
    return read_place(PlaceFields(latitude=f["Latitude"], longitude=f["Longitude"]), faults)
