"""A match run over the fix store: wearer groups planned, matched in threads, resumed after a crash, merged.

Each group is read from the store, matched whole and written as a part; a rerun of the same plan takes the finished
parts as they are. The merged result is sorted by its key, so it does not depend on the grouping or on who was first.
"""

import fcntl
import json
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from matcher.contracts import CANDIDATES, VISITS
from matcher.engine import CANDIDATE_KEY, find, tally
from matcher.fix_store import FixStore
from matcher.index import CrimeIndex, index_crimes
from matcher.params import ALGORITHM, Params
from matcher.permitted import EVER, Intervals, Permitted, permitted
from matcher.run_folder import (
    MANIFEST,
    TIMINGS,
    RunFolder,
    digest_arrays,
    digest_frame,
    digest_json,
    write_json,
    write_whole,
)
from matcher.trails import Rows, build

GROUP_FIXES = 2_000_000
"""Fixes of a wearer group: what bounds memory (about 45 bytes a fix, for each thread)."""
_FIXES_A_DAY = 1_440
_READ = ("device_id", "t", "x_mm", "y_mm", "accuracy_mm", "mechanism")


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
    planned = _plan(may, index, store, params, group_fixes)
    with _working_in(runs_dir, planned.name) as work:
        resumed = _match_groups(planned, store, may, index, params, work, threads, progress)
        matched = time.perf_counter()
        return _finish(planned, may, index, crimes, params, work, runs_dir, started, clock, matched, resumed, threads)


@dataclass(frozen=True, slots=True)
class _Plan:
    name: str
    groups: list[list[int]]
    t_from: datetime | None
    t_to: datetime | None


def _plan(may: Permitted, index: CrimeIndex, store: FixStore, params: Params, group_fixes: int) -> _Plan:
    """Groups of wearers, and the whole UTC days to read.

    A day either side of the crimes' windows is read with them: whether a fix near a window's end is a jump, or a
    segment there drawn, hangs on its neighbours, and no one crosses Britain at `max_speed_mps` in a day unseen.
    """
    t_from: datetime | None = None
    t_to: datetime | None = None
    total_days = low = high = 0
    if len(index.start_us):
        t_from = _midnight(int(index.start_us.min())) - timedelta(days=1)
        t_to = _midnight(int(index.end_us.max())) + timedelta(days=2)
        days = store.days()
        total_days = sum(t_from.date() <= day < t_to.date() for day in days)
        low, high = int(t_from.timestamp() * 1e6), int(t_to.timestamp() * 1e6)
    # Wearers in order of their devices: the store's files are sorted by device, so a group is one stretch of each.
    fixes_of: dict[int, float] = defaultdict(float)
    first_device: dict[int, int] = {}
    for d in range(len(may.devices)):
        for k in range(may.offset[d], may.offset[d + 1]):
            w = int(may.held_by[k])
            span_us = min(int(may.to_us[k]), high) - max(int(may.from_us[k]), low)
            if w >= 0 and span_us > 0:
                first_device.setdefault(w, d)
                fixes_of[w] += min(span_us / 86.4e9, total_days) * _FIXES_A_DAY
    groups: list[list[int]] = []
    size = float(group_fixes)
    for w in sorted(range(len(may.wearers)), key=lambda w: (first_device.get(w, -1), w)):
        if size + fixes_of[w] > group_fixes and (not groups or groups[-1]):
            groups.append([])
            size = 0.0
        groups[-1].append(w)
        size += fixes_of[w]
    groups = [sorted(group) for group in groups]
    files = {str(day): [path.name for path in store.day_files(day)] for day in store.days()}
    name = digest_json(
        [ALGORITHM, params.to_json(), _crimes_digest(index), _windows_digest(may), files, groups, str(store.path)]
    )
    return _Plan(name[:24], groups, t_from, t_to)


