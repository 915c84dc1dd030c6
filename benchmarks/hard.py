"""Inputs that break engines: everybody in one place, windows of half a day or a month, circles of a kilometre, jumps.

Each is the base world with one thing changed, asked once plain and, where it may be, with everything.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.sizes import SEED
from benchmarks.worlds import World, made_once

STREET_M = (530_300.0, 179_800.0)
"""By Waterloo; within it every crime, or every home, is put."""


@dataclass(frozen=True, slots=True)
class Hard:
    """`crimes` and `fixes` change the base's, `params` its settings; `everything`: whether other days are asked too."""

    name: str
    crimes: Callable[[pl.DataFrame], pl.DataFrame] | None = None
    fixes: Callable[[pl.DataFrame], pl.DataFrame] | None = None
    params: dict[str, Any] = field(default_factory=dict)
    everything: bool = True


def in_one_street(crimes: pl.DataFrame) -> pl.DataFrame:
    """All crimes along 500 m."""
    along = np.random.default_rng([SEED, 201]).uniform(0, 500, crimes.height)
    return crimes.with_columns(easting_m=STREET_M[0] + pl.Series(np.rint(along)), northing_m=pl.lit(STREET_M[1]))


def beside_the_hostel(crimes: pl.DataFrame) -> pl.DataFrame:
    """One crime in fifty within 300 m of the hostel: each matches nearly everybody."""
    rng = np.random.default_rng([SEED, 202])
    chosen = rng.random(crimes.height) < 0.02
    off = np.rint(rng.uniform(-300, 300, (2, crimes.height)))
    return crimes.with_columns(
        easting_m=pl.when(pl.Series(chosen)).then(STREET_M[0] + pl.Series(off[0])).otherwise(pl.col("easting_m")),
        northing_m=pl.when(pl.Series(chosen)).then(STREET_M[1] + pl.Series(off[1])).otherwise(pl.col("northing_m")),
    )


def lasting(hours: float) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Windows of that length, begun where they were."""
    return lambda crimes: crimes.with_columns(t_to=pl.col("t_from") + timedelta(hours=hours))


def in_one_hostel(day: pl.DataFrame) -> pl.DataFrame:
    """Everybody's day moved so that where they mostly are is the hostel."""
    return day.with_columns(
        (pl.col(axis) - pl.col(axis).median().over("device_id") + round(at * 1000)).cast(pl.Int32)
        for axis, at in zip(("x_mm", "y_mm"), STREET_M, strict=True)
    )


def with_teleports(day: pl.DataFrame) -> pl.DataFrame:
    """Two fixes in a hundred 50 km off."""
    rng = np.random.default_rng([SEED, 203, int(day["t"].to_physical()[0] // 86_400_000_000)])
    off = (rng.random(day.height) < 0.02) * 35_000_000
    return day.with_columns((pl.col(axis) + pl.Series(off)).cast(pl.Int32) for axis in ("x_mm", "y_mm"))


HARD = (
    Hard("all crimes in one street", crimes=in_one_street),
    Hard("all wearers in one hostel, one crime in fifty beside it", crimes=beside_the_hostel, fixes=in_one_hostel),
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


def changed(made: World, hard: Hard, aside: Path) -> dict[str, str]:
    """Store and crimes of a hard input, made once; as `contest.Task` takes them."""
    out: dict[str, str] = {}
    name = hard.name.split(",")[0].replace(" ", "-")
    if hard.crimes is not None:
        path = aside / f"{name}-crimes.parquet"
        if not path.exists():
            hard.crimes(made.crimes()).write_parquet(path)
        out["crimes"] = str(path)
    if hard.fixes is not None:
        change = hard.fixes
        out["fixes"] = str(made_once(aside / f"{name}-fixes", lambda home: _rewritten(made, home, change)))
    return out


def _rewritten(made: World, home: Path, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    from matcher.store.fixes import FixStore

    FixStore.open(home).append(change(day) for day in days_of(made))


def days_of(made: World) -> Iterator[pl.DataFrame]:
    """The base's fixes, a day at a time, as the store takes them."""
    from matcher.schemas import STORED_FIXES
    from matcher.store.fixes import FixStore

    store = FixStore.open(made.store)
    for _, rows in store.scan_days(None, None, None, columns=tuple(STORED_FIXES)):
        yield rows.with_columns(pl.col("device_id").cast(pl.String), pl.col("mechanism").cast(pl.String))
