"""Imports and crimes withdrawn over HTTP: lists, matches, releases and the way back."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from api.usecases.stores import open_events, open_fixes, open_record
from tests.support.clients import FILE, Client
from tests.support.review import confirmed, released
from tests.support.worlds import HEADER, SCENE, World, done, run_jobs, tag_all_four
from tracker.access.roles import Role
from tracker.assignments.queries import current_assignments
from tracker.record.audit.queries import verify_chain
from tracker.record.audit.tables import AuditEntry

PILOT_ATTENTION = "/programmes/gps-knife-licence/attention"


@pytest.fixture
def tagged(world: World) -> World:
    tag_all_four(world)
    return world


@pytest.fixture
def ana(tagged: World) -> Iterator[Client]:
    with tagged.client_as(Role.ANALYST, "ana") as client:
        yield client


def of_file(ana: Client, kind: str, content: bytes, world: World, **params: Any) -> Any:
    """The import of a file that was sent and read."""
    sent = ana.post(f"/imports/{kind}", params={"name": f"{kind}.csv", **params}, content=content, headers=FILE)
    assert sent.status_code == 202, sent.text
    run_jobs(world)
    return ana.get(f"/imports/{sent.json()['id']}").json()


def withdraw(client: Client, number: int, reason: str = "read in the wrong zone") -> Any:
    return client.post("/withdrawals/imports", json={"fileNumber": number, "reason": reason})


def rows_of_audit(world: World) -> int:
    engine = open_record(world.settings)
    with engine.connect() as connection:
        found = connection.scalar(select(func.count()).select_from(AuditEntry)) or 0
        assert verify_chain(engine).broken is None
    engine.dispose()
    return found


def fixes_stored(world: World) -> int:
    return open_fixes(world.settings).counts().rows


def test_an_import_of_fixes_is_withdrawn_with_what_rests_on_it_and_taken_back(tagged: World, ana: Client) -> None:
    match_id = confirmed(tagged, ana)
    again = of_file(ana, "fixes", (tagged.files / "fixes.csv").read_bytes(), tagged)
    number = again["fileNumber"]
    assert (again["same"], again["withdrawn"]) == (720, None)
    told = withdraw(ana, number)
    assert told.status_code == 200, told.text
    said = told.json()
    assert (said["state"], said["kind"], said["rows"], said["by"]) == ("withdrawn", "fixes", 720, "ana")
    assert (said["matchesListed"], said["matchesWithdrawn"] > 0) == (1, True)
    rows = rows_of_audit(tagged)
    assert withdraw(ana, number, "once more").json() == said
    assert rows_of_audit(tagged) == rows
    shown = ana.get(f"/imports/{again['id']}").json()["withdrawn"]
    assert (shown["by"], shown["reason"], shown["number"]) == ("ana", "read in the wrong zone", said["number"])
    assert ana.get("/withdrawals", params={"kind": "fixes", "standing": True}).json()["items"] == [said]
    assert ana.get("/withdrawals", params={"kind": "crime"}).json()["total"] == 0
    assert ana.get(f"/matches/{match_id}").json()["match"]["state"] == "confirmed"
    (waits,) = ana.get("/changed-matches").json()["items"]
    assert (waits["matchId"], waits["canBe"]) == (match_id, ["keep", "withdraw"])
    assert waits["causesInWords"] == "what it rested on was withdrawn"
    with tagged.client_as(Role.RELEASER, "rob") as rob:
        refused = released(rob, match_id)
        assert refused.status_code == 409
    with tagged.client_as(Role.OFFICER) as officer:
        kinds = {item["kind"]: item for item in officer.get(PILOT_ATTENTION).json()["items"]}
        assert kinds["rests-on-withdrawn"]["words"].startswith("1 confirmed match rests on what has been withdrawn")
    assert fixes_stored(tagged) == 0
    # What was sent again is refused, with the way on.
    third = of_file(ana, "fixes", (tagged.files / "fixes.csv").read_bytes(), tagged)
    assert third["state"] == "failed"
    assert f"take-back {number}" in third["why"]
    back = ana.post(f"/withdrawals/{said['number']}/take-back", json={"reason": "the zone was right"})
    assert back.status_code == 200, back.text
    assert (back.json()["state"], back.json()["takenBackBy"]) == ("taken back", "ana")
    assert ana.post(f"/withdrawals/{said['number']}/take-back", json={"reason": "again"}).json() == back.json()
    assert ana.get(f"/imports/{again['id']}").json()["withdrawn"] is None
    assert fixes_stored(tagged) == 720
    waiting = ana.get("/changed-matches").json()["items"]
    assert waiting == [], [(each["causes"], each["changes"]) for each in waiting]
    assert match_of_state(ana, match_id) == "confirmed"


def match_of_state(ana: Client, match_id: int) -> str:
    return str(ana.get(f"/matches/{match_id}").json()["match"]["state"])


def test_a_withdrawn_crime_is_nowhere_until_it_is_taken_back(tagged: World, ana: Client) -> None:
    match_id = confirmed(tagged, ana)
    with tagged.client_as(Role.RELEASER, "rob") as rob:
        assert released(rob, match_id).status_code == 201
    crime = {"force": "Metropolitan", "crimeRef": "4417/19"}
    before = ana.get("/crimes").json()
    told = ana.post("/withdrawals/crimes", json={**crime, "ground": "no crime", "reason": "cancelled by the force"})
    assert told.status_code == 200, told.text
    said = told.json()
    assert (said["kind"], said["state"], said["matchesListed"]) == ("crime", "withdrawn", 1)
    assert ana.post("/withdrawals/crimes", json={**crime, "ground": "error", "reason": "again"}).json() == said
    shown = ana.get("/crimes/Metropolitan/4417%2F19").json()
    assert (shown["withdrawn"]["ground"], shown["withdrawn"]["by"]) == ("no crime", "ana")
    after = ana.get("/crimes").json()
    assert (after["total"], after["byType"]["Burglary"]) == (before["total"] - 1, before["byType"]["Burglary"] - 1)
    with tagged.client_as(Role.RELEASER, "rob") as rob:
        (waits,) = rob.get("/changed-matches").json()["items"]
        assert (waits["state"], waits["canBe"]) == ("released", ["keep", "recall"])
    with tagged.client_as(Role.OFFICER) as officer:
        kinds = {item["kind"]: item for item in officer.get(PILOT_ATTENTION).json()["items"]}
        assert kinds["rests-on-withdrawn"]["subject"] == "released"
    # A report of it again is kept, and does not bring it back.
    row = f"Metropolitan,4417/19,Robbery,2019-09-10T12:00:00Z,2019-09-10T13:00:00Z,{SCENE[0]},{SCENE[1]},10"
    report = of_file(ana, "crimes", f"{HEADER}\n{row}\n".encode(), tagged)
    assert report["kept"] == 1
    assert "is withdrawn, and stays so" in " ".join(report["warnings"])
    assert ana.get("/crimes").json()["total"] == after["total"]
    back = ana.post(f"/withdrawals/{said['number']}/take-back", json={"reason": "reopened"})
    assert back.json()["state"] == "taken back"
    (found,) = [
        each
        for each in ana.get("/crimes").json()["items"]
        if each["crimeRef"] == "4417/19" and each["force"] == "Metropolitan"
    ]
    assert (found["version"], found["crimeType"]) == (2, "Robbery")
    done(tagged, "verify", "--deep")


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"ground": "duplicate"}, 422, "that it repeats"),
        ({"ground": "error", "duplicateOf": "4418/19"}, 422, "no other ground"),
        ({"ground": "duplicate", "duplicateOf": "4417/19"}, 422, "no duplicate of itself"),
        ({"ground": "duplicate", "duplicateOf": "none"}, 404, "'none'"),
        ({"crimeRef": "none", "ground": "error"}, 404, "'none'"),
        ({"ground": "other"}, 400, ""),
        ({"ground": "error", "reason": " "}, 400, "reason"),
    ],
)
def test_a_crime_is_not_withdrawn_for_no_good_reason(ana: Client, body: Any, status: int, says: str) -> None:
    crime = {"force": "Metropolitan", "crimeRef": "4417/19", "reason": "a test"}
    answer = ana.post("/withdrawals/crimes", json=crime | body)
    assert answer.status_code == status, answer.text
    assert says in answer.text
    assert ana.get("/withdrawals").json()["total"] == 0


def test_a_batch_is_withdrawn_and_the_reports_before_it_count(tagged: World, ana: Client) -> None:
    rows = [
        f"Metropolitan,4417/19,Robbery,2019-09-10T12:00:00Z,2019-09-10T13:00:00Z,{SCENE[0]},{SCENE[1]},10",
        f"Metropolitan,9999/19,Robbery,2019-09-10T12:00:00Z,2019-09-10T13:00:00Z,{SCENE[0]},{SCENE[1]},10",
    ]
    before = ana.get("/crimes").json()["items"]
    batch = of_file(ana, "crimes", "\n".join([HEADER, *rows]).encode(), tagged)
    assert batch["kept"] == 2
    said = withdraw(ana, batch["fileNumber"], "of another force").json()
    assert (said["kind"], said["crimes"]) == ("crimes", 2)
    assert ana.get("/crimes").json()["items"] == before
    versions = ana.get("/crimes/Metropolitan/4417%2F19").json()["versions"]
    assert [(each["version"], each["withdrawn"]) for each in versions] == [(2, True), (1, False)]
    # Sent again as another file it makes the next version: the number of a withdrawn one is not given twice.
    again = of_file(ana, "crimes", ("\n".join([HEADER, *rows]) + "\n\n").encode(), tagged)
    assert again["kept"] == 2, again
    versions = ana.get("/crimes/Metropolitan/4417%2F19").json()["versions"]
    assert [(each["version"], each["withdrawn"]) for each in versions] == [(3, False), (2, True), (1, False)]
    done(tagged, "verify", "--deep")


def test_assignments_are_withdrawn_and_those_they_corrected_count_again(tagged: World) -> None:
    first = tagged.files / "first.csv"
    first.write_text("device_id,wearer_id,from,to\nX1,W-x,2019-09-01T00:00:00Z,2019-09-05T00:00:00Z\n")
    second = tagged.files / "second.csv"
    second.write_text(
        "device_id,wearer_id,from,to\nX1,W-x,2019-09-01T00:00:00Z,2019-09-08T00:00:00Z\nX2,W-x,2019-09-01T00:00:00Z,\n"
    )
    done(tagged, "import", "assignments", first)
    before = worn(tagged)
    number = tagged.json("import", "assignments", second)["fileNumber"]
    after = worn(tagged)
    with tagged.client_as(Role.OFFICER) as officer, tagged.client_as(Role.ANALYST) as ana:
        assert withdraw(ana, number).status_code == 403
        said = withdraw(officer, number, "of another supplier").json()
        assert (said["kind"], said["rows"]) == ("assignments", 2)
        assert worn(tagged) == before
        assert withdraw(officer, number).json() == said
        assert ana.get("/withdrawals").json()["total"] == 0
        assert officer.get("/withdrawals").json()["total"] == 1
        assert officer.get(f"/withdrawals/{said['number']}").json() == said
        assert ana.get(f"/withdrawals/{said['number']}").status_code == 403
        done(tagged, "import", "assignments", third(tagged))
        refused = officer.post(f"/withdrawals/{said['number']}/take-back", json={"reason": "no"})
        assert refused.status_code == 409
        assert "X2 has been assigned otherwise" in refused.text
        numbers = [each["fileNumber"] for each in officer.get("/withdrawals").json()["items"]]
        assert numbers == [number]
        withdraw(officer, tagged_number(tagged), "of another supplier")
        assert officer.post(f"/withdrawals/{said['number']}/take-back", json={"reason": "no"}).status_code == 200
        assert worn(tagged) == after
    done(tagged, "verify", "--deep")


def third(world: World) -> Any:
    path = world.files / "third.csv"
    path.write_text("device_id,wearer_id,from,to\nX2,W-y,2019-09-02T00:00:00Z,\n")
    return path


def tagged_number(world: World) -> int:
    """Of the third file, which is on record already."""
    return int(world.json("import", "assignments", third(world))["fileNumber"])


def worn(world: World) -> list[Any]:
    engine = open_record(world.settings)
    found = [row for row in current_assignments(engine).rows() if row[0].startswith("X")]
    engine.dispose()
    return found


def test_events_are_withdrawn_and_other_kinds_are_not(tagged: World, ana: Client) -> None:
    told = of_file(ana, "events", b"device_id,t,event\nD-away,2019-09-10T12:00:00Z,battery low\n", tagged)
    said = withdraw(ana, told["fileNumber"]).json()
    assert (said["kind"], said["state"], said["rows"]) == ("events", "withdrawn", 1)
    assert open_events(tagged.settings).read().is_empty()
    assert ana.post(f"/withdrawals/{said['number']}/take-back", json={"reason": "no"}).json()["state"] == "taken back"
    assert open_events(tagged.settings).read().height == 1
    assert withdraw(ana, 99).status_code == 404
    # Retention: what is not held any more is not given back, and the answer says so.
    withdraw(ana, told["fileNumber"])
    open_events(tagged.settings).erase_devices([("D-away", None, None)])
    last = ana.get("/withdrawals").json()["items"][0]["number"]
    refused = ana.post(f"/withdrawals/{last}/take-back", json={"reason": "no"})
    assert refused.status_code == 409
    assert "not held any more" in refused.text
