"""Read a file of fixes into the store: whole or not at all, good rows kept, every bad one told, memory flat."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from geo.clock import check_zone
from geo.csv_records import NO_ROWS
from geo.date_forms import DateForm
from geo.errors import UnreadableFile
from geo.instants import Form
from geo.rejects import RejectsFile
from matcher.accuracy import LEVELS, NOT_DECLARED
from matcher.errors import BadInput
from matcher.ingest.cells import Limits, how_written, without_zone
from matcher.ingest.columns import Crs, SpeedUnit, choose_columns
from matcher.ingest.doubled import Doubled, SeenPlaces
from matcher.ingest.files import open_table
from matcher.ingest.rows import read_rows
from matcher.ingest.warnings import Signs
from matcher.store.appending import AppendReport
from matcher.store.fixes import FixStore
from matcher.store.writing import Announce

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
MAX_AHEAD_DAYS = 1.0

Progress = Callable[[str, int, int], None]
"""Told the stage, *reading* or *storing*, how much is done, and of how much (bytes or rows; days)."""


@dataclass(frozen=True, slots=True)
class FixImportReport:
    """What an import did.

    `rows` = `kept` + `rejected`. Of the kept ones `new` were added, `same` were there already, and `replaced` stored
    rows gave way; `conflicts` shows the first of `n_conflicts` (see `fix_store.AppendReport`). `by_rule` counts
    rejected rows by rule. `columns` says which of the file's columns was read as which of ours. `clock_steps` shows
    the first of `n_clock_steps` clocks set back, `rolled_over` devices with fixes from 1,000 weeks ago or more (see
    `matcher.ingest.clock_steps`); all these fixes are among the kept. `zero_accuracies` of the kept state an accuracy
    of 0, which is not known. `metres_per_dop` is what was declared of a dilution of precision. `by_level` counts the
    kept that state an accuracy by the level declared for it, 0 for none. `unread` columns were not read; `blank` rows
    of delimiters alone were passed over; `zoneless`: there are times without an offset. `speed_unit`: that speeds were
    read in, None where none was declared or said by the title.
    """

    rows: int
    kept: int
    new: int
    same: int
    replaced: int
    rejected: int
    by_rule: dict[str, int]
    n_conflicts: int
    conflicts: pl.DataFrame
    outside_window: int
    n_clock_steps: int
    clock_steps: pl.DataFrame
    rolled_over: pl.DataFrame
    days: tuple[date, ...]
    days_changed: tuple[date, ...]
    rejects_path: Path | None
    warnings: tuple[str, ...]
    sha256: str
    columns: dict[str, str]
    zero_accuracies: int
    metres_per_dop: float | None
    by_level: dict[int, int]
    unread: tuple[str, ...]
    blank: int
    zoneless: bool
    speed_unit: SpeedUnit | None
    origin: str
    """The import, for the store: these bytes, read in this way."""
    devices: tuple[str, ...]
    """Of the rows kept, in order."""
    doubled: Doubled | None
    """What the store had already at the same places, a zone apart."""


def import_fixes(
    store: FixStore,
    path: Path,
    *,
    mapping: Mapping[str, str | None] | None = None,
    zone: str = "UTC",
    time_form: Form = "auto",
    crs: Crs = "auto",
    metres_per_dop: float | None = None,
    accuracy_level: int = NOT_DECLARED,
    speed_unit: SpeedUnit | None = None,
    dates: DateForm | str = DateForm.ISO,
    delimiter: str = "",
    rejects_dir: Path,
    now: datetime,
    max_age_days: float | None = None,
    max_ahead_days: float = MAX_AHEAD_DAYS,
    progress: Progress | None = None,
    announce: Announce | None = None,
    begin: Callable[[str, str], None] | None = None,
    ready: Callable[[AppendReport, int, int], None] | None = None,
) -> FixImportReport:
    """Import a CSV or Parquet file of fixes in one commit.

    Parameters
    ----------
    mapping
        Ours to theirs, see `fix_columns.choose_columns`.
    zone
        What times without an offset are in, "UTC" or "Europe/London".
    time_form
        "iso", "epoch_s", "epoch_ms" or "auto".
    crs
        "wgs84" (latitude, longitude), "bng" (easting, northing in metres) or "auto".
    metres_per_dop
        What one unit of dilution of precision stands for, in metres. Without it such a column is not read.
    accuracy_level
        Of which share of errors in per cent the stated accuracy is the radius, where a row does not say: 68, 90, 95;
        0: not declared, so that what is known of the device counts, else 68.
    speed_unit
        "km/h", "mph", "knots" or "m/s", where it is declared.
    dates, delimiter
        How dates are written, and what stands between values; found out where it is empty.
    rejects_dir
        Where ``<file name>.<digest>.rejects.csv`` goes if a row is rejected; the digest is of its bytes and of how
        it is read, so that two files of one name keep their own.
    now, max_age_days, max_ahead_days
        A fix older (by default: before 2000) or further ahead of `now` is rejected.
    announce
        See `FixStore.append`.
    begin
        Called with the name of the import and the digest of the file before a row is read; an error in it ends the
        import.
    ready
        As of `FixStore.append`, with the number of rows and of those rejected.

    Raises
    ------
    UnreadableFile, BadMapping
        The file as a whole cannot be read: no CSV in UTF-8 or Parquet; no such column. Nothing is stored.
    StoreError
        See `FixStore.append`.

    Notes
    -----
    Memory: a few chunks, the buffer of the spool, and the largest day.
    """
    if now.tzinfo is None:
        raise BadInput(f"now is {now}, without a zone; give an aware instant")
    check_zone(zone)
    if accuracy_level not in (NOT_DECLARED, *LEVELS):
        raise BadInput(f"accuracy_level is {accuracy_level!r}; give 68, 90 or 95")
    path = Path(path)
    form = DateForm.named(dates)
    file = open_table(path, delimiter)
    columns = choose_columns(file.header, mapping, crs, metres_per_dop, accuracy_level, speed_unit, form)
    chunks = file.chunks(columns.wanted)
    earliest = EARLIEST if max_age_days is None else now - timedelta(days=max_age_days)
    limits = Limits(earliest, now + timedelta(days=max_ahead_days))
    signs = Signs(columns, zone, now)
    rows = kept = zero = blank = 0
    zoneless = False
    declared = [each for each in (metres_per_dop, accuracy_level, speed_unit, *how_written(form, delimiter)) if each]
    places, found = SeenPlaces(), list[Doubled]()
    read_as = sorted((mapping or {}).items()), zone, time_form, crs, *declared
    origin = hashlib.sha256(f"{file.sha256} {read_as}".encode()).hexdigest()
    named = origin[:12]
    if begin is not None:
        begin(origin, file.sha256)
    with RejectsFile(Path(rejects_dir) / f"{path.stem}.{named}.rejects.csv") as rejects:

        def fixes() -> Iterator[pl.DataFrame]:
            nonlocal rows, kept, zero, blank, zoneless
            for chunk in chunks:
                frame, faults, zeros = read_rows(chunk.columns, chunk.record, columns, zone, time_form, limits)
                rejects.add(sorted([*chunk.rejects, *faults], key=lambda reject: reject.row))
                rows += chunk.columns.height + len({reject.row for reject in chunk.rejects})
                kept += frame.height
                blank += chunk.blank
                zoneless = zoneless or without_zone(columns.of("t", chunk.columns))
                zero += zeros
                signs.see(frame)
                places.see(frame)
                if progress is not None:
                    progress("reading", min(chunk.done, file.total), file.total)
                yield frame
            if not rows:
                raise UnreadableFile(NO_ROWS)

        def before_commit(report: AppendReport) -> None:
            rejects.finish()
            found.extend(filter(None, [places.doubled(store)]))
            if ready is not None:
                ready(report, rows, rejects.rows)

        stored = store.append(
            fixes(),
            progress=None if progress is None else lambda done, of: progress("storing", done, of),
            announce=announce,
            origin=origin,
            ready=before_commit,
        )
    return FixImportReport(
        rows=rows,
        kept=kept,
        new=stored.new,
        same=stored.same,
        replaced=stored.replaced,
        rejected=rejects.rows,
        by_rule=dict(sorted(rejects.by_rule.items())),
        n_conflicts=stored.n_conflicts,
        conflicts=stored.conflicts,
        outside_window=signs.outside_window,
        n_clock_steps=signs.clocks.n_steps,
        clock_steps=signs.clocks.steps,
        rolled_over=signs.clocks.rolled_over,
        days=stored.days,
        days_changed=stored.days_changed,
        rejects_path=rejects.path if rejects.rows else None,
        warnings=tuple(signs.warnings(rows, kept, rejects.by_rule, stored.n_conflicts)),
        sha256=file.sha256,
        columns=columns.read_as,
        unread=columns.unread,
        blank=blank,
        zoneless=zoneless,
        speed_unit=columns.speed_unit,
        zero_accuracies=zero,
        metres_per_dop=metres_per_dop,
        by_level=dict(sorted(signs.by_level.items())),
        devices=tuple(sorted(signs.devices)),
        origin=origin,
        doubled=found[0] if found else None,
    )
