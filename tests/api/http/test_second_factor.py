"""A second factor: asked where the setting says so, its codes good once, its secret not readable in the database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pyotp
import pytest
from litestar.testing import TestClient
from sqlalchemy import Engine, select

from api.errors import BadSettings
from api.http.app import create_app
from api.settings import Settings, read_settings
from api.usecases import home_keys
from api.usecases.stores import make_home
from tests.support.clients import PASSWORD, Client, cheap
from tracker.access import session_service as sessions
from tracker.access.hashing import TooBusy
from tracker.access.roles import Role
from tracker.access.tables import RecoveryCode, SecondFactor
from tracker.access.user_service import add_user

ENTERED: dict[str, Any] = {"by": "a test", "now": datetime(2019, 9, 20, 9, tzinfo=UTC)}


@dataclass
class Server:
    """A server on which administrators and releasing officers need a second factor."""

    settings: Settings
    engine: Engine
    client: Client

    def add(self, name: str, role: Role) -> None:
        add_user(self.engine, name, role, PASSWORD, how=cheap(self.settings), **ENTERED)

    def log_in(self, name: str, code: str | None = None, password: str = PASSWORD) -> Any:
        self.client.headers.pop("authorization", None)
        asked = {"name": name, "password": password, **({} if code is None else {"code": code})}
        answer = self.client.post("/auth/login", json=asked)
        if answer.status_code == 200:
            self.client.headers["authorization"] = f"Bearer {answer.json()['accessToken']}"
        return answer

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(path, json=body)

    def enrol(self, name: str) -> tuple[pyotp.TOTP, list[str]]:
        """Log in, enrol and confirm; the app, and the recovery codes."""
        assert self.log_in(name).status_code == 200
        begun = self.post("/auth/second-factor", password=PASSWORD).json()
        assert begun["otpauthUri"].startswith("otpauth://totp/TagPilot:")
        app = pyotp.TOTP(begun["secret"])
        # The code of the step before, so that the present one is not used up.
        confirmed = self.post("/auth/second-factor/confirm", code=app.at(_now() - 30))
        assert confirmed.status_code == 200, confirmed.text
        return app, confirmed.json()["recoveryCodes"]


def _now() -> int:
    return int(datetime.now(UTC).timestamp())


@pytest.fixture
def server(engine: Engine, tmp_path: Path) -> Iterator[Server]:
    environ = {
        "TAGPILOT_WORKERS": "0",
        "TAGPILOT_DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "TAGPILOT_SECOND_FACTOR": "administrator, releasing officer",
    }
    settings = read_settings(environ, home=tmp_path / "home")
    make_home(settings.home)
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8019") as client:
        yield Server(settings, engine, client)


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("type", "").rsplit(":", 1)[-1]


def test_a_role_that_needs_a_second_factor_may_enrol_and_nothing_else_before(server: Server) -> None:
    server.add("ada", Role.ADMINISTRATOR)
    assert server.log_in("ada").json()["user"]["rights"] == []
    assert code_of(server.client.get("/users")) == (403, "second-factor-needed")
    assert server.client.get("/auth/me").json()["rights"] == []
    server.enrol("ada")
    assert server.client.get("/users").status_code == 200


def test_a_role_that_needs_none_may_have_one_and_is_then_asked_for_it(server: Server) -> None:
    server.add("olu", Role.OFFICER)
    assert server.log_in("olu").status_code == 200
    assert server.client.get("/programmes").status_code == 200
    app, _ = server.enrol("olu")
    assert code_of(server.log_in("olu")) == (401, "code-needed")
    assert code_of(server.log_in("olu", password="another three words")) == (401, "wrong-login")
    assert server.log_in("olu", app.now()).status_code == 200
    assert server.client.get("/programmes").status_code == 200


def test_a_code_is_good_once_and_an_earlier_one_no_more_either(server: Server) -> None:
    server.add("ada", Role.ADMINISTRATOR)
    app, _ = server.enrol("ada")
    now = _now()
    assert server.log_in("ada", app.at(now)).status_code == 200
    for used in (app.at(now), app.at(now - 30), app.at(now + 300), app.at(now - 300)):
        assert code_of(server.log_in("ada", used)) == (401, "wrong-login")


@pytest.mark.slow
def test_of_ten_logins_at_once_with_one_code_one_gets_in(server: Server) -> None:
    server.add("ada", Role.ADMINISTRATOR)
    app, _ = server.enrol("ada")
    code, key, got = app.now(), home_keys.second_factor_key(server.settings.home), list[str]()
    barrier = Barrier(10)

    def go(k: int) -> None:
        barrier.wait()
        try:
            sessions.login(
                server.engine,
                "ada",
                PASSWORD,
                code=code,
                key=key,
                address=f"10.0.0.{k}",
                how=cheap(server.settings),
                now=datetime.now(UTC),
            )
        except (sessions.WrongLogin, sessions.TooManyFailures, TooBusy):
            return
        got.append("in")

    threads = [Thread(target=go, args=(k,)) for k in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == ["in"]


def test_wrong_codes_are_counted_like_wrong_passwords(server: Server) -> None:
    server.add("ada", Role.ADMINISTRATOR)
    app, _ = server.enrol("ada")
    wrong = next(code for code in ("000000", "111111", "222222", "333333") if not app.verify(code, valid_window=3))
    assert [server.log_in("ada", wrong).status_code for _ in range(6)] == [401] * 5 + [429]
    assert server.log_in("ada", app.now()).status_code == 429


def test_a_recovery_code_serves_once_in_the_place_of_the_app(server: Server) -> None:
    server.add("ada", Role.ADMINISTRATOR)
    _, recovery = server.enrol("ada")
    assert len(set(recovery)) == 10
    assert server.log_in("ada", f" {recovery[0].lower()} ").status_code == 200
    assert server.client.get("/users").status_code == 200
    assert code_of(server.log_in("ada", recovery[0])) == (401, "wrong-login")
    assert server.log_in("ada", recovery[1]).status_code == 200


def test_neither_secret_nor_recovery_code_can_be_read_in_the_database_and_the_key_is_outside(server: Server) -> None:
    server.add("ada", Role.ADMINISTRATOR)
    app, recovery = server.enrol("ada")
    with server.engine.connect() as connection:
        stored = repr(connection.execute(select(SecondFactor.__table__)).all())
        stored += repr(connection.execute(select(RecoveryCode.__table__)).all())
    assert app.secret not in stored
    assert not [code for code in recovery if code in stored or code.replace("-", "") in stored]
    key = server.settings.home / home_keys.SECOND_FACTOR_KEY_FILE
    assert key.stat().st_mode & 0o777 == 0o600
    key.unlink()
    lost = server.log_in("ada", app.now())
    assert (lost.status_code, "recovery code" in lost.json()["detail"]) == (401, True)
    assert server.log_in("ada", recovery[0]).status_code == 200


def test_the_secret_is_shown_once_and_a_second_one_needs_the_first_removed(server: Server) -> None:
    server.add("ada", Role.ADMINISTRATOR)
    app, _ = server.enrol("ada")
    assert code_of(server.post("/auth/second-factor", password=PASSWORD)) == (401, "code-needed")
    again = server.post("/auth/second-factor", password=PASSWORD, code=app.now())
    assert code_of(again) == (422, "bad-entry")
    assert app.secret not in again.text
    assert code_of(server.post("/auth/second-factor/confirm", code=app.at(_now() + 30))) == (422, "bad-entry")


def test_enrolling_asks_for_the_password_so_that_a_borrowed_session_cannot(server: Server) -> None:
    server.add("ada", Role.ADMINISTRATOR)
    server.log_in("ada")
    assert code_of(server.post("/auth/second-factor", password="another three words")) == (401, "wrong-login")
    assert code_of(server.post("/auth/second-factor/confirm", code="123456")) == (422, "bad-entry")


def test_removing_it_takes_a_code_and_ends_every_session(server: Server) -> None:
    server.add("ada", Role.ADMINISTRATOR)
    app, recovery = server.enrol("ada")
    assert code_of(server.post("/auth/second-factor/remove", password=PASSWORD)) == (401, "code-needed")
    assert server.post("/auth/second-factor/remove", password=PASSWORD, code=app.now()).status_code == 204
    assert server.client.get("/auth/me").status_code == 401
    assert server.log_in("ada", recovery[0]).json()["user"]["rights"] == []


def test_an_administrator_resets_a_lost_one_and_a_setting_made_later_holds_for_running_sessions(server: Server) -> None:
    server.add("ada", Role.ADMINISTRATOR)
    server.add("rob", Role.RELEASER)
    server.enrol("rob")
    token = server.client.headers["authorization"]
    assert server.client.get("/releases").status_code == 200
    server.enrol("ada")
    assert server.post("/users/rob/second-factor/reset").status_code == 200
    assert code_of(server.post("/users/rob/second-factor/reset")) == (422, "bad-entry")
    assert server.client.get("/releases", headers={"authorization": token}).status_code == 401
    server.log_in("rob")
    assert code_of(server.client.get("/releases")) == (403, "second-factor-needed")


def test_one_sees_and_ends_one_s_own_sessions_and_an_administrator_those_of_others(server: Server) -> None:
    server.add("olu", Role.OFFICER)
    server.add("ada", Role.ADMINISTRATOR)
    server.log_in("olu")
    first = server.client.headers["authorization"]
    server.log_in("olu")
    second = server.client.headers["authorization"]
    listed = server.client.get("/auth/sessions").json()
    assert (listed["total"], [each["current"] for each in listed["items"]].count(True)) == (2, 1)
    other = next(each["id"] for each in listed["items"] if not each["current"])
    server.enrol("ada")
    foreign = server.client.get("/auth/sessions").json()["items"][0]["id"]
    ada = server.client.headers["authorization"]
    server.client.headers["authorization"] = second
    assert code_of(server.post("/auth/sessions/end", sessionId=other)) == (422, "bad-entry")
    stolen = server.post("/auth/sessions/end", sessionId=other, password="not the password")
    assert code_of(stolen) == (401, "wrong-login")
    foreign_end = server.post("/auth/sessions/end", sessionId=foreign, password=PASSWORD)
    assert code_of(foreign_end) == (404, "not-on-record")
    assert code_of(server.client.get("/users/ada/sessions")) == (403, "forbidden")
    assert server.post("/auth/sessions/end", sessionId=other, password=PASSWORD).json() == {"ended": 1}
    assert server.client.get("/auth/me", headers={"authorization": first}).status_code == 401
    server.client.headers["authorization"] = ada
    assert server.client.get("/users/olu/sessions").json()["total"] == 1
    assert server.post("/users/olu/sessions/end").json() == {"ended": 1}
    assert server.client.get("/auth/me", headers={"authorization": second}).status_code == 401


def test_a_full_server_says_when_to_try_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    from tracker.access import hashing

    server.add("olu", Role.OFFICER)
    full = hashing.HashSlots(running=1, waiting=0)
    monkeypatch.setattr(hashing, "SLOTS", full)
    with full.one():
        busy = server.log_in("olu")
    assert code_of(busy) == (503, "too-busy")
    assert int(busy.headers["retry-after"]) > 0
    assert server.log_in("olu").status_code == 200


def test_administrators_need_one_unless_the_setting_says_otherwise(tmp_path: Path) -> None:
    assert read_settings({}, home=tmp_path).second_factor == {Role.ADMINISTRATOR}
    for text, roles in (("none", set()), ("", set()), ("analyst, releasing officer", {Role.ANALYST, Role.RELEASER})):
        assert read_settings({"TAGPILOT_SECOND_FACTOR": text}, home=tmp_path).second_factor == roles


def test_a_setting_that_names_no_role_is_refused() -> None:
    with pytest.raises(
        BadSettings, match="TAGPILOT_SECOND_FACTOR names 'king', which is no role; the roles are delivery"
    ):
        read_settings({"TAGPILOT_SECOND_FACTOR": "king"}, home=Path("nowhere"))
