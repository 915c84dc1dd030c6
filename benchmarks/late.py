"""A store that grew: thirty daily appends, one row in a hundred arriving a day late, compacted afterwards or not."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.hard import days_of
from benchmarks.sizes import SEED
from benchmarks.worlds import World, made_once

SHARE_LATE = 0.01


def grown(made: World, aside: Path) -> Path:
    """The base's fixes, appended day by day."""
    return made_once(aside / "grown-fixes", lambda home: _grow(made, home))


def compacted(made: World, aside: Path) -> Path:
    """The same, and then compacted."""

    def make(home: Path) -> None:
        import shutil

        from matcher.store.fixes import FixStore

        shutil.copytree(grown(made, aside), home, dirs_exist_ok=True)
        FixStore.open(home).compact()

    return made_once(aside / "compacted-fixes", make)


def _grow(made: World, home: Path) -> None:
    from matcher.store.fixes import FixStore

    store = FixStore.open(home)
    for rows in arrivals(made):
        store.append([rows])


def arrivals(made: World) -> Iterator[pl.DataFrame]:
    """What comes on each day: its own rows but one in a hundred, and those of the day before that are late."""
    rng = np.random.default_rng([SEED, 301])
    late: pl.DataFrame | None = None
    for day in days_of(made):
        is_late = pl.Series(rng.random(day.height) < SHARE_LATE)
        today = day.filter(~is_late)
        yield today if late is None else pl.concat([late, today])
        late = day.filter(is_late)
    if late is not None and late.height:
        yield late
