"""The Delta table under the fix store: its format, its single writer, atomic commits, and cleaning up.

A writer takes a lock and keeps temporary files in a folder named by its session; its data files have the session's name
too. The lock ends with the process, so for the next writer every session folder is of a dead process: it deletes that
session's files unless the table lists them.
"""

import fcntl
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self
from uuid import uuid4

from matcher.errors import Damaged, NoStore, StoreError
from matcher.store.index.day import IndexedDay
from matcher.store.index.manifest import IndexedFile
from matcher.store.index.store_index import StoreIndex
from matcher.store.origins import Origins, finish_moves
from matcher.store.table_state import TableState, is_table
from matcher.store.writing import OWN, Clock, Indexing, Writing
from matcher.sums import changed, sum_of

FORMAT = "1"
_FORMAT_KEY = "tagpilot.fixes.format"
_ERASING = "erasing"
_SUMMED = re.compile(r"[0-9a-f]{32}-\d+-([0-9a-f]{32})\.parquet")


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
            if path.exists() and (not path.is_dir() or any(p.name != OWN for p in path.iterdir())):
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

    def _state(self) -> TableState:
        # Asked every time: another process may have committed.
        state = self.index.table_now()
        if state is None:
            from matcher.store import delta as fix_delta

            state = fix_delta.state(fix_delta.load(self.path))
        return _as_written(state)

    @property
    def index(self) -> StoreIndex:
        """The matcher's index of the table."""
        return StoreIndex(self.path)

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
        return _Pinned(self.path, self.lock_wait_s, self.clock, files, set(), self.index.days(files), {})

    def indexed(self, day: date) -> IndexedDay | None:
        """A day of the index, if there is one of just the files that are read. Raises Damaged."""
        return self.with_snapshot(self.snapshot()).indexed(day)

    @contextmanager
    def indexing(self, wait_s: float) -> Iterator[Indexing]:
        """A session that makes the index of the newest version, alone with the table. Raises StoreError if another
        process still wrote after `wait_s` seconds."""
        with self._locked(wait_s):
            self._recover()
            state = self._state()
            files = self._files(state)
            making = Indexing(self.index, state, files, self.with_snapshot(files).indexed, {})
            try:
                yield making
            except BaseException:
                self.index.tidy()
                raise
            self.index.follow(state, making.made)

    def _files(self, state: TableState) -> dict[date, list[Path]]:
        files: dict[date, list[Path]] = {}
        for path, day in state.days.items():
            files.setdefault(date.fromisoformat(day), []).append(self.path / path)
        return {day: sorted(files[day]) for day in sorted(files)}

    @contextmanager
    def writing(self, *, keep_hours: float, erasing: bool = False) -> Iterator[Writing]:
        """A write session, one at a time. After an error nothing of it remains."""
        with self._locked(self.lock_wait_s):
            self._recover()
            from matcher.store import delta as fix_delta

            delta = fix_delta.load(self.path)
            session = uuid4().hex
            (self.path / OWN / session).mkdir(parents=True)
            if erasing:
                (self.path / OWN / _ERASING).touch()
            writing = Writing(
                self.path,
                delta,
                self._files(_as_written(fix_delta.state(delta))),
                session,
                check=self.check,
                clock=self.clock,
            )
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
        own = self.path / OWN
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
        own = self.path / OWN
        sessions = [entry for entry in own.iterdir() if entry.is_dir()]
        erasing = (own / _ERASING).exists()
        if not sessions and not erasing and sweep_hours is None:
            return
        state = self._state()
        self.index.follow(state)
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
    index_files: dict[date, IndexedFile]
    opened: dict[date, IndexedDay | None]

    def indexed(self, day: date) -> IndexedDay | None:
        if day not in self.opened:
            file = self.index_files.get(day)
            try:
                self.opened[day] = None if file is None else self.index.open(file)
            except FileNotFoundError:
                # Made again meanwhile: the stored rows are there for as long as the days that are read.
                self.opened[day] = None
        if self.opened[day] is not None and not self.files[day][0].exists():
            raise FileNotFoundError(self.files[day][0])
        return self.opened[day]

    def with_snapshot(self, files: dict[date, list[Path]]) -> "FixTable":
        return self if files is self.files else FixTable.with_snapshot(self, files)

    def check(self, paths: Iterable[Path]) -> None:
        for path in paths:
            if path not in self.checked:
                FixTable.check(self, [path])
                self.checked.add(path)

    def snapshot(self) -> dict[date, list[Path]]:
        return self.files


def _as_written(state: TableState) -> TableState:
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
