"""Sessions of browsers: how they begin and end, what they open, and what a page elsewhere can do with one."""

import gzip
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from litestar.testing import TestClient
from sqlalchemy import Engine, update

from api.http.app import create_app
from api.usecases.stores import open_record
from api.web.browser import COOKIE
from api.web.vendor import MANIFEST, PACKAGES
from tests.support.clients import PASSWORD, Client, cheap, log_in
from tests.support.pages import browsing, cookie_of, hidden_field, name_of
from tests.support.worlds import World
from tracker.access.browser_session_service import browser_session
from tracker.access.roles import Role
from tracker.access.session_service import SessionEnded, login
from tracker.access.tables import LoginSession
from tracker.access.user_service import add_user

ROOT = Path(__file__).parents[2]
ANALYST = Role.ANALYST


def sent(client: Client, name: str, password: str = PASSWORD, wanted: str = "", **headers: str) -> tuple[int, str, str]:
    """Status, address and cookie of a login by form."""
    form = {"name": name, "password": password, "next": wanted}
    answer = client.post("/app/login", data=form, headers=headers, follow_redirects=False)
    return answer.status_code, answer.headers.get("location", ""), answer.headers.get("set-cookie", "")


def test_a_browser_is_led_to_the_login_page_and_from_there_to_what_it_asked_for(world: World) -> None:
    with browsing(world, None) as client:
        assert client.get("/").headers["location"] == "/app"
        assert client.get("/app").headers["location"] == "/app/login"
        asked = client.get("/app/help")
        assert (asked.status_code, asked.headers["location"]) == (303, "/app/login?next=/app/help")
        assert "www-authenticate" not in asked.headers
        assert hidden_field(client.get(asked.headers["location"]).text, "next") == "/app/help"
        status, address, cookie = sent(client, name_of(ANALYST), wanted="/app/help")
    assert (status, address) == (303, "/app/help")
    assert cookie.endswith("; Path=/app; HttpOnly; SameSite=Lax")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://example.org/app/",
        "//example.org",
        "/app//example.org",
        "/app/\\example.org",
        "/docs",
        "/app/login",
        "/app/x\ny",
    ],
)
def test_nobody_is_led_to_another_server_by_the_login_page(world: World, elsewhere: str) -> None:
    with browsing(world, None) as client:
        assert sent(client, name_of(ANALYST), wanted=elsewhere)[1] == "/app"


def test_over_tls_the_cookie_is_for_tls_alone(world: World) -> None:
    with browsing(world, None) as client:
        client.app.host_names = ("tagpilot.example.org",)
        cookie = sent(client, name_of(ANALYST), host="tagpilot.example.org")[2]
    assert cookie.endswith("; HttpOnly; SameSite=Lax; Secure")


def test_pages_know_no_tokens_and_json_knows_no_cookies(world: World) -> None:
    with browsing(world, ANALYST) as client:
        assert client.get("/app/home").status_code == 200
        assert client.get("/auth/me").status_code == 401
    with world.client() as client:
        client.follow_redirects = False
        log_in(client, world.settings, ANALYST)
        assert client.get("/auth/me").status_code == 200
        # The router takes several slashes for one.
        for address in ("/app/home", "//app/home", "///app//home"):
            assert client.get(f"http://127.0.0.1:8019{address}").status_code == 303


def test_a_refusal_for_the_second_factor_names_pages_and_not_addresses_of_json(world: World) -> None:
    settings = replace(world.settings, second_factor=frozenset({ANALYST}))
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8019") as client:
        client.cookies.set(COOKIE, cookie_of(world, ANALYST))
        refused = client.get("/app/matches")
        assert (refused.status_code, "/auth/" in refused.text) == (403, False)
        assert "Set up a second factor under" in refused.text
        assert "Your role needs a second factor" in client.get("/app/home").text


def test_logging_out_ends_the_session_whoever_has_the_cookie(world: World) -> None:
    with browsing(world, ANALYST) as client:
        cookie, shown = client.cookies[COOKIE], client.get("/app/home")
        assert shown.headers["cache-control"] == "no-store"
        answer = client.post("/app/logout", data={"csrf": hidden_field(shown.text, "csrf")})
        assert (answer.status_code, answer.headers["location"]) == (303, "/app/login")
        assert f"{COOKIE}=; Path=/app" in answer.headers["set-cookie"]
        client.cookies.set(COOKIE, cookie)
        assert client.get("/app/home").headers["location"] == "/app/login?next=/app/home"


