"""The administrator's pages, and one's own second factor, as somebody with a browser goes through them."""

from collections.abc import Iterator
from datetime import datetime

import pyotp
import pytest

from api.wording.text import london
from tests.support.clients import PASSWORD, Client
from tests.support.page_figures import Figures
from tests.support.pages import browsing, hidden_field
from tests.support.worlds import World
from tracker.access.roles import Role


@pytest.fixture(scope="module")
def admin(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with browsing(world.copy_to(tmp_path_factory.mktemp("users")), Role.ADMINISTRATOR) as client:
        yield client


def hidden(page: str) -> dict[str, str]:
    return {name: hidden_field(page, name).replace("&#34;", '"') for name in ("csrf", "once", "seen", "state")}


def test_a_user_is_added_and_what_was_typed_stays_where_it_is_refused(admin: Client) -> None:
    typed = {"name": "Not A Name", "role": "evaluator", "password": "short"}
    wrong = admin.post("/app/users", data={**typed, **hidden(admin.get("/app/users").text)})
    assert wrong.status_code == 422
    assert "<title>Error: Users" in wrong.text
    assert '<a href="#name">User name must be text' in wrong.text
    assert 'value="Not A Name"' in wrong.text
    assert "short" not in wrong.text
    right = {"name": "new.user", "role": "evaluator", "password": "three random words"}
    weak = admin.post("/app/users", data={**right, "password": "short", **hidden(wrong.text)})
    assert (weak.status_code, "Give 12 to 128" in weak.text) == (422, True)
    done = admin.post("/app/users", data={**right, **hidden(weak.text)})
    assert (done.status_code, done.headers["location"]) == (303, "/app/users")
    shown = admin.get("/app/users")
    assert "new.user is added as evaluator" in shown.text
    # Told once.
    assert "new.user is added as evaluator" not in admin.get("/app/users").text


def test_of_two_who_saw_the_same_the_second_sees_both_states(admin: Client) -> None:
    first, second = (hidden(admin.get("/app/users/analyst").text) for _ in "ab")
    done = admin.post("/app/users/analyst/role", data={"role": "evaluator", **first})
    assert done.status_code == 303
    late = admin.post("/app/users/analyst/role", data={"role": "releasing officer", **second})
    assert late.status_code == 412
    told = late.text.partition("When you opened the page")[2]
    assert told.partition("Now")[0].count("analyst is analyst.") == 1
    assert "analyst is evaluator." in told.partition("Now")[2]
    assert '<option value="releasing officer" selected>' in late.text
    again = admin.post("/app/users/analyst/role", data={"role": "analyst", **hidden(late.text)})
    assert again.status_code == 303


def test_a_form_that_is_sent_twice_is_done_once(admin: Client) -> None:
    form = {"role": "evaluator", **hidden(admin.get("/app/users/supplier").text)}
    answers = [admin.post("/app/users/supplier/role", data=form) for _ in "ab"]
    assert [(each.status_code, each.headers["location"]) for each in answers] == [(303, "/app/users/supplier")] * 2
    other = admin.post("/app/users/supplier/role", data={**form, "role": "analyst"})
    assert (other.status_code, "This form was sent before" in other.text) == (409, True)


def test_access_is_ended_on_a_page_that_says_what_that_means(admin: Client, world: World) -> None:
    asked = admin.get("/app/users/releasing-officer/end")
    assert "can no longer log in" in asked.text
    assert "has access" in admin.get("/app/users/releasing-officer").text
    done = admin.post("/app/users/releasing-officer/end", data=hidden(asked.text))
    assert done.status_code == 303
    shown = admin.get(done.headers["location"]).text
    assert "The access of releasing-officer has ended." in shown
    assert "/role" not in shown
    assert admin.get("/app/users/nobody-of-this-name").status_code == 404
    assert world.home


def test_a_second_factor_is_set_up_asked_for_and_removed(world: World, tmp_path: object) -> None:
    from pathlib import Path

    with browsing(world.copy_to(Path(str(tmp_path))), Role.EVALUATOR) as client:
        path = "/app/me/second-factor"
        wrong = client.post(f"{path}/enrol", data={"password": "wrong", **hidden(client.get(path).text)})
        assert wrong.status_code == 401
        begun = client.post(f"{path}/enrol", data={"password": PASSWORD, **hidden(wrong.text)})
        secret = begun.text.partition("<code>")[2].partition("</code>")[0]
        code = pyotp.TOTP(secret)
        codes = client.post(f"{path}/confirm", data={"code": code.now(), **hidden(begun.text)})
        assert (codes.status_code, "Your recovery codes" in codes.text) == (200, True)
        recovery = codes.text.partition("<li><code>")[2].partition("<")[0]
        client.cookies.clear()
        login = {"name": "evaluator", "password": PASSWORD}
        asked = client.post("/app/login", data=login)
        assert (asked.status_code, 'href="#code"' in asked.text) == (401, True)
        assert client.post("/app/login", data={**login, "code": recovery}).status_code == 303
        assert "was begun with a second factor" in client.get(path).text
        second = codes.text.partition("<li><code>")[2].partition("<li><code>")[2].partition("<")[0]
        typed = {"present": PASSWORD, "presentCode": second, **hidden(client.get(path).text)}
        assert client.post(f"{path}/remove", data=typed).headers["location"] == "/app/login"
        client.cookies.clear()
        assert client.post("/app/login", data=login).status_code == 303


def test_every_role_can_be_given_and_none_is_chosen_for_whoever_chooses_none(world: World) -> None:
    with browsing(world, Role.ADMINISTRATOR) as admin:
        page = admin.get("/app/users").text
        for role in Role:
            assert f'<option value="{role}">' in page
            shown = admin.get(f"/app/users/{role.value.replace(' ', '-')}").text
            assert f'<option value="{role}" selected>' in shown
        sent = {"name": "nobody.chose", "role": "", "password": "three random words", **hidden(page)}
        refused = admin.post("/app/users", data=sent)
        assert refused.status_code == 422
        assert "Role is missing" in refused.text


def test_each_role_begins_on_a_page_of_its_own(world: World) -> None:
    first = {}
    for role in Role:
        with browsing(world, role) as client:
            first[role] = client.get("/app").headers["location"]
    assert "/app/home" not in first.values()
    assert (first[Role.PRACTITIONER], first[Role.SUPPLIER]) == ("/app/cases", "/app/files")


def test_the_last_login_of_each_user_is_shown_as_json_has_it(world: World) -> None:
    with world.client_as(Role.ADMINISTRATOR) as client:
        told = {each["name"]: each["lastLoginAt"] for each in client.get("/users").json()["items"]}
    assert told["administrator"] is not None
    with browsing(world, Role.ADMINISTRATOR) as browser:
        figures = Figures(browser.get("/app/users").text).found
    at = told["delivery-officer"]
    shown = {"none on record"} if at is None else {london(datetime.fromisoformat(at))}
    assert figures["delivery-officer.lastLoginAt"] == shown
    assert figures["administrator.lastLoginAt"] != {"none on record"}
