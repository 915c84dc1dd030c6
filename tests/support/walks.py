"""Small worlds for the runner's tests: wearers on random walks through a square kilometre or so, crimes among them."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from matcher.schemas import STORED_FIXES

START = datetime(2019, 9, 1, tzinfo=UTC)
DAY_US = 86_400_000_000


def stored_fixes(rng: np.random.Generator, wearers: int, days: int) -> pl.DataFrame:
    """A fix a minute for devices D00, D01 ...; columns as in the store."""
    frames = []
    n = days * 1440
    for w in range(wearers):
        t = int(START.timestamp()) * 1_000_000 + np.arange(n) * 60_000_000 + rng.integers(0, 5_000_000, n)
        x, y = (origin + np.cumsum(rng.normal(0, 60_000, n)) for origin in (530_000_000, 180_000_000))
        frames.append(
            pl.DataFrame(
                {
                    "device_id": np.full(n, f"D{w:02}"),
                    "t": pl.Series(t).cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
                    "mechanism": np.full(n, "gnss"),
                    "x_mm": x.astype(np.int32),
                    "y_mm": y.astype(np.int32),
                    "accuracy_mm": rng.integers(3_000, 120_000, n).astype(np.int32),
                    "outside_window": np.zeros(n, bool),
                }
            ).with_columns(
                pl.lit(None, STORED_FIXES[name]).alias(name)
                for name in ("speed_kmh", "heading_deg", "satellites", "accuracy_level")
            )
        )
    return pl.concat(frames).select(STORED_FIXES.keys())


def crimes_among(rng: np.random.Generator, fixes: pl.DataFrame, n: int) -> pl.DataFrame:
    """Crimes within a hundred metres or so of some fix, about its time."""
    at = fixes[rng.integers(0, fixes.height, n)]
    before = pl.Series([timedelta(minutes=int(m)) for m in rng.integers(0, 300, n)])
    return pl.DataFrame(
        {
            "force": ["Metropolitan"] * n,
            "crime_ref": [f"C{k:05}" for k in range(n)],
            "version": [1] * n,
            "crime_type": ["RB"] * n,
            "t_from": at["t"] - before,
            "t_to": at["t"] + timedelta(minutes=5),
            "easting_m": at["x_mm"] / 1000 + rng.normal(0, 60, n),
            "northing_m": at["y_mm"] / 1000 + rng.normal(0, 60, n),
            "location_accuracy_m": pl.Series([None] * n, dtype=pl.Float64),
        }
    )


def assignments(wearers: int) -> pl.DataFrame:
    """Device Dnn on wearer Wnn, still fitted."""
    return pl.DataFrame(
        {
            "device_id": [f"D{w:02}" for w in range(wearers)],
            "wearer_id": [f"W{w:02}" for w in range(wearers)],
            "from": [START] * wearers,
            "to": pl.Series([None] * wearers, dtype=pl.Datetime("us", "UTC")),
        }
    )


def always(wearers: list[str]) -> pl.DataFrame:
    """Intervals of these wearers without an end."""
    return assignments(len(wearers)).select(pl.Series("wearer_id", wearers, pl.String), "from", "to")
