"""The readers of every kind of file, without the record: what a file's rows would be, and what is wrong with them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import polars as pl

from api.schemas.imports import FileKind, ImportOptions
from api.wording import imports as words
from geo.csv_records import DELIMITER_WORDS, Records, as_text, delimiter_named
from geo.date_forms import DateForm
from geo.mapping import ColumnMapping
from geo.rejects import Reject
from geo.unread import warnings_of
from matcher.ingest.cells import Limits, without_zone
from matcher.ingest.columns import Columns, choose_columns, choose_event_columns
from matcher.ingest.events import read_event_rows
from matcher.ingest.files import open_table
from matcher.ingest.fixes import EARLIEST
from matcher.ingest.rows import read_rows
from matcher.ingest.warnings import column_warnings, reads_accuracy
from tracker.assignments import file as assignments
from tracker.budget import ledger_file
from tracker.crimes import headed, ministry, police_uk
from tracker.crimes.headed import CrimeMapping
from tracker.crimes.placing import placed
from tracker.evaluation.imports import files as evaluation
from tracker.imports.instants import Zone
from tracker.imports.report import FoundColumns
from tracker.imports.rows import AnyReadRow
from tracker.knife_crime import counts_file
from tracker.screening import release_list
from tracker.tags import stock_file

ReadRows = Iterator[AnyReadRow[object]]


class RowsSeen(NamedTuple):
    """The first rows of a file by one reader: `good` of `rows` would be kept, `faults` are those of the others.
    `header` is empty where the format has none; `more`: the file goes on."""

    header: list[str]
    delimiter: str | None
    read_as: dict[str, str]
    unread: list[str]
    rows: int
    good: int
    blank: int
    more: bool
    faults: list[Reject]
    zoneless: bool
    warnings: list[str]
    not_matchable: Mapping[str, int] = MappingProxyType({})
    """Of good crimes, those that could not be matched, by reason."""


def rows_seen(
    path: Path, kind: FileKind, options: ImportOptions, limit: int, *, now: datetime, today: date
) -> RowsSeen:
    """Read so many rows of a file as of that kind.

    Raises
    ------
    BadMapping
        It lacks a column that the kind needs.
    UnreadableFile
        It is no table.
    """
    if kind in ("fixes", "events"):
        return _stream_rows(path, kind, options, limit, now)
    with path.open("rb") as raw:
        records = Records(as_text(raw))
        read = _reader(kind, records, options, now, today)
        rows = list(islice(read, limit))
        if kind == "crimes":
            rows = list(placed(rows))  # type: ignore[arg-type]
        more = len(rows) == limit and next(records, None) is not None
        found = FoundColumns.of(records)
        header = [] if records.columns is None else records.columns.header
        return RowsSeen(
            header=header,
            delimiter=DELIMITER_WORDS.get(records.delimiter),
            read_as=dict(found.read_as),
            unread=list(found.unread),
            rows=len(rows),
            good=sum(row.good is not None for row in rows),
            blank=found.blank,
            more=more,
            faults=[fault for row in rows for fault in row.faults],
            zoneless=found.zoneless,
            warnings=[*words.an_hour_off(found.an_hour_off), *warnings_of(found.unread)],
            not_matchable=_not_matchable(rows) if kind == "crimes" else {},
        )


def _not_matchable(rows: Sequence[Any]) -> Mapping[str, int]:
    reasons = (row.crime.why_not_matchable() for row in rows if row.crime is not None)
    return Counter(reason for reason in reasons if reason is not None)


def _reader(kind: FileKind, records: Records, options: ImportOptions, now: datetime, today: date) -> ReadRows:
    zone, dates = Zone.named(options.zone), DateForm.named(options.dates)
    mapping = ColumnMapping.of_pairs(options.map, dates=dates, delimiter=delimiter_named(options.delimiter))
    match kind:
        case "crimes" if options.format == "ministry":
            return ministry.read(records, zone, mapping)
        case "crimes" if options.format == "police-uk":
            return police_uk.read(records, mapping)
        case "crimes":
            by_row = {"crime_ref": "row"} if options.ref_from_row else {}
            return headed.read(records, zone, CrimeMapping.from_json({**mapping.to_json(), **by_row}))
        case "assignments":
            return assignments.read(records, zone, mapping)
        case "stock":
            return stock_file.read(records, zone, mapping, now)
        case "releases":
            return release_list.read(records, dates, mapping, today)
        case "ledger":
            return ledger_file.read(records, dates, mapping)
        case "knife-crime":
            return counts_file.read(records, dates, mapping, today)
        case _:
            return evaluation.read(records, evaluation.kind_named(kind), dates, mapping, today)


def _stream_rows(path: Path, kind: FileKind, options: ImportOptions, limit: int, now: datetime) -> RowsSeen:
    file = open_table(path, delimiter_named(options.delimiter))
    dates = DateForm.named(options.dates)
    columns = _stream_columns(kind, file.header, options, dates)
    limits = Limits(EARLIEST, now)
    rows = good = blank = 0
    faults: list[Reject] = []
    zoneless = more = False
    for chunk in file.chunks(columns.wanted):
        if rows >= limit and (chunk.columns.height or chunk.rejects):
            more = True
            break
        room = limit - rows
        frame, record = chunk.columns.head(room), chunk.record[:room]
        rejects = chunk.rejects if record.size < room else [r for r in chunk.rejects if r.row <= record[-1]]
        found, of_rows = _read(kind, frame, record, columns, options, limits)
        faults += sorted([*rejects, *of_rows], key=lambda reject: reject.row)
        rows += frame.height + len({reject.row for reject in rejects})
        good += found
        blank += chunk.blank
        zoneless = zoneless or without_zone(columns.of("t", frame))
        more = chunk.columns.height > frame.height
        if more:
            break
    return RowsSeen(
        header=file.header,
        delimiter=DELIMITER_WORDS.get(getattr(file.source, "delimiter", "")),
        read_as=columns.read_as,
        unread=list(columns.unread),
        rows=rows,
        good=good,
        blank=blank,
        more=more,
        faults=faults,
        zoneless=zoneless,
        warnings=[*column_warnings(columns), *_without_accuracy(kind, columns)],
    )


def _without_accuracy(kind: FileKind, columns: Columns) -> list[str]:
    return ["no column is known to hold the accuracy"] if kind == "fixes" and not reads_accuracy(columns) else []


def _stream_columns(kind: FileKind, header: list[str], options: ImportOptions, dates: DateForm) -> Columns:
    if kind == "events":
        return choose_event_columns(header, options.map, dates)
    return choose_columns(
        header,
        options.map,
        options.crs,
        options.metres_per_dop,
        options.accuracy_level or 0,
        options.speed_unit,
        dates,
    )


def _read(
    kind: FileKind, frame: pl.DataFrame, record: object, columns: Columns, options: ImportOptions, limits: Limits
) -> tuple[int, list[Reject]]:
    how = (frame, record, columns, options.zone, options.time_form, limits)
    if kind == "events":
        events, faults = read_event_rows(*how)  # type: ignore[arg-type]
        return events.height, faults
    fixes = read_rows(*how)  # type: ignore[arg-type]
    return fixes.fixes.height, fixes.faults
