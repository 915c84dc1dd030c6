"""The same question asked of Polars and of DuckDB as their users would ask it, by two join keys each.

For every (crime, wearer): how many fixes within `radius_m` of the crime in its window, and the least distance. Points
only: neither draws the path between fixes. A join needs equal keys. *cell* repeats a crime for every 250 m cell that
its circle's box overlaps; *cellhour* for every such cell and every hour of its window. The first is slow where crimes
crowd, the second with long windows.

Both read either source. *reference*: four columns, with jumps and repeated fixes already removed, which TagPilot has to
do itself. *store*: our fix store, read as plain Parquet in whole millimetres; wearers are joined to the hits at the
end.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

CELL_M = 250
CELL_MM = CELL_M * 1000
HOUR_US = 3_600_000_000
MAX_ACCURACY_MM = 100_000

Ask = Callable[["Source", pl.DataFrame, float], pl.DataFrame]


class Source:
    """Where fixes are read from: the reference file, or the live files of our store with the assignments of devices.

    `wearers` are the wearers' names in the order of their numbers.
    """

    def __init__(
        self, files: Sequence[Path], assignments: pl.DataFrame | None = None, wearers: Sequence[str] = ()
    ) -> None:
        self.files = list(files)
        self.worn: pl.DataFrame | None = None
        if assignments is not None:
            number = pl.col("wearer_id").replace_strict(wearers, range(len(wearers)), return_dtype=pl.Int32)
            far = pl.lit(1 << 62)
            self.worn = assignments.select(
                "device_id",
                number.alias("wearer"),
                pl.col("from").cast(pl.Int64).fill_null(-far).alias("since_us"),
                pl.col("to").cast(pl.Int64).fill_null(far).alias("until_us"),
            )


def decode(reference: Path) -> int:
    """Read the four columns and nothing else, as any engine must before it starts. Returns the number of rows."""
    return pl.read_parquet(reference, columns=["wearer", "t", "x", "y"], glob=False).height


def keyed(crimes: pl.DataFrame, radius_m: float, by_hour: bool) -> pl.LazyFrame:
    """Crimes repeated for every cell that their circle's box overlaps and, if `by_hour`, for every hour of their
    window.

    `crimes` has crime (row number), x, y in metres, start_us, end_us.
    """
    span = {
        name: pl.int_ranges(
            ((pl.col(axis) - radius_m) / CELL_M).floor().cast(pl.Int32),
            ((pl.col(axis) + radius_m) / CELL_M).floor().cast(pl.Int32) + 1,
            dtype=pl.Int32,
        )
        for name, axis in (("cx", "x"), ("cy", "y"))
    }
    rows = crimes.lazy().with_columns(**span).explode("cx").explode("cy")
    if by_hour:
        hours = ((pl.col(name) // HOUR_US).cast(pl.Int32) for name in ("start_us", "end_us"))
        rows = rows.with_columns(hour=pl.int_ranges(next(hours), next(hours) + 1, dtype=pl.Int32)).explode("hour")
    return rows.rename({"x": "crime_x", "y": "crime_y"})


def _polars_fixes(source: Source) -> pl.LazyFrame:
    """`t`, `x`, `y` in metres, `cx`, `cy`, and the wearer or the device."""
    if source.worn is None:
        return pl.scan_parquet(source.files, glob=False).with_columns(
            cx=(pl.col("x") / CELL_M).floor().cast(pl.Int32), cy=(pl.col("y") / CELL_M).floor().cast(pl.Int32)
        )
    return (
        pl.scan_parquet(source.files, glob=False, hive_partitioning=False)
        .filter(pl.col("mechanism") == "gnss", pl.col("accuracy_mm").fill_null(0) <= MAX_ACCURACY_MM)
        .select(
            "device_id",
            t=pl.col("t").cast(pl.Int64),
            x=pl.col("x_mm") / 1000,
            y=pl.col("y_mm") / 1000,
            cx=pl.col("x_mm") // CELL_MM,
            cy=pl.col("y_mm") // CELL_MM,
        )
    )


def _polars(source: Source, crimes: pl.DataFrame, radius_m: float, by_hour: bool) -> pl.DataFrame:
    fixes, on = _polars_fixes(source), ["cx", "cy"]
    if by_hour:
        fixes, on = fixes.with_columns(hour=(pl.col("t") // HOUR_US).cast(pl.Int32)), [*on, "hour"]
    hits = (
        fixes.join(keyed(crimes, radius_m, by_hour), on=on)
        .filter(pl.col("t").is_between(pl.col("start_us"), pl.col("end_us")))
        .with_columns(d2=(pl.col("x") - pl.col("crime_x")).pow(2) + (pl.col("y") - pl.col("crime_y")).pow(2))
        .filter(pl.col("d2") <= radius_m**2)
    )
    if source.worn is not None:
        hits = hits.join(source.worn.lazy(), on="device_id").filter(
            pl.col("t") >= pl.col("since_us"), pl.col("t") < pl.col("until_us")
        )
    return hits.group_by("crime", "wearer").agg(n=pl.len(), closest_m=pl.col("d2").min().sqrt()).collect()


def polars_cell(source: Source, crimes: pl.DataFrame, radius_m: float) -> pl.DataFrame:
    return _polars(source, crimes, radius_m, by_hour=False)


def polars_cellhour(source: Source, crimes: pl.DataFrame, radius_m: float) -> pl.DataFrame:
    return _polars(source, crimes, radius_m, by_hour=True)


def _duckdb(source: Source, crimes: pl.DataFrame, radius_m: float, by_hour: bool) -> pl.DataFrame:
    import duckdb

    keys = keyed(crimes, radius_m, by_hour).collect().to_arrow()  # noqa: F841 - duckdb finds it by its name
    files = [str(path) for path in source.files]
    if source.worn is None:
        fixes = f"select *, floor(x / {CELL_M})::int cx, floor(y / {CELL_M})::int cy from read_parquet({files})"
        worn_by = ""
    else:
        worn = source.worn.to_arrow()  # noqa: F841 - duckdb finds it by its name
        fixes = f"""
            select device_id, epoch_us(t) t, x_mm / 1000 x, y_mm / 1000 y,
                x_mm // {CELL_MM} cx, y_mm // {CELL_MM} cy
            from read_parquet({files}, hive_partitioning = false)
            where mechanism = 'gnss' and coalesce(accuracy_mm, 0) <= {MAX_ACCURACY_MM}
        """
        worn_by = "join worn w on w.device_id = hits.device_id and t >= since_us and t < until_us"
    hour = f"and k.hour = (f.t // {HOUR_US})::int" if by_hour else ""
    with duckdb.connect() as db:
        db.execute("set threads to 2")
        found = db.sql(
            f"""
            with fixes as ({fixes}),
            hits as (
                select k.crime, f.* exclude (cx, cy), (f.x - k.crime_x)^2 + (f.y - k.crime_y)^2 as d2
                from fixes f join keys k on k.cx = f.cx and k.cy = f.cy {hour}
                where f.t between k.start_us and k.end_us
                    and (f.x - k.crime_x)^2 + (f.y - k.crime_y)^2 <= {radius_m**2}
            )
            select crime, wearer, count(*) as n, sqrt(min(d2)) as closest_m
            from hits {worn_by} group by crime, wearer
            """
        )
        return pl.DataFrame(found.to_arrow_table())


def duckdb_cell(source: Source, crimes: pl.DataFrame, radius_m: float) -> pl.DataFrame:
    return _duckdb(source, crimes, radius_m, by_hour=False)


def duckdb_cellhour(source: Source, crimes: pl.DataFrame, radius_m: float) -> pl.DataFrame:
    return _duckdb(source, crimes, radius_m, by_hour=True)


RIVALS: dict[str, Ask] = {
    "polars-cell": polars_cell,
    "polars-cellhour": polars_cellhour,
    "duckdb-cell": duckdb_cell,
    "duckdb-cellhour": duckdb_cellhour,
}
SOURCES = ("reference", "store")
