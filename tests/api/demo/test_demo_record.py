"""The demo's pilot: people, tags and money that fit the trails, and a match by the record that the files would give."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from api.cli.main import cli
from tests.support.worlds import World

WORDS = ("demo", "--wearers", "12", "--days", "2", "--crimes", "400", "--seed", "3")


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
    assert "12 conditions imposed, 12 fitted, 11 worn now" in shown
    assert "288 free of 300" in shown
    assert len(shown.splitlines()) < 40


def test_a_match_by_the_record_is_the_match_by_the_demos_files(demo: World) -> None:
    by_files: dict[str, Any] = demo.json("show")
    made = demo.run("match", "--json")
    assert made.exit_code == 0, made.stderr
    gated = _rows(demo.files, "eligible")["wearer_id"].n_unique()
    assert f"{gated} of 12 people on licence may be matched, by the record" in made.stderr
    by_record = demo.json("show")
    for name in ("candidates", "present", "passed", "pairsTested", "visits"):
        assert by_record["candidates"][name] == by_files["candidates"][name]
    assert by_record["fixes"]["used"] == by_files["fixes"]["used"]


def test_everyone_was_screened_and_the_audit_verifies(demo: World) -> None:
    listed = demo.run("screen", "list", "--json")
    assert listed.exit_code == 0, listed.stderr
    assert listed.stdout.count("W000") >= 12
    assert "The audit is whole" in demo.run("audit", "verify").stdout
