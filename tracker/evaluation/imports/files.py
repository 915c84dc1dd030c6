"""Evaluators' files as CSV with a header: reoffences, comparison people, characteristics, benchmark counts.

One reader for all kinds: each is a table of columns, and each column has its own reader.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from geo.borough_names import NoSuchBorough, borough_named
from geo.csv_records import RECORD_ACTIONS, Records
from geo.date_forms import DateForm
from geo.mapping import ColumnMapping
from tracker.errors import BadEntry
from tracker.evaluation.people import bands
from tracker.imports.faults import RowFaults
from tracker.imports.fields import decimal, text_fault
from tracker.imports.rows import ReadRow, columns_of, headed_rows
from tracker.screening import dated
from tracker.screening.home import OUTSIDE_LONDON
from tracker.screening.release_fields import ETHNICITIES

ACTIONS = RECORD_ACTIONS | {
    "MISSING": "Give a value: it is required.",
    "INVALID_DATE": "Give a date that exists, in the date format of the import.",
    "IMPOSSIBLE_DATE": "Correct the date.",
    "INVALID_NUMBER": "Give a whole number within the range.",
    "INVALID_PERCENT": "Give a per cent from 0 to 100, such as 62 or 62.5.",
    "INVALID_CHOICE": "Give one of the values listed.",
    "INVALID_BOROUGH": "Give one of the 33 London boroughs, or 'outside London'.",
    "INVALID_ETHNICITY": "Give a self-defined ethnicity code of the 18+1, such as B1, or leave it empty.",
    "TWICE_IN_FILE": "Give each once; the first row was imported.",
    "UNKNOWN_PERSON": "Give a reference of the comparison group, or a pseudonym of an export whose linkage file was "
    "handed over; outcomes under a wearer's reference come from the delivery officer.",
    "REFERENCE_TAKEN": "Use another reference for this comparison person: it is already a wearer's.",
}
"""Every rule a row can break, and how to correct it."""


class Kind(StrEnum):
    REOFFENCES = "reoffences"
    COMPARISON = "comparison"
    CHARACTERISTICS = "characteristics"
    BENCHMARKS = "benchmarks"


@dataclass(frozen=True, slots=True)
class Row:
    """A valid row: its values by column name."""

    row: int
    values: Mapping[str, Any]


Reader = Callable[[str, DateForm], Any]
"""Reads a text that is not empty. Raises `_InvalidValue`."""


class _InvalidValue(ValueError):
    def __init__(self, rule: str, why: str = "") -> None:
        super().__init__(why)
        self.rule = rule


def _text(longest: int) -> Reader:
    def read(text: str, _: DateForm) -> str:
        fault = text_fault(text, longest)
        if fault is not None:
            raise _InvalidValue("INVALID_TEXT", f"this {fault}")
        return text

    return read


def _day(text: str, dates: DateForm) -> date:
    found = dates.date_of(text)
    if found is None:
        raise _InvalidValue("INVALID_DATE", f"dates are read as {dates}{dates.instead(text)}")
    if not 1900 <= found.year <= 2200:
        raise _InvalidValue("IMPOSSIBLE_DATE", "the year must be from 1900 to 2200")
    return found


def _whole(least: int, most: int) -> Reader:
    def read(text: str, _: DateForm) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 12 and least <= int(text) <= most):
            raise _InvalidValue("INVALID_NUMBER", f"give a whole number from {least:,} to {most:,}")
        return int(text)

    return read


def _hundredths(text: str, _: DateForm) -> int:
    value = decimal(text.removesuffix("%").strip())
    if value is None or not 0 <= value <= 100:
        raise _InvalidValue("INVALID_PERCENT")
    return round(value * 100)


def _choice(*choices: str) -> Reader:
    def read(text: str, _: DateForm) -> str:
        found = [choice for choice in choices if choice.casefold() == text.casefold()]
        if not found:
            raise _InvalidValue("INVALID_CHOICE", f"give one of {', '.join(choices)}")
        return found[0]

    return read


def _ethnicity(text: str, _: DateForm) -> str:
    code = {"O1": "A4"}.get(text.upper(), text.upper())
    if not ETHNICITIES.fullmatch(code):
        raise _InvalidValue("INVALID_ETHNICITY")
    return code


def _borough(text: str, _: DateForm) -> str:
    if text.casefold() == OUTSIDE_LONDON.casefold():
        return OUTSIDE_LONDON
    try:
        return borough_named(text).name
    except NoSuchBorough:
        raise _InvalidValue("INVALID_BOROUGH") from None


def _offence(text: str, dates: DateForm) -> str:
    return dated.offence_code(str(_text(16)(text, dates)))


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns of a kind of file and their readers, the required columns, and the key that identifies a row."""

    columns: Mapping[str, Reader]
    needed: tuple[str, ...]
    key: tuple[str, ...]


