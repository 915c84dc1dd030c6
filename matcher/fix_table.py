"""The Delta table under the fix store: its format, its one writer, commits that are whole or absent, the tidying.

A writer holds a lock, keeps its unfinished business in a folder named by a session, and names its files by the session
too. The lock ends with the process, so whoever takes it next knows that every session folder it finds is a dead one's:
its files are deleted unless the table names them.
"""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self
from urllib.parse import unquote
from uuid import uuid4

import polars as pl
import pyarrow as pa
from deltalake import DeltaTable, Field, Schema
from deltalake.exceptions import DeltaError
from deltalake.schema import PrimitiveType
from deltalake.transaction import AddAction, RemoveAction

from matcher.contracts import STORED_FIXES
from matcher.errors import StoreError
from matcher.fix_days import write_day

FORMAT = "1"
_FORMAT_KEY = "tagpilot.fixes.format"
_OWN = "_tagpilot"
_ERASING = "erasing"
_DELTA_TYPES = {
    "String": "string",
    "Int16": "short",
    "Int32": "integer",
    "Boolean": "boolean",
    "Float32": "float",
    "Datetime": "timestamp",
}
SCHEMA = Schema(
    [Field(name, PrimitiveType(_DELTA_TYPES[str(dtype.base_type())])) for name, dtype in STORED_FIXES.items()]
    + [Field("day", PrimitiveType("date"))]
)

Clock = Callable[[], float]
"""Seconds since 1970."""


@dataclass(frozen=True, slots=True)
class FixTable:
    path: Path
    lock_wait_s: float
    clock: Clock

    @classmethod
    def open(cls, path: Path, *, create: bool, lock_wait_s: float, clock: Clock) -> Self:
        table = cls(path, lock_wait_s, clock)
        if not DeltaTable.is_deltatable(str(path)):
            if not create:
                raise StoreError(f"there is no fix store at {path}; import fixes first")
            if path.exists() and (not path.is_dir() or any(p.name != _OWN for p in path.iterdir())):
                raise StoreError(f"{path} is something else than a fix store; give an empty or a new folder")
            with table._locked(lock_wait_s):
                if not DeltaTable.is_deltatable(str(path)):
                    DeltaTable.create(
                        str(path),
                        SCHEMA,
                        partition_by=["day"],
                        configuration={_FORMAT_KEY: FORMAT},
                        raise_if_key_not_exists=False,
                    )
        found = table._delta().metadata().configuration.get(_FORMAT_KEY)
        if found != FORMAT:
            raise StoreError(f"{path} has fix store format {found!r}; this version reads {FORMAT!r}")
        try:
            with table._locked(0.0):
                table._recover()
        except StoreError:
            # Somebody is writing: what a dead one left waits for the next lock.
            pass
        return table

    def _delta(self) -> DeltaTable:
        # Always anew: an instance stays at the version it was loaded at, and what it replaces then is out of date.
        try:
            return DeltaTable(str(self.path))
        except DeltaError as error:
            raise StoreError(f"the fix store at {self.path} cannot be read: {error}") from error

    def snapshot(self) -> dict[date, list[Path]]:
        """Live files of each day at this moment."""
        return self._files(self._delta())

    def with_snapshot(self, files: dict[date, list[Path]]) -> "FixTable":
        """This table for reading, always with these files."""
        return _Pinned(self.path, self.lock_wait_s, self.clock, files)

    def _files(self, delta: DeltaTable) -> dict[date, list[Path]]:
        adds = pa.table(delta.get_add_actions(flatten=True)).select(["path", "partition.day"])
        files: dict[date, list[Path]] = {}
        for path, day in zip(adds["path"].to_pylist(), adds["partition.day"].to_pylist(), strict=True):
            files.setdefault(day, []).append(self.path / unquote(path))
        return {day: sorted(files[day]) for day in sorted(files)}

    @contextmanager
    def writing(self, *, keep_hours: float, erasing: bool = False) -> Iterator["Writing"]:
        """The one writer's session. Leaving it with an error, nothing of it stays."""
        with self._locked(self.lock_wait_s):
            self._recover()
            delta = self._delta()
            session = uuid4().hex
            (self.path / _OWN / session).mkdir(parents=True)
            if erasing:
                (self.path / _OWN / _ERASING).touch()
            writing = Writing(self, delta, self._files(delta), session)
            try:
                yield writing
            finally:
                # A commit that was made keeps its files; anything else of the session goes.
                self._recover(sweep_hours=keep_hours if writing.committed else None)

    @contextmanager
    def _locked(self, wait_s: float) -> Iterator[None]:
        own = self.path / _OWN
        own.mkdir(parents=True, exist_ok=True)
        with (own / "lock").open("a") as lock:
            give_up = time.monotonic() + wait_s
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= give_up:
                        raise StoreError(
                            f"another process is writing to {self.path} (waited {wait_s:g} s); try again later"
                        ) from None
                    time.sleep(0.05)
            yield

    def _recover(self, sweep_hours: float | None = None) -> None:
        """Delete what ended sessions left uncommitted, and finish an erasure that was cut short. Under the lock."""
        own = self.path / _OWN
        sessions = [entry for entry in own.iterdir() if entry.is_dir()]
        erasing = (own / _ERASING).exists()
        if not sessions and not erasing and sweep_hours is None:
            return
        live = {path for paths in self.snapshot().values() for path in paths}
        for session in sessions:
            for path in self.path.glob(f"day=*/{session.name}-*.parquet"):
                if path not in live:
                    path.unlink()
            shutil.rmtree(session)
        if erasing:
            self._sweep(live, 0.0)
            (own / _ERASING).unlink()
        elif sweep_hours is not None:
            self._sweep(live, sweep_hours)

    def vacuum(self, keep_hours: float) -> int:
        """Delete files replaced more than `keep_hours` ago; how many."""
        with self._locked(self.lock_wait_s):
            self._recover()
            return self._sweep({path for paths in self.snapshot().values() for path in paths}, keep_hours)

    def _sweep(self, live: set[Path], keep_hours: float) -> int:
        # A replaced file's own time is set to the moment it was replaced (see Writing.commit).
        until = self.clock() - keep_hours * 3600
        dead = [
            path
            for path in self.path.glob("day=*/*.parquet")
            if path not in live and (keep_hours <= 0 or path.stat().st_mtime < until)
        ]
        for path in dead:
            path.unlink()
        for folder in {path.parent for path in dead}:
            if not any(folder.iterdir()):
                folder.rmdir()
        return len(dead)


