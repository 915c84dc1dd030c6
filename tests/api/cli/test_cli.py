"""The command line as somebody types it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli.main import COMMANDS, cli
from api.wording.text import program
from tests.support.worlds import World

TAGPILOT = [sys.executable, "-c", "from api.cli.main import main; main()"]


def _process(*words: str | Path, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(
        [*TAGPILOT, *map(str, words)], capture_output=True, text=True, check=False, env=environ, cwd=cwd
    )


def test_help_does_not_wait_for_what_only_a_match_needs() -> None:
    code = """
import sys
from click.testing import CliRunner
from api.cli.main import COMMANDS, cli
from api.wording.text import program
for words in [["--help"], *[[name, "--help"] for name in COMMANDS]]:
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 0, result.output
heavy = {"numba", "numpy", "polars", "litestar", "sqlalchemy", "deltalake", "pyarrow", "rich", "alembic"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_explains_itself_with_examples(name: str) -> None:
    result = CliRunner().invoke(cli, [name, "--help"])
    assert result.exit_code == 0
    group = "COMMAND [ARGS]" in result.stdout
    assert group or f"tagpilot {name}" in result.stdout


def test_importing_the_same_files_again_changes_nothing(world: World) -> None:
    world.may_keep()
    for words in (("fixes",), ("assignments",), ("crimes", "--format", "headed")):
        path = world.files / f"{words[0]}.csv"
        first = world.json("import", words[0], path, *words[1:])
        again = world.json("import", words[0], path, *words[1:])
        assert (first["kept"], first["same"]) == (first["rows"], 0)
        assert (again["kept"], again["same"]) == (0, first["rows"])


def test_stored_files_are_readable_by_their_owner_alone(new_world: World) -> None:
    home = new_world.home / "deeper"
    result = CliRunner().invoke(
        cli, ["import", "assignments", str(new_world.files / "assignments.csv"), "--home", str(home)]
    )
    assert result.exit_code == 0
    assert [folder.stat().st_mode & 0o777 for folder in (new_world.home, home)] == [0o700, 0o700]


def test_an_existing_home_that_others_can_read_is_closed_to_them(new_world: World) -> None:
    new_world.home.mkdir()
    new_world.home.chmod(0o750)
    new_world.run("import", "assignments", new_world.files / "assignments.csv")
    assert new_world.home.stat().st_mode & 0o777 == 0o700


def test_commands_to_paste_name_the_program_so_that_it_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(tmp_path / ".venv" / "bin" / "tagpilot"), "show"])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program() == ".venv/bin/tagpilot"
    found = tmp_path / "tagpilot"
    found.write_text("#!/bin/sh\n")
    found.chmod(0o755)
    assert program() == "tagpilot"


def test_rejected_rows_are_reported_and_the_exit_code_is_3(world: World) -> None:
    path = world.files / "crimes.csv"
    path.write_text(path.read_text() + "Metropolitan,4420/19,Burglary,20190231,2019-09-10T13:00:00Z,530000,180000,\n")
    result = world.run("import", "crimes", path, "--format", "headed")
    assert result.exit_code == 3
    assert "4 new, 0 known already, 1 rejected" in result.stdout
    rejects = next((world.home / "rejects").glob("*.csv"))
    assert rejects.name in result.stdout
    assert "20190231" in rejects.read_text()


def test_a_file_with_no_good_row_fails(world: World) -> None:
    path = world.files / "broken.csv"
    path.write_text("device_id,t,lat,lon\nD1,yesterday,51.5,-0.1\n")
    result = world.may_keep().run("import", "fixes", path)
    assert result.exit_code == 1
    assert "1 rejected" in result.stdout


def test_a_missing_file_fails_in_one_line_without_a_traceback(world: World) -> None:
    path = world.files / "other.csv"
    path.write_text("a,b\n1,2\n")
    result = world.may_keep().run("import", "fixes", path)
    assert result.exit_code == 1
    assert result.stderr.startswith("tagpilot: ")
    assert "device_id=<column>" in result.stderr
    assert "Traceback" not in result.output


