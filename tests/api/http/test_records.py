"""What was entered is read back, corrected and taken back over HTTP, and everything that follows from it follows."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.clients import Client
from tests.support.release_lists import person, write_list
from tests.support.worlds import World, done, load_papers
from tracker.access.roles import Role

PILOT = "/programmes/gps-knife-licence"
RECORDS, CASES = f"{PILOT}/records", f"{PILOT}/case-records"
NOON = "2019-03-01T12:00:00Z"


@pytest.fixture(scope="module")
def officer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The pilot, launched, with eight people on a release list and two tags, on 1 April 2019. Each test has people of
    its own."""
    root = tmp_path_factory.mktemp("records")
    world = World(root / "home", root / "files").may_keep()
    world.files.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAGPILOT_TODAY", "2019-04-01")
        load_papers(world)
        done(world, "rollout", "launch", "--phase", "February 2019", "--on", "2019-02-18")
        done(world, "screen", "import", write_list(world.files / "list.csv", *map(person, range(1, 9))))
        (world.home / "today").write_text("2019-04-01\n")
        with world.client_as(Role.OFFICER) as client:
            devices = {"deviceIds": ["D1", "D2", "D3"], "at": "2019-02-01T09:00:00Z"}
            assert client.post(f"{PILOT}/tags", json=devices).status_code == 201
            yield client


def _ok(answer: Any) -> Any:
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def _newest(officer: Client, kind: str, base: str = CASES, **query: str) -> dict[str, Any]:
    page = _ok(officer.get(f"{base}/{kind}", params=query))
    found: dict[str, Any] = page["items"][0]
    return found


def _correct(officer: Client, entry: dict[str, Any], base: str = CASES, **fields: Any) -> Any:
    kind = entry["record"]["kind"]
    body = {"record": {"kind": kind, **fields}, "reason": "typed wrongly"}
    return officer.post(f"{base}/{kind}/{entry['number']}/correct", json=body)


def _take_back(officer: Client, entry: dict[str, Any], base: str = CASES) -> Any:
    kind = entry["record"]["kind"]
    return officer.post(f"{base}/{kind}/{entry['number']}/take-back", json={"reason": "it did not happen"})


def _imposed(officer: Client) -> int:
    found: int = _ok(officer.get(f"{PILOT}/rollout"))["imposed"]
    return found


def test_an_imposed_condition_that_was_none_frees_its_place_and_stays_on_record(officer: Client) -> None:
    before = _imposed(officer)
    for move in ("reserve", "impose"):
        _ok(officer.post(f"{PILOT}/licences/L00001/place", json={"move": move, "on": "2019-03-01"}))
    assert _imposed(officer) == before + 1
    imposed = _newest(officer, "place", subject="L00001")
    assert (imposed["record"]["move"], imposed["of"], imposed["state"]) == ("imposed", "L00001", "stands")
    back = _ok(_take_back(officer, imposed))
    assert back["notes"][0].startswith("the licence's place is now: reserved")
    assert _imposed(officer) == before
    known = {"asKnownAt": imposed["recordedAt"]}
    assert _ok(officer.get(f"{PILOT}/rollout", params=known))["imposed"] == before + 1
    [gone] = _ok(officer.get(f"{CASES}/place/{imposed['number']}"))["versions"]
    assert (gone["state"], gone["reason"], gone["changedBy"]) == ("taken back", "it did not happen", "delivery-officer")
    assert gone["changedWallAt"] > gone["recordedWallAt"]
    again = _take_back(officer, imposed)
    assert (again.status_code, "was taken back on" in again.json()["detail"]) == (404, True)


def test_two_moves_of_one_day_keep_their_order_when_the_first_is_corrected(officer: Client) -> None:
    for move in ("reserve", "impose"):
        _ok(officer.post(f"{PILOT}/licences/L00002/place", json={"move": move, "on": "2019-03-04"}))
    imposed, reserved = _ok(officer.get(f"{CASES}/place", params={"subject": "L00002"}))["items"]
    later = _correct(officer, reserved, on="2019-03-05")
    assert (later.status_code, "Correct or take back the later entry first" in later.json()["detail"]) == (409, True)
    _ok(_correct(officer, reserved, on="2019-03-02"))
    _ok(_correct(officer, imposed, on="2019-03-02"))
    reserved = _ok(officer.get(f"{CASES}/place", params={"subject": "L00002"}))["items"][1]
    _ok(_correct(officer, reserved, on="2019-03-01"))
    days = [each["record"]["on"] for each in _ok(officer.get(f"{CASES}/place", params={"subject": "L00002"}))["items"]]
    assert sorted(days) == ["2019-03-01", "2019-03-02"]


