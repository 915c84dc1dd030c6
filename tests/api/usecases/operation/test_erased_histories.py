"""Random histories of a home, an erasure that may be killed, and then a scan of every byte: on SQLite and PostgreSQL.

A history: imports that are good, bad or killed, matches, a package, exports, replays, backups, a restore; work is
killed by kill -9 anywhere inside. After the erasure the person is nowhere, everybody else is as before, and what any
older backup brings back is erased again.
"""

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from api.usecases.operation import erasure
from api.usecases.stores import open_record
from tests.proofs.recorder import Proof
from tests.support.clients import Client, log_in
from tests.support.erasure import LEFT, NUMBERED, NUMBERS, everybody_else, restarted, send
from tests.support.killed import killed
from tests.support.postgres import Server, dump, found_in_postgres, load
from tests.support.release_lists import ROW, write_list
from tests.support.review import confirmed, released
from tests.support.scan import found_under
from tests.support.worlds import NAME, World, done, run_jobs
from tracker.access.roles import Role
from tracker.evaluation.cohort.parse import parse
from tracker.jobs import service as jobs
from tracker.record.audit.queries import verify_chain

pytestmark = pytest.mark.slow
LONG = {"backup": 3_000, "restore": 5_500, "jobs": 1_500, "keep": 3_000}
"""About how many calls each work takes: one in ten is drawn beyond the end, and is not killed."""
SCORES = "/programmes/gps-knife-licence/wearers/W-inside/scores"


class Backup(NamedTuple):
    """A finished backup; of a PostgreSQL its dump too; and what was on record of everybody else."""

    archive: Path
    dumped: bytes | None
    others: dict[str, Any]


