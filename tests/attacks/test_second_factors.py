"""Whoever has a password and no telephone: codes seen over a shoulder, codes of other minutes, guessing, and every
other way in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from litestar.testing import TestClient
from sqlalchemy import Engine

from api.http.app import create_app
from api.settings import Settings, read_settings
from api.usecases.stores import make_home
from tests.support.clients import PASSWORD, Client, cheap
from tests.support.clocks import set_clock
from tracker.access.roles import Role
from tracker.access.user_service import add_user

NEW = "zebra umbrella 1921 kite"


@dataclass
class Attacked:
    """A server on which every role needs a second factor; *ada*'s app is on record."""

    settings: Settings
    client: Client
    app: pyotp.TOTP
    token: str
    refresh: str
    used: str = ""
    """The code with which the app was put in force: that of the step before."""

    def log_in(self, code: str | None, password: str = PASSWORD) -> Any:
        asked = {"name": "ada", "password": password, **({} if code is None else {"code": code})}
        return self.client.post("/auth/login", json=asked)

    def ask(self, path: str, **body: str) -> Any:
        return self.client.post(path, json=body, headers={"authorization": f"Bearer {self.token}"})


@pytest.fixture
def attacked(engine: Engine, tmp_path: Path) -> Iterator[Attacked]:
    environ = {
        "TAGPILOT_WORKERS": "0",
        "TAGPILOT_DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "TAGPILOT_SECOND_FACTOR": ", ".join(Role),
        "TAGPILOT_MOST_REQUESTS_EACH": "0",
    }
    settings = read_settings(environ, home=tmp_path / "home")
    make_home(settings.home)
    for role in Role:
        name = "ada" if role is Role.ADMINISTRATOR else role.value.replace(" ", "-")
        add_user(engine, name, role, PASSWORD, how=cheap(settings), by="a test", now=datetime.now(UTC))
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8019") as client:
        login = client.post("/auth/login", json={"name": "ada", "password": PASSWORD}).json()
        found = Attacked(
            settings, client, pyotp.TOTP(pyotp.random_base32()), login["accessToken"], login["refreshToken"]
        )
        found.app = pyotp.TOTP(found.ask("/auth/second-factor", password=PASSWORD).json()["secret"])
        found.used = found.app.at(_now() - 30)
        confirmed = found.ask("/auth/second-factor/confirm", code=found.used)
        assert confirmed.status_code == 200, confirmed.text
        yield found


def _now() -> int:
    return int(datetime.now(UTC).timestamp())


def test_a_code_is_used_up_wherever_it_was_used(attacked: Attacked) -> None:
    """For the password, at a login, when it was put in force: whoever saw it typed cannot type it again."""
    app, now = attacked.app, _now()
    assert attacked.log_in(attacked.used).status_code == 401
    assert attacked.ask("/auth/password", password=PASSWORD, newPassword=NEW, code=app.at(now)).status_code == 204
    assert attacked.log_in(app.at(now), NEW).status_code == 401
    # A wrong password neither uses a code up nor says whether it is right.
    wrong, unused = attacked.log_in(app.at(now + 30), PASSWORD), attacked.log_in("000000", PASSWORD)
    assert (wrong.status_code, wrong.text) == (unused.status_code, unused.text)
    assert attacked.log_in(app.at(now + 30), NEW).status_code == 200


def test_codes_of_other_minutes_and_other_ways_to_write_one_open_nothing(attacked: Attacked) -> None:
    app, now = attacked.app, _now()
    right = app.at(now)
    others = [app.at(now + 30 * steps) for steps in (-20, -3, 3, 20)]
    turned = str(right).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    tries = [*(each for each in others if each != right), "", turned, f"{right}0", right[:5], f"0{right}"]
    for code in tries[:4]:
        assert attacked.log_in(code).status_code == 401, code
    # Five wrong ones would close the name.
    assert attacked.log_in(right).status_code == 200
    for code in tries[4:]:
        assert attacked.log_in(code).status_code in {400, 401, 422}, code


