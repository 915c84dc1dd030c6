"""Workers and servers killed at any moment: every job ends, once, with the same answer, and the audit is whole."""

import hashlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from api.usecases.stores import open_record
from tests.proofs.recorder import Proof
from tests.support.evaluation_world import populate
from tests.support.programs import TAGPILOT, Program
from tests.support.worlds import World, tag_all_four, write_files
from tracker.evaluation.cohort.parse import parse
from tracker.evaluation.releases.queries import exports
from tracker.jobs import queries as job_queries
from tracker.jobs import service as jobs
from tracker.jobs.states import JobKind, JobState
from tracker.record.audit.queries import verify_chain
from tracker.review.tables import Match

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def spawn(world: World, log: Path, *words: str) -> Program:
    environ = {**os.environ, "TAGPILOT_SILENT_AFTER_S": "2"}
    with log.open("ab") as out:
        return Program(TAGPILOT, [*words, "--home", world.home], environ=environ, stdout=out, stderr=out)


def ask(engine: Engine) -> int:
    return jobs.create(engine, {"forReview": True}, by="ana", now=datetime.now(UTC), clock=datetime.now(UTC)).job_id


def job_of(engine: Engine, job_id: int, kind: JobKind = JobKind.MATCH) -> job_queries.Job:
    with engine.connect() as connection:
        return job_queries.job_of(connection, job_id, kind)


def kill_and_finish(
    world: World,
    engine: Engine,
    tmp_path: Path,
    rng: random.Random,
    words: tuple[str, ...],
    asked: Callable[[Engine], int] = ask,
    kind: JobKind = JobKind.MATCH,
) -> str:
    """A process killed at a random moment of the job, and another that ends it; where the first one was."""
    job_id, log = asked(engine), tmp_path / "log"
    seen = log.stat().st_size if log.exists() else 0
    first = spawn(world, log, *words)
    deadline = time.monotonic() + 60
    while b"job_begun" not in log.read_bytes()[seen:]:
        assert first.poll() is None, log.read_text()[-2000:]
        assert time.monotonic() < deadline
        time.sleep(0.002)
    time.sleep(rng.uniform(0.0, 0.4))
    first.send_signal(signal.SIGKILL)
    first.wait()
    left = job_of(engine, job_id, kind).state
    second = spawn(world, log, *words)
    try:
        while (job := job_of(engine, job_id, kind)).state not in (JobState.DONE, JobState.FAILED):
            assert second.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() < deadline, job
            time.sleep(0.1)
    finally:
        second.send_signal(signal.SIGTERM)
        assert second.wait(timeout=30) is not None
    assert job.state is JobState.DONE, job.why
    assert job.attempts <= 2
    return left.value


def check(world: World, engine: Engine, run_id: str) -> None:
    """The same answer as the command line's, each match once, nothing broken in the audit."""
    told: Any = world.json("match")
    assert told["run"]["runId"] == run_id
    with engine.connect() as connection:
        matches = connection.scalar(select(func.count()).select_from(Match))
    assert matches == told["run"]["candidates"]["candidates"]
    assert verify_chain(engine).broken is None


