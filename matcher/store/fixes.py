"""The fix store: a Delta table by UTC day in which every day is one sorted file, with one row a key unless equally
accurate fixes of one instant contradict each other.

A write merges new rows with the stored rows of the affected days and replaces these days in a single commit. So a
reader never sees a duplicate, and an import is stored completely or not at all. One process writes at a time; readers
keep the commit they began with and never wait.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Self

import polars as pl

from matcher.errors import StoreError
from matcher.permitted import Permitted
from matcher.schemas import STORED_FIXES
from matcher.store import appending, erasing, indexing, withdrawal
from matcher.store.appending import AppendReport, Progress
from matcher.store.day_file import device_rows, devices_of, is_whole, scan_day, stored_day
from matcher.store.day_rows import DayRows, day_rows
from matcher.store.device_periods import DevicePeriod, DevicePeriods, midnight, reaches
from matcher.store.index.day import IndexedDay
from matcher.store.origins import Origins
from matcher.store.spool import BUFFER_ROWS
from matcher.store.table import FixTable, sum_told
from matcher.store.writing import Announce, Clock

MATCH_COLUMNS = ("device_id", "t", "mechanism", "x_mm", "y_mm", "accuracy_mm", "accuracy_level")
KEEP_HOURS = 24
"""Files that a commit replaced are kept this long, for readers that still use them."""


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
        given = appending.Append(self._buffer_rows, progress, announce, origin, ready)
        return appending.append(self._table, frames, given, KEEP_HOURS)

    def erase(self, device_id: str, t_from: datetime | None, t_to: datetime | None) -> int:
        """Permanently erase a device's fixes in [t_from, t_to). Returns the number erased."""
        return self.erase_devices([(device_id, t_from, t_to)])

    def erase_devices(self, periods: Iterable[DevicePeriod], *, announce: Announce | None = None) -> int:
        """Permanently erase the fixes of these periods: rewrite their days and delete at once every file that had them.

        A run that is reading one of these files fails with `StoreError`. Afterwards no file of the store has an erased
        fix, in any version of the table. A second call erases nothing, but deletes what a killed call left behind.
        """
        return erasing.erase(self._table, DevicePeriods(periods), announce)

    def count_devices(self, periods: Iterable[DevicePeriod]) -> int:
        """How many fixes `erase_devices` would erase. Erases nothing."""
        with _missing_file_as_store_error():
            return erasing.count(self._table, DevicePeriods(periods))

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

    def make_index(
        self,
        may: Permitted,
        t_from: datetime | None = None,
        t_to: datetime | None = None,
        *,
        wait_s: float = 0.0,
        again: bool = False,
    ) -> int:
        """Index what `may` be read in the days of [t_from, t_to), where it is not indexed yet; `again` makes every day
        anew, for `may` alone. Returns the days made.

        Raises
        ------
        StoreError
            Another process still wrote after `wait_s` seconds. The stored rows are read meanwhile.
        Damaged
            A day is not what was written.
        """
        return indexing.make(self._table, may, t_from, t_to, wait_s, again=again)

    def keep_index(self, now: Permitted, *, wait_s: float = 600.0) -> int:
        """Take out of the index every device's day of which `now` no longer permits all that is there. Returns the
        days that changed. Raises as `make_index`."""
        return indexing.keep(self._table, now, wait_s)

    def drop_index(self, *, wait_s: float = 600.0) -> None:
        """Delete the index: it is made again when it is used. Raises StoreError."""
        with self._table.alone(wait_s):
            self._table.index.drop()

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
        """How many rows each device has, by day, for every whole day in [t_from, t_to). Of indexed days it reads no
        row."""
        files = self._table.snapshot()
        with _missing_file_as_store_error():
            for day in sorted(files):
                if not reaches(day, t_from, t_to):
                    continue
                if (indexed := self._table.indexed(day)) is not None:
                    yield day, zip(indexed.tables.devices, indexed.tables.device_rows.tolist(), strict=True)
                else:
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

    def pinned(self) -> Self:
        """This store for reading as it is at this moment; itself if it is such a one already."""
        return self.as_of(self._table.snapshot())

    def indexed(self, day: date) -> IndexedDay | None:
        """A day of the matcher's index; None if it is not indexed as it is stored.

        Raises
        ------
        StoreError
            The day was erased or vacuumed meanwhile. Start again.
        Damaged
            A table of it is not what was written.
        """
        with _missing_file_as_store_error():
            return self._table.indexed(day)

    def signs(self, day: date, devices: Collection[str]) -> pl.DataFrame:
        """Signs of suspect fixes of these devices in a day (`suspect_fixes.DAY_SIGNS`); no row of the index's own
        stretches is read for them. Raises as `indexed`."""
        with _missing_file_as_store_error():
            return indexing.signs(self._table, day, list(devices))

    def rows_of_day(self, day: date, devices: Collection[str]) -> DayRows:
        """The stored rows of these devices, in memory. Raises StoreError, as `indexed`."""
        with _missing_file_as_store_error():
            return day_rows(stored_day(day, self.checked(day, self._table.snapshot()), devices))


@contextmanager
def _missing_file_as_store_error() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as gone:
        raise StoreError("a day of fixes was erased or vacuumed while it was being read; start again") from gone
