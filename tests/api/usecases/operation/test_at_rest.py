"""Everything stored is checked where it is read and by `tagpilot verify`: no changed byte passes unseen."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from api.settings import Settings
from api.usecases.integrity.at_rest import CHECKED, NOT_CHECKED, check_home, damaged_file
from api.usecases.operation import backup
from api.usecases.operation.database_watch import DatabaseWatch
from api.usecases.operation.erasure import finish
from api.usecases.operation.purging import purge
from api.usecases.operation.stored_days import EVENTS, days_that_differ, known_days, known_with
from api.usecases.stores import open_events, open_fixes, open_record
from matcher.files import write_parquet_atomically
from tests.support.clients import FILE, Client
from tests.support.flips import flip
from tests.support.review import confirmed, released
from tests.support.stored_fixes import of_an_earlier_version
from tests.support.worlds import World, done, run_jobs
from tracker.access.roles import Role
from tracker.jobs import queries as job_queries
from tracker.jobs import service as jobs
from tracker.record.audit.chain import Action
from tracker.record.audit.queries import open_values
from tracker.record.entry import entering
from tracker.record.row_sums import SUMS
from tracker.retention import erasure_service


@pytest.fixture
def full(ready: World, as_: Callable[..., Client]) -> World:
    """Fixes, events, crimes, people, a run and a released package."""
    events = ready.files / "events.csv"
    events.write_text("device_id,t,event\nD-inside,2019-09-10T08:00:00Z,battery low\n")
    assert ready.run("import", "events", events).exit_code == 0
    match_id = confirmed(ready, as_(Role.ANALYST))
    assert released(as_(Role.RELEASER), match_id).status_code == 201
    return ready


def _checkpoint(world: World) -> None:
    with closing(sqlite3.connect(world.home / "tagpilot.sqlite3")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _faults(settings: Settings) -> list[str]:
    engine = open_record(settings)
    try:
        return check_home(settings, engine).faults
    finally:
        engine.dispose()


def _day(world: World) -> Path:
    store = open_fixes(world.settings)
    return store.day_files(store.days()[0])[0]


def test_a_home_that_nobody_changed_is_whole(full: World) -> None:
    found = full.run("verify", "--deep")
    assert found.exit_code == 0, found.output
    told = full.json("verify", "--deep")
    assert told["whole"], told
    assert told["counts"]["packages"] == told["counts"]["runs"] == told["counts"]["events"] == 1
    assert told["counts"]["days of fixes"] >= 1
    assert told["counts"]["rows held against the audit"] > 20


def test_verifying_makes_no_home(new_world: World) -> None:
    assert new_world.run("verify").exit_code == 1
    assert not new_world.home.exists()


def test_each_kind_of_file_in_a_home_is_checked_or_named_with_a_reason(full: World) -> None:
    top = {path.name for path in full.home.iterdir()}
    known = {*CHECKED, *NOT_CHECKED, *(name for name in top if name.startswith(("tagpilot.sqlite3", ".")))}
    assert top <= known, "a new kind of file: check it in `at_rest`, or say why not"
    assert all(NOT_CHECKED.values())


def test_a_flipped_bit_of_the_fixes_gives_no_match_and_no_package_and_is_named(full: World) -> None:
    path = _day(full)
    flip(path, path.stat().st_size // 3, 6)
    # What is indexed is read there, and the stored day is held to its sum all the same.
    assert path.name in full.run("verify").output
    open_fixes(full.settings).drop_index()
    refused = full.run("match")
    assert refused.exit_code == 1
    assert "has changed since it was written" in refused.output
    shown = full.run("show", "latest", "--wearer", "W-inside", "--crime", "IN")
    assert shown.exit_code == 1
    found = full.run("verify")
    assert found.exit_code == 1
    assert path.name in found.output
    backup = full.run("backup", full.home.parent / "backup.tar")
    assert backup.exit_code == 1
    assert path.name in backup.output
    assert not (full.home.parent / "backup.tar").exists()
    ready = full.run("backup", full.home.parent / "backup.tar", "--with-damaged")
    assert ready.exit_code == 0, ready.output
    assert "DAMAGED" in ready.output


def test_an_import_and_an_erasure_have_the_digests_of_their_days_in_the_audit(full: World) -> None:
    engine = open_record(full.settings)
    with engine.connect() as connection:
        rows = list(open_values(connection, "stored_fixes"))
        known = known_days(connection)
    store = open_fixes(full.settings)
    # The row of the import itself stands in the first entry.
    assert [sorted(values) for _, values in rows][:2] == [
        ["days", SUMS],
        ["new", "rejected", "replaced", "rows", "sha256", "stored"],
    ]
    assert rows[0][1][SUMS]["rows"] == 1
    assert set(known.days) == {str(day) for day in store.days()}
    assert known.begun == ()
    assert full.run("keep", "erase", "W-inside", "--reason", "request", "--yes").exit_code == 0
    with engine.connect() as connection:
        after = known_days(connection)
    assert after.days != known.days
    engine.dispose()
    assert _faults(full.settings) == []


def test_a_day_replaced_by_hand_with_all_its_sums_is_found_by_the_audit(full: World) -> None:
    # Somebody with the files, the program and no audit: the store says that all is well.
    store = open_fixes(full.settings)
    device = store.devices(store.days()[0])[0]
    store.erase_devices([(device, None, None)])
    assert [fault for fault in _faults(full.settings) if "not those that the audit says were stored" in fault]
    assert full.run("verify").exit_code == 1


def test_device_events_replaced_by_hand_with_their_sum_are_found_by_the_audit(full: World) -> None:
    store = open_events(full.settings)
    rows = store.read()
    write_parquet_atomically(store.file, rows.with_columns(event=pl.lit("strap cut")))
    assert _faults(full.settings) == ["device events: not those that the audit says were stored"]
    store.file.unlink()
    assert _faults(full.settings) == ["device events: missing; the audit says they were stored"]
    # As an earlier version stored them: the audit knows of none.
    engine = open_record(full.settings)
    with engine.connect() as connection:
        assert set(known_days(connection, EVENTS).days) == {"events"}
        assert known_days(connection, "nothing").days == {}
    engine.dispose()


def test_erased_and_purged_device_events_are_those_that_the_audit_says(full: World) -> None:
    assert full.run("keep", "erase", "W-inside", "--reason", "request", "--yes").exit_code == 0
    assert open_events(full.settings).read().is_empty()
    assert full.json("verify", "--deep")["faults"] == []


def test_a_write_cut_short_after_its_commit_is_no_fault(full: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from api.usecases.operation import stored_days

    monkeypatch.setattr(stored_days.StoredDays, "done", lambda _: None)
    more = full.files / "more.csv"
    lines = (full.files / "fixes.csv").read_text().splitlines()
    more.write_text("\n".join([lines[0], lines[1].replace("2019-09-10", "2019-09-20")]) + "\n")
    assert full.run("import", "fixes", more).exit_code == 0
    told = full.json("verify")
    assert told["faults"] == []
    assert any("cut short" in note for note in told["notes"])
    # The next start looks at the store and enters the end.
    monkeypatch.undo()
    assert full.run("tidy", "--yes").exit_code == 0
    assert full.json("verify")["notes"] == []
    engine = open_record(full.settings)
    with engine.connect() as connection:
        known = known_days(connection)
    engine.dispose()
    assert known.begun == ()
    assert "2019-09-20" in known.days


def test_a_write_cut_short_before_its_commit_is_settled_as_not_stored(full: World) -> None:
    from api.usecases.operation import stored_days

    engine = open_record(full.settings)
    with engine.connect() as connection:
        known = known_days(connection)
    day = next(iter(known.days))
    write = stored_days.StoredDays(engine, Action.COLLECT, {"by": "x", "now": datetime.now(UTC), "purpose": "a test"})
    write.announce({date.fromisoformat(day): "0" * 64, date(2019, 10, 1): "1" * 64})
    assert full.run("tidy", "--yes").exit_code == 0
    with engine.connect() as connection:
        assert known_days(connection) == known
        assert list(open_values(connection, "stored_fixes"))[-1][1] == {"stored": False, "cut_short": True}
    engine.dispose()
    assert full.json("verify")["faults"] == []


def test_a_store_of_an_earlier_version_is_told_and_gets_its_sums(full: World) -> None:
    of_an_earlier_version(open_fixes(full.settings))
    told = full.json("verify")
    assert told["faults"] == []
    assert any("without a sum" in note for note in told["notes"])
    assert full.run("verify", "--add-sums").exit_code == 0
    assert full.json("verify")["notes"] == []


def test_one_bad_run_is_named_where_runs_are_listed(full: World, as_: Callable[..., Client]) -> None:
    (name,) = [path.name for path in (full.home / "runs").iterdir() if not path.name.startswith(".")]
    (full.home / "runs" / "damaged").mkdir()
    ana = as_(Role.ANALYST)
    told = ana.get("/runs").json()
    assert [run["runId"] for run in told["items"]] == [name]
    assert [each["runId"] for each in told["damaged"]] == ["damaged"]
    assert "damaged" in full.run("runs").output
    assert any("run damaged is damaged" in note for note in ana.get("/health/ready").json()["notes"])
    assert ana.get("/runs/damaged").json()["type"].endswith("damaged")


def test_a_package_that_was_read_is_whole_and_is_backed_up(
    full: World, as_: Callable[..., Client], tmp_path: Path
) -> None:
    """Whoever reads it has an audit row about it, which has no digest of it."""
    rob = as_(Role.RELEASER)
    assert len(rob.get("/releases").json()["items"]) == 1
    assert rob.get("/releases/1/package").status_code == 200
    assert _faults(full.settings) == []
    assert full.run("backup", tmp_path / "read.tar").exit_code == 0


def test_a_package_changed_in_the_database_is_not_shown(full: World, as_: Callable[..., Client]) -> None:
    assert as_(Role.RELEASER).get("/releases/1/package").status_code == 200
    # That it was read is on record, and changes nothing.
    assert _faults(full.settings) == []
    with closing(sqlite3.connect(full.home / "tagpilot.sqlite3")) as connection:
        connection.execute("UPDATE match_release SET package = replace(package, '1997', '1998')")
        connection.commit()
    answer = as_(Role.RELEASER).get("/releases/1/package")
    assert answer.status_code == 500
    assert answer.json()["type"].endswith("damaged")
    assert "the package of release 1: not the one that left" in _faults(full.settings)


@pytest.mark.parametrize(
    "change",
    ["content = zeroblob(99)", "sha256 = upper(sha256)", "release_id = 2, seal = seal", "recalled = NOT recalled"],
)
def test_a_document_changed_in_the_database_is_not_given_out(
    full: World, as_: Callable[..., Client], change: str
) -> None:
    rob = as_(Role.RELEASER)
    first = rob.get("/releases/1/package.pdf").content
    assert _faults(full.settings) == []
    with closing(sqlite3.connect(full.home / "tagpilot.sqlite3")) as connection:
        connection.execute(f"UPDATE release_document SET {change}")
        connection.commit()
    answer = rob.get("/releases/1/package.pdf")
    # One that seems another's, or of another time, is printed again.
    assert answer.content == first or answer.json()["type"].endswith("damaged")
    assert any("as pdf: not the one that left" in fault for fault in _faults(full.settings))


def test_a_database_found_damaged_is_not_ready_and_the_probe_does_not_wait(
    full: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.usecases.operation import database_watch
    from tracker.record.database_check import Checked

    engine = open_record(full.settings)
    calls: list[int] = []

    def check(_: Any) -> Checked:
        calls.append(1)
        return Checked(("the database: row 7 missing from index",))

    monkeypatch.setattr(database_watch, "check_database", check)
    watch = DatabaseWatch(engine)
    watch.last()
    watch.wait()
    assert watch.last().faults == ("the database: row 7 missing from index",)
    assert len(calls) == 1
    engine.dispose()
    with full.client() as client:
        for _ in range(50):
            answer = client.get("/health/ready")
            if answer.status_code == 503:
                break
        assert answer.status_code == 503
        assert "row 7 missing from index" in answer.json()["detail"]


def test_what_was_deleted_whole_is_missed(full: World, as_: Callable[..., Client]) -> None:
    """A folder that is gone has no sum that could be wrong: the record and the audit say that it should be there."""
    run = next(path for path in (full.home / "runs").iterdir() if not path.name.startswith("."))
    away = full.home.parent / "away"
    run.rename(away)
    (fault,) = _faults(full.settings)
    assert fault.startswith(f"run {run.name}: missing; the audit names it")
    refused = full.run("backup", full.home.parent / "backup.tar")
    assert refused.exit_code == 1
    assert run.name in refused.output
    assert "one thing under" in refused.output
    assert full.run("verify", run.name[:6], "--deleted").exit_code == 2
    nothing = full.run("verify", "0000", "--deleted", "--reason", "a trial")
    assert nothing.exit_code == 1
    assert "no run that is missing begins with 0000" in nothing.output
    told = full.run("verify", run.name[:6], "--deleted", "--reason", "a trial")
    assert told.exit_code == 0, told.output
    assert _faults(full.settings) == []
    # Whoever reads it late has a row after that: it is not there again for that. Made again, it is.
    away.rename(run)
    assert full.run("verify", run.name, "--deleted", "--reason", "a trial").exit_code == 1
    as_(Role.ANALYST).post("/jobs", json={})
    run_jobs(full)
    shutil.rmtree(run)
    assert [fault for fault in _faults(full.settings) if fault.startswith(f"run {run.name}: missing")]


def test_a_package_and_a_release_deleted_in_the_database_are_missed(full: World) -> None:
    def after(*statements: str) -> list[str]:
        with closing(sqlite3.connect(full.home / "tagpilot.sqlite3")) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()
        return _faults(full.settings)

    gone = "the package of release 1: missing; the audit does not say that it was deleted"
    assert after("UPDATE match_release SET package = NULL") == [gone]
    missed = "the release 1: missing; the audit says that a package left"
    assert after("PRAGMA foreign_keys = OFF", "DELETE FROM match_release") == [missed]


def test_what_went_by_a_period_or_with_a_person_is_not_missed(full: World) -> None:
    for kind in ("match runs", "released packages"):
        done = full.run("keep", "set", kind, "--days", "1", "--source", "the controllers", "--by", "dpo")
        assert done.exit_code == 0, done.output
    engine = open_record(full.settings)
    purged = purge(full.settings, engine, by="dpo", now=datetime.now(UTC) + timedelta(days=900))
    engine.dispose()
    assert {each.kind.value for each in purged if any(each.counts.values())} >= {"match runs", "released packages"}
    assert not [path for path in (full.home / "runs").iterdir() if not path.name.startswith(".")]
    assert _faults(full.settings) == []
    assert full.run("keep", "erase", "W-inside", "--reason", "request", "--yes").exit_code == 0
    assert _faults(full.settings) == []
    (full.home / "erasures.jsonl").unlink()
    (fault,) = _faults(full.settings)
    assert fault.startswith("erasures.jsonl: the erasure of person ")


def test_what_went_since_a_backup_is_missed_neither_here_nor_where_it_is_restored(full: World) -> None:
    full.run("keep", "set", "match runs", "--days", "1", "--source", "the controllers", "--by", "dpo")
    done(full, "backup", full.home.parent / "backup.tar")
    engine = open_record(full.settings)
    purge(full.settings, engine, by="dpo", now=datetime.now(UTC) + timedelta(days=900))
    engine.dispose()
    assert _faults(full.settings) == []
    again = World(full.home.parent / "again", full.files)
    done(again, "restore", full.home.parent / "backup.tar")
    assert _faults(again.settings) == []
    assert again.json("verify")["counts"]["runs"] == 1


def test_a_backup_of_what_is_purged_meanwhile_is_none(full: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is copied before the files: it would name a run of which the archive has nothing."""
    full.run("keep", "set", "match runs", "--days", "1", "--source", "the controllers", "--by", "dpo")
    engine, out = open_record(full.settings), full.home.parent / "backup.tar"
    copied = backup.kept

    def purged(*asked: Any, **more: Any) -> Any:
        purge(full.settings, engine, by="dpo", now=datetime.now(UTC) + timedelta(days=900))
        return copied(*asked, **more)

    monkeypatch.setattr(backup, "kept", purged)
    with pytest.raises(backup.BadBackup, match=r"run \w+: deleted while the backup"):
        backup.back_up(full.settings, engine, out)
    assert not out.exists()
    backup.back_up(full.settings, engine, out)
    engine.dispose()
    again = World(full.home.parent / "again", full.files)
    done(again, "restore", out)
    assert _faults(again.settings) == []


