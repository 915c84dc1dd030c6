"""Logins by an outside issuer (OpenID Connect), a real one on this machine: whose tokens count, and for what."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from litestar.testing import TestClient
from sqlalchemy import Engine

from api.errors import BadSettings
from api.http import outside_issuer
from api.http.app import create_app
from api.settings import read_settings
from api.usecases.stores import make_home
from tests.support.clients import CHEAP, PASSWORD, Client
from tests.support.issuer import AUDIENCE, Issuer, serving
from tracker.access.outside_session_service import forget_outside_identity
from tracker.access.roles import Role
from tracker.access.session_list_service import end_sessions, running_sessions
from tracker.access.user_service import add_user, change_role, end_access

ENTERED: dict[str, Any] = {"by": "a test", "now": datetime(2019, 9, 20, 9, tzinfo=UTC)}


@dataclass
class Server:
    issuer: Issuer
    engine: Engine
    client: Client

    def ask(self, token: str, path: str = "/auth/me") -> Any:
        return self.client.get(path, headers={"authorization": f"Bearer {token}"})


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with serving() as issuer:
        yield issuer


@pytest.fixture
def server(engine: Engine, issuer: Issuer, tmp_path: Path) -> Iterator[Server]:
    """Ana is an analyst here and by the issuer; rob is a releasing officer, who needs a second factor."""
    settings = read_settings(
        {
            "TAGPILOT_WORKERS": "0",
            "TAGPILOT_DATABASE_URL": engine.url.render_as_string(hide_password=False),
            "TAGPILOT_SECOND_FACTOR": "releasing officer",
            "TAGPILOT_OIDC_ISSUER": issuer.url,
            "TAGPILOT_OIDC_AUDIENCE": AUDIENCE,
            "TAGPILOT_OIDC_ROLES": "gps-analysts=analyst, gps-release=releasing officer",
        },
        home=tmp_path / "home",
    )
    make_home(settings.home)
    for name, role in (("ana", Role.ANALYST), ("rob", Role.RELEASER)):
        add_user(engine, name, role, PASSWORD, how=CHEAP, **ENTERED)
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8019") as client:
        yield Server(issuer, engine, client)


def test_a_user_of_the_issuer_is_who_they_are_here_and_may_what_their_role_may(server: Server) -> None:
    me = server.ask(server.issuer.token())
    assert (me.status_code, me.json()["name"], me.json()["role"]) == (200, "ana", "analyst")
    assert server.ask(server.issuer.token(), "/jobs").status_code == 200
    assert server.ask(server.issuer.token(), "/users").status_code == 403
    assert server.ask(server.issuer.token(aud=["other", AUDIENCE], sid=None, jti="t-1")).status_code == 200
    # Password logins go on beside it.
    began = server.client.post("/auth/login", json={"name": "ana", "password": PASSWORD}).json()
    assert server.ask(began["accessToken"]).json()["name"] == "ana"


def _forged(issuer: Issuer) -> dict[str, str]:
    now = int(datetime.now(UTC).timestamp())
    key = issuer.keys[0]
    assert isinstance(key, RSAKey)
    other = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
    unknown = RSAKey.generate_key(2048, {"kid": "unknown", "use": "sig"})
    good = issuer.token()
    _, payload, signature = good.split(".")
    named = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": "first"}).encode()).rstrip(b"=").decode()
    changed = (
        base64.urlsafe_b64encode(json.dumps(issuer.claims(preferred_username="rob")).encode()).rstrip(b"=").decode()
    )

    def by_secret(secret: bytes) -> str:
        """By hand: no library signs with a public key."""
        header = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "first"}).encode()).rstrip(b"=").decode()
        digest = hmac.new(secret, f"{header}.{payload}".encode(), hashlib.sha256).digest()
        return f"{header}.{payload}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"

    return {
        "alg none": f"{named}.{payload}.",
        "alg none, signature kept": f"{named}.{payload}.{signature}",
        "HS256 with the public key": by_secret(key.as_pem(private=False)),
        "HS256 with the public key, cut": by_secret(key.as_pem(private=False).strip()),
        "HS256 with the key's number": by_secret(str(key.as_dict(private=False)["n"]).encode()),
        "HS256 with nothing": by_secret(b""),
        "another's key under this name": issuer.token(other),
        "a key that is not published": issuer.token(unknown),
        "a key in the header": jwt.encode(
            {"alg": "RS256", "kid": "first", "jwk": other.as_dict(private=False)}, issuer.claims(), other
        ),
        "no key named": issuer.token(header={"kid": ""}),
        "changed": f"{good.split('.')[0]}.{changed}.{signature}",
        "cut": good[:-4],
        "another audience": issuer.token(aud="another-program"),
        "no audience": issuer.token(aud=None),
        "another issuer": issuer.token(iss="https://elsewhere.example"),
        "expired": issuer.token(exp=now - 60),
        "no expiry": issuer.token(exp=None),
        "not yet": issuer.token(nbf=now + 600),
        "issued in the future": issuer.token(iat=now + 600),
        "expiry that is no number": issuer.token(exp="tomorrow"),
        "no subject": issuer.token(sub=None),
        "no name": issuer.token(preferred_username=None),
        "a name that is a list": issuer.token(preferred_username=["ana"]),
        "no role": issuer.token(roles=[]),
        "a role that means nothing here": issuer.token(roles=["administrator", "analyst"]),
        "another role than here": issuer.token(roles=["gps-release"]),
        "two roles": issuer.token(roles=["gps-release", "gps-analysts"]),
        "unknown user": issuer.token(preferred_username="nobody", sub="subject-2", sid="login-2"),
        "too long": issuer.token(more="x" * 20_000),
    }


def test_a_forged_expired_or_foreign_token_is_refused(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside_issuer, "AGAIN_AFTER_S", 0.0)
    assert server.ask(server.issuer.token()).status_code == 200
    for what, forged in _forged(server.issuer).items():
        answer = server.ask(forged)
        assert answer.status_code == 401, (what, answer.text)
        assert forged not in answer.text


def test_a_published_secret_or_a_key_to_encrypt_with_checks_no_token(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside_issuer, "AGAIN_AFTER_S", 0.0)
    secret = OctKey.generate_key(256, {"kid": "secret"})
    encrypts = RSAKey.generate_key(2048, {"kid": "encrypts", "use": "enc"})
    server.issuer.keys += [secret, encrypts]
    assert server.ask(server.issuer.token(secret)).status_code == 401
    signs = RSAKey.import_key({**encrypts.as_dict(private=True), "use": "sig"})
    assert server.ask(server.issuer.token(signs)).status_code == 401


def test_keys_are_changed_without_a_restart_and_not_asked_for_at_every_token(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        assert server.ask(server.issuer.token()).status_code == 200
    assert server.issuer.asked == {"discovery": 1, "keys": 1}
    old, new = server.issuer.keys[0], ECKey.generate_key("P-256", {"kid": "second", "use": "sig"})
    server.issuer.keys = [new]
    # Not within half a minute, or everybody could make us ask by naming keys.
    assert server.ask(server.issuer.token(new)).status_code == 401
    assert server.issuer.asked["keys"] == 1
    monkeypatch.setattr(outside_issuer, "AGAIN_AFTER_S", 0.0)
    assert server.ask(server.issuer.token(new)).status_code == 200
    assert server.ask(server.issuer.token(old)).status_code == 401


def test_an_issuer_that_is_away_is_said_and_no_token_is_believed_meanwhile(server: Server) -> None:
    server.issuer.away = True
    answer = server.ask(server.issuer.token())
    assert answer.status_code == 503
    assert "cannot be read" in answer.json()["detail"]
    server.issuer.away = False
    assert server.ask(server.issuer.token()).status_code == 200


@pytest.mark.parametrize("what", ["another issuer", "keys elsewhere", "keys sent on"])
def test_a_discovery_document_that_points_elsewhere_is_refused(server: Server, what: str) -> None:
    if what == "another issuer":
        server.issuer.names_itself = "https://elsewhere.example"
    elif what == "keys elsewhere":
        server.issuer.keys_at = "http://elsewhere.example/keys"
    else:
        server.issuer.keys_at = f"{server.issuer.url}/moved"
    assert server.ask(server.issuer.token()).status_code == 503


def test_a_role_taken_away_here_or_there_ends_it_at_once(server: Server) -> None:
    assert server.ask(server.issuer.token()).status_code == 200
    assert server.ask(server.issuer.token(roles=[])).status_code == 401
    change_role(server.engine, "ana", Role.OFFICER, **ENTERED)
    assert server.ask(server.issuer.token(sid="login-2")).status_code == 401
    change_role(server.engine, "ana", Role.ANALYST, **ENTERED)
    assert server.ask(server.issuer.token(sid="login-3")).status_code == 200
    end_access(server.engine, "ana", **ENTERED)
    for login in ("login-3", "login-4"):
        assert server.ask(server.issuer.token(sid=login)).status_code == 401


def test_its_sessions_are_listed_and_one_that_was_ended_here_stays_ended_with_its_later_tokens(server: Server) -> None:
    now = datetime.now(UTC)
    server.ask(server.issuer.token())
    server.ask(server.issuer.token(exp=int((now + timedelta(hours=2)).timestamp())))
    held = running_sessions(server.engine, "ana", now=now)
    assert [(each.issuer, each.expires_at > now + timedelta(hours=1)) for each in held] == [(server.issuer.url, True)]
    end_sessions(server.engine, "ana", held[0].id, by="ada", now=ENTERED["now"], clock=now)
    for later in (server.issuer.token(), server.issuer.token(iat=int(now.timestamp()) + 5)):
        assert server.ask(later).status_code == 401
    assert server.ask(server.issuer.token(sid="login-2")).status_code == 200


def test_a_name_that_the_issuer_gives_to_another_person_is_not_the_user_here(server: Server) -> None:
    assert server.ask(server.issuer.token()).status_code == 200
    stranger = server.issuer.token(sub="subject-2", sid="login-2")
    refused = server.ask(stranger)
    assert (refused.status_code, "belongs to another person" in refused.json()["detail"]) == (401, True)
    # Nor is the first person somebody else here by another name.
    renamed = server.issuer.token(preferred_username="rob", roles=["gps-release"], sid="login-3")
    assert server.ask(renamed).status_code == 401
    forget_outside_identity(server.engine, "ana", **ENTERED)
    assert server.ask(stranger).status_code == 200
    assert server.ask(server.issuer.token()).status_code == 401


def test_a_role_that_needs_a_second_factor_needs_it_of_the_issuer_too(server: Server) -> None:
    rob = {"preferred_username": "rob", "roles": "gps-release", "sub": "subject-r", "sid": "login-r"}
    weak = server.ask(server.issuer.token(**rob, amr=["pwd"]), "/releases")
    assert (weak.status_code, weak.json()["type"].rsplit(":", 1)[1]) == (403, "second-factor-needed")
    assert server.ask(server.issuer.token(**rob, amr=["pwd", "otp"]), "/releases").status_code == 200


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"TAGPILOT_OIDC_AUDIENCE": "a"}, "TAGPILOT_OIDC_AUDIENCE is set and TAGPILOT_OIDC_ISSUER is not"),
        ({"TAGPILOT_OIDC_ISSUER": "http://login.example"}, "give an https address"),
        ({"TAGPILOT_OIDC_ISSUER": "https://login.example"}, "TAGPILOT_OIDC_AUDIENCE is not set"),
        (
            {"TAGPILOT_OIDC_ISSUER": "https://login.example", "TAGPILOT_OIDC_ROLES": "x=king"},
            "has 'x=king'; give a value",
        ),
        ({"TAGPILOT_OIDC_ISSUER": "https://a.b", "TAGPILOT_OIDC_ROLES": "x=analyst,x=evaluator"}, "names 'x' twice"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(given: dict[str, str], words: str) -> None:
    with pytest.raises(BadSettings, match=words):
        read_settings(given, home=Path("nowhere"))
