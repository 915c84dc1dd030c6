"""A server and its worker with nothing asked of them: matches come when files do, and go when a crime is corrected."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from api.usecases.stores import open_record
from tests.support.clients import PASSWORD, cheap
from tests.support.served import served
from tests.support.worlds import World, tag_all_four, write_files
from tracker.access.roles import Role
from tracker.access.user_service import add_user

pytestmark = pytest.mark.slow
LONGEST_S = 90
"""Of any wait for the worker: it has a few seconds of work, and the machine may be busy."""


@contextmanager
def _analyst(world: World, log: Path) -> Iterator[httpx.Client]:
    engine = open_record(world.settings)
    now = datetime(2019, 9, 12, tzinfo=UTC)
    add_user(engine, "ana", Role.ANALYST, PASSWORD, how=cheap(world.settings), by="a test", now=now)
    engine.dispose()
    environ = {"TAGPILOT_KEEP_CURRENT": "1", "TAGPILOT_WORKERS": "1", "TAGPILOT_SECOND_FACTOR": "none"}
    with served(world.home, log, **environ) as base, httpx.Client(base_url=base, timeout=30) as client:
        answer = client.post("/auth/login", json={"name": "ana", "password": PASSWORD}).json()
        client.headers["authorization"] = f"Bearer {answer['accessToken']}"
        yield client


def _until(client: httpx.Client, holds: Callable[[dict[str, int]], bool]) -> dict[str, int]:
    """The queue by wearer, once it is as wanted."""
    deadline = time.monotonic() + LONGEST_S
    while True:
        items = client.get("/matches", params={"qAtMost": 1}).json()["items"]
        shown = {each["wearerRef"]: each["crimeVersion"] for each in items}
        if holds(shown):
            return shown
        assert time.monotonic() < deadline, (shown, client.get("/jobs").json()["items"])
        time.sleep(0.2)


def test_the_queue_fills_and_empties_by_itself(tmp_path: Path) -> None:
    write_files(tmp_path / "files")
    world = World(tmp_path / "home", tmp_path / "files")
    tag_all_four(world)
    with _analyst(world, tmp_path / "log") as ana:
        assert _until(ana, lambda shown: len(shown) == 2).keys() == {"W-inside", "W-passer"}
        (crime,) = {(each["force"], each["crimeRef"]) for each in ana.get("/matches?qAtMost=1").json()["items"]}
        wrong = {"force": crime[0], "crimeRef": crime[1], "ground": "error", "reason": "entered twice"}
        withdrawn = ana.post("/withdrawals/crimes", json=wrong)
        assert withdrawn.status_code in (200, 201), withdrawn.text
        assert _until(ana, lambda shown: not shown) == {}
        back = ana.post(f"/withdrawals/{withdrawn.json()['number']}/take-back", json={"reason": "it was right"})
        assert back.status_code in (200, 201), back.text
        assert _until(ana, lambda shown: len(shown) == 2).keys() == {"W-inside", "W-passer"}
        # Nobody asked for any of it.
        assert all("trigger" in job["asked"] for job in ana.get("/jobs").json()["items"])
