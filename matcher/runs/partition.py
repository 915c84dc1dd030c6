"""Matches one group of a run: reads its wearers from the store, matches them and writes a part.

A task has paths and intervals, never fixes, so that a thread here or a process on another machine can run it.
"""

import time
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl

from matcher.analysis.crimes import CrimeIndex, index_crimes
from matcher.analysis.group import Judged, judge
from matcher.analysis.near import read_near
from matcher.analysis.other_day_bins import CrimesByDay, crimes_by_day
from matcher.errors import OtherAlgorithm
from matcher.files import read_rows
from matcher.params import ALGORITHM, Params
from matcher.permitted import Permitted
from matcher.runs.device_events import events_of_group, events_path
from matcher.runs.edges import (
    SeenOutside,
    edges_with,
    frozen_rows,
    reach_of,
    seen_outside,
    with_left_out,
)
from matcher.runs.parts import Frames, write_part
from matcher.runs.wearers import trails_of, wearers_of
from matcher.store.fixes import FixStore
from matcher.trails.buffers import BufferPool
from matcher.trails.build import Trails
from matcher.trails.frozen_outside import frozen_outside
from matcher.trails.outside import Outside
from matcher.trails.read import read_trails


@dataclass(frozen=True, slots=True)
class GroupTask:
    """One group: `may` of its wearers only, the whole UTC days [t_from, t_to) to read (None: no crime can be matched),
    the name of the crimes in the working folder, the paths of the store, its files at the time of the plan, and the
    working folder, and the version of the matcher that asks."""

    part: str
    may: Permitted
    t_from: datetime | None
    t_to: datetime | None
    crimes: str
    params: Params
    store: Path
    files: dict[date, list[Path]]
    work: Path
    algorithm: str = ALGORITHM


def crimes_path(work: Path, crimes: str) -> Path:
    """The file of the crimes to match in the working folder."""
    return work / f"{crimes}.parquet"


class MatchedGroup(NamedTuple):
    """A group that is matched: its part, the part's file, and the number of fixes read."""

    part: str
    file: Path
    fixes: int


def match_group_from_paths(task: GroupTask) -> MatchedGroup:
    """`match_group` in another process: opens the store by its path and reads the crimes from the working folder.

    Raises OtherAlgorithm: two versions would put parts of two answers together, and no digest would tell.
    """
    if task.algorithm != ALGORITHM:
        raise OtherAlgorithm(
            f"a worker of the cluster has version {ALGORITHM} of the matcher, and this is version {task.algorithm}: "
            "install the same TagPilot on every machine, restart the cluster's workers, and match again"
        )
    index = index_crimes(read_rows(crimes_path(task.work, task.crimes)), task.params)
    events = read_rows(events_path(task.work))
    return match_group(task, FixStore.open(task.store, create=False).as_of(task.files), index, events)


class ReadGroup(NamedTuple):
    """The trails of a group, what was seen of them outside the days read, and the rows there by which rows in these
    days are frozen. `by_day` is the crimes as other days are compared with (`judge`)."""

    trails: Trails
    seen: SeenOutside
    frozen: list[Outside]
    by_day: CrimesByDay | None


def read_group(
    store: FixStore,
    may: Permitted,
    crimes: CrimeIndex,
    days: tuple[datetime | None, datetime | None],
    params: Params,
    buffers: BufferPool | None = None,
) -> ReadGroup:
    """Read all that is said of the wearers of `may` at these crimes; `days` as `days_to_read` gives them."""
    by_day = crimes_by_day(crimes, params) if params.reference_days and len(crimes.arrays.start_us) else None
    frozen = frozen_outside(store, may, *days, params)
    trails = None if frozen else read_near(store, may, crimes, *days, params, by_day)
    if trails is None:
        trails = read_trails(store, may, *days, params, buffers, frozen)
    seen = seen_outside(store, may, trails.first_us, trails.last_us, reach_of(crimes, *days), params)
    return ReadGroup(trails, seen, frozen, by_day)


def judge_group(group: ReadGroup, crimes: CrimeIndex, params: Params, events: pl.DataFrame) -> Judged:
    """`judge` for trails that hold some of the days; `events` as `schemas.EVENTS`."""
    trails = with_left_out(group.trails, group.seen.left_out)
    edges = edges_with(group.trails, group.seen.frame) if params.verdicts else None
    return judge(trails, crimes, params, edges=edges, events=events, by_day=group.by_day)


def match_group(
    task: GroupTask, store: FixStore, crimes: CrimeIndex, events: pl.DataFrame, buffers: BufferPool | None = None
) -> MatchedGroup:
    """Match one group and write its part; `buffers` is reused memory for its trails.

    `events` are those of the run (`device_events.WORN_EVENTS`).
    """
    clock = time.perf_counter()
    group = read_group(store, task.may, crimes, (task.t_from, task.t_to), task.params, buffers)
    read = time.perf_counter()
    found = judge_group(group, crimes, task.params, events_of_group(events, task.may))
    trails, seen = group.trails, group.seen
    seconds = {"read_s": read - clock, "match_s": time.perf_counter() - read}
    frames: Frames = {
        "candidates": found.candidates,
        "visits": found.visits,
        "day_hits": found.day_hits,
        "covered_days": found.covered_days,
        "verdict_codes": found.verdict_codes,
        "wearers": wearers_of(trails),
        "trails": trails_of(trails),
        "two_trails": found.two_trails,
        "seen_outside": pl.concat([seen.frame, frozen_rows(group.frozen)]),
    }
    file = write_part(task.work, task.part, frames, {"seconds": seconds})
    return MatchedGroup(task.part, file, trails.counts["fixes_read"])
