"""The officer's programme and rollout at a terminal, an extension entered included."""

import json
from datetime import UTC, datetime
from pathlib import Path

from tests.support.papers import EXTENSION
from tests.support.pilot import PILOT
from tests.support.worlds import World


def test_the_papers_are_loaded_and_shown(world: World) -> None:
    assert "There is no programme yet" in world.run("programme", "list").stdout
    assert "gps-knife-licence: 96 entries new" in world.run("programme", "load").stdout
    assert "96 there already" in world.run("programme", "load").stdout
    listed = {row["key"]: row for row in world.json("programme", "list")["items"]}
    assert listed["atom"]["approvedPence"] - listed["atom"]["allocatedPence"] == 75_000
    shown = world.run("programme", "show", PILOT, "--as-at", "2019-11-01").stdout
    assert "As at 2019-11-01" in shown
    for words in (
        "£730,000",
        "£469,000",
        "date signed not stated",
        "June (2019 inferred)",
        "Contradictions between the papers: 5",
    ):
        assert words in shown
    found = world.json("programme", "discrepancies")
    assert found["total"] == len(found["items"]) == 16
    words = world.run("programme", "discrepancies", "ivma").stdout
    assert "a decision is required by 2021-10-21" in words
    assert "signed on 2021-11-05" in words


def test_an_extension_as_an_officer_enters_it(loaded: World, tmp_path: Path) -> None:
    before = loaded.json("programme", "show", PILOT, "--as-at", "2020-04-01")
    file = tmp_path / "extension.toml"
    file.write_text(EXTENSION)
    assert "8 entries new" in loaded.run("programme", "load", file, "--by", "A. Officer").stdout
    eve = loaded.json("programme", "show", PILOT, "--as-at", "2020-03-31")
    assert eve["approvedPence"] == before["approvedPence"] == 73_000_000
    after = loaded.json("programme", "show", PILOT, "--as-at", "2020-04-01")
    assert (after["approvedPence"], after["unallocatedPence"]) == (98_000_000, 0)
    assert after["contracts"][0]["endsOn"] == "2021-06-30"
    assert after["ends"]["last day to impose"]["day"] == "2021-03-31"


DECIDE = [
    *("programme", "decide", PILOT, "PCD-800", "--title", "Extension", "--effective-on", "2020-04-01"),
    *("--paragraph", "3.1", "--year", "2020/21", "--impose-until", "2021-03", "--monitor-until", "2021-06"),
    *("--approve", "tagging=250000", "--approved-by", "PCD-799", "--carry-forward", "tagging=100000"),
    *("--contract", "gps-tags", "--ceiling", "849000", "--contract-ends", "2021-06"),
    *("--borough", "Bexley", "--phase", "Spring", "--planned", "2020-06", "--running-maximum", "400"),
]


def test_an_extension_in_one_command_shows_before_and_after(loaded: World) -> None:
    known_before = datetime.now(UTC).isoformat()
    assert "--carry-forward needs --from-decision" in loaded.run(*DECIDE).stderr
    words = [*DECIDE, "--from-decision", "PCD 570"]
    told = loaded.run(*words).stdout
    rows = {line.split("  ")[0]: line for line in told.splitlines() if "  " in line}
    for name, before, after in (
        ("approved", "£730,000", "£980,000"),
        ("unallocated", "£0", "£0"),
        ("line tagging", "£469,000", "£369,000"),
        ("line tagging 2020/21", "-", "£350,000"),
        ("contract gps-tags", "not stated, ends not stated", "£849,000, ends 2021-06-30"),
        ("last day to impose", "2020-04-30", "2021-03-31"),
        ("last day to monitor", "-", "2021-06-30"),
        ("places", "20", "21"),
    ):
        assert [part.strip() for part in rows[name].split("  ") if part.strip()] == [name, before, after]
    again = loaded.json(*words)
    assert (again["new"], again["corrected"]) == (0, 0)
    day = ("--as-at", "2020-04-01")
    after = loaded.json("programme", "show", PILOT, *day)
    assert (after["approvedPence"], after["unallocatedPence"]) == (98_000_000, 0)
    for when in (("--as-at", "2020-03-31"), (*day, "--as-known-at", known_before)):
        before = loaded.json("programme", "show", PILOT, *when)
        assert before["approvedPence"] == 73_000_000
        assert before["contracts"][0]["ceilingPence"] is None
        assert before["ends"]["last day to impose"]["day"] == "2020-04-30"
        assert "last day to monitor" not in before["ends"]
    shown = loaded.run("programme", "show", PILOT, *day).stdout
    assert "carried forward: £100,000 for 2020/21 from PCD 570, tagging (PCD-800, 3.1)" in shown
    assert "amended by PCD-800" in shown
    assert "Size: up to 400 tags (PCD-800, 3.1)" in shown


def test_an_impossible_decision_is_refused_with_the_reason(loaded: World) -> None:
    head = (*DECIDE[:10], "--from-decision", "PCD 570")
    for words, why in (
        (("--approve", "tagging"), "give a line's key, =, pounds"),
        (("--approve", "tugging=5"), "line is 'tugging', which is not a line"),
        (("--approved-by", "PCD 1"), "--approved-by needs --approve"),
        (("--contract", "gps-tags"), "--contract goes with --ceiling"),
        (("--raise-by", "5", "--contract", "gps-tags"), "give ceiling_pence"),
        (("--planned", "2020-06"), "need --phase"),
        (("--phase", "June", "--planned", "2020-06"), "'June' is there already"),
        (("--borough", "Camden"), "Camden is in the programme already"),
        (("--borough", "Bexly"), "which is not a borough"),
        (("--carry-forward", "tagging=469000.01", "--year", "2020/21"), "is £0.01 more than the account has"),
    ):
        result = loaded.run(*head, *words)
        assert (result.exit_code, why in result.stderr) == (1, True), (words, result.stderr)
    assert loaded.json("programme", "show", PILOT)["approvedPence"] == 73_000_000


