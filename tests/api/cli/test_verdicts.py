"""Who was elsewhere, asked on the command line and over HTTP."""

from typing import Any

import pytest

from tests.support.worlds import World
from tracker.access.roles import Role

CRIME = ("--crime", "4417/19", "--force", "Metropolitan")
VERDICTS = "/runs/latest/crimes/Metropolitan/4417%2F19/verdicts"
NOT_SEEN = {"noFixYet": 0, "deviceEvent": 0, "gap": 0, "implausibleSpeed": 0, "twoTrails": 0}


def test_the_five_verdicts_part_all_who_could_be_tested(matched: World) -> None:
    told = matched.json("show", *CRIME, "--verdicts")
    assert told["counts"] == {
        "tested": 3,
        "present": 1,
        "passed": 1,
        "possible": 0,
        "possibleLeftOutFix": 0,
        "unobserved": 0,
        "unobservedByReason": NOT_SEEN,
        "excluded": 1,
    }
    assert "wearers" not in told
    assert any("taken off" in sentence for sentence in told["meaning"])


def test_no_wearer_is_named_unless_the_list_is_asked_for(matched: World) -> None:
    said = matched.run("show", *CRIME, "--verdicts").stdout
    assert "3 wearers could be tested" in said
    assert "1 excluded" in said
    assert "W-" not in said
    listed = matched.run("show", *CRIME, "--verdicts", "--list").stdout
    assert [who for who in ("W-inside", "W-passer", "W-away") if who in listed] == ["W-inside", "W-passer", "W-away"]
    assert "W-hidden" not in listed


def test_a_list_can_be_narrowed_to_one_verdict(matched: World) -> None:
    told = matched.json("show", *CRIME, "--verdicts", "--list", "--verdict", "excluded")
    assert [row["wearerId"] for row in told["wearers"]["items"]] == ["W-away"]
    assert told["wearers"]["total"] == 1


def test_the_list_over_http_is_that_of_the_command_line(matched: World) -> None:
    by_command = matched.json("show", *CRIME, "--verdicts", "--list")
    with matched.client_as(Role.ANALYST) as client:
        assert client.get(VERDICTS).json() == {k: v for k, v in by_command.items() if k != "wearers"}
        assert client.get(f"{VERDICTS}/wearers").json() == by_command["wearers"]
        second = client.get(f"{VERDICTS}/wearers?limit=1&offset=1").json()
        assert [row["wearerId"] for row in second["items"]] == ["W-passer"]
        assert client.get(f"{VERDICTS}/wearers?verdict=excluded").json()["items"][0]["wearerId"] == "W-away"


@pytest.mark.parametrize(
    ("path", "code", "status"),
    [
        ("/runs/latest/crimes/Metropolitan/4418%2F19/verdicts", "crime-not-found", 404),
        ("/runs/latest/crimes/Metropolitan/9999%2F19/verdicts/wearers", "crime-not-found", 404),
        (f"{VERDICTS}?version=2", "crime-not-found", 404),
        ("/runs/nope/crimes/Metropolitan/4417%2F19/verdicts", "run-not-found", 404),
        (f"{VERDICTS}/wearers?verdict=guilty", "invalid-request", 400),
    ],
)
def test_a_crime_without_verdicts_is_a_problem(matched: World, path: str, code: str, status: int) -> None:
    with matched.client_as(Role.ANALYST) as client:
        response = client.get(path)
    assert response.status_code == status
    assert response.json()["type"] == f"urn:tagpilot:problem:{code}"


def test_a_crime_that_could_not_be_matched_says_why_there_are_no_verdicts(matched: World) -> None:
    result = matched.run("show", "--crime", "4418/19", "--verdicts")
    assert result.exit_code == 1
    assert "no place was given" in result.stderr or "no_location" in result.stderr


def test_a_reference_of_two_forces_needs_the_force(matched: World) -> None:
    result = matched.run("show", "--crime", "4417/19", "--verdicts")
    assert result.exit_code == 1
    assert "CoLP, Metropolitan" in result.stderr


@pytest.mark.parametrize(
    "words", [("--verdicts",), ("--crime", "1", "--list"), ("--crime", "1", "--verdicts", "--verdict", "excluded")]
)
def test_options_that_do_not_go_together_are_a_usage_error(matched: World, words: tuple[str, ...]) -> None:
    assert matched.run("show", *words).exit_code == 2


def test_a_run_counts_its_verdicts_and_what_chance_would_bring(matched: World) -> None:
    run: dict[str, Any] = matched.json("show")
    assert run["verdicts"]["tested"] == run["candidates"]["pairsTested"] == 6
    assert run["verdicts"]["excluded"] == 4
    assert "4 excluded" in matched.run("show").stdout


def test_a_run_without_verdicts_shows_that_it_has_none(
    matched: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from shutil import copytree

    home = tmp_path_factory.mktemp("plain") / "home"
    copytree(matched.home, home)
    plain = World(home, matched.files)
    gate = ("--eligible", matched.files / "eligible.csv", "--everyone-monitored")
    run = plain.json("match", *gate, "--no-verdicts")["run"]
    assert run["verdicts"] is None
    result = plain.run("show", run["runId"], *CRIME, "--verdicts")
    assert result.exit_code == 1
    assert "verdicts were off" in result.stderr


def test_one_wearer_at_one_crime_shows_the_others_gaps_and_other_days(matched: World) -> None:
    told = matched.json("show", *CRIME, "--wearer", "W-passer")
    assert [other["wearerId"] for other in told["otherCandidates"]] == ["W-inside"]
    assert told["otherDays"] == []
    assert told["gaps"] == []
    said = matched.run("show", *CRIME, "--wearer", "W-passer").stdout
    assert "Other candidates here" in said
    assert "W-hidden" not in said
    assert {bad["kind"] for bad in told["badFixes"]} <= {"jump", "segment_too_fast", "clock_jump", "stuck_receiver"}
