"""A home with people, and the command's own server over it, to be attacked from outside."""

import itertools
import shutil
import socket
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from api.usecases.stores import open_record
from tests.support.clients import ADDED, PASSWORD, cheap
from tests.support.erasure import with_numbers
from tests.support.postgres import Server
from tests.support.served import served
from tests.support.worlds import World, tag_all_four, write_files
from tracker.access.roles import Role
from tracker.access.user_service import add_user

_ENVIRON = {"TAGPILOT_WORKERS": "1", "TAGPILOT_SECOND_FACTOR": "none", "TAGPILOT_MOST_REQUESTS_EACH": "0"}
_keys = (f"key {n}" for n in itertools.count())


@dataclass
class Target:
    """A served home. `root` has the home, what stands beside it and the server's log."""

    world: World
    base: str
    root: Path
    _clients: dict[str, httpx.Client] = field(default_factory=dict)
    _until: dict[str, float] = field(default_factory=dict)

    def as_(self, name: str, *, anew: bool = False) -> httpx.Client:
        """A client logged in under a name; those of every role are the role's, and the role's with `-2`."""
        # An access token holds for a quarter of an hour; a server serves the tests of a whole run.
        if anew or time.monotonic() > self._until.get(name, 0.0):
            self._until[name] = time.monotonic() + 600
            token = self.ask().post("/auth/login", json={"name": name, "password": PASSWORD}).json()["accessToken"]
            self._clients[name] = self.ask(authorization=f"Bearer {token}")
        return self._clients[name]

    def ask(self, **headers: str) -> httpx.Client:
        """A client without a login."""
        return httpx.Client(base_url=self.base, headers=headers, timeout=60)

    def sent(self, data: bytes, *, closes: bool = False) -> bytes:
        """What comes back for these bytes, up to the end of the connection or half a second of silence."""
        host, port = self.base.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as held:
            out = b""
            try:
                held.sendall(data)
                if closes:
                    held.shutdown(socket.SHUT_WR)
                while piece := held.recv(65_536):
                    out += piece
                    held.settimeout(0.5)
            except OSError:
                pass
            return out

    @property
    def host(self) -> bytes:
        return self.base.removeprefix("http://").encode()

    @property
    def log(self) -> str:
        return (self.root / "log").read_text()


def new_key() -> dict[str, str]:
    """A header with an idempotency key that was not used before."""
    return {"idempotency-key": next(_keys)}


class Homes:
    """A home for each database, made when the first test asks for it, and a server over a copy of each."""

    def __init__(self, request: pytest.FixtureRequest, stack: ExitStack) -> None:
        self._request, self._stack = request, stack
        self._made: dict[str, tuple[World, Server | None]] = {}
        self._served: dict[str, Target] = {}

    def made(self, kind: str) -> tuple[World, Server | None]:
        """The home, which nobody uses, and where copies of its database are made; None: in it."""
        if kind not in self._made:
            self._made[kind] = self._make(kind)
        return self._made[kind]

    def copy(self, kind: str, root: Path) -> World:
        world, server = self.made(kind)
        copy = world.copy_to(root, None if server is None else server.database(server.made[0]))
        heads = world.home.with_name("home.audit-heads")
        if heads.exists():
            shutil.copy(heads, root)
        return copy

    def served(self, kind: str) -> Target:
        if kind not in self._served:
            root = self._request.getfixturevalue("tmp_path_factory").mktemp("served")
            world = self.copy(kind, root)
            # Not among what is looked through for a person: files are those of their senders.
            shutil.rmtree(world.files)
            base = self._stack.enter_context(served(world.home, root / "log", **_ENVIRON, **world.environ))
            self._served[kind] = Target(world, base, root)
        return self._served[kind]

    def _make(self, kind: str) -> tuple[World, Server | None]:
        root = self._request.getfixturevalue("tmp_path_factory").mktemp("attacked")
        server: Server | None = None
        database = None
        if kind == "postgres":
            server = Server(self._request.getfixturevalue("postgres_url"), [])
            database = server.database(self._request.getfixturevalue("postgres_template"))
        else:
            (root / "home").mkdir(mode=0o700)
            shutil.copy(self._request.getfixturevalue("sqlite_template"), root / "home" / "tagpilot.sqlite3")
        world = World(root / "home", root / "files", database)
        write_files(world.files)
        tag_all_four(world)
        with_numbers(world, 0)
        engine = open_record(world.settings)
        for role in Role:
            for end in ("", "-2"):
                name = role.value.replace(" ", "-") + end
                add_user(engine, name, role, PASSWORD, how=cheap(world.settings), by="a test", now=ADDED)
        engine.dispose()
        return world, server