def test_each_file_is_asked_again_as_it_is_copied(full: World) -> None:
    """A disk may give other bytes to the backup than to the check before it."""
    home = full.home
    assert [path for path in home.rglob("*") if path.is_file() and damaged_file(path, home) is not None] == []
    for pattern in ("fixes/day=*/*.parquet", "fixes/_origins/**/*.parquet", "runs/**/*.parquet", "events/*.parquet"):
        path = next(iter(sorted(home.glob(pattern))))
        flip(path, path.stat().st_size // 2, 3)
        assert f"{path.name} has changed since it was written" in str(damaged_file(path, home)), pattern
        flip(path, path.stat().st_size // 2, 3)
        assert damaged_file(path, home) is None


def test_jobs_that_made_no_run_let_none_be_missed(full: World) -> None:
    """An export's job has the export's number where a match job has its run."""
    engine, at = open_record(full.settings), datetime.now(UTC)

    def begun(kind: jobs.JobKind) -> job_queries.Job:
        jobs.create(engine, {}, kind=kind, by="ana", now=at, clock=at)
        job = jobs.claim(engine, "a worker", now=at, clock=at)
        assert job is not None
        return job

    jobs.finish(engine, begun(jobs.JobKind.COHORT), run_id="1", now=at, clock=at)
    jobs.finish(engine, begun(jobs.JobKind.IMPORT), report={}, now=at, clock=at)
    jobs.fail(engine, begun(jobs.JobKind.MATCH), "the disk is full", now=at, clock=at)
    jobs.stopped(engine, begun(jobs.JobKind.MATCH), now=at, clock=at)
    left = begun(jobs.JobKind.MATCH)
    jobs.cancel(engine, left.job_id, by="ana", now=at, clock=at)
    assert _faults(full.settings) == []
    jobs.finish(engine, left, run_id="a run of nobody's", now=at, clock=at)
    assert [fault.partition(";")[0] for fault in _faults(full.settings)] == ["run a run of nobody's: missing"]
    engine.dispose()


def test_an_erasure_that_has_only_its_row_yet_lacks_no_line_of_the_journal(full: World) -> None:
    engine, by = open_record(full.settings), {"by": "dpo", "now": datetime.now(UTC)}
    number = erasure_service.begin_erasure(engine, "W-inside", reason="request", **by)
    assert _faults(full.settings) == []
    erasure_service.erase_from_record(engine, number, **by)
    assert [fault.partition(":")[0] for fault in _faults(full.settings)] == ["erasures.jsonl"]
    finish(full.settings, engine, **by)
    assert _faults(full.settings) == []
    engine.dispose()


def test_runs_that_an_earlier_version_purged_unnamed_are_told_and_no_fault(full: World) -> None:
    run = next(path for path in (full.home / "runs").iterdir() if not path.name.startswith("."))
    with entering(open_record(full.settings), by="dpo", now=datetime.now(UTC), purpose="retention") as entry:
        entry.note(Action.ERASE, "retention_policy", "match runs", policy="a year", went={"runs": 1})
    shutil.rmtree(run)
    told = full.json("verify")
    assert told["whole"], told
    assert [note for note in told["notes"] if note.startswith(f"run {run.name}: missing; it may be among those")]


def test_a_file_changed_while_it_waits_is_not_imported(full: World, as_: Callable[..., Client]) -> None:
    ana = as_(Role.ANALYST)
    content = (full.files / "fixes.csv").read_bytes()
    sent = ana.post("/imports/fixes", params={"name": "f.csv"}, content=content, headers=FILE)
    assert sent.status_code in (201, 202), sent.text
    (upload,) = [path for path in (full.home / "uploads").iterdir() if path.is_file()]
    flip(upload, upload.stat().st_size // 2, 0)
    assert any(upload.name in fault for fault in _faults(full.settings))
    upload.unlink()
    notes = full.json("verify")["notes"]
    assert [note for note in notes if note.endswith("it waits for is missing; its sender has to send it again")]
    run_jobs(full)
    assert ana.get(f"/imports/{sent.json()['id']}").json()["state"] == "failed"


def test_fixes_that_are_imported_while_they_are_looked_at_seem_no_others(full: World) -> None:
    """A backup of a home that others used was refused, and `verify` found days changed that an import had stored."""
    more = full.files / "meanwhile.csv"
    more.write_text("device_id,t,easting_m,northing_m,accuracy_m\nD-away,2019-09-10T03:00:00Z,531000,181000,5\n")
    engine, store = open_record(full.settings), open_fixes(full.settings)
    before = store.files()
    looked: list[object] = []

    def look() -> Any:
        found = store.files()
        if not looked:
            looked.append(found)
            done(full, "import", "fixes", more)
        return found

    files, known = known_with(engine, look)
    assert files == store.files() != before
    assert days_that_differ(store.as_of(files), known) == ([], [])
    engine.dispose()
