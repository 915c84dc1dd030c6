"""The Delta table under the fix store: its format, its single writer, atomic commits, and cleaning up.

A writer takes a lock and keeps temporary files in a folder named by its session; its data files have the session's name
too. The lock ends with the process, so for the next writer every session folder is of a dead process: it deletes that
session's files unless the table lists them.
"""

import fcntl
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Self
from uuid import uuid4

import polars as pl

from matcher.errors import Damaged, NoStore, StoreError
from matcher.files import sync_to_disk
from matcher.store.day_file import write_day
from matcher.store.delta_log import LogState, is_table, listing, read_log
from matcher.store.origins import Moves, Origins, finish_moves
from matcher.sums import changed, sha256_of, sum_of

if TYPE_CHECKING:
    # Only writing needs the library; importing it would take a tenth of the time of a run over a month.
    from deltalake import DeltaTable
    from deltalake.transaction import AddAction

FORMAT = "1"
_FORMAT_KEY = "tagpilot.fixes.format"
_OWN = "_tagpilot"
_ERASING = "erasing"
_SUMMED = re.compile(r"[0-9a-f]{32}-\d+-([0-9a-f]{32})\.parquet")

Announce = Callable[[dict[date, str | None]], None]

Clock = Callable[[], float]
"""Seconds since 1970."""


@dataclass(frozen=True, slots=True)
class FixTable:
    """The table at `path`. A write waits `lock_wait_s` seconds for another process's write."""

    path: Path
    lock_wait_s: float
    clock: Clock

    @classmethod
    def open(cls, path: Path, *, create: bool, lock_wait_s: float, clock: Clock) -> Self:
        """As `FixStore.open`."""
        table = cls(path, lock_wait_s, clock)
        if not is_table(path):
            if path.exists() and (not path.is_dir() or any(p.name != _OWN for p in path.iterdir())):
                raise StoreError(f"{path} is not a fix store and not empty; give an empty or a new folder")
            if not create:
                raise NoStore(f"no fix store at {path}; import fixes first")
            with table._locked(lock_wait_s):
                if not is_table(path):
                    from matcher.store import delta as fix_delta

                    fix_delta.create(path, {_FORMAT_KEY: FORMAT})
        found = table._state().configuration.get(_FORMAT_KEY)
        if found != FORMAT:
            raise StoreError(f"{path} has fix store format {found!r}; this version reads {FORMAT!r}")
        try:
            with table._locked(0.0):
                table._recover()
        except StoreError:
            # Another process is writing; the next lock cleans up.
            pass
        return table

    def _state(self) -> LogState:
        # Read every time: another process may have committed.
        state = read_log(self.path)
        if state is None:
            from matcher.store import delta as fix_delta

            state = fix_delta.state(fix_delta.load(self.path))
        return _as_written(state)

    def snapshot(self) -> dict[date, list[Path]]:
        """The live files of each day at this moment."""
        return self._files(self._state())

    def check(self, paths: Iterable[Path]) -> None:
        """Raise Damaged if one of these files is not what was written. Before each reading."""
        for path in paths:
            if (told := sum_told(path)) is not None and path.exists() and sum_of(path) != told:
                raise changed(path)

    def with_snapshot(self, files: dict[date, list[Path]]) -> "FixTable":
        """This table for reading, with exactly these files."""
        return _Pinned(self.path, self.lock_wait_s, self.clock, files, set())

    def _files(self, state: LogState) -> dict[date, list[Path]]:
        files: dict[date, list[Path]] = {}
        for path, day in state.days.items():
            files.setdefault(date.fromisoformat(day), []).append(self.path / path)
        return {day: sorted(files[day]) for day in sorted(files)}

    @contextmanager
    def writing(self, *, keep_hours: float, erasing: bool = False) -> Iterator["Writing"]:
        """A write session, one at a time. After an error nothing of it remains."""
        with self._locked(self.lock_wait_s):
            self._recover()
            from matcher.store import delta as fix_delta

            delta = fix_delta.load(self.path)
            session = uuid4().hex
            (self.path / _OWN / session).mkdir(parents=True)
            if erasing:
                (self.path / _OWN / _ERASING).touch()
            writing = Writing(self, delta, self._files(_as_written(fix_delta.state(delta))), session)
            try:
                yield writing
            finally:
                # Committed files stay; everything else of the session is deleted.
                self._recover(sweep_hours=keep_hours if writing.committed else None)

    @contextmanager
    def alone(self, wait_s: float) -> Iterator[None]:
        """The lock of a writer, held to write nothing; what a killed writer left is deleted first."""
        with self._locked(wait_s):
            self._recover()
            yield

    @contextmanager
    def _locked(self, wait_s: float) -> Iterator[None]:
        own = self.path / _OWN
        own.mkdir(parents=True, exist_ok=True)
        with (own / "lock").open("a") as lock:
            deadline = time.monotonic() + wait_s
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= deadline:
                        raise StoreError(
                            f"another process is writing to {self.path} (waited {wait_s:g} s); try again later"
                        ) from None
                    time.sleep(0.05)
            yield

    def _recover(self, sweep_hours: float | None = None) -> None:
        """Delete uncommitted files of ended sessions, and complete an interrupted erasure. Needs the lock."""
        own = self.path / _OWN
        sessions = [entry for entry in own.iterdir() if entry.is_dir()]
        erasing = (own / _ERASING).exists()
        if not sessions and not erasing and sweep_hours is None:
            return
        state = self._state()
        live = {path for paths in self._files(state).values() for path in paths}
        if sessions or erasing:
            Origins(self.path).tidy()
        for session in sessions:
            finish_moves(session, self.path, lambda version: state.version >= version)
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
        """Delete files replaced more than `keep_hours` ago. Returns the number deleted."""
        with self._locked(self.lock_wait_s):
            self._recover()
            return self._sweep({path for paths in self.snapshot().values() for path in paths}, keep_hours)

    def _sweep(self, live: set[Path], keep_hours: float) -> int:
        # The modification time of a replaced file is the time at which it was replaced (see Writing.commit).
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
    """A table at one moment, each of whose files is checked once."""

    files: dict[date, list[Path]]
    checked: set[Path]

    def check(self, paths: Iterable[Path]) -> None:
        for path in paths:
            if path not in self.checked:
                FixTable.check(self, [path])
                self.checked.add(path)

    def snapshot(self) -> dict[date, list[Path]]:
        return self.files