def test_other_peoples_columns_are_taken_by_a_mapping(world: World) -> None:
    path = world.files / "stops.csv"
    path.write_text(
        "Type,Date,Latitude,Longitude,Outcome\n"
        "Person search,2019-09-10T12:10:00+00:00,51.5034,-0.1276,Nothing found\n"
        "Person search,2019-09-10T12:20:00+00:00,,,Nothing found\n"
    )
    told = world.json(
        *("import", "crimes", path, "--format", "headed", "--ref-from-row", "--after-s", "900"),
        *("--map", "force==Metropolitan", "--map", "crime_type=Type", "--map", "t=Date"),
        *("--map", "latitude=Latitude", "--map", "longitude=Longitude"),
    )
    assert (told["kept"], told["rejected"]) == (2, 0)
    assert any("no_location" in note for note in told["notes"])


def test_a_mapping_for_a_format_with_its_own_columns_is_a_usage_error(world: World) -> None:
    words = ("import", "crimes", world.files / "crimes.csv", "--format", "ministry", "--map", "force==Metropolitan")
    result = world.run(*words)
    assert result.exit_code == 2
    assert "goes with --format headed" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--everyone-monitored",), "give who may be matched"),
        (("--everyone",), "give who was monitored"),
        (("--everyone", "--everyone-monitored", "--eligible", "eligible.csv"), "both were given"),
        (("--everyone", "--everyone-monitored", "--programme", "gps-knife-licence"), "go by the record"),
    ],
)
def test_who_may_be_matched_comes_from_files_or_from_the_record_never_from_both(
    world: World, words: tuple[str, ...], said: str
) -> None:
    given = [str(world.files / word) if word.endswith(".csv") else word for word in words]
    result = world.run("match", *given)
    assert result.exit_code == 2
    assert said in result.stderr


def test_one_bad_row_about_who_may_be_matched_stops_the_run(world: World) -> None:
    world.may_keep()
    for words in (("fixes",), ("assignments",), ("crimes", "--format", "headed")):
        world.run("import", words[0], world.files / f"{words[0]}.csv", *words[1:])
    gate = world.files / "eligible.csv"
    gate.write_text(gate.read_text() + "W-late,2019-02-30,\n")
    result = world.run("match", "--eligible", gate, "--everyone-monitored")
    assert result.exit_code == 1
    assert "row 4" in result.stderr
    assert "2019-02-30" in result.stderr
    assert world.json("runs")["items"] == []


def test_a_setting_out_of_range_says_what_would_be_right(matched: World) -> None:
    result = matched.run("match", "--everyone", "--everyone-monitored", "--radius-m", "0")
    assert result.exit_code == 1
    assert result.stderr == "tagpilot: radius_m is 0.0; give a number from 1 to 5000\n"


def test_the_summary_shows_an_analyst_what_was_done_and_found(matched: World) -> None:
    said = matched.run("show").stdout
    assert "2 of 4 can be matched" in said
    assert "1 not: no place was given (no_location)" in said
    assert "(window_too_long)" in said
    assert "3 may be matched; 3 have usable fixes" in said
    assert "2 in 2 visits" in said
    assert "1 fix inside" in said
    assert "1 path crosses" in said
    assert "does not say that its wearer did the crime" in said
    assert "show" in said.split("What to do next")[1]


def test_matching_the_same_again_gives_the_same_run(matched: World) -> None:
    before = matched.json("runs")["items"]
    told = matched.json("match", "--eligible", matched.files / "eligible.csv", "--everyone-monitored", "--threads", "1")
    assert told["run"]["runId"] == before[0]["runId"]
    assert matched.json("runs")["total"] == 1


def test_everyone_at_one_crime(matched: World) -> None:
    said = matched.run("show", "latest", "--crime", "4417/19", "--force", "Metropolitan").stdout
    assert "2019-09-10 13:00:00 BST" in said
    assert "W-inside" in said
    assert "W-passer" in said
    assert "W-away" not in said


