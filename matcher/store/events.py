"""The store of device events: one small Parquet file sorted by device, replaced atomically.

A device reports a few events a day: a year of the pilot is some hundred thousand rows, rewritten in a tenth of a
second. An event reported twice is stored once.
"""

import fcntl
import shutil
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
from matcher.store.origins import BASE, COUNTS, WITHDRAWN, Moves, finish_moves
from matcher.sums import sha256_of

_FILE = "events.parquet"
_WAITS = "_waits"
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
        before_commit: Callable[[EventAppendReport], None] | None = None,
        origin: str | None = None,
    ) -> EventAppendReport:
        """Add every row of `frames` (as `schemas.EVENTS`, in any order) at once or, if anything fails, none.
        `before_commit` is called once every row is read and before any is stored, `announce` with the sha256 of the new
        file before it takes the place of the old one. `origin`: as of `FixStore.append`.

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
                before_commit(EventAppendReport(rows, new, rows - new))
            with self._moving() as moves:
                known = any(self._shares(COUNTS))
                if origin is not None and not known and stored.height:
                    self._keep(moves, BASE, stored)
                if origin is not None or known:
                    name = origin or BASE
                    self._keep(moves, name, pl.concat([self.share(name), *incoming]))
                self._write(merged if new else None, moves, announce)
        return EventAppendReport(rows, new, rows - new)

    def erase_devices(self, periods: Iterable[DevicePeriod], announce: Announce | None = None) -> int:
        """Permanently erase the events of these periods. Returns the number erased."""
        erased_periods = DevicePeriods(periods)
        if not self._file.exists():
            return 0
        with self._locked():
            stored = self.read()
            kept = stored.filter(~erased_periods.expression())
            # First: the file is never made again from what is erased.
            for path in [*self._shares(COUNTS), *self._shares(WITHDRAWN)]:
                share = read_rows(path)
                left = share.filter(~erased_periods.expression())
                if left.height < share.height:
                    write_parquet_atomically(path, left)
                    sync_to_disk(path.parent)
            if kept.height < stored.height:
                write_parquet_atomically(self._file, kept, announce)
                sync_to_disk(self.path)
        return stored.height - kept.height

    def withdraw(self, origin: str, announce: Announce | None = None) -> int:
        """As `FixStore.withdraw`."""
        with self._locked():
            stored = self.read()
            shares = {path.parent.name: read_rows(path) for path in self._shares(COUNTS)}
            if origin not in shares:
                return 0
            more = stored.join(pl.concat(list(shares.values())), on=list(EVENTS), how="anti")
            others = [rows for name, rows in shares.items() if name != origin]
            left = pl.concat([more, *others]).unique().sort(EVENTS.keys())
            with self._moving() as moves:
                if more.height:
                    self._keep(moves, BASE, pl.concat([self.share(BASE), more]))
                moves.folder(origin, COUNTS, WITHDRAWN)
                self._write(left if left.height < stored.height else None, moves, announce)
        return stored.height - left.height

    def give_back(self, origin: str, announce: Announce | None = None) -> int:
        """As `FixStore.give_back`."""
        with self._locked():
            stored, share = self.read(), self.share(origin, WITHDRAWN)
            merged = pl.concat([stored, share]).unique().sort(EVENTS.keys())
            with self._moving() as moves:
                if stored.height and not any(self._shares(COUNTS)):
                    self._keep(moves, BASE, stored)
                moves.folder(origin, WITHDRAWN, COUNTS)
                self._write(merged if merged.height > stored.height else None, moves, announce)
        return share.height

    def share(self, origin: str, where: str = COUNTS) -> pl.DataFrame:
        """The rows of an import there; without a row where none is held."""
        path = self.path / where / origin / _FILE
        return read_rows(path) if path.exists() else pl.DataFrame(schema=EVENTS)

    def withdrawn(self) -> pl.DataFrame:
        """The rows of withdrawn imports."""
        return pl.concat([pl.DataFrame(schema=EVENTS), *(read_rows(path) for path in self._shares(WITHDRAWN))])

    def _shares(self, where: str) -> list[Path]:
        return sorted((self.path / where).glob(f"*/{_FILE}"))

    def _keep(self, moves: Moves, origin: str, rows: pl.DataFrame) -> None:
        moves.file(f"{COUNTS}/{origin}/{_FILE}", rows.unique().sort(EVENTS.keys()))

    @contextmanager
    def _moving(self) -> Iterator[Moves]:
        """What moves when the file is replaced. The lock is held."""
        waits = self.path / _WAITS
        waits.mkdir()
        try:
            yield Moves(waits, self.path)
        finally:
            self._recover()

    def _write(self, rows: pl.DataFrame | None, moves: Moves, announce: Announce | None) -> None:
        """Replace the file, and then move; None: only move."""

        def announced(sha256: str) -> None:
            if announce is not None:
                announce(sha256)
            moves.write_down(sha256)

        if rows is not None:
            write_parquet_atomically(self._file, rows, announced)
            sync_to_disk(self.path)
        moves.do()

    def _recover(self) -> None:
        """Finish or give up what a killed writer was to move. Needs the lock."""
        waits = self.path / _WAITS
        if waits.is_dir():
            finish_moves(waits, self.path, lambda sha256: self._file.exists() and sha256_of(self._file) == sha256)
            shutil.rmtree(waits)

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
            self._recover()
            yield
