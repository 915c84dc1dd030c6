"""The demo's release lists, week by week, as prisons would send them; and when and where the pilot is live.

People are made up. Some are planted with something wrong, so that there is something to attend to.
"""

import csv
from collections import defaultdict
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from geo.borough_names import BOROUGHS
from tracker.decisions.papers import papers
from tracker.times import london_day

PILOT = "gps-knife-licence"
LAUNCHES = (
    ("February 2019", date(2019, 2, 18)),
    ("June", date(2019, 6, 17)),
    ("August", date(2019, 8, 12)),
    ("September", date(2019, 9, 2)),
)
"""The first day is from the paper, the months of the others too; their days are made up."""
_LISTED_DAYS = 21
"""A list has those released three to four weeks after it."""
_PREMISES = ("Lambeth", "Croydon", "Southwark", "Lewisham")
UNDER_AGE, OTHER_PRISON, TURNED_DOWN, UNDECIDED, NO_BASIS, TAG_LEFT_ON, SCORE_FELL = range(1, 8)
"""People of whom something is wrong on purpose, so that there is something to attend to."""
_PRISONS = ("Belmarsh", "Brixton", "Feltham", "Isis", "Pentonville", "Thameside", "Wandsworth", "Wormwood Scrubs")
_ETHNICITIES = ("B1", "W1", "B2", "W1", "M1", "B9", "W9", "A3", "B2", "NS", "W1", "B1", "M9", "A9", "B2", "W2", "O9")
"""Made up: the proportions are not those of any real group."""


def write_releases(files: Path) -> dict[date, Path]:
    """Write the weekly release lists of everyone who wore a tag, as prisons would send them; by the day of each."""
    names = {borough.gss: borough.name for borough in BOROUGHS}
    first = first_fittings(files)
    lists: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for n, row in enumerate(wearers(files)):
        if row["wearer_id"] in first:
            released = london_day(first[row["wearer_id"]])
            sent = listed_on(released)
            lists[sent].append(_released(n, row, released, _first_borough(names[row["borough_gss"]], sent, n)))
    out = {}
    for sent, rows in sorted(lists.items()):
        out[sent] = files / f"releases-{sent}.csv"
        with out[sent].open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return out


def listed_on(released: date) -> date:
    """The Monday, three to four weeks before a release, whose list has it."""
    latest = released - timedelta(days=_LISTED_DAYS)
    return latest - timedelta(days=latest.weekday())


def _released(n: int, row: dict[str, Any], released: date, borough: str) -> dict[str, Any]:
    return {
        "wearer_ref": row["wearer_id"],
        "nomis_id": f"A{n:04}ZZ",
        "pnc_id": f"15/{n:07}X",
        "name": f"Invented Person {n}",
        "born": date(2002, 6, 1) if n == UNDER_AGE else date(1985 + n % 16, 1 + n % 12, 1 + n % 28),
        "sex": "male" if n % 20 else "female",
        "ethnicity": _ETHNICITIES[n % len(_ETHNICITIES)],
        "offence_code": "00826",
        "knife_involved": "yes",
        "knife_basis": "" if n == NO_BASIS else "sentencing remarks",
        "prison": "High Down" if n == OTHER_PRISON else _PRISONS[n % len(_PRISONS)],
        "planned_release": released,
        "licence_ends": date(2020, 9, 30),
        "borough": borough,
        "ogrs_instrument": "OGRS3",
        "ogrs_horizon": 2,
        "ogrs_score": row["ogrs2_pct"],
        "ogrs_date": date(2018, 7, 25),
    }


def _first_borough(own: str, listed: date, n: int) -> str:
    """A person's own borough if the pilot is live there on the day of the list; else one with approved premises."""
    return own if is_live(own, listed) else _PREMISES[n % len(_PREMISES)]


def is_live(borough: str, on: date) -> bool:
    return _launched_on()[borough] <= on


@cache
def _launched_on() -> dict[str, date]:
    """The day on which the pilot went live in each of its boroughs."""
    [pilot] = [paper for paper in papers() if paper.key == PILOT]
    phases = dict(LAUNCHES)
    places = (entry.values for entry in pilot.entries if entry.section == "place")
    return {each["place"]: phases[each["phase"]] for each in places if each["phase"] in phases}


def first_fittings(files: Path) -> dict[str, datetime]:
    worn = assignments(files).sort("from")
    return dict(worn.group_by("wearer_id", maintain_order=True).agg(pl.col("from").first()).iter_rows())


def wearers(files: Path) -> list[dict[str, Any]]:
    return list(pl.read_csv(files / "wearers.csv").iter_rows(named=True))


def assignments(files: Path) -> pl.DataFrame:
    frame = pl.read_csv(files / "assignments.csv", schema_overrides={"to": pl.String})
    return frame.with_columns(pl.col("from", "to").str.to_datetime(time_zone="UTC", time_unit="us", strict=False))
