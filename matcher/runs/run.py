"""A match run over the fix store: wearer groups planned, matched here or on a cluster, resumed after a crash, merged.

Each group is read from the store, matched whole and written as a part; a rerun of the same plan takes the finished
parts as they are. The merged result is sorted by its key, so it does not depend on the grouping or on who was first.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

import polars as pl

from matcher.analysis.crimes import index_crimes
from matcher.errors import BadInput, RunCancelled
from matcher.files import write_parquet_atomically
from matcher.params import Params
from matcher.permitted import Intervals, Permitted, permitted
from matcher.runs.cluster import on_cluster
from matcher.runs.device_events import Events, events_path, worn_events
from matcher.runs.difference import write_difference
from matcher.runs.folder import RunFolder
from matcher.runs.incremental import carried_from, carry_over
from matcher.runs.merge import finish
from matcher.runs.partition import CrimeLists, GroupTask, crimes_path, gone_path, match_group
from matcher.runs.parts import is_done
from matcher.runs.plan import ALL_CRIMES, NEW_CRIMES, Plan, Share, look, make_plan
from matcher.runs.threads import Outcomes, in_threads, one_after_another
from matcher.runs.workdir import working_in
from matcher.store.fixes import FixStore
from matcher.trails.buffers import Room
from matcher.trails.quality import bad_fixes_in, worn

GROUP_FIXES = 3_500_000
"""Fixes of a wearer group: what bounds memory (about 65 bytes a fix, for each thread; a third is the store's files as
they lie in the page cache). A group costs about 20 ms of its own, however small."""

Executor = Literal["threads", "inline", "dask"]
Cancel = Callable[[], bool] | threading.Event


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    `done` of `total` wearer groups; `fixes` read since it was started, and how many a second; `left_s` how long the
    rest will take at that pace, None while there is nothing to tell it by. `stage` is *matching*, then *merging*.
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
    runs_dir: Path | str,
    threads: int = 2,
    group_fixes: int = GROUP_FIXES,
    progress: Callable[[Progress], None] | None = None,
    cancel: Cancel | None = None,
    executor: Executor = "threads",
    scheduler: Any = None,
    previous: RunFolder | Path | str | None = None,
) -> RunFolder:
    """Match crimes against the store and keep the run.

    Parameters
    ----------
    store, crimes, assignments, monitored, eligible, params
        As for `engine.match`; only fixes that the windows permit leave the store.
    events
        What devices reported of themselves, a store or a frame: says why somebody was not seen. Only what a wearer's
        own device reported, while the wearer may be read, goes in.
    runs_dir
        The run's folder is made here, named by the digest of all that went in.
    threads
        Wearer groups matched at once by `executor="threads"`.
    group_fixes
        About how many fixes a group holds; bounds memory, not the answer.
    progress
        Told after each group.
    cancel
        Asked between groups; an event, or a function that says yes once the run is to stop.
    executor
        Who matches the groups: `threads` of this process, `inline` one after another, or `dask`. The answer is the
        same, digest by digest.
    scheduler
        For `dask`: a scheduler's address or a `distributed.Client`. Store and runs folder must be at the same paths
        for every worker.
    previous
        An earlier run, or its folder. Pairs for which nothing has changed since are taken from it; the answer is the
        same, digest by digest. What is different goes to `difference/` in the run's folder.

    Returns
    -------
    RunFolder
        Where the same question has been answered before with the same data, that run.

    Raises
    ------
    BadInput
        As `engine.match`, or there is no such executor.
    StoreError
        The store was rewritten while it was read; start again, finished groups of the same state are kept.
    RunCancelled
        `cancel` said so. Finished groups are kept; the same run takes them up again.
    ClusterMissing
        There is no Dask, or no cluster.
    """
    return run_permitted(
        store,
        crimes,
        permitted(assignments, monitored, eligible),
        params=params,
        events=events,
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
    runs_dir: Path | str,
    threads: int = 2,
    group_fixes: int = GROUP_FIXES,
    progress: Callable[[Progress], None] | None = None,
    cancel: Cancel | None = None,
    executor: Executor = "threads",
    scheduler: Any = None,
    previous: RunFolder | Path | str | None = None,
) -> RunFolder:
    """`run` where it is settled who may be read when."""
    if executor not in get_args(Executor):
        raise BadInput(f"executor is {executor!r}; one of {', '.join(get_args(Executor))}")
    params = params or Params()
    # Devices that nobody who may be matched ever held are none of a run's business: not read, and not named in it.
    may = may.for_wearers(range(len(may.wearers)))
    previous = None if previous is None else _opened(previous)
    runs_dir = Path(runs_dir).absolute()
    started, clock = datetime.now(UTC), time.perf_counter()
    index = index_crimes(crimes, params)
    sight = look(may, index, store, params)
    reported = worn_events(events, may)
    at_the_time = store.as_of(sight.files)
    carried = None if previous is None else carried_from(previous, sight, may, index, params, at_the_time, reported)
    planned = make_plan(sight, may, index, store.path.absolute(), params, group_fixes, reported, carried)
    lists = {ALL_CRIMES: CrimeLists(index, None)}
    if carried is not None:
        lists[NEW_CRIMES] = CrimeLists(carried.new, carried.gone)
    with working_in(runs_dir, planned.name) as work:
        todo = [
            _task(share, planned, may, params, store, work) for share in planned.shares if not is_done(work, share.part)
        ]
        if executor == "dask":
            _hand_over(work, crimes, lists, reported)
            outcomes = on_cluster(todo, scheduler)
        else:
            match = partial(_match, store=at_the_time, lists=lists, events=reported, rooms=_Rooms())
            outcomes = one_after_another(todo, match) if executor == "inline" else in_threads(todo, match, threads)
        resumed = len(planned.shares) - len(todo)
        _carry_out(outcomes, resumed, len(planned.shares), progress, cancel)
        matched = time.perf_counter()
        how: dict[str, Any] = {"executor": executor, "threads": threads}
        if carried is not None:
            carry_over(carried, planned, may, index, work)
            how["carried_over"] = {
                "previous": carried.previous.run_id,
                "wearers": len(carried.kept),
                "crimes": carried.same_crimes.height,
            }
        folder = finish(
            planned,
            may,
            index,
            crimes,
            reported,
            worn(bad_fixes_in(at_the_time, may.devices, sight.t_from, sight.t_to), may),
            params,
            work,
            runs_dir,
            started,
            clock,
            matched,
            resumed,
            how,
        )
    if previous is not None and previous.run_id != folder.run_id:
        write_difference(previous, folder)
    return folder


def _opened(run: RunFolder | Path | str) -> RunFolder:
    return run if isinstance(run, RunFolder) else RunFolder.open(run)


def _task(share: Share, plan: Plan, may: Permitted, params: Params, store: FixStore, work: Path) -> GroupTask:
    return GroupTask(
        share.part,
        may.for_wearers(share.wearers),
        share.t_from,
        share.t_to,
        share.crimes,
        params,
        store.path.absolute(),
        plan.sight.files,
        work,
    )


def _hand_over(work: Path, crimes: pl.DataFrame, lists: dict[str, CrimeLists], events: pl.DataFrame) -> None:
    """Put the crimes and events where workers find them."""
    write_parquet_atomically(events_path(work), events)
    write_parquet_atomically(crimes_path(work, ALL_CRIMES), crimes)
    if NEW_CRIMES in lists:
        new, gone = lists[NEW_CRIMES]
        write_parquet_atomically(crimes_path(work, NEW_CRIMES), new.crimes)
        if gone is not None:
            write_parquet_atomically(gone_path(work, NEW_CRIMES), gone.crimes)


class _Rooms(threading.local):
    """One for each thread that matches groups."""

    def __init__(self) -> None:
        self.room = Room()


def _match(task: GroupTask, store: FixStore, lists: dict[str, CrimeLists], events: pl.DataFrame, rooms: _Rooms) -> int:
    return match_group(task, store, lists[task.crimes], events, rooms.room)


def _carry_out(
    outcomes: Outcomes,
    resumed: int,
    total: int,
    progress: Callable[[Progress], None] | None,
    cancel: Cancel | None,
) -> None:
    """Have every group matched, telling how far it is and asking whether to go on."""
    begun = time.perf_counter()
    fixes, done = 0, resumed

    def tell(stage: str) -> None:
        if progress is not None:
            passed_s = time.perf_counter() - begun
            new = done - resumed
            left_s = passed_s / new * (total - done) if new else None
            progress(Progress(stage, done, total, fixes, fixes / passed_s if new else 0.0, left_s))

    def stop_if_told() -> None:
        if cancel is not None and (cancel.is_set() if isinstance(cancel, threading.Event) else cancel()):
            raise RunCancelled(f"stopped with {done} of {total} groups done; the same run again goes on from there")

    try:
        tell("matching")
        stop_if_told()
        for fixes_of_group in outcomes:
            fixes += fixes_of_group
            done += 1
            tell("matching")
            if done < total:
                stop_if_told()
        tell("merging")
    finally:
        outcomes.close()
