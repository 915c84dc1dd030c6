"""A file of counts, CSV with a header: one row for each borough and year. A mapping names other headers, or gives a
value for every row, as for the source and the licence."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from geo.borough_names import NoSuchBorough, borough_named
from geo.csv_records import RECORD_ACTIONS, Records
from geo.date_forms import DateForm
from geo.mapping import ColumnMapping
from tracker.errors import BadEntry
from tracker.imports.faults import RowFaults
from tracker.imports.fields import text_fault
from tracker.imports.rows import HeadedRow, ReadRow, columns_of, headed_rows
from tracker.programme.fields import financial_year

COLUMNS = ("borough", "year", "count", "published", "source", "licence")
LONGEST = {"borough": 64, "year": 7, "source": 200, "licence": 200}
MOST = 1_000_000
ACTIONS = RECORD_ACTIONS | {
    "TWICE_IN_FILE": "Give each borough and year once; only the first row of this one was imported.",
    "INVALID_BOROUGH": "Give one of the 33 London boroughs, by name or GSS code.",
    "INVALID_YEAR": "Give a year such as 2018, or a financial year such as 2018/19.",
    "INVALID_COUNT": "Give a whole number of crimes, 0 or more, such as 412 or 1,204.",
    "INVALID_DATE": "Give the day on which the figures were published as a valid date that is not in the future.",
    "MISSING_SOURCE": "Name where the figures come from, for example with --source.",
    "MISSING_LICENCE": "Name the licence under which they may be used, for example with --licence.",
}
"""Every rule a row can break, and what to do about it."""
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_COUNT = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,7}")


@dataclass(frozen=True, slots=True)
class CountRow:
    """Knife crimes of a borough, by its usual name, in a year."""

    row: int
    borough: str
    year: str
    count: int
    published: date
    source: str
    licence: str


def read(records: Records, dates: DateForm, mapping: ColumnMapping, today: date) -> Iterator[ReadRow[CountRow]]:
    """Every record after the header.

    Raises UnreadableFile where there is no header, BadMapping where it lacks what is needed.
    """
    columns = columns_of(records, COLUMNS, mapping)
    columns.need(*COLUMNS)
    for found in headed_rows(records, columns, ACTIONS, ids=()):
        yield _read_row(found, dates, today)


def _read_row(read: HeadedRow, dates: DateForm, today: date) -> ReadRow[CountRow]:
    faults = read.faults
    if read.texts is None:
        return ReadRow(read.row, None, tuple(faults.found))
    f = read.texts
    for name, longest in LONGEST.items():
        if (unfit := text_fault(f[name], longest)) is not None:
            faults.add(name, f[name], "INVALID_TEXT", f"this {unfit}")
    borough, year, count = _borough(f["borough"], faults), _year(f["year"], faults), _count(f["count"], faults)
    published = dates.date_of(f["published"])
    if published is None or published > today:
        read_as = f"the file is read with {dates}{dates.instead(f['published'])}"
        why = read_as if published is None else f"today is {today}"
        faults.add("published", f["published"], "INVALID_DATE", why)
    for name, rule in (("source", "MISSING_SOURCE"), ("licence", "MISSING_LICENCE")):
        if not f[name]:
            faults.add(name, "", rule)
    if faults.found or borough is None or year is None or count is None or published is None:
        return ReadRow(read.row, None, tuple(faults.found))
    return ReadRow(read.row, CountRow(read.row, borough, year, count, published, f["source"], f["licence"]), ())


def _borough(text: str, faults: RowFaults) -> str | None:
    try:
        return borough_named(text).name
    except NoSuchBorough:
        faults.add("borough", text, "INVALID_BOROUGH")
        return None


def _year(text: str, faults: RowFaults) -> str | None:
    try:
        return text if _YEAR.fullmatch(text) else str(financial_year(text))
    except BadEntry:
        faults.add("year", text, "INVALID_YEAR")
        return None


def _count(text: str, faults: RowFaults) -> int | None:
    found = int(text.replace(",", "")) if _COUNT.fullmatch(text) else None
    if found is None or found > MOST:
        faults.add("count", text, "INVALID_COUNT")
        return None
    return found