def test_money_already_spent_is_asked_about_and_carried_forward_with_a_note(loaded: World) -> None:
    loaded.run("budget", "spend", "A1", "tagging", "400,000", "tags", "--on", "2020-03-01")
    words = [*DECIDE, "--from-decision", "PCD 570"]
    asked = loaded.run(*words)
    assert asked.exit_code == 1
    assert asked.stdout == ""
    question = "Line tagging falls from £469,000 to £369,000, and £400,000 of it is committed or spent."
    assert f"{question} If this is meant, enter it with a reason." in asked.stderr
    day = ("--as-at", "2020-04-01")
    assert loaded.json("programme", "show", PILOT, *day)["approvedPence"] == 73_000_000, "nothing of it is entered"
    told = loaded.run(*words, "--override", "the invoice of March stays on the old line").stdout
    assert loaded.json("programme", "show", PILOT, *day)["approvedPence"] == 98_000_000
    assert "note: £400,000 of tagging is committed or spent, but £369,000 is left on it" in told


def test_one_entry_is_corrected_or_withdrawn_by_hand(loaded: World) -> None:
    one = ("programme", "correct", PILOT, "contract", "--where", "key=gps-tags", "--set", "ceiling_pounds=499000")
    assert loaded.run(*one).stdout == "corrected\n"
    assert loaded.run(*one).stdout == "says so already\n"
    assert loaded.json("programme", "show", PILOT)["contracts"][0]["ceilingPence"] == 49_900_000
    gone = ("programme", "withdraw", PILOT, "statement", "--where", "subject=support", "--reason", "no figure")
    assert loaded.run(*gone).stdout == "withdrawn\n"
    assert "No entries of statement match" in loaded.run(*gone).stderr
    assert "is given twice" in loaded.run(*one, "--set", "ceiling_pounds=5").stderr


def test_one_entry_by_hand_has_the_checks_of_a_file(loaded: World) -> None:
    common = ("--set", "decision=PCD 570", "--set", "effective_on=2019-10-01", "--set", "source=letter of 1 October")
    words = ("programme", "enter", PILOT, "end", *common, "--set", "kind=last day to monitor", "--set", "day=2020-07")
    assert loaded.run(*words).stdout == "entered\n"
    assert loaded.run(*words).stdout == "was there already\n"
    shown = loaded.json("programme", "show", PILOT, "--as-at", "2019-10-01")
    assert shown["ends"]["last day to monitor"]["day"] == "2020-07-31"
    wrong = loaded.run("programme", "enter", PILOT, "end", *common, "--set", "kind=the end", "--set", "colour=red")
    assert wrong.exit_code == 1
    assert "'the end' is not possible; give one of last day to impose" in wrong.stderr
    assert "end has no field colour" in wrong.stderr
    assert "not a field with its value" in loaded.run("programme", "enter", PILOT, "end", "--set", "kind").stderr


def test_launches_and_capacity_at_a_terminal(loaded: World) -> None:
    capacity = loaded.run("rollout", "show", "--as-at", "2019-02-01").stdout
    assert "No phase has been launched yet." in capacity
    said = loaded.run("rollout", "launch", "--phase", "February 2019", "--on", "2019-02-18").stdout
    assert said == "February 2019 is launched on 2019-02-18, with Lambeth, Lewisham, Southwark, Croydon.\n"
    assert "give --borough or --phase" in loaded.run("rollout", "launch", "--on", "2019-02-18").stderr
    assert loaded.run("rollout", "plan", "Hackney", "--on", "2019-07", "--reason", "no analyst").exit_code == 0
    assert (
        "Hackney is live from 2019-07-08"
        in loaded.run("rollout", "launch", "--borough", "Hackney", "--on", "2019-07-08").stdout
    )
    shown = loaded.run("rollout", "show", "--as-at", "2019-07-08").stdout
    assert "5 of 20 boroughs live, 4 not known" in shown
    assert "0 conditions imposed, 0 fitted, 0 worn now; 0 reserved; 100 free of 100" in shown
    capacity = loaded.run("rollout", "show", "--as-at", "2019-07-08").stdout
    assert "the maximum of 100 with February 2019 launched is not reached: no condition was imposed" in capacity
    plain = loaded.json("rollout", "show", "--as-at", "2019-07-01")
    states = {row["name"]: row["live"] for row in plain["boroughs"]}
    assert (states["Lambeth"], states["Hackney"], states["Newham"]) == (True, False, None)
    unknown = loaded.run("rollout", "reserve", "L0001")
    assert unknown.exit_code == 1
    assert "There is no licence 'L0001'" in unknown.stderr
    assert "give an instant" not in unknown.stderr
    bad = loaded.run("rollout", "show", "--as-known-at", "2019-07-01T12:00:00")
    assert bad.exit_code == 2
    assert "has no zone" in bad.stderr


def test_a_home_with_its_own_day_shows_it(loaded: World) -> None:
    (loaded.home / "today").write_text("2019-11-01\n")
    assert "today is 2019-11-01 (set by the file today in the home folder)" in loaded.run("programme", "list").stdout
    assert json.loads(loaded.run("programme", "list", "--json").stdout)["asAt"] == "2019-11-01"
