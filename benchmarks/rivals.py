"""The same question asked of Polars and of DuckDB, as their users would: an equi-join on grid cell and hour.

For every (crime, wearer): how many fixes within `radius_m` of the crime in its window, the least distance and its
time. Points only: neither draws the path between fixes. Both read the reference file: `wearer` int32, `t` int64 epoch
us, `x`, `y` float64 metres, zstd; already cleaned of jumps and repeated fixes, which ours has to do for itself.
"""

from pathlib import Path

import polars as pl

CELL_M = 250.0
HOUR_US = 3_600_000_000


def decode(reference: Path) -> int:
    """Read the four columns and nothing else: what any engine pays before it starts."""
    return pl.read_parquet(reference, columns=["wearer", "t", "x", "y"], glob=False).height


def crime_keys(crimes: pl.DataFrame, radius_m: float) -> pl.LazyFrame:
    """Crimes once for every cell their circle's box touches and every hour their window touches.

    `crimes` has crime (row number), x, y, start_us, end_us.
    """
    low, high = (
        (lambda c: ((pl.col(c) - radius_m) / CELL_M).floor()),
        (lambda c: ((pl.col(c) + radius_m) / CELL_M).floor()),
    )
    return (
        crimes.lazy()
        .with_columns(
            cx=pl.int_ranges(low("x").cast(pl.Int32), high("x").cast(pl.Int32) + 1, dtype=pl.Int32),
            cy=pl.int_ranges(low("y").cast(pl.Int32), high("y").cast(pl.Int32) + 1, dtype=pl.Int32),
            hour=pl.int_ranges(
                (pl.col("start_us") // HOUR_US).cast(pl.Int32),
                (pl.col("end_us") // HOUR_US).cast(pl.Int32) + 1,
                dtype=pl.Int32,
            ),
        )
        .explode("cx")
        .explode("cy")
        .explode("hour")
        .rename({"x": "crime_x", "y": "crime_y"})
    )


def polars_gridhour(reference: Path, crimes: pl.DataFrame, radius_m: float) -> pl.DataFrame:
    fixes = pl.scan_parquet(reference, glob=False).with_columns(
        cx=(pl.col("x") / CELL_M).floor().cast(pl.Int32),
        cy=(pl.col("y") / CELL_M).floor().cast(pl.Int32),
        hour=(pl.col("t") // HOUR_US).cast(pl.Int32),
    )
    return (
        fixes.join(crime_keys(crimes, radius_m), on=["cx", "cy", "hour"])
        .filter(pl.col("t").is_between(pl.col("start_us"), pl.col("end_us")))
        .with_columns(d2=(pl.col("x") - pl.col("crime_x")).pow(2) + (pl.col("y") - pl.col("crime_y")).pow(2))
        .filter(pl.col("d2") <= radius_m**2)
        .group_by("crime", "wearer")
        .agg(n=pl.len(), closest_m=pl.col("d2").min().sqrt(), closest_t=pl.col("t").sort_by("d2", "t").first())
        .collect()
    )


def duckdb_cellhour(reference: Path, crimes: pl.DataFrame, radius_m: float) -> pl.DataFrame:
    import duckdb

    keys = crime_keys(crimes, radius_m).collect().to_arrow()  # noqa: F841 - duckdb finds it by its name
    with duckdb.connect() as db:
        db.execute("set threads to 2")
        found = db.sql(
            f"""
            with hits as (
                select k.crime, f.wearer, f.t, (f.x - k.crime_x)^2 + (f.y - k.crime_y)^2 as d2
                from read_parquet('{reference}') f
                join keys k on k.cx = floor(f.x / {CELL_M})::int and k.cy = floor(f.y / {CELL_M})::int
                    and k.hour = (f.t // {HOUR_US})::int
                where f.t between k.start_us and k.end_us
                    and (f.x - k.crime_x)^2 + (f.y - k.crime_y)^2 <= {radius_m**2}
            )
            select crime, wearer, count(*) as n, sqrt(min(d2)) as closest_m, arg_min(t, d2) as closest_t
            from hits group by crime, wearer
            """
        )
        return pl.DataFrame(found.to_arrow_table())