_SOURCE = _text(200)
LAYOUTS: dict[Kind, Layout] = {
    Kind.REOFFENCES: Layout(
        {
            "person": _text(200),
            "offence_date": _day,
            "offence_code": _offence,
            "conviction_date": _day,
            "source": _SOURCE,
        },
        ("person", "offence_date", "offence_code", "source"),
        ("person", "offence_date", "offence_code"),
    ),
    Kind.COMPARISON: Layout(
        {
            "reference": _text(64),
            "released_on": _day,
            "age_on_release": _whole(10, 110),
            "sex": _choice("male", "female"),
            "ethnicity": _ethnicity,
            "borough": _borough,
            "offence_code": _offence,
            "ogrs_score": _hundredths,
            "prior_sanctions": _whole(0, 1000),
            "custody_days": _whole(0, 40_000),
            "recalled_on": _day,
            "observed_until": _day,
            "source": _SOURCE,
        },
        ("reference", "released_on", "source"),
        ("reference",),
    ),
    Kind.CHARACTERISTICS: Layout(
        {
            "person": _text(200),
            "characteristic": _choice(*bands.IMPORTED_CHARACTERISTICS),
            "group": _text(64),
            "source": _SOURCE,
        },
        ("person", "characteristic", "group", "source"),
        ("person", "characteristic"),
    ),
    Kind.BENCHMARKS: Layout(
        {
            "population": _text(100),
            "characteristic": _choice(*bands.CHARACTERISTICS),
            "group": _text(64),
            "count": _whole(0, 1_000_000_000),
            "period": _text(64),
            "source": _SOURCE,
        },
        ("population", "characteristic", "group", "count", "period", "source"),
        ("population", "characteristic", "group", "period"),
    ),
}
PERSONAL = frozenset({"person", "reference"})
"""Columns whose values are not repeated in rejects; the row number identifies them."""
IDS = (*PERSONAL, "offence_code")
_GROUPS = {"age": bands.AGE_BANDS, "sex": bands.SEXES, "race": bands.ETHNICITIES}


def read(records: Records, kind: Kind, dates: DateForm, mapping: ColumnMapping, today: date) -> Iterator[ReadRow[Row]]:
    """Every record after the header.

    Raises UnreadableFile where there is no header, BadMapping where a required column is missing.
    """
    layout = LAYOUTS[kind]
    columns = columns_of(records, tuple(layout.columns), mapping)
    columns.need(*layout.needed)
    seen: set[tuple[Any, ...]] = set()
    for found in headed_rows(records, columns, ACTIONS, ids=IDS, personal=True):
        faults = found.faults
        values = None if found.texts is None else _values(found.texts, layout, dates, faults)
        if values is not None and not faults.found:
            _check_row(kind, values, faults, today)
            key = tuple(values[name] for name in layout.key)
            if key in seen:
                faults.add(layout.key[0], _shown(layout.key[0], str(key[0])), "TWICE_IN_FILE")
            elif not faults.found:
                seen.add(key)
        good = None if faults.found or values is None else Row(found.row, values)
        yield ReadRow(found.row, good, tuple(faults.found))


def _values(texts: dict[str, str], layout: Layout, dates: DateForm, faults: RowFaults) -> dict[str, Any]:
    given = dict.fromkeys(layout.columns, "") | texts
    out: dict[str, Any] = {}
    for name, reader in layout.columns.items():
        text, out[name] = given[name], None
        if not text:
            if name in layout.needed:
                faults.add(name, "", "MISSING")
            continue
        try:
            out[name] = reader(text, dates)
        except _InvalidValue as invalid:
            faults.add(name, _shown(name, text), invalid.rule, str(invalid))
    return out


def _check_row(kind: Kind, values: dict[str, Any], faults: RowFaults, today: date) -> None:
    """Checks across the fields of a row."""
    for name, value in values.items():
        if isinstance(value, date) and value > today and name != "observed_until":
            faults.add(name, str(value), "IMPOSSIBLE_DATE", f"this is after today, {today}")
    if kind is Kind.REOFFENCES:
        convicted = values["conviction_date"]
        if convicted is not None and convicted < values["offence_date"]:
            faults.add("conviction_date", str(convicted), "IMPOSSIBLE_DATE", "this is before the offence")
    elif kind is Kind.COMPARISON:
        for name in ("recalled_on", "observed_until"):
            if values[name] is not None and values[name] < values["released_on"]:
                faults.add(name, str(values[name]), "IMPOSSIBLE_DATE", "this is before the release")
    elif kind is Kind.BENCHMARKS and values["characteristic"] in _GROUPS:
        groups = _GROUPS[values["characteristic"]]
        if values["group"] not in groups:
            faults.add("group", values["group"], "INVALID_CHOICE", f"give one of {', '.join(groups)}")


def _shown(name: str, text: str) -> str:
    return "" if name in PERSONAL else text


def kind_named(name: str) -> Kind:
    try:
        return Kind(name)
    except ValueError:
        raise BadEntry(f"kind is {name!r}; give one of {', '.join(Kind)}") from None
