"""Names, tokens and sessions of others."""

import base64
import hashlib
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import pytest

from tests.support.attacked import Target
from tests.support.clients import FILE, PASSWORD

pytestmark = pytest.mark.slow

WRONG = "quite another password"


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_a_name_that_is_there_is_not_told_from_one_that_is_not(target: Target) -> None:
    """By words or by time: a hash is computed for both."""
    new = {"name": "real.cost", "role": "analyst", "password": "zebra umbrella 1921 kite"}
    assert target.as_("administrator").post("/users", json=new).status_code == 201
    said, times = set(), {}
    with target.ask() as client:
        for name in ("real.cost", "nobody.here"):
            seconds = []
            for _ in range(3):
                started = time.perf_counter()
                answer = client.post("/auth/login", json={"name": name, "password": WRONG})
                seconds.append(time.perf_counter() - started)
                said.add((answer.status_code, answer.text, tuple(sorted(set(answer.headers) - {"x-request-id"}))))
            times[name] = median(seconds)
    assert len(said) == 1
    assert 0.3 < times["real.cost"] / times["nobody.here"] < 3.3


def test_no_other_form_of_a_token_is_one(target: Target) -> None:
    mine = target.as_("analyst").headers["authorization"].removeprefix("Bearer ")
    head, body, sign = mine.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    later = _part({**claims, "exp": claims["exp"] + 86_400})
    empty = hmac.new(b"", f"{head}.{body}".encode(), hashlib.sha256).digest()
    forged = {
        "no algorithm": f"{_part({'alg': 'none', 'typ': 'JWT'})}.{body}.",
        "no algorithm, signed": f"{_part({'alg': 'None'})}.{body}.{sign}",
        "no signature": f"{head}.{body}.",
        "a later end": f"{head}.{later}.{sign}",
        "an empty key": f"{head}.{body}.{base64.urlsafe_b64encode(empty).decode().rstrip('=')}",
        "a key of the sender's": f"{_part({'alg': 'HS256', 'jwk': {'kty': 'oct', 'k': 'AA'}})}.{body}.{sign}",
        "more parts": f"{mine}.x",
        "a part": head,
        "in capitals": mine.upper(),
        "long": "a" * 60_000,
    }
    for what, token in forged.items():
        answer = target.ask(authorization=f"Bearer {token}").get("/auth/me")
        assert answer.status_code in {401, 431}, what
        assert mine not in answer.text
    for header in (f"Basic {mine}", mine, f"Bearer {mine}, Bearer {mine}", f"Bearer x, Bearer {mine}"):
        assert target.ask(authorization=header).get("/auth/me").status_code == 401, header[:12]
    for name in ("access_token", "token", "authorization"):
        assert target.ask().get("/auth/me", params={name: mine}).status_code == 401
    two = b"authorization: Bearer x\r\nauthorization: Bearer %b\r\nconnection: close\r\n\r\n" % mine.encode()
    asked = b"GET /auth/me HTTP/1.1\r\nhost: %b\r\n" % target.host
    assert target.sent(asked + two).split()[1] == b"401"


def test_a_refresh_token_sent_twice_ends_the_session_for_both(target: Target) -> None:
    login = target.ask().post("/auth/login", json={"name": "evaluator-2", "password": PASSWORD}).json()
    old = {"refreshToken": login["refreshToken"]}

    def refresh(_: int) -> int:
        return target.ask().post("/auth/refresh", json=old).status_code

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(refresh, range(4)))
    assert answers.count(200) <= 1
    assert answers[-1] == 401
    token = target.ask(authorization=f"Bearer {login['accessToken']}").get("/auth/me")
    assert token.status_code == 401
    as_access = target.ask(authorization=f"Bearer {login['refreshToken']}").get("/auth/me")
    assert as_access.status_code == 401


def test_a_session_that_was_begun_before_is_not_taken_over_by_a_login(target: Target) -> None:
    """A login makes a session of its own, whatever token or cookie the sender shows."""
    first = target.as_("analyst-2", anew=True)
    again = target.ask(authorization=first.headers["authorization"], cookie="session=chosen")
    second = again.post("/auth/login", json={"name": "evaluator", "password": PASSWORD})
    assert second.status_code == 200
    assert second.json()["accessToken"] not in first.headers["authorization"]
    assert first.get("/auth/me").json()["name"] == "analyst-2"
    assert first.post("/auth/logout").status_code in {200, 204}
    assert first.get("/auth/me").status_code == 401
    theirs = target.ask(authorization=f"Bearer {second.json()['accessToken']}").get("/auth/me")
    assert theirs.json()["name"] == "evaluator"


