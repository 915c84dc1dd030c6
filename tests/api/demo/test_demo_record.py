"""The demo's pilot: people, tags and money that fit the trails, a match by the record that the files would give, and
something to see for each role; then a year later."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from api.cli.main import cli
from api.demo.answers import ask_for_own_data, requests
from api.demo.changed import correct_a_released_crime
from api.demo.demo import demo_home, refused_table
from api.demo.desk import Desk, desk_of, review_matches
from api.demo.jobs import import_that_fails
from api.demo.record import FIRST_DAY
from api.demo.waiting import what_waits
from api.demo.year_later import let_time_pass
from api.usecases.stores import open_record
from matcher.synthetic import World as Small
from tests.support.pilot import PILOT
from tests.support.worlds import World
from tracker.access.roles import Role
from tracker.people.tables import Identity
from tracker.record.as_known import known
from tracker.retention.subject_access import AccessState

WORDS = ("demo", "--wearers", "60", "--days", "2", "--crimes", "600", "--seed", "3")

_STATES = ("new", "in review", "confirmed", "rejected", "released", "recalled", "withdrawn")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> World:
    home = tmp_path_factory.mktemp("demo")
    done = CliRunner().invoke(cli, [*WORDS, "--home", str(home)])
    assert done.exit_code == 0, done.stderr
    at = next(home.glob("demo*"))
    return World(at, at / "files")


def _rows(files: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(files / f"{name}.csv")


def test_the_officer_sees_the_pilot_in_autumn_2019_on_one_screen(demo: World) -> None:
    shown = demo.run("status").stdout
    assert "As at 2019-11-01; today is 2019-11-01" in shown
    assert "20 of 20 live" in shown
    assert "60 conditions imposed, 60 fitted, 57 worn now" in shown
    assert "240 free of 300" in shown
    assert len(shown.splitlines()) < 40


def test_a_match_by_the_record_is_the_match_by_the_demos_files(demo: World) -> None:
    by_record: dict[str, Any] = demo.json("match")["run"]
    whose = ("--eligible", demo.files / "eligible.csv", "--monitored", demo.files / "monitored.csv")
    by_files = demo.json("match", *whose)["run"]
    assert by_files["runId"] != by_record["runId"]
    assert by_record["candidates"]["candidates"] > 20
    for name in ("candidates", "present", "passed", "pairsTested", "visits"):
        assert by_record["candidates"][name] == by_files["candidates"][name]
    assert by_record["fixes"]["used"] == by_files["fixes"]["used"]


def test_everyone_was_screened_and_the_audit_verifies(demo: World) -> None:
    listed = demo.run("screen", "list", "--json")
    assert listed.exit_code == 0, listed.stderr
    assert listed.stdout.count("W000") >= 60
    assert "The audit is whole" in demo.run("audit", "verify").stdout


def test_everyone_of_the_demo_has_the_numbers_that_a_linkage_hands_over(demo: World) -> None:
    """None had a PNC id, so the demo's linkage said nothing, and did not say so."""
    engine = open_record(demo.settings)
    with engine.connect() as connection:
        numbers = connection.execute(select(Identity.pnc_id, Identity.nomis_id).where(known(Identity))).all()
    engine.dispose()
    assert len({pnc for pnc, _ in numbers}) == len(numbers) >= 60
    assert all(pnc and nomis for pnc, nomis in numbers)


