"""Later decisions of every kind by one command each, as `http/test_later_decisions.py` has them by one request: time,
money from several decisions, money moved, places, a maximum, a contract; a commitment that follows its money."""

from typing import Any

import pytest

from tests.support.pilot import PILOT
from tests.support.worlds import World, done, load_papers

EXTENSION = (
    *("programme", "decide", PILOT, "PCD 800", "--title", "What PCD 800 says", "--paragraph", "3.1"),
    *("--effective-on", "2020-04-01", "--year", "2020/21", "--impose-until", "2021-03"),
    *("--carry-forward", "tagging=250000@PCD 570", "--carry-forward", "evaluation=10000@PCD 570"),
    *("--approve", "tagging=100000", "--approve", "evaluation=20000@PCD 799", "--approve", "lost-tags=5000@PCD 798"),
    *("--contract", "gps-tags", "--ceiling", "849000", "--contract-ends", "2021-03"),
)
GROWTH = (
    *("programme", "decide", PILOT, "PCD 900", "--title", "What PCD 900 says", "--paragraph", "3.1"),
    *("--effective-on", "2020-06-01", "--move", "lost-tags=evaluation=10000", "--borough", "Bromley"),
    *("--borough", "Bexley", "--phase", "June 2020", "--planned", "2020-06", "--running-maximum", "340"),
    *("--contract", "gps-tags", "--raise-by", "51000"),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The pilot's paper, and a commitment of £400,000 on tagging of which £150,000 is paid; it is the day after."""
    root = tmp_path_factory.mktemp("decisions")
    world = World(root / "home", root / "files")
    world.home.mkdir(mode=0o700)
    (world.home / "today").write_text("2020-03-01\n")
    load_papers(world)
    done(world, "budget", "commit", "C1", "tagging", "400,000", "tags", "--on", "2019-04-01")
    done(world, "budget", "spend", "A1", "tagging", "150,000", "to March", "--on", "2020-02-28", "--commitment", "C1")
    (world.home / "today").write_text("2020-03-02\n")
    return world


def _lines(world: World, *when: str) -> dict[tuple[str, str | None], dict[str, Any]]:
    lines = world.json("budget", "position", "--programme", PILOT, *when)["lines"]
    return {(line["line"], line["year"]): line for line in lines}


def test_decisions_of_every_kind_stand_one_on_top_of_another(world: World) -> None:
    asked = world.run(*EXTENSION)
    assert (asked.exit_code, "Line tagging falls from £469,000 to £219,000" in asked.stderr) == (1, True)
    one = world.json(*EXTENSION, "--override", "the commitment follows its money")
    assert (one["before"]["approved"], one["after"]["approved"]) == ("£730,000", "£855,000")
    assert (one["after"]["line tagging"], one["after"]["line tagging 2020/21"]) == ("£219,000", "£350,000")
    assert (one["after"]["line evaluation"], one["after"]["line evaluation 2020/21"]) == ("£50,000", "£30,000")
    assert one["after"]["contract gps-tags"] == "£849,000, ends 2021-03-31"
    assert one["after"]["last day to impose"] == "2021-03-31"
    two = world.json(*GROWTH)
    of_lines = ("£30,000", "£20,000"), ("£50,000", "£60,000")
    assert (
        tuple((two["before"][f"line {x}"], two["after"][f"line {x}"]) for x in ("lost-tags", "evaluation")) == of_lines
    )
    assert int(two["after"]["places"]) - int(two["before"]["places"]) == 2
    assert two["after"]["contract gps-tags"] == "£900,000, ends 2021-03-31"
    # As at: each day has the decisions that counted by then.
    before, after = _lines(world, "--as-at", "2020-05-31"), _lines(world, "--as-at", "2020-06-01")
    moved = {key: after[key]["allocatedPence"] - before[key]["allocatedPence"] for key in after}
    assert {key: pence for key, pence in moved.items() if pence} == {
        ("lost-tags", None): -1_000_000,
        ("evaluation", None): 1_000_000,
    }
    assert sum(line["allocatedPence"] for line in after.values()) == 85_500_000
    eve = world.json("programme", "show", PILOT, "--as-at", "2020-03-31")
    assert (eve["approvedPence"], eve["contracts"][0]["ceilingPence"]) == (73_000_000, None)
    assert eve["ends"]["last day to impose"]["day"] == "2020-04-30"
    # As known before either was entered, of a day on which both count.
    then = ("--as-at", "2020-06-01", "--as-known-at", "2020-03-01T23:59:00Z")
    assert world.json("programme", "show", PILOT, *then)["approvedPence"] == 73_000_000
    assert _lines(world, *then)["tagging", None]["allocatedPence"] == 46_900_000
    sizes = [world.json("rollout", "show", "--as-at", day)["size"] for day in ("2020-05-31", "2020-06-01")]
    assert [[each["number"] for each in size] for size in sizes] == [[300], [340]]
    # Entered again, a decision changes nothing; and nothing of it moves twice.
    for words in ((*EXTENSION, "--override", "again"), GROWTH):
        again = world.json(*words)
        assert (again["new"], again["corrected"]) == (0, 0)
    assert _lines(world, "--as-at", "2020-06-01") == after


def test_a_greater_maximum_comes_with_a_phase_or_as_a_correction_of_its_own(world: World) -> None:
    """A running maximum is a phase's (PCD 570, 2.1): a decision that allows more names the phase from which it does."""
    more = (*GROWTH[:3], "PCD 950", *GROWTH[4:8], "--effective-on", "2020-07-01", "--running-maximum", "350")
    needs = world.run(*more)
    assert (needs.exit_code, "--planned and --running-maximum need --phase" in needs.stderr) == (1, True)
    there = world.run(*more, "--phase", "September")
    assert (there.exit_code, "'September' is there already" in there.stderr) == (1, True)
    assert "name another phase" in there.stderr
    done(world, *more, "--phase", "July 2020")
    limits = world.json("rollout", "show", "--as-at", "2020-07-01")["size"]
    assert [each["number"] for each in limits] == [350]


def test_a_commitment_follows_its_money_is_reduced_and_cancelled(world: World) -> None:
    change = ("budget", "change", "C1")
    why = ("--reason", "the contract runs on")
    moved = world.json(*change, "move", "--to-year", "2020/21", "--on", "2020-04-01", *why)
    assert [(each["year"], each["pence"], each["paidPence"]) for each in moved["parts"]] == [
        (None, 15_000_000, 15_000_000),
        ("2020/21", 25_000_000, 0),
    ]
    assert _lines(world, "--as-at", "2020-03-31")["tagging", None]["committedPence"] == 40_000_000
    assert _lines(world, "--as-at", "2020-04-01")["tagging", "2020/21"]["committedPence"] == 25_000_000
    fewer = ("reduce", "50,000", "--from-year", "2020/21", "--on", "2020-05-01", "--reason", "fewer tags")
    assert [each["pence"] for each in world.json(*change, *fewer)["parts"]] == [15_000_000, 20_000_000]
    cancelled = world.run(*change, "cancel", "--on", "2020-06-01", "--reason", "another supplier")
    assert cancelled.exit_code == 0, cancelled.stderr
    assert _lines(world, "--as-at", "2020-05-31")["tagging", "2020/21"]["committedPence"] == 20_000_000
    assert _lines(world, "--as-at", "2020-06-01")["tagging", "2020/21"]["committedPence"] == 0
    entries = world.json("record", "list", "commitment-change")["items"]
    assert [each["record"]["pence"] for each in entries] == [20_000_000, 5_000_000, 25_000_000]
    # Taken back, the last change is none; corrected, it says another day. Both stay on record.
    number = entries[0]["number"]
    done(world, "record", "take-back", "commitment-change", number, "--reason", "the supplier stays")
    assert _lines(world, "--as-at", "2020-06-01")["tagging", "2020/21"]["committedPence"] == 20_000_000
    done(world, "record", "correct", "commitment-change", entries[1]["number"], "--set", "pence=6000000", *why)
    assert _lines(world, "--as-at", "2020-06-01")["tagging", "2020/21"]["committedPence"] == 19_000_000
    history = world.json("record", "show", "commitment-change", entries[1]["number"])
    assert len(history["versions"]) == 2
    refused = world.run("record", "take-back", "commitment", "1", "--reason", "none was made")
    assert (refused.exit_code, "was changed later" in refused.stderr) == (1, True)
