"""Is it the same answer? Ours and each rival's compared before anything is timed."""

from pathlib import Path

import polars as pl

from benchmarks.worlds import World

MM = 0.0011
"""Least distances agree to the millimetre ours are rounded to."""


class DifferentAnswers(Exception):
    """Which rival, on how many pairs, and the first of them."""


def pairs_of_ours(made: World, candidates: Path) -> pl.DataFrame:
    """Our candidates with crime and wearer as the rivals number them."""
    wearers = made.wearers()
    crimes = made.crimes().with_row_index("crime").select(pl.col("crime").cast(pl.Int32), "force", "crime_ref")
    return (
        pl.read_parquet(candidates, glob=False)
        .join(crimes, on=["force", "crime_ref"])
        .with_columns(
            pl.col("wearer_id").replace_strict(wearers, range(len(wearers)), return_dtype=pl.Int32).alias("wearer")
        )
    )


def compare(ours: pl.DataFrame, theirs: pl.DataFrame, name: str) -> int:
    """The pairs both have: with a fix inside, as many fixes, and nothing nearer than our path comes.

    Raises
    ------
    DifferentAnswers
        A pair only one of them has, another count of fixes, or a fix nearer than our least distance.

    Notes
    -----
    Ours is the least distance of the path, so a fix of theirs may lie further off, never nearer.
    """
    points = ours.filter(pl.col("fixes_within") > 0).select("crime", "wearer", "fixes_within", "closest_m")
    both = points.join(theirs, on=["crime", "wearer"], how="full", suffix="_theirs", coalesce=True)
    differ = both.filter(
        pl.col("fixes_within").cast(pl.Int64).ne_missing(pl.col("n").cast(pl.Int64))
        | (pl.col("closest_m_theirs") < pl.col("closest_m") - MM)
    )
    if not differ.is_empty():
        raise DifferentAnswers(f"{name}: {differ.height:,} of {both.height:,} pairs differ: {differ.head(3).rows()}")
    return points.height


def close_enough(ours: pl.DataFrame, theirs: pl.DataFrame) -> float:
    """The share of pairs that only one has. Rivals on our store see jumps and repeated fixes, which nobody cleaned for
    them, so there a few pairs more are no fault of theirs."""
    points = ours.filter(pl.col("fixes_within") > 0).select("crime", "wearer")
    one = points.join(theirs, on=["crime", "wearer"], how="anti").height
    other = theirs.join(points, on=["crime", "wearer"], how="anti").height
    return (one + other) / max(1, points.height)
