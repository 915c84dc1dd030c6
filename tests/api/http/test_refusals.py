"""Failed logins and refused rights as the data protection officer sees them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from api.http.problems import RefusedHere
from api.http.refusals import record_refused
from api.usecases.stores import open_record
from tests.support.clients import ADDED, CHEAP, PASSWORD, Client
from tests.support.pilot import PILOT
from tests.support.worlds import World
from tracker.access.refusal_service import close_windows, record_refusal
from tracker.access.refusals import MOST_KEYS, Refusal
from tracker.access.roles import Role
from tracker.access.user_service import add_user
from tracker.record.audit.queries import entries, verify_chain

NOW = datetime(2026, 3, 1, 12, 7, tzinfo=UTC)


def _rows(client: Client, subject: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/audit?limit=200&subject={subject}").json()["items"]
    return found


def test_failed_logins_have_rows_by_user_and_not_one_for_each_try(as_: Callable[..., Client]) -> None:
    dee, other = as_(Role.PROTECTION), as_(Role.ANALYST)
    wrong = {"name": "analyst", "password": "not the password"}
    for _ in range(11):
        assert other.post("/auth/login", json=wrong).status_code in (401, 429)
    secret = {"name": "hunter2-typed-in-the-wrong-field", "password": "x"}
    assert other.post("/auth/login", json=secret).status_code == 401
    rows = _rows(dee, "refused login")
    assert [(row["by"], row["id"], row["details"]["times"]) for row in rows] == [
        ("nobody", "a name that is no user's", 1),
        ("analyst", "analyst", 10),
        ("analyst", "analyst", 1),
    ]
    assert all(row["details"]["address"] for row in rows)
    assert "hunter2" not in str(rows)


def test_refused_rights_have_rows_with_the_right(as_: Callable[..., Client]) -> None:
    dee, analyst = as_(Role.PROTECTION), as_(Role.ANALYST)
    for path in ("/users", "/audit", f"/programmes/{PILOT}/tags"):
        assert analyst.get(path).status_code == 403
    assert analyst.post("/wearers/W-inside/erase", json={"reason": "to hide it"}).status_code == 403
    rows = _rows(dee, "refused right")
    assert {row["details"]["refused"] for row in rows} == {
        "add users and end their access",
        "read and verify the audit",
        "read licences, screenings and tags by reference",
        "set retention periods, erase, answer subject access requests",
    }
    assert {row["by"] for row in rows} == {"analyst"}


def test_the_restricted_review_refused_to_someone_not_named_has_a_row(as_: Callable[..., Client]) -> None:
    dee, officer = as_(Role.PROTECTION), as_(Role.OFFICER)
    assert officer.post(f"/programmes/{PILOT}/equality-reviews/restricted", json={}).status_code == 404
    assert "without being named" in _rows(dee, "refused right")[0]["details"]["refused"]


def test_forged_tokens_and_spent_ones_have_rows(as_: Callable[..., Client], ready: World) -> None:
    dee = as_(Role.PROTECTION)
    with ready.client() as client:
        assert client.get("/matches").status_code == 401
        assert client.get("/matches", headers={"authorization": "Bearer a.b.c"}).status_code == 401
        assert client.post("/auth/refresh", json={"refreshToken": "never issued"}).status_code == 401
    assert len(_rows(dee, "refused token")) == 2


def test_a_trail_that_is_refused_has_a_row_with_whose(as_: Callable[..., Client]) -> None:
    dee, analyst = as_(Role.PROTECTION), as_(Role.ANALYST)
    asked = "from=2019-09-10T11:00:00Z&to=2019-09-10T12:00:00Z&purpose=to see where they were"
    assert analyst.get(f"/trails?wearerRef=W-hidden&{asked}").status_code == 404
    row = _rows(dee, "trail")[0]
    assert (row["id"], row["by"]) == (f"person {row['person']}", "analyst")
    assert "refused" in row["details"]


def test_every_answer_about_groups_of_people_has_a_row(as_: Callable[..., Client]) -> None:
    dee, evaluator, officer = as_(Role.PROTECTION), as_(Role.EVALUATOR), as_(Role.OFFICER)
    base = f"/programmes/{PILOT}"
    assert evaluator.get(f"{base}/power").status_code == 200
    assert officer.get(f"{base}/power").status_code == 200
    assert evaluator.get(f"{base}/match-quality").status_code == 200
    evaluator.post(f"{base}/effects", json={"covariates": ["sex"]})
    assert [row["by"] for row in _rows(dee, "power")] == ["delivery-officer", "evaluator"]
    assert _rows(dee, "match quality")[0]["id"] == PILOT
    asked = _rows(dee, "effect")[0]
    assert asked["by"] == "evaluator"
    assert {"method", "covariates", "outcome", "as_at"} <= set(asked["details"])


def test_the_officer_reads_the_head_writes_it_and_holds_the_chain_against_it(as_: Callable[..., Client]) -> None:
    dee = as_(Role.PROTECTION)
    kept = dee.get("/audit/head").json()["head"]
    written = dee.post("/audit/head").json()
    assert written["written"][0]["rows"] == written["rows"]
    found = dee.get("/audit/verify", params={"since": kept}).json()
    assert found["whole"]
    assert found["keyedFrom"] == 1
    rows, _, digest = kept.partition(":")
    other = dee.get("/audit/verify", params={"since": f"{rows}:{digest[::-1]}"}).json()
    assert not other["whole"]
    assert other["broken"]["row"] == int(rows)
    assert dee.get("/audit/verify", params={"since": "tomorrow"}).status_code == 422


def test_sealed_values_are_opened_over_http_by_nobody_else(as_: Callable[..., Client]) -> None:
    dee, analyst = as_(Role.PROTECTION), as_(Role.ANALYST)
    sealed = next(row for row in dee.get("/audit?limit=200").json()["items"] if row["sealed"])
    body = {"row": sealed["row"], "purpose": "complaint 17 of May"}
    opened = dee.post("/audit/open", json=body).json()["items"][0]
    assert opened["readable"]
    assert opened["values"]
    assert analyst.post("/audit/open", json=body).status_code == 403
    assert dee.post("/audit/open", json={"row": sealed["row"], "purpose": "why"}).status_code == 400
    assert dee.post("/audit/open", json={"purpose": "complaint 17 of May"}).status_code == 422
    assert _rows(dee, "audit_entry")[0]["details"]["rows"] == [sealed["row"]]


def test_a_hammered_login_leaves_few_rows_and_the_whole_number(engine: Engine) -> None:
    add_user(engine, "ana", Role.ANALYST, PASSWORD, how=CHEAP, by="a test", now=ADDED)
    for n in range(25):
        for who in ("ana", f"made-up-{n}"):
            record_refusal(engine, Refusal.LOGIN, who=who, address="192.0.2.1", what="", now=NOW)
    assert close_windows(engine, now=NOW + timedelta(minutes=5)) == 0
    assert close_windows(engine, now=NOW + timedelta(minutes=15)) == 2
    assert close_windows(engine, now=NOW + timedelta(minutes=15)) == 0
    with engine.connect() as connection:
        rows = entries(connection, subject=Refusal.LOGIN.value)
    assert sorted((row.subject_id, row.open["times"]) for row in rows) == sorted(
        (who, times) for who in ("ana", "a name that is no user's") for times in (1, 10, 25)
    )
    assert verify_chain(engine).broken is None


def test_changing_addresses_does_not_fill_the_audit(engine: Engine) -> None:
    for n in range(MOST_KEYS + 30):
        record_refusal(engine, Refusal.LOGIN, who="x", address=f"2001:db8::{n:x}", what="", now=NOW)
    with engine.connect() as connection:
        assert len(entries(connection, subject=Refusal.LOGIN.value, limit=1000)) == MOST_KEYS + 2
    close_windows(engine, now=NOW + timedelta(hours=1))
    with engine.connect() as connection:
        last = entries(connection, subject=Refusal.LOGIN.value)[0]
    assert (last.open["address"], last.open["times"]) == ("other addresses", 30)


def test_a_refusal_that_cannot_be_recorded_is_in_the_log(ready: World, capsys: pytest.CaptureFixture[str]) -> None:
    engine = open_record(ready.settings)
    (ready.home / "audit.key").unlink()
    record_refused(ready.settings, engine, {"client": ("192.0.2.1", 1)}, RefusedHere(Refusal.TOKEN, "a token"))
    engine.dispose()
    written = capsys.readouterr()
    assert "refusal_not_recorded" in written.out + written.err
