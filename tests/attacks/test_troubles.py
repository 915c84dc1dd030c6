"""Work that something breaks into: an erasure, a disk that is full, a database that goes away."""

import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, func, select

from api.usecases.stores import open_fixes, open_record
from tests.support.clients import FILE
from tests.support.worlds import NOON, SCENE, World, run_jobs
from tracker.access.roles import Role
from tracker.budget.tables import Commitment
from tracker.people.tables import Person

pytestmark = pytest.mark.slow

PILOT = "/programmes/gps-knife-licence"
SECONDS = 20_000


def _of_hidden() -> bytes:
    """Positions of one person for some hours."""
    east, north = SCENE
    times = (NOON + timedelta(seconds=n) for n in range(SECONDS))
    rows = (f"D-hidden,{t.isoformat()},{east},{north},5" for t in times)
    return "\n".join(["device_id,t,easting_m,northing_m,accuracy_m", *rows, ""]).encode()


def test_an_import_that_runs_while_its_person_is_erased_brings_nothing_back(copied: World) -> None:
    """Whichever is first: the other finds the person gone, or takes what it brought."""
    with copied.client_as(Role.ANALYST) as ana:
        sent = ana.post("/imports/fixes?name=f.csv", content=_of_hidden(), headers=FILE)
        assert sent.status_code == 202, sent.text
        importing = threading.Thread(target=run_jobs, args=(copied,))
        importing.start()
        while ana.get(f"/imports/{sent.json()['id']}").json()["state"] == "queued":
            pass
        erased = copied.run("keep", "erase", "W-hidden", "--reason", "request of 3 October", "--yes")
        importing.join()
        assert erased.exit_code == 0, erased.output
        assert ana.get(f"/imports/{sent.json()['id']}").json()["state"] in {"done", "failed", "cancelled"}
    store = open_fixes(copied.settings)
    assert [day for day in store.days() if "D-hidden" in store.devices(day)] == []
    engine = open_record(copied.settings)
    with engine.connect() as connection:
        assert connection.scalar(select(Person.id).where(Person.wearer_ref == "W-hidden")) is None
    engine.dispose()
    found = copied.run("verify", "--deep")
    assert found.exit_code == 0, found.output


@contextmanager
def _no_file_longer_than(size: int) -> Iterator[None]:
    """A disk that is full after so many bytes of each file that this process writes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_fills_up_within_the_work_leaves_nothing_half_done(copied: World, tmp_path: Path) -> None:
    more = tmp_path / "more.csv"
    more.write_bytes(_of_hidden())
    files = {path: path.read_bytes() for path in (copied.home / "fixes").rglob("*") if path.is_file()}
    out = tmp_path / "out.tar"
    for words in (("import", "fixes", more), ("match", "--everyone", "--everyone-monitored"), ("backup", out)):
        with _no_file_longer_than(2_000):
            failed = copied.run(*words)
        assert failed.exit_code == 1, (words, failed.output)
        assert "disk" in failed.output, (words, failed.output)
        assert "Traceback" not in failed.output
    assert not out.exists()
    assert {path: path.read_bytes() for path in files} == files
    assert copied.run("tidy", "--yes").exit_code == 0
    found = copied.run("verify", "--deep")
    assert found.exit_code == 0, found.output
    assert not list(copied.home.rglob("*.partial"))


@pytest.mark.parametrize("copied", ["postgres"], indirect=True)
@pytest.mark.parametrize("before", ["INSERT INTO commitment", "INSERT INTO audit_entry", "UPDATE audit_head"])
def test_postgresql_that_goes_away_within_an_entry_leaves_all_of_it_or_nothing(copied: World, before: str) -> None:
    """The same request is sent again, and is entered once."""
    assert copied.database is not None
    admin = create_engine(copied.database, isolation_level="AUTOCOMMIT")
    left = [1]

    def cut(connection: Any, _: Any, statement: str, *__: Any) -> None:
        if statement.startswith(before) and left and connection.engine is not admin:
            left.clear()
            pid = connection.connection.driver_connection.info.backend_pid
            with admin.connect() as other:
                other.execute(select(func.pg_terminate_backend(pid)))

    asked = {"reference": "CUT", "line": "evaluation", "pence": 100, "words": "a questionnaire"}
    once = {"idempotency-key": f"cut {before}"}
    with copied.client_as(Role.OFFICER) as officer:
        event.listen(Engine, "before_cursor_execute", cut)
        try:
            away = officer.post(f"{PILOT}/commitments", json=asked, headers=once)
        finally:
            event.remove(Engine, "before_cursor_execute", cut)
        assert not left
        assert away.status_code == 503, away.text
        assert int(away.headers["retry-after"]) > 0
        with admin.connect() as connection:
            assert connection.scalar(select(func.count()).select_from(Commitment)) == 0
        again = officer.post(f"{PILOT}/commitments", json=asked, headers=once)
        assert again.status_code == 201, again.text
        assert officer.post(f"{PILOT}/commitments", json=asked, headers=once).headers["idempotent-replayed"] == "true"
        with admin.connect() as connection:
            assert connection.scalar(select(func.count()).select_from(Commitment)) == 1
    admin.dispose()
    assert copied.run("audit", "verify").exit_code == 0
