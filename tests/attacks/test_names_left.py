"""A person whose name stands where nobody looks: in notes on others, texts of crimes, names of files, addresses."""

import time

import httpx
import pytest

from tests.support.attacked import Target, new_key
from tests.support.clients import FILE
from tests.support.erasure import NUMBERED
from tests.support.postgres import dump
from tests.support.scan import found_under
from tests.support.worlds import NAME

pytestmark = pytest.mark.slow

PILOT = "/programmes/gps-knife-licence"


def _ended(client: httpx.Client, address: str) -> str:
    for _ in range(600):
        state = str(client.get(address).json()["state"])
        if state not in {"queued", "running"}:
            return state
        time.sleep(0.1)
    raise AssertionError(f"{address} did not end")


def _moved(client: httpx.Client, address: str, what: str, body: dict[str, object]) -> httpx.Response:
    seen = client.get(address).headers.get("etag", "")
    return client.post(f"{address}/{what}", json=body, headers={"if-match": seen, **new_key()})


def _found(target: Target) -> dict[str, set[str]]:
    found = found_under(target.root, NUMBERED)
    if target.world.database is not None:
        found["database"] = set(NUMBERED.in_bytes(dump(target.world.database)))
    return {name: what for name, what in found.items() if what}


def _rejected_and_released(target: Target) -> None:
    """A match of another wearer rejected with a reason that names the person; the person's own released."""
    ana, rob = target.as_("analyst"), target.as_("releasing-officer")
    made = ana.post("/jobs", json={}, headers=new_key())
    assert _ended(ana, f"/jobs/{made.json()['id']}") == "done"
    for each in ana.get("/matches", params={"qAtMost": 1}).json()["items"]:
        address = f"/matches/{each['id']}"
        assert _moved(ana, address, "assign", {}).status_code == 200
        mine = each["wearerRef"] == "W-inside"
        reason = {"reason": f"it was {NAME}, born 1997-05-01 (1 May 1997)"}
        assert _moved(ana, address, "confirm" if mine else "reject", reason).status_code == 200
        if mine:
            recipient = {"recipient": {"name": "A. Inspector", "rank": "DI"}, "destroyBy": "2099-01-01"}
            given = _moved(rob, f"/releases/awaiting/{each['id']}", "release", recipient)
            assert given.status_code == 201, given.text


