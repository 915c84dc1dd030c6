"""Later decisions of every kind, one on top of another, each by one request: sums, lines, ends, contract and places
before and after, as at a day, as known at an instant; commitments follow their year."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.clients import Client
from tests.support.worlds import World, load_papers
from tracker.access.roles import Role

PILOT = "/programmes/gps-knife-licence"


@pytest.fixture(scope="module")
def officer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The pilot's paper, and a commitment of £400,000 on tagging of which £150,000 is paid, on 1 March 2020."""
    root = tmp_path_factory.mktemp("decisions")
    world = World(root / "home", root / "files").may_keep()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAGPILOT_TODAY", "2020-03-01")
        load_papers(world)
        (world.home / "today").write_text("2020-03-01\n")
        with world.client_as(Role.OFFICER) as client:
            promised = {"reference": "C1", "line": "tagging", "pence": 40_000_000, "words": "tags", "on": "2019-04-01"}
            _ok(client.post(f"{PILOT}/commitments", json=promised))
            paid = {"reference": "A1", "line": "tagging", "pence": 15_000_000, "words": "to March", "commitment": "C1"}
            _ok(client.post(f"{PILOT}/actuals", json={**paid, "on": "2020-02-28"}))
            yield client


def _ok(answer: Any) -> Any:
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def _decide(officer: Client, reference: str, **fields: Any) -> Any:
    usual = {"reference": reference, "title": f"What {reference} says", "paragraph": "3.1"}
    return officer.post(f"{PILOT}/decisions", json={**usual, **fields})


def _lines(officer: Client, **query: str) -> dict[tuple[str, str | None], dict[str, Any]]:
    lines = _ok(officer.get(f"{PILOT}/budget", params=query))["lines"]
    return {(line["line"], line["year"]): line for line in lines}


def test_decisions_of_every_kind_stand_one_on_top_of_another(officer: Client) -> None:
    first = _ok(officer.get(PILOT, params={"asAt": "2020-03-31"}))
    # 800: more time, money carried forward to the next year, money of its own and of another decision, a contract.
    extension = {
        "effectiveOn": "2020-04-01",
        "ends": [{"kind": "last day to impose", "day": "2021-03"}],
        "carryForward": [{"line": "tagging", "year": "2020/21", "pence": 25_000_000, "fromDecision": "PCD 570"}],
        "approve": [
            {"line": "tagging", "year": "2020/21", "pence": 10_000_000},
            {"line": "evaluation", "year": "2020/21", "pence": 2_000_000, "approvedBy": "PCD 799"},
        ],
        "contract": {"contract": "gps-tags", "ceilingPence": 84_900_000, "endsOn": "2021-03"},
    }
    questioned = _decide(officer, "PCD 800", **extension)
    assert (questioned.status_code, "Line tagging falls from" in questioned.json()["detail"]) == (409, True)
    one = _ok(_decide(officer, "PCD 800", override="the commitment follows its money", **extension))
    assert (one["before"]["approved"], one["after"]["approved"]) == ("£730,000", "£850,000")
    assert one["after"]["line tagging 2020/21"] == "£350,000"
    assert one["after"]["line tagging"] == "£219,000"
    assert one["after"]["contract gps-tags"] == "£849,000, ends 2021-03-31"
    assert one["after"]["last day to impose"] == "2021-03-31"
    # 900: money moved between lines, boroughs in a new phase, a greater maximum, the contract raised once more.
    two = _ok(
        _decide(
            officer,
            "PCD 900",
            effectiveOn="2020-06-01",
            moves=[{"fromLine": "lost-tags", "toLine": "evaluation", "pence": 1_000_000}],
            boroughs=["Bromley", "Bexley"],
            phase={"name": "June 2020", "planned": "2020-06", "runningMaximum": 340},
            contract={"contract": "gps-tags", "raiseByPence": 5_100_000},
        )
    )
    places = int(two["before"]["places"])
    assert (two["after"]["places"], two["after"]["contract gps-tags"]) == (
        str(places + 2),
        "£900,000, ends 2021-03-31",
    )
    # As at: each day has the decisions that counted by then.
    assert _ok(officer.get(PILOT, params={"asAt": "2020-03-31"}))["approvedPence"] == first["approvedPence"]
    before, after = _lines(officer, asAt="2020-05-31"), _lines(officer, asAt="2020-06-01")
    assert before["lost-tags", None]["allocatedPence"] - after["lost-tags", None]["allocatedPence"] == 1_000_000
    assert after["evaluation", None]["allocatedPence"] - before["evaluation", None]["allocatedPence"] == 1_000_000
    assert sum(line["allocatedPence"] for line in after.values()) == 85_000_000
    # As known at an instant before both, nothing of them.
    known = {"asAt": "2020-06-01", "asKnownAt": first["today"] and "2020-01-01T00:00:00Z"}
    assert _ok(officer.get(f"{PILOT}/budget", params=known))["approvedPence"] == 0
    # Entered again, a decision changes nothing.
    again = _ok(_decide(officer, "PCD 900", effectiveOn="2020-06-01", moves=[
        {"fromLine": "lost-tags", "toLine": "evaluation", "pence": 1_000_000}
    ]))  # fmt: skip
    assert (again["new"], again["corrected"]) == (0, 0)
    assert _lines(officer, asAt="2020-06-01") == after