def test_another_password_ends_every_session(world: World) -> None:
    engine = open_record(world.settings)
    for_this = datetime(2019, 9, 10, tzinfo=UTC)
    add_user(engine, "changing", ANALYST, PASSWORD, how=cheap(world.settings), by="a test", now=for_this)
    now = datetime.now(UTC)
    cookies = [
        login(engine, "changing", PASSWORD, how=cheap(world.settings), now=now, browser=True).refresh for _ in "ab"
    ]
    engine.dispose()
    with browsing(world, None) as client:
        client.cookies.set(COOKIE, cookies[0])
        form = {"present": PASSWORD, "newPassword": "three other random words"}
        wrong = client.post(
            "/app/me/password",
            data={**form, "present": "wrong", "csrf": hidden_field(client.get("/app/me").text, "csrf")},
        )
        assert (wrong.status_code, "<title>Error: You" in wrong.text) == (401, True)
        assert "wrong" not in wrong.text.partition("There is a problem")[2].partition("<h1")[2]
        done = client.post("/app/me/password", data={**form, "csrf": hidden_field(client.get("/app/me").text, "csrf")})
        assert (done.status_code, done.headers["location"]) == (303, "/app/login")
        for cookie in cookies:
            client.cookies.clear()
            client.cookies.set(COOKIE, cookie)
            assert client.get("/app/me").status_code == 303
        assert sent(client, "changing", "three other random words")[0] == 303


def test_failed_logins_of_pages_and_of_json_are_counted_together(world: World, tmp_path: Path) -> None:
    with browsing(world.copy_to(tmp_path), None) as client:
        for n in range(5):
            if n % 2:
                assert sent(client, "evaluator", "not it")[0] == 401
            else:
                answer = client.post("/auth/login", json={"name": "evaluator", "password": "not it"})
                assert answer.status_code == 401
        form = {"name": "evaluator", "password": PASSWORD}
        refused = client.post("/app/login", data=form)
    assert (refused.status_code, int(refused.headers["retry-after"]) > 0) == (429, True)
    assert "Wait" in refused.text or "try again" in refused.text.lower()


def test_a_name_that_there_is_not_is_told_nothing_else(world: World, tmp_path: Path) -> None:
    with browsing(world.copy_to(tmp_path), None) as client:
        told = []
        for name in ("analyst", "no-such-person"):
            answer = client.post("/app/login", data={"name": name, "password": "not it"})
            told.append((answer.status_code, answer.text.replace(name, "NAME")))
    same = [(status, text.partition("<main")[2]) for status, text in told]
    assert same[0] == same[1]


FOREIGN = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": "https://example.org"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:1"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_form_that_another_page_sends_is_refused_even_with_the_secret(world: World, headers: dict[str, str]) -> None:
    with browsing(world, ANALYST) as client:
        csrf = hidden_field(client.get("/app/home").text, "csrf")
        answer = client.post("/app/logout", data={"csrf": csrf}, headers=headers)
        assert (answer.status_code, "<h1" in answer.text) == (403, True)
        assert client.get("/app/home").status_code == 200
        assert (
            client.post("/app/login", data={"name": "analyst", "password": PASSWORD}, headers=headers).status_code
            == 403
        )


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://127.0.0.1:8019", "sec-fetch-site": "same-origin"},
        {"origin": "null", "sec-fetch-site": "same-origin"},
    ],
    ids=str,
)
def test_a_form_of_our_own_page_is_taken(world: World, headers: dict[str, str]) -> None:
    with browsing(world, ANALYST) as client:
        csrf = hidden_field(client.get("/app/home").text, "csrf")
        assert client.post("/app/logout", data={"csrf": csrf}, headers=headers).status_code == 303


