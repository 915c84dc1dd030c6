"""The first day of a programme: as the README prints it, and as `tagpilot start` leads through it."""

import json
import re
import shlex
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.main import cli
from tests.support.release_lists import person, write_list
from tests.support.served import served

README = Path(__file__).parents[3] / "README.md"
PASSWORD = "a long enough password"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """No home yet; a release list lies in the folder one works in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TAGPILOT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TAGPILOT_TODAY", "2019-04-01")
    write_list(tmp_path / "releases.csv", person(1), person(2))
    return tmp_path / "home"


def run(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(cli, words, input=typed)


def left(result: Result) -> list[str]:
    """The steps that are still to do."""
    return [step["key"] for step in json.loads(result.stdout)["steps"] if not step["done"]]


@pytest.mark.slow
def test_the_readme_s_first_day_works_on_an_empty_home_as_it_is_printed(home: Path, tmp_path: Path) -> None:
    text = README.read_text(encoding="utf-8")
    section = text.split("## The first day of a new programme")[1].split("\n## ")[0]
    lines = re.search(r"```\n(.*?)```", section, flags=re.DOTALL)
    assert lines is not None
    commands = [shlex.split(line, comments=True) for line in lines[1].splitlines()]
    assert len(commands) == 10
    assert {words[0] for words in commands} == {"tagpilot"}
    *before, last = commands
    for words in before:
        result = run(*words[1:], typed=f"{PASSWORD}\n{PASSWORD}\n" if words[1:3] == ["user", "add"] else "")
        assert result.exit_code == 0, (words, result.output)
    assert last == ["tagpilot", "serve"]
    assert run("start", "--no-input").exit_code == 0
    with served(home, tmp_path / "log") as address, urllib.request.urlopen(f"{address}/health/live") as live:
        assert live.status == 200


@pytest.mark.slow
@pytest.mark.usefixtures("home")
def test_start_can_be_broken_off_and_goes_on_where_it_was() -> None:
    broken = run("start", typed=f"ada\n{PASSWORD}\n{PASSWORD}\n")
    assert broken.exit_code == 1
    assert left(run("start", "--no-input", "--json")) == ["launch", "retention", "release list"]
    # The day is wrong, and nothing of it is entered; later steps wait.
    wrong = run("start", typed="February 2019\nyesterday\n")
    assert (wrong.exit_code, "yesterday" in wrong.output) == (1, True)
    typed = "\n2019-02-18\n\n\n"  # the phase as it is offered; retention and the list later
    later = run("start", typed=typed)
    assert (later.exit_code, "to do" in later.output) == (3, True), later.output
    assert left(run("start", "--no-input", "--json")) == ["retention", "release list"]
    done = run("start", typed="365\ncontrollers agreement, 4\nreleases.csv\n\n")
    assert (done.exit_code, "is running" in done.output) == (0, True), done.output
    assert "2 new" in done.output
    again = run("start", typed="")
    assert (again.exit_code, "2 on record" in again.output) == (0, True)


@pytest.mark.slow
@pytest.mark.usefixtures("home")
def test_start_takes_everything_from_options_and_asks_nothing() -> None:
    options = {
        "--administrator": "ada", "--phase": "February 2019", "--launched-on": "2019-02-18", "--keep-days": "365",
        "--keep-source": "controllers agreement, 4", "--release-list": "releases.csv",
    }  # fmt: skip
    words = [word for pair in options.items() for word in pair]
    result = run("start", *words, "--password-stdin", "--no-input", "--json", typed=f"{PASSWORD}\n")
    assert (result.exit_code, left(result)) == (0, []), result.output
    nothing = run("start", "--no-input", "--json", "--programme", "atom")
    assert (nothing.exit_code, left(nothing)) == (3, ["launch", "release list"])
