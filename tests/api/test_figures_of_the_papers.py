"""The five papers at both faces: every figure and contradiction, two readings, own units, from when each counts."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.clients import Client
from tests.support.figures_of_papers import ATOM, CONTRADICTIONS, FIGURES, IIOC, IVMA, MARSOC, Row
from tests.support.pilot import PILOT
from tests.support.worlds import World, load_papers
from tracker.access.roles import Role

LATE = "2026-01-01"
"""A day on which every paper counts."""
COMMANDS = {
    "show": ("programme", "show", "{}"),
    "status": ("status", "--programme", "{}"),
    "duties": ("duty", "list", "--programme", "{}"),
    "budget": ("budget", "position", "--programme", "{}"),
    "rollout": ("rollout", "show", "--programme", "{}"),
}
ADDRESSES = {"show": "", "status": "/status", "duties": "/duties", "budget": "/budget", "rollout": "/rollout"}
OF_TAGS = re.compile(r"\b(tags?|tagged|worn|wearers?|fitted|conditions? imposed|OGRS|licences?|place is free)\b", re.I)
"""The language of a programme that puts tags on people."""


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> World:
    home = tmp_path_factory.mktemp("papers")
    world = World(home / "home", home / "files")
    world.files.mkdir()
    load_papers(world)
    return world


@pytest.fixture(scope="module")
def officer(papers: World) -> Iterator[Client]:
    with papers.client_as(Role.OFFICER) as client:
        yield client


@pytest.fixture(scope="module")
def answers(officer: Client) -> dict[tuple[str, str], Any]:
    """Each reading of each programme, over HTTP."""
    found: dict[tuple[str, str], Any] = {}
    for key in (PILOT, IIOC, ATOM, IVMA, MARSOC):
        for reading, address in ADDRESSES.items():
            answer = officer.get(f"/programmes/{key}{address}?asAt={LATE}")
            assert answer.status_code == 200, answer.text
            found[key, reading] = answer.json()
        entries = found[key, "show"]["entries"]
        found[key, "show"]["entries"] = {
            re.sub("[A-Z]", lambda c: f"_{c[0].lower()}", n): v for n, v in entries.items()
        }
    return found


def picked(answer: Any, where: str) -> tuple[Any, Any]:
    """The value at a place of an answer, and the entry that it is a field of."""
    held, entry = answer, answer
    for name, picks in re.findall(r"([^.\[\]]+)(?:\[([^\]]+)\])?", where):
        entry, held = held, held[name]
        if picks:
            wanted = dict(pick.split("=", 1) for pick in picks.split(";"))
            rows = [row for row in held if all(str(row.get(field)) == value for field, value in wanted.items())]
            assert len(rows) == 1, (where, rows)
            held = rows[0]
    return held, entry


@pytest.mark.parametrize("row", FIGURES, ids=[f"{row.programme}: {row.figure} ({row.paragraph})" for row in FIGURES])
def test_a_figure_of_the_papers_is_said_with_its_paragraph(answers: dict[tuple[str, str], Any], row: Row) -> None:
    value, entry = picked(answers[row.programme, row.reading], row.where)
    assert value == row.value
    assert entry.get("source", "") == row.paragraph


def test_every_contradiction_is_said_with_both_paragraphs_and_nothing_else_is(officer: Client) -> None:
    found = {
        (each["programme"], each["subject"], *(side["source"] for side in each["sides"]))
        for key in (PILOT, IIOC, ATOM, IVMA, MARSOC)
        for each in officer.get(f"/programmes/{key}/discrepancies").json()["items"]
    }
    assert found == set(CONTRADICTIONS)


def test_both_readings_stand_wherever_the_sum_of_the_marsoc_grant_does(
    papers: World, answers: dict[tuple[str, str], Any], officer: Client
) -> None:
    listed = {each["key"]: each for each in officer.get(f"/programmes?asAt={LATE}").json()["items"]}
    status, budget, show = (answers[MARSOC, reading] for reading in ("status", "budget", "show"))
    for money in (listed[MARSOC], show, budget, status["money"]):
        assert money["approvedPence"] == 88_259_000
        other = money["otherReading"]
        assert (other["approvedPence"], other["toClaimPence"]) == (138_259_000, 138_259_000)
        assert other["readings"] == [
            {"words": "up to £500,000 per year, for two years", "source": "PCD 1581, executive summary"}
        ]
        assert other["lines"] == [{"line": "posts", "year": None, "allocatedPence": 100_000_000}]
    for key in (PILOT, IIOC, ATOM, IVMA):
        assert listed[key]["otherReading"] is None
    for command in (("programme", "list"), *((*words[:-1], MARSOC) for n, words in COMMANDS.items() if n in SUMS)):
        words = papers.run(*command, "--as-at", LATE).stdout
        assert "£1,382,590" in words, command
        assert "PCD 1581, executive summary" in words, command
    refused = papers.run("budget", "commit", "C1", "posts", "700,000", "staff", "--programme", MARSOC, "--on", LATE)
    reading = "By another reading, “up to £500,000 per year, for two years” (PCD 1581, executive summary)"
    assert reading in refused.stderr


SUMS = ("show", "status", "budget")


@pytest.mark.parametrize("key", [IIOC, ATOM, IVMA, MARSOC])
@pytest.mark.parametrize("day", ["2020-02-01", LATE])
def test_a_sister_programme_is_never_spoken_of_in_the_language_of_tags(
    papers: World, officer: Client, key: str, day: str
) -> None:
    for reading, command in COMMANDS.items():
        said = papers.run(*(word.format(key) for word in command), "--as-at", day).stdout
        assert not OF_TAGS.search(said), (reading, OF_TAGS.findall(said), said)
        answer = officer.get(f"/programmes/{key}{ADDRESSES[reading]}?asAt={day}").json()
        plain = {name: value for name, value in answer.items() if value not in (None, [], {})}
        assert not OF_TAGS.search(json.dumps(plain)), reading


UNITS = [
    (IIOC, "12 teams (PCD 767, 1.4); 108 posts (PCD 767, 1.4)"),
    (ATOM, "grant: £246,750 for 2020/21 from Home Office (PCD 907, 3.1)"),
    (IVMA, "the number of devices is not stated (PCD 1069, executive summary)"),
    (MARSOC, "5 posts (PCD 1581, 2.5)"),
]


@pytest.mark.parametrize(("key", "words"), UNITS)
def test_a_sister_programme_has_its_own_units(papers: World, key: str, words: str) -> None:
    assert words in papers.run("status", "--programme", key, "--as-at", LATE).stdout


def test_a_line_that_is_bounded_says_so(papers: World) -> None:
    assert "up to £120,000" in papers.run("programme", "show", ATOM).stdout
    assert "up to £500,000 or £1,000,000" in papers.run("programme", "show", MARSOC).stdout


BEGINNINGS = [
    (PILOT, "PCD 570", "2019-03-31", "2019-04-01"),
    (IIOC, "PCD 767", "2020-03-31", "2020-04-01"),
    (ATOM, "PCD 907", "2020-03-31", "2020-04-01"),
    (IVMA, "PCD 1069", "2021-11-04", "2021-11-05"),
    (MARSOC, "PCD 1581", "2024-01-18", "2024-01-19"),
]


@pytest.mark.parametrize(("key", "paper", "eve", "day"), BEGINNINGS)
def test_before_a_decision_counts_the_list_says_from_when_it_does(
    papers: World, officer: Client, key: str, paper: str, eve: str, day: str
) -> None:
    said = f"{paper} counts from {day} ("
    for command in (("programme", "list"), *COMMANDS.values()):
        words = [word.format(key) for word in command]
        assert said in papers.run(*words, "--as-at", eve).stdout, words
        assert said not in papers.run(*words, "--as-at", day).stdout, words
    listed = {each["key"]: each for each in officer.get(f"/programmes?asAt={eve}").json()["items"]}
    assert [(each["reference"], each["effectiveOn"]) for each in listed[key]["toCome"]] == [(paper, day)]
    assert f"from {day} ({paper})" in papers.run("programme", "list", "--as-at", eve).stdout


def test_what_a_programme_without_tags_has_not_is_refused_in_its_own_words(papers: World, officer: Client) -> None:
    for command in (("tag", "stock"), ("screen", "list"), ("licence", "list"), ("power",)):
        told = papers.run(*command, "--programme", IVMA)
        assert told.exit_code == 1
        assert "IVMA in vehicles puts nothing on people" in told.stderr, command
    for address in ("tags", "licences"):
        answer = officer.get(f"/programmes/{IVMA}/{address}")
        assert (answer.status_code, "IVMA in vehicles" in answer.json()["detail"]) == (404, True)


@pytest.mark.slow
def test_a_size_that_a_later_paper_states_takes_the_place_of_the_earlier(papers: World, tmp_path: Path) -> None:
    world = papers.copy_to(tmp_path)
    later = [
        *("programme", "decide", PILOT, "PCD 801", "--title", "More", "--effective-on", "2020-01-01"),
        *("--paragraph", "2.1", "--phase", "Winter", "--planned", "2020-01", "--running-maximum", "400"),
        *("--borough", "Bexley"),
    ]
    assert world.run(*later).exit_code == 0
    for day, size, boroughs in (("2019-12-31", 300, 20), ("2020-01-01", 400, 21)):
        status = world.json("status", "--as-at", day)
        assert [(each["number"], each["unit"]) for each in status["size"]] == [(size, "tags")]
        assert status["boroughs"]["all"] == boroughs
        rollout = world.json("rollout", "show", "--as-at", day)
        assert len(rollout["boroughs"]) == boroughs
        assert [each["tags"] for each in rollout["forecast"]][-1] == size
    posts = [
        *("programme", "enter", IIOC, "measure", "--set", "decision=PCD 767", "--set", "effective_on=2021-04-01"),
        *("--set", "unit=posts", "--set", "number=120", "--set", "source=PCD 767, as amended"),
    ]
    assert world.run(*posts).stdout == "corrected\n"
    assert "120 posts" in world.run("status", "--programme", IIOC, "--as-at", "2021-04-01").stdout


@pytest.mark.slow
def test_a_figure_is_held_against_the_records_own_count_by_the_day_it_names(papers: World, tmp_path: Path) -> None:
    world = papers.copy_to(tmp_path)
    world.run("rollout", "launch", "--phase", "February 2019", "--on", "2019-02-18")
    said = [
        *("--set", "decision=PCD 570", "--set", "effective_on=2019-10-01", "--set", "source=letter of 1 October"),
        *("--set", "subject=boroughs live in the summer", "--set", "counted_as=boroughs live", "--set",
        "qualifier=exactly"), *("--set", "value=9", "--set", "unit=boroughs", "--set", "as_of=2019-06-30"),
    ]  # fmt: skip
    assert world.run("programme", "enter", PILOT, "statement", *said).stdout == "entered\n"

    def differs(day: str) -> list[list[str]]:
        found = world.json("programme", "discrepancies", PILOT, "--as-at", day)["items"]
        return [[side["words"] for side in each["sides"]] for each in found if each["rule"] == "figure and record"]

    assert differs("2019-09-30") == []
    assert differs("2019-10-01") == [["9 boroughs", "4 by the record's own count on 2019-06-30"]]
    shown = world.run("programme", "show", PILOT, "--as-at", "2019-10-01").stdout
    assert "9 boroughs (letter of 1 October); DIFFERS: the record counts 4 on 2019-06-30" in shown
    world.run("rollout", "launch", "--phase", "June", "--on", "2019-06-17")
    assert differs("2019-10-01") == []
    wrong = world.run("programme", "enter", PILOT, "statement", *said, "--set", "part_of=x", "--set", "unit=").stderr
    assert "is given twice" in wrong


@pytest.mark.slow
def test_parts_that_do_not_make_up_the_whole_are_found(papers: World, tmp_path: Path) -> None:
    world = papers.copy_to(tmp_path)
    fix = ("programme", "correct", MARSOC, "statement", "--where", "subject=detective sergeants", "--set", "value=2")
    assert world.run(*fix).stdout == "corrected\n"
    found = world.json("programme", "discrepancies", MARSOC)["items"]
    sides = [[side["words"] for side in each["sides"]] for each in found if each["rule"] == "parts and sum"]
    added = "3 detective constables + 1 intelligence development officers + 2 detective sergeants = 6"
    assert sides == [["5 posts", added]]
