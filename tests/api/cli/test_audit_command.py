"""The audit as its reader sees it at a terminal."""

import json
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text

from api.cli import context as context_module
from api.usecases.stores import LATEST_HEAD, open_record
from tests.support.worlds import World
from tracker.people.tables import Identity, Person, Sex
from tracker.record.audit.chain import Action
from tracker.record.entry import entering


@pytest.fixture(autouse=True)
def no_log() -> None:
    """A command has no log, whatever a server that another test began has left."""
    structlog.reset_defaults()


NOW = datetime(2019, 9, 2, 9, tzinfo=UTC)


def _two_entries(world: World) -> None:
    engine = open_record(world.settings)
    with entering(engine, by="officer", now=NOW, purpose="screening") as entry:
        person = entry.add(Person, wearer_ref="W0001")
        entry.add(Identity, person_id=person, name="Ann Example", sex=Sex.FEMALE)
    engine.dispose()


def _two_entries_more(world: World) -> None:
    engine = open_record(world.settings)
    for _ in range(2):
        with entering(engine, by="officer", now=NOW, purpose="screening") as entry:
            entry.note(Action.CONSULT, "licence", "L1")
    engine.dispose()


def test_the_audit_shows_who_did_what_without_names_of_wearers(world: World) -> None:
    assert "No such row." in world.run("audit", "list").stdout
    _two_entries(world)
    shown = world.run("audit", "list").stdout
    assert "officer" in shown
    assert "identity 1" in shown
    assert shown.index("identity 1") < shown.index("person 1")
    listed = world.json("audit", "list")["items"]
    assert [row["row"] for row in listed] == [2, 1]
    assert listed[0]["sealed"]
    assert "Ann" not in shown + str(listed)
    assert len(world.json("audit", "list", "--subject", "person", "--since", "2019-09-02")["items"]) == 1
    assert world.json("audit", "list", "--until", "2019-09-02")["items"] == []
    assert world.json("audit", "list", "--action", "disclose", "--by", "officer")["items"] == []


def test_an_intact_chain_verifies_and_a_changed_row_is_named(world: World) -> None:
    _two_entries(world)
    assert "whole: 2 rows" in world.run("audit", "verify").stdout
    engine = open_record(world.settings)
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_entry_no_update"))
        connection.execute(text("UPDATE audit_entry SET by = 'nobody' WHERE seq = 2"))
    engine.dispose()
    result = world.run("audit", "verify")
    assert result.exit_code == 1
    assert "row 2 was changed after it was written; the 1 rows before it hold" in result.stderr
    told = world.run("audit", "verify", "--json")
    assert told.exit_code == 1
    assert '"row": 2' in told.stdout


def test_a_head_is_written_out_beside_the_home_and_the_audit_is_held_against_it(world: World) -> None:
    _two_entries(world)
    heads = world.home.with_name("home.audit-heads")
    shown = world.run("audit", "head").stdout.splitlines()
    assert shown[0].startswith("2:")
    assert heads.stat().st_mode & 0o777 == 0o600
    assert json.loads(heads.read_text())["rows"] == 2
    kept = shown[0]
    _two_entries_more(world)
    whole = world.run("audit", "verify", "--since", kept)
    assert whole.exit_code == 0, whole.output
    assert "agrees with the 3 heads" in whole.stdout  # the one given, the one written out, that of the last entry
    new = world.run("audit", "verify", "--since", kept, "--new-alone")
    assert new.stdout.startswith("2 new rows hold and follow from the head given; the 2 before were not read. Head: 4:")
    assert "give `since`" in world.run("audit", "verify", "--new-alone").stderr
    wrong = world.run("audit", "verify", "--since", f"2:{'0' * 64}")
    assert wrong.exit_code == 1
    assert "row 2 is not the row it was: the head given (2:00000000...) has another digest" in wrong.stderr
    later = world.run("audit", "verify", "--since", f"9:{'0' * 64}")
    assert "the audit ends at row 4, and the head given (9:00000000...) is of row 9: rows 5 to 9" in later.stderr
    for bad in ("2", "2:12", "x:" + "0" * 64):
        assert "give a head as `tagpilot audit head` prints it" in world.run("audit", "verify", "--since", bad).stderr