def test_one_wearer_at_one_crime_with_each_fix_in_the_window_and_no_other(matched: World) -> None:
    told = matched.json("show", "--crime", "4417/19", "--force", "Metropolitan", "--wearer", "W-inside")
    assert told["candidate"]["verdict"] == "present"
    assert told["candidate"]["closestM"] == 30.0
    assert [visit["visit"] for visit in told["visits"]] == ["A"]
    assert [fix["label"] for fix in told["fixes"]] == [f"A{i}" for i in range(1, 62)]
    assert told["fixes"][0]["t"].startswith("2019-09-10T12:00:00")
    assert told["fixes"][-1]["t"].startswith("2019-09-10T13:00:00")
    said = matched.run("show", "--crime", "4417/19", "--force", "Metropolitan", "--wearer", "W-inside").stdout
    assert "A61" in said
    assert "30.0 m" in said


def test_a_reference_that_two_forces_use_needs_the_force(matched: World) -> None:
    result = matched.run("show", "--crime", "4417/19", "--wearer", "W-inside")
    assert result.exit_code == 1
    assert "CoLP, Metropolitan" in result.stderr


def test_a_crime_that_could_not_be_matched_says_why(matched: World) -> None:
    assert "no place was given" in matched.run("show", "--crime", "4418/19").stdout
    listed = matched.json("show", "--not-matchable")
    assert {(row["crimeRef"], row["reason"]) for row in listed["items"]} == {
        ("4418/19", "no_location"),
        ("4419/19", "window_too_long"),
    }


def test_an_unknown_crime_fails(matched: World) -> None:
    result = matched.run("show", "--crime", "4417/20")
    assert result.exit_code == 1
    assert "4417/20" in result.stderr


def test_a_person_who_may_not_be_matched_is_in_no_output(matched: World) -> None:
    said = "".join(
        matched.run(*words).output
        for words in (
            ("show",),
            ("show", "--json"),
            ("show", "--crime", "4417/19"),
            ("show", "--crime", "4417/19", "--json"),
            ("runs",),
        )
    )
    assert "W-inside" in said
    assert "hidden" not in said
    refused = matched.run("show", "--crime", "4417/19", "--force", "Metropolitan", "--wearer", "W-hidden")
    assert refused.exit_code == 1
    kept = b"".join(path.read_bytes() for path in (matched.home / "runs").rglob("*") if path.is_file())
    assert b"W-inside" in kept
    assert b"hidden" not in kept


def test_eligible_wearers_who_never_wore_a_tag_are_counted(world: World) -> None:
    world.may_keep()
    for words in (("fixes",), ("assignments",), ("crimes", "--format", "headed")):
        world.run("import", words[0], world.files / f"{words[0]}.csv", *words[1:])
    gate = world.files / "eligible.csv"
    gate.write_text(gate.read_text().replace("W-inside", "w-inside"))
    result = world.run("match", "--eligible", gate, "--everyone-monitored")
    assert "1 of 3 wearers" in result.stderr


def test_an_internal_error_shows_its_place_but_no_data(matched: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise KeyError("W-inside at 530030")

    monkeypatch.setattr("api.usecases.matching.runs.find_run", fails)
    result = matched.run("show")
    assert result.exit_code == 1
    assert "KeyError" in result.stderr
    assert "530030" not in result.stderr


def test_the_database_can_be_brought_up_to_date_beforehand_and_again(new_world: World) -> None:
    first, second = new_world.run("db", "upgrade"), new_world.run("db", "upgrade")
    assert first.exit_code == second.exit_code == 0
    assert first.stdout == second.stdout
    assert (new_world.home / "tagpilot.sqlite3").is_file()


@pytest.mark.slow
def test_standard_output_holds_json_and_nothing_else(matched: World) -> None:
    done = _process("show", "--json", "--home", matched.home)
    assert done.returncode == 0
    assert json.loads(done.stdout)["candidates"]["candidates"] == 2


def test_no_crash_of_the_command_writes_its_memory_to_the_disk() -> None:
    shown = "m.cli = lambda **_: print(r.getrlimit(r.RLIMIT_CORE))"
    asks = f"import resource as r; import api.cli.main as m; {shown}; m.main()"
    told = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "(0, 0)"
