"""Rows and files for the tracker's tests."""

import csv
import io
from pathlib import Path

from geo.csv_records import Records, as_text
from geo.mapping import ColumnMapping
from tracker.crimes import ministry
from tracker.crimes.placing import placed
from tracker.crimes.row import ReadCrime
from tracker.imports.instants import Zone

GOOD = {
    "policeForce": "Metropolitan",
    "crimeTypeId": "TOMV",
    "crimeTypeDescription": "Theft of motor vehicle",
    "batchId": "MPS20190301",
    "crimeReference": "CRI00000001",
    "crimeDateTimeFrom": "20190227183000",
    "crimeDateTimeTo": "20190227193000",
    "easting": "530000",
    "northing": "180000.5",
    "latitude": "",
    "longitude": "",
    "datum": "OSGB36",
    "crimeText": "Taken from the drive",
}


def batch_row(**changes: str) -> str:
    """One line of a ministry batch: a good row with `changes`."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([(GOOD | changes)[name] for name in ministry.COLUMNS])
    return out.getvalue()


BATCH_ROW = batch_row()
ASSIGNMENTS_CSV = """device_id,wearer_id,from,to
D1,W1,2019-02-18T09:00:00Z,2019-03-18T09:00:00Z
D1,W2,2019-03-18T09:00:00Z,
"""


DEGREES = {"easting": "", "northing": "", "latitude": "51.5", "longitude": "-0.12", "datum": "WGS84"}
"""Changes that give a row's place in degrees."""


def read_batch(text: str, zone: Zone = Zone.UTC) -> list[ReadCrime]:
    """The rows of a ministry batch, placed."""
    return placed(ministry.read(Records(as_text(io.BytesIO(text.encode()))), zone, ColumnMapping()))


def write_csv(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path