def test_a_recall_entered_for_a_release_is_corrected_in_place(officer: Client) -> None:
    licence = f"{PILOT}/licences/L00003"
    _ok(officer.post(f"{licence}/moves", json={"move": "release", "at": NOON}))
    _ok(officer.post(f"{licence}/moves", json={"move": "end", "at": "2019-03-09T12:00:00Z", "endReason": "expired"}))
    ended = _newest(officer, "licence-move", subject="L00003")
    wrong = _correct(officer, ended, move="recall")
    assert (wrong.status_code, "recallType" in wrong.json()["detail"]) == (422, True)
    changed = _ok(_correct(officer, ended, move="recall", recallType="standard", at="2019-03-08T12:00:00Z"))
    assert changed["notes"] == ["by its moves the licence is now: recalled"]
    shown = _ok(officer.get(licence))
    assert (shown["state"], shown["recallType"]) == ("recalled", "standard")
    released = _ok(officer.get(f"{CASES}/licence-move", params={"subject": "L00003"}))["items"][1]
    refused = _take_back(officer, released)
    assert (refused.status_code, refused.json()["title"]) == (409, "Refused by a programme rule")
    early = _correct(officer, released, at="2019-05-01T12:00:00Z")
    assert (early.status_code, "at: 2019-05-01 has not come yet" in early.json()["detail"]) == (422, True)


def test_a_fitting_of_the_wrong_person_moves_to_the_right_one_and_back_off(officer: Client) -> None:
    for licence in ("L00004", "L00005"):
        _ok(officer.post(f"{PILOT}/licences/{licence}/moves", json={"move": "release", "at": NOON}))
    _ok(officer.post("/tags/D1/fit", json={"licence": "L00004", "at": "2019-03-02T12:00:00Z"}))
    _ok(officer.post("/tags/D1/remove", json={"at": "2019-03-20T12:00:00Z"}))
    removed, fitted = _ok(officer.get(f"{CASES}/tag-move", params={"subject": "D1"}))["items"][:2]
    assert (fitted["record"]["licence"], removed["record"]["move"]) == ("L00004", "removed")
    _ok(_correct(officer, fitted, licence="L00005", at="2019-03-03T12:00:00Z"))
    moves = _ok(officer.get(f"{CASES}/tag-move", params={"subject": "D1"}))["items"]
    assert {each["record"]["licence"] for each in moves if each["record"]["move"] != "received"} == {"L00005"}
    [worn] = _ok(officer.get(f"{CASES}/assignment", params={"subject": "D1"}))["items"]
    assert (worn["record"]["wearer"], worn["record"]["fittedAt"]) == ("P00005", "2019-03-03T12:00:00Z")
    by_file = _take_back(officer, worn)
    assert (by_file.status_code, "was made by the fitting of D1" in by_file.json()["detail"]) == (409, True)
    removal = next(each for each in moves if each["record"]["move"] == "removed")
    _ok(_take_back(officer, removal))
    stock = {tag["deviceId"]: tag for tag in _ok(officer.get(f"{PILOT}/tags"))["items"]}
    assert (stock["D1"]["state"], stock["D1"]["wearerRef"]) == ("fitted", "P00005")
    fitting = next(each for each in moves if each["record"]["move"] == "fitted")
    _ok(_take_back(officer, fitting))
    assert _ok(officer.get(f"{CASES}/assignment", params={"subject": "D1"}))["items"] == []
    stock = {tag["deviceId"]: tag for tag in _ok(officer.get(f"{PILOT}/tags"))["items"]}
    assert stock["D1"]["state"] == "in stock"


def test_an_alert_and_its_ladder_are_corrected_step_by_step(officer: Client) -> None:
    raised = _ok(officer.post(f"{PILOT}/licences/L00006/alerts", json={"kind": "zone", "at": NOON}))
    for step, more in (("verified", {}), ("warned", {"decidedBy": "B. Officer"})):
        _ok(officer.post(f"/alerts/{raised['id']}/moves", json={"move": step, "at": NOON, **more}))
    decided, _, first = _ok(officer.get(f"{CASES}/alert-step", params={"subject": "L00006"}))["items"]
    _ok(_correct(officer, first, alertOf="curfew"))
    [alert] = _ok(officer.get(f"{PILOT}/licences/L00006"))["alerts"]
    assert (alert["kind"], alert["state"]) == ("curfew", "decided")
    steps = _ok(officer.get(f"{CASES}/alert-step", params={"subject": "L00006"}))["items"]
    assert [each["record"]["move"] for each in steps] == ["warned", "verified", "raised"]
    assert decided["number"] != steps[0]["number"]
    for step in steps:
        _ok(_take_back(officer, step))
    assert _ok(officer.get(f"{PILOT}/licences/L00006"))["alerts"] == []


