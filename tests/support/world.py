"""A small afternoon by hand as files, and the command line and a client over a home of its own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from click.testing import CliRunner, Result
from litestar import Litestar
from litestar.testing import TestClient

from api.cli.main import cli
from api.http.app import create_app
from api.settings import Settings, read_settings
from api.usecases.stores import open_record
from tracker.access.roles import Role
from tracker.access.user_service import add_user, users

NOON = datetime(2019, 9, 10, 12, tzinfo=UTC)


SCENE = (530_000.0, 180_000.0)


HEADER = "force,crime_ref,crime_type,t_from,t_to,easting,northing,location_accuracy_m"


@dataclass(frozen=True)
class World:
    """Files as a user would have them, and the command line over a home of its own."""

    home: Path
    files: Path

    @property
    def settings(self) -> Settings:
        return read_settings({"TAGPILOT_WORKERS": "0"}, home=self.home)

    def run(self, *words: str | Path) -> Result:
        return CliRunner().invoke(cli, [*map(str, words), "--home", str(self.home)])

    def may_keep(self) -> "World":
        """Say how long fixes and events are kept: without it none are taken in."""
        for kind in ("fixes", "device events"):
            result = self.run("keep", "set", kind, "--days", "36500", "--from", "2019-01-01", "--source", "a test")
            assert result.exit_code == 0, result.output
        return self

    def json(self, *words: str | Path) -> Any:
        result = self.run(*words, "--json")
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    def client(self) -> TestClient[Litestar]:
        """Nobody has logged in."""
        return TestClient(create_app(self.settings), base_url="http://127.0.0.1:8019")

    @contextmanager
    def client_as(self, role: Role, name: str | None = None) -> Iterator[TestClient[Litestar]]:
        """Somebody of this role has logged in."""
        with self.client() as client:
            log_in(client, self.settings, role, name)
            yield client


PASSWORD = "correct horse battery"


CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


"""A test waits for no hash; what it takes in earnest is in the benchmarks."""


def log_in(client: TestClient[Litestar], settings: Settings, role: Role, name: str | None = None) -> None:
    """As somebody of this role, added if they are not there yet."""
    name = name or role.value.replace(" ", "-")
    engine = open_record(settings)
    if name not in {user.name for user in users(engine)}:
        add_user(engine, name, role, PASSWORD, how=CHEAP, by="a test", now=NOON)
    engine.dispose()
    answer = client.post("/auth/login", json={"name": name, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    client.headers["authorization"] = f"Bearer {answer.json()['accessToken']}"


def write_files(files: Path) -> None:
    """Inside: stands 30 m from the scene for an hour. Passer: crosses it between two fixes a minute apart. Hidden:
    stands on the scene, and is in no file of who may be matched. Away: a mile off."""
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
    who = [f"D-{who},W-{who},2019-09-01T00:00:00Z," for who in ("inside", "passer", "hidden", "away")]
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