def test_an_older_database_file_put_back_is_found_by_the_written_out_head(world: World) -> None:
    _two_entries(world)
    older = world.home / "tagpilot.sqlite3"
    copy = world.files / "older.sqlite3"
    with closing(sqlite3.connect(older)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    _two_entries_more(world)
    world.run("audit", "head")
    for file in world.home.glob("tagpilot.sqlite3*"):
        file.unlink()
    shutil.copy(copy, older)
    found = world.run("audit", "verify")
    assert found.exit_code == 1
    assert "the audit ends at row 2, and the head written out on" in found.stderr
    assert "rows 3 to 4 were cut off, or an older database was put in place; the 2 rows before it hold" in found.stderr


def test_a_restore_explains_the_heads_of_rows_that_went_with_it(world: World, tmp_path: Path) -> None:
    _two_entries(world)
    backup = tmp_path / "old.tar"
    assert world.run("backup", backup).exit_code == 0
    _two_entries_more(world)
    kept = world.run("audit", "head").stdout.splitlines()[0]
    shutil.rmtree(world.home)
    restored = world.run("restore", backup)
    assert restored.exit_code == 0, restored.output
    # A file's own time may run behind the clock: the head of the restore's row is of after the restore all the same.
    os.utime(world.home / LATEST_HEAD, (0, 0))
    whole = world.run("audit", "verify")
    assert whole.exit_code == 0, whole.output
    assert "1 head is of rows that a restore from a backup took away" in whole.stdout
    # Whoever kept the head is told of the restore, and decides.
    held = world.run("audit", "verify", "--since", kept)
    assert held.exit_code == 1
    assert "Row 3 says that the record was restored at" in held.stderr


def test_the_data_protection_officer_opens_sealed_values_with_a_purpose(world: World) -> None:
    _two_entries(world)
    opened = world.json("audit", "open", "2", "--purpose", "complaint 17 of May", "--by", "dee")
    assert opened["items"][0]["values"]["after"]["name"] == "Ann Example"
    assert len(world.json("audit", "open", "--person", "1", "--purpose", "complaint 17 of May")["items"]) == 2
    row = world.json("audit", "list", "--subject", "audit_entry")["items"][-1]
    assert (row["by"], row["purpose"], row["person"]) == ("dee", "complaint 17 of May", 1)
    assert row["details"] == {"rows": [2], "readable": True}
    assert "Ann" not in str(row)
    for words, why in (
        (("2", "--purpose", "why"), "purpose is too short"),
        (("99", "--purpose", "complaint 17 of May"), "The audit has no row 99."),
        (("3", "--purpose", "complaint 17 of May"), "Row 3 has no sealed values"),
        (("--person", "9", "--purpose", "complaint 17 of May"), "no sealed values of person 9"),
    ):
        assert why in world.run("audit", "open", *words).stderr
    engine = open_record(world.settings)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM person_key"))
    engine.dispose()
    gone = world.run("audit", "open", "2", "--purpose", "complaint 17 of May")
    assert "the key destroyed: nobody can read these values" in gone.stdout


def test_another_key_is_named_and_the_audit_stays_whole(world: World) -> None:
    _two_entries(world)
    changed = world.json("audit", "rotate-key", "--reason", "yearly change")
    assert changed["row"] == 3
    _two_entries_more(world)
    assert "The audit is whole: 5 rows" in world.run("audit", "verify").stdout
    (world.home / "audit.key").unlink()
    refused = world.run("keep", "set", "fixes", "--days", "30", "--source", "a test")
    assert refused.exit_code == 1
    assert f"the audit's rows are under key {changed['key']}" in refused.stderr
    assert not (world.home / "audit.key").exists()


READING = [
    ("audit", "verify"),
    ("audit", "head"),
    ("audit", "list"),
    ("status",),
    ("runs",),
    ("show",),
    ("verify", "latest"),
    ("accuracy",),
    ("programme", "list"),
    ("rollout", "show"),
    ("screen", "list"),
    ("ogrs", "show", "W1"),
    ("tag", "stock"),
    ("levels", "list"),
    ("batch", "list"),
    ("standing", "list", "--programme", "gps-knife-licence"),
    ("budget", "position"),
    ("duty", "list"),
    ("power",),
    ("user", "list"),
    ("keep", "list"),
    ("cohort", "columns"),
    ("review", "changed"),
]


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_a_command_that_reads_makes_no_home(new_world: World, words: tuple[str, ...]) -> None:
    before = set(new_world.home.parent.iterdir())
    result = new_world.run(*words)
    assert result.exit_code == 1, result.output
    assert f"there is no record under {new_world.home}" in result.stderr
    assert set(new_world.home.parent.iterdir()) == before
    # A folder without a record stays as it is.
    new_world.home.mkdir()
    assert "there is no record under" in new_world.run(*words).stderr
    assert list(new_world.home.iterdir()) == []


def test_only_what_may_be_a_homes_first_command_makes_one() -> None:
    """Whoever adds a command that makes a home adds it here."""
    commands = Path(context_module.__file__).parent / "commands"
    making = {path.stem for path in commands.glob("*.py") if "make=True" in path.read_text(encoding="utf-8")}
    assert making == {"enter", "import_account", "keep", "start", "user"}
    opening = {path.stem for path in commands.glob("*.py") if "open_record(" in path.read_text(encoding="utf-8")}
    assert opening == {"serve", "worker", "demo", "database"}
