"""What server and worker write while they work: JSON lines and nothing else, of no file by its name and of nobody."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

from api.usecases.stores import open_record
from tests.support.clients import CHEAP, FILE, PASSWORD
from tests.support.evaluation_world import NOW, TODAY, Secrets, populate
from tests.support.programs import TAGPILOT, Program
from tests.support.worlds import NAME, WEARERS, World, tag_all_four, write_files
from tracker.access.roles import Role
from tracker.access.user_service import add_user
from tracker.evaluation.cohort.parse import parse
from tracker.jobs import queries as job_queries
from tracker.jobs import service as jobs
from tracker.jobs.states import JobKind, JobState

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
OPERATION = "Operation Sample"
"""In the name of every file that is sent."""
DEFINITION = {
    "purpose": "impact analysis",
    "justification": "evaluation plan",
    "as_at": "2021-05-31",
    "columns": ["group", "worn_weeks"],
    "small_classes": "blank",
}


@contextmanager
def running(world: World, log: IO[bytes], *words: str) -> Iterator[Program]:
    environ = {**os.environ, "TAGPILOT_WORKERS": "0"}
    command = [*words, "--home", world.home]
    with Program(TAGPILOT, command, environ=environ, stdout=subprocess.DEVNULL, stderr=log) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) in (0, -signal.SIGTERM)


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


@contextmanager
def logged_in(port: int, process: Program) -> Iterator[httpx.Client]:
    deadline = time.monotonic() + 60
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        while True:
            assert process.poll() is None
            assert time.monotonic() < deadline
            try:
                answer = client.post("/auth/login", json={"name": "ana", "password": PASSWORD})
                break
            except httpx.TransportError:
                time.sleep(0.1)
        assert answer.status_code == 200, answer.text
        client.headers["authorization"] = f"Bearer {answer.json()['accessToken']}"
        yield client


def ended(client: httpx.Client, address: str) -> dict[str, Any]:
    deadline = time.monotonic() + 90
    while True:
        found: dict[str, Any] = client.get(address).json()
        if found["state"] in ("done", "failed"):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


def send(client: httpx.Client, kind: str, content: bytes, **params: str) -> dict[str, Any]:
    answer = client.post(
        f"/imports/{kind}", params={"name": f"{OPERATION} {kind}.csv", **params}, content=content, headers=FILE
    )
    assert answer.status_code == 202, answer.text
    return ended(client, f"/imports/{answer.json()['id']}")


def work(client: httpx.Client, world: World) -> None:
    """Imports that go well, in part, and not at all; a match; an export; requests that are refused."""
    crimes = (world.files / "crimes.csv").read_bytes()
    assert send(client, "fixes", (world.files / "fixes.csv").read_bytes())["outcome"] == "successful"
    assert send(client, "crimes", crimes + b"Metropolitan,x,,,,,,\n")["outcome"] == "partial"
    assert send(client, "crimes", b"a,b\nW-inside,2\n")["state"] == "failed"
    assert send(client, "crimes", "force\n".encode("utf-16"))["state"] == "failed"
    assert send(client, "fixes", crimes)["state"] == "failed"
    match = client.post("/jobs", json={})
    assert match.status_code == 201, match.text
    assert ended(client, f"/jobs/{match.json()['id']}")["state"] == "done"
    assert client.get("/crimes/Metropolitan/W-inside").status_code == 404
    assert client.get("/matches", params={"wearerRef": "W-inside"}).status_code == 200
    assert client.get("/nowhere/W-inside").status_code == 404


def populated(folder: Path) -> tuple[World, Secrets]:
    """A home with people enough for an export, and what must not be told of them."""
    world = World(folder / "evaluated", folder / "files")
    world.home.mkdir()
    (world.home / "today").write_text(f"{TODAY}\n")
    engine = open_record(world.settings)
    secrets = populate(engine, 4, 60)
    engine.dispose()
    return world, secrets


def export(world: World) -> None:
    engine = open_record(world.settings)
    asked = {"programme": "gps-knife-licence", "definition": parse(DEFINITION).plain(), "days": None}
    said: dict[str, Any] = {"by": "eva", "now": NOW, "clock": datetime.now(UTC)}
    job = jobs.create(engine, asked, kind=JobKind.COHORT, **said).job_id
    deadline = time.monotonic() + 60
    while True:
        with engine.connect() as connection:
            found = job_queries.job_of(connection, job, JobKind.COHORT)
        if found.state in (JobState.DONE, JobState.FAILED):
            break
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    engine.dispose()
    assert found.state is JobState.DONE, found.why


def test_server_and_worker_log_json_lines_and_nothing_else_and_name_no_file_and_nobody(tmp_path: Path) -> None:
    write_files(tmp_path / "files")
    world = World(tmp_path / "home", tmp_path / "files")
    tag_all_four(world)
    engine = open_record(world.settings)
    add_user(engine, "ana", Role.ANALYST, PASSWORD, how=CHEAP, by="a test", now=datetime(2019, 9, 10, tzinfo=UTC))
    engine.dispose()
    evaluated, secrets = populated(tmp_path)
    port = free_port()
    logs = {name: tmp_path / f"{name}.log" for name in ("server", "worker", "exporter")}
    with (
        logs["server"].open("wb") as server_log,
        logs["worker"].open("wb") as worker_log,
        logs["exporter"].open("wb") as exporter_log,
        running(world, server_log, "serve", "--port", str(port)) as server,
        running(world, worker_log, "worker"),
        logged_in(port, server) as client,
    ):
        work(client, world)
        with running(evaluated, exporter_log, "worker"):
            export(evaluated)
    events = {name: [json.loads(line) for line in log.read_bytes().splitlines()] for name, log in logs.items()}
    assert {"request"} <= {line["event"] for line in events["server"]}
    assert {"job_begun", "job_done", "job_failed"} <= {line["event"] for line in events["worker"]}
    assert {"job_begun", "job_done"} <= {line["event"] for line in events["exporter"]}
    for log in logs.values():
        text = log.read_text()
        for private in (OPERATION, ".csv", NAME, "/19", *(f"{letter}-{who}" for letter in "WDL" for who in WEARERS)):
            assert private not in text
        for private in secrets.texts:
            assert private not in text
