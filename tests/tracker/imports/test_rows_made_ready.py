"""Rows of crimes and release lists are made ready before the record's lock is taken: others write meanwhile, what they
change is not overwritten, and a process that is killed leaves nothing of the file."""

import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select

from tests.support.crime_files import batch_row, write_csv
from tests.support.pilot import PILOT, launch_pilot
from tests.support.programs import run_program
from tests.support.release_lists import person, write_list
from tests.support.waiting import other_writer
from tracker.crimes.importer import import_crimes
from tracker.crimes.latest_service import latest_differences
from tracker.crimes.queries import versions_of
from tracker.crimes.tables import Crime, CrimeVersion
from tracker.crimes.version_service import VersionWriter
from tracker.imports import source_file_service
from tracker.imports.rehearsal import TRIES
from tracker.imports.tables import ImportFile
from tracker.people.tables import Identity, Person
from tracker.projections.service import differences
from tracker.record.audit.book import book_of
from tracker.record.audit.chain import Action
from tracker.record.audit.queries import verify_chain
from tracker.record.entry import entering
from tracker.record.row_queries import rows_that_differ
from tracker.screening.importer import import_releases
from tracker.screening.release_list_service import ReleaseWriter

NOW = datetime(2019, 6, 1, 12, tzinfo=UTC)
ROWS = 7


def crimes(engine: Engine, folder: Path, *rows: str, name: str = "crimes.csv") -> Any:
    path = write_csv(folder / name, "".join(rows))
    return import_crimes(engine, path, format="ministry", rejects_dir=folder / "r", by="ana", received_at=NOW)


def crime(n: int, **changes: str) -> str:
    return batch_row(crimeReference=f"C{n}", easting=str(525_000 + n), **changes)


def releases(engine: Engine, folder: Path, *rows: dict[str, str], name: str = "list.csv") -> Any:
    path = write_list(folder / name, *rows)
    kept = {"rejects_dir": folder / "r", "by": "olu", "received_at": NOW, "today": NOW.date()}
    return import_releases(engine, path, PILOT, **kept).report


IMPORTS: dict[str, tuple[type[Any], Callable[[Engine, Path], Any]]] = {
    "crimes": (VersionWriter, lambda engine, folder: crimes(engine, folder, *map(crime, range(ROWS)))),
    "releases": (ReleaseWriter, lambda engine, folder: releases(engine, folder, *map(person, range(ROWS)))),
}


def whole(engine: Engine) -> None:
    assert verify_chain(engine).broken is None
    assert rows_that_differ(engine).faults == []
    assert [*differences(engine), *latest_differences(engine)] == []


