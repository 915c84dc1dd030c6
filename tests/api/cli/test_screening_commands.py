"""Screening and scores at a terminal: the officer's list, the three decisions, and a score that comes late."""

from pathlib import Path

import pytest

from tests.support.release_lists import person, write_list
from tests.support.worlds import World, load_papers

SCORE = ("--horizon", "2", "--given-by", "NPS London")


@pytest.fixture
def officer(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The pilot with its first phase launched, on 1 April 2019."""
    monkeypatch.setenv("TAGPILOT_TODAY", "2019-04-01")
    load_papers(world)
    world.run("rollout", "launch", "--phase", "February 2019", "--on", "2019-02-18")
    return world


def test_a_list_is_screened_shown_and_decided(officer: World, tmp_path: Path) -> None:
    rows = [{}, person(2) | {"borough": "Hackney"}, person(3) | {"sex": "z"}]
    said = officer.run("screen", "import", write_list(tmp_path / "r.csv", *rows))
    assert said.exit_code == 3
    assert "2 new, 0 known already, 1 rejected" in said.stdout
    assert "eligible for a tag: 1 not known, 1 passed" in said.stdout
    assert officer.run("screen", "import", tmp_path / "r.csv").stdout.count("imported before") == 1
    listed = officer.json("screen", "list")["items"]
    assert [row["eligibleForTag"]["answer"] for row in listed] == ["passed", "not known"]
    assert len(officer.json("screen", "list", "--answer", "passed")["items"]) == 1
    words = ("screen", "decide", "L00001", "--decided-by", "B. Officer", "--organisation", "NPS London")
    assert officer.run(*words, "--reasons", "can be managed").exit_code == 2, "yes or no has to be said"
    assert "on record" in officer.run(*words, "--proportionate", "--reasons", "can be managed").stdout
    assert officer.json("screen", "list", "--undecided")["items"] == []
    second = officer.run("screen", "decide", "L00002", *words[3:], "--proportionate", "--reasons", "as above")
    assert "warning: the screening of licence L00002 on 2019-04-01 has the answer: not known" in second.stdout
    shown = officer.run("screen", "show", "L00001").stdout
    for part in (
        "As at 2019-04-01",
        "1. Eligible for a tag: passed (screened 2019-04-01, rules pcd570-1+",
        "adult: 22 on 2019-05-01 (PCD 570, 1.3)",
        "2. Proportionate: yes, by B. Officer of NPS London on 2019-04-01, recorded by local (PCD 570, 1.4)",
        "3. Eligible for crime mapping: failed (by the 2-year score)",
    ):
        assert part in shown
    assert "Sample" not in shown + str(listed)
    early = officer.run("screen", "show", "L00001", "--as-known-at", "2019-03-01T00:00:00Z")
    assert "no programme" in early.stderr or "no licence 'L00001'" in early.stderr
    wrong = officer.run("screen", "show", "L00009")
    assert (wrong.exit_code, "no licence 'L00009'" in wrong.stderr) == (1, True)
    assert "L00001" in officer.run("screen", "find", "--identifier", "a1234bc").stdout
    assert "Nobody on record" in officer.run("screen", "find", "--identifier", "Z").stdout


def test_a_launch_screens_again_and_says_whose_answer_it_changes(
    officer: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer.run(
        "screen", "import", write_list(tmp_path / "r.csv", {"borough": "Hackney", "planned_release": "2019-07-10"})
    )
    assert "Licences screened: 1; with another answer: 0" in officer.run("screen", "again").stdout
    launch = ("rollout", "launch", "--borough", "Hackney", "--on", "2019-07-08")
    early = officer.run(*launch)
    assert (early.exit_code, "2019-07-08" in early.stderr) == (1, True), "nothing has been launched that is to come"
    monkeypatch.setenv("TAGPILOT_TODAY", "2019-07-08")
    assert "note: Licence L00001 was screened again: passed.\n" in officer.run(*launch).stdout
    assert "with another answer: 0" in officer.run("screen", "again").stdout
    moved = officer.run("screen", "address", "P00001", "--from", "2019-09-01", "--borough", "Bromley").stdout
    assert moved == "Wearer P00001 lives in Bromley from 2019-09-01.\n"


def test_a_back_dated_score_names_the_matches_it_touches(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAGPILOT_TODAY", "2019-11-01")
    world.may_keep()
    for words in (
        ("import", "fixes", world.files / "fixes.csv"),
        ("import", "assignments", world.files / "assignments.csv"),
        ("import", "crimes", world.files / "crimes.csv", "--format", "headed"),
        ("programme", "load"),
        ("screen", "import", write_list(tmp_path / "r.csv", {"wearer_ref": "W-inside"})),
        ("match", "--eligible", world.files / "eligible.csv", "--everyone-monitored"),
    ):
        assert world.run(*words).exit_code == 0
    before = world.run("ogrs", "give", "W-inside", "40", *SCORE, "--on", "2019-10-01").stdout
    assert "closes from 2019-10-01" in before
    assert "ffected" not in before
    late = world.run("ogrs", "give", "W-inside", "45", *SCORE, "--on", "2019-09-01").stdout
    assert "closes from 2019-09-01 to the day before 2019-10-01" in late
    assert "Affected matches: 1" in late
    assert "Metropolitan 4417/19 in run " in late
    shown = world.json("ogrs", "show", "W-inside")
    assert [score["pct"] for score in shown["scores"]] == [56.0, 45.0, 40.0]
    assert [(i["from"], i["to"]) for i in shown["gate"]] == [("2019-03-01", "2019-09-01")]
    taken = world.run("ogrs", "withdraw", "W-inside", "--on", "2019-09-01", "--reason", "another person's").stdout
    assert "opens from 2019-09-01" in taken
    assert "Affected matches: 1" in taken
    assert "has no score" in world.run("ogrs", "show", "W-inside", "--as-at", "2019-01-01").stdout


def test_ogrs3_is_worked_out_at_a_terminal(officer: World, tmp_path: Path) -> None:
    officer.run("screen", "import", write_list(tmp_path / "r.csv", {"ogrs_score": ""}))
    words = ["--male", "--born", "1997-05-01", "--convicted", "2018-09-01", "--released", "2019-05-01"]
    words += ["--sanctions", "6", "--first-age", "14", "--offence"]
    said = officer.run("ogrs", "compute", *words, "violence", "--wearer", "P00001").stdout
    assert "OGRS3: 38.02 % within a year, 55.73 % within two (medium)" in said
    assert "opens from 2019-04-01" in said
    assert officer.json("ogrs", "compute", *words, "robbery")["terms"]["offence"] == -0.6348
    assert "not an offence group; there are violence" in officer.run("ogrs", "compute", *words, "knives").stderr
    warned = officer.run("ogrs", "give", "P00001", "72", *SCORE, "--on", "2019-03-01", *words, "violence").stdout
    assert "warning: 72 % on 2019-03-01" in warned
    missing = officer.run("ogrs", "give", "P00001", "72", *SCORE, "--on", "2019-03-02", "--sanctions", "6")
    assert (missing.exit_code, "OGRS3 needs --" in missing.stderr) == (1, True)
