"""A match that goes by the record: who is on licence, tagged, out and scored, and nobody else."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.worlds import WEARERS, World, add_scored_wearers, done, load_papers


@pytest.fixture
def recorded(world: World) -> World:
    """Fixes, crimes and the decision paper; nobody on licence yet."""
    done(world.may_keep(), "import", "fixes", world.files / "fixes.csv")
    done(world, "import", "crimes", world.files / "crimes.csv", "--format", "headed")
    load_papers(world)
    return world


def test_an_empty_record_is_reported_and_not_filled_in(recorded: World) -> None:
    result = recorded.run("match")
    assert result.exit_code == 1
    assert "of 0 people on licence" in result.stderr
    other = recorded.run("match", "--programme", "ivma")
    assert other.exit_code == 1
    assert "ivma does not map crimes" in other.stderr


def test_the_record_decides_who_is_matched(recorded: World) -> None:
    add_scored_wearers(recorded, {"inside": 60, "passer": 50, "hidden": 49, "away": 80})
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
