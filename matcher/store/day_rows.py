"""A day's fixes as the plain columns that a run reads, and the digest of some of them."""

from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from matcher.frames import FixColumns, Int8, Int64, offsets
from matcher.store.merge import MECHANISM

NO_ACCURACY = -1


@dataclass(frozen=True, slots=True)
class DayRows:
    """Rows of a day in memory, sorted by (device, t, mechanism), one a key.

    Rows `starts[i]..starts[i + 1]` are of `devices[i]`, the first at `first_us[i]` and the last at `last_us[i]`.
    `levels` is their `accuracy_level`; None if no row declares one.
    """

    devices: list[str]
    starts: Int64
    first_us: Int64
    last_us: Int64
    columns: FixColumns
    levels: Int8 | None

    def digests(self) -> npt.NDArray[np.uint8]:
        """The `digest_of` each device's rows, shape ``(devices, 32)``."""
        each = [digest_of(self.columns, low, high, self.levels) for low, high in pairwise(self.starts.tolist())]
        return np.frombuffer(b"".join(each), np.uint8).reshape(-1, 32)


def columns_of(rows: pl.DataFrame) -> FixColumns:
    """The columns of stored rows (as `STORED_FIXES`) that a run needs, as arrays."""
    # In one query: of a small day each query costs more than its rows.
    plain = rows.select(
        pl.col("t").to_physical(),
        "x_mm",
        "y_mm",
        pl.col("accuracy_mm").fill_null(NO_ACCURACY),
        pl.col("mechanism").cast(MECHANISM).to_physical().cast(pl.Int8),
        (pl.col("speed_kmh") > 0).fill_null(False).cast(pl.Int8),
    )
    columns: list[Any] = [plain[name].to_numpy() for name in plain.columns]
    return FixColumns(*columns)


def levels_of(rows: pl.DataFrame) -> Int8 | None:
    """The `accuracy_level` of stored rows; None if no row declares one."""
    levels: Int8 = rows["accuracy_level"].to_numpy()
    return levels if levels.any() else None


def digest_of(columns: FixColumns, low: int, high: int, levels: Int8 | None = None) -> bytes:
    """sha256 of rows low..high, column by column, `levels` last if any is declared. The rows are sorted by (t,
    mechanism), one a key."""
    digest = sha256()
    for column in columns:
        digest.update(np.ascontiguousarray(column[low:high]).data)
    if levels is not None and levels[low:high].any():
        digest.update(np.ascontiguousarray(levels[low:high]).data)
    return digest.digest()


def day_rows(rows: pl.DataFrame) -> DayRows:
    """Sorted `rows` (as `STORED_FIXES`) as arrays."""
    runs = rows["device_id"].cast(pl.String).rle().struct.unnest()
    starts = offsets(runs["len"].to_numpy())
    columns = columns_of(rows)
    for column in columns:
        # As those of an index are: a kernel is compiled once.
        column.flags.writeable = False
    return DayRows(
        runs["value"].to_list(),
        starts,
        columns.t_us[starts[:-1]],
        columns.t_us[starts[1:] - 1],
        columns,
        levels_of(rows),
    )
