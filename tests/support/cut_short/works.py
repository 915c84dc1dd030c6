"""The works that must never be seen half done: what each needs, and how a user begins it."""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import create_engine, make_url, select, text

from api.usecases.stores import open_record
from tests.support.clients import ONE_FACTOR, PASSWORD, Client
from tests.support.evaluation_world import populate
from tests.support.release_lists import person, write_list
from tests.support.review import RECIPIENT, move, released
from tests.support.worlds import HEADER, NOON, SCENE, World, done, run_jobs, tag_all_four, write_files
from tracker.access.roles import Role
from tracker.imports.tables import ImportFile
from tracker.people.tables import Identity, Person, Sex
from tracker.record.entry import entering

COHORT = {
    "purpose": "impact analysis",
    "justification": "evaluation plan, section 4",
    "columns": ["group", "worn_weeks"],
    "small_classes": "blank",
    "as_at": "2021-05-31",
}
ERASED = "W-passer"
KEPT_KINDS = (
    "fixes", "fixes of nobody eligible", "device events", "crimes", "match runs", "identities", "rejected rows",
    "released packages",
)  # fmt: skip


@dataclass(frozen=True)
class Placed(World):
    """A home with its database in it, or of a PostgreSQL: one of the databases of `server`, by name."""

    server: str | None = None
    name: str = ""

    @property
    def environ(self) -> dict[str, str]:
        """As its users have it set; the disk's floor is none, so that small disks may be filled."""
        own = {**ONE_FACTOR, "TAGPILOT_DISK_FLOOR_MB": "0", "TAGPILOT_THREADS": "2"}
        if self.server is not None:
            url = make_url(self.server).set(database=self.name)
            own["TAGPILOT_DATABASE_URL"] = url.render_as_string(hide_password=False)
        return own

    def placed_in(self, root: Path, database: str) -> "Placed":
        """The same home and files, and what stands beside the home, under another folder with a database of its own."""
        copy = Placed(root / self.home.name, root / "files", server=self.server, name=database)
        # Files are asked for their place by the home: backups are remembered so.
        shutil.copytree(self.home.parent, root, dirs_exist_ok=True, symlinks=True)
        self.copy_database(copy.name)
        moved = copy.home / "backups.json"
        if moved.is_file():
            moved.write_text(moved.read_text().replace(str(self.home.parent), str(root)))
        return copy

    def with_copy(self, database: str) -> "Placed":
        """The same home, with a copy of its database."""
        self.copy_database(database)
        return Placed(self.home, self.files, server=self.server, name=database)

    def copy_database(self, name: str) -> None:
        """The PostgreSQL database under another name; nothing where it is in the home."""
        if self.server is not None:
            _on(self.server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            _on(self.server, f"CREATE DATABASE {name} TEMPLATE {self.name}")

    def drop_database(self) -> None:
        if self.server is not None:
            _on(self.server, f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")


@dataclass(frozen=True)
class Work:
    """One of the works.

    `prepare` makes a home in which it can begin. It is begun by a command, or where there is none by a request to a
    server: `ask` reads what it needs for it and hands it back, to be sent. `piecewise`: of kinds, each of which is
    before or after by itself. `repeats`: done again when it is done, it changes nothing. `early`: files that may be
    there before it is done: copies of rejected rows, which whoever has the others may not miss; the journal beside a
    backup and the list of backups, which an erasure goes by; what a killed restore left, which the next one deletes.
    `database_anew`: before it is done again a PostgreSQL has to be restored by its own tools.
    """

    name: str
    command: Callable[[World], Sequence[str | Path]] | None
    prepare: Callable[[Placed], None]
    ask: Callable[[httpx.Client | Client], Callable[[], Any]] | None = None
    piecewise: bool = False
    repeats: bool = True
    database_anew: bool = False
    early: str | None = None


def make_home_for_works(world: Placed) -> None:
    """A home in which every work but the restore can begin: four wearers with tags, thirty people on licence, a match
    released and one confirmed, two runs, an export, a rejected row."""
    write_files(world.files)
    tag_all_four(world)
    _write_more_files(world.files)
    assert world.run("import", "events", world.files / "events.csv").exit_code == 0
    assert world.run("import", "fixes", world.files / "half-bad.csv").exit_code == 3
    engine = open_record(world.settings)
    populate(engine, 4, 30, first=1)
    with entering(engine, by="officer", now=datetime(2021, 6, 2, tzinfo=UTC)) as entry:
        passer = entry.connection.scalar(select(Person.id).where(Person.wearer_ref == ERASED))
        entry.add(Identity, person_id=passer, name="Passing Person", sex=Sex.FEMALE, born=date(1990, 2, 3))
    engine.dispose()
    # The thirty came into the tables past the services.
    done(world, "db", "rebuild")
    with world.client_as(Role.ANALYST, "ana") as ana, world.client_as(Role.RELEASER, "rob") as rob:
        assert ana.post("/jobs", json={}).status_code == 201
        assert run_jobs(world) == 1
        for who in ("W-inside", "W-passer"):
            (match,) = ana.get("/matches", params={"wearerRef": who, "qAtMost": 1}).json()["items"]
            move(ana, match["id"], "assign", {})
            assert move(ana, match["id"], "confirm", {"reason": "stood at the door"}).status_code == 200
        answer = released(rob, match["id"])
        assert answer.status_code == 201, answer.text
    done(world, "match", "--radius-m", "90")
    done(world, "cohort", "export", world.files / "cohort.json", "--by", "eva")
    (world.home.parent / "backups").mkdir()


def _write_more_files(files: Path) -> None:
    east, north = SCENE
    rows = ["device_id,t,easting_m,northing_m,accuracy_m"]
    for minute in range(0, 3 * 1440, 4):
        t = (NOON + timedelta(minutes=minute)).isoformat()
        rows += [f"D-{who},{t},{east + 300 + minute % 7},{north},5" for who in ("inside", "away")]
    (files / "more.csv").write_text("\n".join([*rows, f"D-away,{NOON.isoformat()},1,1,5"]) + "\n")
    (files / "half-bad.csv").write_text("\n".join([*rows[:2], "D-away,never,1,1,5"]) + "\n")
    crimes = [
        f"Metropolitan,{n}/20,Burglary,2019-09-10T12:00:00Z,2019-09-10T13:00:00Z,{east + n},{north},10"
        for n in range(300)
    ]
    (files / "crimes-more.csv").write_text("\n".join([HEADER, *crimes, "Metropolitan,,,,,,,"]) + "\n")
    write_list(files / "list.csv", *map(person, range(60)), {**person(60), "born": "never"})
    (files / "events.csv").write_text("device_id,t,event\nD-inside,2019-09-10T06:00:00Z,battery low\n")
    (files / "cohort.json").write_text(json.dumps(COHORT))


def _nothing(world: Placed) -> None:
    """The home for works is enough."""


def _backed_up(world: Placed) -> None:
    """A backup, then an erasure that it does not know of, then the home is lost."""
    archive = _archive(world)
    done(world, "backup", archive)
    kept = f"{world.name}_kept"
    world.copy_database(kept)
    done(world, "keep", "erase", ERASED, "--reason", "request", "--yes")
    shutil.rmtree(world.home)
    world.home.with_name(f"{world.home.name}.audit-heads").unlink(missing_ok=True)
    if world.server is not None:
        # As its own tools restore it.
        held = Placed(world.home, world.files, server=world.server, name=kept)
        held.copy_database(world.name)
        held.drop_database()


def _over_time(world: Placed) -> None:
    """Some days later everything there is, of every kind, is past its time."""
    (world.home / "today").write_text(f"{datetime.now(UTC).date() + timedelta(days=4)}\n")
    for who in ("passer", "away"):
        done(world, "licence", "move", f"L-{who}", "end", "--reason", "expired", "--at", "2019-12-01T10:00:00Z")
    # Of people those two alone: the licences of the others ended later.
    of_people = (datetime.now(UTC).date() - date(2020, 1, 1)).days
    for kind in KEPT_KINDS:
        days = of_people if kind == "identities" else 1
        done(world, "keep", "set", kind, "--days", days, "--source", "a test")


def _more_fixes(world: Placed) -> None:
    """Two imports of the same devices and days, of which the better fixes stand."""
    assert world.run("import", "fixes", world.files / "more.csv").exit_code == 3


def _withdrawn(world: Placed) -> None:
    """What every match rests on is withdrawn."""
    done(world, "import", "withdraw", file_number(world, "fixes.csv"), "--reason", "wrong")


def file_number(world: World, name: str) -> str:
    """Of an import on record, by the name of its file."""
    engine = open_record(world.settings)
    with engine.connect() as connection:
        found = connection.scalar(select(ImportFile.id).where(ImportFile.name == name))
    engine.dispose()
    return str(found)


def _archive(world: World) -> Path:
    return world.home.parent / "backups" / "home.tar"


def _release(client: httpx.Client | Client) -> Callable[[], Any]:
    (match,) = client.get("/releases/awaiting").json()["items"]
    at = f"/releases/awaiting/{match['id']}"
    etag = client.get(at).headers["etag"]
    return lambda: client.post(f"{at}/release", json=RECIPIENT, headers={"if-match": etag})


WORKS = (
    Work("import", lambda world: ("import", "fixes", world.files / "more.csv"), _nothing, early="^home/rejects/"),
    Work(
        "import of crimes",
        lambda world: ("import", "crimes", world.files / "crimes-more.csv", "--format", "headed"),
        _nothing,
        early="^home/rejects/",
    ),
    Work(
        "release list", lambda world: ("screen", "import", world.files / "list.csv"), _nothing, early="^home/rejects/"
    ),
    Work("match", lambda _: ("match", "--radius-m", "120"), _nothing),
    Work(
        "export",
        lambda world: ("cohort", "export", world.files / "cohort.json", "--by", "eva"),
        _nothing,
        repeats=False,
    ),
    Work("release", None, _nothing, ask=_release),
    Work(
        "backup",
        lambda world: ("backup", _archive(world)),
        _nothing,
        early=r"^home/backups\.json|^backups/tagpilot-erasures\.jsonl",
    ),
    Work("restore", lambda world: ("restore", _archive(world)), _backed_up, early=r"^\.restore-", database_anew=True),
    Work("erase", lambda _: ("keep", "erase", ERASED, "--reason", "request", "--yes"), _nothing),
    Work(
        "withdraw",
        lambda world: ("import", "withdraw", file_number(world, "more.csv"), "--reason", "wrong"),
        _more_fixes,
    ),
    Work(
        "take back",
        lambda world: ("import", "take-back", file_number(world, "fixes.csv"), "--reason", "right"),
        _withdrawn,
    ),
    Work("purge", lambda _: ("keep", "purge", "--yes"), _over_time, piecewise=True),
)


def log_in_over_http(address: str, name: str) -> httpx.Client:
    client = httpx.Client(base_url=address, timeout=60)
    answer = client.post("/auth/login", json={"name": name, "password": PASSWORD})
    client.headers["authorization"] = f"Bearer {answer.json()['accessToken']}"
    return client


def environ_of(world: Placed) -> dict[str, str]:
    """Of this process, with the world's own settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TAGPILOT_")} | world.environ


def _on(server: str, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
