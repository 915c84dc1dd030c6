"""From a job to a released and recalled match, over HTTP, each by whoever may."""

import json
from collections.abc import Callable
from hashlib import sha256

import pytest
from sqlalchemy import func, select

from api.settings import read_settings
from api.usecases.stores import open_record
from tests.support.clients import Client
from tests.support.review import confirmed, matched, move, released
from tests.support.worlds import NAME, World, done
from tracker.access.roles import Role
from tracker.record.audit.queries import entries, verify_chain
from tracker.record.base import Table
from tracker.review.tables import ReleaseDocument


def test_a_job_runs_and_shows_its_result(ready: World, as_: Callable[..., Client]) -> None:
    ana = as_(Role.ANALYST)
    job = matched(ready, ana)
    assert (job["state"], job["fraction"], job["why"]) == ("done", 1.0, None)
    assert ana.get(f"/runs/{job['runId']}").status_code == 200
    assert job["runId"] == ready.json("match")["run"]["runId"]
    told = ana.get("/matches", params={"qAtMost": 1}).json()
    assert {m["wearerRef"] for m in told["items"]} == {"W-inside", "W-passer"}
    assert told["items"][0]["inWords"].startswith("fix inside at")
    cut = ana.get("/matches", params={"qAtMost": 0}).json()
    assert cut["total"] + cut["hidden"] == told["total"]


def test_from_the_queue_to_a_released_and_recalled_match(ready: World, as_: Callable[..., Client]) -> None:
    ana, rob = as_(Role.ANALYST), as_(Role.RELEASER)
    match_id = confirmed(ready, ana)
    detail = ana.get(f"/matches/{match_id}").json()
    assert [m["move"] for m in detail["moves"]] == ["assigned", "confirmed"]
    assert NAME not in json.dumps(detail)
    assert detail["evidence"]["fixes"]
    assert rob.get(f"/matches/{match_id}").status_code == 403
    awaiting = rob.get("/releases/awaiting").json()
    assert ([m["id"] for m in awaiting["items"]], awaiting["next"]) == ([match_id], None)
    full = rob.get("/releases/awaiting?limit=1").json()
    assert rob.get("/releases/awaiting", params={"after": full["next"]}).json()["items"] == []
    made = released(rob, match_id)
    assert made.status_code == 201, made.text
    release = made.json()
    assert release["recipientUnit"] == "Central West BCU (AW)"
    assert NAME not in made.text
    package = rob.get(f"/releases/{release['id']}/package")
    assert sha256(package.content).hexdigest() == release["sha256"] == package.headers["x-content-sha256"]
    told = package.json()
    assert told["wearer"] == {
        "name": NAME, "born": "1997-05-01", "pnc_id": "97/123456X", "address": "1 High Street, Lambeth",
    }  # fmt: skip
    assert told["fixes"]
    assert [fix["label"] for fix in told["fixes"]] == [f"A{n}" for n in range(1, len(told["fixes"]) + 1)]
    assert [visit["visit"] for visit in told["visits"]] == ["A"]
    assert told["speaksAgainst"] == detail["evidence"]["speaksAgainst"]
    assert {fix["device_id"] for fix in told["fixes"]} == {"D-inside"}
    assert all(fix["inside"] and fix["distance_m"] <= 100 for fix in told["fixes"])
    assert all("2019-09-10T12:00:00Z" <= fix["t"] <= "2019-09-10T13:00:00Z" for fix in told["fixes"])
    assert told["confirmed"]["by"] == "analyst"
    assert told["released"]["by"] == "releasing-officer"
    assert "60" in told["basis"]["gate"]
    places = rob.get(f"/releases/{release['id']}/package.geojson").json()
    assert len(places["features"]) == len(told["fixes"]) + 1
    assert all(-0.6 < f["geometry"]["coordinates"][0] < 0.4 for f in places["features"])
    recalled = rob.post(f"/releases/{release['id']}/recall", json={"reason": "the place was wrong"})
    assert recalled.json()["state"] == "recalled"
    known = {"on": "2019-11-02", "words": "destroyed on the same day"}
    assert rob.post(f"/releases/{release['id']}/acknowledge", json=known).status_code == 200
    outcome = {"outcome": "no further action", "on": "2019-11-05", "source": "DI A. Inspector by mail"}
    told = rob.post(f"/releases/{release['id']}/outcome", json=outcome).json()["updates"]
    assert [t["kind"] for t in told] == ["recalled", "acknowledged", "outcome"]
    engine = open_record(ready.settings)
    assert verify_chain(engine).broken is None
    with engine.connect() as connection:
        audited = entries(connection, limit=1000)
    engine.dispose()
    disclosed = [row for row in audited if row.action.value == "disclose"]
    assert [row.recipient for row in disclosed] == ["DI A. Inspector, Central West BCU (AW)"]
    assert NAME not in str([row.open for row in audited])


