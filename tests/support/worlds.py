"""A small afternoon as files, and the command line and HTTP clients over a home of its own.

Four wearers and four crimes: *inside* stands 30 m from the scene for an hour, *passer* crosses it between two fixes a
minute apart, *hidden* stands on the scene but may not be matched, *away* is a mile off.
"""

import atexit
import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from litestar.testing import TestClient
from sqlalchemy import select

from api.cli.main import cli
from api.http.app import create_app
from api.settings import Settings, read_settings
from api.usecases.operation.worker import Worker
from api.usecases.stores import open_record
from tests.support.clients import ONE_FACTOR, Client, log_in
from tests.support.databases import FILL_EACH
from tests.support.pilot import PILOT
from tracker.access.roles import Role
from tracker.licences.tables import Licence
from tracker.ogrs.tables import Instrument, OgrsScore
from tracker.people.tables import Address, Identity, Person, Sex
from tracker.programme.queries import programme_named
from tracker.record.entry import entering

NOON = datetime(2019, 9, 10, 12, tzinfo=UTC)
SCENE = (530_000.0, 180_000.0)
"""Easting and northing of the crimes, metres."""
HEADER = "force,crime_ref,crime_type,t_from,t_to,easting,northing,location_accuracy_m"
WEARERS = ("inside", "passer", "hidden", "away")
NAME = "Sample Q. Person"
"""Name on record of the wearer who is inside."""


@dataclass(frozen=True)
class World:
    """Files as a user would have them, and the command line over a home of its own."""

    home: Path
    files: Path
    database: str | None = None
    """URL of a PostgreSQL database; else SQLite in the home, or as the test's environment says."""

    @property
    def environ(self) -> dict[str, str]:
        return {} if self.database is None else {"TAGPILOT_DATABASE_URL": self.database}

    @property
    def settings(self) -> Settings:
        return read_settings({**ONE_FACTOR, **self.environ}, home=self.home)

    def run(self, *words: str | Path) -> Result:
        return CliRunner().invoke(cli, [*map(str, words), "--home", str(self.home)], env=self.environ)

    def may_keep(self) -> "World":
        """Set a retention period for fixes and device events: without one neither is imported."""
        for kind in ("fixes", "device events"):
            result = self.run("keep", "set", kind, "--days", "36500", "--from", "2019-01-01", "--source", "a test")
            assert result.exit_code == 0, result.output
        return self

    def json(self, *words: str | Path) -> Any:
        result = self.run(*words, "--json")
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    def client(self) -> Client:
        """A client without a login."""
        return TestClient(create_app(self.settings), base_url="http://127.0.0.1:8019")

    @contextmanager
    def client_as(self, role: Role, name: str | None = None) -> Iterator[Client]:
        """A client logged in with this role."""
        with self.client() as client:
            log_in(client, self.settings, role, name)
            yield client

    def copy_to(self, root: Path, database: str | None = None) -> "World":
        """The same home and files under another folder, made or empty; with the URL of a copy of its database."""
        copy = World(root / "home", root / "files", database)
        for mine, theirs in ((self.home, copy.home), (self.files, copy.files)):
            shutil.copytree(mine, theirs, dirs_exist_ok=True)
        return copy


def done(world: World, *words: object) -> str:
    """Run a command that must succeed; what it wrote on standard error."""
    result = world.run(*map(str, words))
    assert result.exit_code == 0, result.output
    return result.stderr


def run_jobs(world: World) -> int:
    """Let a worker run every waiting job; how many there were."""
    engine = open_record(world.settings)
    worker, stop, n = Worker(world.settings, engine), threading.Event(), 0
    while worker.run_one(stop):
        n += 1
    engine.dispose()
    return n


def add_scored_wearers(world: World, pct: dict[str, int]) -> None:
    """Enter the four wearers with a licence of the pilot and an OGRS3 score each, in per cent."""
    engine = open_record(world.settings)
    with entering(engine, by="officer", now=datetime(2019, 8, 30, tzinfo=UTC)) as entry:
        programme_id, _, _ = programme_named(entry.connection, PILOT)
        for who in WEARERS:
            person = entry.add(Person, wearer_ref=f"W-{who}")
            entry.add(Licence, person_id=person, programme_id=programme_id, reference=f"L-{who}")
            entry.add(
                OgrsScore,
                person_id=person,
                instrument=Instrument.OGRS3,
                version="1",
                horizon_years=2,
                pct_hundredths=pct[who] * 100,
                rounded=True,
                computed=False,
                scored_on=date(2019, 8, 1),
                given_by="probation",
            )
    engine.dispose()


def load_papers(world: World) -> None:
    """The five papers, as `programme load` enters them."""
    _made_once(_load_papers, world)


def _load_papers(world: World) -> None:
    done(world, "programme", "load")


def tag_all_four(world: World) -> None:
    """Import the files, tag and release all four wearers; *hidden* scores below the gate, *inside* has a name."""
    _made_once(_tag_all_four, world)


