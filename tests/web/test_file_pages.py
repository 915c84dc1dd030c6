"""Sending a file from a page, with a browser and without scripts, and what the page says of it."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from api.web.browser import COOKIE
from tests.support.clients import Client
from tests.support.pages import Site, browsing, hidden_field
from tests.support.release_lists import person, write_list
from tests.support.worlds import World, run_jobs
from tracker.access.roles import Role

LIST = "name,born\nSample,1990-01-01\n"


def sent(client: Client, name: str | None = "may.csv", content: str = LIST, **fields: str) -> Any:
    said = {"csrf": hidden_field(client.get("/app/files").text, "csrf"), **fields}
    files = {} if name is None else {"file": (name, content.encode(), "text/csv")}
    return client.post("/app/files/send", data=said, files=files or {"nothing": b""})


def test_a_file_is_sent_read_and_told_of_by_rule_and_row(world: World) -> None:
    rows = write_list(
        world.files / "june.csv", person(11), person(12) | {"planned_release": "20190231", "born": "1997"}
    ).read_text()
    with browsing(world, Role.OFFICER) as client:
        answer = sent(client, "june.csv", rows, kind="releases", dates="yyyy-mm-dd")
        assert answer.status_code == 303, answer.text
        page = answer.headers["location"]
        waiting = client.get(page).text
        assert "june.csv has arrived." in waiting
        assert 'http-equiv="refresh"' in waiting
        assert run_jobs(world) == 1
        read = client.get(page).text
        assert 'data-figure="rejected">1</span>' in read
        assert "Faults by rule" in read
        assert "20190231" in read
        assert ">1997<" not in read, "what is personal is not shown"
        assert "Give a real date" in read, "what would be right is said"
        csv = client.get(f"{page}/errors.csv")
        assert (csv.headers["content-type"], "20190231" in csv.text) == ("text/csv; charset=utf-8", True)
        assert 'http-equiv="refresh"' not in read
    with browsing(world, Role.SUPPLIER) as supplier:
        assert supplier.get(page).status_code == 403
        assert "june.csv" not in supplier.get("/app/files").text


def test_a_crime_file_whose_summer_times_state_no_zone_is_warned_of(world: World) -> None:
    text = "force,crime_type,crime_ref,occurred,lat,lng\nMetropolitan,RB,Z1,2019-07-03 21:04,51.5007,-0.1246\n"
    with browsing(world, Role.ANALYST) as client:
        page = sent(client, "july.csv", text, kind="crimes").headers["location"]
        assert run_jobs(world) == 1
        warned = client.get(page).text
    assert "Warning</strong> occurred states no offset" in warned
    assert "--zone Europe/London" in warned


@pytest.mark.parametrize(
    ("name", "fields", "said"),
    [
        ("may.csv", {}, "Choose what the file holds."),
        (None, {"kind": "releases"}, "Choose the file to send."),
        ("../may.csv", {"kind": "releases"}, "cannot be used as a file name"),
        ("may.csv", {"kind": "crimes"}, "Choose what the file holds."),
        ("may.csv", {"kind": "releases", "zone": "Mars"}, "One of the choices is none that there is"),
        ("empty.csv", {"kind": "releases"}, "empty"),
    ],
)
def test_what_cannot_be_sent_says_why_and_keeps_the_choices(
    world: World, name: str | None, fields: dict[str, str], said: str
) -> None:
    with browsing(world, Role.OFFICER) as client:
        answer = sent(client, name, "" if name == "empty.csv" else LIST, **fields)
        assert answer.status_code in (409, 422), answer.text
        assert said in answer.text
        if fields.get("kind") == "releases":
            assert 'value="releases" selected' in answer.text


def test_no_file_is_taken_from_a_form_of_somebody_else(world: World) -> None:
    with browsing(world, Role.OFFICER) as client:
        for secret in ("", "bm90aGluZw=="):
            files = {"file": ("may.csv", LIST.encode(), "text/csv")}
            answer = client.post("/app/files/send", data={"csrf": secret, "kind": "releases"}, files=files)
            assert answer.status_code == 403
        files = {"file": ("may.csv", LIST.encode(), "text/csv")}
        said = {"csrf": hidden_field(client.get("/app/files").text, "csrf"), "kind": "releases"}
        elsewhere = {"sec-fetch-site": "cross-site"}
        assert client.post("/app/files/send", data=said, files=files, headers=elsewhere).status_code == 403
        assert "may.csv" not in client.get("/app/files").text


@pytest.mark.slow
def test_a_browser_sends_a_file_and_is_led_to_what_became_of_it(browser: Browser, site: Site) -> None:
    path = write_list(site.world.files / "july.csv", person(21))
    context = browser.new_context(base_url=site.address)
    context.add_cookies([{"name": COOKIE, "value": site.cookies[Role.OFFICER], "url": f"{site.address}/app"}])
    page = context.new_page()
    page.goto("/app/files")
    page.get_by_role("button", name="Send").click()
    page.wait_for_selector(".govuk-error-summary")
    assert page.title().startswith("Error: ")
    page.goto("/app/files")
    page.select_option("#kind", "releases")
    page.set_input_files("#file", str(path))
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/app/files/*")
    page.wait_for_selector("h1:has-text('july.csv')")
    assert page.locator("[data-waits]").count() == 1
    context.close()
    run_jobs(site.world)
