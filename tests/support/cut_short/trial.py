"""A work begun, cut short at a point inside it, and looked at as its users would: start again, compare with the home
before it and after it, look for what is left behind, do the same again."""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count, groupby
from pathlib import Path
from typing import Any

import httpx

from api.usecases.operation import tidying
from api.usecases.stores import open_record
from tests.support.cut_short.kept import Kept, audited, differences, kept
from tests.support.cut_short.watched import Cut, Point, Step, Watch, Watched, used_bytes
from tests.support.cut_short.works import Placed, Work, environ_of, log_in_over_http
from tests.support.served import START_S, free_port
from tracker.access.roles import Role
from tracker.record.audit.chain import Action

BEFORE, AFTER = "before", "after"
LARGE_MB = 512
PAGE = 4096
"""Bytes by which a disk in memory is counted."""
_numbers = count()


@dataclass(frozen=True)
class Outcome:
    """Of one point: what it was cut short before, in which state the home was found, and what was wrong."""

    point: str
    state: str
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Unbroken:
    """The same work in one piece: its calls, the home before and after, and the space that it took at most."""

    steps: list[Step]
    before: Kept
    after: Kept
    audited_before: Any
    audited_after: Any
    took_bytes: int


class Trials:
    """All trials of one work over one home.

    Parameters
    ----------
    room
        A folder of which a new one may be made for each trial: on a small disk of its own where the system allows.
    """

    def __init__(self, work: Work, base: Placed, room: "Room") -> None:
        self.work, self._room = work, room
        self._sockets = base.server is not None
        self._ready = base.placed_in(room.folder(), _database())
        work.prepare(self._ready)
        self.unbroken = self._unbroken()

    def points(self, n: int) -> list[int]:
        """Numbers of `n` calls inside the work, spread evenly over its steps; many of one kind on one file in a row
        are one step, of which the middle counts. Where there are fewer steps, over its calls."""
        steps: list[tuple[int, int]] = []
        at = 1
        for _, same in groupby(self.unbroken.steps):
            length = sum(1 for _ in same)
            steps.append((at, length))
            at += length
        if len(steps) < n:
            steps = [(k, 1) for k in range(1, at)]
        assert len(steps) >= n, f"{self.work.name} has {len(steps)} calls only"
        chosen = [steps[(2 * k + 1) * len(steps) // (2 * n)] for k in range(n)]
        return [first + length // 2 for first, length in chosen]

    def killed(self, at: int) -> Outcome:
        """Killed before its call of this number."""
        with self._placed() as world:
            found = self._begun(world, Point(Cut.KILLED, at))
            return self._looked_at(world, found, f"killed before call {at} of {len(self.unbroken.steps)}")

    def full(self, k: int, n: int) -> Outcome:
        """On a disk that fills when the work has had k + 1/2 of `n` parts of the space it needs; where no small disk
        can be had, refused from such a part of its calls on."""
        if not self._room.is_disk:
            at = (2 * k + 1) * len(self.unbroken.steps) // (2 * n) + 1
            with self._placed() as world:
                found = self._begun(world, Point(Cut.FULL, at))
                return self._looked_at(world, found, f"disk full from call {at} on")
        if not self.unbroken.took_bytes:
            return Outcome("no file of the home grows", AFTER)
        free = self.unbroken.took_bytes * (2 * k + 1) // (2 * n)
        while True:
            with self._placed() as world:
                found = self._begun(world, None, free)
                found.cut = found.code not in (0, 3)
                # With less than it took there may be enough, as a checkpoint can wait: then with less again.
                if found.cut or not free:
                    words = f"{free // 1024:,} of {self.unbroken.took_bytes // 1024:,} kB free"
                    return self._looked_at(world, found, words)
            free = free * 3 // 4 // PAGE * PAGE

    def close(self) -> None:
        self._ready.drop_database()

    @contextmanager
    def _placed(self) -> Iterator[Placed]:
        world = self._ready.placed_in(self._room.folder(), _database())
        yield world
        world.drop_database()
        shutil.rmtree(world.home.parent)

    def _unbroken(self) -> Unbroken:
        with self._placed() as world:
            _start_again(world)
            before, audited_before = kept(world), audited(world)
        with self._placed() as world:
            found = self._begun(world, None)
            assert found.code in (0, 3), found.output
            _start_again(world)
            after = kept(world)
            assert differences(before, after) != []
            took = found.most_bytes - (found.first_bytes or 0)
            return Unbroken(found.steps, before, after, audited_before, audited(world), took)

    def _begun(self, world: Placed, point: Point | None, free: int | None = None) -> Watched:
        try:
            return self._begun_with(world, point, free)
        finally:
            self._room.leave(None)

    def _begun_with(self, world: Placed, point: Point | None, free: int | None) -> Watched:
        log = Path(self._room.logs, f"{next(_numbers)}.log")
        under = world.home.parent
        if self.work.command is not None:
            words = [*map(str, self.work.command(world)), "--home", str(world.home)]
            self._room.leave(free)
            return Watch(words, environ_of(world), under, log, point, sockets=self._sockets).end()
        port = free_port()
        words = ["serve", "--port", str(port), "--home", str(world.home)]
        server = Watch(words, environ_of(world), under, log, point, counting=False, sockets=self._sockets)
        answered = None
        try:
            assert self.work.ask is not None
            request = self.work.ask(_ready_client(f"http://127.0.0.1:{port}", log))
            self._room.leave(free)
            server.count_now()
            answered = request()
            server.count_no_more()
        except httpx.TransportError:
            # Its server was killed.
            pass
        finally:
            # It may have been killed, and be gone already.
            with suppress(ProcessLookupError):
                server.process.terminate()
            found = server.end()
        found.output = "" if answered is None else answered.text
        found.code = None if answered is None else 0 if answered.is_success else 1
        return found

    def _looked_at(self, world: Placed, found: Watched, point: str) -> Outcome:
        faults: list[str] = []
        if not found.cut:
            return Outcome(point, "not cut short", [f"ended by itself: {found.output[-300:]}"])
        if found.code is not None and found.code > 0:
            faults += _words_of_failure(found)
        acknowledged = found.code in (0, 3)
        faults += _start_again(world)
        state, wrong = self._state(world)
        faults += wrong
        if acknowledged and state != AFTER:
            faults.append(f"it was told as done, and is {state}")
        rows = audited(world)
        if lost := self.unbroken.audited_before - rows:
            faults.append(f"rows of the audit were lost: {lost}")
        if state == AFTER and (missing := _missing(self.unbroken.audited_after - rows, told=acknowledged)):
            faults.append(f"done, without these rows of the audit: {missing}")
        faults += _whole(world)
        if state == BEFORE or self.work.repeats:
            faults += self._again(world, state)
        return Outcome(point, state, faults)

    def _state(self, world: Placed) -> tuple[str, list[str]]:
        now = kept(world)
        to_before = differences(self.unbroken.before, self._without_early(now))
        to_after = differences(self.unbroken.after, now)
        if not to_before or not to_after:
            return (AFTER if not to_after else BEFORE), []
        if self.work.piecewise:
            names = self.unbroken.before.keys() | self.unbroken.after.keys() | now.keys()
            between = [
                name
                for name in sorted(names)
                if now.get(name) not in (self.unbroken.before.get(name), self.unbroken.after.get(name))
                and not _each_before_or_after(now.get(name), self.unbroken, name)
            ]
            if not between:
                return "in whole parts", []
            return "between", [each for each in to_after if each.partition(":")[0] in between]
        return "between", ["against before: " + each for each in to_before] + ["after: " + each for each in to_after]

    def _without_early(self, now: Kept) -> Kept:
        """Without what the work has to put in place before it is done, and what harms nobody if it is not done then."""
        out = dict(now)
        if self.work.early is not None:
            was = self.unbroken.before["files"]
            out["files"] = [each for each in now["files"] if not re.search(self.work.early, each) or each in was]
            if now["journals"] == self.unbroken.after["journals"]:
                out["journals"] = self.unbroken.before["journals"]
        return out

    def _again(self, world: Placed, state: str) -> list[str]:
        """The same once more brings it to after."""
        if self.work.database_anew and state == BEFORE:
            self._ready.copy_database(world.name)
        if self.work.command is not None:
            result = world.run(*self.work.command(world))
            said = result.output[-500:]
        else:
            assert self.work.ask is not None
            with world.client_as(Role.RELEASER, "rob") as client:
                if client.get("/releases/awaiting").json()["items"]:
                    self.work.ask(client)()
            said = ""
        faults = _start_again(world)
        state, wrong = self._state(world)
        if state != AFTER:
            faults.append(f"done again, it is {state}: {wrong} {said}")
        if missing := self.unbroken.audited_after - audited(world):
            faults.append(f"done again, without these rows of the audit: {missing}")
        return [*faults, *_whole(world)]


def _missing(rows: "Counter[tuple[str, ...]]", *, told: bool) -> list[tuple[str, ...]]:
    """Rows of the audit that should be there. Where nothing was told nobody has read anything."""
    return [row for row in rows.elements() if told or row[0] != Action.CONSULT.value]


def _each_before_or_after(now: Any, unbroken: Unbroken, name: str) -> bool:
    """Of a list: each of its parts is one of before or of after, and none that both have is missing."""
    before, after = unbroken.before.get(name), unbroken.after.get(name)
    if not (isinstance(now, list) and isinstance(before, list) and isinstance(after, list)):
        return False
    return set(now) <= {*before, *after} and {*before} & {*after} <= set(now)


def _start_again(world: Placed) -> list[str]:
    """As a server does; and `tidy` finds nothing more. Of no home there is nothing to start."""
    if not (world.home / "audit.key").is_file():
        return []
    engine = open_record(world.settings)
    tidying.begin(world.settings, engine)
    engine.dispose()
    return [f"left behind: {each['what']}" for each in world.json("tidy")["items"]]


def _whole(world: Placed) -> list[str]:
    if not (world.home / "audit.key").is_file():
        return []
    results = [world.run(*words) for words in (("verify", "--deep"), ("audit", "verify"))]
    return [f"not whole: {result.output[-500:]}" for result in results if result.exit_code]


def _words_of_failure(found: Watched) -> list[str]:
    """It says that the disk is full, and no more."""
    if "disk" in found.output.lower() and "program's own" not in found.output:
        return []
    return [f"failed with other words than of a full disk: {found.output[-400:]}"]


def _ready_client(address: str, log: Path) -> httpx.Client:
    import time

    deadline = time.monotonic() + START_S
    while True:
        try:
            httpx.get(f"{address}/health/live", timeout=START_S)
            return log_in_over_http(address, "rob")
        except httpx.TransportError:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)


def _database() -> str:
    return f"cut{next(_numbers)}"


class Room:
    """Folders for trials: on a small disk in memory where this process may mount one."""

    def __init__(self, root: Path) -> None:
        self._root, self.is_disk = root / "disk", False
        self.logs = root / "logs"
        for folder in (self._root, self.logs):
            folder.mkdir()

    def folder(self) -> Path:
        made = self._root / str(next(_numbers))
        made.mkdir(mode=0o700)
        return made

    def leave(self, free: int | None) -> None:
        """Leave so many bytes free on it; None: as it was made."""
        if not self.is_disk:
            return
        size = LARGE_MB << 20 if free is None else used_bytes(self._root) + free
        # In whole pages, as it counts.
        _mount("-o", f"remount,size={-(-size // PAGE) * PAGE}", str(self._root))


@contextmanager
def room(root: Path) -> Iterator[Room]:
    made = Room(root)
    made.is_disk = _mount("-t", "tmpfs", "-o", f"size={LARGE_MB}m,mode=700", "tagpilot-test", str(made._root))
    try:
        yield made
    finally:
        if made.is_disk:
            subprocess.run(["umount", "-l", str(made._root)], check=True)


def _mount(*words: str) -> bool:
    command = shutil.which("mount")
    return command is not None and not subprocess.run([command, *words], capture_output=True, check=False).returncode
