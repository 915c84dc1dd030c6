"""Finds whether a trail has a usable fix before or after the days that a run reads.

A verdict depends on whether W is between the first and the last usable fix of a monitored period. If the days read do
not show that, because a device was silent at their beginning or end, the store is searched outwards from these days,
for the wearers of those devices only and no further than the first usable fix found.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl

from matcher.analysis.crimes import CrimeIndex
from matcher.analysis.verdicts import Edges, edges_of
from matcher.frames import Int64
from matcher.params import Params
from matcher.permitted import EVER, Permitted
from matcher.runs.days import margin
from matcher.schemas import INSTANT
from matcher.store.fixes import FixStore
from matcher.trails.build import Trails
from matcher.trails.read import read_trails

SEEN_OUTSIDE: dict[str, pl.DataType] = {
    "wearer_id": pl.String(),
    "device_id": pl.String(),
    "side": pl.String(),
    "t": INSTANT,
}
"""`side` is *before* (the last usable fix before the days read) or *after* (the first one after them)."""

_FIRST_STEP, _LONGEST_STEP = timedelta(days=2), timedelta(days=32)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reach:
    """The days [t_from, t_to) that are read, and the crimes' first start and last end in them, in us."""

    t_from: datetime
    t_to: datetime
    start_us: int
    end_us: int


def reach_of(index: CrimeIndex, t_from: datetime | None, t_to: datetime | None) -> Reach | None:
    """The reach of these crimes; None if none can be matched."""
    windows = index.arrays
    if t_from is None or t_to is None or not len(windows.start_us):
        return None
    return Reach(t_from, t_to, int(windows.start_us.min()), int(windows.end_us.max()))


def ends_of(trails: Trails) -> tuple[Int64, Int64]:
    """Each trail's first and last usable fix, in us; `EVER` and `-EVER` if there is none."""
    offset, t_us = trails.fixes.offset, trails.fixes.t_us
    some = np.flatnonzero(np.diff(offset))
    first, last = np.full(len(offset) - 1, EVER), np.full(len(offset) - 1, -EVER)
    first[some], last[some] = t_us[offset[some]], t_us[offset[some + 1] - 1]
    return first, last


def seen_outside(
    store: FixStore, may: Permitted, first_us: Int64, last_us: Int64, reach: Reach | None, params: Params
) -> pl.DataFrame:
    """Search the store for the trails without a fix before, or after, all crimes in the days read.

    Parameters
    ----------
    first_us, last_us : int64 over trails
        `ends_of` the trails in the days read.

    Returns
    -------
    pl.DataFrame
        As `SEEN_OUTSIDE`, by (wearer, device, side). Empty without verdicts; no row for trails that need no search or
        for which nothing is found.
    """
    found: list[tuple[str, str, str, int]] = []
    if reach is not None and params.verdicts:
        found += [(*_named(may, i), "before", t) for i, t in _before(store, may, first_us, reach, params).items()]
        found += [(*_named(may, i), "after", t) for i, t in _after(store, may, last_us, reach, params).items()]
    plain = pl.DataFrame(found, schema={**SEEN_OUTSIDE, "t": pl.Int64}, orient="row")
    instants = pl.col("t").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return plain.with_columns(instants).cast(pl.Schema(SEEN_OUTSIDE)).sort("wearer_id", "device_id", "side")


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
    return {_named(may, i): i for i in range(len(may.trail_wearer))}


def _named(may: Permitted, i: int) -> tuple[str, str]:
    return may.wearers[may.trail_wearer[i]], may.devices[may.trail_device[i]]


def _before(store: FixStore, may: Permitted, first_us: Int64, reach: Reach, params: Params) -> dict[int, int]:
    """The last usable fix before the days read, of each trail without a fix in them before the first crime."""
    days = [day for day in store.files() if day < reach.t_from.date()]
    since_us = np.full(len(may.trail_wearer), EVER)
    worn = may.trail_of >= 0
    np.minimum.at(since_us, may.trail_of[worn], may.from_us[worn])
    left = np.flatnonzero((first_us > reach.start_us) & (since_us < _us(reach.t_from)))
    found: dict[int, int] = {}
    step = _FIRST_STEP
    while len(left) and days:
        until = _midnight(days[-1]) + timedelta(days=1)
        since = until - step
        for i, (t_us, low, high) in _usable(store, may, left, since, until, params).items():
            if low < high:
                found[i] = int(t_us[high - 1])
        left = np.array([i for i in left if i not in found and since_us[i] < _us(since)], np.int64)
        days = [day for day in days if day < since.date()]
        step = min(step * 4, _LONGEST_STEP)
    return found


def _after(store: FixStore, may: Permitted, last_us: Int64, reach: Reach, params: Params) -> dict[int, int]:
    """The first usable fix after the days read, of each trail without a fix in them after the last crime.

    A step of the prism after it: of a trail that goes on, the first fix of a step bounds a visit, and only of one that
    ends the very last.
    """
    days = [day for day in store.files() if day >= reach.t_to.date()]
    until_us = np.full(len(may.trail_wearer), -EVER)
    worn = may.trail_of >= 0
    np.maximum.at(until_us, may.trail_of[worn], may.to_us[worn])
    left = np.flatnonzero((last_us < reach.end_us + params.prism_step_us) & (until_us > _us(reach.t_to)))
    found: dict[int, int] = {}
    step = _FIRST_STEP
    while len(left) and days:
        since = _midnight(days[0])
        until = since + step
        for i, (t_us, low, high) in _usable(store, may, left, since, until, params).items():
            if low < high:
                found[i] = int(t_us[low])
        left = np.array([i for i in left if i not in found and until_us[i] > _us(until)], np.int64)
        days = [day for day in days if day >= until.date()]
        step = min(step * 4, _LONGEST_STEP)
    return found


def _usable(
    store: FixStore, may: Permitted, trails: Int64, since: datetime, until: datetime, params: Params
) -> dict[int, tuple[Int64, int, int]]:
    """For each of these trails its instants, and the range low..high of those in [since, until).

    Two fixes either side are read too, since they decide whether a fix is a jump.
    """
    beyond = margin(params, 2)
    chosen = may.for_wearers(np.unique(may.trail_wearer[trails]).tolist())
    fixes = read_trails(store, chosen, since - beyond, until + beyond, params).fixes
    place = trails_by_name(chosen)
    out = {}
    for i in trails.tolist():
        k = place[_named(may, i)]
        t_us = fixes.t_us[fixes.offset[k] : fixes.offset[k + 1]]
        low, high = np.searchsorted(t_us, (_us(since), _us(until)))
        out[i] = (t_us, int(low), int(high))
    return out


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _us(t: datetime) -> int:
    return (t - _EPOCH) // timedelta(microseconds=1)
