"""The batches a force sends: what came of each, and a version sent again beside the one before."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.clients import Client
from tests.support.crime_files import batch_row
from tests.support.review import matched
from tests.support.worlds import SCENE, World, done, run_jobs
from tracker.access.roles import Role

pytestmark = pytest.mark.slow

EAST, NORTH = SCENE
NOON = {"crimeDateTimeFrom": "20190910120000", "crimeDateTimeTo": "20190910130000"}
HERE = {"easting": str(EAST), "northing": str(NORTH), **NOON}
NOWHERE = {"easting": "", "northing": ""}


def row(ref: str, **changes: str) -> str:
    return batch_row(**{"crimeReference": ref, "batchId": "MPS20190911", **HERE, **changes})


def send(world: World, name: str, *rows: str) -> None:
    (world.files / name).write_text("".join(rows))
    answer = world.run("import", "crimes", world.files / name, "--format", "ministry")
    assert " new, " in answer.output


@pytest.fixture
def sent(ready: World, as_: Callable[..., Client]) -> tuple[World, Client]:
    """A batch of three, one of whose rows is bad; then again with R: one changed, one the same, one gone, one more."""
    first = [row("a"), row("b", crimeTypeId="RB"), row("c"), row("d", crimeDateTimeTo="20190910110000")]
    send(ready, "first.csv", *first)
    ana = as_(Role.ANALYST)
    matched(ready, ana)
    amended = {"batchId": "MPS20190911-R"}
    send(ready, "again.csv", row("a", **amended), row("b", crimeTypeId="BIAD", **amended), row("e", **amended))
    return ready, ana


def test_a_batch_says_what_came_of_it_and_its_versions_stand_beside_each_other(sent: tuple[World, Client]) -> None:
    world, ana = sent
    page = ana.get("/batches").json()
    assert [(each["batchId"], each["crimes"]) for each in page["items"]] == [("MPS20190911-R", 3), ("MPS20190911", 3)]
    again, first = page["items"]
    assert (first["rows"], first["rejected"], first["rejectedByRule"]) == (4, 1, {"CRIME_DATE_TIME_TO_AFTER_FROM": 1})
    assert first["crimesByType"] == {"BIAD": 1, "TOMV": 2}
    assert first["matches"]["new"] >= 2
    assert first["sentBy"]
    assert (first["matchable"], first["notMatchable"], first["releases"]) == (3, [], 0)
    detail = ana.get(f"/batches/{again['number']}").json()
    before, after = detail["versions"]
    assert [before[name] for name in ("came", "changed", "stayed", "went", "against")] == [3, 0, 0, 0, None]
    assert [after[name] for name in ("came", "changed", "stayed", "went")] == [1, 1, 1, 1]
    assert (after["against"], after["complete"]) == (first["number"], True)
    assert after["inWords"] == "1 came, 1 changed, 1 stayed, 1 went; against MPS20190911 before it"

    def became(name: str) -> list[str]:
        found = ana.get(f"/batches/{again['number']}/crimes", params={"became": name}).json()
        assert found["total"] == len(found["items"])
        return [each["crimeRef"] for each in found["items"]]

    assert [became(name) for name in ("came", "changed", "stayed", "went")] == [["e"], ["b"], ["a"], ["c"]]
    every = ana.get(f"/batches/{again['number']}/crimes", params={"limit": 2, "offset": 1}).json()
    assert ([each["crimeRef"] for each in every["items"]], every["total"]) == (["b", "c"], 4)
    assert world.json("batch", "show", str(again["number"])) == detail
    assert "1 came, 1 changed, 1 stayed, 1 went" in world.run("batch", "show", str(again["number"])).output
    assert world.json("batch", "list")["items"] == page["items"]
    assert "c" in world.run("batch", "crimes", str(again["number"]), "--became", "went").output
    assert world.run("verify", "--deep").exit_code == 0


def test_a_batch_that_was_withdrawn_says_so_and_no_version_is_compared_with_it(sent: tuple[World, Client]) -> None:
    _, ana = sent
    first = ana.get("/batches", params={"batchId": "MPS20190911"}).json()["items"][0]
    body = {"fileNumber": first["fileNumber"], "reason": "the wrong month was sent"}
    answer = ana.post("/withdrawals/imports", json=body)
    assert answer.status_code < 300, answer.text
    again = ana.get("/batches", params={"batchId": "MPS20190911-R"}).json()["items"][0]
    before, after = ana.get(f"/batches/{again['number']}").json()["versions"]
    assert (after["against"], after["went"]) == (None, 0)
    shown = ana.get(f"/batches/{before['number']}").json()["batch"]
    assert (shown["withdrawn"], shown["inWords"].startswith("withdrawn; "), again["withdrawn"]) == (True, True, False)


def test_crimes_matches_and_runs_can_be_asked_for_by_batch(sent: tuple[World, Client]) -> None:
    world, ana = sent

    def refs(path: str, **wanted: Any) -> set[str]:
        items = ana.get(path, params={"limit": 100, **wanted}).json()["items"]
        return {each["crimeRef"] for each in items}

    assert refs("/crimes", batch="MPS20190911") == {"a", "b", "c"}
    assert ana.get("/crimes", params={"batch": "MPS20190911-R"}).json()["byType"] == {"BIAD": 1, "TOMV": 2}
    assert refs("/matches", batch="MPS20190911", qAtMost=1) == {"a", "b", "c"}
    assert refs("/matches", batch="none", qAtMost=1) == set()
    (run,) = ana.get("/runs", params={"batch": "MPS20190911"}).json()["items"]
    assert ana.get("/runs", params={"batch": "none"}).json()["total"] == 0
    run_jobs(world)
    assert run["runId"] in {each["runId"] for each in ana.get("/runs").json()["items"]}
    by_force = {"force": "CoLP"}
    assert ana.get("/batches", params=by_force).json()["total"] == 0
    by_id = ana.get("/batches", params={"batchId": "MPS20190911", "order": "batchId"}).json()
    assert [each["batchId"] for each in by_id["items"]] == ["MPS20190911"]
    assert ana.get("/batches", params={"to": "2010-01-01T00:00:00Z"}).json()["total"] == 0
    assert ana.get("/batches/999").json()["detail"] == "there is no batch number 999"


def test_a_crime_that_cannot_be_matched_is_counted_with_the_reason(ready: World, as_: Callable[..., Client]) -> None:
    header = "force,crime_ref,crime_type,t_from,t_to,easting,northing,location_accuracy_m,batch_id"
    window = "2019-09-10T12:00:00Z,2019-09-10T13:00:00Z"
    long = "2019-09-10T00:00:00Z,2019-09-10T13:00:00Z"
    rows = [f"Metropolitan,p,RB,{window},,,,B1", f"Metropolitan,q,RB,{long},{EAST},{NORTH},10,B1"]
    rows += [f"Metropolitan,r,RB,{window},{EAST},{NORTH},500,B1", f"Metropolitan,s,RB,{window},{EAST},{NORTH},,B1"]
    (ready.files / "odd.csv").write_text("\n".join([header, *rows]) + "\n")
    done(ready, "import", "crimes", ready.files / "odd.csv", "--format", "headed")
    ana = as_(Role.ANALYST)
    (batch,) = ana.get("/batches").json()["items"]
    assert batch["matchable"] == 1
    assert {each["reason"]: each["crimes"] for each in batch["notMatchable"]} == {
        "location_too_coarse": 1,
        "no_location": 1,
        "window_too_long": 1,
    }
    crimes = ana.get(f"/batches/{batch['number']}/crimes").json()["items"]
    assert {each["crimeRef"]: each["whyNot"] for each in crimes} == {
        "p": "no_location",
        "q": "window_too_long",
        "r": "location_too_coarse",
        "s": None,
    }
    body = {"crimeType": "RB", "from": "2019-02-18", "params": {"maxWindowH": 16}, "reason": "long nights"}
    assert ana.post("/programmes/gps-knife-licence/standing-settings", json=body).status_code == 201
    assert ana.get("/batches").json()["items"][0]["matchable"] == 2


def test_a_batch_leaves_as_a_table_of_its_crimes_with_the_state_of_their_matches(sent: tuple[World, Client]) -> None:
    world, ana = sent
    again, first = ana.get("/batches").json()["items"]
    at, why = f"/batches/{again['number']}/crimes", {"purpose": "meeting of the third of November"}
    taken = ana.get(f"{at}.csv", params=why)
    assert taken.status_code == 200, taken.text
    assert taken.content == ana.get(at, params=why, headers={"accept": "text/csv"}).content
    rows = list(csv.DictReader(io.StringIO(taken.content.decode("utf-8-sig"))))
    crimes = {each["crime"]: each["became"] for each in rows}
    assert crimes == {"a": "stayed", "b": "changed", "c": "went", "e": "came"}
    matches = {each["id"]: each["state"] for each in ana.get("/matches", params={"qAtMost": 1}).json()["items"]}
    of_a = [each for each in rows if each["crime"] == "a"]
    assert {int(each["match"]): each["state"] for each in of_a}.items() <= matches.items()
    assert {each["matches"] for each in of_a} == {str(len(of_a))}
    assert [each["state"] for each in rows if each["crime"] == "e"] == [""], "it was not matched yet"
    assert ana.get(f"{at}.xlsx", params=why).content[:2] == b"PK"
    assert ana.get(f"{at}.csv").status_code == 400, "a purpose is asked for"
    assert ana.get("/batches/99/crimes.csv", params=why).status_code == 404
    with world.client_as(Role.PROTECTION) as dee:
        told = dee.get("/audit", params={"limit": 50}).text
    assert "matches of a batch" in told
    file = world.files / "taken.csv"
    done(world, "take", "batch", str(again["number"]), file, "--purpose", why["purpose"])
    assert file.read_bytes() == taken.content
    assert first["number"] != again["number"]
