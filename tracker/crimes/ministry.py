"""The Ministry of Justice's crime batch: CSV without a header, thirteen columns, one force and one batch a file.

Source: hmpps-electronic-monitoring-crime-matching-api, CrimeBatchCsvService and CsvConfig. Beyond its rules the datum
is read, the batch id is matched to its end, and the zone of the times is declared instead of taken to be UTC.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from geo.csv_records import Record, Records, value_fault
from geo.date_forms import DateForm
from geo.mapping import ColumnMapping
from geo.spreadsheet import damaged_id, without_nothing
from tracker.crimes.batch_id import batch_id_fault
from tracker.crimes.codes import ACTIONS
from tracker.crimes.forces import BY_IDENTIFIER
from tracker.crimes.place import MINISTRY_RANGES, PlaceFields, read_place
from tracker.crimes.row import CrimeRow, ReadCrime
from tracker.imports.faults import RowFaults
from tracker.imports.fields import MAX_NAME_CHARS, text_fault
from tracker.imports.instants import TimeFault, Zone, compact

COLUMNS = (
    "policeForce",
    "crimeTypeId",
    "crimeTypeDescription",
    "batchId",
    "crimeReference",
    "crimeDateTimeFrom",
    "crimeDateTimeTo",
    "easting",
    "northing",
    "latitude",
    "longitude",
    "datum",
    "crimeText",
)
IDS = ("batchId", "crimeReference")
_MAY_BE_EMPTY = ("crimeReference", "easting", "northing", "latitude", "longitude", "datum", "crimeText")
CRIME_TYPES = {
    "RB": "robbery",
    "BIAD": "burglary in a dwelling",
    "AB": "aggravated burglary",
    "BOTD": "burglary other than in a dwelling",
    "TOMV": "theft of a motor vehicle",
    "TFP": "theft from the person",
    "TFMV": "theft from a motor vehicle",
}
MAX_WINDOW = timedelta(hours=12)

_FORMAT_RULES = {"crimeDateTimeFrom": "INVALID_FROM_DATE_FORMAT", "crimeDateTimeTo": "INVALID_TO_DATE_FORMAT"}


def read(records: Records, zone: Zone, mapping: ColumnMapping) -> Iterator[ReadCrime]:
    """Every record as a crime or as all of its faults. Of the mapping the order of dates and the delimiter count."""
    records.width, records.delimiter, records.zoneless = len(COLUMNS), mapping.delimiter, True
    for record in records:
        faults = RowFaults(record.row, ACTIONS)
        fault = record.fault or records.width_fault(record.fields)
        if fault is not None:
            faults.add_fault("row", (records.delimiter or ",").join(record.fields), fault)
            yield ReadCrime(record.row, None, tuple(faults.found))
        else:
            yield _read_row(record, zone, mapping.dates, faults)


def _read_row(record: Record, zone: Zone, dates: DateForm, faults: RowFaults) -> ReadCrime:
    f = dict(zip(COLUMNS, (field.strip() for field in record.fields), strict=True))
    _check_texts(f, faults)

    force = f["policeForce"] if f["policeForce"] in BY_IDENTIFIER else None
    if force is None:
        near = [name for name in BY_IDENTIFIER if name.casefold() == f["policeForce"].casefold()]
        why = f"write {near[0]}" if near else ""
        faults.add("policeForce", f["policeForce"], "INVALID_POLICE_FORCE", why)
    crime_type = f["crimeTypeId"].upper()
    if crime_type not in CRIME_TYPES:
        faults.add("crimeTypeId", f["crimeTypeId"], "INVALID_CRIME_TYPE")
    bad_batch_id = batch_id_fault(f["batchId"], force)
    if bad_batch_id is not None:
        faults.add("batchId", f["batchId"], bad_batch_id.rule, bad_batch_id.why)
    if not f["crimeReference"]:
        faults.add("crimeReference", "", "MISSING_CRIME_REFERENCE")
    t_from = _instant("crimeDateTimeFrom", f, zone, dates, faults)
    t_to = _instant("crimeDateTimeTo", f, zone, dates, faults)
    if t_from is not None and t_to is not None:
        _check_window(t_from, t_to, f, faults)
    place_fields = PlaceFields(f["easting"], f["northing"], f["latitude"], f["longitude"], f["datum"])
    given = read_place(place_fields, faults, MINISTRY_RANGES)
    if not (f["easting"] or f["northing"] or f["latitude"] or f["longitude"]):
        faults.add("easting, northing, latitude, longitude", "", "MISSING_LOCATION_DATA")

    batch_id = f["batchId"] if bad_batch_id is None else None
    if faults.found or force is None or t_from is None or t_to is None:
        return ReadCrime(record.row, None, tuple(faults.found), force, batch_id)
    crime = CrimeRow(
        row=record.row,
        force=force,
        crime_ref=f["crimeReference"],
        crime_type=crime_type,
        t_from=t_from,
        t_to=t_to,
        batch_id=batch_id,
        given=given,
        text=f["crimeText"],
    )
    return ReadCrime(record.row, crime, (), force, batch_id)


def _check_texts(f: dict[str, str], faults: RowFaults) -> None:
    for name, value in f.items():
        unfit = value_fault(value) or (damaged_id(value) if name in IDS else None)
        if unfit is not None:
            faults.add_fault(name, value, unfit)
        elif name in _MAY_BE_EMPTY and value and not without_nothing(value):
            f[name], faults.spelt[name] = "", value
    long = text_fault(f["crimeReference"], MAX_NAME_CHARS)
    if long is not None:
        faults.add("crimeReference", f["crimeReference"], "INVALID_TEXT", f"this {long}")


def _instant(name: str, f: dict[str, str], zone: Zone, dates: DateForm, faults: RowFaults) -> datetime | None:
    read = compact(f[name], zone, dates)
    if isinstance(read, TimeFault):
        faults.add(name, f[name], read.rule_or(_FORMAT_RULES[name]), read.words)
        return None
    return read


def _check_window(t_from: datetime, t_to: datetime, f: dict[str, str], faults: RowFaults) -> None:
    if t_to < t_from:
        why = f"the window would start at {f['crimeDateTimeFrom']}, after it ends"
        faults.add("crimeDateTimeTo", f["crimeDateTimeTo"], "CRIME_DATE_TIME_TO_AFTER_FROM", why)
    elif t_to - t_from > MAX_WINDOW:
        why = f"this window is {(t_to - t_from).total_seconds() / 3600:.2f} hours long"
        faults.add("crimeDateTimeTo", f["crimeDateTimeTo"], "CRIME_DATE_TIME_EXCEEDS_WINDOW", why)
