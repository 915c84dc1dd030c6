"""Read a file of device events into their store: whole or not at all, good rows kept, every bad one told."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geo.clock import check_zone
from geo.csv_records import NO_ROWS
from geo.date_forms import DateForm
from geo.errors import UnreadableFile
from geo.instants import Form
from geo.rejects import Reject, RejectsFile
from matcher.errors import BadInput
from matcher.ingest.cells import Faults, Limits, devices, how_written, needed, times, without_nothing, without_zone
from matcher.ingest.columns import Columns, choose_event_columns
from matcher.ingest.files import open_table
from matcher.ingest.warnings import column_warnings
from matcher.schemas import EVENTS
from matcher.store.events import Announce, EventAppendReport, EventStore

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
MAX_AHEAD_DAYS = 1.0
EVENT_CHARS_MAX = 200

Progress = Callable[[int, int], None]
"""Told how much of the file is read, and of how much (bytes or rows)."""


@dataclass(frozen=True, slots=True)
class EventImportReport:
    """What an import did: `rows` = `new` + `same` + `rejected`. `by_rule` counts rejected rows by rule.
    `by_event` counts the good rows by what they tell, the most frequent first; `columns` says which of the file's
    columns was read as which of ours, `unread` which was not. `blank` rows
    of delimiters alone were passed over; `zoneless`: there are times without an offset."""

    rows: int
    new: int
    same: int
    rejected: int
    by_rule: dict[str, int]
    by_event: dict[str, int]
    rejects_path: Path | None
    sha256: str
    columns: dict[str, str]
    unread: tuple[str, ...]
    blank: int
    zoneless: bool
    warnings: tuple[str, ...]
    origin: str
    """The import, for the store: these bytes, read in this way."""


def import_device_events(
    store: EventStore,
    path: Path,
    *,
    mapping: Mapping[str, str | None] | None = None,
    zone: str = "UTC",
    time_form: Form = "auto",
    dates: DateForm | str = DateForm.ISO,
    delimiter: str = "",
    rejects_dir: Path,
    now: datetime,
    progress: Progress | None = None,
    announce: Announce | None = None,
    begin: Callable[[str, str], None] | None = None,
    ready: Callable[[EventAppendReport, int], None] | None = None,
) -> EventImportReport:
    """Import a CSV or Parquet file of device events: a device, an instant, a word or a sentence.

    Parameters
    ----------
    mapping
        Ours (device_id, t, event) to theirs; ``"=charging"`` gives every row a value.
    zone
        What times without an offset are in, "UTC" or "Europe/London".
    time_form
        "iso", "epoch_s", "epoch_ms" or "auto".
    dates, delimiter
        How dates are written, and what stands between values; found out where it is empty.
    rejects_dir
        Where ``<file name>.<digest>.rejects.csv`` goes if a row is rejected.
    now
        An event later than a day after it is rejected, as is one before 2000.
    announce
        See `EventStore.append`.
    begin, ready
        As of `import_fixes`; `ready` with the number of rows rejected.

    Raises
    ------
    UnreadableFile, BadMapping
        The file as a whole cannot be read: no CSV in UTF-8 or Parquet; no such column. Nothing is stored.
    StoreError
        See `EventStore.append`.
    """
    if now.tzinfo is None:
        raise BadInput(f"now is {now}, without a zone; give an aware instant")
    check_zone(zone)
    path = Path(path)
    form = DateForm.named(dates)
    file = open_table(path, delimiter)
    columns = choose_event_columns(file.header, mapping, form)
    chunks = file.chunks(columns.wanted)
    limits = Limits(EARLIEST, now + timedelta(days=MAX_AHEAD_DAYS))
    rows = blank = 0
    zoneless = False
    by_event = pl.DataFrame(schema={"event": pl.String, "count": pl.UInt32})
    read_as = sorted((mapping or {}).items()), zone, time_form, *how_written(form, delimiter)
    origin = hashlib.sha256(f"{file.sha256} {read_as}".encode()).hexdigest()
    named = origin[:12]
    if begin is not None:
        begin(origin, file.sha256)
    with RejectsFile(Path(rejects_dir) / f"{path.stem}.{named}.rejects.csv") as rejects:

        def events() -> Iterator[pl.DataFrame]:
            nonlocal rows, blank, zoneless, by_event
            for chunk in chunks:
                frame, faults = read_event_rows(chunk.columns, chunk.record, columns, zone, time_form, limits)
                rejects.add(sorted([*chunk.rejects, *faults], key=lambda reject: reject.row))
                rows += chunk.columns.height + len({reject.row for reject in chunk.rejects})
                blank += chunk.blank
                zoneless = zoneless or without_zone(columns.of("t", chunk.columns))
                told = pl.concat([by_event, frame["event"].value_counts()])
                by_event = told.group_by("event").agg(pl.sum("count"))
                if progress is not None:
                    progress(min(chunk.done, file.total), file.total)
                yield frame
            if not rows:
                raise UnreadableFile(NO_ROWS)

        def before_commit(report: EventAppendReport) -> None:
            rejects.finish()
            if ready is not None:
                ready(report, rejects.rows)

        stored = store.append(events(), announce, before_commit=before_commit, origin=origin)
    most_first = by_event.sort("count", "event", descending=[True, False])
    return EventImportReport(
        rows=rows,
        new=stored.new,
        same=stored.same,
        rejected=rejects.rows,
        by_rule=dict(sorted(rejects.by_rule.items())),
        by_event=dict(most_first.iter_rows()),
        rejects_path=rejects.path if rejects.rows else None,
        sha256=file.sha256,
        columns=columns.read_as,
        unread=columns.unread,
        blank=blank,
        zoneless=zoneless,
        warnings=tuple(column_warnings(columns)),
        origin=origin,
    )


def read_event_rows(
    rows: pl.DataFrame, record: NDArray[np.int64], columns: Columns, zone: str, form: Form, limits: Limits
) -> tuple[pl.DataFrame, list[Reject]]:
    """Events of the good rows (as `schemas.EVENTS`), and the faults of the others, sorted by row."""
    faults = Faults(record, np.zeros(rows.height, dtype=bool))

    def column(ours: str) -> pl.Series:
        return needed(columns.of(ours, rows))

    told = column("event")
    event = without_nothing(told)
    name = columns.called("event")
    faults.add(
        (event.fill_null("") == "").to_numpy(), name, [told], "MISSING_EVENT", "empty: say what the device reported."
    )
    long = (event.str.len_chars() > EVENT_CHARS_MAX).fill_null(False).to_numpy()
    faults.add(long, name, [told], "EVENT_TOO_LONG", f"give at most {EVENT_CHARS_MAX} characters.")
    frame = pl.DataFrame(
        {
            "device_id": devices(column("device_id"), columns, faults),
            "t": times(column("t"), columns, zone, form, limits, faults),
            "event": event,
        }
    )
    return frame.filter(~faults.bad).cast(pl.Schema(EVENTS)), faults.told()
