"""The store of device events: one small Parquet file sorted by device, replaced atomically.

A device reports a few events a day: a year of the pilot is some hundred thousand rows, rewritten in a tenth of a
second. An event reported twice is stored once.
"""

import fcntl
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from matcher.errors import StoreError
from matcher.files import read_rows, sync_to_disk, write_parquet_atomically
from matcher.frames import checked
from matcher.schemas import EVENTS
from matcher.store.device_periods import DevicePeriod, DevicePeriods

_FILE = "events.parquet"
Announce = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class EventAppendReport:
    """`rows` were read; `new` were not stored before; `same` were stored before or reported twice."""

    rows: int
    new: int
    same: int


class EventStore:
    """Device events in one folder, which the first append creates. One process writes at a time; a reader sees the file
    as it was when it began.

    Parameters
    ----------
    path
        The folder.
    lock_wait_s
        Seconds a write waits for another process's write to end before it fails.
    """

    def __init__(self, path: Path | str, *, lock_wait_s: float = 600.0) -> None:
        self.path = Path(path)
        self._file = self.path / _FILE
        self._lock_wait_s = lock_wait_s

    @property
    def file(self) -> Path:
        """The one file, which is not there before the first append."""
        return self._file

    @contextmanager
    def nobody_writes(self) -> Iterator["EventStore"]:
        """While the block runs no other process writes. Raises StoreError as `append`."""
        with self._locked():
            yield self

    def append(
        self,
        frames: Iterable[pl.DataFrame],
        announce: Announce | None = None,
        *,
        before_commit: Callable[[], None] | None = None,
    ) -> EventAppendReport:
        """Add every row of `frames` (as `schemas.EVENTS`, in any order) at once or, if anything fails, none.
        `before_commit` is called once every row is read and before any is stored, `announce` with the sha256 of the new
        file before it takes the place of the old one.

        Raises
        ------
        BadInput
            A frame does not fit the schema.
        StoreError
            Another process was still writing after `lock_wait_s`.
        """
        incoming = [checked(frame, EVENTS, "events", ()) for frame in frames]
        rows = sum(frame.height for frame in incoming)
        with self._locked():
            stored = self.read()
            merged = pl.concat([stored, *incoming]).unique().sort(EVENTS.keys())
            new = merged.height - stored.height
            if before_commit is not None:
                before_commit()
            if new:
                write_parquet_atomically(self._file, merged, announce)
                sync_to_disk(self.path)
        return EventAppendReport(rows, new, rows - new)

    def erase_devices(self, periods: Iterable[DevicePeriod], announce: Announce | None = None) -> int:
        """Permanently erase the events of these periods. Returns the number erased."""
        erased_periods = DevicePeriods(periods)
        if not self._file.exists():
            return 0
        with self._locked():
            stored = self.read()
            kept = stored.filter(~erased_periods.expression())
            if kept.height < stored.height:
                write_parquet_atomically(self._file, kept, announce)
                sync_to_disk(self.path)
        return stored.height - kept.height

    def read(
        self,
        devices: Collection[str] | None = None,
        t_from: datetime | None = None,
        t_to: datetime | None = None,
    ) -> pl.DataFrame:
        """Events of `devices` (None: all) in [t_from, t_to), as `schemas.EVENTS`, sorted by all columns.

        Raises
        ------
        StoreError
            The file is not a file of events.
        Damaged
            The file is not what was written.
        """
        if not self._file.exists():
            return pl.DataFrame(schema=EVENTS)
        wanted = [pl.lit(True)]
        if devices is not None:
            wanted.append(pl.col("device_id").is_in(list(devices)))
        if t_from is not None:
            wanted.append(pl.col("t") >= t_from)
        if t_to is not None:
            wanted.append(pl.col("t") < t_to)
        try:
            found = read_rows(self._file).filter(*wanted)
        except pl.exceptions.PolarsError as error:
            raise StoreError(f"{self._file} cannot be read: {error}; import the device events again") from error
        if found.schema != pl.Schema(EVENTS):
            raise StoreError(f"{self._file} is not a file of events: it has the columns {', '.join(found.columns)}")
        return found

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("a") as lock:
            deadline = time.monotonic() + self._lock_wait_s
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= deadline:
                        raise StoreError(
                            f"another process is writing to {self.path} (waited {self._lock_wait_s:g} s); "
                            "try again later"
                        ) from None
                    time.sleep(0.05)
            yield
