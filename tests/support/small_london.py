"""One in a hundred of a pilot month: a few wearers of the invented London, as frames for `match` and for its twins."""

from typing import Any

import polars as pl

from geo.bng import to_grid
from matcher.params import Params
from matcher.schemas import ASSIGNMENTS, CRIMES, FIXES, INTERVALS
from matcher.synthetic import generate
from tests.support.naive.matcher import instant


def london(seed: int) -> dict[str, Any]:
    """Three wearers of the invented London for thirty days and 250 crimes: one in a hundred of a pilot month."""
    world = generate(seed=seed, wearers=3, days=30, crimes=250)
    group = next(world.groups(3))
    easting, northing = to_grid(group.fixes["longitude"].to_numpy(), group.fixes["latitude"].to_numpy())
    fixes = group.fixes.with_columns(easting_m=easting, northing_m=northing).filter(pl.col("easting_m").is_not_nan())
    crimes = [
        ("met", f"{i:04}", 1, "RB", instant(o.from_us), instant(o.to_us), o.x_mm / 1000, o.y_mm / 1000, 20.0)
        for i, o in enumerate([*[offence for offence, _ in group.crimes], *world.other_crimes()])
    ]
    worn_by = [(device, w.wearer_id, since, until) for w in group.wearers for device, since, until in w.tags]
    return {
        "fixes": fixes.select(FIXES.keys()),
        "crimes": pl.DataFrame(crimes, schema=CRIMES, orient="row"),
        "assignments": pl.DataFrame(worn_by, schema=ASSIGNMENTS, orient="row"),
        "monitored": pl.DataFrame([row[1:] for row in worn_by], schema=INTERVALS, orient="row"),
        "params": Params(),
    }
