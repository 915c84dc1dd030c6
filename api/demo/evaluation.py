"""The demo's evaluators' files: people released before the pilot, what they did after, who is sentenced; invented."""

import csv
import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from geo.borough_names import BOROUGHS
from tracker.evaluation.imports.files import Kind

SOURCE = "made up for the demo"
_COMPARED = 900
PLANTED = 0.10
"""By so much a tag makes it less likely, in this London alone, that its wearer reoffends within twelve months: ten
points of a hundred. An estimate of the year later can be held against it."""
_SENTENCED = {
    "sex": {"male": 1790, "female": 110},
    "race": {"White": 560, "Black": 880, "Asian": 170, "Mixed": 190, "Other": 60, "not stated": 40},
    "age": {"18-20": 420, "21-24": 460, "25-29": 380, "30-34": 260, "35-39": 160, "40-49": 150, "50 and over": 70},
}


def write_evaluation(files: Path) -> dict[Kind, Path]:
    """Write the files; the same each time."""
    made = random.Random(570)
    people = [_person(made, n) for n in range(_COMPARED)]
    offences = [row for person in people for row in _offences(made, person)]
    counts = [
        {"population": "sentenced", "characteristic": name, "group": group, "count": n, "period": "2018/19"}
        for name, groups in _SENTENCED.items()
        for group, n in groups.items()
    ]
    return {
        Kind.COMPARISON: write_rows(files / "comparison.csv", people),
        Kind.REOFFENCES: write_rows(files / "reoffences.csv", offences),
        Kind.BENCHMARKS: write_rows(files / "benchmarks.csv", counts),
    }


def _person(made: random.Random, n: int) -> dict[str, Any]:
    released = date(2017, 3, 1) + timedelta(days=made.randrange(365))
    score = min(95, max(15, round(made.gauss(58, 16))))
    return {
        "reference": f"C{n:05}",
        "released_on": released,
        "age_on_release": made.choices((19, 22, 27, 32, 37, 44, 53), (20, 24, 22, 14, 9, 8, 3))[0],
        "sex": "female" if made.random() < 0.06 else "male",
        "ethnicity": made.choice(("B1", "W1", "B2", "W9", "M1", "A3", "B9", "NS", "O9", "W1")),
        "borough": made.choice(BOROUGHS[1:]).name,
        "offence_code": "00826",
        "ogrs_score": score,
        "prior_sanctions": max(0, round(made.gauss(score / 8, 2))),
        "custody_days": made.randrange(60, 900),
        "recalled_on": released + timedelta(days=made.randrange(20, 300)) if made.random() < 0.2 else "",
        "observed_until": "",
    }


def _offences(made: random.Random, person: dict[str, Any]) -> list[dict[str, Any]]:
    """A third reoffends within the year, the more so the higher the score."""
    return offences_of(made, person["reference"], person["released_on"], _likely(person["ogrs_score"]))


def _likely(score: float) -> float:
    """The probability of a proven offence within twelve months of a release without a tag."""
    return 0.05 + 0.5 * score / 100


def likely_with_a_tag(score: float) -> float:
    return max(0.02, _likely(score) - PLANTED)


def offences_of(made: random.Random, person: str, released_on: date, likely: float) -> list[dict[str, Any]]:
    """None, or one that leads to a conviction within half a year."""
    if made.random() > likely:
        return []
    on = released_on + timedelta(days=made.randrange(5, 365))
    convicted = on + timedelta(days=made.randrange(20, 160))
    code = made.choice(("00826", "00813", "03440"))
    return [{"person": person, "offence_date": on, "offence_code": code, "conviction_date": convicted}]


def write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """As CSV, each with its source."""
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, [*rows[0], "source"])
        writer.writeheader()
        writer.writerows({**row, "source": SOURCE} for row in rows)
    return path
