"""Results as GeoPandas frames, for maps. All in EPSG:27700, metres; instants keep their zone.

Layers show only what the result has: a run's layers show crimes and their candidates, never a trail; the layers of a
detail show the fixes and the path in the crime's window.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import polars as pl
import shapely

from matcher.errors import BadInput
from matcher.schemas import CRIME_KEY, CRIMES, VERDICT_CODES, VISITS

if TYPE_CHECKING:
    import geopandas

CRS = "EPSG:27700"

CrimeShape = Literal["disc", "point"]
"""A crime as the closed disc in which wearers were matched, or as its reported location."""

QUARTER_SEGMENTS = 32
"""Segments of a quarter circle; the polygon's area is 0.04 % too small. It is for display: whether a fix is inside was
decided in whole millimetres, not with this polygon."""


class RunLayers(NamedTuple):
    """The layers of a match.

    `crimes`: every matchable crime with its number of `candidates` and, in a run with verdicts, of wearers with each
    verdict. `candidates`: one row a candidate, all columns of `schemas.CANDIDATES`, at its crime. `visits`: one
    row a visit, at its crime.
    """

    crimes: "geopandas.GeoDataFrame"
    candidates: "geopandas.GeoDataFrame"
    visits: "geopandas.GeoDataFrame"


class DetailLayers(NamedTuple):
    """The layers of one wearer at one crime.

    `crime`: its disc, one row. `fixes`: points, all columns of `detail.FIXES` but the coordinates. `path`: the drawn
    path clipped to the window, a line for each unbroken stretch with `from` and `to`. `visits`: the part of the path
    during each visit, a line, or a point if the visit has one fix.
    """

    crime: "geopandas.GeoDataFrame"
    fixes: "geopandas.GeoDataFrame"
    path: "geopandas.GeoDataFrame"
    visits: "geopandas.GeoDataFrame"


def run_layers(
    crimes: pl.DataFrame,
    not_matchable: pl.DataFrame,
    candidates: pl.DataFrame,
    visits: pl.DataFrame,
    verdicts: pl.DataFrame,
    *,
    radius_m: float,
    crimes_as: CrimeShape = "disc",
) -> RunLayers:
    """The layers of a match.

    Parameters
    ----------
    crimes, not_matchable, candidates, visits, verdicts : frames as in `schemas`
    radius_m
        Radius of the discs.
    crimes_as : "disc" or "point"

    Raises
    ------
    BadInput
        `crimes_as` has another value.

    Notes
    -----
    O(crimes + candidates + visits). A disc has 129 corners; use points if there are many crimes.
    """
    if crimes_as not in get_args(CrimeShape):
        raise BadInput(f"crimes cannot be drawn as {crimes_as!r}; give {' or '.join(get_args(CrimeShape))}")
    key = list(CRIME_KEY)
    matched = crimes.select(CRIMES.keys()).cast(pl.Schema(CRIMES)).join(not_matchable, on=key, how="anti").sort(key)
    places = shapely.points(matched["easting_m"].to_numpy(), matched["northing_m"].to_numpy())
    shapes = shapely.buffer(places, radius_m, quad_segs=QUARTER_SEGMENTS) if crimes_as == "disc" else places
    at = matched.select(key).with_row_index("at")

    def on_the_map(rows: pl.DataFrame) -> "geopandas.GeoDataFrame":
        placed = rows.join(at, on=key, how="left", maintain_order="left")
        return _frame(placed.drop("at"), shapes[placed["at"].to_numpy()])

    found = candidates.group_by(key).agg(pl.len().cast(pl.Int32).alias("candidates"))
    counted = matched.join(found, on=key, how="left", maintain_order="left").with_columns(
        pl.col("candidates").fill_null(0)
    )
    if verdicts.height:
        counted = counted.join(verdicts, on=key, how="left", maintain_order="left")
        counted_verdicts = [name for name in VERDICT_CODES[1:] if name in verdicts.columns]
        counted = counted.with_columns(pl.col(counted_verdicts).fill_null(0))
    return RunLayers(on_the_map(counted), on_the_map(candidates), on_the_map(visits.select(VISITS.keys())))


def detail_layers(
    crime: dict[str, Any], visits: pl.DataFrame, fixes: pl.DataFrame, path: pl.DataFrame, *, radius_m: float
) -> DetailLayers:
    """The layers of one wearer at one crime.

    Parameters
    ----------
    crime : a row of `schemas.CRIMES`
    visits : frame as `schemas.VISITS`
    fixes, path : frames as `detail.FIXES`, `detail.PATH`
    radius_m
        Radius of the disc.

    Notes
    -----
    O(fixes + path).
    """
    place = shapely.points(crime["easting_m"], crime["northing_m"])
    scene = _frame(pl.DataFrame([crime]), [shapely.buffer(place, radius_m, quad_segs=QUARTER_SEGMENTS)])
    points = shapely.points(fixes["easting_m"].to_numpy(), fixes["northing_m"].to_numpy())
    path = path.select("stretch", "t", "easting_m", "northing_m")
    stretches = [rows for _, rows in path.group_by("stretch", maintain_order=True)]
    ends = {
        "stretch": [rows["stretch"][0] for rows in stretches],
        "from": [rows["t"][0] for rows in stretches],
        "to": [rows["t"][-1] for rows in stretches],
    }
    schema = {"stretch": path.schema["stretch"], "from": path.schema["t"], "to": path.schema["t"]}
    return DetailLayers(
        scene,
        _frame(fixes.drop("easting_m", "northing_m"), points),
        _frame(pl.DataFrame(ends, schema=schema), [_line(rows.rows()) for rows in stretches]),
        _frame(visits, [_part(path, v["first_at"], v["last_at"]) for v in visits.iter_rows(named=True)]),
    )


def _part(path: pl.DataFrame, first: datetime, last: datetime) -> shapely.Geometry:
    """The path from one instant to another, with its ends interpolated."""
    lines = []
    for _, rows in path.group_by("stretch", maintain_order=True):
        low, high = max(first, rows["t"][0]), min(last, rows["t"][-1])
        if low <= high:
            inner = rows.filter(pl.col("t") > low, pl.col("t") < high).rows()
            corners = rows.rows()
            lines.append(_line([_at(corners, low), *inner, _at(corners, high)]))
    return lines[0] if len(lines) == 1 else shapely.union_all(lines)


def _at(corners: list[tuple[Any, ...]], t: datetime) -> tuple[Any, ...]:
    """The position in an unbroken stretch of (stretch, t, easting, northing) at an instant within it."""
    for a, b in pairwise(corners):
        if a[1] <= t <= b[1]:
            share = (t - a[1]) / (b[1] - a[1]) if b[1] > a[1] else 0.0
            return a[0], t, a[2] + share * (b[2] - a[2]), a[3] + share * (b[3] - a[3])
    return corners[0]


def _line(corners: Iterable[tuple[Any, ...]]) -> shapely.Geometry:
    """A line through these places, or a point if they are all the same."""
    places = [(x, y) for _, _, x, y in corners]
    distinct = list(dict.fromkeys(places))
    return shapely.linestrings(places) if len(distinct) > 1 else shapely.points(*distinct[0])


def _frame(rows: pl.DataFrame, shapes: Any) -> "geopandas.GeoDataFrame":
    # Imported here: pandas and pyproj take half a second, and a match on the command line needs neither.
    import geopandas

    return geopandas.GeoDataFrame(rows.to_pandas(), geometry=geopandas.GeoSeries(list(shapes), crs=CRS))
