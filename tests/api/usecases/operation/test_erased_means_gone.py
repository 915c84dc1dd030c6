"""One person in every place of a home and beside it; after the erasure a scan of every byte finds nothing of them."""

import shutil
import threading
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.usecases.operation import erasure
from api.usecases.operation import worker as work
from api.usecases.people_lock import alone_with_people, erasure_waits, scratch_folder, working_with_people
from api.usecases.stores import open_record
from tests.support.clients import Client
from tests.support.erasure import (
    INSIDE,
    LEFT,
    NUMBERED,
    everybody_else,
    identities,
    leave_killed_backup,
    restarted,
    send,
)
from tests.support.killed import killed_before
from tests.support.postgres import dump, found_in_postgres, load
from tests.support.review import confirmed, released
from tests.support.scan import Person, found_under, in_data
from tests.support.worlds import NAME, World, done, run_jobs
from tracker.access.roles import Role
from tracker.jobs import queries as job_queries
from tracker.jobs import service as jobs
from tracker.record.audit.queries import verify_chain
from tracker.record.engine import make_engine

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[4]


def _audit_whole(world: World) -> bool:
    engine = open_record(world.settings)
    broken = verify_chain(engine).broken
    engine.dispose()
    return broken is None


def test_after_an_erasure_over_http_no_byte_of_the_home_or_beside_it_shows_the_person(
    peopled: World, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    ready, on_postgres = peopled, peopled.database is not None
    archive = tmp_path / "backups" / "before.tar"
    with ready.client_as(Role.ANALYST) as ana, ready.client_as(Role.RELEASER) as rob:
        assert released(rob, confirmed(ready, ana)).status_code == 201
    archive.parent.mkdir()
    done(ready, "backup", archive)
    dumped = dump(ready.database) if ready.database is not None else b""
    for leave in LEFT:
        if not (on_postgres and leave is leave_killed_backup):
            leave(ready)
    waiting = send(ready, "waits.csv", f"name\n{NAME}\n")
    others = send(ready, "others.csv", "name\nAnother Person\n")
    _sent_elsewhere(ready)
    before = _found(ready)
    database = ("rows of identity", "rows of pg_statistic", "file of identity", "dump")
    for place in (
        "backups/", "home/exports/", "home/fixes/day=", "home/fixes/_index/",
        "home/rejects/", "home/runs/", "home/uploads/", ".restore-",
        *(database if on_postgres else ("home/tagpilot.sqlite3", "home/.backup-")),
    ):  # fmt: skip
        assert any(path.startswith(place) for path in before), place
    assert set(NUMBERED.texts) <= set().union(*before.values())
    same = everybody_else(ready)

    with ready.client_as(Role.PROTECTION) as dee:
        erased = dee.post("/wearers/W-inside/erase", json={"reason": "request of 3 October"}).json()
        assert erased["state"] == "finished"
        (listed,) = dee.get("/erasures").json()["items"]
    assert (listed["state"], listed["left"], listed["person"]) == ("finished", [], 1)

    assert _found(ready, leave=[archive]) == {}
    assert everybody_else(ready) == same
    assert _audit_whole(ready)
    journals = [ready.home / "erasures.jsonl", archive.parent / "tagpilot-erasures.jsonl"]
    assert len({path.read_text() for path in journals}) == 1
    assert "W-inside" not in journals[0].read_text()
    engine = open_record(ready.settings)
    with engine.connect() as connection:
        gone = job_queries.job_of(connection, waiting, jobs.JobKind.IMPORT)
        assert gone.state == "cancelled"
        assert gone.why is not None
        assert gone.why.startswith("The file named a person who was erased")
        assert job_queries.job_of(connection, others, jobs.JobKind.IMPORT).state == "queued"
    engine.dispose()

    def loaded() -> str | None:
        """Another database, with what was dumped."""
        if not on_postgres:
            return None
        url: str = request.getfixturevalue("server").database("template0")
        load(url, dumped)
        return url

    again = World(tmp_path / "again" / "home", ready.files, loaded())
    assert again.run("restore", archive).exit_code == 0
    assert _found(again) == {}
    alone = tmp_path / "carried" / "before.tar"
    alone.parent.mkdir()
    alone.write_bytes(archive.read_bytes())
    lost = World(tmp_path / "lost" / "home", ready.files, loaded())
    refused = lost.run("restore", alone)
    assert refused.exit_code == 1
    assert "no journal of erasures" in refused.stderr
    assert not lost.home.exists()
    people = identities(again)
    assert lost.run("restore", alone, "--without-journal").exit_code == 0
    # With the identity that was corrected.
    assert identities(lost) == people + 2


def _found(world: World, leave: Collection[Path] = ()) -> dict[str, set[str]]:
    found = found_under(world.home.parent, NUMBERED, leave=leave)
    return found if world.database is None else {**found, **found_in_postgres(world.database, NUMBERED)}


def _sent_elsewhere(world: World) -> None:
    """The files as a user sent them are not under the home: the scan is of the home and what stands beside it."""
    shutil.rmtree(world.files)


STEPS = (
    "note_erasure", "delete_named", "record.erase_from_record", "erase_wearers", "_fixes", "destroy_of",
    "delete_orphans", "record.forget_left", "overwrite_freed", "record.finish_erasure",
)  # fmt: skip
IN_SHORT = {"note_erasure", "record.erase_from_record", "_fixes", "delete_orphans", "record.finish_erasure"}
"""The first step and the last, and those after which the record, the fixes and the runs are without the person."""
_WHOLE = pytest.mark.prove("erased-gone")


@pytest.mark.parametrize("step", [pytest.param(step, marks=() if step in IN_SHORT else _WHOLE) for step in STEPS])
def test_an_erasure_killed_before_any_of_its_steps_is_finished_by_the_next_worker(ready: World, step: str) -> None:
    _killed_before(ready, step)


@pytest.mark.postgres
@pytest.mark.parametrize("peopled", ["postgres"], indirect=True)
@pytest.mark.parametrize(
    "step", ["overwrite_freed", *(pytest.param(each, marks=_WHOLE) for each in ("destroy_of", "record.forget_left"))]
)
def test_so_it_is_on_postgresql_where_its_steps_are_the_databases(peopled: World, step: str) -> None:
    _killed_before(peopled, step)


def _killed_before(world: World, step: str) -> None:
    same = everybody_else(world)
    killed_before(world, step, "keep", "erase", "W-inside", "--reason", "request", "--yes")
    assert _found(world) or step in STEPS[-2:]
    restarted(world)
    assert _found(world) == {}
    assert everybody_else(world) == same
    engine = open_record(world.settings)
    assert erasure.unfinished(engine) == []
    engine.dispose()
    assert _audit_whole(world)


def test_a_match_that_runs_is_handed_back_and_matched_again_without_the_person(
    ready: World, as_: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run had read the person before the erasure; it could finish with them in it."""
    ana, dee = as_(Role.ANALYST), as_(Role.PROTECTION)
    number = ana.post("/jobs", json={}).json()["id"]
    begun, real = threading.Event(), work.matched

    def matched(settings: object, engine: object, asked: object, cancel: threading.Event, progress: object) -> object:
        if not begun.is_set():
            begun.set()
            assert cancel.wait(60)
        return real(settings, engine, asked, cancel, progress)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "matched", matched)
    worker = threading.Thread(target=run_jobs, args=(ready,))
    worker.start()
    assert begun.wait(60)
    erased = dee.post("/wearers/W-inside/erase", json={"reason": "request"}).json()
    assert erased["state"] == "finished"
    worker.join(120)
    run_jobs(ready)
    assert ana.get(f"/jobs/{number}").json()["state"] == "done"
    assert found_under(ready.home, INSIDE) == {}
    runs = [path for path in found_under(ready.home / "runs", Person(("W-inside",))) if not path.startswith(".")]
    assert runs == []


def test_an_erasure_that_has_to_wait_is_listed_and_finished_by_a_worker(ready: World) -> None:
    engine = open_record(ready.settings)
    asked = {"reason": "request", "by": "dpo", "now": datetime.now(UTC)}
    held, over = threading.Event(), threading.Event()

    def work() -> None:
        with working_with_people(ready.settings):
            held.set()
            over.wait(60)

    other = threading.Thread(target=work)
    other.start()
    assert held.wait(10)
    _, went = erasure.erase(ready.settings, engine, "W-inside", wait_s=0.2, **asked)
    assert went == {}
    assert [each.record_erased for each in erasure.unfinished(engine)] == [False]
    # A match made meanwhile is erased from when its turn comes.
    done(ready, "match", "--everyone", "--everyone-monitored")
    assert found_under(ready.home / "runs", Person(("W-inside",))) != {}
    over.set()
    other.join()
    assert run_jobs(ready) == 0
    assert erasure.unfinished(engine) == []
    engine.dispose()
    assert found_under(ready.home, INSIDE) == {}
    assert found_under(ready.home / "runs", Person(("W-inside",))) == {}


def test_a_waiting_erasure_goes_before_work_that_comes_later(ready: World) -> None:
    order: list[str] = []
    held = threading.Event()

    def first() -> None:
        with working_with_people(ready.settings):
            held.set()
            while not erasure_waits(ready.settings):
                time.sleep(0.01)
            later.start()
            time.sleep(0.2)
            order.append("first")

    def erasing() -> None:
        with alone_with_people(ready.settings, 30):
            order.append("erasure")

    def after() -> None:
        with working_with_people(ready.settings):
            order.append("later")

    later = threading.Thread(target=after)
    threads = [threading.Thread(target=first), threading.Thread(target=erasing)]
    threads[0].start()
    assert held.wait(10)
    threads[1].start()
    for thread in [*threads, later]:
        thread.join(30) if thread.ident else time.sleep(0.5)
    later.join(30)
    assert order == ["first", "erasure", "later"]


def test_what_killed_work_left_is_listed_and_then_deleted_and_work_in_progress_stays(ready: World) -> None:
    for leave in LEFT:
        leave(ready)
    with scratch_folder(ready.home, ".backup-") as mine:
        listed = ready.json("tidy")
        assert not listed["deleted"]
        assert {each["what"] for each in listed["items"]} == {
            "copy of the database, of a backup that was cut short",
            "home of a restore that was cut short",
            "upload that was cut short",
            "file of an import that has ended",
            "export that was cut short, or is destroyed",
            "working folder of a match that was cut short",
        }
        assert ready.json("tidy") == listed
        assert "These were deleted" in ready.run("tidy", "--yes").stdout
        assert mine.is_dir()
    assert "Nothing was left behind" in ready.run("tidy").stdout
    assert set(found_under(ready.home.parent, Person((NAME,)))) - {"home/tagpilot.sqlite3"} <= {
        path for path in found_under(ready.home.parent, Person((NAME,))) if path.startswith("home/rejects/")
    }


def test_deleted_rows_are_overwritten_in_freed_pages_however_sqlite_was_built(tmp_path: Path) -> None:
    path = tmp_path / "small.sqlite3"
    engine = make_engine(path)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE note (id INTEGER PRIMARY KEY, words TEXT)")
        connection.exec_driver_sql("INSERT INTO note (words) VALUES ('erase these words'), ('keep these')")
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA secure_delete")
        connection.exec_driver_sql("DELETE FROM note WHERE id = 1")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    engine.dispose()
    data = path.read_bytes()
    assert b"keep these" in data
    assert b"erase these words" not in data


def test_the_scan_fails_for_a_kind_of_file_that_it_cannot_decode() -> None:
    with pytest.raises(AssertionError, match="nothing here can decode"):
        list(in_data("new.dat", b"\x00\x01\x02\xff\xfe", INSIDE))
