"""Logging in over HTTP, and what no token, another's token or a forged one is worth."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from api.http import tokens
from api.usecases import home_keys
from tests.support.clients import PASSWORD
from tests.support.worlds import World
from tracker.access.roles import Role


@pytest.fixture
def client(world: World) -> Iterator[TestClient[Litestar]]:
    with world.client_as(Role.ADMINISTRATOR) as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def add(client: TestClient[Litestar], name: str = "ana", role: str = "analyst", **more: Any) -> Any:
    return client.post("/users", json={"name": name, "role": role, "password": PASSWORD, **more})


def test_login_refresh_and_logout(client: TestClient[Litestar]) -> None:
    assert add(client).status_code == 201
    token = client.post("/auth/login", json={"name": "ana", "password": PASSWORD}).json()["accessToken"]
    own = {"password": PASSWORD, "newPassword": "four other plain words"}
    assert client.post("/auth/password", json=own, headers=bearer(token)).status_code == 204
    began = client.post("/auth/login", json={"name": "ana", "password": own["newPassword"]}).json()
    assert began["tokenType"] == "Bearer"
    assert began["expiresInS"] == 600
    assert "review" not in began["user"]["rights"]
    assert "assign, confirm and reject matches" in began["user"]["rights"]
    assert client.get("/auth/me", headers=bearer(began["accessToken"])).json()["name"] == "ana"
    went = client.post("/auth/refresh", json={"refreshToken": began["refreshToken"]}).json()
    headers = bearer(went["accessToken"])
    assert client.post("/auth/logout", headers=headers).status_code == 204
    assert client.get("/auth/me", headers=headers).status_code == 401
    assert client.get("/auth/me", headers=bearer(began["accessToken"])).status_code == 401


def test_without_a_login_only_health_login_and_the_schema_answer(new_world: World) -> None:
    new_world.home.mkdir()
    with new_world.client() as client:
        for path in ("/health/live", "/schema/openapi.json"):
            assert client.get(path).status_code == 200
        for path in ("/runs", "/users", "/auth/me"):
            answer = client.get(path)
            assert answer.status_code == 401
            assert answer.json()["type"].endswith("not-logged-in")
            assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_role_has_its_rights_and_no_others(client: TestClient[Litestar]) -> None:
    answer = client.get("/runs")
    assert answer.status_code == 403
    assert answer.json()["detail"] == "your role does not read runs, candidates and verdicts"


def _forged(world: World, session_id: str) -> dict[str, str]:
    key, now = home_keys.signing_key(world.home), datetime.now(UTC)
    claims = {"iss": "tagpilot", "aud": "tagpilot", "sid": session_id, "iat": now, "exp": now + timedelta(minutes=5)}
    plain = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    good = jwt.encode(claims, key, algorithm="HS256")
    body = good.split(".")[1]
    other = base64.urlsafe_b64encode(
        json.dumps({**claims, "iat": 0, "exp": 9_999_999_999, "sid": "f" * 32}, default=str).encode()
    ).rstrip(b"=")
    return {
        "alg none": f"{plain}.{body}.",
        "alg none, signature kept": f"{plain}.{body}.{good.split('.')[2]}",
        "another key": jwt.encode(claims, b"k" * 32, algorithm="HS256"),
        "another algorithm": jwt.encode(claims, key * 2, algorithm="HS512"),
        "expired": jwt.encode({**claims, "exp": now - timedelta(seconds=1)}, key, algorithm="HS256"),
        "no expiry": jwt.encode({k: v for k, v in claims.items() if k != "exp"}, key, algorithm="HS256"),
        "another issuer": jwt.encode({**claims, "iss": "somebody"}, key, algorithm="HS256"),
        "another audience": jwt.encode({**claims, "aud": "somebody"}, key, algorithm="HS256"),
        "no session": jwt.encode({**claims, "sid": "f" * 32}, key, algorithm="HS256"),
        "session that is no text": jwt.encode({**claims, "sid": {"a": 1}}, key, algorithm="HS256"),
        "changed": f"{good.split('.')[0]}.{other.decode()}.{good.split('.')[2]}",
        "cut": good[:-3],
        "empty": "",
        "nonsense": "x.y.z",
        "the session itself": session_id,
    }


def test_a_forged_expired_or_changed_token_is_refused(world: World, client: TestClient[Litestar]) -> None:
    token = client.headers.pop("authorization").split()[1]
    session_id = tokens.read(home_keys.signing_key(world.home), token, datetime.now(UTC))
    assert client.get("/auth/me", headers=bearer(token)).status_code == 200
    for what, forged in _forged(world, session_id).items():
        header = bearer(forged)
        answer = client.get("/auth/me", headers=header)
        assert answer.status_code == 401, what
        assert forged not in answer.text or len(forged) < 5


def test_a_role_taken_away_ends_at_once(client: TestClient[Litestar]) -> None:
    add(client)
    token = client.post("/auth/login", json={"name": "ana", "password": PASSWORD}).json()["accessToken"]
    etag = client.get("/users/ana").headers["etag"]
    changed = client.patch("/users/ana", json={"role": "evaluator"}, headers={"if-match": etag})
    assert (changed.status_code, changed.json()["role"]) == (200, "evaluator")
    assert client.get("/runs", headers=bearer(token)).status_code == 401


def test_two_administrators_cannot_overwrite_each_other(client: TestClient[Litestar]) -> None:
    add(client)
    etag = client.get("/users/ana").headers["etag"]
    assert client.patch("/users/ana", json={"role": "evaluator"}).status_code == 428
    assert client.patch("/users/ana", json={"role": "evaluator"}, headers={"if-match": "*"}).status_code == 428
    first = client.patch("/users/ana", json={"role": "evaluator"}, headers={"if-match": etag})
    late = client.patch("/users/ana", json={"role": "delivery officer"}, headers={"if-match": etag})
    assert (first.status_code, late.status_code) == (200, 412)
    assert late.json()["type"].endswith("changed-meanwhile")
    assert client.get("/users/ana").json()["role"] == "evaluator"
    assert first.headers["etag"] == client.get("/users/ana").headers["etag"]


def test_an_unknown_field_is_refused(client: TestClient[Litestar]) -> None:
    answer = add(client, demo=True)
    assert answer.status_code == 400
    assert "demo" in answer.text
    assert add(client, "Ana B").status_code == 400
    assert add(client, "bob", "king").status_code == 400


def test_a_post_with_a_key_is_done_once_and_answered_the_same(client: TestClient[Litestar]) -> None:
    key = {"idempotency-key": "a1"}
    user = {"name": "ana", "role": "analyst", "password": PASSWORD}
    first, again = (client.post("/users", json=user, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["idempotent-replayed"] == "true"
    other = client.post("/users", json={**user, "name": "bob"}, headers=key)
    assert other.status_code == 409
    assert other.json()["type"].endswith("idempotency-key")
    assert client.post("/users", json=user).status_code == 422
    # A request that failed may be put right under its key.
    short = client.post("/users", json={**user, "name": "bob", "password": "x"}, headers={"idempotency-key": "b"})
    assert short.status_code == 422
    right = client.post("/users", json={**user, "name": "bob"}, headers={"idempotency-key": "b"})
    assert right.status_code == 201


def test_failed_logins_are_slowed_down_and_show_for_how_long(client: TestClient[Litestar]) -> None:
    add(client)
    for _ in range(5):
        assert client.post("/auth/login", json={"name": "ana", "password": "wrong"}).status_code == 401
    answer = client.post("/auth/login", json={"name": "ana", "password": PASSWORD})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 900


def test_a_user_changes_their_own_password_by_giving_the_old_one(client: TestClient[Litestar]) -> None:
    wrong = {"password": "not this one", "newPassword": "four other plain words"}
    assert client.post("/auth/password", json=wrong).status_code == 401
    right = {**wrong, "password": PASSWORD}
    assert client.post("/auth/password", json=right).status_code == 204
    assert client.get("/auth/me").status_code == 401
    again = {"name": "administrator", "password": "four other plain words"}
    assert client.post("/auth/login", json=again).status_code == 200


def test_the_key_is_readable_by_its_owner_alone_and_a_new_key_ends_every_token(
    world: World, client: TestClient[Litestar]
) -> None:
    path = world.home / home_keys.TOKEN_KEY_FILE
    assert path.stat().st_mode & 0o777 == 0o600
    path.unlink()
    assert client.get("/auth/me").status_code == 401


def test_the_first_administrator_is_added_at_a_terminal(new_world: World) -> None:
    added = new_world.run("user", "add", "ada", "--role", "administrator", "--generate")
    assert added.exit_code == 0
    password = added.stdout.split()[-1]
    with new_world.client() as client:
        assert client.post("/auth/login", json={"name": "ada", "password": password}).status_code == 200
    assert [user["name"] for user in new_world.json("user", "list")["items"]] == ["ada"]
    assert "the only administrator" in new_world.run("user", "end", "ada").stderr


def test_sessions_are_listed_and_ended_and_a_second_factor_reset_at_a_terminal(new_world: World) -> None:
    new_world.run("user", "add", "ada", "--role", "administrator", "--generate")
    with new_world.client_as(Role.ANALYST, "ana") as client:
        assert new_world.json("user", "sessions", "ana")["total"] == 1
        assert new_world.json("user", "end-sessions", "ana") == {"ended": 1}
        assert client.get("/auth/me").status_code == 401
    assert "No session is running." in new_world.run("user", "sessions", "ana").stdout
    assert "ana has no second factor" in new_world.run("user", "reset-second-factor", "ana").stderr


def test_tokens_cannot_be_guessed_and_each_login_has_its_own(world: World, client: TestClient[Litestar]) -> None:
    """Also a login by who sends the token of an earlier one along."""
    login = {"name": "administrator", "password": PASSWORD}
    began = [client.post("/auth/login", json=login).json() for _ in range(3)]
    key, now = home_keys.signing_key(world.home), datetime.now(UTC)
    sessions = {tokens.read(key, each["accessToken"], now) for each in began}
    assert len(sessions) == len({each["refreshToken"] for each in began}) == 3
    assert len(key) * 8 == 256
    assert all(len(bytes.fromhex(session)) * 8 == 128 for session in sessions)
    assert all(len(base64.urlsafe_b64decode(each["refreshToken"] + "=")) * 8 == 256 for each in began)
