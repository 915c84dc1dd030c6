"""A run spread over processes by Dask: the same answer, and plain words where there is no Dask or no cluster."""

import functools
import importlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from matcher import EVERYONE, Params
from matcher.analysis.chance import chance
from matcher.errors import ClusterLost, ClusterMissing, OtherAlgorithm, RunCancelled
from matcher.runs.folder import RunFolder, list_runs
from matcher.runs.partition import GroupTask
from matcher.runs.run import Progress, run
from matcher.schemas import EVENTS
from matcher.store.fixes import FixStore
from tests.support import walks
from tests.support.same_runs import assert_same_run

pytestmark = pytest.mark.slow

WEARERS = 8


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    rng = np.random.default_rng(20190219)
    fixes = walks.stored_fixes(rng, WEARERS, 2)
    store = FixStore.open(tmp_path_factory.mktemp("world") / "fixes")
    store.append([fixes])
    return {"store": store, "crimes": walks.crimes_among(rng, fixes, 200)}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as local:
        yield local


def run_it(world: dict[str, Any], runs_dir: Path, **given: Any) -> RunFolder:
    return run(
        world["store"],
        world["crimes"],
        assignments=walks.assignments(WEARERS),
        monitored=EVERYONE,
        eligible=EVERYONE,
        params=Params(),
        runs_dir=runs_dir,
        group_fixes=1_000,
        **given,
    )


def test_two_processes_give_the_same_result_as_one(world: dict[str, Any], cluster: Any, tmp_path: Path) -> None:
    told: list[Progress] = []
    events = pl.DataFrame({"device_id": ["D01"], "t": [walks.START], "event": ["off"]}, schema=EVENTS)
    spread = run_it(
        world,
        tmp_path / "spread",
        executor="dask",
        scheduler=cluster.scheduler_address,
        progress=told.append,
        events=events,
    )
    alone = run_it(world, tmp_path / "alone", executor="inline", events=events)
    assert alone.manifest["inputs"]["events"]["rows"] == 1
    assert spread.manifest["counts"]["candidates"] > 50
    assert_same_run(spread, alone)
    assert [p.done for p in told if p.stage == "matching"] == list(range(WEARERS + 1))
    assert told[-1].fixes == WEARERS * 2 * 1440


def test_processes_carry_over_an_earlier_run_as_one_does(world: dict[str, Any], cluster: Any, tmp_path: Path) -> None:
    crimes = world["crimes"]
    before = run_it({**world, "crimes": crimes[:150]}, tmp_path / "before")
    amended = {**world, "crimes": crimes[10:]}
    spread = run_it(amended, tmp_path / "spread", executor="dask", scheduler=cluster.scheduler_address, previous=before)
    assert spread.timings["carried_over"] == {"previous": before.run_id, "wearers": WEARERS, "crimes": 140}
    assert_same_run(spread, run_it(amended, tmp_path / "alone"))


def test_a_run_cancelled_on_a_cluster_continues(world: dict[str, Any], cluster: Any, tmp_path: Path) -> None:
    told: list[Progress] = []
    with pytest.raises(RunCancelled, match="1 of 8"):
        run_it(
            world,
            tmp_path,
            executor="dask",
            scheduler=cluster.scheduler_address,
            progress=told.append,
            cancel=lambda: len(told) > 1,
        )
    assert list_runs(tmp_path) == []
    folder = run_it(world, tmp_path)
    assert folder.timings["groups_resumed"] >= 1
    assert_same_run(folder, run_it(world, tmp_path / "whole"))


