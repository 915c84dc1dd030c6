"""What to show beside a candidate about the fixes themselves: stuck receivers, clock jumps, jumps, segments too fast.

The counts of a run say how many there were; here is which, for a wearer and a time.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import numpy as np
import polars as pl

from matcher.frames import Bool, Int64
from matcher.kernels.arrays import FixColumns
from matcher.kernels.trails import trail
from matcher.kernels.trails.frozen import frozen
from matcher.kernels.trails.trail import NO_ACCURACY
from matcher.params import MECHANISMS, Params
from matcher.permitted import Permitted
from matcher.schemas import INSTANT
from matcher.store.device_periods import reaches
from matcher.store.fixes import FixStore
from matcher.store.suspect_fixes import SUSPECT_FIXES, join_days
from matcher.trails import ties
from matcher.trails.build import Rows, empty_columns
from matcher.trails.outside import Outside

WORN_SUSPECT_FIXES: dict[str, pl.DataType] = {"wearer_id": pl.String(), **SUSPECT_FIXES}
"""`SUSPECT_FIXES` cut to the time each wearer held the device, sorted by wearer_id, device_id, from, kind."""

JUMP, TOO_FAST, FROZEN, CONTRADICTION = "jump", "segment_too_fast", "frozen", "contradiction"

LEFT_OUT: dict[str, pl.DataType] = {"wearer_id": pl.String(), "t": INSTANT, "to": INSTANT, "kind": pl.String()}
"""A fix dropped as a jump, or an instant at which equally accurate fixes lie apart (`t` and `to` are it), a segment not
drawn from `t` to `to`, or a receiver frozen from `t` to `to`."""

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
    The index of a day has its signs; of days that are not indexed the fixes are read.
    """
    around = timedelta(days=1)
    low, high = t_from and t_from - around, t_to and t_to + around
    store = store.pinned()
    found = join_days(store.signs(day, devices) for day in store.files() if reaches(day, low, high))
    if t_from is not None:
        found = found.filter(pl.col("to") >= t_from)
    if t_to is not None:
        found = found.filter(pl.col("from") <= t_to)
    return found


def left_out(
    parts: Iterable[Rows],
    may: Permitted,
    params: Params,
    shown: int = LEFT_OUT_SHOWN,
    outside: Sequence[Outside] = (),
) -> pl.DataFrame:
    """The fixes that `trails.build` drops as jumps, frozen or contradictions, and segments too fast to be drawn.

    Meant for one wearer and some days, as rows are sorted and judged anew.

    Parameters
    ----------
    parts, may, params
        As for `trails.build`.
    shown
        At most so many rows.
    outside
        Rows beyond those of `parts` by which some of these are frozen; a frozen stretch begins, or ends, with them.

    Returns
    -------
    frame as `LEFT_OUT`, sorted by wearer_id, t, kind
    """
    owner, columns, (apart_owner, apart) = _in_order(chain(parts, _rows_outside(outside, may)), may, params)
    t, x, y = columns.t_us, columns.x_mm.astype(np.int64), columns.y_mm.astype(np.int64)
    v = params.max_speed_mps
    jump = _jumps(owner, t, x, y, v)
    at, left = np.flatnonzero(jump), np.flatnonzero(~jump)
    still, (frozen_owner, frozen_from, frozen_to) = _frozen(owner[left], _rows(columns, left), params)
    kept = left[~still]
    a, b = kept[:-1], kept[1:]
    undrawn = (owner[a] == owner[b]) & (t[b] - t[a] <= params.max_gap_us)
    undrawn &= _too_fast(t[a], x[a], y[a], t[b], x[b], y[b], v)
    a, b = a[undrawn], b[undrawn]
    names = np.array([may.wearers[w] for w in may.trail_wearer.tolist()], dtype=object)
    found = pl.DataFrame(
        {
            "wearer_id": [*names[owner[at]], *names[owner[a]], *names[frozen_owner], *names[apart_owner]],
            "t": pl.Series(np.concatenate((t[at], t[a], frozen_from, apart))).cast(INSTANT),
            "to": pl.Series(np.concatenate((t[at], t[b], frozen_to, apart))).cast(INSTANT),
            "kind": [JUMP] * len(at)
            + [TOO_FAST] * len(a)
            + [FROZEN] * len(frozen_owner)
            + [CONTRADICTION] * len(apart),
        },
        schema=LEFT_OUT,
    )
    return found.sort("wearer_id", "t", "kind").head(shown)


