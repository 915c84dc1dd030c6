"""A match run over the fix store: plan wearer groups, match them here or on a cluster, resume after a crash, merge.

Each group is read from the store, matched and written as a part; a rerun of the same plan reuses finished parts. The
merged result is sorted by its key, so it depends neither on the grouping nor on which group finished first.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

import polars as pl

from matcher.analysis.crimes import CrimeIndex, index_crimes
from matcher.errors import BadInput, RunCancelled
from matcher.files import write_parquet_atomically
from matcher.params import Params
from matcher.permitted import Intervals, Permitted, permitted
from matcher.runs.cluster import on_cluster
from matcher.runs.device_events import Events, events_path, worn_events
from matcher.runs.difference import write_difference
from matcher.runs.folder import RunFolder
from matcher.runs.incremental import carry_over, plan_carry_over
from matcher.runs.merge import finish
from matcher.runs.partition import GroupTask, MatchedGroup, crimes_path, match_group
from matcher.runs.parts import finished
from matcher.runs.plan import ALL_CRIMES, CARRIED_PART, NEW_CRIMES, Plan, PlannedGroup, make_plan, survey_store
from matcher.runs.threads import Outcomes, in_threads, one_after_another
from matcher.runs.workdir import work_folder
from matcher.store.fixes import FixStore
from matcher.trails.buffers import BufferPool
from matcher.trails.quality import bad_fixes_in, worn

GROUP_FIXES = 3_500_000
"""Fixes of a wearer group, which bounds memory: about 65 bytes a fix for each thread, a third of it the store's files
in the page cache. Each group costs about 20 ms, however small."""

Executor = Literal["threads", "inline", "dask"]
Cancel = Callable[[], bool] | threading.Event


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    `done` of `total` wearer groups; `fixes` read since the start, and how many a second; `left_s` seconds left at that
    rate, None until a group is done. `stage` is *matching*, then *merging*.
    """

    stage: str
    done: int
    total: int
    fixes: int
    fixes_per_s: float = 0.0
    left_s: float | None = None


def run(
    store: FixStore,
    crimes: pl.DataFrame,
    *,
    assignments: pl.DataFrame,
    monitored: Intervals,
    eligible: Intervals,
    params: Params | None = None,
    events: Events = None,
    accuracy_levels: pl.DataFrame | None = None,
    levels_from: Mapping[str, Any] | None = None,
    runs_dir: Path | str,
    threads: int = 2,
    group_fixes: int = GROUP_FIXES,
    progress: Callable[[Progress], None] | None = None,
    cancel: Cancel | None = None,
    executor: Executor = "threads",
    scheduler: Any = None,
    previous: RunFolder | Path | str | None = None,
) -> RunFolder:
    """Match crimes against the store and write the run.

    Parameters
    ----------
    store, crimes, assignments, monitored, eligible, params, accuracy_levels
        As for `engine.match`. Only fixes inside the permitted windows are read from the store.
    levels_from
        What `accuracy_levels` were taken from, as plain values: part of the run's identity, shown in its manifest.
    events
        What devices reported about themselves, as a store or a frame: a reason why a wearer was not observed. Only
        events of a wearer's own device, in permitted windows, are used.
    runs_dir
        The run's folder is created here, named by the digest of its inputs.
    threads
        Number of wearer groups matched at the same time by `executor="threads"`.
    group_fixes
        About how many fixes a group has; bounds memory, does not change the result.
    progress
        Called after each group.
    cancel
        Checked between groups: an event, or a function that returns True once the run should stop.
    executor
        Where groups are matched: `threads` of this process, `inline` one after another, or `dask`. The results have
        the same digests.
    scheduler
        For `dask`: the address of a scheduler or a `distributed.Client`. The store and the runs folder must have the
        same paths on every worker.
    previous
        An earlier run, or its folder. Pairs whose inputs have not changed are copied from it; the results have the
        same digests as a full run. Differences go to `difference/` in the run's folder.

    Returns
    -------
    RunFolder
        If a run with the same inputs exists, that run.

    Raises
    ------
    BadInput
        As `engine.match`, or an unknown executor.
    StoreError
        The store was rewritten while it was being read. Start again; finished groups of the same state are kept.
    RunCancelled
        `cancel` was set. Finished groups are kept, and the same run continues from them.
    ClusterMissing
        Dask is not installed, or no cluster can be reached.
    """
    return run_permitted(
        store,
        crimes,
        permitted(assignments, monitored, eligible, accuracy_levels),
        params=params,
        events=events,
        levels_from=levels_from,
        runs_dir=runs_dir,
        threads=threads,
        group_fixes=group_fixes,
        progress=progress,
        cancel=cancel,
        executor=executor,
        scheduler=scheduler,
        previous=previous,
    )


