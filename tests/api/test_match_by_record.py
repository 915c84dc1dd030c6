"""A match that goes by the record: who is on licence, tagged, out and scored, and nobody else."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from api.stores import open_record
from tests.api.conftest import World
from tracker.store.entry import entering
from tracker.store.queries.portfolio import programme_named
from tracker.store.tables import Licence, OgrsScore, Person
from tracker.store.tables.licences import Instrument

PILOT = "gps-knife-licence"
WEARERS = ("inside", "passer", "hidden", "away")


def people(world: World, pct: dict[str, int]) -> None:
    """On licence in the pilot, each with a score."""
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


def done(world: World, *words: object) -> str:
    result = world.run(*map(str, words))
    assert result.exit_code == 0, result.output
    return result.stderr


@pytest.fixture
def recorded(world: World) -> World:
    """Fixes, crimes and the decision paper; nobody on licence yet."""
    done(world.may_keep(), "import", "fixes", world.files / "fixes.csv")
    done(world, "import", "crimes", world.files / "crimes.csv", "--format", "headed")
    done(world, "programme", "load")
    return world


def test_nothing_on_record_is_said_and_not_filled_in(recorded: World) -> None:
    result = recorded.run("match")
    assert result.exit_code == 1
    assert "of 0 people on licence" in result.stderr
    other = recorded.run("match", "--programme", "ivma")
    assert other.exit_code == 1
    assert "ivma maps no crimes" in other.stderr


def test_the_record_says_who_is_matched(recorded: World) -> None:
    people(recorded, {"inside": 60, "passer": 50, "hidden": 49, "away": 80})
    done(recorded, "tag", "receive", *[f"D-{who}" for who in WEARERS], "--at", "2019-09-01T08:00:00Z")
    for who in WEARERS:
        done(recorded, "tag", "fit", f"D-{who}", f"L-{who}", "--at", "2019-09-01T09:00:00Z")
    refused = recorded.run("match")
    assert refused.exit_code == 1
    assert "of 4 people on licence" in refused.stderr
    for who in WEARERS:
        done(recorded, "licence", "move", f"L-{who}", "release", "--at", "2019-09-02T10:00:00Z")
    said = done(recorded, "match")
    before = datetime.now(UTC)
    assert "3 of 4 people on licence may be matched, by the record: gps-knife-licence (2-year OGRS)" in said
    first = run_of(recorded)
    assert {c["wearerId"] for c in first["strongest"]} == {"W-inside", "W-passer"}
    # Recalled before the crime, and told late: it takes the match away, and what was known then stays answerable.
    recall = ("licence", "move", "L-inside", "recall", "--type", "standard", "--at", "2019-09-10T10:30:00Z")
    done(recorded, *recall)
    assert {c["wearerId"] for c in run_of(recorded)["strongest"]} == {"W-passer"}
    assert run_of(recorded, "--as-known-at", before.isoformat())["folder"] == first["folder"]


def run_of(world: World, *words: str) -> dict[str, Any]:
    told: dict[str, Any] = world.json("match", *words)
    return told
