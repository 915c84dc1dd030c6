"""Nothing is begun that may not fit, and nobody fills the queue or the disk alone."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import Engine

from api.cli.main import in_one_line
from api.disk import disk_words, is_full, require_space
from api.errors import NoSpace
from api.http.app import create_app
from api.settings import Settings
from tests.support.clients import FILE, Client, log_in
from tests.support.worlds import World
from tracker.access.roles import Role
from tracker.errors import TooMuchWaiting
from tracker.jobs import service as jobs
from tracker.jobs.quota_queries import Quota
from tracker.jobs.states import JobKind

ENDLESS_MB = "90000000"
NOW = datetime(2019, 9, 10, 12, tzinfo=UTC)
FIXES = "/imports/fixes?name=may.csv"


@contextmanager
def _as(world: World, role: Role, name: str | None = None, **settings: Any) -> Iterator[Client]:
    chosen = replace(world.settings, **settings)
    with TestClient(create_app(chosen), base_url="http://127.0.0.1:8019") as client:
        log_in(client, chosen, role, name)
        yield client


def _files(home: Path) -> dict[str, int]:
    """What is under a home, without the database, which notes a login."""
    return {
        path.relative_to(home).as_posix(): path.stat().st_size
        for path in home.rglob("*")
        if path.is_file() and not path.name.startswith("tagpilot.sqlite3")
    }


def test_a_file_is_refused_with_507_before_a_byte_of_it_is_stored(world: World) -> None:
    with _as(world, Role.ANALYST, disk_floor_mb=int(ENDLESS_MB)) as ana:
        before = _files(world.home)
        answer = ana.post(FIXES, content=b"a,b\n1,2\n", headers=FILE)
        assert answer.status_code == 507
        assert answer.json()["type"] == "urn:tagpilot:problem:no-space"
        assert "TAGPILOT_DISK_FLOOR_MB" in answer.json()["detail"]
        assert ana.get("/imports").json()["total"] == 0
    assert _files(world.home) == before


def test_a_match_is_not_begun_below_the_floor(world: World) -> None:
    with _as(world, Role.ANALYST, disk_floor_mb=int(ENDLESS_MB)) as ana:
        assert ana.post("/jobs", json={}).status_code == 507
        assert ana.get("/jobs").json()["total"] == 0


COMMANDS: dict[str, Callable[[World, Path], tuple[Any, ...]]] = {
    "import": lambda world, _: ("import", "fixes", world.files / "fixes.csv"),
    "match": lambda _world, _: ("match", "--everyone", "--everyone-monitored"),
    "backup": lambda _world, out: ("backup", out / "backup.tar"),
    "restore": lambda _world, out: ("restore", out / "made.tar", "--home", out / "again"),
}


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_says_that_the_disk_is_too_full_and_changes_nothing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    world.may_keep()
    for words in (
        ("import", "crimes", world.files / "crimes.csv", "--format", "headed"),
        ("import", "fixes", world.files / "fixes.csv"),
        ("import", "assignments", world.files / "assignments.csv"),
        ("backup", tmp_path / "made.tar"),
    ):
        assert world.run(*words).exit_code == 0
    before = _files(world.home)
    monkeypatch.setenv("TAGPILOT_DISK_FLOOR_MB", ENDLESS_MB)
    where = World(tmp_path / "again", world.files) if command == "restore" else world
    words = COMMANDS[command](world, tmp_path)
    found = where.run(*(words[:2] if command == "restore" else words))
    assert found.exit_code == 1
    assert "was not begun, and nothing was changed" in found.stderr
    assert "Traceback" not in found.output
    assert _files(world.home) == before
    assert not (tmp_path / "backup.tar").exists()
    assert not (tmp_path / "again").exists()


def test_what_is_needed_counts_beside_the_floor(tmp_path: Path) -> None:
    require_space(tmp_path / "not" / "there", 0, "the import")
    with pytest.raises(NoSpace, match=r"The import was not begun.*it needs 1,048,576,000 MB and 0 MB"):
        require_space(tmp_path, 0, "the import", needs=1_048_576_000 << 20)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_reads_the_same_whichever_library_met_it(number: int) -> None:
    ours = OSError(number, "No space left on device", "/srv/W00042.parquet")
    rust = RuntimeError(f"ComputeError: No space left on device (os error {int(number)}): /srv/W00042")
    for error in (ours, rust):
        assert is_full(error)
        assert in_one_line(error) == disk_words(error)
        assert "W00042" not in str(disk_words(error))


def _one_place(engine: Engine, by: str, quota: Quota, size: int = 0) -> None:
    asked = {"kind": "fixes", "name": "a.csv", "sha256": "ab", "size": size, "options": {}}
    jobs.create(engine, asked, kind=JobKind.IMPORT, by=by, now=NOW, clock=NOW, quota=quota)


def test_a_user_s_quota_leaves_room_for_others_and_all_share_one(engine: Engine) -> None:
    quota = Quota(jobs=3, jobs_each=2, uploads_mb=100, uploads_each_mb=100)
    _one_place(engine, "ana", quota)
    _one_place(engine, "ana", quota)
    with pytest.raises(TooMuchWaiting, match="2 jobs of yours wait or run already; 2 is the most"):
        _one_place(engine, "ana", quota)
    _one_place(engine, "bea", quota)
    with pytest.raises(TooMuchWaiting, match="3 jobs wait or run already; 3 is the most"):
        _one_place(engine, "cleo", quota)
    claimed = jobs.claim(engine, "worker", now=NOW, clock=NOW)
    assert claimed is not None
    jobs.fail(engine, claimed, "a test", now=NOW, clock=NOW)
    _one_place(engine, "cleo", quota)


def test_the_size_of_files_that_wait_has_a_limit_too(engine: Engine) -> None:
    quota = Quota(jobs=99, jobs_each=99, uploads_mb=3, uploads_each_mb=2)
    _one_place(engine, "ana", quota, 2 << 20)
    with pytest.raises(TooMuchWaiting, match="Your files that wait to be imported have 2 MB, and this one 1 MB"):
        _one_place(engine, "ana", quota, 1)
    _one_place(engine, "bea", quota, 1 << 20)
    with pytest.raises(TooMuchWaiting, match="The files that wait to be imported have 3 MB"):
        _one_place(engine, "cleo", quota, 1)


def test_over_the_quota_is_429_and_the_file_is_not_kept(world: World) -> None:
    assert world.may_keep()
    with _as(world, Role.ANALYST, most_jobs_each=1) as ana:
        assert ana.post(FIXES, content=b"a,b\n1,2\n", headers=FILE).status_code == 202
        refused = ana.post(FIXES, content=b"a,b\n3,4\n", headers=FILE)
        assert refused.status_code == 429
        assert refused.json()["type"] == "urn:tagpilot:problem:quota-reached"
        assert int(refused.headers["retry-after"]) > 0
        assert ana.post("/jobs", json={}).status_code == 429
    assert len(list((world.home / "uploads").iterdir())) == 1


def test_a_file_refused_at_the_last_moment_is_not_kept_and_that_of_another_job_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its length was not stated, so only its end shows that it is over."""
    monkeypatch.setattr("api.http.routes.imports.import_jobs.require_room", lambda *_: None)

    def pieces(letter: bytes) -> Iterator[bytes]:
        yield letter * (1 << 20)

    def uploads() -> int:
        return len(list((world.home / "uploads").iterdir()))

    with _as(world, Role.ANALYST, most_uploads_each_mb=1) as ana:
        assert ana.post(FIXES, content=pieces(b"a"), headers=FILE).status_code == 202
        assert ana.post(FIXES, content=pieces(b"b"), headers=FILE).status_code == 429
        assert uploads() == 1
        assert ana.post(FIXES, content=pieces(b"a"), headers=FILE).status_code == 429
        assert uploads() == 1


def test_the_settings_read_their_limits(tmp_path: Path) -> None:
    from api.settings import read_settings

    names = {
        "TAGPILOT_MOST_UPLOADS_MB": "most_uploads_mb",
        "TAGPILOT_MOST_UPLOADS_EACH_MB": "most_uploads_each_mb",
        "TAGPILOT_MOST_JOBS": "most_jobs",
        "TAGPILOT_MOST_JOBS_EACH": "most_jobs_each",
        "TAGPILOT_DISK_FLOOR_MB": "disk_floor_mb",
    }
    read: Settings = read_settings({name: str(7 + n) for n, name in enumerate(names)}, home=tmp_path)
    assert [getattr(read, field) for field in names.values()] == [7, 8, 9, 10, 11]