class Writing:
    """The days that a session will replace; `commit` replaces them all at once."""

    def __init__(self, table: FixTable, delta: "DeltaTable", files: dict[date, list[Path]], session: str) -> None:
        self.spool = table.path / _OWN / session
        self.moves = Moves(self.spool, table.path)
        self.origins = Origins(table.path)
        self.committed = False
        self._table = table
        self._delta = delta
        self._files = files
        self._session = session
        self._replaced: dict[date, AddAction | None] = {}
        self._sha256: dict[date, str | None] = {}

    @property
    def days(self) -> list[date]:
        """Days of the table as the session found it."""
        return sorted(self._files)

    def files(self, day: date) -> list[Path]:
        """The day's live files as the session found them. Raises Damaged if one is not what was written."""
        paths = self._files.get(day, [])
        self._table.check(paths)
        return paths

    def replace(self, day: date, rows: pl.DataFrame) -> None:
        """Replace all rows of the day by `rows`; without rows the day is removed."""
        if rows.is_empty():
            self._replaced[day] = None
            self._sha256[day] = None
            return
        written = self._table.path / f"day={day}/{self._session}-{len(self._replaced)}.parquet"
        size = write_day(written, rows)
        # The commit names the file by its sum; what another version wrote has none.
        name = f"day={day}/{written.stem}-{sum_of(written)}.parquet"
        self._sha256[day] = sha256_of(written)
        written.rename(self._table.path / name)
        from matcher.store import delta as fix_delta

        self._replaced[day] = fix_delta.add_action(name, size, day, rows.height, self._table.clock())

    def commit(self, announce: Announce | None = None) -> None:
        """Commit the replaced days and date the files they replace, and then move what moves with it. Where no day was
        replaced only that moves.

        `announce` is called just before with the sha256 of each day's new file, None for a day that goes.
        """
        if not self._replaced:
            self.moves.do()
            return
        from matcher.store import delta as fix_delta

        if announce is not None:
            announce(dict(sorted(self._sha256.items())))
        left = {
            path.relative_to(self._table.path).as_posix(): str(day)
            for day, paths in self._files.items()
            for path in paths
            if day not in self._replaced
        }
        new = {action.path: str(day) for day, action in self._replaced.items() if action is not None}
        self.moves.write_down(self._delta.version() + 1)
        fix_delta.replace(self._delta, self._replaced, listing(left | new))
        self.committed = True
        sync_to_disk(self._table.path / "_delta_log" / f"{self._delta.version() + 1:020d}.json")
        sync_to_disk(self._table.path / "_delta_log")
        self.moves.do()
        now = self._table.clock()
        for day in self._replaced:
            for path in self._files.get(day, []):
                os.utime(path, (now, now))


def _as_written(state: LogState) -> LogState:
    if not state.as_written:
        raise Damaged(
            "the log of the fix store does not list the files that its last commit left. Restore the fix store from a "
            "backup"
        )
    return state


def sum_told(path: Path) -> str | None:
    """The sum of a day's file that its name has; None for a file of another tool or an earlier version."""
    found = _SUMMED.fullmatch(path.name)
    return None if found is None else found[1]
