"""The matcher's index beside the table: which days of it fit the table, and how it is made, followed and thrown away.

It is made of the days and never the other way round. What changes it needs the lock of the table's writer; a match
reads what the manifest names, and the stored rows of all that it does not.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from matcher.errors import Damaged
from matcher.store.index.building import build_day
from matcher.store.index.day import IndexedDay
from matcher.store.index.manifest import FOLDER, MANIFEST, IndexedFile, Manifest, read_manifest, write_manifest
from matcher.store.index.windows import Stretches
from matcher.store.table_state import TableState, listed_in, newest_version


@dataclass(frozen=True, slots=True)
class StoreIndex:
    """The index of the store at `store`."""

    store: Path

    def manifest(self) -> Manifest | None:
        """What is indexed; None where there is nothing, or nothing that is whole."""
        try:
            return read_manifest(self.store)
        except Damaged:
            return None

    def table_now(self) -> TableState | None:
        """The table, if the manifest is of its newest version; else the log has to be read. Raises Damaged."""
        manifest = self.manifest()
        if manifest is None or manifest.table.version != newest_version(self.store):
            return None
        # What the newest commit says of its table must be what the manifest says of it.
        return manifest.table if listed_in(self.store, manifest.table.version) == manifest.table.listed else None

    def days(self, files: Mapping[date, list[Path]]) -> dict[date, IndexedFile]:
        """Those days among `files` that are indexed as they are."""
        manifest = self.manifest()
        if manifest is None:
            return {}
        return {
            day: each
            for day, each in manifest.days.items()
            if ["/".join(path.parts[-2:]) for path in files.get(day, [])] == [each.made_of]
        }

    def open(self, file: IndexedFile) -> IndexedDay:
        """Raises Damaged; FileNotFoundError if it was made again meanwhile."""
        return IndexedDay(self.store, file)

    def build(self, day: date, made_of: str, rows: pl.DataFrame, made_for: Stretches) -> IndexedFile:
        """Write a day, for a manifest to name."""
        return build_day(self.store, str(day), made_of, rows, made_for)

    def follow(
        self,
        table: TableState,
        new: Mapping[date, IndexedFile | None] | None = None,
        keep: Callable[[date], bool] = lambda _: True,
    ) -> None:
        """Write the manifest of this version: `new` days, and those before that the table still has as they were; None
        takes a day out. All else is deleted. Needs the lock."""
        before = self.manifest()
        path_of = {day: path for path, day in table.days.items()}
        days = {} if before is None else dict(before.days)
        for day, each in (new or {}).items():
            if each is None:
                days.pop(day, None)
            else:
                days[day] = each
        live = list(table.days.values())
        days = {
            day: each
            for day, each in days.items()
            if live.count(str(day)) == 1 and path_of[str(day)] == each.made_of and keep(day)
        }
        after = Manifest(table, days)
        if after != before:
            write_manifest(self.store, after)
        self.tidy(after)

    def tidy(self, manifest: Manifest | None = None) -> None:
        """Delete what the manifest does not name. Needs the lock."""
        manifest = manifest or self.manifest()
        named = {MANIFEST} if manifest is None else {MANIFEST, *(each.folder for each in manifest.days.values())}
        if (self.store / FOLDER).is_dir():
            for entry in (self.store / FOLDER).iterdir():
                if entry.name in named:
                    continue
                if entry.is_dir():
                    shutil.rmtree(entry)
                else:
                    entry.unlink()

    def drop(self) -> None:
        """Delete the whole index. Needs the lock."""
        if (self.store / FOLDER).exists():
            (self.store / FOLDER / MANIFEST).unlink(missing_ok=True)
            shutil.rmtree(self.store / FOLDER)
