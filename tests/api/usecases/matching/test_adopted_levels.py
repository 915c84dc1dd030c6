"""What is adopted of the accuracy of a device model, from the entry to the match that takes it and the trail shown."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from api.usecases.matching.match import ByRecord, Question, prepared, run_of
from api.usecases.matching.match_jobs import params_digest
from api.usecases.stores import open_record
from matcher.params import Params
from matcher.runs.folder import RunFolder, find_run
from tests.support.clients import Client
from tests.support.review import matched
from tests.support.worlds import World, done
from tracker.access.roles import Role
from tracker.accuracy.service import adopt, take_back
from tracker.errors import NotFound
from tracker.tags.model_service import record_models

GT2 = ("D-inside", "D-passer")
MARCH = date(2019, 3, 1)
TRAIL = {
    "wearerRef": "W-inside",
    "from": "2019-09-10T12:00:00Z",
    "to": "2019-09-10T12:05:00Z",
    "purpose": "how they came to the scene",
}


def adopted(world: World, *words: str, model: str = "GT-2") -> Any:
    return world.json("levels", "adopt", model, "--reason", "report of 2019-10-01", *words)


@pytest.fixture
def modelled(ready: World) -> World:
    done(ready, "tag", "model", *GT2, "--is", "GT-2")
    return ready


def test_a_match_takes_what_is_adopted_and_keeps_it_with_the_run(modelled: World, as_: Callable[..., Client]) -> None:
    plain = modelled.json("match")["run"]
    assert plain["accuracies"] is None
    before = datetime.now(UTC)
    entered = adopted(modelled, "--from", "2019-03-01", "--level", "95", "--factor", "1.35")
    assert entered["new"]
    assert entered["adoption"] | {"enteredAt": "", "number": 0} == {
        "number": 0,
        "model": "GT-2",
        "from": "2019-03-01",
        "level": 95,
        "factor": 1.35,
        "reason": "report of 2019-10-01",
        "adoptedBy": "local",
        "enteredAt": "",
        "inForce": True,
        "supersededAt": None,
        "corrects": None,
    }
    run = modelled.json("match")["run"]
    told = {"model": "GT-2", "from": "2019-03-01", "level": 95, "factor": 1.35}
    assert run["accuracies"] == {"adopted": [told], "given": 0, "devices": 2}
    assert run["runId"] != plain["runId"]
    assert "adopted for GT-2 from 2019-03-01 on: level 95 %, factor 1.35" in modelled.run("show", run["runId"]).output
    known_before = modelled.json("match", "--as-known-at", before.isoformat())["run"]
    assert known_before["runId"] == plain["runId"]
    ana = as_(Role.ANALYST)
    assert matched(modelled, ana)["runId"] == run["runId"]
    assert matched(modelled, ana, asKnownAt=before.isoformat())["runId"] == plain["runId"]
    one, other = (find_run(modelled.settings.runs_dir, each["runId"]) for each in (plain, run))
    assert params_digest(one) != params_digest(other)
    gone = modelled.json("levels", "take-back", "GT-2", "--from", "2019-03-01", "--reason", "the wrong addresses")
    assert gone["nowInForce"] is None
    assert modelled.json("match")["run"]["runId"] == plain["runId"]


def test_levels_of_devices_given_with_a_job_stand_in_for_what_is_adopted_for_them(
    modelled: World, as_: Callable[..., Client]
) -> None:
    adopted(modelled, "--from", "2019-03-01", "--factor", "2")
    ana = as_(Role.ANALYST)
    given_levels = [{"deviceId": "D-inside", "accuracyLevel": 95, "to": "2019-10-01T00:00:00Z"}]
    job = matched(modelled, ana, accuracyLevels=given_levels)
    assert job["state"] == "done", job
    assert job["asked"]["accuracyLevels"] == given_levels
    levels = find_run(modelled.settings.runs_dir, job["runId"]).accuracy_levels()
    assert levels is not None
    assert levels.select("device_id", "accuracy_level", "accuracy_factor").rows() == [
        ("D-inside", 95, 1.0),
        ("D-passer", None, 2.0),
    ]
    (modelled.files / "levels.csv").write_text("device_id,from,to,accuracy_level\nD-inside,,2019-10-01T00:00:00Z,95\n")
    by_file = modelled.json("match", "--accuracy-levels", modelled.files / "levels.csv")["run"]
    assert by_file["runId"] == job["runId"]
    assert by_file["accuracies"]["given"] == 1


def test_a_trail_shows_accuracies_as_a_match_takes_them(modelled: World, as_: Callable[..., Client]) -> None:
    plain = modelled.json("match")["run"]["runId"]
    adopted(modelled, "--from", "2019-03-01", "--factor", "1.5")
    run = modelled.json("match")["run"]["runId"]
    ana = as_(Role.ANALYST)

    def shown(**more: str) -> set[float]:
        return {fix["accuracyM"] for fix in ana.get("/trails", params={**TRAIL, **more}).json()["items"]}

    assert shown() == shown(runId=run) == {7.5}
    assert shown(runId=plain) == {5.0}
    detail = ana.get(f"/runs/{run}/candidates/Metropolitan/4417%2F19/W-inside").json()
    assert {fix["accuracyM"] for fix in detail["fixes"]} == {7.5}
    assert ana.get("/trails", params={**TRAIL, "runId": "nosuch"}).status_code == 404
    # From a later day on nothing holds for these fixes.
    done(modelled, "levels", "take-back", "GT-2", "--from", "2019-03-01", "--reason", "another day")
    adopted(modelled, "--from", "2019-09-11", "--factor", "1.5")
    assert shown() == {5.0}


def test_a_match_that_is_none_under_what_was_adopted_since_is_withdrawn_from_the_queue(
    modelled: World, as_: Callable[..., Client]
) -> None:
    ana = as_(Role.ANALYST)
    asked = {"params": {"maxAccuracyM": 20}, "whatIf": "fine"}

    def queue() -> set[str]:
        return {
            each["wearerRef"] for each in ana.get("/matches", params={"qAtMost": 1, "whatIf": "fine"}).json()["items"]
        }

    matched(modelled, ana, **asked)
    assert "W-inside" in queue()
    adopted(modelled, "--from", "2019-03-01", "--factor", "10")
    # 50 m is too coarse to be evidence here.
    matched(modelled, ana, **asked)
    assert "W-inside" not in queue()


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"model": "GT-9", "level": 95}, 422, "the models on record are GT-2"),
        ({"model": "GT-2", "level": 80}, 400, "level"),
        ({"model": "GT-2", "factor": 0}, 400, "factor"),
        ({"model": "GT-2", "factor": 10.5}, 400, "factor"),
        ({"model": "GT-2", "level": 95, "from": "2199-12-31"}, 422, "in the future"),
        ({"model": "GT-2"}, 422, "Give a level (68, 90 or 95), a factor, or both."),
    ],
)
def test_an_adoption_that_cannot_be_is_refused_over_http_and_at_the_terminal(
    modelled: World, as_: Callable[..., Client], body: dict[str, Any], status: int, words: str
) -> None:
    answer = as_(Role.ANALYST).post("/accuracy-levels", json={**body, "reason": "a report"})
    assert answer.status_code == status, answer.text
    assert words in answer.text
    options = [word for name in ("from", "level", "factor") if name in body for word in (f"--{name}", str(body[name]))]
    result = modelled.run("levels", "adopt", body["model"], *options, "--reason", "a report")
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert modelled.json("levels", "list")["items"] == []


@pytest.mark.parametrize(
    ("levels", "status"),
    [
        ([{"deviceId": "D1", "accuracyLevel": 80}], 400),
        ([{"deviceId": "D1", "accuracyLevel": 90}, {"deviceId": "D1", "accuracyLevel": 95}], 422),
        ([{"accuracyLevel": 90}], 400),
    ],
)
def test_a_job_with_levels_that_cannot_be_is_not_stored(
    as_: Callable[..., Client], levels: list[dict[str, Any]], status: int
) -> None:
    ana = as_(Role.ANALYST)
    assert ana.post("/jobs", json={"accuracyLevels": levels}).status_code == status
    assert ana.get("/jobs").json()["total"] == 0


ENTRY = st.tuples(
    st.sampled_from(["adopt", "take back", "model"]),
    st.sampled_from([MARCH, date(2019, 9, 10), date(2019, 9, 11)]),
    st.sampled_from([68, 90, 95]),
    st.sampled_from([0.5, 1.0, 1.35, 10.0]),
)


def enter(engine: Engine, entry: tuple[str, date, int, float]) -> None:
    what, day, level, factor = entry
    by: dict[str, Any] = {"by": "ana", "now": datetime.now(UTC)}
    if what == "adopt":
        today = date(2020, 1, 1)
        adopt(engine, "GT-2", day, level=level, factor=factor, reason=f"report {level}", today=today, **by)
    elif what == "model":
        record_models(engine, ["D-inside"], "GT-2" if level == 95 else None, **by)
    else:
        with suppress(NotFound):
            take_back(engine, "GT-2", day, reason="wrong", **by)


@pytest.mark.slow
def test_whatever_is_entered_later_a_run_as_known_before_is_the_same_run(modelled: World) -> None:
    engine = open_record(modelled.settings)

    def made(known_at: datetime | None) -> RunFolder:
        question = Question(by_record=ByRecord(None, known_at), t_from=None, t_to=None, params=Params())
        return run_of(modelled.settings, prepared(engine, question))

    known: list[tuple[datetime, str]] = []

    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(ENTRY, min_size=1, max_size=3))
    # Adopted, corrected and taken back, each of which gives another run.
    @example([("adopt", MARCH, 95, 1.35), ("adopt", MARCH, 90, 0.5), ("take back", MARCH, 95, 1.0)])
    def entered(entries: list[tuple[str, date, int, float]]) -> None:
        for entry in entries:
            enter(engine, entry)
            # Each entry is recorded later than the one before.
            known.append((datetime.now(UTC), made(None).run_id))
        for then, run_id in known[-4:]:
            assert made(then).run_id == run_id

    entered()
    assert len({run_id for _, run_id in known}) >= 3
    for then, run_id in known:
        assert made(then).run_id == run_id
    engine.dispose()
