"""The officer's day over HTTP: every entry, and what the record shows of it afterwards."""

from collections.abc import Iterator

import pytest

from tests.support.clients import Client
from tests.support.release_lists import person, write_list
from tests.support.worlds import World, done, load_papers
from tracker.access.roles import Role

PILOT = "/programmes/gps-knife-licence"
LICENCE = f"{PILOT}/licences/L00001"
SCORES = f"{PILOT}/wearers/P00001/scores"


@pytest.fixture
def officer(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The pilot with two people on a release list, on 1 April 2019."""
    monkeypatch.setenv("TAGPILOT_TODAY", "2019-04-01")
    load_papers(world)
    done(world, "screen", "import", write_list(world.files / "releases.csv", person(1), person(2)))
    (world.home / "today").write_text("2019-04-01\n")
    with world.client_as(Role.OFFICER) as client:
        yield client


def test_a_launch_opens_places_and_a_licence_takes_one(officer: Client) -> None:
    both = officer.post(f"{PILOT}/launches", json={"borough": "Lambeth", "phase": "June", "on": "2019-02-18"})
    assert (both.status_code, both.json()["detail"]) == (422, "give either a borough or a phase")
    launched = officer.post(f"{PILOT}/launches", json={"phase": "February 2019", "on": "2019-02-18"}).json()
    assert launched["launched"] == ["Lambeth", "Lewisham", "Southwark", "Croydon"]
    planned = officer.post(f"{PILOT}/plans", json={"borough": "Hackney", "on": "2019-07", "reason": "no analyst"})
    assert planned.json() == {"planned": "Hackney", "on": "July 2019", "notes": []}
    again = officer.post(f"{PILOT}/screenings").json()["screened"]
    assert [each["licence"] for each in again] == ["L00001", "L00002"]
    full = officer.post(f"{LICENCE}/place", json={"move": "reserve"}).json()
    assert (full["reserved"], full["headroom"], full["maximum"]) == (1, 99, 100)
    no_reason = officer.post(f"{LICENCE}/place", json={"move": "withdraw"})
    assert (no_reason.status_code, "why the place is given up" in no_reason.json()["detail"]) == (422, True)
    assert officer.post(f"{LICENCE}/place", json={"move": "impose"}).json()["imposed"] == 1
    assert officer.get(f"{PILOT}/rollout").json()["imposed"] == 1


def test_a_licence_from_a_decision_to_an_alert(officer: Client) -> None:
    said = {"decidedBy": "B. Officer", "organisation": "NPS London", "reasons": "can be managed"}
    decided = officer.post(f"{LICENCE}/proportionate", json={"proportionate": True, **said}).json()
    assert (decided["licence"], decided["proportionate"]) == ("L00001", True)
    moved = officer.post(f"{LICENCE}/moves", json={"move": "release", "at": "2019-03-01T10:00:00Z"}).json()
    assert moved == {"licence": "L00001", "state": "on licence", "against": [], "notes": []}
    custody = {"fromAt": "2019-03-03T10:00:00Z", "toAt": "2019-03-04T10:00:00Z"}
    assert officer.post(f"{LICENCE}/custody", json=custody).json() == {"licence": "L00001"}
    raised = officer.post(f"{LICENCE}/alerts", json={"kind": "exclusion zone", "at": "2019-03-05T10:00:00Z"}).json()
    step = {"move": "verified", "at": "2019-03-06T10:00:00Z"}
    assert officer.post(f"/alerts/{raised['id']}/moves", json=step).json()["state"] == "verified"
    unknown = officer.post(f"/alerts/{raised['id']}/moves", json={**step, "move": "forgotten"})
    assert (unknown.status_code, "answered by recall" in unknown.text) == (400, True)
    twice = officer.post(f"/alerts/{raised['id']}/moves", json={**step, "move": "verify"})
    assert (twice.status_code, "cannot be marked as verified" in twice.json()["detail"]) == (409, True)
    shown = officer.get(LICENCE).json()
    assert shown["state"] == "on licence"
    assert shown["proportionate"]["decidedBy"] == "B. Officer"
    assert [(alert["id"], alert["kind"], alert["state"]) for alert in shown["alerts"]] == [
        (raised["id"], "exclusion zone", "verified")
    ]
    assert officer.get(f"{PILOT}/licences?limit=1&offset=1").json()["items"][0]["licence"] == "L00002"
    behind = officer.get(f"{PILOT}/licences?limit=1").json()["next"]
    assert officer.get(f"{PILOT}/licences?limit=1&after={behind}").json()["items"][0]["licence"] == "L00002"


def test_a_licence_of_another_programme_is_not_found_under_this_one(officer: Client) -> None:
    for path, body in (
        ("place", {"move": "impose"}),
        ("moves", {"move": "release", "at": "2019-03-01T10:00:00Z"}),
        ("alerts", {"kind": "exclusion zone", "at": "2019-03-01T10:00:00Z"}),
        ("custody", {"fromAt": "2019-03-01T10:00:00Z"}),
    ):
        answer = officer.post(f"/programmes/atom/licences/L00001/{path}", json=body)
        assert (path, answer.status_code) == (path, 404)


def test_a_score_says_what_it_changes_and_names_no_match_to_an_officer(officer: Client) -> None:
    score = {"score": "40", "horizonYears": 2, "on": "2019-03-20", "givenBy": "NPS London"}
    entered = officer.post(SCORES, json=score).json()
    assert (entered["new"], entered["gate"]) == (True, ["closes from 2019-03-20"])
    assert entered["matchesAffected"] == 0
    assert "matches" not in entered
    shown = officer.get(SCORES).json()
    assert [each["pct"] for each in shown["scores"]] == [56.0, 40.0]
    assert [(each["from"], each["to"]) for each in shown["gate"]] == [("2019-03-01", "2019-03-20")]
    moved = officer.post("/wearers/P00001/addresses", json={"fromOn": "2019-04-01", "borough": "Bromley"}).json()
    assert moved["boroughs"] == ["Bromley"]
    found = officer.post("/people/find", json={"identifier": "a0001bc"}).json()
    assert found["items"] == [{"wearerRef": "P00001", "licence": "L00001"}]


def test_money_is_promised_spent_and_moved(officer: Client) -> None:
    words = {"words": "tags", "on": "2019-04-01"}
    promised = {"reference": "C1", "line": "tagging", "pence": 40_000_000, "contract": "gps-tags", **words}
    money = officer.post(f"{PILOT}/commitments", json=promised).json()
    assert (money["approvedPence"], money["committedPence"]) == (73_000_000, 40_000_000)
    past = officer.post(f"{PILOT}/commitments", json={**promised, "reference": "C2", "pence": 6_900_001})
    assert (past.status_code, "£69,000.01 is more than is free" in past.json()["detail"]) == (409, True)
    spent = officer.post(
        f"{PILOT}/actuals", json={"reference": "A1", "line": "lost-tags", "pence": 3_000_050, **words}
    ).json()
    assert spent == {"reference": "A1", "notes": ["lost-tags is overspent by £0.50"]}
    moved = {"fromLine": "evaluation", "toLine": "lost-tags", "pence": 100_000, "decidedBy": "B. Head"}
    assert officer.post(f"{PILOT}/virements", json={**moved, "reason": "losses"}).status_code == 201
    forecast = {"line": "tagging", "pence": 45_500_000}
    assert officer.post(f"{PILOT}/forecasts", json=forecast).json() == {**forecast, "year": None}
    lines = {line["line"]: line for line in officer.get(f"{PILOT}/budget?asAt=2019-11-01").json()["lines"]}
    assert (lines["tagging"]["freePence"], lines["tagging"]["variancePence"]) == (6_900_000, 1_400_000)
    assert lines["lost-tags"]["over"] is False
    done_ = officer.post(f"{PILOT}/duties/dpia/done", json={"evidence": "DPIA v1.2", "on": "2019-02-01"}).json()
    assert done_ == {"key": "dpia", "doneOn": "2019-02-01"}
    assert {duty["key"]: duty["state"] for duty in officer.get(f"{PILOT}/duties").json()["items"]}["dpia"] == "done"


def test_an_entry_is_made_corrected_and_withdrawn_by_the_names_that_answers_have(officer: Client) -> None:
    end = {"kind": "last day to monitor", "decision": "PCD 570", "effectiveOn": "2019-03-01", "source": "a letter"}
    entered = officer.post(f"{PILOT}/entries", json={"section": "end", "fields": {**end, "day": "2020-07"}}).json()
    assert (entered["programme"], entered["new"], entered["notes"]) == ("gps-knife-licence", 1, [])
    seen = officer.get(PILOT)
    assert seen.json()["ends"]["last day to monitor"]["day"] == "2020-07-31"
    assert seen.json()["entries"]["end"][-1]["effectiveOn"] == "2019-03-01"
    change = {"section": "contract", "where": {"key": "gps-tags"}, "fields": {"ceilingPence": 49_900_000}}
    assert officer.post(f"{PILOT}/corrections", json=change).status_code == 428
    headers = {"if-match": seen.headers["etag"]}
    assert officer.post(f"{PILOT}/corrections", json=change, headers=headers).json()["corrected"] == 1
    withdrawal = {"section": "end", "where": {"kind": end["kind"], "source": end["source"]}, "reason": "a mistake"}
    stale = officer.post(f"{PILOT}/withdrawals", json=withdrawal, headers=headers)
    assert stale.status_code == 412
    now = officer.get(PILOT)
    assert now.json()["contracts"][0]["ceilingPence"] == 49_900_000
    headers = {"if-match": now.headers["etag"]}
    assert officer.post(f"{PILOT}/withdrawals", json=withdrawal, headers=headers).json() == {"withdrawn": "end"}
    assert "last day to monitor" not in officer.get(PILOT).json()["ends"]


def test_an_amount_sent_back_as_it_was_read_changes_nothing(officer: Client) -> None:
    """It was multiplied by a hundred: `amountPence` was read as pounds."""
    seen = officer.get(PILOT)
    line = seen.json()["entries"]["allocation"][0]
    where = {name: line[name] for name in ("decision", "line", "year") if name in line}
    for fields in ({"amountPence": line["amountPence"]}, {"amountPounds": f"{line['amountPence'] // 100:,}"}):
        change = {"section": "allocation", "where": where, "fields": fields}
        answer = officer.post(f"{PILOT}/corrections", json=change, headers={"if-match": seen.headers["etag"]})
        assert answer.json()["corrected"] == 0, answer.text
    change["fields"] = {"amountPence": line["amountPence"] - 1}
    officer.post(f"{PILOT}/corrections", json=change, headers={"if-match": seen.headers["etag"]}).raise_for_status()
    now = officer.get(PILOT).json()["entries"]["allocation"]
    assert [each["amountPence"] for each in now if where.items() <= each.items()] == [line["amountPence"] - 1]


def test_pounds_under_a_name_that_says_pence_are_refused_and_both_names_at_once_too(officer: Client) -> None:
    headers = {"if-match": officer.get(PILOT).headers["etag"]}
    change = {"section": "contract", "where": {"key": "gps-tags"}, "fields": {"ceilingPence": "499,000"}}
    refused = officer.post(f"{PILOT}/corrections", json=change, headers=headers)
    assert refused.status_code == 422
    assert "is not a whole number of pence, for example 46900000; to give pounds" in refused.json()["detail"]
    change["fields"] = {"ceilingPence": 49_900_000, "ceilingPounds": "499,000"}
    refused = officer.post(f"{PILOT}/corrections", json=change, headers=headers)
    assert (refused.status_code, "give one of them" in refused.json()["detail"]) == (422, True)


def test_one_reading_of_a_licence_is_in_the_audit_from_either_side(officer: Client, world: World) -> None:
    officer.get(LICENCE)
    done(world, "screen", "show", "L00001", "--by", "a.officer")
    rows = world.json("audit", "list", "--subject", "licence", "--limit", "2")["items"]
    assert [(row["by"], row["action"], row["id"]) for row in rows] == [
        ("a.officer", "consult", "L00001"),
        ("delivery-officer", "consult", "L00001"),
    ]
