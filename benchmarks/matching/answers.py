"""Compares our answer with each rival's, before anything is timed."""

from pathlib import Path

import polars as pl

from benchmarks.matching.worlds import World

TOLERANCE_M = 0.0011
"""Ours are rounded to the millimetre, so distances agree to that."""


class DifferentAnswers(Exception):
    """A rival's answer differs from ours; the message names the rival, how many pairs differ, and the first few."""


def our_pairs(world: World, candidates: Path) -> pl.DataFrame:
    """Our candidates, with crime and wearer numbered as the rivals number them."""
    wearers = world.wearers()
    crimes = world.crimes().with_row_index("crime").select(pl.col("crime").cast(pl.Int32), "force", "crime_ref")
    return (
        pl.read_parquet(candidates, glob=False)
        .join(crimes, on=["force", "crime_ref"])
        .with_columns(
            pl.col("wearer_id").replace_strict(wearers, range(len(wearers)), return_dtype=pl.Int32).alias("wearer")
        )
    )


def compare(ours: pl.DataFrame, theirs: pl.DataFrame, name: str) -> int:
    """Check that both found the same pairs with a fix inside and as many fixes; return how many pairs.

    Raises
    ------
    DifferentAnswers
        A pair only one of them has, another count of fixes, or a fix nearer than our least distance.

    Notes
    -----
    Ours is the least distance of the path, so a rival's nearest fix may be further away, never nearer.
    """
    points = ours.filter(pl.col("fixes_within") > 0).select("crime", "wearer", "fixes_within", "closest_m")
    both = points.join(theirs, on=["crime", "wearer"], how="full", suffix="_theirs", coalesce=True)
    differ = both.filter(
        pl.col("fixes_within").cast(pl.Int64).ne_missing(pl.col("n").cast(pl.Int64))
        | (pl.col("closest_m_theirs") < pl.col("closest_m") - TOLERANCE_M)
    )
    if not differ.is_empty():
        raise DifferentAnswers(f"{name}: {differ.height:,} of {both.height:,} pairs differ: {differ.head(3).rows()}")
    return points.height


def share_that_differ(ours: pl.DataFrame, theirs: pl.DataFrame) -> float:
    """The share of pairs that only one of them found. On our store a rival reads jumps and repeated fixes that have not
    been removed, so a few more pairs there are no error."""
    points = ours.filter(pl.col("fixes_within") > 0).select("crime", "wearer")
    one = points.join(theirs, on=["crime", "wearer"], how="anti").height
    other = theirs.join(points, on=["crime", "wearer"], how="anti").height
    return (one + other) / max(1, points.height)
