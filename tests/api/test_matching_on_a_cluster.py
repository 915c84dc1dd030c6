"""A match on a Dask cluster, from the command line and as a job: the same run, and plain words where it goes wrong."""

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from api.settings import BadSettings, read_settings
from tests.support.clients import ONE_FACTOR
from tests.support.worlds import World, run_jobs
from tracker.access.roles import Role

pytestmark = pytest.mark.slow

NOBODY = "tcp://127.0.0.1:9"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from distributed import LocalCluster

    given: dict[str, Any] = {"threads_per_worker": 1, "processes": True, "dashboard_address": None, "host": "127.0.0.1"}
    with LocalCluster(n_workers=2, **given) as local:
        yield local


def test_the_command_and_a_job_use_the_cluster_and_give_the_run_of_threads(
    ready: World, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = ready.json("match")["run"]["runId"]
    results = _results(ready, here)
    shutil.rmtree(ready.settings.runs_dir)
    spread = ready.json("match", "--executor", "dask", "--scheduler", cluster.scheduler_address)["run"]["runId"]
    assert spread == here
    assert _results(ready, here) == results
    assert _executor(ready, here) == "dask"
    shutil.rmtree(ready.settings.runs_dir)
    environ = {**ready.environ, "TAGPILOT_SCHEDULER": cluster.scheduler_address}
    monkeypatch.setattr(World, "environ", property(lambda _: environ))
    with ready.client_as(Role.ANALYST) as client:
        assert client.post("/jobs", json={"forReview": True}).status_code == 201
        assert run_jobs(ready) == 1
        job = client.get("/jobs").json()["items"][0]
    assert (job["state"], job["runId"]) == ("done", here)
    assert _executor(ready, here) == "dask"
    # Threads, though the environment has a cluster.
    shutil.rmtree(ready.settings.runs_dir)
    ready.json("match", "--executor", "threads")
    assert _executor(ready, here) == "threads"


def test_without_a_cluster_a_sentence_says_what_to_give(ready: World, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = ready.run("match", "--executor", "dask")
    assert nowhere.exit_code == 2
    assert "give the address of its scheduler, --scheduler tcp://host:8786" in nowhere.stderr
    both = ready.run("match", "--executor", "threads", "--scheduler", NOBODY)
    assert both.exit_code == 2
    assert "--scheduler is of a Dask cluster" in both.stderr
    with pytest.raises(
        BadSettings, match=r"TAGPILOT_SCHEDULER is '10\.0\.0\.5'; give an address such as tcp://host:8786"
    ):
        read_settings({**ONE_FACTOR, "TAGPILOT_SCHEDULER": "10.0.0.5"})
    monkeypatch.setattr("matcher.runs.cluster.CONNECT_S", 0.2)
    silent = ready.run("match", "--scheduler", NOBODY)
    assert silent.exit_code == 1
    assert f"no Dask scheduler answers at {NOBODY}" in silent.stderr
    assert "Traceback" not in silent.stderr


def _results(world: World, run_id: str) -> Any:
    return json.loads((world.settings.runs_dir / run_id / "manifest.json").read_text())["results"]


def _executor(world: World, run_id: str) -> Any:
    return json.loads((world.settings.runs_dir / run_id / "timings.json").read_text())["executor"]
