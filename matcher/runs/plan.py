"""Plans what a run reads and in which groups. A plan is named by a digest, so a rerun can reuse finished parts."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from matcher.accuracy import has_factors
from matcher.analysis.crimes import CrimeIndex
from matcher.errors import StoreError
from matcher.files import digest_arrays, digest_frame, digest_json
from matcher.frames import Float64, Int64
from matcher.params import ALGORITHM, Params
from matcher.permitted import Permitted
from matcher.runs.days import days_to_read
from matcher.runs.folder import RunFolder
from matcher.runs.parts import PART_FORMAT
from matcher.store.fixes import FixStore
from matcher.trails.frozen_outside import slack
from matcher.trails.read import told_by_store

DAY_DIGESTS: dict[str, pl.DataType] = {"wearer": pl.String(), "day": pl.Int32(), "digest": pl.String()}
"""Digest of the rows read for a wearer on a UTC day; `day` is days since 1970."""

ALL_CRIMES, NEW_CRIMES = "crimes", "new-crimes"
CARRIED_PART = "carried"


@dataclass(frozen=True, slots=True)
class StoreSurvey:
    """What the store's files show before any row is read.

    The run reads the whole UTC days of [t_from, t_to) from `files`, the store's files at one moment; both are None if
    no crime can be matched. `digests` (`DAY_DIGESTS`, by wearer and day) and `counts` describe these days; `fixes_of`
    is about how many fixes each wearer has, `first_device` the index of the wearer's first device, -1 if none.
    """

    t_from: datetime | None
    t_to: datetime | None
    files: dict[date, list[Path]]
    digests: pl.DataFrame
    counts: dict[str, int]
    fixes_of: Float64
    first_device: Int64


@dataclass(frozen=True, slots=True)
class PlannedGroup:
    """One group to match: the wearers at these indices, about `fixes` fixes in the days [t_from, t_to), against
    `crimes`: all, or only those that are new since the run that is carried over. Its part is named `part`."""

    part: str
    wearers: list[int]
    fixes: int
    t_from: datetime | None
    t_to: datetime | None
    crimes: str = ALL_CRIMES


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """What need not be matched again: results of `previous` for the `kept` wearers at unchanged crimes.

    `again` are the other wearers. `new` are crimes that `previous` did not have in this form; the kept wearers are
    matched against these only. `seen_outside` is theirs, searched again.
    """

    previous: RunFolder
    params: Params
    again: list[int]
    kept: list[int]
    new: CrimeIndex
    same_crimes: pl.DataFrame
    seen_outside: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Plan:
    """`groups` are to be matched, `merged` are the parts that then form the run; `name` is the digest of the question,
    the store's files and the grouping. `crimes` and `windows` are digests of these inputs; `levels_from` says
    where levels of accuracy were taken from."""

    name: str
    crimes: str
    windows: str
    survey: StoreSurvey
    groups: list[PlannedGroup]
    merged: list[str]
    levels_from: Mapping[str, Any] | None = None


def survey_store(
    may: Permitted, index: CrimeIndex, store: FixStore, params: Params, *, make_index: bool = False
) -> StoreSurvey:
    """Find out what there is to read. O(files + wearers x days) where it is indexed; with `make_index` the rest is
    indexed first."""
    t_from, t_to = days_to_read(index, params)
    if make_index:
        _index(store, may, t_from, t_to, params)
    files = {day: [path.absolute() for path in paths] for day, paths in store.files().items()}
    store = store.as_of(files)
    day_digests, counts = told_by_store(store, may, t_from, t_to)
    digests = pl.DataFrame(day_digests, schema={**DAY_DIGESTS, "wearer": pl.Int64()}, orient="row").with_columns(
        pl.col("wearer").replace_strict(range(len(may.wearers)), may.wearers, return_dtype=pl.String)
    )
    return StoreSurvey(t_from, t_to, files, digests, counts, *_sizes(may, store, t_from, t_to))


def _index(store: FixStore, may: Permitted, t_from: datetime | None, t_to: datetime | None, params: Params) -> None:
    """Index the days to read and those that are asked at their edges."""
    if t_from is None or t_to is None:
        return
    around = max(timedelta(days=1), slack(params))
    try:
        store.make_index(may, t_from - around, t_to + around)
    except (StoreError, PermissionError):
        # Somebody writes, or the store may only be read: stored rows are read instead.
        return


def make_plan(
    survey: StoreSurvey,
    may: Permitted,
    index: CrimeIndex,
    store: Path,
    params: Params,
    group_fixes: int,
    events: pl.DataFrame,
    carried: CarriedOver | None = None,
) -> Plan:
    """Plan wearer groups of about `group_fixes` fixes, as counted by the store's indexes.

    A wearer with more fixes than that is a group of one.
    """
    again = list(range(len(may.wearers))) if carried is None else carried.again
    groups = [
        PlannedGroup(f"part-{g:05}", group, fixes, survey.t_from, survey.t_to)
        for g, (group, fixes) in enumerate(_grouped(again, survey.fixes_of, survey.first_device, group_fixes))
        if group or carried is None
    ]
    merged = [group.part for group in groups]
    if carried is not None:
        groups += _groups_for_new_crimes(carried, survey, params, group_fixes)
        merged.append(CARRIED_PART)
    names = {str(day): [path.name for path in paths] for day, paths in survey.files.items()}
    crimes, windows = crimes_digest(index), windows_digest(may)
    question = [ALGORITHM, params.to_json(), crimes, windows, digest_frame(events)]
    partition = [[group.part, group.wearers] for group in groups]
    since = None if carried is None else [carried.previous.run_id, carried.kept]
    name = digest_json([PART_FORMAT, *question, names, partition, since, str(store)])[:24]
    return Plan(name, crimes, windows, survey, groups, merged)


def _groups_for_new_crimes(
    carried: CarriedOver, survey: StoreSurvey, params: Params, group_fixes: int
) -> list[PlannedGroup]:
    """Groups of the kept wearers for the crimes that have changed, over the days that these need."""
    t_from, t_to = days_to_read(carried.new, params)
    if t_from is None or t_to is None or survey.t_from is None or survey.t_to is None:
        return []
    fixes_of = survey.fixes_of * min(1.0, (t_to - t_from) / (survey.t_to - survey.t_from))
    groups = _grouped(carried.kept, fixes_of, survey.first_device, group_fixes)
    return [
        PlannedGroup(f"new-{g:05}", group, fixes, t_from, t_to, NEW_CRIMES)
        for g, (group, fixes) in enumerate(groups)
        if group
    ]


def _grouped(
    wearers: list[int], fixes_of: Float64, first_device: Int64, group_fixes: int
) -> list[tuple[list[int], int]]:
    """Groups of wearers, in order of their devices and with about how many fixes each.

    The store's files are sorted by device, so a group is one range of rows in each. Groups are about equal in size and,
    if several, an even number, so that two threads end together. Always at least one group, possibly empty.
    """
    groups: list[list[int]] = [[]]
    fixes = [0.0]
    chosen = np.array(wearers, np.int64)
    total = float(fixes_of[chosen].sum())
    parts = max(1, math.ceil(total / group_fixes))
    parts += parts % 2 if parts > 1 else 0
    limit = min(float(group_fixes), total / parts + float(fixes_of[chosen].max(initial=0.0)))
    for w in chosen[np.lexsort((chosen, first_device[chosen]))].tolist():
        if groups[-1] and fixes[-1] + fixes_of[w] > limit:
            groups.append([])
            fixes.append(0.0)
        groups[-1].append(w)
        fixes[-1] += fixes_of[w]
    return [(sorted(group), round(n)) for group, n in zip(groups, fixes, strict=True)]


def crimes_digest(index: CrimeIndex) -> str:
    """Digest of the crimes of a run, matchable and not."""
    return digest_json([digest_frame(index.crimes), digest_frame(index.not_matchable)])


def windows_digest(may: Permitted) -> str:
    """Digest of who may be read when."""
    return digest_arrays(
        [may.devices, may.wearers],
        [
            *may.device_windows,
            *_levels(may),
            *may.eligible,
            *may.monitored,
        ],
    )


def _levels(may: Permitted) -> tuple[npt.NDArray[Any], ...]:
    """What is declared of devices. Factors that are all 1 change nothing, so they are no part of it."""
    if may.levels is None:
        return ()
    return may.levels if has_factors(may.levels) else may.levels[:-1]


def _sizes(may: Permitted, store: FixStore, t_from: datetime | None, t_to: datetime | None) -> tuple[Float64, Int64]:
    """About how many fixes each wearer has in the days to read, and the first device (-1: no window in them)."""
    size, first_device = np.zeros(len(may.wearers)), np.full(len(may.wearers), -1, np.int64)
    if t_from is None or t_to is None:
        return size, first_device
    days = (t_to - t_from).days
    place = {device: d for d, device in enumerate(may.devices)}
    rows = np.zeros((len(may.devices), days + 1))
    for day, counts in store.rows_by_device(t_from, t_to):
        column = (datetime(day.year, day.month, day.day, tzinfo=UTC) - t_from).days + 1
        for name, n in counts:
            d = place.get(name, -1)
            if d >= 0:
                rows[d, column] += n
    until = np.cumsum(rows, axis=1)
    # Assumes that a device's fixes are spread evenly over each day: the size of a group need not be exact.
    origin = (t_from - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    device = np.repeat(np.arange(len(may.devices)), np.diff(may.offset))
    low, high = (np.clip((t_us - origin) / 86.4e9, 0, days) for t_us in (may.from_us, may.to_us))
    worn = np.flatnonzero((may.held_by >= 0) & (low < high))
    np.add.at(size, may.held_by[worn], _at(until, device[worn], high[worn]) - _at(until, device[worn], low[worn]))
    for k in worn[::-1].tolist():
        first_device[may.held_by[k]] = device[k]
    return size, first_device


def _at(until: Float64, device: Int64, day: Float64) -> Float64:
    whole = np.minimum(day.astype(np.int64), until.shape[1] - 2)
    here: Float64 = until[device, whole] + (day - whole) * (until[device, whole + 1] - until[device, whole])
    return here
