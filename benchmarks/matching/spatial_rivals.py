"""The same question asked of spatial packages, each as its users would: GeoPandas, SedonaDB, DuckDB spatial and MEOS.

All read the reference file and count fixes within `radius_m` of a crime in its window. GeoPandas is one of TagPilot's
own packages; the others are installed for the benchmark alone, into a folder of their own (`PIP`), because DuckDB's
spatial extension needs an older DuckDB than the one that the other rivals use. They are measured at S only: all but
MEOS join on place alone, so that every fix that ever came near a crime is looked at, and memory grows with the month.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.matching.rivals import Ask, Source

VERSIONS = ("duckdb==1.5.5", "duckdb-extension-spatial==1.5.5", "sedonadb==0.5.0", "pymeos-cffi==1.3.0")
PIP = "python -m pip install --no-deps --target {folder} " + " ".join(VERSIONS)
"""No dependencies: what these need (cffi, pyarrow, shapely) is in TagPilot's development environment."""

EPOCH_2000_US = 946_684_800_000_000
HOUR_US = 3_600_000_000


def _geopandas(source: Source, crimes: pl.DataFrame, join: Callable[[Any, Any], Any]) -> pl.DataFrame:
    import geopandas
    import pandas
    from shapely import distance

    read = pandas.concat([pandas.read_parquet(path) for path in source.files], ignore_index=True)
    fixes = geopandas.GeoDataFrame(
        read[["wearer", "t"]], geometry=geopandas.points_from_xy(read["x"], read["y"]), crs="EPSG:27700"
    )
    reported = crimes.to_pandas()
    scenes = geopandas.GeoDataFrame(
        reported[["crime", "start_us", "end_us"]],
        geometry=geopandas.points_from_xy(reported["x"], reported["y"]),
        crs="EPSG:27700",
    )
    near = join(fixes, scenes)
    hits = near[(near["t"] >= near["start_us"]) & (near["t"] <= near["end_us"])]
    away = distance(hits.geometry.to_numpy(), scenes.geometry.to_numpy()[hits["index_right"].to_numpy()])
    found = hits.assign(away=away).groupby(["crime", "wearer"])["away"].agg(["size", "min"]).reset_index()
    return pl.from_pandas(found.rename(columns={"size": "n", "min": "closest_m"}))


def geopandas_sjoin(source: Source, crimes: pl.DataFrame, radius_m: float) -> pl.DataFrame:
    """`sjoin` with predicate *dwithin*, then the filter by time."""
    import geopandas

    return _geopandas(
        source,
        crimes,
        lambda fixes, scenes: geopandas.sjoin(fixes, scenes, predicate="dwithin", distance=radius_m),
    )


def geopandas_nearest(source: Source, crimes: pl.DataFrame, radius_m: float) -> pl.DataFrame:
    """`sjoin_nearest`, then the filter by time. A fix is joined to the crime nearest in place, whenever that was, so a
    pair is missed where another crime is nearer to each of its fixes."""
    import geopandas

    return _geopandas(
        source, crimes, lambda fixes, scenes: geopandas.sjoin_nearest(fixes, scenes, max_distance=radius_m)
    )


JOIN = """
    with near as {materialized} (
        select c.crime, f.wearer, f.t, c.start_us, c.end_us,
            ST_Distance(ST_Point(f.x, f.y), ST_Point(c.x, c.y)) as away
        from fixes f join crimes c on ST_DWithin(ST_Point(f.x, f.y), ST_Point(c.x, c.y), {radius})
    )
    select crime, wearer, count(*) as n, min(away) as closest_m
    from near where t between start_us and end_us group by crime, wearer
"""
"""Planned by both engines as their spatial join, with an index of the crimes made on the way."""


def sedonadb(source: Source, crimes: pl.DataFrame, radius_m: float) -> pl.DataFrame:
    import sedonadb as package

    sd = package.connect()
    sd.read_parquet([str(path) for path in source.files]).to_view("fixes")
    sd.create_data_frame(crimes.to_arrow()).to_view("crimes")
    return pl.DataFrame(sd.sql(JOIN.format(radius=float(radius_m), materialized="")))


