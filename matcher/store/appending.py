"""Appends to the fix store: new rows are collected by day; each affected day is merged and written again, all in one
commit."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from matcher.errors import StoreError
from matcher.store.day_file import stored_day
from matcher.store.merge import CONFLICTS, checked, merge_day
from matcher.store.origins import BASE, WITHDRAWN
from matcher.store.spool import DaySpool
from matcher.store.table import FixTable
from matcher.store.writing import Announce

CONFLICTS_SHOWN = 1_000

Progress = Callable[[int, int], None]
"""Called with the number of days done and the number of all days."""


@dataclass(frozen=True, slots=True)
class AppendReport:
    """What an append did. `rows` were read; `new` keys were added; `same` rows were already stored with the same
    values; `replaced` stored rows were replaced by a better one. `conflicts` has the first of `n_conflicts` rows with
    the key of another but a different position or accuracy. `days` are the days of the rows, `days_changed` those
    rewritten."""

    rows: int = 0
    new: int = 0
    same: int = 0
    replaced: int = 0
    n_conflicts: int = 0
    conflicts: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CONFLICTS))
    days: tuple[date, ...] = ()
    days_changed: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Append:
    """How rows are appended: the parameters of `FixStore.append`."""

    buffer_rows: int
    progress: Progress | None
    announce: Announce | None
    origin: str | None
    ready: Callable[[AppendReport], None] | None


def append(table: FixTable, frames: Iterable[pl.DataFrame], given: Append, keep_hours: float) -> AppendReport:
    """As `FixStore.append`."""
    with table.writing(keep_hours=keep_hours) as writing:
        if given.origin is not None and writing.origins.has(given.origin, WITHDRAWN):
            raise StoreError("this import was withdrawn: give it back instead of importing the file again")
        spool = DaySpool(writing.spool, given.buffer_rows)
        for frame in frames:
            if frame.height:
                spool.add(checked(frame))
        days = spool.days
        new = same = replaced = n_conflicts = 0
        shown = pl.DataFrame(schema=CONFLICTS)
        changed: list[date] = []
        for done, (day, incoming) in enumerate(spool.drain(), start=1):
            before = stored_day(day, writing.files(day))
            merged = merge_day(day, before, incoming)
            known = bool(writing.origins.of_day(day))
            if given.origin is not None and not known and before.height:
                writing.moves.keep(BASE, day, before)
            if given.origin is not None or known:
                writing.moves.keep(given.origin or BASE, day, incoming)
            new, same, replaced = new + merged.new, same + merged.same, replaced + merged.replaced
            n_conflicts += merged.conflicts.height
            shown = pl.concat([shown, merged.conflicts.head(CONFLICTS_SHOWN - shown.height)])
            if merged.changed:
                writing.replace(day, merged.rows)
                changed.append(day)
            if given.progress is not None:
                given.progress(done, len(days))
        report = AppendReport(spool.rows, new, same, replaced, n_conflicts, shown, tuple(days), tuple(changed))
        if given.ready is not None:
            given.ready(report)
        writing.commit(given.announce)
    return report
