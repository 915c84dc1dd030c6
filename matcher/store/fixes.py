"""The tag stream at rest: a Delta table by UTC day in which every day is one sorted file with one row a key.

Writes merge: what comes is brought to what the touched days have, and these days are replaced in a single commit. So a
reader never meets a duplicate, and an import is there whole or not at all. One process writes at a time; readers see
the commit they began with and wait for nobody.
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
from matcher.store.day_file import device_rows, devices_of, is_whole, plain_day, scan_day, stored_day
from matcher.store.day_index import DayIndex
from matcher.store.merge import CONFLICTS, checked, merge_day
from matcher.store.spans import Stretch, Stretches, midnight, reaches
from matcher.store.spool import BUFFER_ROWS, DaySpool
from matcher.store.table import Clock, FixTable

MATCH_COLUMNS = ("device_id", "t", "mechanism", "x_mm", "y_mm", "accuracy_mm")
CONFLICTS_SHOWN = 1_000
KEEP_HOURS = 24
"""Files a commit has replaced stay this long for readers that are still at them."""

Progress = Callable[[int, int], None]
"""Told how many days are done, and of how many."""


@dataclass(frozen=True, slots=True)
class AppendReport:
    """What an append did. `rows` came in; `new` keys were added; `same` rows were there already, value for value;
    `replaced` stored rows gave way to a better one. `conflicts` shows the first of `n_conflicts` rows that have the key
    of another with a different position or accuracy. `days` were touched, `days_changed` rewritten."""

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
    rows: int
    days: int
    devices: int
    first_day: date | None
    last_day: date | None
    size_bytes: int


class FixStore:
    """Fixes by day, keyed (device_id, t, mechanism). Made by `FixStore.open`."""

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
        """The store at `path`, made if there is none. What a killed writer left behind is tidied up.

        Parameters
        ----------
        lock_wait_s
            How long a write waits for another process's write to end before it gives up.
        buffer_rows
            Rows of an append held in memory; more go by temporary files.
        clock
            Seconds since 1970; says how old a replaced file is.

        Raises
        ------
        StoreError
            There is none and `create` is false; something else is there; or its format is another version's.
        """
        return cls(FixTable.open(Path(path), create=create, lock_wait_s=lock_wait_s, clock=clock), buffer_rows)

    @property
    def path(self) -> Path:
        return self._table.path

    # ---- writing -------------------------------------------------------------------------------------------------

    def append(self, frames: Iterable[pl.DataFrame], *, progress: Progress | None = None) -> AppendReport:
        """Bring every row of `frames` to the store in one commit, or, if anything fails, none.

        Memory is bounded by the largest day, not by the rows that come. If nothing changes nothing is written.

        Parameters
        ----------
        frames
            Each as `STORED_FIXES`, in any order and cut anywhere.

        Raises
        ------
        BadInput
            A frame breaks the contract (see `fix_merge.checked`).
        StoreError
            Another process kept writing for `lock_wait_s`, or the table refused the commit.
        """
        with self._table.writing(keep_hours=KEEP_HOURS) as writing:
            spool = DaySpool(writing.spool, self._buffer_rows)
            for frame in frames:
                if frame.height:
                    spool.add(checked(frame))
            days = spool.days
            new = same = replaced = n_conflicts = 0
            shown = pl.DataFrame(schema=CONFLICTS)
            changed: list[date] = []
            for done, (day, incoming) in enumerate(spool.drain(), start=1):
                merged = merge_day(day, stored_day(day, writing.files(day)), incoming)
                new, same, replaced = new + merged.new, same + merged.same, replaced + merged.replaced
                n_conflicts += merged.conflicts.height
                shown = pl.concat([shown, merged.conflicts.head(CONFLICTS_SHOWN - shown.height)])
                if merged.changed:
                    writing.replace(day, merged.rows)
                    changed.append(day)
                if progress is not None:
                    progress(done, len(days))
            writing.commit()
        return AppendReport(spool.rows, new, same, replaced, n_conflicts, shown, tuple(days), tuple(changed))

    def erase(self, device_id: str, t_from: datetime | None, t_to: datetime | None) -> int:
        """Erase a device's fixes in [t_from, t_to) for good. The number of fixes erased."""
        return self.erase_devices([(device_id, t_from, t_to)])

    def erase_devices(self, stretches: Iterable[Stretch]) -> int:
        """Erase every stretch for good: their days are rewritten, and every file that held them is deleted at once.

        A run that is reading one of these files fails with `StoreError`; afterwards no file under the store holds an
        erased fix, in any version of the table. Asked again it erases nothing but deletes what a killed one left.
        """
        asked = Stretches(stretches)
        erased = 0
        with self._table.writing(keep_hours=0, erasing=True) as writing:
            for day in writing.days:
                paths = writing.files(day)
                if not asked.reach(day) or asked.devices.isdisjoint(devices_of(paths)):
                    continue
                rows = stored_day(day, paths)
                keep = rows.filter(~asked.expression())
                if keep.height < rows.height:
                    writing.replace(day, keep)
                    erased += rows.height - keep.height
            writing.commit()
        return erased

    def count_devices(self, stretches: Iterable[Stretch]) -> int:
        """How many fixes `erase_devices` would erase; nothing is erased."""
        asked = Stretches(stretches)
        found = 0
        with _still_there():
            for day, paths in self._table.snapshot().items():
                if asked.reach(day) and not asked.devices.isdisjoint(devices_of(paths)):
                    found += stored_day(day, paths).filter(asked.expression()).height
        return found

    def compact(self) -> int:
        """Make one sorted file of every day that another tool's appends have left in several. The days rewritten."""
        with self._table.writing(keep_hours=KEEP_HOURS) as writing:
            rewritten = 0
            for day in writing.days:
                if not is_whole(writing.files(day)):
                    writing.replace(day, stored_day(day, writing.files(day)))
                    rewritten += 1
            writing.commit()
        return rewritten

    def vacuum(self, keep_hours: int = KEEP_HOURS) -> int:
        """Delete files that commits replaced more than `keep_hours` ago. The number deleted."""
        return self._table.vacuum(keep_hours)

    # ---- reading -------------------------------------------------------------------------------------------------

    def days(self) -> list[date]:
        """UTC days that have fixes, in order."""
        return sorted(self._table.snapshot())

    def day_files(self, day: date) -> list[Path]:
        """The live Parquet files of a day: one, sorted by (device_id, t, mechanism), unless another tool appended."""
        return self._table.snapshot().get(day, [])

    def files(self) -> dict[date, list[Path]]:
        """The live files of every day, as they are at one moment."""
        return self._table.snapshot()

    def as_of(self, files: dict[date, list[Path]]) -> Self:
        """This store for reading as `files` were, whatever is appended meanwhile; see `KEEP_HOURS`."""
        return type(self)(self._table.with_snapshot(files), self._buffer_rows)

    def rows_by_device(
        self, t_from: datetime | None, t_to: datetime | None
    ) -> Iterator[tuple[date, Iterable[tuple[str, int]]]]:
        """How many rows each device has, by day, for the whole days that [t_from, t_to) touches; no row is read."""
        files = self._table.snapshot()
        with _still_there():
            for day in sorted(files):
                if reaches(day, t_from, t_to):
                    yield day, device_rows(files[day])

    def devices(self, day: date) -> list[str]:
        """Devices with a fix on `day`, sorted bytewise."""
        return devices_of(self.day_files(day))

    def counts(self) -> StoreCounts:
        files = self._table.snapshot()
        paths = [path for day in files.values() for path in day]
        return StoreCounts(
            rows=sum(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item() for path in paths),
            days=len(files),
            devices=len(devices_of(paths)),
            first_day=min(files, default=None),
            last_day=max(files, default=None),
            size_bytes=sum(path.stat().st_size for path in paths),
        )

    def read(self, day_from: date, day_to: date, devices: Collection[str] | None = None) -> pl.DataFrame:
        """All columns of `STORED_FIXES` from `day_from` to `day_to`, both included; in memory whole."""
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
        """Fixes of `devices` (None: of all) in [t_from, t_to), a day at a time in order; days without any are left out.

        Rows are sorted by (device_id, t, mechanism). `device_id` comes as an Enum whose categories are the sorted
        devices asked for, the same on every day, so that `to_physical()` is the index into them; `mechanism` as an
        Enum of `MECHANISMS`. Only the days, row groups and columns needed are decoded. One scan, one snapshot; scans
        in several threads are fine.

        Raises
        ------
        StoreError
            A file of the snapshot is gone: erased or vacuumed meanwhile. Start again.
        """
        files = self._table.snapshot()
        days = [day for day in sorted(files) if reaches(day, t_from, t_to)]
        with _still_there():
            if devices is None:
                devices = devices_of(path for day in days for path in files[day])
            wanted = sorted(set(devices))
            for day in days:
                frame = scan_day(day, files[day], wanted, columns, t_from, t_to)
                if frame.height:
                    yield day, frame

    def day_columns(
        self, devices: Collection[str], t_from: datetime | None, t_to: datetime | None
    ) -> Iterator[tuple[date, DayIndex, npt.NDArray[np.uint8]]]:
        """The days of [t_from, t_to) in order: where each one's rows stand, and the bytes in which they stand there.

        For `reading`, which copies out what it may. Days that another tool appended to are read as rows; of them only
        those of `devices` are given. One snapshot.

        Raises
        ------
        StoreError
            A file of the snapshot is gone: erased or vacuumed meanwhile. Start again.
        """
        files = self._table.snapshot()
        with _still_there():
            for day in sorted(files):
                if reaches(day, t_from, t_to):
                    yield day, *plain_day(day, files[day], devices)


@contextmanager
def _still_there() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as gone:
        raise StoreError("a day was erased or vacuumed while it was being read; start the reading again") from gone