def killed_often(
    empty_engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, times: int, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("TAGPILOT_DATABASE_URL", empty_engine.url.render_as_string(hide_password=False))
    write_files(tmp_path / "files")
    world = World(tmp_path / "home", tmp_path / "files")
    monkeypatch.setattr(type(world), "settings", property(_by_environment))
    tag_all_four(world)
    engine = open_record(world.settings)
    rng = random.Random(7)
    caught: list[str] = []
    # At least one has to be killed while it works, or nothing was tried.
    while len(caught) < times or ("running" not in caught and len(caught) < 10 * times):
        caught.append(kill_and_finish(world, engine, tmp_path, rng, words))
    check(world, engine, str(job_of(engine, len(caught)).run_id))
    engine.dispose()
    assert "running" in caught


def _by_environment(world: World) -> Any:
    from api.settings import read_settings

    return read_settings(home=world.home)


def test_a_killed_workers_job_is_ended_by_another(
    empty_engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    killed_often(empty_engine, monkeypatch, tmp_path, 1, ("worker",))


@pytest.mark.prove("killed-worker")
@pytest.mark.parametrize("words", [("worker",), ("serve", "--port", "8397")], ids=["worker", "server"])
def test_killed_twenty_times(
    proof: Proof, empty_engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: tuple[str, ...]
) -> None:
    killed_often(empty_engine, monkeypatch, tmp_path, 20, words)
    proof.material("kills of a process that matches, at least one while it works", 20, "7")


@pytest.mark.parametrize("times", [1, pytest.param(15, marks=pytest.mark.prove("killed-export"))])
def test_an_export_is_made_once_whenever_its_worker_is_killed(
    proof: Proof, empty_engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, times: int
) -> None:
    """Each job has one export on the ledger, with all its files; the audit is whole."""
    monkeypatch.setenv("TAGPILOT_DATABASE_URL", empty_engine.url.render_as_string(hide_password=False))
    world = World(tmp_path / "home", tmp_path / "files")
    monkeypatch.setattr(type(world), "settings", property(_by_environment))
    world.home.mkdir()
    (world.home / "today").write_text("2021-06-01\n")
    engine = open_record(world.settings)
    populate(engine, 4, 60)
    plain = {"purpose": "impact analysis", "justification": "evaluation plan", "as_at": "2021-05-31"}
    definition = parse({**plain, "columns": ["group", "worn_weeks"], "small_classes": "blank"}).plain()

    def asked(engine: Engine) -> int:
        told = {"programme": "gps-knife-licence", "definition": definition, "days": None}
        now = datetime(2021, 6, 1, 12, tzinfo=UTC)
        return jobs.create(engine, told, kind=JobKind.COHORT, by="eva", now=now, clock=datetime.now(UTC)).job_id

    proof.material("kills of a worker that makes an export", times, "11")
    rng = random.Random(11)
    for _ in range(times):
        kill_and_finish(world, engine, tmp_path, rng, ("worker",), asked, JobKind.COHORT)
    with engine.connect() as connection:
        held = exports(connection)
        runs = [job.run_id for job in job_queries.jobs(connection, kind=JobKind.COHORT)[0]]
    assert [e.number for e in held] == sorted(int(str(run)) for run in runs)
    assert len(held) == times
    for export in held:
        folder = world.settings.exports_dir / export.folder
        names = {"manifest.json", *export.manifest["files"]}
        assert {path.name for path in folder.iterdir()} == names
        for name, told in export.manifest["files"].items():
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == told["sha256"]
    assert verify_chain(engine).broken is None
    engine.dispose()


def test_where_nothing_can_be_written_a_job_fails_clearly_or_waits_and_nothing_is_harmed(
    empty_engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A disk that takes no more: files of a worker may not grow over a kilobyte. With PostgreSQL the job is failed and
    says why; SQLite itself cannot write then, so the job waits for a worker who can."""
    monkeypatch.setenv("TAGPILOT_DATABASE_URL", empty_engine.url.render_as_string(hide_password=False))
    write_files(tmp_path / "files")
    world = World(tmp_path / "home", tmp_path / "files")
    monkeypatch.setattr(type(world), "settings", property(_by_environment))
    tag_all_four(world)
    engine = open_record(world.settings)
    first = ask(engine)
    environ = {**os.environ, "TAGPILOT_SILENT_AFTER_S": "2"}
    words = ["--home", world.home]
    full = Program(_FULL, words, environ=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    is_sqlite = engine.dialect.name == "sqlite"
    deadline = time.monotonic() + (8 if is_sqlite else 60)
    while time.monotonic() < deadline and job_of(engine, first).state is not JobState.FAILED:
        assert full.poll() is None
        time.sleep(0.2)
    left = job_of(engine, first)
    full.send_signal(signal.SIGKILL)
    full.wait()
    if is_sqlite:
        assert left.state in (JobState.QUEUED, JobState.RUNNING)
    else:
        assert left.state is JobState.FAILED
        assert "free space" in str(left.why).lower()
        first = ask(engine)
    second = spawn(world, tmp_path / "log", "worker")
    deadline = time.monotonic() + 60
    while job_of(engine, first).state is not JobState.DONE:
        assert time.monotonic() < deadline, job_of(engine, first)
        time.sleep(0.1)
    second.send_signal(signal.SIGTERM)
    second.wait(timeout=30)
    check(world, engine, str(job_of(engine, first).run_id))
    engine.dispose()


_FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
from api.cli.main import main
sys.argv = ["tagpilot", "worker", *sys.argv[1:]]
main()
"""
