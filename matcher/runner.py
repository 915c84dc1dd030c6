"""A match run over the fix store: wearer groups planned, matched in threads, resumed after a crash, merged.

Each group is read from the store, matched whole and written as a part; a rerun of the same plan takes the finished
parts as they are. The merged result is sorted by its key, so it does not depend on the grouping or on who was first.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from matcher.engine import find, tally
from matcher.fix_store import FixStore
from matcher.index import CrimeIndex, index_crimes
from matcher.params import Params
from matcher.permitted import Intervals, Permitted, permitted
from matcher.reading import read_rows
from matcher.run_folder import RunFolder, write_json, write_whole
from matcher.run_merge import DAY_DIGESTS, finish, part_name
from matcher.run_plan import Plan, make_plan
from matcher.trails import build

GROUP_FIXES = 2_000_000
"""Fixes of a wearer group: what bounds memory (about 45 bytes a fix, for each thread)."""


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` wearer groups; `fixes` read so far."""

    stage: str
    done: int
    total: int
    fixes: int


def run(
    store: FixStore,
    crimes: pl.DataFrame,
    *,
    assignments: pl.DataFrame,
    monitored: Intervals,
    eligible: Intervals,
    params: Params | None = None,
    runs_dir: Path | str,
    threads: int = 2,
    group_fixes: int = GROUP_FIXES,
    progress: Callable[[Progress], None] | None = None,
) -> RunFolder:
    """Match crimes against the store and keep the run.

    Parameters
    ----------
    store, crimes, assignments, monitored, eligible, params
        As for `engine.match`; only fixes that the windows permit leave the store.
    runs_dir
        The run's folder is made here, named by the digest of all that went in.
    threads
        Wearer groups matched at once; the answer is the same for any number.
    group_fixes
        About how many fixes a group holds; bounds memory, not the answer.

    Returns
    -------
    RunFolder
        Where the same question has been answered before with the same data, that run.

    Raises
    ------
    BadInput
        As `engine.match`.
    StoreError
        The store was rewritten while it was read; start again, finished groups of the same state are kept.
    """
    params = params or Params()
    runs_dir = Path(runs_dir)
    started, clock = datetime.now(UTC), time.perf_counter()
    may = permitted(assignments, monitored, eligible)
    index = index_crimes(crimes, params)
    planned = make_plan(may, index, store, params, group_fixes)
    with _working_in(runs_dir, planned.name) as work:
        resumed = _match_groups(planned, store, may, index, params, work, threads, progress)
        matched = time.perf_counter()
        return finish(planned, may, index, crimes, params, work, runs_dir, started, clock, matched, resumed, threads)


def _match_groups(
    plan: Plan,
    store: FixStore,
    may: Permitted,
    index: CrimeIndex,
    params: Params,
    work: Path,
    threads: int,
    progress: Callable[[Progress], None] | None,
) -> int:
    """Match every group whose part is not there yet; return how many parts were."""
    todo = [g for g in range(len(plan.groups)) if not (work / f"{part_name(g)}.json").exists()]
    resumed = len(plan.groups) - len(todo)
    fixes = 0
    if progress is not None:
        progress(Progress("matching", resumed, len(plan.groups), fixes))
    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        jobs = [pool.submit(_match_group, g, plan, store, may, index, params, work) for g in todo]
        try:
            for done, job in enumerate(as_completed(jobs), start=1):
                fixes += job.result()
                if progress is not None:
                    progress(Progress("matching", resumed + done, len(plan.groups), fixes))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return resumed


def _match_group(
    g: int, plan: Plan, store: FixStore, may: Permitted, index: CrimeIndex, params: Params, work: Path
) -> int:
    group = may.for_wearers(plan.groups[g])
    clock = time.perf_counter()
    trails = build(read_rows(store, group, plan.t_from, plan.t_to), group, params)
    read = time.perf_counter()
    found = find(trails, index, params)
    counts = tally(trails, index, found)
    seconds = {"read_s": read - clock, "match_s": time.perf_counter() - read}
    days = pl.DataFrame(trails.digests, schema={**DAY_DIGESTS, "wearer": pl.Int64}, orient="row").with_columns(
        pl.col("wearer").replace_strict(range(len(group.wearers)), group.wearers, return_dtype=pl.String)
    )
    write_whole(work / f"{part_name(g)}-candidates.parquet", found.candidates)
    write_whole(work / f"{part_name(g)}-visits.parquet", found.visits)
    write_whole(work / f"{part_name(g)}-days.parquet", days)
    # Last: a part with its counts is a finished part.
    write_json(work / f"{part_name(g)}.json", {"counts": counts, "seconds": seconds})
    return counts["fixes_read"]


@contextmanager
def _working_in(runs_dir: Path, name: str) -> Iterator[Path]:
    """The plan's working folder, held by this process alone; removed once the run is in place.

    Working folders of other plans that no process holds any more are cleared away.
    """
    runs_dir.mkdir(parents=True, exist_ok=True)
    work = runs_dir / f".work-{name}"
    lock = runs_dir / f".lock-{name}"
    with _locked(lock):
        work.mkdir(exist_ok=True)
        yield work
        # Out of the way in one step: killed half-way through the removal, no part may be left without its rows.
        gone = runs_dir / f".gone-{name}"
        shutil.rmtree(gone, ignore_errors=True)
        work.rename(gone)
        shutil.rmtree(gone)
        lock.unlink(missing_ok=True)
    _clear_abandoned(runs_dir)


@contextmanager
def _locked(lock: Path) -> Iterator[None]:
    while True:
        with lock.open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            # Whoever held it before may have removed the file: then this lock is on nothing others see.
            if lock.exists() and lock.stat().st_ino == os.fstat(held.fileno()).st_ino:
                yield
                return


def _clear_abandoned(runs_dir: Path) -> None:
    for lock in runs_dir.glob(".lock-*"):
        with lock.open("w") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            for left in (".work-", ".gone-"):
                shutil.rmtree(runs_dir / lock.name.replace(".lock-", left), ignore_errors=True)
            lock.unlink(missing_ok=True)
