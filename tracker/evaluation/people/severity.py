"""How serious an offence is: the longest sentence that the law allows for it, in years, on the day of the offence.

The law's own order of offences, dated, each row with its source (`data/offence_severity.csv`). A row is for one code of
five digits, or for a whole category (the first three); the longer one counts. Life counts as 25 years, which is marked.
An offence that no row is for has no severity: sums leave it out, and say so.
"""

import csv
import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from tracker.screening.dated import offence_code

_FILE = "offence_severity.csv"


@dataclass(frozen=True, slots=True)
class Severity:
    """`code`: five digits, or the three of a category; `until`: the first day on which it no longer holds."""

    code: str
    words: str
    years: float
    life: bool
    since: date
    until: date | None
    source: str


@cache
def severities() -> tuple[Severity, ...]:
    return tuple(
        Severity(
            r["code"],
            r["words"],
            float(r["years"]),
            r["life"] == "yes",
            date.fromisoformat(r["from"]),
            date.fromisoformat(r["until"]) if r["until"] else None,
            r["source"],
        )
        for r in csv.DictReader(_text().splitlines())
    )


@cache
def version() -> str:
    """Eight characters that change whenever the table does."""
    return hashlib.sha256(_text().encode()).hexdigest()[:8]


def severity_of(code: str, on: date) -> Severity | None:
    """None if the table has nothing for that code on that day."""
    plain = offence_code(code)
    valid = [
        row
        for row in severities()
        if plain.startswith(row.code) and row.since <= on and (row.until is None or on < row.until)
    ]
    return max(valid, key=lambda row: len(row.code), default=None)


def _text() -> str:
    return (files("tracker.evaluation.people") / "data" / _FILE).read_text(encoding="utf-8")
