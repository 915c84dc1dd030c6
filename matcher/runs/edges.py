"""Finds whether a trail has a usable fix before or after the days that a run reads.

A verdict depends on whether W is between the first and the last usable fix of a monitored period. If the days read do
not show that, because a device was silent at their beginning or end, the store is searched outwards from these days,
for the wearers of those devices only and no further than the first usable fix found.

Rows that evidence leaves out and that lie between that fix and the days read are in the gap too, and are looked at
before *excluded* is said. They are used and not kept: the run keeps a digest of them.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from matcher.analysis.crimes import CrimeIndex
from matcher.analysis.verdicts import Edges, edges_of
from matcher.files import digest_arrays
from matcher.frames import Int64
from matcher.kernels.arrays import DAY_US, LeftOutArrays
from matcher.params import Params
from matcher.permitted import EVER, Permitted
from matcher.schemas import INSTANT
from matcher.store.fixes import FixStore
from matcher.trails.build import Trails, left_out_in_order
from matcher.trails.frozen_outside import read_with_frozen, slack
from matcher.trails.margin import margin
from matcher.trails.outside import Outside

SEEN_OUTSIDE: dict[str, pl.DataType] = {
    "wearer_id": pl.String(),
    "device_id": pl.String(),
    "side": pl.String(),
    "t": INSTANT,
    "left_out": pl.String(),
}
"""`side` is *before* (the last usable fix before the days read), *after* (the first one after them), *frozen_before* or
*frozen_after* (the outermost row outside them by which rows in them are frozen). `left_out` is a digest: of the rows
left out between the fix and the days read, null if there are none; of the rows that are read with these days."""

FROZEN_SIDES = ("frozen_before", "frozen_after")

_FIRST_STEP, _LONGEST_STEP = timedelta(days=2), timedelta(days=32)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reach:
    """The days [t_from, t_to) that are read, and the crimes' first start and last end in them, in us."""

    t_from: datetime
    t_to: datetime
    start_us: int
    end_us: int


class Found(NamedTuple):
    """A trail's nearest usable fix outside the days read, and the rows left out between it and them."""

    t_us: int
    left_out: LeftOutArrays


class SeenOutside(NamedTuple):
    """`SEEN_OUTSIDE`, and all rows left out there, of the trails of `Permitted`."""

    frame: pl.DataFrame
    left_out: LeftOutArrays


def reach_of(index: CrimeIndex, t_from: datetime | None, t_to: datetime | None) -> Reach | None:
    """The reach of these crimes; None if none can be matched."""
    windows = index.arrays
    if t_from is None or t_to is None or not len(windows.start_us):
        return None
    return Reach(t_from, t_to, int(windows.start_us.min()), int(windows.end_us.max()))


def seen_outside(
    store: FixStore, may: Permitted, first_us: Int64, last_us: Int64, reach: Reach | None, params: Params
) -> SeenOutside:
    """Search the store for the trails without a fix before, or after, all crimes in the days read.

    Parameters
    ----------
    first_us, last_us : int64 over trails
        As of `Trails` of the days read.

    Returns
    -------
    SeenOutside
        By (wearer, device, side). Empty without verdicts; no row for trails that need no search or for which nothing
        is found.
    """
    found: list[tuple[int, str, Found]] = []
    if reach is not None and params.verdicts:
        found += [(i, "before", at) for i, at in _before(store, may, first_us, reach, params).items()]
        found += [(i, "after", at) for i, at in _after(store, may, last_us, reach, params).items()]
    frame = _frame([(*may.trail_name(i), side, at.t_us, _digest(at.left_out)) for i, side, at in found])
    each = [(i, at.left_out) for i, _, at in found]
    return SeenOutside(frame, left_out_in_order(each, len(may.trail_wearer)))


def frozen_rows(outside: list[Outside]) -> pl.DataFrame:
    """`SEEN_OUTSIDE` of rows by which rows in the days read are frozen."""
    sides = [(FROZEN_SIDES[0], 0) if rows.before else (FROZEN_SIDES[1], -1) for rows in outside]
    return _frame(
        [
            (rows.wearer, rows.device, side, int(rows.rows.t_us[k]), digest_arrays([], rows.rows))
            for rows, (side, k) in zip(outside, sides, strict=True)
        ]
    )


def _frame(rows: list[tuple[str, str, str, int, str | None]]) -> pl.DataFrame:
    plain = pl.DataFrame(rows, schema={**SEEN_OUTSIDE, "t": pl.Int64}, orient="row")
    instants = pl.col("t").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return plain.with_columns(instants).cast(pl.Schema(SEEN_OUTSIDE)).sort("wearer_id", "device_id", "side")


def with_left_out(trails: Trails, more: LeftOutArrays) -> Trails:
    """The trails with more rows that are left out of them."""
    if not len(more.t_us):
        return trails
    n = len(trails.wearer_of)
    each = [(i, _rows_of(rows, i)) for rows in (trails.left_out_rows, more) for i in range(n)]
    return replace(trails, left_out_rows=left_out_in_order(each, n))


def _rows_of(rows: LeftOutArrays, i: int, since_us: int = -EVER, until_us: int = EVER) -> LeftOutArrays:
    """Those of trail i with an instant in [since, until)."""
    low, high = rows.offset[i : i + 2].tolist()
    a, b = (low + np.searchsorted(rows.t_us[low:high], (since_us, until_us))).tolist()
    columns: list[Any] = [column[a:b] for column in rows[1:]]
    return LeftOutArrays(np.array([0, b - a]), *columns)


