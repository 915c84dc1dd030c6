"""Passwords that somebody else gave or that are common have to be changed first; users are told what happened to their
logins; a stolen database is no way to try passwords."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from litestar.testing import TestClient
from sqlalchemy import Engine, select, update

from api.http.app import create_app
from api.settings import Settings, read_settings
from api.usecases import home_keys
from api.usecases.stores import make_home
from tests.support.clients import CHEAP, ONE_FACTOR, PASSWORD, Client, cheap
from tracker.access import hashing, passwords
from tracker.access.hashing import hasher, password_matches
from tracker.access.roles import Role
from tracker.access.tables import AppUser
from tracker.access.user_service import add_user

ENTERED: dict[str, Any] = {"by": "a test", "now": datetime(2019, 9, 20, 9, tzinfo=UTC)}
ANOTHER = "four other plain words"
UNICODE = "пять обычных слов 🦊 ねこ"


@dataclass
class Server:
    settings: Settings
    engine: Engine
    client: Client

    def add(self, name: str, role: Role, password: str = PASSWORD, **more: Any) -> None:
        add_user(self.engine, name, role, password, **{"how": cheap(self.settings), **ENTERED, **more})

    def log_in(self, name: str, password: str = PASSWORD, **more: str) -> Any:
        self.client.headers.pop("authorization", None)
        body = {"name": name, "password": password, **more}
        answer = self.client.post("/auth/login", json=body)
        if answer.status_code == 200:
            self.client.headers["authorization"] = f"Bearer {answer.json()['accessToken']}"
        return answer

    def change(self, present: str, new: str) -> Any:
        return self.client.post("/auth/password", json={"password": present, "newPassword": new})

    def stored(self, name: str) -> str:
        with self.engine.connect() as connection:
            return connection.execute(select(AppUser.password_hash).where(AppUser.name == name)).scalar_one()

    def told(self) -> list[tuple[str, str]]:
        return [(each["happened"], each["by"]) for each in self.client.get("/auth/notices").json()["items"]]


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost of a hash is asked of in one test alone."""
    monkeypatch.setattr(hashing, "hasher", lambda: CHEAP)


@pytest.fixture
def server(engine: Engine, tmp_path: Path) -> Iterator[Server]:
    environ = {**ONE_FACTOR, "TAGPILOT_DATABASE_URL": engine.url.render_as_string(hide_password=False)}
    settings = read_settings(environ, home=tmp_path / "home")
    make_home(settings.home)
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8019") as client:
        yield Server(settings, engine, client)


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("type", "").rsplit(":", 1)[-1]


def test_a_password_that_an_administrator_gave_opens_nothing_but_its_change(server: Server) -> None:
    server.add("ada", Role.ADMINISTRATOR)
    server.log_in("ada")
    user = {"name": "olu", "role": "delivery officer", "password": PASSWORD}
    assert server.client.post("/users", json=user).status_code == 201
    began = server.log_in("olu").json()
    assert (began["passwordDue"], began["user"]["rights"]) == (True, [])
    assert code_of(server.client.get("/programmes")) == (403, "new-password-needed")
    renewed = server.client.post("/auth/refresh", json={"refreshToken": began["refreshToken"]}).json()
    assert (renewed["passwordDue"], renewed["user"]["rights"]) == (True, [])
    assert code_of(server.change(PASSWORD, PASSWORD)) == (422, "bad-entry")
    assert code_of(server.change("not the present one", ANOTHER)) == (401, "wrong-login")
    assert server.change(PASSWORD, ANOTHER).status_code == 204
    assert server.client.get("/auth/me").status_code == 401
    assert server.log_in("olu", ANOTHER).json()["passwordDue"] is False
    assert server.client.get("/programmes").status_code == 200


def test_a_password_that_was_given_is_over_after_a_week(server: Server) -> None:
    server.add("ada", Role.ADMINISTRATOR)
    server.log_in("ada")
    server.client.post("/users", json={"name": "olu", "role": "delivery officer", "password": PASSWORD})
    with server.engine.begin() as connection:
        olu = AppUser.name == "olu"
        until = connection.execute(select(AppUser.initial_until).where(olu)).scalar_one()
        assert timedelta(days=6) < until - datetime.now(UTC) < timedelta(days=8)
        connection.execute(update(AppUser).where(olu).values(initial_until=datetime.now(UTC) - timedelta(seconds=1)))
    over = server.log_in("olu")
    assert (code_of(over), "Ask an administrator" in over.json()["detail"]) == ((401, "wrong-login"), True)
    assert "Ask an administrator" not in server.log_in("olu", "another three words").json()["detail"]


