"""kill -9 during an import: run again, the store is what an unbroken import makes. On SQLite and PostgreSQL."""

import random
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.proofs.recorder import Proof
from tests.support.crime_files import batch_row, write_csv
from tests.support.programs import Program
from tracker.assignments.importer import import_assignments
from tracker.crimes.importer import import_crimes
from tracker.imports.report import ImportReport
from tracker.record.audit.book import book_of

NOW = datetime(2019, 6, 1, 12, tzinfo=UTC)
ROWS = 8_000
CHILD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from tracker.assignments.importer import import_assignments
from tracker.crimes.importer import import_crimes
from tracker.record.audit.book import AuditBook
from tracker.record.audit.keys import AuditKeys
from tracker.record.engine import make_engine
what, url, path, rejects, keys = sys.argv[1:]
engine = make_engine(url, book=AuditBook(AuditKeys(Path(keys))))
options = {"rejects_dir": Path(rejects), "by": "analyst", "received_at": datetime(2019, 6, 1, 12, tzinfo=UTC)}
print("ready", flush=True)
sys.stdin.readline()
if what == "crimes":
    import_crimes(engine, Path(path), format="ministry", **options)
else:
    import_assignments(engine, Path(path), **options)
print("done", flush=True)
"""


def crimes_csv(path: Path) -> Path:
    bad = batch_row(crimeReference="")
    rows = [batch_row(crimeReference=f"C{n}", easting=str(525_000 + n)) for n in range(ROWS)]
    later = [batch_row(crimeReference=f"C{n}", crimeText="later") for n in range(0, ROWS, 4)]
    return write_csv(path, "".join(rows + [bad] * 50 + later))


def assignments_csv(path: Path) -> Path:
    lines = ["device_id,wearer_id,from,to"]
    for n in range(ROWS // 8):
        lines.append(f"D{n},W{n},2019-02-01T00:00Z,")
        lines.append(f"D{n},W{n},2019-02-01T00:00Z,2019-03-01T00:00Z")
        lines.append(f"D{n},X{n},2019-02-05T00:00Z,2019-02-06T00:00Z")
    return write_csv(path, "\n".join(lines) + "\n")


def run(what: str, engine: Engine, path: Path, rejects: Path) -> ImportReport:
    if what == "crimes":
        return import_crimes(engine, path, format="ministry", rejects_dir=rejects, by="analyst", received_at=NOW)
    return import_assignments(engine, path, rejects_dir=rejects, by="analyst", received_at=NOW)


def everything(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, the numbers that the database gives out replaced by what they stand for."""
    queries = {
        "import_file": "SELECT kind, name, sha256, status, rows, kept, same, rejected FROM import_file",
        "crime_version": """SELECT c.crime_ref, v.version, b.batch_id, v.row, v.t_from, v.x_mm, v.text, v.digest
            FROM crime_version v JOIN crime c ON c.id = v.crime_id LEFT JOIN crime_batch b ON b.id = v.batch_id""",
        "crime": "SELECT force, crime_ref FROM crime",
        "assignment": """SELECT a.device_id, a.wearer_id, a.fitted_at, a.removed_at, a.row, a.superseded_at, o.row
            FROM assignment a LEFT JOIN assignment o ON o.id = a.supersedes_id""",
    }
    with engine.connect() as connection:
        return {name: sorted(map(_plain, connection.execute(text(query)))) for name, query in queries.items()}


def _plain(row: Any) -> tuple[Any, ...]:
    return tuple(str(value) for value in row)


def kill_one(what: str, engine: Engine, path: Path, rejects: Path, after_s: float) -> bool:
    """Start the import in a process of its own and kill it; whether it had not ended by itself before."""
    url = engine.url.render_as_string(hide_password=False)
    words = [what, url, path, rejects, book_of(engine).keys.path]
    with Program(CHILD, words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        child.stdin.write(b"go\n")
        child.stdin.flush()
        time.sleep(after_s)
        child.kill()
        return child.stdout.read() != b"done\n"


def survive(what: str, new_engine: Callable[[], Engine], folder: Path, kills: int, seed: int) -> int:
    path = (crimes_csv if what == "crimes" else assignments_csv)(folder / f"{what}.csv")
    unbroken, broken = new_engine(), new_engine()
    started = time.monotonic()
    whole = run(what, unbroken, path, folder / "whole")
    length_s = time.monotonic() - started
    wanted = everything(unbroken)
    assert whole.kept > 1_000
    assert whole.rejected > 0
    rng = random.Random(seed)
    caught = 0
    for _ in range(kills):
        caught += kill_one(what, broken, path, folder / "broken", rng.uniform(0, length_s))
        held = everything(broken)
        assert held == wanted or not any(held.values()), "half an import is in the store"
    report = run(what, broken, path, folder / "broken")
    assert everything(broken) == wanted
    assert report.already_imported or (report.kept, report.rejected) == (whole.kept, whole.rejected)
    (rejected,) = (folder / "broken").glob("*.rejects.csv")
    (as_whole,) = (folder / "whole").glob("*.rejects.csv")
    assert rejected.read_bytes() == as_whole.read_bytes()
    assert not list((folder / "broken").glob("*.partial")) or report.already_imported
    return caught


@pytest.mark.slow
@pytest.mark.parametrize("what", ["crimes", "assignments"])
def test_an_import_killed_and_run_again_leaves_what_an_unbroken_one_leaves(
    what: str, new_engine: Callable[[], Engine], tmp_path: Path
) -> None:
    survive(what, new_engine, tmp_path, kills=1, seed=1)


@pytest.mark.prove("killed-import")
@pytest.mark.parametrize("what", ["crimes", "assignments"])
def test_ten_kills_at_random_moments_leave_what_an_unbroken_import_leaves(
    proof: Proof, what: str, new_engine: Callable[[], Engine], tmp_path: Path
) -> None:
    caught = survive(what, new_engine, tmp_path, kills=10, seed=20190218)
    proof.material(f"kills of an import of {what}, {caught} of them before it had ended", 10, "20190218")
    assert caught >= 5
