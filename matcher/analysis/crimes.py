"""Crimes ready to be searched: which can be matched at all, and those by place and time."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from geo.bng import in_window
from matcher.errors import BadInput
from matcher.frames import Int64, checked, epoch_us, millimetres
from matcher.kernels import grid
from matcher.kernels.arrays import CrimeArrays, CrimeGrid
from matcher.kernels.disc_probability import RADIUS_68
from matcher.params import Params
from matcher.schemas import CRIME_KEY, CRIMES, NOT_MATCHABLE

BUCKET_US = 6 * 3_600_000_000
CELL_MM = 250_000
MAX_SLOTS = 4_000_000
"""Cells are doubled until the dense grid has no more slots than this (16 MB)."""


@dataclass(frozen=True, slots=True)
class CrimeIndex:
    """Matchable crimes in bytewise order of their key: the rows, the same as arrays with windows widened by the buffer,
    and these by time and place; and the crimes that cannot be matched."""

    crimes: pl.DataFrame
    arrays: CrimeArrays
    grid: CrimeGrid
    not_matchable: pl.DataFrame


def index_crimes(crimes: pl.DataFrame, params: Params) -> CrimeIndex:
    """Check, sort and index crimes.

    Parameters
    ----------
    crimes : columns of `schemas.CRIMES`
        Place and its accuracy may be null; an accuracy that is null or 0, which is not known, counts as
        `default_location_accuracy_m`.

    Raises
    ------
    BadInput
        Two rows of one key, a window that ends before it starts, or half a place.
    """
    rows = checked(crimes, CRIMES, "crimes", ("easting_m", "northing_m", "location_accuracy_m"))
    known = pl.col("location_accuracy_m").abs() > 0.0005
    rows = rows.sort(CRIME_KEY).with_columns(location_accuracy_m=pl.when(known).then(pl.col("location_accuracy_m")))
    _refuse(rows, rows.select(CRIME_KEY).is_duplicated(), "stands more than once; give one row for each version")
    _refuse(rows, rows["t_to"] < rows["t_from"], "ends before it starts")
    _refuse(rows, rows["easting_m"].is_null() != rows["northing_m"].is_null(), "has half a place; give both or neither")
    reason = _reasons(rows, params)
    matchable = rows.filter(reason["reason"].is_null())
    x_mm = millimetres(matchable["easting_m"], "crimes.easting_m")
    y_mm = millimetres(matchable["northing_m"], "crimes.northing_m")
    start_us = epoch_us(matchable["t_from"]) - params.buffer_us
    end_us = epoch_us(matchable["t_to"]) + params.buffer_us
    shape = _shape(x_mm, y_mm, start_us, end_us)
    slots = int((shape[:, grid.BUCKETS] * shape[:, grid.ROWS] * shape[:, grid.COLUMNS]).sum())
    offset = np.zeros(slots + 1, np.int32)
    entries = grid.fill(shape, x_mm, y_mm, start_us, end_us, offset)
    left_out = rows.hstack(reason).filter(pl.col("reason").is_not_null()).select(NOT_MATCHABLE.keys())
    accuracy_mm = millimetres(
        matchable["location_accuracy_m"].fill_null(params.default_location_accuracy_m), "crimes.location_accuracy_m"
    )
    sigma_mm = np.maximum(accuracy_mm / RADIUS_68, params.min_sigma_mm)
    arrays = CrimeArrays(x_mm, y_mm, sigma_mm, start_us, end_us)
    return CrimeIndex(matchable, arrays, CrimeGrid(shape, offset, entries), left_out)


def _refuse(rows: pl.DataFrame, wrong: pl.Series, why: str) -> None:
    at = wrong.arg_true()
    if len(at):
        row = rows.row(int(at[0]), named=True)
        raise BadInput(f"crime {row['force']} {row['crime_ref']} version {row['version']} {why}")


def _reasons(rows: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Why a crime cannot be matched and in words; null where it can. The first reason that holds."""
    # Place is judged on whole millimetres, as everywhere.
    x, y = (np.rint(rows[c].fill_null(0.0).to_numpy() * 1000.0) / 1000.0 for c in ("easting_m", "northing_m"))
    inside = pl.Series("inside", in_window(x, y))
    accuracy = pl.col("location_accuracy_m").fill_null(params.default_location_accuracy_m)
    length_us = (pl.col("t_to") - pl.col("t_from")).dt.total_microseconds()
    hours = (length_us / 3.6e9).round(1).cast(pl.String)
    cases = (
        (pl.col("easting_m").is_null(), "no_location", pl.lit("no place was given")),
        (
            pl.lit(~inside),
            "outside_window",
            pl.lit("the place is outside the window round London"),
        ),
        (
            accuracy > params.max_location_accuracy_m,
            "location_too_coarse",
            pl.format("the place is known to {} m; {} m serve", accuracy, pl.lit(params.max_location_accuracy_m)),
        ),
        (
            length_us > round(params.max_window_h * 3.6e9),
            "window_too_long",
            pl.format("the window is {} h long; at most {} h serves", hours, pl.lit(params.max_window_h)),
        ),
    )
    return rows.select(
        pl.coalesce(*[pl.when(case).then(pl.lit(code)) for case, code, _ in cases]).alias("reason"),
        pl.coalesce(*[pl.when(case).then(words) for case, _, words in cases]).alias("detail"),
    )


def _shape(x_mm: Int64, y_mm: Int64, start_us: Int64, end_us: Int64) -> Int64:
    """The two grids' shapes; see `kernels.grid`."""
    shape = np.zeros((2, 9), np.int64)
    shape[0, grid.BUCKET_US], shape[1, grid.BUCKET_US] = BUCKET_US, 1 << 62
    shape[1, grid.START_US] = -(1 << 61)
    shape[:, grid.CELL_MM] = CELL_MM
    if not len(x_mm):
        return shape
    shape[0, grid.START_US] = start_us.min()
    spans = (end_us - start_us.min()) // BUCKET_US - (start_us - start_us.min()) // BUCKET_US
    base = 0
    for g, chosen in enumerate((spans < grid.MAX_BUCKETS, spans >= grid.MAX_BUCKETS)):
        if not chosen.any():
            continue
        shape[g, grid.X_MM], shape[g, grid.Y_MM] = x_mm[chosen].min(), y_mm[chosen].min()
        buckets = (end_us[chosen].max() - shape[g, grid.START_US]) // shape[g, grid.BUCKET_US] + 1
        cell = CELL_MM
        while True:
            columns = (x_mm[chosen].max() - shape[g, grid.X_MM]) // cell + 1
            rows = (y_mm[chosen].max() - shape[g, grid.Y_MM]) // cell + 1
            if buckets * columns * rows <= MAX_SLOTS or columns * rows == 1:
                break
            cell *= 2
        shape[g, [grid.BUCKETS, grid.ROWS, grid.COLUMNS]] = buckets, rows, columns
        shape[g, [grid.CELL_MM, grid.BASE]] = cell, base
        base += int(buckets * columns * rows)
    return shape
