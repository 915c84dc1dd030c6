"""A write session of the fix store's table, and one of its index: what they will change, and the commit that does."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from matcher.files import sync_to_disk
from matcher.store.day_file import write_day
from matcher.store.index.day import IndexedDay
from matcher.store.index.manifest import IndexedFile
from matcher.store.index.store_index import StoreIndex
from matcher.store.index.windows import Stretches
from matcher.store.origins import Moves, Origins
from matcher.store.table_state import TableState, listed_in, listing, newest_version
from matcher.sums import sha256_of, sum_of

if TYPE_CHECKING:
    # Only writing needs the library; importing it would take a tenth of the time of a run over a month.
    from deltalake import DeltaTable
    from deltalake.transaction import AddAction

OWN = "_tagpilot"
"""The folder of sessions in that of the table."""

Clock = Callable[[], float]
"""Seconds since 1970."""

Announce = Callable[[dict[date, str | None]], None]


class Writing:
    """The days that a session will replace; `commit` replaces them all at once."""

    def __init__(
        self,
        path: Path,
        delta: "DeltaTable",
        files: dict[date, list[Path]],
        session: str,
        *,
        check: Callable[[Iterable[Path]], None],
        clock: Clock,
    ) -> None:
        """Of the table at `path`; `check` raises Damaged for files that are not what was written."""
        self.spool = path / OWN / session
        self.moves = Moves(self.spool, path)
        self.origins = Origins(path)
        self.committed = False
        self._path = path
        self._index = StoreIndex(path)
        self._check = check
        self._clock = clock
        self._delta = delta
        self._files = files
        self._session = session
        self._replaced: dict[date, AddAction | None] = {}
        self._sha256: dict[date, str | None] = {}
        self._indexed: dict[date, IndexedFile | None] = {}

    @property
    def days(self) -> list[date]:
        """Days of the table as the session found it."""
        return sorted(self._files)

    def files(self, day: date) -> list[Path]:
        """The day's live files as the session found them. Raises Damaged if one is not what was written."""
        paths = self._files.get(day, [])
        self._check(paths)
        return paths

    def replace(self, day: date, rows: pl.DataFrame, made_for: Stretches | None = None) -> None:
        """Replace all rows of the day by `rows`; without rows the day is removed. It is indexed if `made_for` says what
        for."""
        if rows.is_empty():
            self._replaced[day] = None
            self._sha256[day] = None
            return
        written = self._path / f"day={day}/{self._session}-{len(self._replaced)}.parquet"
        size = write_day(written, rows)
        # The commit names the file by its sum; what another version wrote has none.
        name = f"day={day}/{written.stem}-{sum_of(written)}.parquet"
        self._sha256[day] = sha256_of(written)
        written.rename(self._path / name)
        if made_for:
            self._indexed[day] = self._index.build(day, name, rows, made_for)
        from matcher.store import delta as fix_delta

        self._replaced[day] = fix_delta.add_action(name, size, day, rows.height, self._clock())

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
            path.relative_to(self._path).as_posix(): str(day)
            for day, paths in self._files.items()
            for path in paths
            if day not in self._replaced
        }
        new = {action.path: str(day) for day, action in self._replaced.items() if action is not None}
        version = self._delta.version() + 1
        self.moves.write_down(version)
        listed = listing(left | new)
        fix_delta.replace(self._delta, self._replaced, listed)
        self.committed = True
        sync_to_disk(self._path / "_delta_log" / f"{version:020d}.json")
        sync_to_disk(self._path / "_delta_log")
        state = TableState(version, dict(self._delta.metadata().configuration), left | new, listed)
        if newest_version(self._path) != version or listed_in(self._path, version) != listed:
            state = fix_delta.state(fix_delta.load(self._path))
        self._index.follow(state, self._indexed)
        self.moves.do()
        now = self._clock()
        for day in self._replaced:
            for path in self._files.get(day, []):
                os.utime(path, (now, now))


@dataclass(frozen=True, slots=True)
class Indexing:
    """The days of the index that a session makes; `made` are those so far."""

    index: StoreIndex
    state: TableState
    files: dict[date, list[Path]]
    indexed: Callable[[date], IndexedDay | None]
    """A day as it was before this session. Raises Damaged."""
    made: dict[date, IndexedFile | None]

    @property
    def days(self) -> list[date]:
        """The days that are indexed as they are stored."""
        return sorted(self.index.days(self.files))

    def make(self, day: date, rows: pl.DataFrame, made_for: Stretches) -> None:
        """Make a day of one file anew; without stretches it is taken out."""
        (made_of,) = [path for path, of in self.state.days.items() if of == str(day)]
        self.made[day] = self.index.build(day, made_of, rows, made_for) if made_for else None

    def take_out(self, day: date) -> None:
        """Take a day out of the index."""
        self.made[day] = None