def test_codes_cannot_be_guessed_at_a_login_or_where_one_is_asked_again(attacked: Attacked) -> None:
    """A session that was left open lets nobody guess the code that takes the second factor away."""
    wrong = next(
        code for code in ("000000", "111111", "222222", "333333") if not attacked.app.verify(code, valid_window=9)
    )
    tries = [attacked.ask("/auth/second-factor/remove", password=PASSWORD, code=wrong) for _ in range(8)]
    assert [each.status_code for each in tries] == [401] * 5 + [429] * 3
    # The same count: not five more for each address.
    assert attacked.log_in(attacked.app.now()).status_code == 429
    assert attacked.ask("/auth/password", password=PASSWORD, newPassword=NEW, code=wrong).status_code == 429
    forwarded = {"x-forwarded-for": "203.0.113.9", "forwarded": "for=203.0.113.9"}
    asked = {"name": "ada", "password": PASSWORD, "code": wrong}
    assert attacked.client.post("/auth/login", json=asked, headers=forwarded).status_code == 429


def test_codes_of_enrolment_cannot_be_guessed_either(attacked: Attacked) -> None:
    """Whoever puts a second factor in force gets its recovery codes."""
    login = attacked.client.post("/auth/login", json={"name": "analyst", "password": PASSWORD}).json()
    attacked.token = login["accessToken"]
    app = pyotp.TOTP(attacked.ask("/auth/second-factor", password=PASSWORD).json()["secret"])
    wrong = next(code for code in ("000000", "111111", "222222", "333333") if not app.verify(code, valid_window=9))
    tries = [attacked.ask("/auth/second-factor/confirm", code=wrong).status_code for _ in range(6)]
    assert tries == [422] * 5 + [429]
    assert attacked.ask("/auth/second-factor/confirm", code=app.now()).status_code == 429


def test_without_a_second_factor_no_address_gives_anything(attacked: Attacked, engine: Engine) -> None:
    """Every operation there is, in every role: nothing but one's own login until there is one. On PostgreSQL in one
    role: the record is asked for the login alone."""
    paths = attacked.client.get("/schema/openapi.json").json()["paths"]
    own = ("/auth/", "/health/", "/metrics", "/schema", "/docs")
    roles = [each for each in Role if each is not Role.ADMINISTRATOR]
    for role in roles if engine.dialect.name == "sqlite" else roles[:1]:
        name = role.value.replace(" ", "-")
        login = attacked.client.post("/auth/login", json={"name": name, "password": PASSWORD}).json()
        assert login["user"]["rights"] == []
        attacked.client.headers["authorization"] = f"Bearer {login['accessToken']}"
        for path, operations in paths.items():
            for method in operations if not path.startswith(own) else ():
                address = re.sub(r"\{[^}]*\}", "1", path)
                answer = attacked.client.request(method, address, json=None if method == "get" else {})
                assert answer.status_code == 403, (name, method, path, answer.text)
                assert answer.json()["type"].endswith("second-factor-needed"), (name, path)


def test_a_second_factor_that_is_taken_away_ends_what_it_opened(
    attacked: Attacked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its owner or an administrator: no token, no renewal, no code of it opens anything any more; nor does a clock
    that is set back make a used code good."""
    clock = set_clock(monkeypatch)
    second = attacked.log_in(attacked.app.now()).json()
    clock.ahead = -timedelta(seconds=30)
    assert attacked.log_in(attacked.app.at(_now())).status_code == 401
    clock.ahead = timedelta(seconds=30)
    code = attacked.app.at(_now() + 30)
    removed = attacked.ask("/auth/second-factor/remove", password=PASSWORD, code=code)
    assert removed.status_code == 204, removed.text
    for token in (attacked.token, second["accessToken"]):
        assert attacked.client.get("/users", headers={"authorization": f"Bearer {token}"}).status_code == 401
    for refresh in (attacked.refresh, second["refreshToken"]):
        assert attacked.client.post("/auth/refresh", json={"refreshToken": refresh}).status_code == 401
    again = attacked.log_in(attacked.app.at(_now() + 60)).json()
    assert again["user"]["rights"] == []
    asked = attacked.client.get("/users", headers={"authorization": f"Bearer {again['accessToken']}"})
    assert asked.json()["type"].endswith("second-factor-needed")
