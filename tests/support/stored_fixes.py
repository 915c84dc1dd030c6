"""Frames of fixes as rows of the store."""

import polars as pl

from matcher.schemas import STORED_FIXES


def stored(fixes: pl.DataFrame) -> pl.DataFrame:
    millimetres = (("easting", "x"), ("northing", "y"), ("accuracy", "accuracy"))
    return fixes.with_columns(
        *[(pl.col(f"{name}_m") * 1000).round().cast(pl.Int32).alias(f"{short}_mm") for name, short in millimetres],
        outside_window=pl.lit(False),
        **{
            name: pl.lit(None, STORED_FIXES[name])
            for name in ("speed_kmh", "heading_deg", "satellites", "accuracy_level")
        },
    ).select(STORED_FIXES.keys())