def test_terms_that_were_wrong_are_corrected_and_the_licence_is_screened_again(officer: Client) -> None:
    _ok(officer.post(f"{PILOT}/licences/L00007/place", json={"move": "reserve", "on": "2019-04-01"}))
    terms = _newest(officer, "terms", subject="L00007")
    changed = _ok(_correct(officer, terms, prison="HMP High Down"))
    assert "screened again: failed" in changed["notes"][0]
    assert "its place has lapsed" in changed["notes"][1]
    assert _newest(officer, "place", subject="L00007")["record"]["move"] == "lapsed"
    versions = _ok(officer.get(f"{CASES}/terms/{terms['number']}"))["versions"]
    assert [each["record"]["prison"] for each in versions] == ["HMP Brixton", "HMP High Down"]
    assert (versions[0]["reason"], versions[0]["replacedBy"]) == ("typed wrongly", changed["number"])


def test_a_score_of_another_day_and_an_address_of_another_borough(officer: Client) -> None:
    score = _newest(officer, "score", subject="P00008")
    changed = _ok(_correct(officer, score, score="44"))
    assert changed["notes"] == ["the gate closes from 2019-03-01"]
    assert _ok(officer.get(f"{PILOT}/wearers/P00008/scores"))["gate"] == []
    address = _newest(officer, "address", subject="P00008")
    half = _correct(officer, address, easting=530000)
    assert (half.status_code, "both easting and northing" in half.json()["detail"]) == (422, True)
    moved = _ok(_correct(officer, address, borough="Bromley"))
    assert "L00008 screened again: failed" in moved["notes"][0]
    fixed = _correct(officer, _newest(officer, "score", subject="P00008"), computed=True)
    assert (fixed.status_code, fixed.json()["detail"].startswith("record.computed: ")) == (422, True)


def test_notes_decisions_and_custody_have_a_way_back(officer: Client) -> None:
    licence = f"{PILOT}/licences/L00001"
    said = {"decidedBy": "B. Officer", "organisation": "NPS London", "reasons": "can be managed", "on": "2019-03-01"}
    _ok(officer.post(f"{licence}/proportionate", json={"proportionate": True, **said}))
    decision = _newest(officer, "proportionate", subject="L00001")
    _ok(_correct(officer, decision, proportionate=False))
    assert _ok(officer.get(licence))["proportionate"]["proportionate"] is False
    _ok(_take_back(officer, _newest(officer, "proportionate", subject="L00001")))
    assert _ok(officer.get(licence))["proportionate"] is None
    _ok(officer.post(f"{licence}/custody", json={"fromAt": NOON, "toAt": "2019-03-02T12:00:00Z"}))
    wrong = _correct(officer, _newest(officer, "custody", subject="L00001"), toAt="2019-02-02T12:00:00Z")
    assert (wrong.status_code, wrong.json()["detail"].startswith("toAt: ")) == (422, True)
    _ok(officer.post(f"{licence}/notes", json={"words": "asked for a later curfew", "on": "2019-03-05"}))
    note = _newest(officer, "note", subject="L00001")
    _ok(_correct(officer, note, words="asked for an earlier curfew"))
    assert _newest(officer, "note", subject="L00001")["record"]["words"] == "asked for an earlier curfew"


def test_money_is_corrected_moved_to_another_year_and_taken_back_to_the_penny(officer: Client) -> None:
    promised = {"reference": "C1", "line": "tagging", "pence": 40_000_000, "words": "tags", "on": "2019-03-01"}
    _ok(officer.post(f"{PILOT}/commitments", json=promised))
    _ok(
        officer.post(
            f"{PILOT}/actuals",
            json={"reference": "A1", "line": "tagging", "pence": 1_000_000, "words": "May", "commitment": "C1"},
        )
    )
    commitment = _newest(officer, "commitment", RECORDS)
    past = _correct(officer, commitment, RECORDS, pence=46_900_001)
    assert (past.status_code, "more than is free on tagging" in past.json()["detail"]) == (409, True)
    _ok(_correct(officer, commitment, RECORDS, pence=30_000_000))
    assert _line(officer, "tagging")["committedPence"] == 30_000_000
    reduced = {"change": "reduce", "pence": 5_000_000, "on": "2019-03-20", "reason": "fewer tags"}
    _ok(officer.post(f"{PILOT}/commitments/C1/changes", json=reduced))
    too_much = officer.post(f"{PILOT}/commitments/C1/changes", json={**reduced, "pence": 24_000_001})
    assert (too_much.status_code, "£240,000 can be moved or cancelled" in too_much.json()["detail"]) == (409, True)
    assert _line(officer, "tagging", asAt="2019-03-19")["committedPence"] == 30_000_000
    assert _line(officer, "tagging", asAt="2019-03-20")["committedPence"] == 25_000_000
    moved = {"change": "move", "toLine": "evaluation", "pence": 1_000_000, "on": "2019-03-21", "reason": "shared"}
    _ok(officer.post(f"{PILOT}/commitments/C1/changes", json=moved))
    assert _line(officer, "evaluation")["committedPence"] == 1_000_000
    standing = _newest(officer, "commitment", RECORDS)
    blocked = _take_back(officer, standing, RECORDS)
    assert (blocked.status_code, "Take those back first" in blocked.json()["detail"]) == (409, True)
    for change in _ok(officer.get(f"{RECORDS}/commitment-change"))["items"]:
        _ok(_take_back(officer, change, RECORDS))
    back = _ok(_take_back(officer, standing, RECORDS))
    assert back["notes"] == ["£10,000 was paid on C1; the payments stay and count without it"]
    line = _line(officer, "tagging")
    assert (line["committedPence"], line["actualPence"], line["freePence"]) == (0, 1_000_000, 45_900_000)
    actual = _newest(officer, "actual", RECORDS)
    _ok(_correct(officer, actual, RECORDS, commitment=None, pence=1_000_001))
    _ok(_take_back(officer, _newest(officer, "actual", RECORDS), RECORDS))
    assert _line(officer, "tagging")["freePence"] == 46_900_000


