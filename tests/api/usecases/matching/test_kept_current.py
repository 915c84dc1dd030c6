"""Matches keep themselves current: whatever they rest on, a change of it begins a match of what is touched, once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from api.settings import Settings, read_settings
from api.usecases.desk.current import TRIGGER, keep_current
from api.usecases.stores import open_record
from api.usecases.today import today
from tests.support.clients import Client
from tests.support.worlds import World, done, run_jobs
from tracker.access.roles import Role

LEVEL = {"model": "GT-1", "from": "2019-01-01", "level": 95, "reason": "a report"}


@pytest.fixture
def engine(ready: World) -> Iterator[Engine]:
    engine = open_record(ready.settings)
    yield engine
    engine.dispose()


def _begun(world: World, engine: Engine, settings: Settings | None = None) -> bool:
    settings = settings or replace(world.settings, keep_current=True)
    return keep_current(engine, settings, by="a worker", now=today(settings, datetime.now(UTC)).now)


def _shown(client: Client) -> set[str]:
    return {each["wearerRef"] for each in client.get("/matches?qAtMost=1").json()["items"]}


def test_it_is_on_unless_the_settings_say_otherwise() -> None:
    assert read_settings({}).keep_current
    assert not read_settings({"TAGPILOT_KEEP_CURRENT": "0"}).keep_current


@pytest.mark.slow
def test_a_change_of_what_matches_rest_on_begins_one_match_of_what_is_touched(ready: World, engine: Engine) -> None:
    assert not _begun(ready, engine, ready.settings)
    assert _begun(ready, engine)
    # Another worker that looks meanwhile stores no second one.
    assert not _begun(ready, engine)
    assert run_jobs(ready) == 1
    assert not _begun(ready, engine)
    with ready.client_as(Role.ANALYST) as ana:
        assert _shown(ana) == {"W-inside", "W-passer"}
        first = ana.get("/jobs").json()["items"][0]
        assert (first["state"], first["asked"]["forReview"]) == ("done", True)
        assert first["asked"]["trigger"].startswith(TRIGGER)
        # A corrected crime: the place is elsewhere.
        path = ready.files / "moved.csv"
        lines = (ready.files / "crimes.csv").read_text().splitlines()
        path.write_text("\n".join([lines[0], lines[1].replace("530000.0", "540000.0")]) + "\n")
        done(ready, "import", "crimes", path, "--format", "headed")
        assert _begun(ready, engine)
        assert run_jobs(ready) == 1
        assert ana.get("/jobs").json()["items"][0]["asked"]["previous"] == first["runId"]
        assert _shown(ana) == set()
        path.write_text((ready.files / "crimes.csv").read_text())
        done(ready, "import", "crimes", path, "--format", "headed", "--map", "text==as it was")
        assert _begun(ready, engine)
        run_jobs(ready)
        assert _shown(ana) == {"W-inside", "W-passer"}
        # Late fixes, a score, a tag that was off by then: each is seen.
        late = ready.files / "late.csv"
        late.write_text("device_id,t,easting_m,northing_m,accuracy_m\nD-away,2019-09-11T12:00:00Z,531600,180000,5\n")
        done(ready, "import", "fixes", late)
        assert _begun(ready, engine)
        done(
            ready, "ogrs", "give", "W-passer", "40", "--horizon", "2", "--on", "2019-09-05", "--given-by", "NPS London"
        )
        assert _begun(ready, engine)
        done(ready, "tag", "remove", "D-inside", "--at", "2019-09-09T12:00:00Z")
        assert _begun(ready, engine)
        done(ready, "tag", "model", "--is", "GT-1", "D-away")
        assert _begun(ready, engine)
        assert ana.post("/accuracy-levels", json=LEVEL).status_code == 201
        assert _begun(ready, engine)
        assert not _begun(ready, engine)
        run_jobs(ready)
        assert _shown(ana) == set()
