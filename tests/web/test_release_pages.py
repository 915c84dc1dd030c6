"""The releasing officer's pages: what is checked, the release by another person, the way back, recall and downloads."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.support.clients import Client
from tests.support.pages import browsing, hidden_field
from tests.support.worlds import NAME, World, done
from tracker.access.roles import Role

RECIPIENT = {"name": "A. Inspector", "rank": "DI", "unit": "", "destroyBy": "2099-01-01"}


@pytest.fixture(scope="module")
def copy(world: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    return world.copy_to(tmp_path_factory.mktemp("release pages"))


@pytest.fixture
def officer(copy: World) -> Iterator[Client]:
    with browsing(copy, Role.RELEASER) as client:
        yield client


def _send(client: Client, page: str, action: str, **fields: str) -> Any:
    """The answer to a form of a page, sent with what is hidden in it."""
    text = client.get(page).text
    part = text.partition(f'action="{page}/{action}"')[2]
    hidden = {name: unescape(hidden_field(part, name)) for name in ("csrf", "once", "seen") if f'name="{name}"' in part}
    return client.post(f"{page}/{action}", data={**hidden, **fields})


def _figures(text: str) -> dict[str, str]:
    return {
        name: re.sub("<[^>]*>", "", told).strip()
        for name, told in re.findall(r'data-figure="([^"]+)">(.*?)</(?:dd|td|div|span)>', text, re.DOTALL)
    }


def test_what_a_release_checks_is_the_answers_one_by_one(copy: World, officer: Client) -> None:
    with copy.client_as(Role.RELEASER) as answers:
        told = answers.get("/releases/awaiting/2/checks").json()
        listed = answers.get("/releases").json()
    text = officer.get("/app/awaiting/2").text
    figures = _figures(text)
    assert [name.removeprefix("checks.") for name in figures if name.startswith("checks.")] == [
        each["code"] for each in told["checks"]
    ]
    assert {figures[f"checks.{each['code']}"] for each in told["checks"]} == {"In order"}
    assert told["stands"]
    assert figures["match.wearerRef"] == told["match"]["wearerRef"]
    for visit in told["evidence"]["visits"]:
        assert figures[f"visits.{visit['visit']}.fixes"] == str(visit["fixes"])
    for each in told["evidence"]["speaksAgainst"]:
        assert each["sentence"] in unescape(text)
    assert f'value="{told["unit"]}"' in text
    assert "<svg" in text
    assert NAME not in text
    assert "/app/releases/1" in officer.get("/app/releases").text
    assert listed["waiting"] == {"recall": 0, "acknowledgement": 0, "destruction": 0}


def test_a_check_that_fails_says_why_and_leaves_no_form(world: World, tmp_path: Path) -> None:
    other = world.copy_to(tmp_path)
    for wearer in ("inside", "passer"):
        score = ("--horizon", "2", "--on", "2019-08-15", "--given-by", "NPS London")
        done(other, "ogrs", "give", f"W-{wearer}", "40", *score)
    with browsing(other, Role.RELEASER) as officer:
        text = officer.get("/app/awaiting/2").text
        assert "may not be matched at the time of the crime" in text
        assert "Stands in the way" in text
        assert 'action="/app/awaiting/2/release"' not in text
        assert "<svg" not in text


def test_whoever_confirmed_it_is_told_who_may_release_it(world: World, tmp_path: Path) -> None:
    """A releasing officer who was an analyst when they confirmed it."""
    other = world.copy_to(tmp_path)
    done(other, "user", "role", "analyst", "releasing officer")
    from tests.support import pages

    with other.client() as client:
        client.follow_redirects = False
        client.cookies.set(pages.COOKIE, _cookie(other, "analyst"))
        text = client.get("/app/awaiting/2").text
        assert "You confirmed this match, so you may not release it. releasing-officer may." in text
        seen = {name: unescape(hidden_field(text, name)) for name in ("csrf", "once", "seen")}
        refused = client.post("/app/awaiting/2/release", data={**seen, **RECIPIENT})
        assert refused.status_code == 409
        assert "may not" in refused.text or "another person" in refused.text


def _cookie(world: World, name: str) -> str:
    from datetime import UTC, datetime

    from api.usecases.stores import open_record
    from tests.support.clients import PASSWORD, cheap
    from tracker.access.session_service import login

    engine = open_record(world.settings)
    began = login(engine, name, PASSWORD, how=cheap(world.settings), now=datetime.now(UTC), browser=True)
    engine.dispose()
    return began.refresh


def test_what_is_missing_is_said_at_each_field_and_what_was_typed_stays(officer: Client) -> None:
    answer = _send(
        officer, "/app/awaiting/2", "release", **{**RECIPIENT, "name": "", "destroyBy": "soon", "rank": "DC"}
    )
    assert answer.status_code == 422
    text = unescape(answer.text)
    assert "Name is missing." in text
    assert "Destroy by must be" in text
    assert 'value="DC"' in answer.text
    past = _send(officer, "/app/awaiting/2", "release", **{**RECIPIENT, "destroyBy": "2019-01-01"})
    assert past.status_code == 422
    assert "is not in the future" in past.text


def test_a_match_is_released_its_package_fetched_recalled_and_acknowledged(world: World, tmp_path: Path) -> None:
    copy = world.copy_to(tmp_path)
    with browsing(copy, Role.RELEASER) as officer:
        made = _send(officer, "/app/awaiting/2", "release", **RECIPIENT)
        assert made.status_code == 303, re.sub("<[^>]*>", "", made.text)[-3000:]
        assert made.headers["location"] == "/app/releases/2"
        page = officer.get("/app/releases/2").text
        assert "Match 2 is released." in page
        assert "No matches wait for release." in officer.get("/app/awaiting").text
        for form in ("docx", "pdf", "json", "geojson"):
            file = officer.get(f"/app/releases/2/package.{form}")
            assert (file.status_code, file.headers["content-disposition"]) == (
                200,
                f'attachment; filename="release-2.{form}"',
            )
        assert officer.get("/app/releases/2").text.count("PDF:") == 1
        recalled = _send(officer, "/app/releases/2", "recall", reason="the place was reported wrongly")
        assert recalled.status_code == 303
        assert "1 release recalled, and not acknowledged yet" in officer.get("/app/awaiting").text
        assert "Release 2" in officer.get("/app/releases?waits=acknowledgement").text
        answer = _send(officer, "/app/releases/2", "acknowledge", **{"ack-on": "2099-01-01", "ack-words": "destroyed"})
        assert answer.status_code == 422
        assert 'value="2099-01-01"' in answer.text
        answer = _send(
            officer, "/app/releases/2", "acknowledge", **{"ack-on": "2026-01-05", "ack-words": "destroyed it"}
        )
        assert answer.status_code == 303
        told = {
            "outcome-outcome": "suspect eliminated",
            "outcome-on": "2026-01-06",
            "outcome-source": "DI A. Inspector",
        }
        assert _send(officer, "/app/releases/2", "outcome", **told).status_code == 303
        page = officer.get("/app/releases/2").text
        assert "suspect eliminated" in page
        assert "destroyed it" in page
        assert 'action="/app/releases/2/recall"' not in page
    with browsing(copy, Role.RELEASER) as officer:
        done(copy, "keep", "erase", "W-inside", "--reason", "a request of 3 October", "--yes")
        page = officer.get("/app/releases/1").text
        assert "It is no longer kept" in page
        assert "package.pdf" not in page
        assert officer.get("/app/releases/1/package.pdf").status_code == 404


def test_a_match_is_returned_with_a_reason(world: World, tmp_path: Path) -> None:
    with browsing(world.copy_to(tmp_path), Role.RELEASER) as officer:
        assert _send(officer, "/app/awaiting/2", "return", reason="").status_code == 422
        back = _send(officer, "/app/awaiting/2", "return", reason="the visit is at the edge")
        assert (back.status_code, back.headers["location"]) == (303, "/app/awaiting")
        assert "Match 2 is back in review" in officer.get("/app/awaiting").text
        assert officer.get("/app/awaiting/2").status_code == 404


def test_the_package_is_looked_at_as_its_recipient_reads_it_and_that_is_on_record(copy: World, officer: Client) -> None:
    with copy.client_as(Role.RELEASER) as answers:
        package = answers.get("/releases/1/package").json()
    text = unescape(officer.get("/app/releases/1/package").text)
    with copy.client_as(Role.PROTECTION) as protection:
        row = protection.get("/audit?subject=match_release").json()["items"][0]
    assert (row["id"], row["action"], row["details"]["asked"]) == ("1", "consult", "the package as a page")
    assert package["crime"]["reference"] in text
    assert package["inWords"] in text
    assert "This is not evidence" in text
    assert 'href="/app/releases/1/package"' in officer.get("/app/releases/1").text
