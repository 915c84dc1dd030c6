"""An officer's first look: what waits, figures that are known or not, how full by day, boroughs by phase, money."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest

from api.documents import phase_map
from api.schemas.delivery.rollout import PlacesOnMap
from tests.support.clients import Client
from tests.support.pilot import PILOT
from tests.support.release_lists import person, write_list
from tests.support.worlds import World, done, load_papers
from tracker.access.roles import Role

OURS = f"/programmes/{PILOT}/overview"
TODAY = "2019-09-10"
NUMBERS = ("imposed", "reserved", "fitted", "worn", "maximum")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    root: Path = tmp_path_factory.mktemp("overview")
    (root / "files").mkdir()
    return World(root / "home", root / "files")


@pytest.fixture(scope="module")
def officer(world: World) -> Iterator[Client]:
    """Two phases launched; of three people on licence one has a place and one a condition, a line is over."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAGPILOT_TODAY", TODAY)
        world.home.mkdir()
        (world.home / "today").write_text(f"{TODAY}\n")
        load_papers(world)
        done(world, "rollout", "launch", "--phase", "February 2019", "--on", "2019-02-18")
        done(world, "rollout", "launch", "--phase", "June", "--without", "Hackney", "--on", "2019-06-17")
        done(world, "screen", "import", write_list(world.files / "releases.csv", *(person(n) for n in (1, 2, 3))))
        with world.client_as(Role.OFFICER) as client:
            for number, move in ((1, "impose"), (2, "reserve")):
                place = f"/programmes/{PILOT}/licences/L0000{number}/place"
                client.post(place, json={"move": move, "on": "2019-09-05"}).raise_for_status()
            over = {"line": "evaluation", "pence": 6_000_100, "words": "report", "override": "agreed"}
            client.post(f"/programmes/{PILOT}/commitments", json={"reference": "C1", **over}).raise_for_status()
            yield client


@pytest.fixture(scope="module")
def now(officer: Client) -> dict[str, Any]:
    found: dict[str, Any] = officer.get(OURS).json()
    return found


def test_what_waits_comes_most_urgent_first_with_its_paragraph_and_where_it_is_done(now: dict[str, Any]) -> None:
    todo = now["toDo"]
    assert [each["urgency"] for each in todo] == sorted(each["urgency"] for each in todo)
    duty = todo[0]
    assert (duty["kind"], duty["due"], duty["tag"], duty["donePage"]) == (
        "overdue-duty",
        "2019-08-18",
        "Overdue",
        "duties",
    )
    assert duty["source"].startswith("PCD 570")
    by_kind = {each["kind"]: each for each in todo}
    assert by_kind["line-overcommitted"]["donePage"] == "money"
    assert by_kind["late-boroughs"]["donePage"] == "rollout"
    assert by_kind["undecided"]["donePage"] == "attention"
    papers = [each for each in todo if each["kind"] == "discrepancy"]
    assert (len(papers), papers[0]["words"]) == (1, "The papers contradict each other in 5 places")


def test_what_nobody_has_said_is_not_known_and_never_nought(now: dict[str, Any], officer: Client) -> None:
    assert (now["imposed"], now["reserved"], now["maximum"]) == (1, 1, 180)
    assert [now[name] for name in ("worn", "fitted", "inStock", "lost")] == [None] * 4, "no tag, no fitting on record"
    assert (now["mayBeMapped"], now["scored"]) == (3, 3)
    assert (now["boroughsLive"], now["boroughsNotKnown"], now["boroughsPlanned"]) == (8, 12, 20)
    received = {"deviceIds": ["T1", "T2"], "at": f"{TODAY}T08:00:00Z", "contract": "gps-tags"}
    officer.post(f"/programmes/{PILOT}/tags", json=received).raise_for_status()
    later = officer.get(OURS).json()
    assert [later[name] for name in ("worn", "fitted", "inStock", "lost")] == [0, 0, 2, 0]


