"""The first day in a browser, by three people, from an empty home; a programme of one's own; the weekly return."""

from typing import Any

import pytest

from tests.support.clients import Client
from tests.support.page_figures import Figures
from tests.support.pages import browsing, hidden_field
from tests.support.pilot import PILOT
from tests.support.release_lists import person, write_list
from tests.support.worlds import World, done
from tracker.access.roles import Role

TODAY = "2019-04-01"
OWN = f"/app/programmes/{PILOT}"


@pytest.fixture
def empty(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    """Users of three roles, and nothing else."""
    (tmp_path / "files").mkdir()
    monkeypatch.setenv("TAGPILOT_TODAY", TODAY)
    world = World(tmp_path / "home", tmp_path / "files")
    for role in (Role.ADMINISTRATOR, Role.OFFICER, Role.PROTECTION):
        with world.client_as(role):
            pass
    return world


def sends(client: Client, page: str, path: str, fields: dict[str, str]) -> Any:
    """The form of a page that goes to `path`, as a browser sends it."""
    form = next(each for each in client.get(page).text.split("<form") if f'action="{path}"' in each)
    hidden = {name: hidden_field(form, name) for name in ("csrf", "once")}
    return client.post(path, data={**hidden, **fields})


def states(text: str) -> list[str]:
    """Of each step of the first day, in order."""
    items = text.split('<ul class="govuk-task-list">')[1].split("</ul>")[0].split("</li>")[:-1]
    return [each.split("govuk-tag--")[1].split(">")[1].split("<")[0].strip() for each in items]


@pytest.mark.slow
def test_three_people_do_the_first_day_and_each_sees_what_is_theirs(empty: World) -> None:
    with (
        browsing(empty, Role.OFFICER) as officer,
        browsing(empty, Role.PROTECTION) as keeper,
        browsing(empty, Role.ADMINISTRATOR) as administrator,
    ):
        assert officer.get("/app/overview").headers["location"] == "/app/first-day"
        first = officer.get("/app/first-day").text
        assert states(first) == ["Done", "To do", "Later", "To do", "Later"]
        assert "administrator" in administrator.get("/app/first-day").text
        assert ">Administrator<" not in first, "an officer does not read who the users are"
        assert sends(officer, "/app/programmes", "/app/programmes/papers", {}).status_code == 303
        assert officer.get("/app/overview").headers["location"] == OWN
        assert "No phase has been launched yet" in officer.get(OWN).text
        assert states(officer.get("/app/first-day").text) == ["Done", "Done", "To do", "To do", "To do"]

        keeps = keeper.get("/app/keeping").text
        assert 'href="/app/first-day"' in keeps
        assert f'href="{OWN}/rollout"' not in keeper.get("/app/first-day").text, "a launch is the officer's"
        for kind in ("fixes", "device events"):
            told = {"kind": kind, "days": "365", "source": "controllers agreement, 4"}
            assert sends(keeper, "/app/keeping", "/app/keeping", told).status_code == 303
        assert 'href="/app/first-day"' not in keeper.get("/app/keeping").text

        done(empty, "rollout", "launch", "--phase", "February 2019", "--on", "2019-02-18")
        done(empty, "screen", "import", write_list(empty.files / "releases.csv", person(1), person(2)))
        last = officer.get("/app/first-day").text
        assert "Every step is done" in last
        assert "2 on record" in last
        assert "2 on record" not in keeper.get("/app/first-day").text
        assert states(administrator.get("/app/first-day").text) == ["Done"] * 5


def test_a_programme_of_ones_own_begins_with_its_first_decision(empty: World) -> None:
    told = {
        "name": "Second pilot",
        "key": "second-pilot",
        "decision-reference": "PCD 2000",
        "decision-title": "A second pilot",
        "decision-effective_on": "2019-03-01",
        "decision-effective_basis": "signed that day",
        "decision-source": "PCD 2000, 1.1",
    }
    with browsing(empty, Role.OFFICER) as officer:
        nothing = sends(officer, "/app/new-programme", "/app/new-programme", {})
        assert (nothing.status_code, 'href="#key"' in nothing.text) == (422, True)
        wrong = sends(officer, "/app/new-programme", "/app/new-programme", told | {"key": "Second Pilot"})
        assert (wrong.status_code, "A second pilot" in wrong.text) == (422, True), "what was typed stays"
        begun = sends(officer, "/app/new-programme", "/app/new-programme", told)
        assert (begun.status_code, begun.headers["location"]) == (303, "/app/programmes/second-pilot/papers")
        assert "Second pilot" in officer.get("/app/programmes").text
        assert "PCD 2000" in officer.get("/app/programmes/second-pilot/papers").text
        again = sends(officer, "/app/new-programme", "/app/new-programme", told)
        assert again.status_code == 422
        assert "There is a programme second-pilot already" in again.text


def test_the_weekly_return_is_the_same_on_the_page_as_in_json(world: World) -> None:
    days = {"from": "2019-08-26", "to": "2019-09-08"}
    with world.client_as(Role.OFFICER) as client:
        found = client.get(f"/programmes/{PILOT}/weekly-return", params=days).json()
    assert sum(found["total"].values()) > 0
    with browsing(world, Role.OFFICER) as client:
        text = client.get(f"{OWN}/weekly-return", params=days).text
        figures = Figures(text).found
        assert {kind: figures[f"total.{kind}"] for kind in found["total"]} == {
            kind: {str(number)} for kind, number in found["total"].items()
        }
        for week in found["weeks"]:
            for each in week["boroughs"]:
                for kind, number in each["counts"].items():
                    assert figures[f"weeks.{week['monday']}.{each['borough']}.{kind}"] == {str(number)}
        csv = client.get(f"{OWN}/weekly-return/csv", params=days)
        assert (csv.headers["content-type"], "all" in csv.text) == ("text/csv; charset=utf-8", True)
        assert client.get(f"{OWN}/weekly-return/docx", params=days).content[:2] == b"PK"
        wrong = client.get(f"{OWN}/weekly-return", params={"from": "2019-09-15", "to": "2019-09-02"})
        assert (wrong.status_code, "cannot be made" in wrong.text, 'value="2019-09-15"' in wrong.text) == (
            422,
            True,
            True,
        )