def duckdb_spatial(source: Source, crimes: pl.DataFrame, radius_m: float) -> pl.DataFrame:
    import duckdb
    import duckdb_extension_spatial

    (extension,) = Path(duckdb_extension_spatial.__file__).parent.rglob("spatial.duckdb_extension")
    with duckdb.connect() as db:
        db.execute("set threads to 2")
        db.load_extension(str(extension))
        db.register("crimes", crimes.to_arrow())
        db.execute(f"create view fixes as from read_parquet({[str(path) for path in source.files]})")
        # With the time in the same join DuckDB plans a nested loop over all fixes and crimes, which takes minutes at S.
        return pl.DataFrame(db.sql(JOIN.format(radius=radius_m, materialized="materialized")).to_arrow_table())


def meos(source: Source, crimes: pl.DataFrame, radius_m: float) -> pl.DataFrame:
    """Trips of MEOS (the library of MobilityDB) by wearer and hour, in its R-tree of boxes in space and time; of each
    crime the trips whose box meets its own, and of these the instants in the window within the radius."""
    import pymeos_cffi as m

    m.meos_initialize("UTC")
    fixes = pl.read_parquet(source.files, glob=False).sort("wearer", "t")
    wearer = fixes["wearer"].to_numpy()
    t = fixes["t"].to_numpy() - EPOCH_2000_US
    x, y = np.ascontiguousarray(fixes["x"].to_numpy()), np.ascontiguousarray(fixes["y"].to_numpy())
    t = np.ascontiguousarray(t)
    begins = np.flatnonzero(np.diff(wearer, prepend=-1) | np.diff(t // HOUR_US, prepend=-1))
    index, trips = m.rtree_create_stbox(), []
    for low, high in zip(begins, [*begins[1:], len(t)], strict=True):
        trip = m.tpointseq_make_coords(
            *(int(axis[low:].ctypes.data) for axis in (x, y)),
            0,
            int(t[low:].ctypes.data),
            int(high - low),
            *(27700, False, True, True),
            m.InterpolationType.DISCRETE,
            False,
        )
        m.rtree_insert(index, m.tspatial_to_stbox(trip), len(trips))
        trips.append((int(wearer[low]), trip))
    within = m.floatspan_make(0.0, radius_m, True, True)
    rows = []
    for crime, cx, cy, start_us, end_us in crimes.iter_rows():
        scene = m.geompoint_make2d(27700, cx, cy)
        window = m.tstzspan_make(start_us - EPOCH_2000_US, end_us - EPOCH_2000_US, True, True)
        box = m.stbox_expand_space(m.geo_tstzspan_to_stbox(scene, window), radius_m)
        ids, count = m.rtree_search(index, box)
        for k in range(count):
            who, trip = trips[ids[k]]
            inside = m.temporal_at_tstzspan(trip, window)
            away = None if inside is None else m.tdistance_tgeo_geo(inside, scene)
            near = None if away is None else m.tnumber_at_span(away, within)
            if near is not None:
                rows.append((crime, who, m.temporal_num_instants(near), m.tfloat_min_value(near)))
    found = pl.DataFrame(
        rows, {"crime": pl.Int32, "wearer": pl.Int32, "n": pl.Int64, "closest_m": pl.Float64}, orient="row"
    )
    return found.group_by("crime", "wearer").agg(pl.col("n").sum(), pl.col("closest_m").min())


@dataclass(frozen=True, slots=True)
class Spatial:
    """A spatial rival: what the table calls it, how it is asked, and the folders it needs in the rivals' folder."""

    label: str
    ask: Ask
    needs: tuple[str, ...] = ()
    all_pairs: bool = True
    """False: its question cannot find all pairs, so the share that differs is counted instead of refused."""


SPATIAL: dict[str, Spatial] = {
    "geopandas-sjoin": Spatial("GeoPandas (`sjoin`, *dwithin*, then time)", geopandas_sjoin),
    "geopandas-nearest": Spatial("GeoPandas (`sjoin_nearest`, then time)", geopandas_nearest, all_pairs=False),
    "sedonadb": Spatial("SedonaDB (`ST_DWithin` and time)", sedonadb, ("sedonadb",)),
    "duckdb-spatial": Spatial(
        "DuckDB spatial (`ST_DWithin` and time)", duckdb_spatial, ("duckdb", "duckdb_extension_spatial")
    ),
    "meos": Spatial("MEOS (trips by hour in its R-tree)", meos, ("pymeos_cffi",)),
}


def is_installed(rival: Spatial, folder: Path) -> bool:
    """Whether everything that it needs is in the rivals' folder."""
    return all((folder / package).is_dir() for package in rival.needs)


def pip_line(folder: Path) -> str:
    """The command that installs the rivals into that folder."""
    return PIP.format(folder=folder)
