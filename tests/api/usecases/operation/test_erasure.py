"""A person erased everywhere, a killed erasure completed, and a run that says so."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from sqlalchemy import Engine, select

from api.usecases.operation.erasure import erase_person
from api.usecases.operation.erasure_journal import BESIDE, backups_made, home_journal, read_journal
from api.usecases.stores import open_fixes, open_record
from tests.support.clients import Client
from tests.support.review import confirmed, released
from tests.support.worlds import World, done
from tracker.access.roles import Role
from tracker.people.tables import Person
from tracker.record.entry import entering
from tracker.retention import erasure_service as record
from tracker.review.tables import Match

NOW = datetime(2019, 10, 3, tzinfo=UTC)


def _person(world: World) -> None:
    engine = open_record(world.settings)
    with entering(engine, by="officer", now=NOW) as entry:
        entry.add(Person, wearer_ref="W-inside")
    engine.dispose()


def _named(world: World) -> int:
    """Rows that name the wearer, in any run."""
    count = 0
    for path in (world.home / "runs").rglob("*.parquet"):
        frame = pl.read_parquet(path)
        for name in ("wearer_id", "wearer"):
            if name in frame.columns:
                count += frame.filter(pl.col(name) == "W-inside").height
    return count


def _fixes(world: World, device: str) -> int:
    return sum(rows.height for _, rows in open_fixes(world.settings).scan_days([device], None, None))


@pytest.fixture
def alone(world: World) -> World:
    """The afternoon imported and matched in a home of this test's own."""
    world.may_keep()
    for words in (("fixes",), ("assignments",), ("crimes", "--format", "headed")):
        assert world.run("import", words[0], world.files / f"{words[0]}.csv", *words[1:]).exit_code == 0
    assert world.run("match", "--eligible", world.files / "eligible.csv", "--everyone-monitored").exit_code == 0
    _person(world)
    return world


def test_an_erased_wearer_is_in_no_file_and_runs_show_that_they_cannot_be_verified(alone: World) -> None:
    others = _fixes(alone, "D-passer")
    assert _named(alone) > 0
    assert _fixes(alone, "D-inside") > 0
    assert alone.run("keep", "erase", "W-inside", "--reason", "request").exit_code == 1
    result = alone.run("keep", "erase", "W-inside", "--reason", "request", "--yes")
    assert result.exit_code == 0, result.stderr
    assert "180 fixes" in result.stdout
    assert (_named(alone), _fixes(alone, "D-inside"), _fixes(alone, "D-passer")) == (0, 0, others)
    verified = alone.run("verify", "latest")
    assert verified.exit_code == 1
    assert "cannot be verified: 1 wearer erased from the run" in verified.stdout + verified.stderr
    assert "the audit is whole".lower() in alone.run("audit", "verify").stdout.lower()


def _begun(world: World) -> tuple[Engine, int]:
    engine = open_record(world.settings)
    return engine, record.begin_erasure(engine, "W-inside", reason="request", by="dpo", now=NOW)


def test_an_interrupted_erasure_is_resumed(alone: World) -> None:
    engine, number = _begun(alone)
    record.erase_from_record(engine, number, by="dpo", now=NOW)
    # Killed here: the record knows nobody of that name any more, the fixes are still there.
    engine.dispose()
    assert _fixes(alone, "D-inside") > 0
    assert "1 erasures were completed" in alone.run("keep", "erase", "--finish", "--yes").stdout
    assert (_named(alone), _fixes(alone, "D-inside")) == (0, 0)
    assert "0 erasures were completed" in alone.run("keep", "erase", "--finish", "--yes").stdout


def test_what_an_old_backup_brings_back_is_erased_again(alone: World) -> None:
    backup = (alone.home / "tagpilot.sqlite3").read_bytes()
    assert alone.run("keep", "erase", "W-inside", "--reason", "request", "--yes").exit_code == 0
    _put_back(alone, backup)
    assert "1 erasures were completed" in alone.run("keep", "erase", "--finish", "--yes").stdout
    engine = open_record(alone.settings)
    with engine.connect() as connection:
        assert connection.scalars(select(Person.wearer_ref)).all() == ["erased-1"]
    engine.dispose()


def _put_back(world: World, database: bytes) -> None:
    for path in world.home.glob("tagpilot.sqlite3*"):
        path.unlink()
    (world.home / "tagpilot.sqlite3").write_bytes(database)


def test_a_person_is_erased_by_their_number_and_once(alone: World) -> None:
    engine = open_record(alone.settings)
    for _ in range(2):
        erase_person(alone.settings, engine, 1, reason="past its period", by="dpo", now=NOW)
    with engine.connect() as connection:
        assert connection.scalars(select(Person.wearer_ref)).all() == ["erased-1"]
        (erasure,) = record.erasures(connection)
    engine.dispose()
    assert erasure.finished_at is not None
    assert _fixes(alone, "D-inside") == 0