def run_permitted(
    store: FixStore,
    crimes: pl.DataFrame,
    may: Permitted,
    *,
    params: Params | None = None,
    events: Events = None,
    levels_from: Mapping[str, Any] | None = None,
    runs_dir: Path | str,
    threads: int = 2,
    group_fixes: int = GROUP_FIXES,
    progress: Callable[[Progress], None] | None = None,
    cancel: Cancel | None = None,
    executor: Executor = "threads",
    scheduler: Any = None,
    previous: RunFolder | Path | str | None = None,
    make_index: bool = True,
) -> RunFolder:
    """`run` with the permitted windows already worked out. With `make_index` what the run reads is indexed first: only
    where `may` is what may be read today."""
    if executor not in get_args(Executor):
        raise BadInput(f"unknown executor {executor!r}; give one of {', '.join(get_args(Executor))}")
    params = params or Params()
    # Devices that no permitted wearer ever wore are not read, and the run does not name them.
    may = may.for_wearers(range(len(may.wearers)))
    previous = None if previous is None else _opened(previous)
    runs_dir = Path(runs_dir).absolute()
    started, clock = datetime.now(UTC), time.perf_counter()
    index = index_crimes(crimes, params)
    survey = survey_store(may, index, store, params, make_index=make_index)
    device_events = worn_events(events, may)
    snapshot = store.as_of(survey.files)
    carried = (
        None if previous is None else plan_carry_over(previous, survey, may, index, params, snapshot, device_events)
    )
    planned = make_plan(survey, may, index, store.path.absolute(), params, group_fixes, device_events, carried)
    planned = replace(planned, levels_from=levels_from)
    lists = {ALL_CRIMES: index}
    if carried is not None:
        lists[NEW_CRIMES] = carried.new
    with work_folder(runs_dir, planned.name) as work:
        files = {group.part: file for group in planned.groups if (file := finished(work, group.part)) is not None}
        resumed = len(files)
        todo = [_task(group, planned, may, params, store, work) for group in planned.groups if group.part not in files]
        if executor == "dask":
            _write_for_workers(work, crimes, lists, device_events)
            outcomes = on_cluster(todo, scheduler)
        else:
            match = partial(_match, store=snapshot, lists=lists, events=device_events, buffers=_Buffers())
            outcomes = one_after_another(todo, match) if executor == "inline" else in_threads(todo, match, threads)
        files |= _match_groups(outcomes, resumed, len(planned.groups), progress, cancel)
        matched = time.perf_counter()
        execution: dict[str, Any] = {"executor": executor, "threads": threads}
        if carried is not None:
            files[CARRIED_PART] = carry_over(carried, planned, may, index, work, files)
            execution["carried_over"] = {
                "previous": carried.previous.run_id,
                "wearers": len(carried.kept),
                "crimes": carried.same_crimes.height,
            }
        folder = finish(
            planned,
            may,
            index,
            crimes,
            device_events,
            worn(bad_fixes_in(snapshot, may.devices, survey.t_from, survey.t_to), may),
            params,
            work,
            files,
            runs_dir,
            started,
            clock,
            matched,
            resumed,
            execution,
        )
    if previous is not None and previous.run_id != folder.run_id:
        write_difference(previous, folder)
    return folder


def _opened(run: RunFolder | Path | str) -> RunFolder:
    return run if isinstance(run, RunFolder) else RunFolder.open(run)


def _task(group: PlannedGroup, plan: Plan, may: Permitted, params: Params, store: FixStore, work: Path) -> GroupTask:
    return GroupTask(
        group.part,
        may.for_wearers(group.wearers),
        group.t_from,
        group.t_to,
        group.crimes,
        params,
        store.path.absolute(),
        plan.survey.files,
        work,
    )


def _write_for_workers(work: Path, crimes: pl.DataFrame, lists: dict[str, CrimeIndex], events: pl.DataFrame) -> None:
    """Write crimes and events to the working folder for the workers.

    Files that are there stay: the plan, by which the folder is named, says what is in them, and a worker of a cancelled
    run may still read them.
    """
    frames = {events_path(work): events, crimes_path(work, ALL_CRIMES): crimes}
    if NEW_CRIMES in lists:
        frames[crimes_path(work, NEW_CRIMES)] = lists[NEW_CRIMES].crimes
    for path, frame in frames.items():
        if not path.exists():
            write_parquet_atomically(path, frame)


class _Buffers(threading.local):
    """One `BufferPool` for each thread that matches groups."""

    def __init__(self) -> None:
        self.pool = BufferPool()


def _match(
    task: GroupTask, store: FixStore, lists: dict[str, CrimeIndex], events: pl.DataFrame, buffers: _Buffers
) -> MatchedGroup:
    return match_group(task, store, lists[task.crimes], events, buffers.pool)


def _match_groups(
    outcomes: Outcomes,
    resumed: int,
    total: int,
    progress: Callable[[Progress], None] | None,
    cancel: Cancel | None,
) -> dict[str, Path]:
    """Match every group, reporting progress and checking for cancellation. Returns the file of each group's part."""
    begun = time.perf_counter()
    files: dict[str, Path] = {}
    fixes, done = 0, resumed

    def report(stage: str) -> None:
        if progress is not None:
            elapsed_s = time.perf_counter() - begun
            new = done - resumed
            left_s = elapsed_s / new * (total - done) if new else None
            progress(Progress(stage, done, total, fixes, fixes / elapsed_s if new else 0.0, left_s))

    def stop_if_cancelled() -> None:
        if cancel is not None and (cancel.is_set() if isinstance(cancel, threading.Event) else cancel()):
            raise RunCancelled(
                f"the run was cancelled after {done} of {total} groups; start the same run again to continue"
            )

    try:
        report("matching")
        stop_if_cancelled()
        for group in outcomes:
            files[group.part] = group.file
            fixes += group.fixes
            done += 1
            report("matching")
            if done < total:
                stop_if_cancelled()
        report("merging")
    finally:
        outcomes.close()
    return files
