"""Rows and files for the tracker's tests."""

import csv
import io
from pathlib import Path

from tracker.crimes.ministry import COLUMNS

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
    csv.writer(out, lineterminator="\n").writerow([(GOOD | changes)[name] for name in COLUMNS])
    return out.getvalue()


BATCH_ROW = batch_row()
ASSIGNMENTS_CSV = """device_id,wearer_id,from,to
D1,W1,2019-02-18T09:00:00Z,2019-03-18T09:00:00Z
D1,W2,2019-03-18T09:00:00Z,
"""


def write_csv(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path