def _match_groups(
    plan: _Plan,
    store: FixStore,
    may: Permitted,
    index: CrimeIndex,
    params: Params,
    work: Path,
    threads: int,
    progress: Callable[[Progress], None] | None,
) -> int:
    """Match every group whose part is not there yet; return how many parts were."""
    todo = [g for g in range(len(plan.groups)) if not (work / f"part-{g:05}.json").exists()]
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
    g: int, plan: _Plan, store: FixStore, may: Permitted, index: CrimeIndex, params: Params, work: Path
) -> int:
    group = may.for_wearers(plan.groups[g])
    clock = time.perf_counter()
    trails = build(read_rows(store, group, plan.t_from, plan.t_to), group, params)
    read = time.perf_counter()
    found = find(trails, index, params)
    counts = tally(trails, index, found)
    seconds = {"read_s": read - clock, "match_s": time.perf_counter() - read}
    days = pl.DataFrame(trails.digests, schema=_DAY_DIGESTS, orient="row").with_columns(
        pl.col("wearer").replace_strict(range(len(group.wearers)), group.wearers, return_dtype=pl.String)
    )
    write_whole(work / f"part-{g:05}-candidates.parquet", found.candidates)
    write_whole(work / f"part-{g:05}-visits.parquet", found.visits)
    write_whole(work / f"part-{g:05}-days.parquet", days)
    # Last: a part with its counts is a finished part.
    write_json(work / f"part-{g:05}.json", {"counts": counts, "seconds": seconds})
    return counts["fixes_read"]


_DAY_DIGESTS = {"wearer": pl.Int64, "day": pl.Int32, "digest": pl.String}


def read_rows(store: FixStore, may: Permitted, t_from: datetime | None, t_to: datetime | None) -> Iterator[Rows]:
    """The rows of the permitted devices in the days asked for, one day at a time; nobody else's."""
    if t_from is None or not may.devices:
        return
    for _, frame in store.scan_days(may.devices, t_from, t_to, _READ):
        yield Rows(
            frame["device_id"].to_physical().cast(pl.Int32).to_numpy(),
            frame["t"].to_physical().to_numpy(),
            frame["x_mm"].to_numpy(),
            frame["y_mm"].to_numpy(),
            frame["accuracy_mm"].fill_null(-1).to_numpy(),
            frame["mechanism"].to_physical().cast(pl.Int8).to_numpy(),
        )