def test_nobody_releases_what_they_confirmed_themselves(ready: World, as_: Callable[..., Client]) -> None:
    ana, ada = as_(Role.ANALYST), as_(Role.ADMINISTRATOR)
    match_id = confirmed(ready, ana)
    etag = ada.get("/users/analyst").headers["etag"]
    assert (
        ada.patch("/users/analyst", json={"role": "releasing officer"}, headers={"if-match": etag}).status_code == 200
    )
    again = as_(Role.RELEASER, "analyst")
    answer = released(again, match_id)
    assert answer.status_code == 409
    assert "another person has to release it" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            ("ogrs", "give", "W-inside", "40", "--horizon", "2", "--on", "2019-08-15", "--given-by", "NPS London"),
            "the gate is closed",
        ),
        (
            ("licence", "move", "L-inside", "recall", "--type", "standard", "--at", "2019-09-10T11:00:00Z"),
            "not monitored at the time of every fix",
        ),
        (
            ("tag", "take-back", "D-inside", "--reason", "another tag was meant"),
            "no fix that supports the match is left",
        ),
    ],
)
def test_the_evidence_is_checked_again_on_release(
    ready: World, as_: Callable[..., Client], change: tuple[str, ...], words: str
) -> None:
    ana, rob = as_(Role.ANALYST), as_(Role.RELEASER)
    match_id = confirmed(ready, ana)
    done(ready, *change)
    answer = released(rob, match_id)
    assert answer.status_code == 409, answer.text
    assert words in answer.json()["detail"]
    assert rob.get("/releases").json()["total"] == 0
    assert move(rob, match_id, "return", {"reason": "look again"}, "/releases/awaiting").json()["state"] == "in review"


def test_a_later_version_of_the_crime_is_not_released_and_withdraws_the_match(
    ready: World, as_: Callable[..., Client]
) -> None:
    ana, rob = as_(Role.ANALYST), as_(Role.RELEASER)
    match_id = confirmed(ready, ana)
    assert released(rob, match_id).status_code == 201
    path = ready.files / "moved.csv"
    lines = (ready.files / "crimes.csv").read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1].replace("530000.0", "540000.0")]) + "\n")
    done(ready, "import", "crimes", path, "--format", "headed")
    # Released already: it is withdrawn by the next run, and to be recalled.
    matched(ready, ana)
    (release,) = rob.get("/releases").json()["items"]
    assert (release["state"], release["recallDue"]) == ("withdrawn", True)
    rob.post(f"/releases/{release['id']}/recall", json={"reason": "the crime was elsewhere"})
    assert rob.get(f"/releases/{release['id']}").json()["recallDue"] is False


def test_an_erased_wearer_is_in_no_match_move_or_package_but_the_release_stays_on_record(
    ready: World, as_: Callable[..., Client]
) -> None:
    ana, rob, dee = as_(Role.ANALYST), as_(Role.RELEASER), as_(Role.PROTECTION)
    match_id = confirmed(ready, ana)
    release = released(rob, match_id).json()
    assert rob.get(f"/releases/{release['id']}/package.docx").status_code == 200
    erased = dee.post("/wearers/W-inside/erase", json={"reason": "request of 3 October"})
    assert erased.status_code == 200, erased.text
    assert ana.get(f"/matches/{match_id}").status_code == 404
    for form in ("", ".docx", ".pdf", ".geojson"):
        assert rob.get(f"/releases/{release['id']}/package{form}").status_code == 404
    kept = rob.get(f"/releases/{release['id']}").json()
    assert (kept["sha256"], kept["recipientName"]) == (release["sha256"], "A. Inspector")
    assert (release["packageKept"], kept["packageKept"]) == (True, False)
    engine = open_record(ready.settings)
    with engine.connect() as connection:
        rows = "\n".join(str(connection.execute(select(table)).all()) for table in Table.metadata.sorted_tables)
        assert connection.scalar(select(func.count()).select_from(ReleaseDocument)) == 0
    assert verify_chain(engine).broken is None
    engine.dispose()
    for word in ("W-inside", NAME, "97/123456X", "1 High Street", "stood at the door"):
        assert word not in rows
    other = matched(ready, ana)
    assert other["state"] == "done"
    assert ana.get("/matches", params={"wearerRef": "W-inside", "qAtMost": 1}).json()["items"] == []


