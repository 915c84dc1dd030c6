"""What has changed since an earlier run, and whether a kept one still comes out the same."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from matcher.store.fixes import FixStore
from tests.support.worlds import NOON, World
from tracker.access.roles import Role


def _match(world: World, *words: str | Path) -> dict[str, Any]:
    told: dict[str, Any] = world.json(
        "match", "--eligible", world.files / "eligible.csv", "--everyone-monitored", *words
    )
    return told


@pytest.fixture
def first(world: World) -> str:
    """The afternoon imported and matched."""
    world.may_keep()
    for words in (("fixes",), ("assignments",), ("crimes", "--format", "headed")):
        world.run("import", words[0], world.files / f"{words[0]}.csv", *words[1:])
    return str(_match(world)["run"]["runId"])


def _things_change(world: World) -> None:
    """The passer may not be matched any more, the hidden one may, and the crime is told to lie 20 m further east."""
    gate = world.files / "eligible.csv"
    gate.write_text(gate.read_text().replace("W-passer", "W-hidden"))
    later = world.files / "later.csv"
    crimes = (world.files / "crimes.csv").read_text().splitlines()
    later.write_text("\n".join([crimes[0], crimes[1].replace("530000.0", "530020.0")]) + "\n")
    assert world.json("import", "crimes", later, "--format", "headed")["kept"] == 1


def test_what_was_added_withdrawn_and_changed_is_reported(world: World, first: str) -> None:
    _things_change(world)
    second = _match(world)["run"]["runId"]
    told = world.json("runs", "--compare", first, second)
    assert (told["before"], told["after"]) == (first, second)
    assert (told["added"], told["withdrawn"]) == (1, 1)
    of = {row["wearerId"]: row for row in told["items"]}
    assert of["W-hidden"]["change"] == "added"
    assert of["W-hidden"]["verdictBefore"] is None
    assert of["W-passer"]["change"] == "withdrawn"
    assert of["W-inside"]["change"] == "changed"
    assert (of["W-inside"]["versionBefore"], of["W-inside"]["version"]) == (1, 2)
    assert "closest_m" in of["W-inside"]["differs"]
    said = world.run("runs", "--compare", first, "latest").stdout
    assert "1 added" in said
    assert "1 withdrawn" in said
    assert "1 to 2" in said


def test_the_difference_over_http_is_that_of_the_command_line(world: World, first: str) -> None:
    _things_change(world)
    second = _match(world)["run"]["runId"]
    by_command = world.json("runs", "--compare", first, second)
    with world.client_as(Role.ANALYST) as client:
        assert client.get(f"/runs/{second}/difference?before={first}").json() == by_command
        page = client.get(f"/runs/latest/difference?before={first}&limit=1&offset=1").json()
        assert page["items"] == by_command["items"][1:2]
        assert client.get(f"/runs/{second}/difference?before=nope").status_code == 404
        assert client.get(f"/runs/{second}/difference").status_code == 400


def test_a_run_compared_with_itself_has_not_changed(world: World, first: str) -> None:
    assert "Nothing has changed" in world.run("runs", "--compare", first, "latest").stdout


def test_a_run_with_a_previous_one_gives_the_same_answer_and_reports_the_difference(world: World, first: str) -> None:
    _things_change(world)
    told = _match(world, "--previous", first)
    assert told["difference"]["before"] == first
    assert (told["difference"]["added"], told["difference"]["withdrawn"]) == (1, 1)
    carried = json.loads((Path(told["folder"]) / "timings.json").read_text())["carried_over"]
    assert carried["previous"] == first
    assert carried["wearers"] > 0
    whole = World(world.home / "whole", world.files)
    whole.may_keep()
    for words in (("fixes",), ("assignments",), ("crimes", "--format", "headed")):
        whole.run("import", words[0], world.files / f"{words[0]}.csv", *words[1:])
    whole.run("import", "crimes", world.files / "later.csv", "--format", "headed")
    anew = _match(whole)["run"]
    assert anew["runId"] == told["run"]["runId"]
    assert anew["resultDigests"] == told["run"]["resultDigests"]


def test_the_difference_is_in_words_with_a_command_that_shows_all_of_it(world: World, first: str) -> None:
    _things_change(world)
    result = world.run(
        *("match", "--eligible", world.files / "eligible.csv", "--everyone-monitored", "--previous", "latest")
    )
    assert f"Since run {first}" in result.stdout
    assert "1 added" in result.stdout
    assert f"runs --compare {first}" in result.stdout


def test_a_previous_run_that_does_not_exist_stops_before_matching(world: World, first: str) -> None:
    _things_change(world)
    words = ("match", "--eligible", world.files / "eligible.csv", "--everyone-monitored", "--previous", "nope")
    result = world.run(*words)
    assert result.exit_code == 1
    assert first in result.stderr
    assert world.json("runs")["total"] == 1


def test_a_kept_run_comes_out_the_same(world: World, first: str) -> None:
    told = world.json("verify", "latest")
    assert told["runId"] == first
    assert told["same"] is True
    assert told["resultsThatDiffer"] == []
    assert [path.name for path in world.settings.runs_dir.iterdir()] == [first]


def test_erased_fixes_are_reported_and_the_rest_is_checked(world: World, first: str) -> None:
    FixStore.open(world.settings.fixes_dir).erase_devices([("D-away", None, None)])
    told = world.json("verify", first)
    assert (told["same"], told["wearersErased"], told["wearersChanged"]) == (True, 1, 0)
    assert "fixes erased since the run: 1 wearer" in told["inWords"]


def test_an_altered_run_does_not_verify(world: World, first: str) -> None:
    path = world.settings.runs_dir / first / "candidates.parquet"
    pl.read_parquet(path).with_columns(first_at=pl.lit(NOON)).write_parquet(path)
    result = world.run("verify", first)
    assert result.exit_code == 1
    assert "files changed since the run: candidates.parquet" in result.stdout


def test_late_fixes_are_reported_as_changed_inputs(world: World, first: str) -> None:
    late = world.files / "late.csv"
    late.write_text("device_id,t,easting_m,northing_m,accuracy_m\nD-away,2019-09-10T12:00:30Z,531600,180000,5\n")
    world.run("import", "fixes", late)
    result = world.run("verify", first)
    assert result.exit_code == 1
    assert "fixes changed since the run: 1 wearer" in result.stdout