def test_the_course_is_the_capacity_of_each_day(officer: Client, now: dict[str, Any]) -> None:
    course = now["course"]
    assert [(row["day"], row["imposed"], row["reserved"], row["maximum"]) for row in course] == [
        ("2019-02-18", 0, 0, 100),
        ("2019-06-17", 0, 0, 180),
        ("2019-09-05", 1, 1, 180),
        (TODAY, 1, 1, 180),
    ]
    for row in course:
        that_day = officer.get(f"/programmes/{PILOT}/rollout?asAt={row['day']}").json()
        assert {name: that_day[name] for name in NUMBERS} == {name: row[name] for name in NUMBERS}
    # One condition in 28 days: 178 places would take 4,984 days, and the last day to impose comes before.
    assert now["bindsOn"] is None
    assert now["maximumMessage"].startswith("At this rate the maximum of 180 is not reached by ")


def test_before_the_first_launch_there_is_no_course_and_it_says_so(officer: Client) -> None:
    before = officer.get(OURS, params={"asAt": "2019-02-17"}).json()
    assert (before["maximumMessage"], before["course"]) == ("No phase has been launched yet", [])
    assert (before["boroughsPlanned"], before["places"]["message"]) == (0, "No paper names a place")


def test_boroughs_are_by_phase_and_standing_and_the_map_says_the_same(now: dict[str, Any]) -> None:
    phases = {phase["name"]: (phase["launched"], phase["live"], phase["notKnown"]) for phase in now["places"]["phases"]}
    assert phases["February 2019"] == (True, 4, 0)
    assert phases["June"] == (True, 4, 1)
    assert phases["August"] == (False, 0, 6)
    boroughs = {each["borough"]: each["standing"] for each in now["places"]["boroughs"]}
    assert (len(boroughs), boroughs["Lambeth"], boroughs["Hackney"]) == (33, "live", "not known")
    assert (boroughs["Ealing"], boroughs["Sutton"]) == ("not known", "not in the programme")
    found = msgspec.convert(now["places"], PlacesOnMap)
    key = {line.words for line in phase_map.key_of(found)}
    assert {"June: live (4)", "June: not known whether live (1)", "Not in the programme (13)"} <= key
    assert sum(line.boroughs for line in phase_map.key_of(found)) == 33
    root = ElementTree.fromstring(phase_map.svg(found, "Pilot", date(2019, 9, 10), with_key=True))
    shapes = {path.get("id"): path for path in root.iter(f"{SVG}path") if path.get("id")}
    assert len(shapes) == 33
    titles = {path.findtext(f"{SVG}title") for path in shapes.values()}
    assert "Lambeth: live since 2019-02-18 (February 2019)" in titles
    # A pattern for every fill that names one: else the borough would be drawn with nothing.
    patterns = {f"url(#{each.get('id')})" for each in root.iter(f"{SVG}pattern")}
    assert {path.get("fill") for path in shapes.values() if "url" in (path.get("fill") or "")} <= patterns
    hackney, newham = shapes["E09000012"], shapes["E09000025"]
    assert (hackney.get("stroke-dasharray"), newham.get("stroke-dasharray")) == ("1 60", None)
    assert phase_map.svg(found, "Pilot", date.max) == phase_map.svg(found, "Pilot", date.max)


def test_money_that_is_over_is_said_in_words_and_unallocated_stands_apart(now: dict[str, Any]) -> None:
    lines = {line["line"]: line for line in now["money"]["lines"]}
    assert (lines["evaluation"]["over"], lines["evaluation"]["freePence"]) == (True, -100)
    assert now["money"]["unallocatedPence"] == 0
    assert now["moneyMessage"].endswith("of £730,000 is free")
    assert now["titles"]["evaluation"]


def test_a_programme_without_tags_is_not_spoken_of_in_tags(officer: Client) -> None:
    found = officer.get("/programmes/marsoc/overview").json()
    assert [found[name] for name in ("imposed", "worn", "inStock", "maximumMessage", "alertsWaiting")] == [None] * 5
    assert (found["course"], found["places"]["boroughs"]) == ([], [])
    assert found["moneyMessage"]


def test_the_reading_has_a_row_and_only_who_reads_cases_may(world: World, officer: Client) -> None:
    assert officer.get(OURS).status_code == 200
    with world.client_as(Role.EVALUATOR) as evaluator:
        assert evaluator.get(OURS).status_code == 403, "figures by day do not leave"
    with world.client_as(Role.PROTECTION) as protection:
        rows = protection.get("/audit", params={"limit": 1000}).json()["items"]
    mine = [row for row in rows if row["subject"] == "overview"]
    assert (mine[-1]["by"], mine[-1]["action"], mine[-1]["id"]) == ("delivery-officer", "consult", PILOT)