def test_after_an_erasure_nothing_written_about_others_shows_the_person(target: Target) -> None:
    officer, ana, dee = (target.as_(name) for name in ("delivery-officer", "analyst", "data-protection-officer"))
    with_others = {"move": "recall", "at": "2019-09-12T10:00:00Z", "recallType": "standard", "note": f"with {NAME}"}
    for address, body in (
        (f"{PILOT}/licences/L-passer/moves", with_others),
        (f"{PILOT}/licences/L-passer/alerts", {"kind": f"seen with {NAME.upper()}", "at": "2019-09-11T10:00:00Z"}),
        (f"{PILOT}/licences/L-inside/alerts", {"kind": "of X970500", "at": "2019-09-11T10:00:00Z"}),
    ):
        assert officer.post(address, json=body, headers=new_key()).status_code == 201, address
    crime = {
        "force": "Metropolitan",
        "crimeRef": "N/1",
        "crimeType": "Robbery",
        "easting": 530_000,
        "northing": 180_000,
    }
    window = {"from": "2019-09-10T12:00:00Z", "to": "2019-09-10T13:00:00Z"}
    told = ana.post("/crimes", json={**crime, **window, "text": f"a witness named {NAME}", "match": False})
    assert told.status_code == 201, told.text
    for client, name, more in (
        (ana, f"{NAME}.csv", ""),
        (ana, "97/123456X".replace("/", "-") + f" {NAME}.csv", f"&map=crime_ref=={NAME}"),
    ):
        sent = client.post(f"/imports/crimes?name={name}{more}", content=b"a,b\n1,2\n", headers=FILE)
        assert sent.status_code == 202, sent.text
        _ended(client, f"/imports/{sent.json()['id']}")
    key = new_key()
    officer.post("/people/find", json={"identifier": "97/123456X"}, headers=key)
    _rejected_and_released(target)
    # Names given for what is no name: in an address, as a reference.
    for address in (f"/wearers/{NAME}/scores", "/wearers/97%2F123456X/scores"):
        assert officer.get(PILOT + address).status_code == 404
    trail = {"wearerRef": NAME, **window, "purpose": "a complaint of 3 May"}
    assert ana.get("/trails", params=trail).status_code == 404

    before = _found(target)
    where = "database" if target.world.database else "home/tagpilot.sqlite3"
    assert before[where] >= {NAME, "97/123456X", "X970500"}
    assert any("fixes" in name for name in before)
    for reason in (f"asked by {NAME}", "A9701ZZ", f"of {NAME.lower()}"):
        assert dee.post("/wearers/W-inside/erase", json={"reason": reason}).status_code == 422
    asked = {"reason": "request of 3 October"}
    erased = dee.post("/wearers/W-inside/erase", json=asked, headers=key)
    assert erased.status_code == 200, erased.text
    assert erased.json()["state"] == "finished"

    assert _found(target) == {}
    again = dee.post("/wearers/W-inside/erase", json=asked, headers=key)
    assert again.headers["idempotent-replayed"] == "true"
    assert officer.post("/people/find", json={"identifier": "97/123456X"}).json()["items"] == []
    # What was written about others stands, without the name; nothing else of it is gone.
    of_passer = officer.get(f"{PILOT}/licences/L-passer").text
    assert "L-passer" in of_passer
    assert NAME not in of_passer
    deep = target.world.run("verify", "--deep")
    assert deep.exit_code == 0, deep.output


@pytest.mark.parametrize("words", ["an interview of Other W-away", "other  of OTHER W-AWAY.", "nobody: Other W-away"])
def test_what_stays_in_the_audit_in_clear_names_nobody(target: Target, words: str) -> None:
    """The chain cannot be changed: what names a person is refused before it is in it."""
    officer, ana, dee = (target.as_(name) for name in ("delivery-officer", "analyst", "data-protection-officer"))
    commitment = {"reference": "NA", "line": "evaluation", "pence": 100, "words": words}
    window = {"from": "2019-09-10T11:00:00Z", "to": "2019-09-10T13:00:00Z"}
    (row,) = dee.get("/audit", params={"subject": "alert", "limit": 1}).json()["items"] or [{"row": 1}]
    answers = [
        officer.post(f"{PILOT}/commitments", json=commitment),
        ana.get("/trails", params={"wearerRef": "W-away", **window, "purpose": words}),
        dee.post("/audit/open", json={"row": row["row"], "purpose": words}),
    ]
    for answer in answers:
        assert answer.status_code == 422, answer.text
        assert "names a person on record" in answer.json()["detail"]
        assert "W-away" not in answer.json()["detail"]
    assert not any(words in str(each) for each in dee.get("/audit", params={"limit": 50}).json()["items"])


def test_a_word_that_is_also_a_name_may_be_written(target: Target) -> None:
    officer = target.as_("delivery-officer")
    words = {"reference": "NB", "line": "evaluation", "pence": 100, "words": "Other people, May and Person, 19/40"}
    assert officer.post(f"{PILOT}/commitments", json=words).status_code == 201


def test_the_log_has_no_name_number_or_reference(target: Target) -> None:
    officer = target.as_("delivery-officer")
    for address in (f"{PILOT}/wearers/{NAME}/scores", f"{PILOT}/licences/L-away?asAt=x", f"/{NAME}", "/people/find"):
        officer.get(address)
    officer.post("/people/find", json={"identifier": "9/4", "name": NAME})
    for shown in (NAME, "Sample", "97/123456X", "97%2F", "A9701ZZ", "W-away", "L-away", "127.0.0.1 -"):
        assert shown not in target.log, shown