def test_a_password_that_has_become_a_common_one_has_to_be_changed(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.add("olu", Role.OFFICER)
    monkeypatch.setattr(passwords, "_common", lambda: frozenset({"correcthorsebattery"}))
    assert server.log_in("olu").json()["passwordDue"] is True
    assert code_of(server.client.get("/programmes")) == (403, "new-password-needed")
    assert code_of(server.change(PASSWORD, PASSWORD)) == (422, "bad-entry")
    assert server.change(PASSWORD, ANOTHER).status_code == 204
    assert server.log_in("olu", ANOTHER).json()["passwordDue"] is False


def test_a_password_of_ones_own_is_good_for_ever_and_may_be_given_again(server: Server) -> None:
    server.add("olu", Role.OFFICER)
    for present, new in ((PASSWORD, ANOTHER), (ANOTHER, PASSWORD)):
        assert server.log_in("olu", present).json()["passwordDue"] is False
        assert server.change(present, new).status_code == 204
    with server.engine.begin() as connection:
        connection.execute(update(AppUser).values(recorded_at=datetime(1999, 1, 1, tzinfo=UTC)))
    assert server.log_in("olu").json()["passwordDue"] is False


@pytest.mark.parametrize(
    "password", [UNICODE, "violet tractors hum beneath a quiet moon; " * 3 + "72", "lower case only and blanks"]
)
def test_any_character_and_up_to_128_of_them_make_a_password_and_each_counts(server: Server, password: str) -> None:
    server.add("olu", Role.OFFICER, password)
    assert server.log_in("olu", password).status_code == 200
    assert code_of(server.log_in("olu", password[:-1])) == (401, "wrong-login")
    assert code_of(server.log_in("olu", password[:-1] + "y")) == (401, "wrong-login")


def test_a_refused_password_is_told_how_early_it_is_guessed(server: Server) -> None:
    server.add("olu", Role.OFFICER)
    server.log_in("olu")
    told = server.change(PASSWORD, "december2019").json()["detail"]
    assert "is guessed early, in about" in told
    assert "10,000,000,000 are the fewest" in told


def test_a_stolen_database_has_nothing_to_try_passwords_against(server: Server) -> None:
    server.add("olu", Role.OFFICER)
    stored = server.stored("olu")
    assert stored.startswith("keyed$argon2id$")
    assert not password_matches(stored.removeprefix("keyed"), PASSWORD)
    key = server.settings.home / home_keys.PASSWORD_KEY_FILE
    assert key.stat().st_mode & 0o777 == 0o600
    assert server.log_in("olu").status_code == 200
    # Of another home, the same hash is no login.
    key.unlink()
    assert code_of(server.log_in("olu")) == (401, "wrong-login")


def test_a_hash_of_an_earlier_version_is_replaced_at_the_next_login(server: Server) -> None:
    server.add("olu", Role.OFFICER, how=CHEAP)
    assert server.stored("olu").startswith("$argon2id$")
    assert server.log_in("olu", "another three words").status_code == 401
    assert server.stored("olu").startswith("$argon2id$")
    assert server.log_in("olu").status_code == 200
    assert server.stored("olu").startswith("keyed$argon2id$")
    assert server.log_in("olu").status_code == 200


def test_hashes_cost_64_mib_and_three_passes_and_each_has_its_own_salt() -> None:
    made = hasher()
    assert (made.type.name, made.memory_cost, made.time_cost, made.parallelism) == ("ID", 65_536, 3, 1)
    assert made.salt_len >= 16
    first, second = (hashing.hashed(PASSWORD, CHEAP) for _ in range(2))
    assert first.split("$")[-2] != second.split("$")[-2]


def _clock() -> int:
    return int(datetime.now(UTC).timestamp())


def test_users_are_told_what_happened_to_their_logins(server: Server) -> None:
    server.add("ada", Role.ADMINISTRATOR)
    server.add("olu", Role.OFFICER)
    assert server.log_in("olu").json()["notices"] == []
    begun = server.client.post("/auth/second-factor", json={"password": PASSWORD}).json()
    app = pyotp.TOTP(begun["secret"])
    # The code of the step before, so that the present one is not used up.
    confirmed = server.client.post("/auth/second-factor/confirm", json={"code": app.at(_clock() - 30)})
    codes = confirmed.json()["recoveryCodes"]
    assert {(len(code), len(set(code.split("-")))) for code in codes} <= {(29, 5), (29, 4)}
    assert server.told() == [("second factor put in force", "olu")]
    used = app.at(_clock())
    assert server.log_in("olu", code=used).status_code == 200
    assert server.log_in("olu", code=used).status_code == 401
    assert server.log_in("olu", code="000000").status_code == 401
    assert server.log_in("olu", code=codes[0]).status_code == 200
    assert server.told() == [
        ("recovery code used", "olu"),
        ("used code refused", "olu"),
        ("second factor put in force", "olu"),
    ]
    server.log_in("ada")
    assert server.client.post("/users/olu/second-factor/reset").status_code == 200
    assert server.told() == []
    began = server.log_in("olu").json()
    assert began["notices"][0]["happened"] == "second factor removed"
    assert began["notices"][0]["by"] == "ada"
    assert server.change(PASSWORD, ANOTHER).status_code == 204
    # However often it is read: a thief's login does not use the notice up.
    for _ in range(2):
        assert server.log_in("olu", ANOTHER).json()["notices"][0]["happened"] == "password changed"


def test_a_login_from_elsewhere_is_told(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.add("olu", Role.OFFICER)
    where = iter(["10.0.0.1", "10.0.0.1", "10.9.9.9", "10.9.9.9", "10.0.0.1"])
    monkeypatch.setattr("api.http.routes.sessions._address", lambda _request: next(where))
    told = [[each["happened"] for each in server.log_in("olu").json()["notices"]] for _ in range(5)]
    assert told == [[], [], *[["login at a new address"]] * 3]


def test_nothing_of_a_password_or_code_is_in_the_log(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.add("olu", Role.OFFICER)
    with caplog.at_level(logging.DEBUG):
        server.log_in("olu", "a wrong password here")
        server.log_in("olu")
        token = server.client.headers["authorization"].split()[1]
        server.change(PASSWORD, "december2019")
    assert not [word for word in (PASSWORD, "a wrong password", "december2019", token) if word in caplog.text]
