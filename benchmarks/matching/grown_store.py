"""A store made by thirty daily appends, one row in a hundred arriving a day late, compacted afterwards or not."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.matching.hard_inputs import days_of
from benchmarks.matching.sizes import SEED
from benchmarks.matching.worlds import World, made_once

SHARE_LATE = 0.01


def grown(world: World, folder: Path) -> Path:
    """The fixes of the base, appended day by day."""
    return made_once(folder / "grown-fixes", lambda home: _grow(world, home))


def compacted(world: World, folder: Path) -> Path:
    """The same store after compaction."""

    def make(home: Path) -> None:
        import shutil

        from matcher.store.fixes import FixStore

        shutil.copytree(grown(world, folder), home, dirs_exist_ok=True)
        FixStore.open(home).compact()

    return made_once(folder / "compacted-fixes", make)


def _grow(world: World, home: Path) -> None:
    from matcher.store.fixes import FixStore

    store = FixStore.open(home)
    for rows in arrivals(world):
        store.append([rows])


def arrivals(world: World) -> Iterator[pl.DataFrame]:
    """The rows that arrive on each day: its own except the late ones, and the late ones of the day before."""
    rng = np.random.default_rng([SEED, 301])
    late: pl.DataFrame | None = None
    for day in days_of(world):
        is_late = pl.Series(rng.random(day.height) < SHARE_LATE)
        today = day.filter(~is_late)
        yield today if late is None else pl.concat([late, today])
        late = day.filter(is_late)
    if late is not None and late.height:
        yield late
