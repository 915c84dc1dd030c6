"""What wants attention, over HTTP and on the command line: groups that are opened, settled with a reason, reopened."""

from collections.abc import Iterator

import pytest

from tests.support.clients import Client
from tests.support.release_lists import person, write_list
from tests.support.worlds import World, done, load_papers
from tracker.access.roles import Role

PILOT = "/programmes/gps-knife-licence"
TODAY = "2019-04-01"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Three people under age with conditions imposed all the same; one of them wears two tags."""
    root = tmp_path_factory.mktemp("attention")
    (root / "files").mkdir()
    world = World(root / "home", root / "files")
    world.may_keep()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAGPILOT_TODAY", TODAY)
        load_papers(world)
        done(world, "rollout", "launch", "--phase", "February 2019", "--on", "2019-02-18")
        young = (person(n) | {"born": "2002-01-01"} for n in (1, 2, 3))
        done(world, "screen", "import", write_list(world.files / "releases.csv", *young))
        (world.home / "today").write_text(f"{TODAY}\n")
        yield world


@pytest.fixture(scope="module")
def officer(world: World) -> Iterator[Client]:
    with world.client_as(Role.OFFICER) as client:
        yield client


def test_a_refused_place_an_imposition_and_a_fitting_say_what_speaks_against_them(officer: Client) -> None:
    place = f"{PILOT}/licences/L00001/place"
    refused = officer.post(place, json={"move": "reserve"})
    assert (refused.status_code, refused.json()["title"]) == (409, "Refused by a programme rule")
    assert "adult: failed, 17 on 2019-05-01 (PCD 570, 1.3)" in refused.json()["detail"]
    for n in (1, 2, 3):
        imposed = officer.post(f"{PILOT}/licences/L0000{n}/place", json={"move": "impose"}).json()
    assert [each["kind"] for each in imposed["against"]] == ["failed-adult", "undecided"]
    officer.post(f"{PILOT}/tags", json={"deviceIds": ["T1", "T2"], "at": f"{TODAY}T08:00:00Z", "contract": "gps-tags"})
    for tag in ("T1", "T2"):
        fitted = officer.post(f"/tags/{tag}/fit", json={"licence": "L00001", "at": f"{TODAY}T09:00:00Z"}).json()
    assert "two-tags" in [each["kind"] for each in fitted["against"]]
    page = officer.get(f"{PILOT}/licences/L00001").json()
    assert [each["kind"] for each in page["against"]] == ["failed-adult", "two-tags", "undecided"]


def test_a_group_is_one_item_that_is_opened_settled_and_reopened(officer: Client, world: World) -> None:
    items = officer.get(f"{PILOT}/attention").json()["items"]
    [group] = [item for item in items if item["kind"] == "failed-adult"]
    assert (group["count"], group["source"]) == (3, "PCD 570, 1.3")
    assert group["words"] == "3 licences: place or tag, although the criterion 'adult' failed"
    assert [item["urgency"] for item in items] == sorted(item["urgency"] for item in items)
    page = officer.get(f"{PILOT}/attention/failed-adult?limit=2&offset=1").json()
    assert ([case["licence"] for case in page["items"]], page["total"]) == (["L00002", "L00003"], 3)
    said = {"kind": "failed-adult", "licences": ["L00002"], "reason": "born 2000: the prison was told"}
    assert officer.post(f"{PILOT}/settlements", json=said).json()["licences"] == 1
    assert officer.get(f"{PILOT}/attention/failed-adult").json()["total"] == 2
    [case] = officer.get(f"{PILOT}/attention/failed-adult?settled=true").json()["items"]
    assert (case["licence"], case["settled"]["reason"]) == ("L00002", said["reason"])
    assert (case["settled"]["on"], case["settled"]["by"]) == (TODAY, "delivery-officer")
    done(world, "attention", "settle", "failed-adult", "--reason", "a pilot of 17-year-olds, agreed")
    assert officer.get(f"{PILOT}/attention").json()["settled"]["failed-adult"] == 3
    number = case["settled"]["number"]
    taken = officer.post(f"{PILOT}/settlements/{number}/withdrawal", json={"reason": "another person's"})
    assert taken.json() == {"withdrawn": number}
    assert officer.get(f"{PILOT}/attention/failed-adult").json()["total"] == 1
    rows = officer.get(f"{PILOT}/settlements?limit=2").json()
    assert (rows["total"], len(rows["items"]), rows["next"] is None) == (3, 2, False)
    last = officer.get(f"{PILOT}/settlements?limit=2&after={rows['next']}").json()["items"]
    assert [(row["licence"], row["endedAt"] is None) for row in last] == [("L00002", False)]


def test_what_is_of_the_programme_is_settled_by_its_subject_until_it_is_said_otherwise(officer: Client) -> None:
    unread = [item for item in officer.get(f"{PILOT}/attention").json()["items"] if item["kind"] == "discrepancy"]
    which = officer.post(f"{PILOT}/settlements", json={"kind": "discrepancy", "reason": "read"})
    assert (which.status_code, "Give one of: " in which.json()["detail"]) == (404, True)
    said = {"kind": "discrepancy", "subject": unread[0]["subject"], "reason": "the table governs"}
    assert officer.post(f"{PILOT}/settlements", json=said).status_code == 201
    items = officer.get(f"{PILOT}/attention").json()["items"]
    [settled] = [item for item in items if item["subject"] == unread[0]["subject"]]
    assert settled["settled"]["reason"] == "the table governs"
    assert items[-1] == settled, "what is settled comes last"
    assert f"{len(unread) - 1} contradictions" in officer.get(f"{PILOT}/status").json()["attention"][-1]
    officer.post(f"{PILOT}/commitments", json={"reference": "C1", "line": "evaluation", "pence": 6000000, "words": "e"})
    over = {"reference": "C2", "line": "evaluation", "pence": 100, "words": "e", "override": "agreed"}
    assert officer.post(f"{PILOT}/commitments", json=over).status_code == 201
    money = {"kind": "line-overcommitted", "reason": "virement asked for"}
    assert officer.post(f"{PILOT}/settlements", json=money).json()["subject"] == "evaluation"
    officer.post(f"{PILOT}/commitments", json={**over, "reference": "C3"})
    lines = [item for item in officer.get(f"{PILOT}/attention").json()["items"] if item["kind"] == money["kind"]]
    assert [(line["words"], line["settled"]) for line in lines] == [
        ("line evaluation is over by £2 by commitments", None)
    ]
