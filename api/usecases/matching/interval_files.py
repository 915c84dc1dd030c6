"""Who may be matched, and when: a CSV of wearer_id, from, to, read whole or not at all.

Here, unlike everywhere else, one bad row stops the work. A row left out of this file would quietly take a person out of
a match, or leave in it a person whose time had ended.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

import polars as pl

from api.errors import BadIntervals
from geo.clock import BadInstant, london_midnight, parse_instant
from geo.csv_records import Records, as_text
from geo.mapping import ColumnMapping
from geo.rejects import Reject
from matcher.schemas import INTERVALS
from tracker.imports.rows import columns_of, headed_rows

COLUMNS = ("wearer_id", "from", "to")
Row = TypeVar("Row")
_SHOWN = 20
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OFFSET = re.compile(r"(?:[Zz]|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)$")


class _Row(NamedTuple):
    wearer_id: str
    start: datetime
    end: datetime | None


def read_intervals(path: Path) -> pl.DataFrame:
    """The file's intervals as `matcher.schemas.INTERVALS`, [from, to); an empty `to` is open.

    `from` and `to` are instants with Z or an offset, or civil dates, which begin at midnight in London: a `to` of
    2019-10-01 lasts to the end of 30 September.

    Raises BadIntervals naming every bad row, UnreadableFile or BadMapping where it is no such file.
    """
    return pl.DataFrame(whole_file(path, COLUMNS, _read), schema=INTERVALS, orient="row")


def whole_file(
    path: Path, names: tuple[str, ...], read: Callable[[int, dict[str, str], list[Reject]], Row | None]
) -> list[Row]:
    """Every row of a CSV of these columns, as `read` takes it from the row's number and texts.

    `read` adds what is wrong to the list it is handed, and returns None then. Raises as `read_intervals`.
    """
    rows: list[Row] = []
    faults: list[Reject] = []
    with path.open("rb") as raw:
        records = Records(as_text(raw))
        columns = columns_of(records, names, ColumnMapping())
        columns.need(*names)
        for found in headed_rows(records, columns, {}, ids=("wearer_id", "device_id")):
            faults += found.faults.found
            row = None if found.texts is None else read(found.row, found.texts, faults)
            if row is not None:
                rows.append(row)
    if faults:
        raise BadIntervals(_message(path, faults))
    return rows


def _message(path: Path, faults: list[Reject]) -> str:
    rows = len({fault.row for fault in faults})
    lines = [f"{path.name}: {rows:,} rows are bad, and a match never uses part of such a file:"]
    lines += [f"  {fault}" for fault in faults[:_SHOWN]]
    if len(faults) > _SHOWN:
        lines.append(f"  and {len(faults) - _SHOWN:,} more")
    return "\n".join(lines)


def _read(row: int, texts: dict[str, str], faults: list[Reject]) -> _Row | None:
    before = len(faults)
    if not texts["wearer_id"]:
        faults.append(Reject(row, "wearer_id", "", "MISSING_WEARER", "Give the wearer's reference."))
    start = instant_in(row, "from", texts["from"], faults)
    end = instant_in(row, "to", texts["to"], faults) if texts["to"] else None
    if start is not None and end is not None and end < start:
        faults.append(Reject(row, "to", texts["to"], "ENDS_BEFORE_START", f"Give a time after {texts['from']}."))
    if len(faults) > before or start is None:
        return None
    return _Row(texts["wearer_id"], start, end)


def instant_in(row: int, name: str, text: str, faults: list[Reject]) -> datetime | None:
    """`instant_or_day`, or None with the fault added to `faults`."""
    try:
        return instant_or_day(text)
    except BadInstant as error:
        faults.append(Reject(row, name, text, error.rule, str(error)))
    return None


def instant_or_day(text: str) -> datetime:
    """An instant with Z or an offset, or a civil date as its midnight in London. Raises geo.clock.BadInstant."""
    if _DAY.fullmatch(text):
        # parse_instant says what is wrong with a day that its month does not have.
        parse_instant(f"{text} 00:00", "UTC")
        return london_midnight(date.fromisoformat(text))
    instant = parse_instant(text, "UTC")
    if not _OFFSET.search(text[10:]):
        raise BadInstant(f"{text!r} does not say its zone. Give Z, an offset such as +01:00, or the date alone.")
    return instant
