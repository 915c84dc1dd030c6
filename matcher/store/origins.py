"""What each import gave to the fix store, kept beside the days, so that an import can be withdrawn as a whole.

An *origin* is one import, by a name of its own. Its *share* of a day are its rows of that day, whether the day kept
them or gave a better one their place. A day is the merge of the shares of all origins that count; the *base* is the
share that no import by name accounts for. Shares of a withdrawn origin stand in a folder of their own, until the origin
is given back or its rows are erased.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from matcher.errors import Damaged
from matcher.files import read_rows, sync_to_disk, write_parquet_atomically
from matcher.schemas import STORED_FIXES
from matcher.store.device_periods import DevicePeriods
from matcher.store.merge import merge_day
from matcher.sums import sum_of

BASE = "base"
COUNTS, WITHDRAWN = "_origins", "_withdrawn"
_MOVES = "moves.json"


@dataclass(frozen=True, slots=True)
class Origins:
    """The shares beside the table at `store`."""

    store: Path

    def folder(self, origin: str, where: str = COUNTS) -> Path:
        return self.store / where / origin

    def has(self, origin: str, where: str = COUNTS) -> bool:
        """Whether any row of the origin is held there."""
        return any(self.folder(origin, where).glob("*.parquet"))

    def days(self, origin: str, where: str = COUNTS) -> list[date]:
        return sorted({day_of(path) for path in self.folder(origin, where).glob("*.parquet")})

    def of_day(self, day: date) -> list[Path]:
        """The shares of a day that count."""
        return sorted((self.store / COUNTS).glob(f"*/{day}.*.parquet"))

    def share(self, origin: str, day: date, where: str = COUNTS) -> pl.DataFrame:
        return self.merged(day, sorted(self.folder(origin, where).glob(f"{day}.*.parquet")))

    def merged(self, day: date, shares: Iterable[Path]) -> pl.DataFrame:
        """What these shares make of a day. Raises Damaged."""
        frames = [self._read(path) for path in shares]
        rows = pl.concat([pl.DataFrame(schema=STORED_FIXES), *frames])
        return rows if rows.is_empty() else merge_day(day, None, rows).rows

    def without(self, origin: str, day: date, stored: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """A day without an origin's share; and those of its rows that no share accounts for, which stay."""
        shares = self.of_day(day)
        others = [path for path in shares if path.parent.name != origin]
        explained = self.merged(day, shares)
        more = stored.join(explained, on=list(STORED_FIXES), how="anti", nulls_equal=True)
        left = self.merged(day, others)
        return (left if more.is_empty() else merge_day(day, left, more).rows), more

    def shares(self) -> Iterator[Path]:
        """Every share of every origin, withdrawn ones among them."""
        for where in (COUNTS, WITHDRAWN):
            yield from sorted((self.store / where).glob("*/*.parquet"))

    def devices(self) -> set[str]:
        """Devices with a row of a withdrawn origin."""
        found: set[str] = set()
        for path in sorted((self.store / WITHDRAWN).glob("*/*.parquet")):
            found |= set(self._read(path)["device_id"].unique())
        return found

    def count(self, periods: DevicePeriods) -> int:
        """Rows of withdrawn origins in these periods."""
        found = 0
        for path in sorted((self.store / WITHDRAWN).glob("*/*.parquet")):
            if (there := periods.on(day_of(path))).devices:
                found += self._read(path).filter(there.expression()).height
        return found

    def erase(self, periods: DevicePeriods) -> int:
        """Erase the rows of these periods from every share; how many went of withdrawn ones. Done again it erases what
        is left."""
        gone = 0
        for path in list(self.shares()):
            there = periods.on(day_of(path))
            if not there.devices:
                continue
            rows = self._read(path)
            kept = rows.filter(~there.expression())
            if kept.height == rows.height:
                continue
            if path.parent.parent.name == WITHDRAWN:
                gone += rows.height - kept.height
            if kept.height:
                write_parquet_atomically(path, kept)
            else:
                path.unlink()
            sync_to_disk(path.parent)
        return gone

    def tidy(self) -> None:
        """Delete what a killed writer left. Needs the table's lock."""
        for partial in self.store.glob("_*/*/*.partial"):
            if partial.parent.parent.name in (COUNTS, WITHDRAWN):
                partial.unlink()

    def _read(self, path: Path) -> pl.DataFrame:
        rows = read_rows(path)
        if rows.schema != pl.Schema(STORED_FIXES):
            raise Damaged(f"{path} has other columns than fixes. Restore the fix store from a backup")
        return rows


def day_of(share: Path) -> date:
    """The day that a share is of, by its name."""
    return date.fromisoformat(share.name.partition(".")[0])


@dataclass(slots=True)
class Moves:
    """Files and folders that get their place once the commit of a write is made, or never: written down before it, so
    that whoever opens the store after a kill does the same."""

    session: Path
    store: Path
    made: list[tuple[str, str]] = field(default_factory=list)

    def keep(self, origin: str, day: date, rows: pl.DataFrame) -> None:
        """An origin's share of a day."""
        path = self._write(merge_day(day, None, rows).rows)
        # By its content: the same import again takes the place of what it gave before.
        self._place(path, f"{COUNTS}/{origin}/{day}.{sum_of(path)}.parquet")

    def file(self, name: str, rows: pl.DataFrame) -> None:
        """A file that gets this name in the store."""
        self._place(self._write(rows), name)

    def _write(self, rows: pl.DataFrame) -> Path:
        path = self.session / f"share-{len(self.made)}.parquet"
        write_parquet_atomically(path, rows)
        return path

    def _place(self, path: Path, name: str) -> None:
        self.made.append((str(path.relative_to(self.store)), name))

    def folder(self, origin: str, before: str, after: str) -> None:
        """Every share of an origin, from one place to another."""
        for path in sorted((self.store / before / origin).glob("*.parquet")):
            name = f"{origin}/{path.name}"
            self.made.append((f"{before}/{name}", f"{after}/{name}"))

    def write_down(self, mark: int | str) -> None:
        """Before the commit that this mark shows was made: the version of a table, or the digest of a file."""
        if self.made:
            write = self.session / _MOVES
            write.write_text(json.dumps({"mark": mark, "moves": self.made}))
            for path in (write, self.session, self.session.parent):
                sync_to_disk(path)

    def do(self) -> None:
        """Harmless to do again."""
        for before, after in self.made:
            source, target = self.store / before, self.store / after
            if source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                source.replace(target)
        for folder in {(self.store / after).parent for _, after in self.made}:
            for path in (folder, folder.parent, self.store):
                sync_to_disk(path)
        for folder in {(self.store / before).parent for before, _ in self.made}:
            if folder != self.session and folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


def finish_moves(session: Path, store: Path, was_made: Callable[[Any], bool]) -> None:
    """The moves of an ended session, where its commit was made by the mark that it wrote down."""
    try:
        said = json.loads((session / _MOVES).read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        # None, or cut short while they were written down: the commit comes after that.
        return
    if was_made(said["mark"]):
        Moves(session, store, [(before, after) for before, after in said["moves"]]).do()