def test_a_commitment_follows_its_money_to_the_next_year(officer: Client) -> None:
    line = _lines(officer, asAt="2020-04-01")["tagging", None]
    assert (line["committedPence"], line["freePence"]) == (40_000_000, -18_100_000)
    moved = {"change": "move", "toYear": "2020/21", "on": "2020-04-01", "reason": "the contract runs on"}
    answer = _ok(officer.post(f"{PILOT}/commitments/C1/changes", json=moved))
    assert answer["parts"] == [
        {"line": "tagging", "year": None, "pence": 15_000_000, "paidPence": 15_000_000},
        {"line": "tagging", "year": "2020/21", "pence": 25_000_000, "paidPence": 0},
    ]
    after = _lines(officer, asAt="2020-04-01")
    assert (after["tagging", None]["freePence"], after["tagging", "2020/21"]["freePence"]) == (6_900_000, 10_000_000)
    assert _lines(officer, asAt="2020-03-31")["tagging", None]["committedPence"] == 40_000_000


def test_a_decision_of_which_one_thing_cannot_be_enters_nothing(officer: Client) -> None:
    before = _lines(officer, asAt="2022-01-01")
    refused = _decide(
        officer,
        "PCD 950",
        effectiveOn="2020-09-01",
        approve=[{"line": "evaluation", "year": "2020/21", "pence": 100}],
        moves=[{"fromLine": "lost-tags", "toLine": "evaluation", "pence": 99_000_000}],
    )
    assert (refused.status_code, "free on lost-tags" in refused.json()["detail"]) == (409, True)
    assert _lines(officer, asAt="2022-01-01") == before
    assert "PCD 950" not in str(_ok(officer.get(PILOT, params={"asAt": "2022-01-01"})))
    wrong = _decide(officer, "PCD 950", effectiveOn="soon", approve=[{"line": "evaluation", "pence": "100"}])
    assert wrong.json()["errors"][0]["field"] in ("effectiveOn", "approve[0].pence")


def test_a_new_programme_is_entered_with_what_its_decision_says(officer: Client) -> None:
    decision = {"reference": "PCD 1", "title": "A start", "effectiveOn": "2020-01-01", "effectiveBasis": "signed"}
    cited = {"decision": "PCD 1", "source": "PCD 1, 2", "effectiveOn": "2020-01-01"}
    body = {
        "key": "night-patrols",
        "name": "Night patrols",
        "entries": [
            {"section": "decision", "fields": decision},
            {"section": "funding", "fields": {**cited, "key": "all", "kind": "approved", "amountPence": 500}},
        ],
    }
    wrong = {**body, "entries": [*body["entries"], {"section": "line", "fields": {"key": "x"}}]}
    refused = officer.post("/programmes", json=wrong)
    assert (refused.status_code, "entries[2] (line)" in refused.json()["detail"]) == (422, True)
    assert officer.get("/programmes/night-patrols").status_code == 404
    assert _ok(officer.post("/programmes", json=body))["new"] == 2
    assert _ok(officer.get("/programmes/night-patrols"))["approvedPence"] == 500
    papers = _ok(officer.post("/programmes/papers"))["items"]
    assert [each["new"] for each in papers] == [0] * 5