def _rows_outside(outside: Sequence[Outside], may: Permitted) -> Iterator[Rows]:
    for rows in outside:
        n = len(rows.rows.t_us)
        device, level = np.full(n, may.devices.index(rows.device), np.int32), np.zeros(n, np.int8)
        # They are usable but for being frozen, and their radii are no longer as stated.
        columns = rows.rows._replace(accuracy_mm=np.full(n, NO_ACCURACY, np.int32))
        yield Rows(device, *columns, level)


Stretches = tuple[Int64, Int64, Int64]
"""Owner, first and last instant of each."""


def _in_order(parts: Iterable[Rows], may: Permitted, params: Params) -> tuple[Int64, FixColumns, tuple[Int64, Int64]]:
    """Trails and columns of the fixes that `trails.build` judges, in its order, one an instant; trail and instant of
    contradictions."""
    allowed = np.array([m in params.mechanisms for m in MECHANISMS])
    owners: list[Int64] = []
    taken: list[list[Any]] = []
    for stated in parts:
        rows = stated.at_68(may)
        holder = np.empty(len(rows.device), np.int32)
        trail.owners(rows.device, rows.columns, may.device_windows, allowed, np.iinfo(np.int32).max, holder)
        owners.append(holder[holder >= 0].astype(np.int64))
        taken.append([column[holder >= 0] for column in rows.columns])
    nothing = np.empty(0, np.int64)
    if not taken:
        return nothing, empty_columns(0), (nothing, nothing)
    given: list[Any] = [np.concatenate(owners), *(np.concatenate(columns) for columns in zip(*taken, strict=True))]
    order = ties.in_order(*given)
    given = [column[order] for column in given]
    told = ties.told_apart(*given[:-1])
    owner, *most = (column[told.most_accurate] for column in given)
    columns, contradicts = FixColumns(*most), told.contradicts[told.most_accurate]
    used = columns.accuracy_mm <= params.max_accuracy_mm
    stays = used & ~contradicts
    apart = np.unique(np.column_stack((owner, columns.t_us))[used & contradicts], axis=0)
    return owner[stays], _rows(columns, stays), (apart[:, 0], apart[:, 1])


def _rows(columns: FixColumns, chosen: Bool | Int64) -> FixColumns:
    given: list[Any] = [column[chosen] for column in columns]
    return FixColumns(*given)


def _jumps(owner: Int64, t: Int64, x: Int64, y: Int64, max_speed_mps: float) -> Bool:
    """Which of sorted fixes are jumps."""
    fast = _too_fast(t[:-1], x[:-1], y[:-1], t[1:], x[1:], y[1:], max_speed_mps) & (owner[1:] == owner[:-1])
    over = _too_fast(t[:-2], x[:-2], y[:-2], t[2:], x[2:], y[2:], max_speed_mps)
    # With two more at either end that are none.
    may_be = np.zeros(len(t) + 2, bool)
    may_be[2:-2] = fast[:-1] & fast[1:] & ~over
    jump: Bool = may_be[1:-1] & ~may_be[:-2] & ~may_be[2:]
    return jump


def _frozen(owner: Int64, columns: FixColumns, params: Params) -> tuple[Bool, Stretches]:
    """Which of sorted rows are frozen, and the stretches they make."""
    found = np.empty(len(owner), np.int64)
    still = np.zeros(len(owner), bool)
    stretches: list[tuple[int, int, int]] = []
    for who in np.unique(owner).tolist():
        low, high = np.searchsorted(owner, [who, who + 1]).tolist()
        at = found[: frozen(columns, low, high, params.frozen_us, found)]
        still[at] = True
        new = np.diff(at) > 1
        new |= (np.diff(columns.x_mm[at]) != 0) | (np.diff(columns.y_mm[at]) != 0)
        for run in np.split(at, np.flatnonzero(new) + 1) if len(at) else ():
            stretches.append((who, int(columns.t_us[run[0]]), int(columns.t_us[run[-1]])))
    whose, begin, end = np.array(stretches, np.int64).reshape(-1, 3).T
    return still, (whose, begin, end)


def _too_fast(t_a: Int64, x_a: Int64, y_a: Int64, t_b: Int64, x_b: Int64, y_b: Int64, max_speed_mps: float) -> Bool:
    """`kernels.trails.trail.too_fast` for whole columns, with the same arithmetic."""
    dx, dy = x_b - x_a, y_b - y_a
    away = np.sqrt((dx * dx + dy * dy).astype(np.float64))
    fast: Bool = ((dx != 0) | (dy != 0)) & (away > max_speed_mps * (t_b - t_a) / 1000.0)
    return fast
