"""The tables come by migrations alone, up and down, on both databases."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Engine, insert, inspect, select, text

from tests.support.crime_files import ASSIGNMENTS_CSV, BATCH_ROW, write_csv
from tests.support.record import fill_record
from tracker import migrations
from tracker.assignments.importer import import_assignments
from tracker.assignments.queries import current_assignments
from tracker.crimes.importer import import_crimes
from tracker.crimes.queries import latest_crimes
from tracker.errors import StoreNotReady
from tracker.jobs.service import claim, create, finish
from tracker.match_settings.rules import STANDARD, MatchSettings
from tracker.record import revision
from tracker.record.audit.queries import verify_chain
from tracker.record.entry import entering
from tracker.review.candidate_service import Candidate, update_queue
from tracker.review.pool_service import CrimeRow, Judged, PairRow, RunOf, judge, keep_crimes
from tracker.review.shown_service import shown_differences
from tracker.review.tables import Match, MatchNews, MatchNote
from tracker.tables import Table

NOW = datetime(2019, 6, 1, 12, tzinfo=UTC)


def test_migrations_make_exactly_the_tables_the_program_uses(empty_engine: Engine) -> None:
    assert revision.current_revision(empty_engine) is None
    migrations.upgrade(empty_engine)
    assert revision.at_head(empty_engine)
    with empty_engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []
        found = inspect(connection)
        for table in Table.metadata.sorted_tables:
            checks = {check["name"] for check in found.get_check_constraints(table.name)}
            wanted = {c.name for c in table.constraints if isinstance(c, CheckConstraint)}
            assert checks == wanted


def test_the_newest_revision_is_the_one_the_program_asks_for() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert scripts.get_current_head() == revision.HEAD


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    migrations.upgrade(engine)
    assert revision.at_head(engine)


@pytest.mark.slow
def test_down_and_up_again_with_data_keeps_what_the_older_tables_hold(engine: Engine, tmp_path: Path) -> None:
    crimes = write_csv(tmp_path / "batch.csv", BATCH_ROW)
    assignments = write_csv(tmp_path / "assignments.csv", ASSIGNMENTS_CSV)
    import_crimes(engine, crimes, format="ministry", rejects_dir=tmp_path, by="analyst", received_at=NOW)
    import_assignments(engine, assignments, rejects_dir=tmp_path, by="analyst", received_at=NOW)
    before, versions = latest_crimes(engine), _versions(engine)
    assert before.height == len(versions) == 1
    assert current_assignments(engine).height == 2

    migrations.downgrade(engine, "0001")
    assert _versions(engine) == versions
    assert not revision.at_head(engine)
    with pytest.raises(StoreNotReady, match="0001"):
        import_assignments(engine, assignments, rejects_dir=tmp_path, by="analyst", received_at=NOW)

    migrations.upgrade(engine)
    assert latest_crimes(engine).equals(before)
    assert import_assignments(engine, assignments, rejects_dir=tmp_path, by="analyst", received_at=NOW).kept == 2

    migrations.downgrade(engine, "base")
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 0
    migrations.upgrade(engine)
    assert latest_crimes(engine).height == 0


def _versions(engine: Engine) -> list[tuple[object, ...]]:
    """As the first tables have them."""
    columns = "version, crime_type, t_from, t_to, x_mm, y_mm, location_accuracy_mm"
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(f"SELECT {columns} FROM crime_version"))]


def test_an_import_into_a_database_without_tables_says_what_to_do(empty_engine: Engine, tmp_path: Path) -> None:
    crimes = write_csv(tmp_path / "batch.csv", BATCH_ROW)
    with pytest.raises(StoreNotReady, match="upgrade"):
        import_crimes(empty_engine, crimes, format="ministry", rejects_dir=tmp_path, by="analyst", received_at=NOW)


@pytest.mark.begins_with(fill=fill_record)
@pytest.mark.slow
def test_every_revision_goes_down_and_up_with_rows_in_every_table(engine: Engine, tmp_path: Path) -> None:
    """A record with entries of every kind: each step down keeps what the older tables hold, and the way up is free."""
    crimes = write_csv(tmp_path / "batch.csv", BATCH_ROW)
    import_crimes(engine, crimes, format="ministry", rejects_dir=tmp_path, by="analyst", received_at=NOW)
    worn = current_assignments(engine)
    assert worn.height
    revisions = [each.revision for each in ScriptDirectory(str(Path(migrations.__file__).parent)).walk_revisions()]
    assert revisions[0] == revision.HEAD
    for earlier in revisions[1:]:
        before = _held(engine)
        migrations.downgrade(engine, earlier)
        after = _held(engine)
        # An older table of assignments wants a file: those entered by hand are given one that never was.
        if earlier == "0006":
            assert after["import_file"] == before["import_file"] + 1
        else:
            assert after["import_file"] <= before["import_file"]
        changed = {name: rows for name, rows in after.items() if rows != before[name]}
        # What follows from facts is made anew when the upgrade ends; a step down empties it where its kinds change.
        assert set(changed) <= {"import_file", "day_state", "day_count"}
        if "audit_entry" in after:
            assert verify_chain(engine).broken is None
        if earlier == "0002":
            migrations.upgrade(engine)
            assert current_assignments(engine).equals(worn)
            assert _held(engine)["import_file"] == 1
            migrations.downgrade(engine, earlier)
    migrations.upgrade(engine)
    assert latest_crimes(engine).height == 1
    # It can be used as if nothing had been.
    with engine.begin() as connection:
        for table in reversed(Table.metadata.sorted_tables):
            assert connection.scalar(text(f'SELECT count(*) FROM "{table.name}"')) is not None


@pytest.mark.slow
def test_matches_outlive_the_tables_of_pools_and_keep_no_q_of_a_run(engine: Engine) -> None:
    """Down to before pools and up again: the matches stay, their q is taken back until a pool is judged."""
    candidate = Candidate("met", "a", 1, "RB", NOW, NOW, "W00001", 0.9, 10.0, {"closest_m": 18.0})
    pair = PairRow("W00001", True, 12.5, None, {-7: 3.0})
    crime = CrimeRow("met", "a", 1, "2019-06", NOW, 0, 530_000_000, 180_000_000, {-7: 4, 0: 5}, [pair])
    with entering(engine, by="ana", now=NOW) as entry:
        update_queue(entry, "run-1", "settings", [candidate], [("met", "a")])
        pools = keep_crimes(entry, RunOf("run-1", "", "settings"), [crime], [("met", "a")])
        judge(entry, pools["2019-06"], {("met", "a", "W00001"): Judged(0.3, None, None, None)}, {"crimes": 1})

    migrations.downgrade(engine, "0015")
    assert _held(engine)["candidate_match"] == 1
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT q_value FROM candidate_match")) == 0.3
    migrations.upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(select(Match.wearer_ref, Match.q_value, Match.pool_id)).all() == [
            ("W00001", None, None)
        ]
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []
    with entering(engine, by="ana", now=NOW) as entry:
        assert list(keep_crimes(entry, RunOf("run-2", "", "settings"), [crime], [("met", "a")])) == ["2019-06"]
    assert verify_chain(engine).broken is None


def test_matches_on_record_keep_the_settings_of_their_run(engine: Engine) -> None:
    """Up with a match by a job of 200 m and one of the standard; down again, a wearer has one match at a crime."""
    wide = MatchSettings({**STANDARD.values, "radius_m": 200.0, "accuracy_levels": LEVELS_DIGEST})
    levels = [{"deviceId": "D1", "accuracyLevel": 95}]
    asked = {"forReview": True, "params": {"radius_m": 200}, "accuracyLevels": levels, "programme": "pilot"}
    clock = {"now": NOW, "clock": NOW}
    for run_id, given in (("run-1", {"forReview": True}), ("run-2", asked)):
        create(engine, given, by="ana", **clock)
        job = claim(engine, "worker", **clock)
        assert job is not None
        finish(engine, job, run_id=run_id, **clock)
    with entering(engine, by="ana", now=NOW) as entry:
        for run_id, ref in (("run-1", "a"), ("run-2", "b")):
            found = Candidate("met", ref, 1, "RB", NOW, NOW, "W00001", 0.9, 10.0, {"closest_m": 18.0})
            update_queue(entry, run_id, "settings", [found], [("met", ref)])
    migrations.downgrade(engine, "0040")
    migrations.upgrade(engine)
    columns = (Match.crime_ref, Match.settings_sha256, Match.programme, Match.standing, Match.what_if)
    with entering(engine, by="ana", now=NOW) as entry:
        rows = entry.connection.execute(select(*columns).order_by(Match.id)).all()
        assert rows == [
            ("a", STANDARD.sha256, "", True, None),
            ("b", wide.sha256, "pilot", False, "earlier-1"),
        ]
        # Another match of the same wearer and crime, which the tables before have no place for.
        found = Candidate("met", "b", 1, "RB", NOW, NOW, "W00001", 0.9, 10.0, {"closest_m": 18.0})
        update_queue(entry, "run-3", "settings", [found], [("met", "b")])
        # All that may be said of the one that goes.
        gone = entry.connection.scalar(select(Match.id).where(Match.run_id == "run-2"))
        noted = entry.add(MatchNote, match_id=gone, words="asked the borough")
        entry.supersede(MatchNote, noted, match_id=gone, words="asked the borough twice")
        entry.connection.execute(insert(MatchNews), {"match_id": gone})
    assert shown_differences(engine) == []
    migrations.downgrade(engine, "0040")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT crime_ref, run_id FROM candidate_match ORDER BY id")).all() == [
            ("a", "run-1"),
            ("b", "run-3"),
        ]


LEVELS_DIGEST = "6f28fb1216594e408480c02367954c047a987311317c136bc8f2eaf44856ae01"
"""Of the text of the levels that the job gave."""


def _held(engine: Engine) -> dict[str, int]:
    """How many rows each table has."""
    with engine.connect() as connection:
        names = [name for name in inspect(connection).get_table_names() if name != "alembic_version"]
        return {name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0 for name in names}
