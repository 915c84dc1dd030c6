"""The audit as its reader sees it at a terminal."""

from datetime import UTC, datetime

from sqlalchemy import text

from api.usecases.stores import open_record
from tests.support.worlds import World
from tracker.people.tables import Identity, Person, Sex
from tracker.record.entry import entering

NOW = datetime(2019, 9, 2, 9, tzinfo=UTC)


def _two_entries(world: World) -> None:
    engine = open_record(world.settings)
    with entering(engine, by="officer", now=NOW, purpose="screening") as entry:
        person = entry.add(Person, wearer_ref="W0001")
        entry.add(Identity, person_id=person, name="Ann Example", sex=Sex.FEMALE)
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
