"""A worker killed while it lists what a new version of the matcher says: nothing is listed twice, nothing is lost."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from api.usecases.stores import open_record
from tests.support.clients import Client
from tests.support.older_version import said_by_an_older_version
from tests.support.programs import run_program
from tests.support.worlds import World, done, run_jobs
from tracker.access.roles import Role
from tracker.jobs.tables import MatchJob
from tracker.record.audit.queries import verify_chain
from tracker.review.pool_staging_service import staged_pools
from tracker.review.tables import ChangedMatch, ChangedMatchDecision

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[4]
WORKER = """
import os, signal, sys, threading
from pathlib import Path
import api.usecases.matching.match_jobs as keeping
import api.usecases.operation.worker as work
from tracker.review import pool_staging_service
from api.settings import read_settings
from api.usecases.stores import open_record

def killed(*_args, **_named):
    os.kill(os.getpid(), signal.SIGKILL)

pool_staging_service.FEWEST = 1
real = getattr(keeping if hasattr(keeping, sys.argv[2]) else pool_staging_service, sys.argv[2])

def after(*args, **named):
    real(*args, **named)
    killed()

for module in (keeping, pool_staging_service):
    if hasattr(module, sys.argv[2]):
        setattr(module, sys.argv[2], after if sys.argv[3] == "after" else killed)
settings = read_settings({"TAGPILOT_WORKERS": "0"}, home=Path(sys.argv[1]))
work.Worker(settings, open_record(settings)).run_one(threading.Event())
"""


@pytest.mark.parametrize("at", ["write_crimes after", "note_changes before", "judge_pools before", "judge_pools after"])
def test_a_worker_killed_while_it_lists_leaves_nothing_listed_and_the_next_lists_each_once(
    ready: World, as_: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    ana, rob = as_(Role.ANALYST), as_(Role.RELEASER)
    said_by_an_older_version(ready, as_, confirm=("W-inside", "W-passer", "W-away"))
    assert ana.post("/jobs/rematch").status_code == 200
    killed = run_program(WORKER, ready.home, *at.split())
    assert killed.returncode == -signal.SIGKILL
    engine = open_record(ready.settings)
    # What was staged is named, counts for nothing, and goes.
    assert len(staged_pools(engine)) == 1
    done(ready, "verify", "--deep")
    (left,) = ready.json("tidy", "--yes")["items"]
    assert (left["what"], left["bytes"]) == ("pool of a match that was cut short, or that was replaced", 0)
    assert staged_pools(engine) == []
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
