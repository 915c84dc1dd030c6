"""Inputs that break engines: all wearers in one place, windows of half a day or a month, circles of a kilometre, jumps.

Each is the base world with one thing changed, matched plain and, where other days can be compared, with p and q.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.matching.sizes import SEED
from benchmarks.matching.worlds import World, made_once

STREET_M = (530_300.0, 179_800.0)
"""Near Waterloo. Every crime, or every wearer, is moved here."""


@dataclass(frozen=True, slots=True)
class Hard:
    """One change of the base: `crimes` and `fixes` change its data, `params` its settings. `everything`: also measured
    with p, other days and q."""

    name: str
    crimes: Callable[[pl.DataFrame], pl.DataFrame] | None = None
    fixes: Callable[[pl.DataFrame], pl.DataFrame] | None = None
    params: dict[str, Any] = field(default_factory=dict)
    everything: bool = True


def in_one_street(crimes: pl.DataFrame) -> pl.DataFrame:
    """All crimes along 500 m of one street."""
    along = np.random.default_rng([SEED, 201]).uniform(0, 500, crimes.height)
    return crimes.with_columns(easting_m=STREET_M[0] + pl.Series(np.rint(along)), northing_m=pl.lit(STREET_M[1]))


def near_the_hostel(crimes: pl.DataFrame) -> pl.DataFrame:
    """One crime in fifty within 300 m of the hostel: each matches nearly every wearer."""
    rng = np.random.default_rng([SEED, 202])
    chosen = rng.random(crimes.height) < 0.02
    off = np.rint(rng.uniform(-300, 300, (2, crimes.height)))
    return crimes.with_columns(
        easting_m=pl.when(pl.Series(chosen)).then(STREET_M[0] + pl.Series(off[0])).otherwise(pl.col("easting_m")),
        northing_m=pl.when(pl.Series(chosen)).then(STREET_M[1] + pl.Series(off[1])).otherwise(pl.col("northing_m")),
    )


def lasting(hours: float) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Windows of that length, with the same beginning."""
    return lambda crimes: crimes.with_columns(t_to=pl.col("t_from") + timedelta(hours=hours))


def in_one_hostel(day: pl.DataFrame) -> pl.DataFrame:
    """Each wearer's day, moved so that its median place is the hostel."""
    return day.with_columns(
        (pl.col(axis) - pl.col(axis).median().over("device_id") + round(at * 1000)).cast(pl.Int32)
        for axis, at in zip(("x_mm", "y_mm"), STREET_M, strict=True)
    )


def with_teleports(day: pl.DataFrame) -> pl.DataFrame:
    """Two fixes in a hundred, 50 km away."""
    rng = np.random.default_rng([SEED, 203, int(day["t"].to_physical()[0] // 86_400_000_000)])
    off = (rng.random(day.height) < 0.02) * 35_000_000
    return day.with_columns((pl.col(axis) + pl.Series(off)).cast(pl.Int32) for axis in ("x_mm", "y_mm"))


HARD = (
    Hard("all crimes in one street", crimes=in_one_street),
    Hard("all wearers in one hostel, one crime in fifty beside it", crimes=near_the_hostel, fixes=in_one_hostel),
    Hard("windows of 12 hours", crimes=lasting(11.5)),
    Hard("radius 1 km", params={"radius_m": 1_000.0}),
    Hard("two fixes in a hundred 50 km off", fixes=with_teleports),
    Hard(
        "windows of a day", crimes=lasting(23.5), params={"max_window_h": 24.5, "reference_days": 0}, everything=False
    ),
    Hard(
        "windows of a month", crimes=lasting(719), params={"max_window_h": 720.0, "reference_days": 0}, everything=False
    ),
)


def changed(world: World, hard: Hard, folder: Path) -> dict[str, str]:
    """Store and crimes of a hard input, made once in `folder`, as arguments of `Task`."""
    out: dict[str, str] = {}
    name = hard.name.split(",")[0].replace(" ", "-")
    if hard.crimes is not None:
        path = folder / f"{name}-crimes.parquet"
        if not path.exists():
            hard.crimes(world.crimes()).write_parquet(path)
        out["crimes"] = str(path)
    if hard.fixes is not None:
        change = hard.fixes
        out["fixes"] = str(made_once(folder / f"{name}-fixes", lambda home: _rewrite(world, home, change)))
    return out


def _rewrite(world: World, home: Path, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    from matcher.store.fixes import FixStore

    FixStore.open(home).append(change(day) for day in days_of(world))


def days_of(world: World) -> Iterator[pl.DataFrame]:
    """The fixes of the base, a day at a time, with the columns of the store."""
    from matcher.schemas import STORED_FIXES
    from matcher.store.fixes import FixStore

    store = FixStore.open(world.store)
    for _, rows in store.scan_days(None, None, None, columns=tuple(STORED_FIXES)):
        yield rows.with_columns(pl.col("device_id").cast(pl.String), pl.col("mechanism").cast(pl.String))
