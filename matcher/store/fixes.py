"""The fix store: a Delta table by UTC day in which every day is one sorted file, with one row a key unless equally
accurate fixes of one instant contradict each other.

A write merges new rows with the stored rows of the affected days and replaces these days in a single commit. So a
reader never sees a duplicate, and an import is stored completely or not at all. One process writes at a time; readers
keep the commit they began with and never wait.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from matcher.errors import StoreError
from matcher.schemas import STORED_FIXES
from matcher.store import withdrawal
from matcher.store.day_file import device_rows, devices_of, is_whole, plain_day, scan_day, stored_day
from matcher.store.day_index import DayIndex
from matcher.store.device_periods import DevicePeriod, DevicePeriods, midnight, reaches
from matcher.store.merge import CONFLICTS, checked, merge_day
from matcher.store.origins import BASE, WITHDRAWN, Origins
from matcher.store.spool import BUFFER_ROWS, DaySpool
from matcher.store.table import Announce, Clock, FixTable, sum_told

MATCH_COLUMNS = ("device_id", "t", "mechanism", "x_mm", "y_mm", "accuracy_mm", "accuracy_level")
CONFLICTS_SHOWN = 1_000
KEEP_HOURS = 24
"""Files that a commit replaced are kept this long, for readers that still use them."""

Progress = Callable[[int, int], None]
"""Called with the number of days done and the number of all days."""


@dataclass(frozen=True, slots=True)
class AppendReport:
    """What an append did. `rows` were read; `new` keys were added; `same` rows were already stored with the same
    values; `replaced` stored rows were replaced by a better one. `conflicts` has the first of `n_conflicts` rows with
    the key of another but a different position or accuracy. `days` are the days of the rows, `days_changed` those
    rewritten."""

    rows: int = 0
    new: int = 0
    same: int = 0
    replaced: int = 0
    n_conflicts: int = 0
    conflicts: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CONFLICTS))
    days: tuple[date, ...] = ()
    days_changed: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class StoreCounts:
    """Rows, days, devices and bytes of the whole store."""

    rows: int
    days: int
    devices: int
    first_day: date | None
    last_day: date | None
    size_bytes: int


class FixStore:
    """Fixes by day, with key (device_id, t, mechanism). Create one with `FixStore.open`."""

    def __init__(self, table: FixTable, buffer_rows: int) -> None:
        self._table = table
        self._buffer_rows = buffer_rows

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        create: bool = True,
        lock_wait_s: float = 600.0,
        buffer_rows: int = BUFFER_ROWS,
        clock: Clock = time.time,
    ) -> Self:
        """Open the store at `path`, or create it. Deletes what a killed writer left behind.

        Parameters
        ----------
        lock_wait_s
            Seconds a write waits for another process's write to end before it fails.
        buffer_rows
            Rows of an append kept in memory; further rows go to temporary files.
        clock
            Seconds since 1970; decides how old a replaced file is.

        Raises
        ------
        StoreError
            There is no store and `create` is false; the path has something else; or the format is another version's.
        """
        return cls(FixTable.open(Path(path), create=create, lock_wait_s=lock_wait_s, clock=clock), buffer_rows)

    @property
    def path(self) -> Path:
        return self._table.path

    # ---- writing -------------------------------------------------------------------------------------------------

    def append(
        self,
        frames: Iterable[pl.DataFrame],
        *,
        progress: Progress | None = None,
        announce: Announce | None = None,
        origin: str | None = None,
        ready: Callable[[AppendReport], None] | None = None,
    ) -> AppendReport:
        """Add every row of `frames` to the store in one commit or, if anything fails, none.

        Memory is bounded by the largest day, not by the number of rows. If no row changes, nothing is written.

        Parameters
        ----------
        frames
            Each as `STORED_FIXES`, in any order, split anywhere.
        announce
            Called just before the commit with the sha256 of each changed day's file, so that it is on record elsewhere
            first; if it fails nothing is stored. The same for the other writes.
        origin
            The import that gives these rows, by a name that no other has: it can be withdrawn.
        ready
            Called before `announce`, whether any day changes or not, with what the append will have done.

        Raises
        ------
        BadInput
            A frame does not fit the schema (see `merge.checked`).
        StoreError
            Another process was still writing after `lock_wait_s`, or the table refused the commit; or the origin is
            withdrawn.
        Damaged
            The file of a day that changes is not what was written.
        """
        with self._table.writing(keep_hours=KEEP_HOURS) as writing:
            if origin is not None and writing.origins.has(origin, WITHDRAWN):
                raise StoreError("this import was withdrawn: give it back instead of importing the file again")
            spool = DaySpool(writing.spool, self._buffer_rows)
            for frame in frames:
                if frame.height:
                    spool.add(checked(frame))
            days = spool.days
            new = same = replaced = n_conflicts = 0
            shown = pl.DataFrame(schema=CONFLICTS)
            changed: list[date] = []
            for done, (day, incoming) in enumerate(spool.drain(), start=1):
                before = stored_day(day, writing.files(day))
                merged = merge_day(day, before, incoming)
                known = bool(writing.origins.of_day(day))
                if origin is not None and not known and before.height:
                    writing.moves.keep(BASE, day, before)
                if origin is not None or known:
                    writing.moves.keep(origin or BASE, day, incoming)
                new, same, replaced = new + merged.new, same + merged.same, replaced + merged.replaced
                n_conflicts += merged.conflicts.height
                shown = pl.concat([shown, merged.conflicts.head(CONFLICTS_SHOWN - shown.height)])
                if merged.changed:
                    writing.replace(day, merged.rows)
                    changed.append(day)
                if progress is not None:
                    progress(done, len(days))
            report = AppendReport(spool.rows, new, same, replaced, n_conflicts, shown, tuple(days), tuple(changed))
            if ready is not None:
                ready(report)
            writing.commit(announce)
        return report

    def erase(self, device_id: str, t_from: datetime | None, t_to: datetime | None) -> int:
        """Permanently erase a device's fixes in [t_from, t_to). Returns the number erased."""
        return self.erase_devices([(device_id, t_from, t_to)])

    def erase_devices(self, periods: Iterable[DevicePeriod], *, announce: Announce | None = None) -> int:
        """Permanently erase the fixes of these periods: rewrite their days and delete at once every file that had them.

        A run that is reading one of these files fails with `StoreError`. Afterwards no file of the store has an erased
        fix, in any version of the table. A second call erases nothing, but deletes what a killed call left behind.
        """
        erased_periods = DevicePeriods(periods)
        erased = 0
        with self._table.writing(keep_hours=0, erasing=True) as writing:
            # First: a day is never made again from what is erased.
            erased += writing.origins.erase(erased_periods)
            for day in writing.days:
                paths = writing.files(day)
                if not erased_periods.reach(day) or erased_periods.devices.isdisjoint(devices_of(paths)):
                    continue
                rows = stored_day(day, paths)
                keep = rows.filter(~erased_periods.expression())
                if keep.height < rows.height:
                    writing.replace(day, keep)
                    erased += rows.height - keep.height
            writing.commit(announce)
        return erased

    def count_devices(self, periods: Iterable[DevicePeriod]) -> int:
        """How many fixes `erase_devices` would erase. Erases nothing."""
        erased_periods = DevicePeriods(periods)
        found = self.origins.count(erased_periods)
        with _missing_file_as_store_error():
            for day, paths in self._table.snapshot().items():
                self._table.check(paths)
                if erased_periods.reach(day) and not erased_periods.devices.isdisjoint(devices_of(paths)):
                    found += stored_day(day, paths).filter(erased_periods.expression()).height
        return found

    def withdraw(self, origin: str, *, announce: Announce | None = None) -> int:
        """Make the days of an import again without its rows, and with those of others that had given way to them. How
        many rows went. Its rows are held apart until `give_back`, or until they are erased; a second call changes
        nothing."""
        return withdrawal.withdraw(self._table, origin, announce, KEEP_HOURS)

    def give_back(self, origin: str, *, announce: Announce | None = None) -> int:
        """Merge a withdrawn import into its days again; how many of its rows are held."""
        return withdrawal.give_back(self._table, origin, announce, KEEP_HOURS)

    def compact(self, *, announce: Announce | None = None) -> int:
        """Write one sorted file for every day that another tool's appends left in several, and for every day whose file
        has no sum. Returns the days rewritten."""
        with self._table.writing(keep_hours=KEEP_HOURS) as writing:
            rewritten = 0
            for day in writing.days:
                if not is_whole(writing.files(day)) or any(sum_told(path) is None for path in writing.files(day)):
                    writing.replace(day, stored_day(day, writing.files(day)))
                    rewritten += 1
            writing.commit(announce)
        return rewritten

    @contextmanager
    def nobody_writes(self, wait_s: float) -> Iterator[Self]:
        """While the block runs no process writes: what a write announced is stored, or given up. Raises StoreError if
        another still wrote after `wait_s` seconds."""
        with self._table.alone(wait_s):
            yield self

    def vacuum(self, keep_hours: int = KEEP_HOURS) -> int:
        """Delete files that commits replaced more than `keep_hours` ago. Returns the number deleted."""
        return self._table.vacuum(keep_hours)

    # ---- reading -------------------------------------------------------------------------------------------------

    @property
    def origins(self) -> Origins:
        """The rows of each import, beside the days."""
        return Origins(self.path)

    def days(self) -> list[date]:
        """UTC days with fixes, in order."""
        return sorted(self._table.snapshot())

    def day_files(self, day: date) -> list[Path]:
        """The live Parquet files of a day: one, sorted by (device_id, t, mechanism), unless another tool appended."""
        return self._table.snapshot().get(day, [])

    def files(self) -> dict[date, list[Path]]:
        """The live files of every day, at one moment."""
        return self._table.snapshot()

    def without_sums(self) -> list[date]:
        """Days with a file from another tool or an earlier version, which is read unchecked until `compact`."""
        return [day for day, paths in self.files().items() if any(sum_told(path) is None for path in paths)]

    def checked(self, day: date, files: dict[date, list[Path]]) -> list[Path]:
        """A day's files among `files`. Raises Damaged if one is not what was written."""
        paths = files.get(day, [])
        self._table.check(paths)
        return paths

    def as_of(self, files: dict[date, list[Path]]) -> Self:
        """This store for reading with exactly these files, whatever is appended meanwhile; see `KEEP_HOURS`."""
        return type(self)(self._table.with_snapshot(files), self._buffer_rows)

    def rows_by_device(
        self, t_from: datetime | None, t_to: datetime | None
    ) -> Iterator[tuple[date, Iterable[tuple[str, int]]]]:
        """How many rows each device has, by day, for every whole day in [t_from, t_to). Reads no row."""
        files = self._table.snapshot()
        with _missing_file_as_store_error():
            for day in sorted(files):
                if reaches(day, t_from, t_to):
                    yield day, device_rows(self.checked(day, files))

    def devices(self, day: date) -> list[str]:
        """Devices with a fix on `day`, sorted bytewise."""
        return devices_of(self.checked(day, self.files()))

    def counts(self) -> StoreCounts:
        """Counts of the whole store. O(days)."""
        files = self._table.snapshot()
        paths = [path for day in files for path in self.checked(day, files)]
        return StoreCounts(
            rows=sum(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item() for path in paths),
            days=len(files),
            devices=len(devices_of(paths)),
            first_day=min(files, default=None),
            last_day=max(files, default=None),
            size_bytes=sum(path.stat().st_size for path in paths),
        )

    def read(self, day_from: date, day_to: date, devices: Collection[str] | None = None) -> pl.DataFrame:
        """All columns of `STORED_FIXES` from `day_from` to `day_to`, both included, in memory."""
        start, end = midnight(day_from), midnight(day_to + timedelta(days=1))
        found = [
            frame.cast(pl.Schema(STORED_FIXES)) for _, frame in self.scan_days(devices, start, end, tuple(STORED_FIXES))
        ]
        return pl.concat([pl.DataFrame(schema=STORED_FIXES), *found])

    def scan_days(
        self,
        devices: Collection[str] | None,
        t_from: datetime | None,
        t_to: datetime | None,
        columns: Sequence[str] = MATCH_COLUMNS,
    ) -> Iterator[tuple[date, pl.DataFrame]]:
        """Fixes of `devices` (None: all) in [t_from, t_to), one day after another; days without any are left out.

        Rows are sorted by (device_id, t, mechanism). `device_id` is an Enum of the requested devices, sorted, the same
        on every day, so that `to_physical()` is the index into them; `mechanism` is an Enum of `MECHANISMS`. Only the
        days, row groups and columns needed are decoded. A scan reads one snapshot; scans may run in several threads.

        Raises
        ------
        StoreError
            A file of the snapshot was erased or vacuumed meanwhile. Start again.
        """
        files = self._table.snapshot()
        days = [day for day in sorted(files) if reaches(day, t_from, t_to)]
        with _missing_file_as_store_error():
            if devices is None:
                devices = devices_of(path for day in days for path in self.checked(day, files))
            wanted = sorted(set(devices))
            for day in days:
                frame = scan_day(day, self.checked(day, files), wanted, columns, t_from, t_to)
                if frame.height:
                    yield day, frame

    def day_columns(
        self, devices: Collection[str], t_from: datetime | None, t_to: datetime | None
    ) -> Iterator[tuple[date, DayIndex, npt.NDArray[np.uint8]]]:
        """The days of [t_from, t_to) in order: the index of each day's file, and the file's bytes.

        For `trails.read`, which copies out what is permitted. Days that another tool appended to are read as rows, and
        only those of `devices` are returned. Reads one snapshot.

        Raises
        ------
        StoreError
            A file of the snapshot was erased or vacuumed meanwhile. Start again.
        """
        files = self._table.snapshot()
        with _missing_file_as_store_error():
            for day in sorted(files):
                if reaches(day, t_from, t_to):
                    yield day, *plain_day(day, self.checked(day, files), devices)


@contextmanager
def _missing_file_as_store_error() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as gone:
        raise StoreError("a day of fixes was erased or vacuumed while it was being read; start again") from gone