def _digest(rows: LeftOutArrays) -> str | None:
    return digest_arrays([], [*rows[1:]]) if len(rows.t_us) else None


def edges_with(trails: Trails, seen: pl.DataFrame) -> Edges:
    """The edges of the trails in monitored periods: from the trails, and from what was found outside the days read.

    The fix found counts as the edge even if there are more beyond it, since every window is on the near side of it.
    """
    first, last = edges_of(trails)
    may = trails.permitted
    monitored = may.by_trail(may.monitored)
    place = trails_by_name(may)
    for wearer, device, t_us in seen.select("wearer_id", "device_id", pl.col("t").to_physical()).iter_rows():
        i = place[wearer, device]
        low, high = int(monitored.offset[i]), int(monitored.offset[i + 1])
        k = low + int(np.searchsorted(monitored.to_us[low:high], t_us, side="right"))
        first[k], last[k] = min(first[k], t_us), max(last[k], t_us)
    return Edges(first, last)


def trails_by_name(may: Permitted) -> dict[tuple[str, str], int]:
    """The index of each trail by its wearer and device."""
    return {may.trail_name(i): i for i in range(len(may.trail_wearer))}


def _before(store: FixStore, may: Permitted, first_us: Int64, reach: Reach, params: Params) -> dict[int, Found]:
    """The last usable fix before the days read, of each trail without a fix in them before the first crime."""
    days = [day for day in store.files() if day < reach.t_from.date()]
    since_us = np.full(len(may.trail_wearer), EVER)
    worn = may.trail_of >= 0
    np.minimum.at(since_us, may.trail_of[worn], may.from_us[worn])
    left = np.flatnonzero((first_us > reach.start_us) & (since_us < _us(reach.t_from)))
    found: dict[int, Found] = {}
    passed: dict[int, list[LeftOutArrays]] = {int(i): [] for i in left}
    step = _FIRST_STEP
    while len(left) and days:
        until = _midnight(days[-1]) + timedelta(days=1)
        since = until - step
        for i, (t_us, low, high, rows) in _usable(store, may, left, since, until, params).items():
            passed[i].append(rows)
            if low < high:
                t = int(t_us[high - 1])
                # In the prism the first fix of a step stands for all of them, so the gap begins with that.
                step_us = params.prism_step_us
                begin_us = t - t % DAY_US % step_us if step_us else t
                gap_us = int(t_us[np.searchsorted(t_us, begin_us)])
                found[i] = Found(t, _together(passed[i], gap_us, EVER))
        left = np.array([i for i in left if i not in found and since_us[i] < _us(since)], np.int64)
        days = [day for day in days if day < since.date()]
        step = min(step * 4, _LONGEST_STEP)
    return found


def _after(store: FixStore, may: Permitted, last_us: Int64, reach: Reach, params: Params) -> dict[int, Found]:
    """The first usable fix after the days read, of each trail without a fix in them after the last crime.

    A step of the prism after it: of a trail that goes on, the first fix of a step bounds a visit, and only of one that
    ends the very last.
    """
    days = [day for day in store.files() if day >= reach.t_to.date()]
    until_us = np.full(len(may.trail_wearer), -EVER)
    worn = may.trail_of >= 0
    np.maximum.at(until_us, may.trail_of[worn], may.to_us[worn])
    left = np.flatnonzero((last_us < reach.end_us + params.prism_step_us) & (until_us > _us(reach.t_to)))
    found: dict[int, Found] = {}
    passed: dict[int, list[LeftOutArrays]] = {int(i): [] for i in left}
    step = _FIRST_STEP
    while len(left) and days:
        since = _midnight(days[0])
        until = since + step
        for i, (t_us, low, high, rows) in _usable(store, may, left, since, until, params).items():
            passed[i].append(rows)
            if low < high:
                t = int(t_us[low])
                found[i] = Found(t, _together(passed[i], -EVER, t + 1))
        left = np.array([i for i in left if i not in found and until_us[i] > _us(until)], np.int64)
        days = [day for day in days if day >= until.date()]
        step = min(step * 4, _LONGEST_STEP)
    return found


def _usable(
    store: FixStore, may: Permitted, trails: Int64, since: datetime, until: datetime, params: Params
) -> dict[int, tuple[Int64, int, int, LeftOutArrays]]:
    """For each of these trails its instants, the range low..high of those in [since, until), and the rows left out in
    that time.

    Two fixes either side are read too, since they decide whether a fix is a jump, and those that show it is frozen.
    """
    beyond = margin(params, 2) + slack(params)
    chosen = may.for_wearers(np.unique(may.trail_wearer[trails]).tolist())
    read, _ = read_with_frozen(store, chosen, since - beyond, until + beyond, params)
    fixes = read.fixes
    place = trails_by_name(chosen)
    out = {}
    for i in trails.tolist():
        k = place[may.trail_name(i)]
        t_us = fixes.t_us[fixes.offset[k] : fixes.offset[k + 1]]
        low, high = np.searchsorted(t_us, (_us(since), _us(until)))
        out[i] = (t_us, int(low), int(high), _rows_of(read.left_out_rows, k, _us(since), _us(until)))
    return out


def _together(parts: list[LeftOutArrays], since_us: int, until_us: int) -> LeftOutArrays:
    """One trail's rows of several stretches of time, as far as they lie in [since, until)."""
    return _rows_of(left_out_in_order([(0, rows) for rows in parts], 1), 0, since_us, until_us)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _us(t: datetime) -> int:
    return (t - _EPOCH) // timedelta(microseconds=1)
