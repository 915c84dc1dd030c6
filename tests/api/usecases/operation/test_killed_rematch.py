"""A worker killed while it lists what a new version of the matcher says: nothing is listed twice, nothing is lost."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from api.usecases.stores import open_record
from tests.support.clients import Client
from tests.support.older_version import said_by_an_older_version
from tests.support.worlds import World, run_jobs
from tracker.access.roles import Role
from tracker.jobs.tables import MatchJob
from tracker.record.audit.queries import verify_chain
from tracker.review.tables import ChangedMatch, ChangedMatchDecision

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[4]
WORKER = """
import os, signal, sys, threading
from pathlib import Path
import api.usecases.operation.worker as work
from api.settings import read_settings
from api.usecases.stores import open_record

def killed(*_args, **_named):
    os.kill(os.getpid(), signal.SIGKILL)

setattr(work, sys.argv[2], killed)
settings = read_settings({"TAGPILOT_WORKERS": "0"}, home=Path(sys.argv[1]))
work.Worker(settings, open_record(settings)).run_one(threading.Event())
"""


@pytest.mark.parametrize("at", ["note_changes", "update_queue", "judge_pools"])
def test_a_worker_killed_while_it_lists_leaves_nothing_listed_and_the_next_lists_each_once(
    ready: World, as_: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    ana, rob = as_(Role.ANALYST), as_(Role.RELEASER)
    said_by_an_older_version(ready, as_, confirm=("W-inside", "W-passer", "W-away"))
    assert ana.post("/jobs/rematch").status_code == 200
    killed = subprocess.run(
        [sys.executable, "-c", WORKER, str(ready.home), at], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    engine = open_record(ready.settings)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(ChangedMatch)) == 0
        assert connection.scalar(select(MatchJob.state).order_by(MatchJob.id.desc()).limit(1)) == "running"
    # Asked again, the job that has lost its worker is still the one.
    assert len(ana.get("/jobs/rematch").json()["items"]) == 1
    assert ana.post("/jobs/rematch").json()["items"][0]["job"]["state"] == "running"
    assert ana.get("/jobs").json()["total"] == 2
    monkeypatch.setattr("api.usecases.operation.worker.timedelta", lambda **_: _no_time())
    time.sleep(0.01)
    assert run_jobs(ready) == 1
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(ChangedMatch)) == 3
        assert connection.scalar(select(func.count()).select_from(ChangedMatchDecision)) == 0
    assert verify_chain(engine).broken is None
    engine.dispose()
    found = [client.get("/changed-matches").json()["items"] for client in (rob, ana)]
    assert [[each["wearerRef"] for each in items] for items in found] == [["W-inside"], ["W-away", "W-passer"]]
    assert ana.get("/jobs/rematch").json()["items"] == []


def _no_time() -> object:
    from datetime import timedelta

    return timedelta(0)
