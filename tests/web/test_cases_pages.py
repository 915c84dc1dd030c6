"""A practitioner's pages: own cases alone, and a day in hours for a purpose."""

from collections.abc import Iterator

import pytest

from tests.support.clients import Client
from tests.support.page_figures import Figures
from tests.support.pages import browsing, hidden_field
from tests.support.worlds import NAME, World
from tracker.access.roles import Role

ASKED = {"day": "2019-09-10", "purpose": "to prepare the meeting of Tuesday"}


@pytest.fixture
def practitioner(world: World) -> Iterator[Client]:
    with browsing(world, Role.PRACTITIONER) as client:
        yield client


def test_own_cases_are_shown_and_of_others_there_is_no_word(world: World, practitioner: Client) -> None:
    with world.client_as(Role.PRACTITIONER) as answers:
        [told] = answers.get("/cases").json()["items"]
        one = answers.get("/cases/L-inside").json()
    listed = practitioner.get("/app/cases").text
    assert Figures(listed).found["L-inside.state"] == {told["state"]}
    assert (NAME in listed, "L-away" in listed) == (True, False)
    shown = practitioner.get("/app/cases/L-inside").text
    assert one["name"] in shown
    for other in ("L-away", "L-nowhere"):
        refused = practitioner.get(f"/app/cases/{other}")
        assert refused.status_code == 404
        assert "W-away" not in refused.text


def test_a_day_is_told_in_hours_for_a_purpose_and_without_a_position(world: World, practitioner: Client) -> None:
    address = "/app/cases/L-inside/day"
    page = practitioner.get("/app/cases/L-inside").text
    short = practitioner.post(address, data={**ASKED, "purpose": "why", "csrf": hidden_field(page, "csrf")})
    assert (short.status_code, 'href="#purpose"' in short.text) == (422, True)
    assert "The hours of the day" not in short.text
    answer = practitioner.post(address, data={**ASKED, "csrf": hidden_field(page, "csrf")})
    assert answer.status_code == 200, answer.text
    with world.client_as(Role.PRACTITIONER) as answers:
        told = answers.post("/cases/L-inside/days", json=ASKED).json()
    figures = Figures(answer.text).found
    assert figures["homeHours"] == {str(told["homeHours"])}
    assert figures["awayHours"] == {str(told["awayHours"])}
    rows = [f"{each['hour']}</th><td>{each['seen']}</td>" for each in told["hours"]]
    assert [row for row in rows if row not in answer.text] == []
    assert "53003" not in answer.text, "an easting"
    other = practitioner.post("/app/cases/L-away/day", data={**ASKED, "csrf": hidden_field(page, "csrf")})
    assert other.status_code == 404