class History:
    """What was done to a home, and the backups that were made of it."""

    def __init__(self, world: World, server: Server | None, folder: Path, seed: int) -> None:
        self.world, self.server, self.folder = world, server, folder
        self.draw = random.Random(seed)
        self.backups: list[Backup] = []
        self.kills: dict[str, int] = {}
        self._open = ExitStack()
        self._client = self._open.enter_context(world.client())
        self._tokens: dict[Role, str] = {}
        self.acts: list[Callable[[], object]] = [
            self.backup, self.backup_killed, self.restore_killed, self.match, self.match_killed, self.listed,
            self.list_killed, self.package, self.export, self.export_killed, self.replay, self.left,
        ]  # fmt: skip

    def close(self) -> None:
        self._open.close()

    def as_(self, role: Role) -> Client:
        """The one client, logged in with this role."""
        if role not in self._tokens:
            log_in(self._client, self.world.settings, role)
            self._tokens[role] = self._client.headers["authorization"]
        self._client.headers["authorization"] = self._tokens[role]
        return self._client

    def kill(self, *words: str | Path, world: World | None = None) -> bool:
        """Run it, killed anywhere inside; whether it was."""
        at = self.draw.randrange(1, LONG[str(words[0])] * 10 // 9)
        was = killed(world or self.world, at, *words) is None
        self.kills[str(words[0])] = self.kills.get(str(words[0]), 0) + was
        return was

    def backup(self) -> None:
        archive = self.folder / f"{len(self.backups)}.tar"
        done(self.world, "backup", archive)
        dumped = None if self.world.database is None else dump(self.world.database)
        self.backups.append(Backup(archive, dumped, everybody_else(self.world)))

    def backup_killed(self) -> None:
        archive = self.folder / "killed" / "killed.tar"
        archive.parent.mkdir(exist_ok=True)
        if not self.kill("backup", archive):
            archive.unlink()

    def restore_killed(self) -> None:
        """Of a home beside this one."""
        if not self.backups:
            self.backup()
        beside = World(self.world.home.with_name("second"), self.world.files, self.loaded(self.backups[-1]))
        if not self.kill("restore", self.backups[-1].archive, world=beside):
            shutil.rmtree(beside.home)
        if beside.home.exists():
            # Killed after it was whole: a home of its own, with the people in it.
            shutil.rmtree(beside.home)

    def loaded(self, backup: Backup) -> str | None:
        """Another database with what was dumped."""
        if backup.dumped is None or self.server is None:
            return None
        url = self.server.database("template0")
        load(url, backup.dumped)
        return url

    def match(self) -> None:
        key = {"idempotency-key": f"k{self.draw.randrange(3)}"}
        self.as_(Role.ANALYST).post("/jobs", json={}, headers=key)
        run_jobs(self.world)

    def match_killed(self) -> None:
        self.as_(Role.ANALYST).post("/jobs", json={})
        self.kill("jobs")

    def listed(self) -> None:
        """A release list under the person's name, with them in it and with a row about them that is refused."""
        rows = {**NUMBERS, "name": NAME}, {**NUMBERS, "name": NAME, "born": "31 May 1997"}
        text = write_list(self.folder / "list.csv", *({**ROW, **row} for row in rows)).read_text()
        (self.folder / "list.csv").unlink()
        send(
            self.world,
            f"{NAME} {self.draw.randrange(10)}.csv",
            text + " " * self.draw.randrange(9),
            programme="gps-knife-licence",
        )
        if self.draw.random() < 0.7:
            run_jobs(self.world)

    def list_killed(self) -> None:
        self.listed()
        self.kill("jobs")

    def package(self) -> None:
        if not self.as_(Role.RELEASER).get("/releases").json()["items"]:
            run_jobs(self.world)
            number = confirmed(self.world, self.as_(Role.ANALYST))
            assert released(self.as_(Role.RELEASER), number).status_code == 201

    def export(self) -> None:
        plain = {"purpose": "impact analysis", "justification": "evaluation plan", "as_at": "2021-05-31"}
        told = {"programme": "gps-knife-licence", "definition": parse({**plain, "columns": ["group"]}).plain()}
        engine, now = open_record(self.world.settings), datetime.now(UTC)
        jobs.create(engine, {**told, "days": None}, kind=jobs.JobKind.COHORT, by="eva", now=now, clock=now)
        engine.dispose()
        if self.draw.random() < 0.7:
            run_jobs(self.world)

    def export_killed(self) -> None:
        self.export()
        self.kill("jobs")

    def replay(self) -> None:
        """A request about the person, sent twice under one key."""
        body = {"score": "61", "horizonYears": 2, "on": "2019-08-05", "givenBy": "probation"}
        for _ in range(2):
            answer = self.as_(Role.OFFICER).post(SCORES, json=body, headers={"idempotency-key": "about-inside"})
            assert answer.status_code == 201, answer.text

    def left(self) -> None:
        """What versions before this one left, and what is left where nothing was killed on purpose."""
        self.draw.choice([leave for leave in LEFT if self.world.database is None or "backup" not in leave.__name__])(
            self.world
        )

    def found(self, world: World | None = None) -> dict[str, set[str]]:
        """What of the person is in a home, beside it, and in its database."""
        world = world or self.world
        out = found_under(world.home.parent, NUMBERED, leave=[each.archive for each in self.backups])
        return out if world.database is None else {**out, **found_in_postgres(world.database, NUMBERED)}


@contextmanager
def _of(world: World, request: pytest.FixtureRequest, tmp_path: Path, seed: int) -> Iterator[History]:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    server = None if world.database is None else request.getfixturevalue("server")
    history = History(world, server, folder, seed)
    yield history
    history.close()


def _erased(history: History) -> None:
    """An erasure, killed or not, and what the next worker makes of it: nothing is left, others are as they were."""
    world = history.world
    shutil.rmtree(world.files)
    # Before the scan: a process that opens and closes SQLite's files loses the locks that it has on them.
    history.close()
    assert history.found()
    before = everybody_else(world)
    if history.draw.random() < 0.7:
        history.kill("keep", "erase", "W-inside", "--reason", "request", "--yes")
    engine = open_record(world.settings)
    if not erasure.unfinished(engine):
        # Killed before it was begun, or done.
        world.run("keep", "erase", "W-inside", "--reason", "request", "--yes")
    restarted(world)
    assert erasure.unfinished(engine) == []
    assert history.found() == {}
    assert _changed(before, everybody_else(world)) == {}
    run_jobs(world)
    assert history.found() == {}
    assert verify_chain(engine).broken is None
    engine.dispose()


def _restored(history: History, backup: Backup, number: int) -> None:
    """The backup in a new home, whose first restore may be killed: the person is erased there too."""
    again = World(history.folder.parent / f"again{number}" / "home", history.world.files, history.loaded(backup))
    again.home.parent.mkdir()
    if history.draw.random() < 0.6 and history.kill("restore", backup.archive, world=again) and not again.home.exists():
        # PostgreSQL is put back first, each time.
        again = World(again.home, again.files, history.loaded(backup))
    if not again.home.exists():
        done(again, "restore", backup.archive)
    restarted(again)
    assert history.found(again) == {}
    assert _changed(backup.others, everybody_else(again)) == {}


def _changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {name: (before.get(name), after.get(name)) for name in before if before.get(name) != after.get(name)}


def _history(world: World, request: pytest.FixtureRequest, tmp_path: Path, seed: int) -> dict[str, int]:
    with _of(world, request, tmp_path, seed) as history:
        for _ in range(history.draw.randrange(2, 7)):
            history.draw.choice(history.acts)()
        _erased(history)
        for number, backup in enumerate(history.backups):
            _restored(history, backup, number)
        return history.kills


@pytest.mark.parametrize("seed", range(1))
def test_after_random_histories_nothing_is_found_and_everybody_else_is_unchanged(
    peopled: World, request: pytest.FixtureRequest, seed: int, tmp_path: Path
) -> None:
    _history(peopled, request, tmp_path, seed)


@pytest.mark.prove("erased-gone")
@pytest.mark.parametrize("seed", range(100, 300))
def test_after_two_hundred_random_histories_nothing_is_found(
    peopled: World, request: pytest.FixtureRequest, seed: int, tmp_path: Path, proof: Proof
) -> None:
    for work, times in _history(peopled, request, tmp_path, seed).items():
        proof.material(f"kills inside: {work}", times, str(seed))
