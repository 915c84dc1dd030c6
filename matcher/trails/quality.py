"""What to show beside a candidate about the fixes themselves: stuck receivers, clock jumps, jumps, segments too fast.

The counts of a run say how many there were; here is which, for a wearer and a time.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from matcher.errors import StoreError
from matcher.frames import Bool, Int64
from matcher.kernels import trail
from matcher.params import MECHANISMS, Params
from matcher.permitted import Permitted
from matcher.schemas import INSTANT
from matcher.store.day_file import day_signs
from matcher.store.device_periods import reaches
from matcher.store.fixes import FixStore
from matcher.store.suspect_fixes import SUSPECT_FIXES, join_days
from matcher.trails.build import Rows

WORN_SUSPECT_FIXES: dict[str, pl.DataType] = {"wearer_id": pl.String(), **SUSPECT_FIXES}
"""`SUSPECT_FIXES` cut to the time each wearer held the device, sorted by wearer_id, device_id, from, kind."""

JUMP, TOO_FAST = "jump", "segment_too_fast"

LEFT_OUT: dict[str, pl.DataType] = {"wearer_id": pl.String(), "t": INSTANT, "to": INSTANT, "kind": pl.String()}
"""A fix dropped as a jump (`t` and `to` are its instant) or a segment not drawn from `t` to `to`."""

LEFT_OUT_SHOWN = 1_000


def worn(bad: pl.DataFrame, may: Permitted) -> pl.DataFrame:
    """Whose they were: stretches cut to the time that each wearer held the device and might be read.

    Parameters
    ----------
    bad : frame as `suspect_fixes.SUSPECT_FIXES`

    Returns
    -------
    frame as `WORN_SUSPECT_FIXES`; `fixes` is the whole stretch's
    """
    windows = may.windows().rename({"from": "_from", "to": "_to"})
    cut = (
        bad.with_columns(pl.col("from", "to").to_physical())
        .join(windows, on="device_id")
        # A window ends before its `to`.
        .with_columns(
            pl.max_horizontal("from", "_from").alias("from"), pl.min_horizontal("to", pl.col("_to") - 1).alias("to")
        )
        .filter(pl.col("from") <= pl.col("to"))
        .with_columns(pl.col("from", "to").cast(INSTANT))
    )
    return cut.select(WORN_SUSPECT_FIXES.keys()).sort("wearer_id", "device_id", "from", "kind")


def bad_fixes_in(
    store: FixStore, devices: Collection[str], t_from: datetime | None, t_to: datetime | None
) -> pl.DataFrame:
    """Stuck receivers and clock jumps of these devices that overlap [t_from, t_to].

    Parameters
    ----------
    devices
        Those a candidate held within the window, or all that a run read.

    Returns
    -------
    frame as `suspect_fixes.SUSPECT_FIXES`; a stretch is followed for a day beyond either end, no further

    Raises
    ------
    StoreError
        A day was erased or vacuumed meanwhile; start again.

    Notes
    -----
    A day's file tells its signs, so no fix is read, but of days that another tool wrote.
    """
    around = timedelta(days=1)
    low, high = t_from and t_from - around, t_to and t_to + around
    try:
        days = [day_signs(day, paths) for day, paths in store.files().items() if reaches(day, low, high)]
    except FileNotFoundError as gone:
        raise StoreError("a day of fixes was erased or vacuumed while it was being read; start again") from gone
    found = join_days(signs.filter(pl.col("device_id").is_in(list(devices))) for signs in days)
    if t_from is not None:
        found = found.filter(pl.col("to") >= t_from)
    if t_to is not None:
        found = found.filter(pl.col("from") <= t_to)
    return found


def left_out(parts: Iterable[Rows], may: Permitted, params: Params, shown: int = LEFT_OUT_SHOWN) -> pl.DataFrame:
    """The fixes that `trails.build` drops as jumps and the segments it does not draw as too fast.

    Meant for one wearer and some days, as rows are sorted and judged anew.

    Parameters
    ----------
    parts, may, params
        As for `trails.build`.
    shown
        At most so many rows.

    Returns
    -------
    frame as `LEFT_OUT`, sorted by wearer_id, t, kind
    """
    owner, t, x, y = _in_order(parts, may, params)
    v = params.max_speed_mps
    fast = _too_fast(t[:-1], x[:-1], y[:-1], t[1:], x[1:], y[1:], v) & (owner[1:] == owner[:-1])
    jump = np.zeros(len(t), bool)
    if len(t) > 2:
        over = _too_fast(t[:-2], x[:-2], y[:-2], t[2:], x[2:], y[2:], v)
        jump[1:-1] = fast[:-1] & fast[1:] & ~over
    at = np.flatnonzero(jump)
    kept = np.flatnonzero(~jump)
    a, b = kept[:-1], kept[1:]
    undrawn = (owner[a] == owner[b]) & (t[b] - t[a] <= params.max_gap_us)
    undrawn &= _too_fast(t[a], x[a], y[a], t[b], x[b], y[b], v)
    a, b = a[undrawn], b[undrawn]
    names = np.array(may.wearers, dtype=object)
    found = pl.DataFrame(
        {
            "wearer_id": [*names[owner[at]], *names[owner[a]]],
            "t": pl.Series(np.concatenate((t[at], t[a]))).cast(INSTANT),
            "to": pl.Series(np.concatenate((t[at], t[b]))).cast(INSTANT),
            "kind": [JUMP] * len(at) + [TOO_FAST] * len(a),
        },
        schema=LEFT_OUT,
    )
    return found.sort("wearer_id", "t", "kind").head(shown)


def _in_order(parts: Iterable[Rows], may: Permitted, params: Params) -> tuple[Int64, Int64, Int64, Int64]:
    """Wearer, instant and place of the fixes that `trails.build` judges, in its order, one an instant."""
    allowed = np.array([m in params.mechanisms for m in MECHANISMS])
    owners: list[Int64] = []
    taken: list[list[Int64]] = []
    for rows in parts:
        holder = np.empty(len(rows.device), np.int32)
        trail.owners(rows.device, rows.columns, may.device_windows, allowed, params.max_accuracy_mm, holder)
        owners.append(holder[holder >= 0].astype(np.int64))
        taken.append([column[holder >= 0].astype(np.int64) for column in rows[1:]])
    if not taken:
        nothing = np.empty(0, np.int64)
        return nothing, nothing, nothing, nothing
    owner: Int64 = np.concatenate(owners)
    t, x, y, accuracy, mechanism = (np.concatenate(columns) for columns in zip(*taken, strict=True))
    none_last = np.where(accuracy == trail.NO_ACCURACY, np.iinfo(np.int32).max, accuracy)
    order = np.lexsort((y, x, none_last, mechanism, t, owner))
    owner, t, mechanism = owner[order], t[order], mechanism[order]
    again = (owner[1:] == owner[:-1]) & (t[1:] == t[:-1]) & (mechanism[1:] == mechanism[:-1])
    stays = np.concatenate(([True], ~again))
    return owner[stays], t[stays], x[order][stays], y[order][stays]


def _too_fast(t_a: Int64, x_a: Int64, y_a: Int64, t_b: Int64, x_b: Int64, y_b: Int64, max_speed_mps: float) -> Bool:
    """`kernels.trail.too_fast` for whole columns, with the same arithmetic."""
    dx, dy = x_b - x_a, y_b - y_a
    away = np.sqrt((dx * dx + dy * dy).astype(np.float64))
    fast: Bool = ((dx != 0) | (dy != 0)) & (away > max_speed_mps * (t_b - t_a) / 1000.0)
    return fast
