"""Makes the matcher's index of a fix store, and takes out of it what may no longer be read."""

from collections.abc import Iterator
from datetime import date, datetime

import polars as pl

from matcher.errors import Damaged
from matcher.permitted import Permitted
from matcher.store.day_file import stored_day
from matcher.store.device_periods import reaches
from matcher.store.index.answers import answers_all
from matcher.store.index.day import IndexedDay
from matcher.store.index.windows import Stretches, still_allowed, stretches_of, with_those_of
from matcher.store.suspect_fixes import signs_of
from matcher.store.table import FixTable


def make(
    table: FixTable, may: Permitted, t_from: datetime | None, t_to: datetime | None, wait_s: float, *, again: bool
) -> int:
    """As `FixStore.make_index`."""
    files = table.snapshot()
    days = [day for day in files if reaches(day, t_from, t_to)]
    if not again:
        pinned = table.with_snapshot(files)
        days = [day for day in days if (has := pinned.indexed(day)) is None or not answers_all(has.tables, may, day)]
    if not days:
        return 0
    with table.indexing(wait_s) as making:
        made = 0
        for day in days:
            paths = making.files.get(day, [])
            if len(paths) != 1:
                # Another tool's appends; `compact` makes them one file.
                continue
            table.check(paths)
            rows = stored_day(day, paths)
            before = {} if again else _made_for(making.indexed(day))
            made_for = _of_devices(with_those_of(before, stretches_of(may, day)), rows)
            making.make(day, rows, made_for)
            made += 1
    return made


def keep(table: FixTable, now: Permitted, wait_s: float) -> int:
    """As `FixStore.keep_index`."""
    changed = 0
    with table.indexing(wait_s) as making:
        for day in making.days:
            try:
                before = _made_for(making.indexed(day))
            except Damaged:
                # Whatever it has, it goes; it is made again when it is used.
                making.take_out(day)
                changed += 1
                continue
            left = still_allowed(before, stretches_of(now, day))
            if left == before:
                continue
            changed += 1
            paths = making.files[day]
            table.check(paths)
            making.make(day, stored_day(day, paths), left)
    return changed


def signs(table: FixTable, day: date, devices: list[str]) -> pl.DataFrame:
    """As `FixStore.signs`."""
    indexed = table.indexed(day)
    here: list[pl.DataFrame] = []
    if indexed is not None:
        tables = indexed.tables
        devices = [device for device in devices if device in tables.place]
        apart = [device for device in devices if not tables.signs_here[tables.place[device]]]
        signs = indexed.signs()
        here = [signs.filter(pl.col("device_id").is_in(devices)) if signs.height else signs]
        devices = apart
    if devices or not here:
        paths = table.snapshot().get(day, [])
        table.check(paths)
        here.append(signs_of(stored_day(day, paths, devices)))
    return pl.concat(here)


def _made_for(indexed: IndexedDay | None) -> Stretches:
    return {} if indexed is None else indexed.tables.stretches()


def _of_devices(made_for: Stretches, rows: pl.DataFrame) -> Stretches:
    """Those of devices that have rows."""
    there = set(rows["device_id"].unique())
    return {device: each for device, each in made_for.items() if device in there}


def days_of(table: FixTable) -> Iterator[tuple[date, IndexedDay]]:
    """The days of the index that fit the table. Raises Damaged."""
    pinned = table.with_snapshot(table.snapshot())
    for day in pinned.snapshot():
        if (indexed := pinned.indexed(day)) is not None:
            yield day, indexed