def _line(officer: Client, name: str, **query: str) -> dict[str, Any]:
    lines = _ok(officer.get(f"{PILOT}/budget", params=query))["lines"]
    found: dict[str, Any] = next(line for line in lines if line["line"] == name)
    return found


def test_a_launch_of_the_wrong_borough_and_a_duty_not_done_are_taken_back(officer: Client) -> None:
    _ok(officer.post(f"{PILOT}/launches", json={"borough": "Hackney", "on": "2019-03-10"}))
    launch = _newest(officer, "launch", RECORDS)
    assert launch["record"] == {
        "kind": "launch", "what": "launched", "borough": "Hackney", "phase": None, "on": "2019-03-10"
    }  # fmt: skip
    _ok(_correct(officer, launch, RECORDS, on="2019-03"))
    assert _newest(officer, "launch", RECORDS)["record"]["on"] == "March 2019"
    _ok(_take_back(officer, _newest(officer, "launch", RECORDS), RECORDS))
    boroughs = {each["name"]: each for each in _ok(officer.get(f"{PILOT}/rollout"))["boroughs"]}
    assert boroughs["Hackney"]["live"] is not True
    duty = next(each["key"] for each in _ok(officer.get(f"{PILOT}/duties"))["items"] if each["state"] != "done")
    _ok(officer.post(f"{PILOT}/duties/{duty}/done", json={"evidence": "v1", "on": "2019-02-01"}))
    _ok(_take_back(officer, _newest(officer, "duty-done", RECORDS), RECORDS))
    states = {duty["key"]: duty["state"] for duty in _ok(officer.get(f"{PILOT}/duties"))["items"]}
    assert states[duty] != "done"


def test_a_list_has_filters_and_pages_and_says_what_was_known(officer: Client) -> None:
    first = _ok(officer.get(f"{CASES}/licence-move", params={"limit": 1, "history": True}))
    assert first["next"] == first["items"][0]["number"]
    second = _ok(officer.get(f"{CASES}/licence-move", params={"limit": 1, "history": True, "before": first["next"]}))
    assert second["items"][0]["number"] < first["next"]
    assert _ok(officer.get(f"{CASES}/terms", params={"from": "2030-01-01"}))["items"] == []
    assert len(_ok(officer.get(f"{CASES}/terms", params={"by": "local", "to": "2019-06-01"}))["items"]) >= 7
    no_kind = officer.get(f"{CASES}/commitment")
    assert (no_kind.status_code, "There are place, licence-move" in no_kind.json()["detail"]) == (404, True)
    known = _ok(officer.get(f"{CASES}/terms", params={"asKnownAt": "2018-01-01T00:00:00Z"}))
    assert known["items"] == []


def test_what_is_wrong_with_a_correction_is_said_by_field(officer: Client) -> None:
    terms = _newest(officer, "terms", subject="L00005")
    address = f"{CASES}/terms/{terms['number']}/correct"
    faults = officer.post(address, json={"record": {"kind": "terms", "endsOn": "soon"}, "reason": "x"}).json()
    assert faults["errors"][0]["field"] == "record.endsOn"
    other = officer.post(address, json={"record": {"kind": "note", "words": "x"}, "reason": "x"})
    assert (other.status_code, "record.kind" in other.json()["detail"]) == (422, True)
    none = officer.post(address, json={"record": {"kind": "terms"}, "reason": "x"})
    assert (none.status_code, "says so already" in none.json()["detail"]) == (422, True)
    assert officer.post(address, json={"record": {"kind": "terms", "endsOn": "2020-01-01"}}).status_code == 400