def _tag_all_four(world: World) -> None:
    done(world.may_keep(), "import", "fixes", world.files / "fixes.csv")
    done(world, "import", "crimes", world.files / "crimes.csv", "--format", "headed")
    _load_papers(world)
    add_scored_wearers(world, {"inside": 60, "passer": 50, "hidden": 49, "away": 80})
    done(world, "tag", "receive", *[f"D-{who}" for who in WEARERS], "--at", "2019-09-01T08:00:00Z")
    for who in WEARERS:
        done(world, "tag", "fit", f"D-{who}", f"L-{who}", "--at", "2019-09-01T09:00:00Z")
        done(world, "licence", "move", f"L-{who}", "release", "--at", "2019-09-02T10:00:00Z")
    engine = open_record(world.settings)
    with entering(engine, by="officer", now=datetime(2019, 9, 1, tzinfo=UTC)) as entry:
        inside = entry.connection.scalar(select(Person.id).where(Person.wearer_ref == "W-inside"))
        entry.add(Identity, person_id=inside, name=NAME, sex=Sex.MALE, born=date(1997, 5, 1), pnc_id="97/123456X")
        entry.add(Address, person_id=inside, from_on=date(2019, 8, 1), borough_stated="Lambeth", line="1 High Street")
    engine.dispose()


def _made_once(make: Callable[[World], None], world: World) -> None:
    """What `make` makes of a home of which nothing is there but tables: a copy of what it made of one before, if that
    is in SQLite, and files and settings are the same."""
    elsewhere = world.database or os.environ.get("TAGPILOT_DATABASE_URL")
    if elsewhere or FILL_EACH in os.environ or not _is_new(world.home):
        make(world)
        return
    settings = sorted(each for each in os.environ.items() if each[0].startswith("TAGPILOT_"))
    told = hashlib.sha256(repr(settings).encode())
    for file in sorted(world.files.iterdir()) if world.files.exists() else ():
        told.update(f"{file.name} {file.stat().st_size} ".encode() + file.read_bytes())
    made = _MADE.get((make, told.digest()))
    if made is None:
        root = Path(tempfile.mkdtemp(prefix="tagpilot-made-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")))
        atexit.register(shutil.rmtree, root, ignore_errors=True)
        made = _MADE[make, told.digest()] = World(root / "home", root / "files")
        for mine, theirs in ((world.home, made.home), (world.files, made.files)):
            if mine.exists():
                shutil.copytree(mine, theirs)
        make(made)
    shutil.copytree(made.home, world.home, dirs_exist_ok=True)


_MADE: dict[tuple[Callable[[World], None], bytes], World] = {}


def _is_new(home: Path) -> bool:
    """Nothing is entered: there is no home yet, or its tables alone."""
    if not home.exists() or not any(home.iterdir()):
        return True
    return [each.name for each in home.iterdir()] == ["tagpilot.sqlite3"] and not _entered(home / "tagpilot.sqlite3")


def _entered(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        rows: int = connection.execute("SELECT count(*) FROM audit_entry").fetchone()[0]
    return rows


def write_files(files: Path) -> None:
    """The afternoon as files: fixes, assignments, who may be matched, crimes."""
    files.mkdir()
    east, north = SCENE
    rows = ["device_id,t,easting_m,northing_m,accuracy_m"]
    for minute in range(-60, 120):
        t = (NOON + timedelta(minutes=minute)).isoformat()
        passing = -180 + 360 * (minute - 10) if minute in (10, 11) else (-2000 if minute < 10 else 2000)
        rows.append(f"D-inside,{t},{east + 30},{north},5")
        rows.append(f"D-passer,{t},{east + passing},{north + 20},5")
        rows.append(f"D-hidden,{t},{east},{north},5")
        rows.append(f"D-away,{t},{east + 1600},{north},5")
    (files / "fixes.csv").write_text("\n".join(rows) + "\n")
    who = [f"D-{who},W-{who},2019-09-01T00:00:00Z," for who in WEARERS]
    (files / "assignments.csv").write_text("\n".join(["device_id,wearer_id,from,to", *who]) + "\n")
    gate = [f"W-{who},2019-09-01," for who in ("inside", "passer", "away")]
    (files / "eligible.csv").write_text("\n".join(["wearer_id,from,to", *gate]) + "\n")
    (files / "crimes.csv").write_text(
        "\n".join(
            [
                HEADER,
                f"Metropolitan,4417/19,Burglary,2019-09-10T12:00:00Z,2019-09-10T13:00:00Z,{east},{north},10",
                f"CoLP,4417/19,Robbery,2019-09-10T12:00:00Z,2019-09-10T12:30:00Z,{east + 5000},{north},10",
                "Metropolitan,4418/19,Robbery,2019-09-10T12:00:00Z,2019-09-10T12:30:00Z,,,",
                f"Metropolitan,4419/19,Burglary,2019-09-10T00:00:00Z,2019-09-10T20:00:00Z,{east},{north},10",
            ]
        )
        + "\n"
    )
