"""The steps of a review over HTTP: a match job run, a match confirmed, a match released."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, select, update

from api.usecases.stores import open_record
from matcher.params import ALGORITHM
from tests.support.clients import Client
from tests.support.worlds import World, run_jobs
from tracker.record.entry import entering
from tracker.review.changed_queries import said_of
from tracker.review.changed_service import Seen, note_changes
from tracker.review.pool_service import RunOf
from tracker.review.tables import Match

RECIPIENT = {"recipient": {"name": "A. Inspector", "rank": "DI"}, "destroyBy": "2099-01-01"}


def matched(world: World, analyst: Client, **parameters: Any) -> Any:
    """The answer of a match job that was asked for and has run."""
    made = analyst.post("/jobs", json=parameters)
    assert made.status_code == 201, made.text
    assert run_jobs(world) == 1
    return analyst.get(f"/jobs/{made.json()['id']}").json()


def move(client: Client, match_id: int, what: str, body: dict[str, Any], at: str = "/matches") -> Any:
    """The response to a move of a match, made against its current version."""
    etag = client.get(f"{at}/{match_id}").headers.get("etag", "")
    return client.post(f"{at}/{match_id}/{what}", json=body, headers={"if-match": etag})


def confirmed(world: World, analyst: Client) -> int:
    """Run a match and confirm the one of the wearer who was inside; its id."""
    job = matched(world, analyst)
    assert job["state"] == "done", job
    (found,) = analyst.get("/matches", params={"wearerRef": "W-inside", "qAtMost": 1}).json()["items"]
    assert move(analyst, found["id"], "assign", {}).json()["state"] == "in review"
    answer = move(analyst, found["id"], "confirm", {"reason": "stood at the door for an hour"})
    assert answer.json()["state"] == "confirmed", answer.text
    return int(found["id"])


def released(officer: Client, match_id: int) -> Any:
    """The response to a release of a confirmed match."""
    return move(officer, match_id, "release", RECIPIENT, "/releases/awaiting")


def say_otherwise(world: World, match_id: int, **figures: Any) -> None:
    """As if a later run had found these figures of a confirmed or released match: by default ten minutes inside, and
    that it was passed by car."""
    engine = open_record(world.settings)
    passed = {"code": "drive_past", "sentence": "It was passed at 50 km/h."}
    with entering(engine, by="worker", now=datetime.now(UTC)) as entry:
        match = entry.connection.execute(select(Match.__table__).where(Match.id == match_id)).one()
        said = said_of(entry.connection, match_id)
        assert said is not None
        now = {**said.figures, "dwell_s": 600.0, "in_words": "10 min 00 s inside, by car", **figures}
        seen = Seen(figures=now, crime_version=1, against=[passed], against_before=[], causes=("fixes",))
        run = RunOf(match.run_id, match.programme, match.params_sha256, ALGORITHM)
        crime = (match.force, match.crime_ref)
        note_changes(entry, run, [crime], {(*crime, match.wearer_ref): seen})
    engine.dispose()


def open_gates(engine: Engine, *wearers: str) -> None:
    """As if these wearers, and no others, might be matched at any time."""
    with engine.begin() as connection:
        connection.execute(update(Match).values(shown=Match.wearer_ref.in_(wearers)))