def entered(engine: Engine) -> tuple[int, ...]:
    with engine.connect() as connection:
        tables = (ImportFile, Crime, CrimeVersion, Person, Identity)
        return tuple(connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


@pytest.mark.begins_with(fill=launch_pilot)
@pytest.mark.parametrize("kind", IMPORTS)
def test_others_write_while_rows_are_made_ready(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    writer, run = IMPORTS[kind]
    write, pieces, commits = writer.write, [], []

    def with_another(self: Any, rows: Any) -> Any:
        found = write(self, rows)
        with other_writer(engine) as other, entering(other, by="officer", now=NOW) as entry:
            entry.note(Action.CONSULT, "person", 1)
        pieces.append(len(rows))
        return found

    monkeypatch.setattr(writer, "write", with_another)
    monkeypatch.setattr(source_file_service, "CHUNK_ROWS", 3)
    event.listen(engine, "commit", lambda _: commits.append(1))
    assert run(engine, tmp_path).kept == ROWS
    # Made once: a reading of another changes nothing that they rest on. All of it is in one transaction.
    assert (pieces, sum(commits)) == ([3, 3, 1], 1 + (engine.dialect.name == "postgresql") * (kind == "releases") * 7)
    whole(engine)


def test_a_crime_that_another_reports_meanwhile_has_both_versions(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, made = VersionWriter.write, []

    def overtaken(self: VersionWriter, rows: Any) -> Any:
        found = write(self, rows)
        if not made:
            made.append(1)
            with other_writer(engine) as other:
                crimes(other, tmp_path, crime(2, crimeText="by hand"), crime(99), name="hand.csv")
        return found

    monkeypatch.setattr(VersionWriter, "write", overtaken)
    report = crimes(engine, tmp_path, *map(crime, range(ROWS)))
    assert (report.kept, report.new_versions, report.changed) == (ROWS, 1, {"text": 1})
    assert [each.file for each in versions_of(engine, "Metropolitan", "C2")] == ["crimes.csv", "hand.csv"]
    whole(engine)


def test_a_crime_twice_in_a_file_is_changed_by_its_second_row_in_another_piece(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_file_service, "CHUNK_ROWS", 2)
    report = crimes(engine, tmp_path, crime(1), crime(2), crime(1, crimeText="a"), crime(2), crime(1, crimeText="b"))
    assert (report.kept, report.same, report.new_versions) == (4, 1, 2)
    assert [each.changed for each in versions_of(engine, "Metropolitan", "C1")] == [["text"], ["text"], []]
    whole(engine)


@pytest.mark.begins_with(fill=launch_pilot)
def test_a_person_whom_another_list_enters_meanwhile_is_one_person(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, made = ReleaseWriter.write, []

    def overtaken(self: ReleaseWriter, rows: Any) -> Any:
        found = write(self, rows)
        if not made:
            made.append(1)
            with other_writer(engine) as other:
                releases(other, tmp_path, person(2) | {"ethnicity": "A1"}, person(99), name="other.csv")
        return found

    monkeypatch.setattr(ReleaseWriter, "write", overtaken)
    report = releases(engine, tmp_path, *map(person, range(ROWS)))
    assert (report.kept, report.new_versions) == (ROWS, 1)
    assert entered(engine)[3:] == (ROWS + 1, ROWS + 2)
    whole(engine)


@pytest.mark.begins_with(fill=launch_pilot)
def test_an_import_that_others_always_overtake_is_made_ready_within_the_lock(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, tries = ReleaseWriter.write, []

    def overtaken(self: ReleaseWriter, rows: Any) -> Any:
        tries.append(1)
        if len(tries) <= TRIES:
            later = NOW + timedelta(seconds=len(tries))
            with other_writer(engine) as other, entering(other, by="officer", now=later) as entry:
                entry.add(Person, wearer_ref=f"W{len(tries)}")
        return write(self, rows)

    monkeypatch.setattr(ReleaseWriter, "write", overtaken)
    assert releases(engine, tmp_path, *map(person, range(ROWS))).kept == ROWS
    assert len(tries) == TRIES + 1
    whole(engine)


CHILD = """
import os, signal, sys
from pathlib import Path
from tests.tracker.imports.test_rows_made_ready import IMPORTS
from tracker.record.audit.book import AuditBook
from tracker.record.audit.keys import AuditKeys
from tracker.record.engine import make_engine
url, keys, folder, kind, at = sys.argv[1:]
writer, run = IMPORTS[kind]
enter = writer.enter
def killed(*given):
    if at == "within":
        enter(*given)
    os.kill(os.getpid(), signal.SIGKILL)
writer.enter = killed
run(make_engine(url, book=AuditBook(AuditKeys(Path(keys)))), Path(folder))
"""


@pytest.mark.begins_with(fill=launch_pilot)
@pytest.mark.parametrize("at", ["before", "within"])
@pytest.mark.parametrize("kind", IMPORTS)
def test_killed_before_or_within_its_entry_an_import_leaves_nothing(
    engine: Engine, tmp_path: Path, kind: str, at: str
) -> None:
    before = entered(engine)
    url = engine.url.render_as_string(hide_password=False)
    killed = run_program(CHILD, url, book_of(engine).keys.path, tmp_path, kind, at)
    assert killed.returncode == -signal.SIGKILL
    assert entered(engine) == before
    whole(engine)
    assert IMPORTS[kind][1](engine, tmp_path).kept == ROWS
    whole(engine)
