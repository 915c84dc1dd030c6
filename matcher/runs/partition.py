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
from matcher.analysis.group import judge
from matcher.files import read_rows
from matcher.params import Params
from matcher.permitted import Permitted
from matcher.runs.device_events import events_of_group, events_path
from matcher.runs.edges import edges_with, ends_of, frozen_rows, reach_of, seen_outside, with_left_out
from matcher.runs.parts import Frames, write_part
from matcher.runs.wearers import trails_of, wearers_of
from matcher.store.fixes import FixStore
from matcher.trails.buffers import BufferPool
from matcher.trails.frozen_outside import read_with_frozen


@dataclass(frozen=True, slots=True)
class GroupTask:
    """One group: `may` of its wearers only, the whole UTC days [t_from, t_to) to read (None: no crime can be matched),
    the name of the crimes in the working folder, and the paths of the store, its files at the time of the plan, and the
    working folder."""

    part: str
    may: Permitted
    t_from: datetime | None
    t_to: datetime | None
    crimes: str
    params: Params
    store: Path
    files: dict[date, list[Path]]
    work: Path


def crimes_path(work: Path, crimes: str) -> Path:
    """The file of the crimes to match in the working folder."""
    return work / f"{crimes}.parquet"


class MatchedGroup(NamedTuple):
    """A group that is matched: its part, the part's file, and the number of fixes read."""

    part: str
    file: Path
    fixes: int


def match_group_from_paths(task: GroupTask) -> MatchedGroup:
    """`match_group` in another process: opens the store by its path and reads the crimes from the working folder."""
    index = index_crimes(read_rows(crimes_path(task.work, task.crimes)), task.params)
    events = read_rows(events_path(task.work))
    return match_group(task, FixStore.open(task.store, create=False).as_of(task.files), index, events)


def match_group(
    task: GroupTask, store: FixStore, crimes: CrimeIndex, events: pl.DataFrame, buffers: BufferPool | None = None
) -> MatchedGroup:
    """Match one group and write its part; `buffers` is reused memory for its trails.

    `events` are those of the run (`device_events.WORN_EVENTS`).
    """
    clock = time.perf_counter()
    trails, outside = read_with_frozen(store, task.may, task.t_from, task.t_to, task.params, buffers)
    reach = reach_of(crimes, task.t_from, task.t_to)
    seen = seen_outside(store, task.may, *ends_of(trails), reach, task.params)
    read = time.perf_counter()
    edges = edges_with(trails, seen.frame) if task.params.verdicts else None
    found = judge(
        with_left_out(trails, seen.left_out), crimes, task.params, edges=edges, events=events_of_group(events, task.may)
    )
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
        "seen_outside": pl.concat([seen.frame, frozen_rows(outside)]),
    }
    file = write_part(task.work, task.part, frames, {"seconds": seconds})
    return MatchedGroup(task.part, file, trails.counts["fixes_read"])
