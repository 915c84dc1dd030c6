"""A server's workers: started, woken, started again when they die, and ended with the server, however that ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from api.settings import read_settings
from api.usecases.operation import worker_processes
from api.usecases.operation.worker_processes import WorkerProcesses

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[4]
WORKER = """
import os, sys
told = open(sys.argv[1], "a", buffering=1)
told.write(f"began {os.getpid()}\\n")
for line in sys.stdin:
    told.write("woken\\n")
told.write("ended\\n")
"""
"""Does nothing but write down what it is told."""
SERVER = """
import sys, time
from pathlib import Path
from api.settings import read_settings
from api.usecases.operation.worker_processes import WorkerProcesses
workers = WorkerProcesses(read_settings({}, home=Path("home")), [sys.executable, "-c", sys.argv[1], sys.argv[2]])
workers.start()
time.sleep(60)
"""


def _until(so: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class Told:
    def __init__(self, path: Path) -> None:
        self.path = path

    def lines(self) -> list[str]:
        return self.path.read_text().splitlines() if self.path.exists() else []

    def pids(self) -> list[int]:
        return [int(line.split()[1]) for line in self.lines() if line.startswith("began")]


@contextmanager
def workers(tmp_path: Path, n: int = 1) -> Iterator[tuple[WorkerProcesses, Told]]:
    told = Told(tmp_path / "told")
    settings = replace(read_settings({}, home=tmp_path / "home"), workers=n)
    made = WorkerProcesses(settings, [sys.executable, "-c", WORKER, str(told.path)])
    made.start()
    try:
        _until(lambda: len(told.pids()) == n)
        yield made, told
    finally:
        made.stop()


def test_each_is_woken_and_ends_with_the_server(tmp_path: Path) -> None:
    with workers(tmp_path, 2) as (made, told):
        made.wake()
        _until(lambda: told.lines().count("woken") == 2)
        pids = told.pids()
    assert told.lines().count("ended") == 2
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_one_that_is_killed_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_processes, "FIRST_WAIT_S", 0.05)
    with workers(tmp_path) as (made, told):
        os.kill(told.pids()[0], signal.SIGKILL)
        _until(lambda: len(told.pids()) == 2)
        made.wake()
        _until(lambda: "woken" in told.lines())


def test_one_that_cannot_live_is_not_started_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_processes, "FIRST_WAIT_S", 0.2)
    told = Told(tmp_path / "told")
    dies = WORKER.split("for line")[0]
    made = WorkerProcesses(read_settings({}, home=tmp_path / "home"), [sys.executable, "-c", dies, str(told.path)])
    made.start()
    time.sleep(3)
    made.stop()
    # After 0.4, 0.8, 1.6 seconds and so on, besides the time that each takes to start and end.
    assert 1 <= len(told.pids()) <= 4


def test_waking_a_worker_that_reads_nothing_keeps_nobody_waiting(tmp_path: Path) -> None:
    told = Told(tmp_path / "told")
    reads_nothing = WORKER.split("for line")[0] + "import time\ntime.sleep(60)"
    settings = read_settings({}, home=tmp_path / "home")
    made = WorkerProcesses(settings, [sys.executable, "-c", reads_nothing, str(told.path)])
    made.start()
    _until(told.pids)
    for _ in range(100_000):  # More than a pipe has room for.
        made.wake()
    os.kill(told.pids()[0], signal.SIGKILL)
    made.stop()


def test_a_server_that_is_killed_takes_its_workers_along(tmp_path: Path) -> None:
    told = Told(tmp_path / "told")
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen([sys.executable, "-c", SERVER, WORKER, str(told.path)], env=environ, cwd=tmp_path)
    _until(told.pids)
    server.kill()
    server.wait()
    _until(lambda: "ended" in told.lines())
