"""Types of crime as a dated table: the ministry's seven, which are acquisitive, and knife crime, the pilot's.

Any other type is accepted as written; it is kept, matched, and reported as in no table.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files

from tracker.times import london_day


@dataclass(frozen=True, slots=True)
class CrimeType:
    """A type of crime and the days it is valid for, [since, until)."""

    code: str
    words: str
    acquisitive: bool
    knife: bool
    since: date
    until: date | None
    source: str


@cache
def crime_types() -> tuple[CrimeType, ...]:
    text = (files("tracker") / "crimes" / "data" / "types.csv").read_text(encoding="utf-8")
    return tuple(_rows(csv.DictReader(text.splitlines())))


def type_named(text: str, on: date) -> CrimeType | None:
    """The type of a code or name, in upper or lower case, on a day; None for an unknown one."""
    key = text.strip().casefold()
    for each in crime_types():
        named = key in (each.code.casefold(), each.words.casefold())
        if named and each.since <= on and (each.until is None or on < each.until):
            return each
    return None


def type_in_words(text: str, at: datetime) -> str | None:
    """The words of a type on the day of the crime, such as Robbery; None for a type in no table."""
    found = type_named(text, london_day(at))
    return None if found is None else found.words


def _rows(reader: "csv.DictReader[str]") -> Iterator[CrimeType]:
    for row in reader:
        until = date.fromisoformat(row["until"]) if row["until"] else None
        flags = row["acquisitive"] == "yes", row["knife"] == "yes"
        yield CrimeType(row["code"], row["words"], *flags, date.fromisoformat(row["since"]), until, row["source"])
