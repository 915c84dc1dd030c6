"""What `tagpilot serve` sets up before it answers."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine

from api.cli.commands.serve import listen
from api.settings import read_settings
from api.usecases.stores import open_record
from tests.support.served import free_port, served
from tests.support.worlds import World
from tracker.jobs import queries as job_queries
from tracker.jobs import service as jobs
from tracker.jobs.states import JobKind, JobState

ROOT = Path(__file__).parents[3]
UNREAD = {"pyarrow", "scipy.optimize", "scipy.stats", "statsmodels", "geopandas", "pandas", "shapely", "deltalake"}
"""Only jobs and rare questions need them; together they take a quarter of a gigabyte."""


def test_small_answers_are_sent_at_once(tmp_path: Path) -> None:
    # asyncio sets TCP_NODELAY on what it accepts only where the listening socket names its protocol.
    with closing(listen(read_settings({}, home=tmp_path, port=free_port()))) as held:
        assert held.proto == socket.IPPROTO_TCP


@pytest.mark.slow
def test_a_server_does_without_what_only_its_workers_need() -> None:
    code = f"import sys; import api.http.app; assert not {UNREAD!r} & set(sys.modules), {UNREAD!r} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_worker_of_a_server_that_is_killed_is_replaced_and_its_job_done(ready: World, tmp_path: Path) -> None:
    engine, log = open_record(ready.settings), tmp_path / "log"
    with served(ready.home, log, TAGPILOT_SILENT_AFTER_S="2", TAGPILOT_WORKERS="1"):
        first = _worker(ready.home)
        job_id = jobs.create(engine, {"forReview": True}, by="ana", now=_now(), clock=_now()).job_id
        os.kill(first.pid, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while _state(engine, job_id) is not JobState.DONE:
            assert time.monotonic() < deadline, log.read_text()[-2000:]
            time.sleep(0.1)
        second = _worker(ready.home)
        assert second.pid != first.pid
    assert not second.is_running()
    assert '"worker_ended"' in log.read_text()


@pytest.mark.slow
def test_a_worker_ends_with_a_server_that_is_killed(ready: World, tmp_path: Path) -> None:
    with served(ready.home, tmp_path / "log", TAGPILOT_WORKERS="1"):
        worker = _worker(ready.home)
        server = worker.parent()
        assert server is not None
        server.kill()
        worker.wait(timeout=30)


def _worker(home: Path) -> psutil.Process:
    """Of the server over this home: those of other tests, begun by this process too, may still be at work."""
    deadline = time.monotonic() + 60
    while True:
        for each in psutil.Process().children(recursive=True):
            try:
                if {"--of-a-server", f"--home={home.absolute()}"} <= set(each.cmdline()):
                    return each
            except psutil.NoSuchProcess:
                continue
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _state(engine: Engine, job_id: int) -> JobState:
    with engine.connect() as connection:
        return job_queries.job_of(connection, job_id, JobKind.MATCH).state


def _now() -> datetime:
    return datetime.now(UTC)
