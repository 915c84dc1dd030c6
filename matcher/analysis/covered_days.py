"""Which decoy days of each pair count: by wearer as bits, as they are stored with a run, and by crime as numbers.

Decoy days are those whole weeks from the crime's own, which share its weekday; the crime's own day is bit `OWN`.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from matcher.errors import BadInput
from matcher.frames import Int64
from matcher.kernels.other_days import cover
from matcher.kernels.other_days.bins import WEEK, WEEKS
from matcher.schemas import COVERED_BY_CRIME, CRIME_KEY

OWN = WEEKS // 2
DAYS = tuple((j - OWN) * WEEK for j in range(WEEKS))
"""The day of each bit; 0 is the crime's own."""

COVERED_DAYS = {"wearer_id": pl.String(), "days": pl.Binary()}
"""At rest: one row a wearer, two bytes a crime (little-endian), crimes in the order of `CrimeIndex.crimes`."""

Bits = npt.NDArray[np.uint16]


def to_frame(bits: Bits, wearers: Sequence[str]) -> pl.DataFrame:
    """As stored."""
    rows = np.ascontiguousarray(bits, "<u2")
    return pl.DataFrame({"wearer_id": wearers, "days": [row.tobytes() for row in rows]}, schema=COVERED_DAYS)


def from_frame(frame: pl.DataFrame) -> Bits:
    """uint16[wearers, crimes], as given to `to_frame`. Raises BadInput if rows are of different lengths."""
    rows = [np.frombuffer(row, "<u2") for row in frame["days"]]
    lengths = {len(row) for row in rows}
    if len(lengths) > 1:
        raise BadInput(f"covered days are of {sorted(lengths)} crimes; all wearers have one entry for each crime")
    return np.array(rows, np.uint16).reshape(len(rows), lengths.pop() if lengths else 0)


def none_counted(crimes: int) -> Int64:
    """Counts for `cover.add_up` to add to: int64[crimes, WEEKS]."""
    return np.zeros((crimes, WEEKS), np.int64)


def by_crime(bits: Bits, crimes: pl.DataFrame) -> pl.DataFrame:
    """`schemas.COVERED_BY_CRIME` of some wearers; `crimes` in the order of the bits."""
    counts = none_counted(crimes.height)
    if bits.size:
        cover.add_up(bits, counts)
    return counts_by_crime(counts, crimes)


def counts_by_crime(counts: Int64, crimes: pl.DataFrame) -> pl.DataFrame:
    """The counts of each crime's decoy days as rows, by (crime key, day); without the zeros."""
    crime, j = np.nonzero(counts)
    return (
        crimes.select(CRIME_KEY)[crime]
        .with_columns(day=pl.Series(np.array(DAYS)[j]), pairs=pl.Series(counts[crime, j]))
        .cast(pl.Schema(COVERED_BY_CRIME))
    )
