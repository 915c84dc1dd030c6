"""What devices reported of themselves, at rest: one small Parquet file sorted by device, replaced whole or not at all.

A few events a day for each device: a pilot's year is some hundred thousand rows, rewritten in a tenth of a second. The
same event told twice is one event.
"""

import fcntl
import os
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from matcher.errors import StoreError
from matcher.files import write_whole
from matcher.frames import checked
from matcher.schemas import EVENTS
from matcher.store.spans import Stretch, Stretches

_FILE = "events.parquet"


@dataclass(frozen=True, slots=True)
class EventAppendReport:
    """`rows` came in, `new` were not there before, `same` were, or were told twice."""

    rows: int
    new: int
    same: int


class EventStore:
    """Device events under one folder; nothing is made before the first append. One process writes at a time; a reader
    sees the file as it was when it began.

    Parameters
    ----------
    path
        The folder.
    lock_wait_s
        How long a write waits for another process's write to end before it gives up.
    """

    def __init__(self, path: Path | str, *, lock_wait_s: float = 600.0) -> None:
        self.path = Path(path)
        self._file = self.path / _FILE
        self._lock_wait_s = lock_wait_s

    def append(self, frames: Iterable[pl.DataFrame]) -> EventAppendReport:
        """Bring every row of `frames` (as `contracts.EVENTS`, in any order) to the store at once, or, if anything
        fails, none.

        Raises
        ------
        BadInput
            A frame breaks the contract.
        StoreError
            Another process kept writing.
        """
        incoming = [checked(frame, EVENTS, "events", ()) for frame in frames]
        rows = sum(frame.height for frame in incoming)
        with self._locked():
            had = self.read()
            merged = pl.concat([had, *incoming]).unique().sort(EVENTS.keys())
            new = merged.height - had.height
            if new:
                write_whole(self._file, merged)
                _sync(self.path)
        return EventAppendReport(rows, new, rows - new)

    def erase_devices(self, stretches: Iterable[Stretch]) -> int:
        """Erase every stretch for good; how many events went."""
        asked = Stretches(stretches)
        if not self._file.exists():
            return 0
        with self._locked():
            had = self.read()
            kept = had.filter(~asked.expression())
            if kept.height < had.height:
                write_whole(self._file, kept)
                _sync(self.path)
        return had.height - kept.height

    def read(
        self,
        devices: Collection[str] | None = None,
        t_from: datetime | None = None,
        t_to: datetime | None = None,
    ) -> pl.DataFrame:
        """Events of `devices` (None: of all) in [t_from, t_to), as `contracts.EVENTS`, sorted by all columns.

        Raises
        ------
        StoreError
            The file is there but is no file of events.
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
            # Opened once: by its name a reader could begin in one file and end in the next.
            with self._file.open("rb") as source:
                found = pl.read_parquet(source).filter(*wanted)
        except pl.exceptions.PolarsError as error:
            raise StoreError(f"{self._file} cannot be read: {error}; import the device events again") from error
        if found.schema != pl.Schema(EVENTS):
            raise StoreError(f"{self._file} holds {found.schema}; events have {EVENTS}")
        return found

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("a") as lock:
            give_up = time.monotonic() + self._lock_wait_s
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= give_up:
                        raise StoreError(
                            f"another process is writing to {self.path} (waited {self._lock_wait_s:g} s); "
                            "try again later"
                        ) from None
                    time.sleep(0.05)
            yield


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
