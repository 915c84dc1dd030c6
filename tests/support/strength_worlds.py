"""Worlds in which strength is held against truth.

Worlds of `tests.support.q_worlds` in which each of 1,000 crimes is committed by a wearer, half of the scenes near
somebody's haunt as other crimes are. Scenes are recorded to 5 m, or to 20 m, as stated, or three in ten of them off by
three times as much.
"""

from typing import NamedTuple

import numpy as np
import polars as pl

from matcher.analysis.crimes import CrimeIndex, index_crimes
from matcher.analysis.other_days import Days, compare
from tests.support.day_lives import Judged, lived
from tests.support.q_worlds import KINDS
from tests.support.said_and_found import Pairs, pairs_of

WEARERS, OTHER_CRIMES, PLANTED, WORLDS = 60, 400, 1_000, 8
SEED = 7000
FRESH = 100
"""From which seed on worlds are drawn that no word was chosen by."""
SCENES_M = 5.0
"""68 % radius to which `lived` places the scenes."""


class Places(NamedTuple):
    """What is stated of the scenes, and how many are off by three times as much."""

    stated_m: float = SCENES_M
    off: float = 0.0


NAMED: dict[str, tuple[str, Places]] = {
    **{kind: (kind, Places()) for kind in ("flat", "weekend", "mild weekend", "crowd of 200", "hostel", "pairs")},
    "flat, 30 % off": ("flat", Places(off=0.3)),
    "flat, 20 m": ("flat", Places(20.0)),
    "flat, 20 m, 30 % off": ("flat", Places(20.0, 0.3)),
    "weekend, 20 m, 30 % off": ("weekend", Places(20.0, 0.3)),
}


def placed(world: Judged, how: Places, rng: np.random.Generator) -> tuple[CrimeIndex, Days]:
    """The same lives and crimes, these recorded less well."""
    if how == Places():
        return world.index, world.days
    crimes = world.index.crimes
    sigma = np.where(rng.random(crimes.height) < how.off, 3.0, 1.0) * how.stated_m
    more = np.sqrt(sigma**2 - SCENES_M**2)[:, None] / 1.5096 * rng.normal(size=(crimes.height, 2))
    moved = crimes.with_columns(
        (pl.col("easting_m") + pl.Series(more[:, 0])).round(3),
        (pl.col("northing_m") + pl.Series(more[:, 1])).round(3),
        location_accuracy_m=pl.lit(how.stated_m),
    )
    index = index_crimes(moved, world.params)
    return index, compare(world.trails, index, world.params)


def worlds_of(name: str, n: int, planted: int = PLANTED, first: int = 0) -> list[Pairs]:
    """`n` worlds of a kind, from the seed `first` on."""
    kind, how = NAMED[name]
    out = []
    for seed in range(first, first + n):
        where = KINDS[kind].build(SEED + seed, WEARERS, OTHER_CRIMES)
        world = lived(where, seed, planted=planted, scenes="as others")
        index, days = placed(world, how, np.random.default_rng([seed, 9]))
        out.append(pairs_of(world, index, days, len(where.start_us)))
    return out