def test_sessions_of_others_are_neither_seen_nor_ended(target: Target) -> None:
    mine, theirs = target.as_("analyst"), target.as_("evaluator")
    for client in (mine, theirs):
        assert client.get("/auth/me").status_code == 200
    found = theirs.get("/auth/sessions").json()["items"]
    assert found
    for each in found:
        answer = mine.post("/auth/sessions/end", json={"id": each["id"], "password": PASSWORD})
        assert answer.status_code in {400, 404}, answer.text
    assert theirs.get("/auth/me").status_code == 200
    for address in ("/users", "/users/evaluator", "/users/evaluator/sessions"):
        assert mine.get(address).status_code == 403
    for address in ("/users/evaluator/end", "/users/evaluator/sessions/end", "/users/nobody/end"):
        assert mine.post(address, json={}).status_code == 403


def test_ids_that_are_guessed_are_answered_alike_whether_they_are_there_or_not(target: Target) -> None:
    """To a role that may not ask, a person on record is as nobody."""
    pilot = "/programmes/gps-knife-licence"
    asked = [
        (f"{pilot}/licences/L-away", f"{pilot}/licences/L-nobody"),
        (f"{pilot}/wearers/W-away/scores", f"{pilot}/wearers/W-nobody/scores"),
        (f"{pilot}/tags", f"{pilot}/tags"),
        ("/matches/1", "/matches/99999"),
        ("/releases/1", "/releases/99999"),
        ("/releases/1/package", "/releases/99999/package"),
        ("/cohorts/1", "/cohorts/99999"),
    ]
    mine = {"analyst": asked[:3], "evaluator": asked[:6], "administrator": asked, "data-protection-officer": asked[:6]}
    for name, addresses in mine.items():
        for there, nowhere in addresses:
            found, not_found = (target.as_(name).get(each) for each in (there, nowhere))
            assert (found.status_code, found.text) == (not_found.status_code, not_found.text), (name, there)
            assert found.status_code in {403, 404}, (name, there)
    other = target.as_("delivery-officer").get("/programmes/atom/licences/L-away")
    none = target.as_("delivery-officer").get("/programmes/atom/licences/L-nobody")
    assert (other.status_code, other.text.replace("L-away", "L-nobody")) == (none.status_code, none.text)


def test_files_of_another_supplier_are_as_if_there_were_none(target: Target) -> None:
    supplier, other = target.as_("supplier"), target.as_("supplier-2")
    sent = supplier.post("/imports/stock?name=s.csv", content=b"device_id\nD-new\n", headers=FILE)
    assert sent.status_code == 202, sent.text
    theirs = sent.json()["id"]
    for part in ("", "/errors", "/errors.csv"):
        found, nothing = other.get(f"/imports/{theirs}{part}"), other.get(f"/imports/99999{part}")
        assert found.status_code == nothing.status_code == 404
        assert found.text == nothing.text.replace("99999", str(theirs))
    assert other.get("/imports").json()["items"] == []
    case, none = (target.as_("practitioner").get(f"/cases/{each}") for each in ("L-away", "L-none"))
    assert (case.status_code, case.text.replace("L-away", "L-none")) == (none.status_code, none.text)
    body = {"day": "2019-09-10", "purpose": "to speak about it with him"}
    days = [target.as_("practitioner").post(f"/cases/{each}/days", json=body) for each in ("L-away", "L-none")]
    assert days[0].status_code == days[1].status_code == 404
    assert days[0].text.replace("L-away", "L-none") == days[1].text


def test_what_was_refused_has_rows_with_the_name_that_asked(target: Target) -> None:
    target.as_("evaluator").get("/users")
    target.ask().post("/auth/login", json={"name": "releasing-officer-2", "password": WRONG})
    officer = target.as_("data-protection-officer")
    rights = officer.get("/audit", params={"subject": "refused right", "limit": 50}).json()["items"]
    assert "evaluator" in {row["id"] for row in rights}
    logins = officer.get("/audit", params={"subject": "refused login", "limit": 50}).json()["items"]
    assert logins
    assert WRONG not in json.dumps(logins)