def test_what_a_cancelled_worker_writes_late_does_not_reach_the_run_that_continues(
    world: dict[str, Any], cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task that has begun cannot be cancelled: its worker wrote its part while the continued run merged its own."""
    told: list[Progress] = []
    gate = tmp_path / "write"

    def chance_while_workers_write(*given: Any) -> Any:
        # Here the parts have been read once, and are read a second time afterwards.
        gate.touch()
        deadline = time.monotonic() + 60
        while not any(tmp_path.glob("written-*")):
            assert time.monotonic() < deadline, "no worker wrote late"
            time.sleep(0.01)
        return chance(*given)

    with workers_that_wait(cluster, gate):
        with pytest.raises(RunCancelled):
            run_it(
                world,
                tmp_path / "runs",
                executor="dask",
                scheduler=cluster.scheduler_address,
                progress=told.append,
                cancel=lambda: len(told) > 1,
            )
        with monkeypatch.context() as patched:
            patched.setattr("matcher.runs.merge.chance", chance_while_workers_write)
            folder = run_it(world, tmp_path / "runs")
    assert folder.timings["groups_resumed"] >= 1
    assert_same_run(folder, run_it(world, tmp_path / "whole"))


@contextmanager
def workers_that_wait(cluster: Any, gate: Path) -> Iterator[None]:
    """Workers write the first part at once, and every other when `gate` is there; then they say so in a file there."""
    import distributed

    def hold_back() -> None:
        partition: Any = importlib.import_module("matcher.runs.partition")
        write = partition.write_part

        def late(work: Path, part: str, frames: Any, summary: dict[str, Any]) -> Any:
            if part == "part-00000":
                return write(work, part, frames, summary)
            while not gate.exists():
                time.sleep(0.01)
            # Other seconds than the local run measures, so the head of the file has another length.
            written = write(work, part, frames, {"seconds": {"read_s": 0.5, "match_s": 0.25}})
            (gate.parent / f"written-{part}").touch()
            return written

        partition.write_at_once, partition.write_part = write, late

    def let_go() -> None:
        partition: Any = importlib.import_module("matcher.runs.partition")
        # One that was begun since holds nothing back.
        partition.write_part = getattr(partition, "write_at_once", partition.write_part)

    dask: Any = distributed
    with dask.Client(cluster.scheduler_address, set_as_default=False) as client:
        client.run(hold_back)
        try:
            yield
        finally:
            gate.touch()
            client.run(let_go)


def test_a_worker_killed_in_the_middle_leaves_the_same_run(world: dict[str, Any], cluster: Any, tmp_path: Path) -> None:
    killed: list[int] = []
    gate = tmp_path / "go on"

    def kill_the_first(at: Progress) -> None:
        if at.done and not killed:
            # Those that have a part already wait to write it.
            with dask.Client(cluster.scheduler_address, set_as_default=False) as client:
                killed.append(next(iter(client.run(os.getpid).values())))
            os.kill(killed[0], signal.SIGKILL)
            gate.touch()

    dask: Any = importlib.import_module("distributed")
    with workers_that_wait(cluster, gate):
        given: dict[str, Any] = {"executor": "dask", "scheduler": cluster.scheduler_address}
        spread = run_it(world, tmp_path / "spread", progress=kill_the_first, **given)
    assert killed
    assert_same_run(spread, run_it(world, tmp_path / "alone", executor="inline"))


def test_a_scheduler_that_goes_away_is_told_and_the_run_goes_on_from_there(
    world: dict[str, Any], tmp_path: Path
) -> None:
    dask: Any = importlib.import_module("distributed")
    given: dict[str, Any] = {"threads_per_worker": 1, "processes": False, "dashboard_address": ":0"}
    local = dask.LocalCluster(n_workers=1, protocol="tcp://", host="127.0.0.1", **given)

    def close_after_the_first(at: Progress) -> None:
        if at.done == 1:
            local.close()

    with pytest.raises(ClusterLost, match=r"its scheduler went away\. What had been matched is kept"):
        run_it(world, tmp_path, executor="dask", scheduler=local.scheduler_address, progress=close_after_the_first)
    folder = run_it(world, tmp_path)
    assert folder.timings["groups_resumed"] >= 1


def test_a_worker_with_another_version_of_the_matcher_refuses(
    world: dict[str, Any], cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = functools.partial(GroupTask, algorithm="3")
    monkeypatch.setattr("matcher.runs.run.GroupTask", older)
    with pytest.raises(OtherAlgorithm, match="has version 4 of the matcher, and this is version 3"):
        run_it(world, tmp_path, executor="dask", scheduler=cluster.scheduler_address)


def test_without_dask_the_message_says_what_to_install(
    world: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterMissing, match=r"pip install \"tagpilot\[cluster\]\""):
        run_it(world, tmp_path, executor="dask", scheduler="tcp://127.0.0.1:8786")


def test_without_a_cluster_the_message_says_what_to_give(world: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ClusterMissing, match="give the address of a scheduler"):
        run_it(world, tmp_path, executor="dask")