def test_of_a_released_match_nothing_of_the_person_is_left(ready: World, as_: Callable[..., Client]) -> None:
    analyst = as_(Role.ANALYST)
    number = confirmed(ready, analyst)
    assert released(as_(Role.RELEASER), number).status_code == 201
    done(ready, "keep", "erase", "W-inside", "--reason", "request", "--yes")
    engine = open_record(ready.settings)
    with engine.connect() as connection:
        of_all = select(Match.id, Match.wearer_ref, Match.figures, Match.assignee, Match.shown)
        rows = connection.execute(of_all.where(Match.wearer_ref.not_in(("W-passer", "W-away")))).all()
    engine.dispose()
    assert rows == [(number, f"erased-match-{number}", {}, None, False)]


def test_an_erasure_goes_into_the_journal_beside_each_backup_that_was_made(alone: World) -> None:
    """Once, where two are in one folder."""
    folders = [alone.files / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    for archive in (folders[0] / "a.tar", folders[0] / "b.tar", folders[1] / "c.tar"):
        done(alone, "backup", archive)
    assert backups_made(alone.settings) == [folders[0] / "a.tar", folders[0] / "b.tar", folders[1] / "c.tar"]
    done(alone, "keep", "erase", "W-inside", "--reason", "request", "--yes")
    (line,) = read_journal(home_journal(alone.settings))
    assert [read_journal(folder / BESIDE) for folder in folders] == [[line], [line]]


def test_a_new_person_with_an_old_reference_is_never_touched(alone: World) -> None:
    """Erasures are done again by the person: neither the record nor the runs of who has the reference now change."""
    assert alone.run("keep", "erase", "W-inside", "--reason", "request", "--yes").exit_code == 0
    _person(alone)
    again = alone.files / "again.csv"
    again.write_text("device_id,wearer_id,from,to\nD-new,W-inside,2019-09-01T00:00:00Z,\n")
    fixes = alone.files / "new.csv"
    fixes.write_text((alone.files / "fixes.csv").read_text().replace("D-hidden", "D-new"))
    done(alone, "import", "fixes", fixes)
    done(alone, "import", "assignments", again)
    done(alone, "match", "--eligible", alone.files / "eligible.csv", "--everyone-monitored")
    held = _named(alone), _fixes(alone, "D-new")
    assert min(held) > 0
    assert "0 erasures were completed" in alone.run("keep", "erase", "--finish", "--yes").stdout
    assert (_named(alone), _fixes(alone, "D-new")) == held
    engine = open_record(alone.settings)
    with engine.connect() as connection:
        assert connection.scalar(select(Person.erased_at).where(Person.wearer_ref == "W-inside")) is None
    engine.dispose()


def test_a_person_entered_after_a_restore_is_not_erased_for_one_who_had_the_number_before(alone: World) -> None:
    before = (alone.home / "tagpilot.sqlite3").read_bytes()
    engine = open_record(alone.settings)
    with entering(engine, by="officer", now=NOW) as entry:
        lost = entry.add(Person, wearer_ref="W-lost")
    engine.dispose()
    done(alone, "keep", "erase", "W-lost", "--reason", "request", "--yes")
    _put_back(alone, before)
    engine = open_record(alone.settings)
    with entering(engine, by="officer", now=NOW + timedelta(hours=1)) as entry:
        assert entry.add(Person, wearer_ref="W-later") == lost
    engine.dispose()
    assert "0 erasures were completed" in alone.run("keep", "erase", "--finish", "--yes").stdout


def test_the_journal_of_an_earlier_version_is_understood_and_names_nobody_any_more(alone: World) -> None:
    line = {"person": 1, "wearer": "W-inside", "worn": [["D-inside", "2019-09-01T00:00:00+00:00", None]]}
    (alone.home / "erasures.jsonl").write_text(json.dumps(line) + "\n")
    assert "1 erasures were completed" in alone.run("keep", "erase", "--finish", "--yes").stdout
    assert (_named(alone), _fixes(alone, "D-inside")) == (0, 0)
    (now,) = [json.loads(each) for each in (alone.home / "erasures.jsonl").read_text().splitlines()]
    assert sorted(now) == ["mark", "person"]


def test_policies_and_access_at_a_terminal(alone: World) -> None:
    assert "no policy" in alone.run("keep", "list").stdout
    alone.run("keep", "set", "fixes", "--days", "365", "--source", "agreement, 4", "--from", "2019-02-18")
    assert "365 days (agreement, 4)" in alone.run("keep", "list").stdout
    said = alone.run("keep", "access", "receive", "W-inside", "--on", "2019-10-03").stdout
    assert said == "Request 1 is due by 2019-11-03.\n"
    out = alone.home / "draft.json"
    assert "tables are in" in alone.run("keep", "access", "draft", "1", "--out", out).stdout
    assert oct(out.stat().st_mode)[-3:] == "600"
    assert "W-inside" in out.read_text()
    assert "sent" in alone.run("keep", "access", "move", "1", "sent").stdout
