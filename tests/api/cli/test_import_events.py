"""`tagpilot import events`: as the other imports do, good rows kept and bad ones told."""

from pathlib import Path

from matcher.store.events import EventStore
from tests.support.worlds import World

GOOD = "device_id,t,event\nD-away,2019-09-10T12:05:00Z,battery low\nD-away,2019-09-10T12:30:00Z,charging\n"


def _file(world: World, text: str) -> Path:
    world.may_keep()
    path = world.files / "events.csv"
    path.write_text(text)
    return path


def test_events_are_stored_and_the_same_file_again_changes_nothing(world: World) -> None:
    path = _file(world, GOOD)
    first, again = (world.json("import", "events", path) for _ in range(2))
    assert (first["rows"], first["kept"], first["same"], first["rejected"]) == (2, 2, 0, 0)
    assert (again["kept"], again["same"]) == (0, 2)
    held = EventStore(world.settings.events_dir).read()
    assert held["event"].to_list() == ["battery low", "charging"]


def test_stored_events_are_summed_up_in_words(world: World) -> None:
    said = world.run("import", "events", _file(world, GOOD)).stdout
    assert "2 rows of device events" in said
    assert "battery low (1)" in said
    assert "t from t" in said


def test_bad_rows_go_to_the_rejects_file_and_good_ones_are_kept(world: World) -> None:
    path = _file(world, GOOD + "D-away,yesterday,strap\n,2019-09-10T12:00:00Z,strap\nD-away,2019-09-10T12:00:00Z,\n")
    result = world.run("import", "events", path)
    assert result.exit_code == 3
    assert "2 new, 0 known already, 3 rejected" in result.stdout
    rejects = next((world.home / "rejects").glob("events*.csv")).read_text()
    assert "NOT_A_TIME" in rejects
    assert "MISSING_DEVICE" in rejects
    assert "MISSING_EVENT" in rejects


def test_other_peoples_columns_are_taken_by_a_mapping(world: World) -> None:
    path = _file(world, "serial,raised\nD-away,10/09/2019\n")
    assert world.run("import", "events", path).exit_code == 1
    path.write_text("serial,raised\nD-away,2019-09-10 13:05:00\n")
    words = ("--map", "device_id=serial", "--map", "t=raised", "--map", "event==battery low", "--zone", "Europe/London")
    assert world.json("import", "events", path, *words)["kept"] == 1
    held = EventStore(world.settings.events_dir).read()
    assert str(held["t"][0]) == "2019-09-10 12:05:00+00:00"


def test_a_file_without_the_columns_fails_in_one_line(world: World) -> None:
    result = world.run("import", "events", _file(world, "a,b\n1,2\n"))
    assert result.exit_code == 1
    assert result.stderr.startswith("tagpilot: ")
    assert "device_id=<column>" in result.stderr


def test_an_event_explains_why_a_wearer_was_not_seen_and_is_shown_with_a_candidate(world: World) -> None:
    """The one who is away falls silent at 12:20, an hour before monitoring ends; the one inside reports at 12:30."""
    fixes = (world.files / "fixes.csv").read_text().splitlines()
    kept = [row for row in fixes if not (row.startswith("D-away") and row.split(",")[1] > "2019-09-10T12:20")]
    (world.files / "fixes.csv").write_text("\n".join(kept) + "\n")
    world.may_keep()
    for words in (("fixes",), ("assignments",), ("crimes", "--format", "headed")):
        world.run("import", words[0], world.files / f"{words[0]}.csv", *words[1:])
    gate = ("--eligible", world.files / "eligible.csv", "--everyone-monitored")
    crime = ("--crime", "4417/19", "--force", "Metropolitan")
    before = world.json("match", *gate)["run"]
    assert before["verdicts"]["unobservedByReason"]["gap"] > 0
    assert before["verdicts"]["unobservedByReason"]["deviceEvent"] == 0
    text = "device_id,t,event\nD-away,2019-09-10T12:21:00Z,switched off\nD-inside,2019-09-10T12:30:00Z,battery low\n"
    world.run("import", "events", _file(world, text))
    after = world.json("match", *gate)["run"]
    assert after["runId"] != before["runId"]
    assert after["verdicts"]["unobservedByReason"]["gap"] == 0
    listed = world.json("show", *crime, "--verdicts", "--list", "--verdict", "unobserved")["wearers"]["items"]
    assert [(row["wearerId"], row["reason"]) for row in listed] == [("W-away", "device_event")]
    assert world.json("show", *crime, "--wearer", "W-inside")["deviceEvents"] == [
        {"t": "2019-09-10T12:30:00Z", "event": "battery low"}
    ]
    assert "battery low" in world.run("show", *crime, "--wearer", "W-inside").stdout
    assert world.json("verify", "latest")["same"] is True


def test_stored_events_are_readable_by_their_owner_alone(new_world: World) -> None:
    new_world.run("import", "events", _file(new_world, GOOD))
    assert new_world.home.stat().st_mode & 0o777 == 0o700
