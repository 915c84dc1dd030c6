"""Frames of fixes as rows of the store."""

import re

import polars as pl

from matcher.schemas import STORED_FIXES
from matcher.store.fixes import FixStore
from matcher.store.table_state import LISTED


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


def of_an_earlier_version(store: FixStore) -> None:
    """Take from a store what earlier versions did not write: the sums that files and commits are named with; and the
    index."""
    store.drop_index()
    log = store.path / "_delta_log"
    texts = {path: path.read_text() for path in log.glob("*.json")}
    for paths in store.files().values():
        for path in paths:
            earlier = path.with_name(path.name.rpartition("-")[0] + ".parquet")
            path.rename(earlier)
            texts = {of: text.replace(path.name, earlier.name) for of, text in texts.items()}
    for of, text in texts.items():
        of.write_text(re.sub(rf'"{LISTED}":"[0-9a-f]+",?', "", text).replace(",}", "}"))