@dataclass(frozen=True, slots=True)
class _Pinned(FixTable):
    """A table as it was at one moment."""

    files: dict[date, list[Path]]

    def snapshot(self) -> dict[date, list[Path]]:
        return self.files


class Writing:
    """Days a session is about to replace; `commit` makes them the table's, all at once."""

    def __init__(self, table: FixTable, delta: DeltaTable, files: dict[date, list[Path]], session: str) -> None:
        self.spool = table.path / _OWN / session
        self.committed = False
        self._table = table
        self._delta = delta
        self._files = files
        self._session = session
        self._replaced: dict[date, AddAction | None] = {}

    @property
    def days(self) -> list[date]:
        return sorted(self._files)

    def files(self, day: date) -> list[Path]:
        """Live files of the day as the session found it."""
        return self._files.get(day, [])

    def replace(self, day: date, rows: pl.DataFrame) -> None:
        """Put `rows` in the place of all the day has. No rows: the day goes."""
        if rows.is_empty():
            self._replaced[day] = None
            return
        name = f"day={day}/{self._session}-{len(self._replaced)}.parquet"
        size = write_day(self._table.path / name, rows)
        # The log tells the number of rows and nothing else: least and greatest values would outlive an erasure there.
        stats = json.dumps({"numRecords": rows.height})
        made_ms = int(self._table.clock() * 1000)
        self._replaced[day] = AddAction(name, size, {"day": str(day)}, made_ms, True, stats)

    def commit(self) -> None:
        if not self._replaced:
            return
        actions: list[AddAction | RemoveAction] = [a for a in self._replaced.values() if a is not None]
        days = [str(day) for day in self._replaced]
        try:
            self._delta.create_write_transaction(
                actions, "overwrite", SCHEMA, ["day"], partition_filters=[("day", "in", days)]
            )
        except DeltaError as error:
            raise StoreError(f"the fix store at {self._table.path} refused the commit: {error}") from error
        self.committed = True
        _sync(self._table.path / "_delta_log" / f"{self._delta.version() + 1:020d}.json")
        _sync(self._table.path / "_delta_log")
        now = self._table.clock()
        for day in self._replaced:
            for path in self.files(day):
                os.utime(path, (now, now))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