def test_each_role_finds_something_to_do(demo: World) -> None:
    """Over HTTP, by the rights of each."""
    with demo.client_as(Role.ANALYST) as ana:
        states = {state: ana.get("/matches", params={"state": state}).json()["total"] for state in _STATES}
        mine = ana.get("/matches", params={"state": "in review"}).json()["items"]
        # A crime was corrected after the first.
        corrected, job = [each for each in ana.get("/jobs").json()["items"] if each["state"] == "done"]
        [failed] = ana.get("/imports").json()["items"]
    assert all(states.values()), states
    assert {each["assignee"] for each in mine} == {"ana"}
    assert (corrected["asked"].get("previous"), "previous" in job["asked"]) == (job["runId"], False)
    assert job["runId"] == demo.json("show", job["runId"])["runId"]
    assert (failed["state"], "crime" in failed["why"]) == ("failed", True)
    with demo.client_as(Role.RELEASER) as rob:
        assert rob.get("/releases/awaiting").json()["total"] == states["confirmed"]
        released = rob.get("/releases").json()["items"]
        [changed] = rob.get("/changed-matches").json()["items"]
    assert sorted(each["state"] for each in released) == ["recalled", "released"]
    assert sorted(update["kind"] for each in released for update in each["updates"]) == ["outcome", "recalled"]
    assert (changed["state"], changed["causes"]) == ("released", ["crime version"])
    assert "closestM" in changed["differs"]
    assert {(each["confirmedBy"], each["releasedBy"]) for each in released} == {("ana", "rob")}
    with demo.client_as(Role.EVALUATOR) as eva:
        tables = eva.get(f"/programmes/{PILOT}/tables").json()["items"]
        cohorts = eva.get(f"/programmes/{PILOT}/cohorts").json()["items"]
    assert [each["kind"] for each in tables] == ["tables of a cohort", "tables", "tables"]
    assert len(cohorts) == 1
    assert "fitted in Central West and Central South together" in str(refused_table(demo.home))
    engine = open_record(demo.settings)
    [asked] = requests(engine)
    engine.dispose()
    assert (asked.state, asked.due_on) == (AccessState.RECEIVED, date(2019, 11, 30))


def test_run_again_the_desk_stays_as_it_is(demo: World) -> None:
    engine = open_record(demo.settings)
    before, audit = desk_of(engine), demo.run("audit", "verify").stdout
    review_matches(demo.settings, engine)
    import_that_fails(demo.settings, engine)
    correct_a_released_crime(demo.settings, engine)
    ask_for_own_data(demo.settings, engine, "W00001")
    engine.dispose()
    assert demo.run("audit", "verify").stdout == audit
    assert before == Desk(new=27, in_review=1, confirmed=1, rejected=1, released=1, recalled=1, withdrawn=1)


def test_a_demo_of_a_year_later_has_a_home_of_its_own(tmp_path: Path) -> None:
    world = Small(days=31, first_day=FIRST_DAY)
    assert demo_home(tmp_path, world) == tmp_path / "demo"
    assert demo_home(tmp_path, world, year_later=True) == tmp_path / "demo-year-later"


def test_a_year_later_outcomes_are_known_and_the_planted_effect_is_said(demo: World, tmp_path: Path) -> None:
    later = demo.copy_to(tmp_path)
    settings = later.settings
    engine = open_record(settings)
    ends = []
    for _ in range(2):
        let_time_pass(settings, engine)
        shown = later.run("status").stdout
        assert "As at 2021-05-04; today is 2021-05-04" in shown
        assert "60 conditions imposed, 60 fitted, 0 worn now" in shown
        ends.append(re.findall(r"(\d+) recalled, (\d+) ended", shown))
    [(recalled, ended)] = ends[0]
    assert ends[1] == ends[0]
    assert int(recalled) > 0 < int(ended)
    assert int(recalled) + int(ended) == 60
    waiting = what_waits(settings, engine, year_later=True)
    engine.dispose()
    assert "planted: a tag makes it 10 points less likely" in waiting[Role.EVALUATOR][-1]
    found = later.json("cohort", "effect", "--covariate", "ogrs_score", "--as-at", "2021-04-30")
    known = {each["group"]: each["people"] for each in found["proportions"]}
    assert known == {"tagged": 60, "comparison": 900}
    before = demo.json("cohort", "effect", "--covariate", "ogrs_score", "--as-at", "2019-10-31")
    assert {each["group"]: each["people"] for each in before["proportions"]} == {"tagged": None, "comparison": None}
