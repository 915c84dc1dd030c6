"""A colleague's what-if changes nothing in the queue; two types of crime are matched with two radii side by side."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.clients import Client
from tests.support.pilot import PILOT
from tests.support.review import matched
from tests.support.worlds import HEADER, NOON, SCENE, World, done, run_jobs
from tracker.access.roles import Role

pytestmark = pytest.mark.slow

STANDING = f"/programmes/{PILOT}/standing-settings"


def queue(client: Client, **wanted: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/matches", params={"qAtMost": 1, **wanted}).json()["items"]
    return found


def pairs(items: list[dict[str, Any]]) -> set[tuple[str, str, float]]:
    return {(each["crimeRef"], each["wearerRef"], each["settings"]["radiusM"]) for each in items}


def set_standing(client: Client, radius_m: float, **more: Any) -> Any:
    body = {"params": {"radiusM": radius_m}, "from": "2019-02-18", "reason": "small streets", **more}
    answer = client.post(STANDING, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_what_if_of_500_m_changes_no_match_of_the_queue(ready: World, as_: Callable[..., Client]) -> None:
    ana = as_(Role.ANALYST)
    matched(ready, ana)
    before = queue(ana)
    assert {each["settings"]["inWords"] for each in before} == {
        "within 100 m, in the crime's window; windows of up to 12 h"
    }
    job = matched(ready, ana, params={"radiusM": 500, "bufferS": 600})
    assert job["asked"]["forReview"] is False
    assert queue(ana) == before
    named = matched(ready, ana, params={"radiusM": 500, "bufferS": 600}, whatIf="wide-look")
    assert named["runId"] == job["runId"]
    assert queue(ana) == before
    wide = queue(ana, whatIf="wide-look")
    assert {each["settings"]["inWords"] for each in wide} == {
        "within 500 m, in the crime's window and 10 min at both ends; windows of up to 12 h; what-if wide-look"
    }
    assert {each[:2] for each in pairs(before)} <= {each[:2] for each in pairs(wide)}
    # One that somebody takes up is in everybody's queue, and others of the same crime are beside it.
    taken = wide[0]["id"]
    etag = ana.get(f"/matches/{taken}").headers["etag"]
    assert ana.post(f"/matches/{taken}/assign", json={}, headers={"if-match": etag}).status_code == 200
    assert taken in {each["id"] for each in queue(ana)}
    refused = ana.post("/jobs", json={"params": {"radiusM": 300}, "whatIf": "wide-look"})
    assert (refused.status_code, refused.json()["detail"]) == (
        422,
        "The what-if 'wide-look' has other settings. Give these another name.",
    )
    other_name = {"params": {"radiusM": 500, "bufferS": 600}, "whatIf": "another"}
    assert "'wide-look' already" in ana.post("/jobs", json=other_name).json()["detail"]
    assert "leave it out" in ana.post("/jobs", json={"params": {"radiusM": 100}, "whatIf": "x"}).json()["detail"]
    assert ready.run("verify", "--deep").exit_code == 0


def test_50_m_and_100_m_stand_side_by_side(ready: World, as_: Callable[..., Client]) -> None:
    ana = as_(Role.ANALYST)
    east, north = SCENE
    since, until = "2019-09-10T12:00:00Z", "2019-09-10T13:00:00Z"
    # 70 m from where *inside* stands: within 100 m of it, and not within 50 m.
    rows = [
        f"Metropolitan,{ref},{kind},{since},{until},{east + 100},{north},10"
        for ref, kind in (("r", "RB"), ("v", "TOMV"))
    ]
    (ready.files / "two.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    done(ready, "import", "crimes", ready.files / "two.csv", "--format", "headed")
    matched(ready, ana)
    first = pairs(queue(ana))
    assert {("r", "W-inside", 100.0), ("v", "W-inside", 100.0)} <= first
    entered = set_standing(ana, 50, crimeType="RB")
    assert entered["leftQueue"] == sum(ref == "r" for ref, *_ in first)
    assert entered["crimesOfType"] == 1
    assert run_jobs(ready) == 1
    now = pairs(queue(ana))
    assert ("r", "W-inside", 50.0) not in now
    assert {each for each in now if each[0] != "r"} == {each for each in first if each[0] != "r"}
    # Asked for again, there is a job for each set, and neither changes what the other found.
    job = ana.post("/jobs", json={}).json()
    assert len(job["asked"]["together"]) == 2
    assert run_jobs(ready) == 2
    assert pairs(queue(ana)) == now
    # Each run had the crimes of its own set alone.
    runs = [ana.get(f"/jobs/{number}").json() for number in job["asked"]["together"]]
    crimes = {
        (each["asked"].get("params") or {}).get("radiusM", 100.0): ana.get(f"/runs/{each['runId']}").json()
        for each in runs
    }
    assert (crimes[50.0]["crimes"]["total"], crimes[100.0]["crimes"]["total"]) == (1, 5)
    # A crime entered by hand is matched with the settings of its type.
    crime = {"force": "Metropolitan", "crimeRef": "h", "crimeType": "RB", "from": since, "to": until}
    by_hand = ana.post("/crimes", json={**crime, "easting": east, "northing": north, "match": True}).json()
    assert by_hand["job"]["asked"]["params"] == {"radiusM": 50.0}
    assert by_hand["whyNot"] is None
    run_jobs(ready)
    assert ("h", "W-inside", 50.0) in pairs(queue(ana))
    # Retyped, it is matched with the settings of its new type, and the match with the old ones is withdrawn.
    retyped = {**crime, "crimeType": "TOMV", "easting": east, "northing": north, "match": True}
    assert ana.post("/crimes", json=retyped).json()["job"]["asked"].get("params") is None
    run_jobs(ready)
    assert {each for each in pairs(queue(ana)) if each[0] == "h"} == {
        ("h", each, 100.0) for each in ("W-inside", "W-passer")
    }
    back = ana.post(
        f"{STANDING}/take-back", json={"crimeType": "RB", "from": "2019-02-18", "reason": "too small"}
    ).json()
    assert back["nowHolds"]["radiusM"] == 100.0
    run_jobs(ready)
    assert first <= pairs(queue(ana))
    assert ready.run("verify", "--deep").exit_code == 0


def test_what_cannot_stand_is_refused_in_words(ready: World, as_: Callable[..., Client]) -> None:
    ana = as_(Role.ANALYST)

    def said(**body: Any) -> str:
        answer = ana.post(STANDING, json={"params": {}, "reason": "small streets", **body})
        assert answer.status_code == 422, answer.text
        return str(answer.json()["detail"])

    assert "radiusM is 90000" in said(params={"radiusM": 90_000})
    assert "`dataUntil` is of one run" in said(params={"dataUntil": "2019-10-01T00:00:00Z"})
    other = ana.post("/programmes/iioc-ocsae/standing-settings", json={"params": {}, "reason": "small"})
    assert (other.status_code, "does not map crimes" in other.text) == (409, True) or other.status_code == 404
    assert ready.run("standing", "set", "--programme", PILOT, "--params", "{", "--reason", "x").exit_code == 2
    assert NOON


def test_a_crime_that_no_match_can_test_says_so_where_it_is_entered(as_: Callable[..., Client]) -> None:
    east, north = SCENE
    ana = as_(Role.ANALYST)
    crime = {"force": "Metropolitan", "crimeType": "RB", "from": "2019-09-10T00:00:00Z", "to": "2019-09-10T13:00:00Z"}

    def said(ref: str, **changes: Any) -> Any:
        body = {**crime, "crimeRef": ref, "easting": east, "northing": north, **changes}
        answer = ana.post("/crimes", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["whyNot"]

    assert said("long") == "window_too_long"
    assert said("coarse", to="2019-09-10T01:00:00Z", locationAccuracyM=500) == "location_too_coarse"
    assert said("far", to="2019-09-10T01:00:00Z", easting=400_000) == "outside_window"
    set_standing(ana, 100, params={"maxWindowH": 16})
    assert said("long") is None