def test_the_secret_of_a_form_differs_on_each_page_and_is_of_one_session(world: World) -> None:
    with browsing(world, ANALYST) as client, browsing(world, ANALYST) as other:
        first, second = (hidden_field(client.get("/app/home").text, "csrf") for _ in "ab")
        assert first != second
        assert other.post("/app/logout", data={"csrf": first}).status_code == 403
        for forged in ("", "x", first[:-4] + "AAAA", first + "AAAA"):
            assert client.post("/app/logout", data={"csrf": forged}).status_code == 403
        kind = {"content-type": "text/plain"}
        assert client.post("/app/logout", content=f"csrf={first}", headers=kind).status_code == 415
        assert client.post("/app/logout", data={"csrf": first}).status_code == 303


def test_a_session_is_over_after_half_an_hour_without_use_and_lasts_with_it(engine: Engine) -> None:
    began = datetime(2026, 3, 1, 9, tzinfo=UTC)
    add_user(engine, "ana", ANALYST, PASSWORD, by="a test", now=began)
    cookie = login(engine, "ana", PASSWORD, now=began, browser=True).refresh

    def is_open(minutes: float) -> bool:
        try:
            browser_session(engine, cookie, demo=False, now=began + timedelta(minutes=minutes))
        except SessionEnded:
            return False
        return True

    assert [is_open(minutes) for minutes in (0.5, 29, 58, 87)] == [True] * 4
    assert not is_open(117.1)
    # Twelve hours are the most, used or not.
    with engine.begin() as connection:
        connection.execute(update(LoginSession).values(refreshed_at=began + timedelta(hours=11, minutes=50)))
    assert is_open(11 * 60 + 59)
    assert not is_open(12 * 60)


def test_no_other_secret_opens_a_session(engine: Engine) -> None:
    now = datetime(2026, 3, 1, 9, tzinfo=UTC)
    add_user(engine, "ana", ANALYST, PASSWORD, by="a test", now=now)
    begun = login(engine, "ana", PASSWORD, now=now, browser=True)
    with engine.connect() as connection:
        row = connection.execute(LoginSession.__table__.select()).one()
    assert begun.refresh not in str(row)
    tokens = login(engine, "ana", PASSWORD, now=now)
    for secret in (tokens.refresh, begun.session_id, row.cookie_sha256, row.refresh_sha256, ""):
        with pytest.raises(SessionEnded):
            browser_session(engine, secret, demo=False, now=now)


def test_each_page_has_the_strict_policy_and_its_errors_too(world: World) -> None:
    with browsing(world, ANALYST) as client:
        for address, status in (("/app/home", 200), ("/app/nosuch", 404), ("/app/home?x=1", 400), ("/app/login", 200)):
            answer = client.get(address)
            assert answer.status_code == status
            policy = answer.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
            assert "unsafe" not in policy
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["cross-origin-opener-policy"] == "same-origin"
            assert "geolocation=()" in answer.headers["permissions-policy"]
            if status >= 400:
                assert answer.headers["x-request-id"] in answer.text
                assert "What to do" in answer.text


def test_styles_are_kept_for_good_under_an_address_that_changes_with_them(world: World) -> None:
    with browsing(world, None) as client:
        page = client.get("/app/login").text
        address = page.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
        packed = client.get(address, headers={"accept-encoding": "gzip"})
        plain = client.get(address, headers={"accept-encoding": "identity"})
        old = client.get(address.replace(address.split("/")[3], "0" * 16))
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert len(gzip.compress(plain.content)) < 20_000
    assert "immutable" in plain.headers["cache-control"]
    assert old.status_code == 404
    assert "content-encoding" not in client.get("/app/login").headers


def test_other_peoples_files_are_those_of_the_manifest_and_named_in_the_notice() -> None:
    manifest, notice = json.loads(MANIFEST.read_text()), (ROOT / "NOTICE").read_text()
    pinned = [(each.name, each.version, each.sha512, each.licence) for each in PACKAGES]
    assert pinned == [(each["package"], each["version"], each["sha512"], each["licence"]) for each in manifest]
    files = {file["name"]: file["sha256"] for each in manifest for file in each["files"]}
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in MANIFEST.parent.iterdir()}
    assert {name: digest for name, digest in found.items() if name != MANIFEST.name} == files
    for name, version, *_ in pinned:
        assert f"{name} {version}" in notice
    text = "".join(path.read_text() for path in MANIFEST.parent.glob("*.css"))
    assert not [word for word in ("url(", "@import", "Transport", "crest.svg") if word in text]