def _finish(
    plan: _Plan,
    may: Permitted,
    index: CrimeIndex,
    crimes: pl.DataFrame,
    params: Params,
    work: Path,
    runs_dir: Path,
    started: datetime,
    clock: float,
    matched: float,
    resumed: int,
    threads: int,
) -> RunFolder:
    """Merge the parts, name the run, write its folder and put it in place."""
    parts = [f"part-{g:05}" for g in range(len(plan.groups))]
    candidates = _merged(work, parts, "candidates", CANDIDATES, list(CANDIDATE_KEY))
    visits = _merged(work, parts, "visits", VISITS, [*CANDIDATE_KEY, "first_at"])
    days = _merged(work, parts, "days", {**_DAY_DIGESTS, "wearer": pl.String}, ["wearer", "day"])
    counts: dict[str, int] = defaultdict(int)
    seconds: dict[str, float] = defaultdict(float)
    for part in parts:
        told = json.loads((work / f"{part}.json").read_text(encoding="utf-8"))
        for name, n in told["counts"].items():
            counts[name] += n
        for name, n in told["seconds"].items():
            seconds[name] += n
    inputs = {
        "fixes": {"digest": digest_frame(days), "wearer_days": days.height, "rows": counts["fixes_read"]},
        "crimes": {"digest": _crimes_digest(index), "rows": index.crimes.height + index.not_matchable.height},
        "windows": {"digest": _windows_digest(may), "devices": len(may.devices), "wearers": len(may.wearers)},
    }
    digests = {name: told["digest"] for name, told in inputs.items()}
    identity = {"algorithm": ALGORITHM, "params": params.to_json(), "inputs": digests}
    run_id = digest_json(identity)[:16]
    final = runs_dir / run_id
    if (final / MANIFEST).exists():
        return RunFolder.open(final)
    results = {"candidates": candidates, "visits": visits, "not_matchable": index.not_matchable}
    out = work / "run"
    shutil.rmtree(out, ignore_errors=True)
    (out / "inputs").mkdir(parents=True)
    for name, frame in results.items():
        write_whole(out / f"{name}.parquet", frame)
    write_whole(out / "inputs" / "crimes.parquet", _all_crimes(crimes))
    write_whole(out / "inputs" / "windows.parquet", may.windows())
    write_whole(out / "inputs" / "fix_digests.parquet", days)
    by_reason = index.not_matchable["reason"].value_counts().sort("reason").iter_rows()
    manifest = {
        "run_id": run_id,
        "algorithm": ALGORITHM,
        "params": params.to_json(),
        "inputs": inputs,
        "counts": {
            **dict(sorted(counts.items())),
            "candidates": candidates.height,
            "crimes": index.crimes.height + index.not_matchable.height,
            "crimes_matchable": index.crimes.height,
            "crimes_not_matchable": dict(by_reason),
        },
        "results": {name: digest_frame(frame) for name, frame in results.items()},
    }
    now = time.perf_counter()
    write_json(
        out / TIMINGS,
        {
            "started_at": started.isoformat(),
            "finished_at": datetime.now(UTC).isoformat(),
            "total_s": round(now - clock, 4),
            "matching_s": round(matched - clock, 4),
            "merging_s": round(now - matched, 4),
            "groups": len(parts),
            "groups_resumed": resumed,
            "threads": threads,
            "over_all_threads": {name: round(n, 4) for name, n in sorted(seconds.items())},
        },
    )
    write_json(out / MANIFEST, manifest)
    try:
        out.rename(final)
    except OSError:
        # Another process gave the same answer in the meantime.
        if not (final / MANIFEST).exists():
            raise
    return RunFolder.open(final)


def _merged(work: Path, parts: list[str], what: str, schema: dict[str, Any], key: list[str]) -> pl.DataFrame:
    frames = [pl.read_parquet(work / f"{part}-{what}.parquet", glob=False) for part in parts]
    return pl.concat([pl.DataFrame(schema=schema), *frames]).sort(key)


def _all_crimes(crimes: pl.DataFrame) -> pl.DataFrame:
    return crimes.sort("force", "crime_ref", "version")


def _crimes_digest(index: CrimeIndex) -> str:
    return digest_json([digest_frame(index.crimes), digest_frame(index.not_matchable)])


def _windows_digest(may: Permitted) -> str:
    return digest_arrays(
        [may.devices, may.wearers],
        [may.offset, may.from_us, may.to_us, may.held_by, may.eligible_offset, may.eligible_from, may.eligible_to],
    )


def _midnight(t_us: int) -> datetime:
    day = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=max(-EVER // 2, t_us))
    return day.replace(hour=0, minute=0, second=0, microsecond=0)


@contextmanager
def _working_in(runs_dir: Path, name: str) -> Iterator[Path]:
    """The plan's working folder, held by this process alone; removed once the run is in place.

    Working folders of other plans that no process holds any more are cleared away.
    """
    runs_dir.mkdir(parents=True, exist_ok=True)
    work = runs_dir / f".work-{name}"
    lock = runs_dir / f".lock-{name}"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        work.mkdir(exist_ok=True)
        yield work
        shutil.rmtree(work)
        lock.unlink(missing_ok=True)
    _clear_abandoned(runs_dir)


def _clear_abandoned(runs_dir: Path) -> None:
    for lock in runs_dir.glob(".lock-*"):
        with lock.open("w") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            shutil.rmtree(runs_dir / lock.name.replace(".lock-", ".work-"), ignore_errors=True)
            lock.unlink(missing_ok=True)
