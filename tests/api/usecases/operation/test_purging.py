"""What is over its time goes by its policy, and nothing is taken in that has none."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.usecases.stores import open_fixes
from tests.support.worlds import WEARERS, World, add_scored_wearers, done, load_papers, write_files


def purge(world: World, *words: str) -> dict[str, Any]:
    return {each["kind"]: each["counts"] for each in world.json("keep", "purge", "--yes", *words)["items"]}


def on_record(world: World) -> None:
    """All four tagged and out since 2 September; one below the gate."""
    done(world.may_keep(), "import", "fixes", world.files / "fixes.csv")
    load_papers(world)
    add_scored_wearers(world, {"inside": 60, "passer": 50, "hidden": 49, "away": 80})
    done(world, "tag", "receive", *[f"D-{who}" for who in WEARERS], "--at", "2019-09-01T08:00:00Z")
    for who in WEARERS:
        done(world, "tag", "fit", f"D-{who}", f"L-{who}", "--at", "2019-09-01T09:00:00Z")
        done(world, "licence", "move", f"L-{who}", "release", "--at", "2019-09-02T10:00:00Z")


def keep(world: World, kind: str, days: int) -> None:
    done(world, "keep", "set", kind, "--days", str(days), "--source", "a test")


def test_without_a_retention_period_no_fix_and_no_event_is_imported(tmp_path: Path) -> None:
    write_files(tmp_path / "files")
    world = World(tmp_path / "home", tmp_path / "files")
    (world.files / "events.csv").write_text("device_id,t,event\nD-inside,2019-09-10T12:00:00Z,battery\n")
    for kind, name in (("fixes", "fixes.csv"), ("events", "events.csv")):
        result = world.run("import", kind, world.files / name)
        assert result.exit_code == 1
        assert "There is no retention policy for" in result.stderr
        assert "tagpilot keep set" in result.stderr
    assert not (world.home / "fixes").exists()
    world.may_keep()
    assert world.run("import", "fixes", world.files / "fixes.csv").exit_code == 0


def test_nothing_without_a_retention_period_is_purged(world: World) -> None:
    done(world, "import", "crimes", world.files / "crimes.csv", "--format", "headed")
    assert purge(world)["crimes"] == {}


def test_fixes_past_retention_are_purged_and_a_dry_run_only_counts_them(world: World) -> None:
    done(world.may_keep(), "import", "fixes", world.files / "fixes.csv")
    keep(world, "fixes", 30)
    days = ("--dry-run",)
    assert purge(world, *days)["fixes"] == {"fixes": 720}
    assert purge(world)["fixes"] == {"fixes": 720}
    assert purge(world)["fixes"] == {"fixes": 0}
    rows = world.json("audit", "list")["items"]
    assert [(row["id"], row["details"]["went"]) for row in rows if "went" in row["details"]] == [
        ("fixes", {"fixes": 720})
    ]


def test_fixes_of_ineligible_wearers_are_purged_and_those_of_eligible_ones_stay(world: World) -> None:
    on_record(world)
    keep(world, "fixes of nobody eligible", 3)
    would = purge(world, "--dry-run")["fixes of nobody eligible"]
    went = purge(world)["fixes of nobody eligible"]
    assert would == went
    left = _devices(world)
    # Hidden is below the gate; the others may be matched.
    assert "D-hidden" not in left
    assert {"D-inside", "D-passer", "D-away"} <= left
    assert purge(world)["fixes of nobody eligible"] == {"fixes": 0}


def test_without_a_programme_on_record_fixes_of_ineligible_wearers_are_not_told_apart(world: World) -> None:
    done(world.may_keep(), "import", "fixes", world.files / "fixes.csv")
    keep(world, "fixes of nobody eligible", 3)
    result = world.run("keep", "purge", "--yes")
    assert result.exit_code == 1
    assert "no programme on record maps crimes" in result.stderr
    assert len(_devices(world)) == 4


def test_crimes_events_rejects_and_runs_are_purged_too(world: World) -> None:
    done(world, "import", "crimes", world.files / "crimes.csv", "--format", "headed")
    (world.files / "events.csv").write_text("device_id,t,event\nD-inside,2019-09-10T12:00:00Z,battery\n")
    done(world.may_keep(), "import", "events", world.files / "events.csv")
    (world.home / "rejects").mkdir(exist_ok=True)
    (world.home / "rejects" / "old.rejects.csv").write_text("row\n")
    then = datetime(2019, 1, 1, tzinfo=UTC).timestamp()
    os.utime(world.home / "rejects" / "old.rejects.csv", (then, then))
    for kind in ("crimes", "device events", "rejected rows"):
        keep(world, kind, 10)
    told = purge(world)
    assert (told["device events"], told["rejected rows"]) == ({"device events": 1}, {"files": 1})
    # The crimes came today.
    assert told["crimes"] == {"crimes": 0}
    assert world.json("audit", "verify")["broken"] is None


def _devices(world: World) -> set[str]:
    store = open_fixes(world.settings)
    return {device for day in store.days() for device in store.devices(day)}
