"""A record with matches to review, and clients who review them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import select

from api.usecases.stores import open_record
from api.usecases.worker import Worker
from tests.support.matched_by_record import WEARERS, done, people
from tests.support.world import World
from tracker.access.roles import Role
from tracker.people.tables import Address, Identity, Person, Sex
from tracker.record.entry import entering

Client = TestClient[Litestar]


NAME = "Sample Q. Person"


def on_record(world: World) -> None:
    """All four tagged and out, one below the gate; the one inside has a name and an address."""
    done(world.may_keep(), "import", "fixes", world.files / "fixes.csv")
    done(world, "import", "crimes", world.files / "crimes.csv", "--format", "headed")
    done(world, "programme", "load")
    people(world, {"inside": 60, "passer": 50, "hidden": 49, "away": 80})
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


def work(world: World) -> int:
    """A worker does what waits; how many jobs."""
    engine = open_record(world.settings)
    worker, stop, n = Worker(world.settings, engine), threading.Event(), 0
    while worker.run_one(stop):
        n += 1
    engine.dispose()
    return n


@pytest.fixture
def ready(world: World) -> World:
    on_record(world)
    return world


@pytest.fixture
def as_(ready: World) -> Iterator[Callable[..., Client]]:
    """Somebody of a role, logged in."""
    with ExitStack() as stack:

        def log_in(role: Role, name: str | None = None) -> Client:
            return stack.enter_context(ready.client_as(role, name))

        yield log_in


def matched(world: World, ana: Client, **asked: Any) -> Any:
    made = ana.post("/jobs", json=asked)
    assert made.status_code == 201, made.text
    assert work(world) == 1
    return ana.get(f"/jobs/{made.json()['id']}").json()


def move(client: Client, match_id: int, what: str, body: dict[str, Any], at: str = "/matches") -> Any:
    etag = client.get(f"{at}/{match_id}").headers.get("etag", "")
    return client.post(f"{at}/{match_id}/{what}", json=body, headers={"if-match": etag})


def confirmed(world: World, ana: Client) -> int:
    job = matched(world, ana)
    assert job["state"] == "done", job
    (found,) = ana.get("/matches", params={"wearerRef": "W-inside", "qAtMost": 1}).json()["items"]
    assert move(ana, found["id"], "assign", {}).json()["state"] == "in review"
    answer = move(ana, found["id"], "confirm", {"reason": "stood at the door for an hour"})
    assert answer.json()["state"] == "confirmed", answer.text
    return int(found["id"])


RECIPIENT = {"recipient": {"name": "A. Inspector", "rank": "DI"}, "destroyBy": "2099-01-01"}


def released(rob: Client, match_id: int) -> Any:
    return move(rob, match_id, "release", RECIPIENT, "/releases/awaiting")
