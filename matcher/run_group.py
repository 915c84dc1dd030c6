"""One partition of a run: a wearer group read from the store, matched whole, and written as a part.

A part is its frames and, last, its JSON: a part with its JSON is finished. What a partition needs travels as paths and
intervals, never as fixes, so that it can be worked on by a thread here or by a process elsewhere.
"""

import time
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl

from matcher.engine import find
from matcher.fix_store import FixStore
from matcher.index import CrimeIndex, index_crimes
from matcher.params import Params
from matcher.permitted import Permitted
from matcher.reading import read_trails
from matcher.run_folder import write_json, write_whole
from matcher.run_merge import part_name
from matcher.run_wearers import wearers_of

CRIMES_FILE = "crimes.parquet"


@dataclass(frozen=True, slots=True)
class GroupTask:
    """Group number `group` of a plan: `may` of its wearers alone, the whole UTC days [t_from, t_to) to read (None: no
    crime can be matched), `store` and its `files` at the moment of the plan, and the working folder, by their paths."""

    group: int
    may: Permitted
    t_from: datetime | None
    t_to: datetime | None
    params: Params
    store: Path
    files: dict[date, list[Path]]
    work: Path


def is_done(work: Path, group: int) -> bool:
    return (work / f"{part_name(group)}.json").exists()


def match_group_from_paths(task: GroupTask) -> int:
    """`match_group` where nothing is open yet: the store by its path, the crimes from the working folder."""
    crimes = pl.read_parquet(task.work / CRIMES_FILE, glob=False)
    store = FixStore.open(task.store, create=False).as_of(task.files)
    return match_group(task, store, index_crimes(crimes, task.params))


def match_group(task: GroupTask, store: FixStore, index: CrimeIndex) -> int:
    """Match one group and write its part. The number of fixes read."""
    clock = time.perf_counter()
    trails = read_trails(store, task.may, task.t_from, task.t_to, task.params)
    read = time.perf_counter()
    found = find(trails, index, task.params)
    seconds = {"read_s": read - clock, "match_s": time.perf_counter() - read}
    frames = {"candidates": found.candidates, "visits": found.visits, "wearers": wearers_of(trails)}
    for name, frame in frames.items():
        write_whole(task.work / f"{part_name(task.group)}-{name}.parquet", frame)
    # Last: a part with its JSON is a finished part.
    write_json(task.work / f"{part_name(task.group)}.json", {"seconds": seconds})
    return trails.counts["fixes_read"]