@pytest.mark.slow
def test_packages_past_retention_are_purged_but_their_release_stays_on_record(
    ready: World, as_: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, rob = as_(Role.ANALYST), as_(Role.RELEASER)
    release = released(rob, confirmed(ready, ana)).json()
    assert rob.get(f"/releases/{release['id']}/package.pdf").status_code == 200
    done(ready, "keep", "set", "released packages", "--days", "30", "--source", "a test")
    assert "0 packages" in ready.run("keep", "purge", "--dry-run").stdout
    monkeypatch.setenv("TAGPILOT_TODAY", "2098-01-01")
    later = World(ready.home, ready.files)
    monkeypatch.setattr(World, "settings", property(lambda self: read_settings(home=self.home)))
    assert "1 packages" in later.run("keep", "purge", "--yes").stdout
    gone = rob.get(f"/releases/{release['id']}/package")
    assert (gone.status_code, gone.json()["type"]) == (404, "urn:tagpilot:problem:not-on-record")
    assert rob.get(f"/releases/{release['id']}/package.pdf").status_code == 404
    assert rob.get(f"/releases/{release['id']}").json()["documents"] == []
    assert rob.get(f"/releases/{release['id']}").json()["sha256"] == release["sha256"]


def test_a_wearer_who_falls_below_the_gate_is_no_longer_shown(ready: World, as_: Callable[..., Client]) -> None:
    ana = as_(Role.ANALYST)
    matched(ready, ana)
    (found,) = ana.get("/matches", params={"wearerRef": "W-inside", "qAtMost": 1}).json()["items"]
    score = ("--horizon", "2", "--on", "2019-08-15", "--given-by", "NPS London")
    done(ready, "ogrs", "give", "W-inside", "40", *score)
    assert ana.get("/matches", params={"wearerRef": "W-inside", "qAtMost": 1}).json()["items"] == []
    assert ana.get(f"/matches/{found['id']}").status_code == 404
    run = found["runId"]
    assert ana.get(f"/runs/{run}/candidates", params={"wearerId": "W-inside"}).json()["items"] == []
    inside = f"/runs/{run}/candidates/Metropolitan/4417%2F19/W-inside"
    assert ana.get(inside).status_code == 404
    wearers = ana.get(f"/runs/{run}/crimes/Metropolitan/4417%2F19/verdicts/wearers").json()["items"]
    assert "W-inside" not in {row["wearerId"] for row in wearers}


def test_many_matches_are_rejected_with_one_reason_and_it_is_undone(ready: World, as_: Callable[..., Client]) -> None:
    ana = as_(Role.ANALYST)
    matched(ready, ana)
    ids = [m["id"] for m in ana.get("/matches", params={"qAtMost": 1}).json()["items"]]
    done_ = ana.post("/matches/reject", json={"matchIds": ids, "reason": "they all live there"}).json()
    assert done_["matchIds"] == sorted(ids)
    assert ana.get("/matches", params={"qAtMost": 1}).json()["total"] == 0
    assert move(ana, ids[0], "reopen", {"reason": "not this one"}).status_code == 200
    back = ana.post(f"/matches/undo/{done_['undo']}").json()["matchIds"]
    assert back == sorted(ids[1:])
    assert ana.post(f"/matches/undo/{done_['undo']}").status_code == 404
    assert ana.post("/matches/reject", json={"matchIds": [9999], "reason": "none"}).status_code == 404


def test_a_match_changed_meanwhile_is_not_moved(ready: World, as_: Callable[..., Client]) -> None:
    ana, bob = as_(Role.ANALYST), as_(Role.ANALYST, "bob")
    matched(ready, ana)
    match_id = ana.get("/matches", params={"qAtMost": 1}).json()["items"][0]["id"]
    etag = ana.get(f"/matches/{match_id}").headers["etag"]
    for client, status in ((ana, 200), (bob, 412)):
        answer = client.post(f"/matches/{match_id}/assign", json={}, headers={"if-match": etag})
        assert answer.status_code == status
    assert bob.post(f"/matches/{match_id}/assign", json={}).status_code == 428
    for nobody in ("nobody", "releasing-officer"):
        assert move(ana, match_id, "assign", {"to": nobody}).status_code == 422
    refused = move(bob, match_id, "confirm", {"reason": "looks right"})
    assert refused.status_code == 409
    assert "is assigned to analyst" in refused.json()["detail"]


def test_an_impossible_job_is_refused_before_it_is_created(as_: Callable[..., Client]) -> None:
    ana = as_(Role.ANALYST)
    for asked, status in (
        ({"params": {"radiusM": 9}}, 201),
        ({"params": {"radiusM": 90_000}}, 422),
        ({"params": {"radius_m": 9}}, 400),
        ({"params": {"colour": "red"}}, 400),
        ({"programme": "ivma"}, 409),
        ({"programme": "nosuch"}, 404),
        ({"previous": "nosuch"}, 404),
        ({"from": "2019-09-10T00:00:00Z", "to": "2019-09-09T00:00:00Z"}, 422),
        ({"from": "2019-09-10T00:00:00"}, 400),
        ({"requestedBy": "somebody else"}, 400),
    ):
        assert ana.post("/jobs", json=asked).status_code == status, asked
    unknown = ana.post("/jobs", json={"params": {"colour": "red"}}).json()["detail"]
    assert unknown.startswith("there is no field `colour` here; there are radiusM, bufferS, maxWindowH")
    assert "radiusM is 90000" in ana.post("/jobs", json={"params": {"radiusM": 90_000}}).json()["detail"]
    job = ana.get("/jobs", params={"state": "queued"}).json()["items"][0]
    assert job["asked"]["params"] == {"radiusM": 9.0}
    assert ana.post(f"/jobs/{job['id']}/cancel").json()["state"] == "cancelled"
    assert ana.post(f"/jobs/{job['id']}/cancel").status_code == 409


def test_a_job_that_fails_says_why(ready: World, as_: Callable[..., Client]) -> None:
    ana = as_(Role.ANALYST)
    job = matched(ready, ana, **{"from": "2021-01-01T00:00:00Z"})
    assert job["state"] == "failed"
    assert "there are no crimes to match" in job["why"]


def test_a_job_for_one_crime_has_that_crime_alone(ready: World, as_: Callable[..., Client]) -> None:
    ana = as_(Role.ANALYST)
    told = ready.json("match")["run"]["crimes"]["total"]
    other = {"force": "Metropolitan", "crimeRef": "4418/19", "crimeType": "RB", "match": False}
    other |= {"from": "2019-09-10T12:00:00Z", "to": "2019-09-10T13:00:00Z", "easting": 530_000, "northing": 180_000}
    assert ana.post("/crimes", json=other).status_code == 201
    one = ["Metropolitan", "4418/19"]
    for asked, status, said in (
        ({"crime": [one[0], "nosuch"]}, 404, "there is no crime 'nosuch'"),
        ({"crime": one[:1]}, 400, "crime"),
        ({"crime": one, "from": "2019-09-10T00:00:00Z"}, 422, "leave out `from` and `to`"),
    ):
        refused = ana.post("/jobs", json=asked)
        assert (refused.status_code, said in refused.text) == (status, True), refused.text
    assert told >= 1
    job = matched(ready, ana, crime=one)
    assert job["asked"]["crime"] == one
    assert ana.get(f"/runs/{job['runId']}").json()["crimes"]["total"] == 1
    assert {each["crimeRef"] for each in ana.get("/matches", params={"qAtMost": 1}).json()["items"]} == {"4418/19"}
    assert ready.json("match", "--crime", *one)["run"]["runId"] == job["runId"]
    assert "there is no crime 'nosuch'" in ready.run("match", "--crime", one[0], "nosuch").stderr
    assert "leave out --from and --to" in ready.run("match", "--crime", *one, "--from", "2019-09-01").stderr
