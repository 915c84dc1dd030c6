"""Checks frames that callers pass: every column present, of the right type, and null only where allowed."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from matcher.errors import BadInput
from matcher.kernels.arrays import Bool as Bool
from matcher.kernels.arrays import FixColumns as FixColumns
from matcher.kernels.arrays import Float64 as Float64
from matcher.kernels.arrays import Int8 as Int8
from matcher.kernels.arrays import Int16 as Int16
from matcher.kernels.arrays import Int32 as Int32
from matcher.kernels.arrays import Int64 as Int64

MM_LIMIT = 2_000_000_000
"""Largest coordinate accepted, in mm; Britain ends at 1,300 km north."""


def checked(
    frame: pl.DataFrame, schema: Mapping[str, pl.DataType], name: str, nullable: tuple[str, ...]
) -> pl.DataFrame:
    """The schema's columns of `frame`, cast to its types.

    A datetime without a zone is refused, not read as UTC. Columns in `nullable` may be absent or null.

    Raises
    ------
    BadInput
        The message has the frame, the column, the row (from 1) and what would be right.
    """
    columns = []
    for column, dtype in schema.items():
        if column not in frame.columns:
            if column not in nullable:
                raise BadInput(f"{name}: column {column} is missing; the columns are {', '.join(frame.columns)}")
            columns.append(pl.lit(None, dtype).alias(column))
            continue
        given = frame.schema[column]
        if isinstance(dtype, pl.Datetime) and given != pl.Null:
            if not isinstance(given, pl.Datetime) or given.time_zone is None:
                is_naive = isinstance(given, pl.Datetime)
                what = "times without a zone" if is_naive else f"values of type {given}"
                raise BadInput(f"{name}: {column} has {what}; give times with a zone, for example UTC")
            columns.append(pl.col(column).dt.convert_time_zone("UTC").cast(dtype))
        else:
            columns.append(pl.col(column).cast(dtype))
    try:
        out = frame.select(columns)
    except pl.exceptions.PolarsError as error:
        raise BadInput(f"{name}: {error}") from error
    for column in schema:
        if column not in nullable and out[column].null_count():
            row = out[column].is_null().arg_max()
            raise BadInput(f"{name} row {(row or 0) + 1}: {column} is empty; give a value")
    return out


def epoch_us(series: pl.Series) -> Int64:
    """Instants as int64 microseconds since 1970 UTC; `series` has no nulls."""
    return np.ascontiguousarray(series.to_physical().to_numpy(), dtype=np.int64)


def millimetres(series: pl.Series, name: str) -> Int64:
    """Metres to whole millimetres, int64, halves to even; -1 for null.

    Raises
    ------
    BadInput
        For NaN, infinity or more than any coordinate of the British grid; the message has the row.
    """
    metres = series.fill_null(-0.001).to_numpy()
    mm = np.rint(metres * 1000.0)
    bad = ~(np.abs(mm) <= MM_LIMIT)
    if bad.any():
        row = int(np.argmax(bad))
        raise BadInput(f"{name} row {row + 1}: {metres[row]} is not a length in metres")
    return mm.astype(np.int64)


def run_starts(rows: pl.DataFrame, columns: Sequence[str]) -> Bool:
    """Which rows start a run: the first, and those that differ from the row before in any of `columns` (no nulls).

    Column by column and without copies, since there may be seven million rows.
    """
    starts = np.zeros(rows.height, np.bool_)
    starts[:1] = True
    for name in columns:
        column = rows[name]
        starts[1:] |= (column.slice(1) != column.slice(0, max(0, len(column) - 1))).to_numpy()
    return starts


def offsets(sizes: npt.ArrayLike) -> Int64:
    """Where each of several stretches of these sizes begins when they stand end to end, and where the last one ends."""
    return np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)


def ragged(begin: Int64, sizes: Int64) -> Int64:
    """begin[0], begin[0] + 1 ... for sizes[0] numbers, then those from begin[1] on, and so on."""
    ends = np.cumsum(sizes)
    out: Int64 = np.repeat(begin - (ends - sizes), sizes) + np.arange(int(ends[-1]) if len(ends) else 0)
    return out
