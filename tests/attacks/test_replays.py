"""Requests sent again under their key: by others, elsewhere, after the right has gone."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.attacked import Target, new_key

pytestmark = pytest.mark.slow

PILOT = "/programmes/gps-knife-licence"


def _commitment(reference: str, words: str = "evaluation") -> dict[str, object]:
    return {"reference": reference, "line": "evaluation", "pence": 100, "words": words}


def _references(target: Target, name: str = "delivery-officer") -> int:
    return int(target.as_(name).get(f"{PILOT}/budget").json()["committedPence"])


def test_a_key_of_one_user_shows_another_nothing_and_keeps_nobody_out(target: Target) -> None:
    key, asked = new_key(), {"identifier": "9/4"}
    first = target.as_("delivery-officer").post("/people/find", json=asked, headers=key)
    assert first.json()["items"][0]["wearerRef"] == "W-away"
    other = target.as_("delivery-officer-2").post("/people/find", json=asked, headers=key)
    assert "idempotent-replayed" not in other.headers
    for name in ("analyst", "evaluator", "data-protection-officer", "releasing-officer", "administrator"):
        refused = target.as_(name).post("/people/find", json=asked, headers=key)
        assert refused.status_code == 403, name
        assert "W-away" not in refused.text
    again = target.as_("delivery-officer").post("/people/find", json=asked, headers=key)
    assert again.headers["idempotent-replayed"] == "true"
    assert "W-away" not in again.text


@pytest.mark.parametrize(
    ("address", "body"),
    [
        (f"{PILOT}/commitments", _commitment("K1", "other words")),
        (f"{PILOT}/forecasts", {"line": "evaluation", "pence": 100, "words": "evaluation"}),
        ("/programmes/atom/commitments", _commitment("K1")),
        (f"{PILOT}/commitments?asAt=2019-09-01", _commitment("K1")),
    ],
    ids=["another body", "another address", "another programme", "a query"],
)
def test_a_key_is_good_for_one_request_alone(target: Target, address: str, body: dict[str, object]) -> None:
    officer, key = target.as_("delivery-officer"), new_key()
    done = officer.post(f"{PILOT}/commitments", json=_commitment(f"K1 {key['idempotency-key']}"), headers=key)
    assert done.status_code == 201, done.text
    before = _references(target)
    answer = officer.post(address, json=body, headers=key)
    assert answer.status_code == 409, answer.text
    assert answer.json()["type"].endswith(":idempotency-key")
    assert _references(target) == before


@pytest.mark.parametrize("keys", [[""], ["  "], ["one", "two"], ["one", "one"], ["a" * 201], ["a\tb"], ["a\x7f"]])
def test_a_key_that_is_empty_or_given_twice_is_refused_and_nothing_is_made(target: Target, keys: list[str]) -> None:
    """A sender who sends one counts on it; of two a proxy and the server may each take another."""
    before = _references(target)
    head = b"".join(b"idempotency-key: %b\r\n" % key.encode() for key in keys)
    body = b'{"reference":"K2","line":"evaluation","pence":100,"words":"evaluation"}'
    token = target.as_("delivery-officer").headers["authorization"].encode()
    answer = target.sent(
        b"POST %b/commitments HTTP/1.1\r\nhost: %b\r\nauthorization: %b\r\ncontent-type: application/json\r\n"
        b"connection: close\r\ncontent-length: %d\r\n%b\r\n%b"
        % (PILOT.encode(), target.host, token, len(body), head, body)
    )
    assert answer.split()[1] in {b"400", b"409"}, answer
    assert _references(target) == before


def test_of_many_at_once_under_one_key_one_is_entered(target: Target) -> None:
    officer, key, before = target.as_("delivery-officer"), new_key(), _references(target)

    def send(_: int) -> int:
        return officer.post(f"{PILOT}/commitments", json=_commitment("K3"), headers=key).status_code

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(6)))
    assert set(answers) <= {201, 409}
    assert 201 in answers
    assert _references(target) == before + 100


def test_after_a_change_of_role_and_back_a_replay_shows_nothing_of_before(target: Target) -> None:
    ada, key, body = target.as_("administrator"), new_key(), _commitment("K4")
    first = target.as_("delivery-officer-2").post(f"{PILOT}/commitments", json=body, headers=key)
    assert first.status_code == 201, first.text
    old = target.as_("delivery-officer-2")
    for role, status in (("evaluator", 403), ("delivery officer", 201)):
        seen = ada.get("/users/delivery-officer-2").headers["etag"]
        changed = ada.patch("/users/delivery-officer-2", json={"role": role}, headers={"if-match": seen})
        assert changed.status_code == 200, changed.text
        # The session of before is over, and its token with it.
        assert old.post(f"{PILOT}/commitments", json=body, headers=key).status_code == 401
        old = target.as_("delivery-officer-2", anew=True)
        answer = old.post(f"{PILOT}/commitments", json=body, headers=key)
        assert answer.status_code == status, answer.text
        assert "committedPence" not in answer.text
    rows = target.as_("data-protection-officer").get("/audit", params={"subject": "answered_request"}).json()["items"]
    assert rows[0]["by"] == "delivery-officer-2"
    assert rows[0]["details"]["answer_shown"] is False


def test_what_was_refused_may_be_put_right_under_the_same_key(target: Target) -> None:
    officer, key, before = target.as_("delivery-officer"), new_key(), _references(target)
    wrong = officer.post(f"{PILOT}/commitments", json={**_commitment("K5"), "line": "nowhere"}, headers=key)
    assert wrong.status_code == 404
    right = officer.post(f"{PILOT}/commitments", json=_commitment("K5"), headers=key)
    assert right.status_code == 201, right.text
    assert _references(target) == before + 100
