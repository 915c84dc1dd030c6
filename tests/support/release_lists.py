"""Release lists for tests: a good row with changes, as a file."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from tests.support.pilot import PILOT
from tracker.screening.importer import Released, import_releases

NOW = datetime(2019, 4, 1, 9, tzinfo=UTC)
"""When the pilot is launched and lists are imported, unless a test says otherwise."""
ROW = {
    "nomis_id": "A1234BC",
    "crn": "X100001",
    "name": "Sample Person",
    "born": "1997-05-01",
    "sex": "M",
    "ethnicity": "W1",
    "offence_code": "8/26",
    "knife_involved": "yes",
    "knife_basis": "the indictment",
    "prison": "HMP Brixton",
    "planned_release": "2019-05-01",
    "licence_ends": "2020-05-01",
    "borough": "Lambeth",
    "easting": "",
    "northing": "",
    "postcode": "",
    "ogrs_instrument": "OGRS3",
    "ogrs_horizon": "2",
    "ogrs_score": "56",
    "ogrs_date": "2019-03-01",
}


def person(n: int) -> dict[str, str]:
    """Identifiers of person `n`."""
    return {"nomis_id": f"A{n:04}BC", "crn": f"X{n:06}", "name": f"Sample {n}"}


def write_list(path: Path, *rows: dict[str, str]) -> Path:
    columns = list(dict.fromkeys(name for row in rows for name in (*ROW, *row)))
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, columns)
        writer.writeheader()
        writer.writerows(ROW | row for row in rows)
    return path


def imported(engine: Engine, folder: Path, *rows: dict[str, str], **options: Any) -> Released:
    """The rows as a list of their own, imported on 1 April 2019."""
    names = sum(1 for _ in folder.glob("list*.csv"))
    path = write_list(folder / f"list{names}.csv", *rows)
    settings: dict[str, Any] = {"rejects_dir": folder / "rejects", "by": "officer", "received_at": NOW}
    settings |= {"today": NOW.date(), **options}
    return import_releases(engine, path, PILOT, **settings)
