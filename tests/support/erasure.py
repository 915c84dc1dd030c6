"""A home with one person in every place where an erasure has to reach, and what would show that person."""

import os
import secrets
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import select

from api.usecases.operation.worker import Worker
from api.usecases.stores import open_events, open_fixes, open_record
from tests.support.evaluation_world import populate
from tests.support.scan import Person
from tests.support.worlds import NAME, World
from tracker.answers import Answer
from tracker.jobs import queries as job_queries
from tracker.jobs import service as jobs
from tracker.licences.tables import Licence
from tracker.people.tables import Identity, Sex
from tracker.people.tables import Person as PersonRow
from tracker.record.base import Table
from tracker.record.entry import entering
from tracker.record.fact import FactChange
from tracker.review.tables import PoolCrime
from tracker.screening.tables import Screening

NUMBERS = {"nomis_id": "A9701ZZ", "crn": "X970500"}
INSIDE = Person(
    (NAME, "97/123456X", "1997-05-01"),
    frozenset({(530_030_000, 180_000_000)}),
    (("D-inside", datetime(2019, 9, 1, tzinfo=UTC), None),),
)
"""The wearer W-inside of `worlds.tag_all_four`."""
NUMBERED = replace(INSIDE, texts=(*INSIDE.texts, *NUMBERS.values()))
"""The same after `with_numbers`."""


def send(world: World, name: str, text: str, **options: Any) -> int:
    """A file sent over HTTP and its job, as the server stores them; the job's number."""
    from hashlib import sha256

    world.settings.uploads_dir.mkdir(mode=0o700, exist_ok=True)
    digest = sha256(text.encode()).hexdigest()
    (world.settings.uploads_dir / digest).write_text(text)
    engine = open_record(world.settings)
    asked = {"kind": "releases", "name": name, "sha256": digest, "size": len(text), "options": options}
    now = datetime.now(UTC)
    made = jobs.create(engine, asked, kind=jobs.JobKind.IMPORT, by="officer", now=now, clock=now)
    engine.dispose()
    return made.job_id


def leave_failed_import(world: World) -> None:
    """A list that names the person, its import failed by a version that kept such files, and its rejected row."""
    number = send(world, "list.csv", f"name,pnc\n{NAME},97/123456X\n")
    engine = open_record(world.settings)
    now = datetime.now(UTC)
    with engine.connect() as connection:
        job = job_queries.job_of(connection, number, jobs.JobKind.IMPORT)
    jobs.end_unread(engine, job, "a test", by="officer", now=now, clock=now)
    engine.dispose()
    world.settings.rejects_dir.mkdir(exist_ok=True)
    (world.settings.rejects_dir / f"list.{secrets.token_hex(4)}.rejects.csv").write_text(
        f"row,field,value,rule,what_to_do\r\n2,name,{NAME},TOO_LONG,Shorten it.\r\n2,born,1997-05-01,BAD,Mend it.\r\n"
        "3,name,Another Person,TOO_LONG,Shorten it.\r\n"
    )


def leave_killed_backup(world: World) -> None:
    """A whole copy of the database, as a backup that was killed leaves it."""
    folder = world.home / f".backup-{secrets.token_hex(4)}"
    folder.mkdir()
    source, target = (sqlite3.connect(each / "tagpilot.sqlite3") for each in (world.home, folder))
    with closing(source), closing(target):
        source.backup(target)


def leave_killed_restore(world: World) -> None:
    """A home beside the home, as a restore that was killed leaves it."""
    folder = world.home.parent / f".restore-{secrets.token_hex(4)}"
    folder.mkdir()
    # By another process: one that opens and closes SQLite's files loses the locks that it has on them.
    subprocess.run(["cp", "-r", world.home, folder / "home"], check=True)
    for path in (folder / "home").glob(".*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def leave_killed_match(world: World) -> None:
    """A working folder that no process has locked, with a file that names the wearer's fixes."""
    work = world.settings.runs_dir / f".work-{secrets.token_hex(4)}"
    work.mkdir(parents=True)
    rows = pl.DataFrame({"device_id": ["D-inside"], "t": [datetime(2019, 9, 10, 12, tzinfo=UTC)]})
    rows.write_ipc(work / "events.arrow")


def leave_half_upload(world: World) -> None:
    """An upload whose server was killed."""
    world.settings.uploads_dir.mkdir(mode=0o700, exist_ok=True)
    (world.settings.uploads_dir / f".{secrets.token_hex(16)}.partial").write_text(f"name\n{NAME}\n")


def leave_half_export(world: World) -> None:
    """A cohort's folder whose worker was killed before it had its name."""
    folder = world.settings.exports_dir / f".{secrets.token_hex(16)}.partial"
    folder.mkdir(parents=True)
    (folder / "people.csv").write_text("born\n1997-05-01\n")
    os.utime(folder)


LEFT = (
    leave_failed_import,
    leave_killed_backup,
    leave_killed_restore,
    leave_killed_match,
    leave_half_upload,
    leave_half_export,
)


def everybody_else(world: World) -> dict[str, Any]:
    """What is stored of all others and of no person: in the record, the stores and the runs."""
    out: dict[str, Any] = {}
    engine = open_record(world.settings)
    with engine.connect() as connection:
        rows = {
            table.name: {row[0]: row for row in connection.execute(select(table).order_by(*table.primary_key))}
            for table in Table.metadata.sorted_tables
            if table.name not in _OF_THE_WORK
        }
    engine.dispose()
    changes = rows[FactChange.__tablename__]
    for key in [key for key, row in changes.items() if row.subject in _OF_THE_WORK]:
        # Why an export counts no more stands with the export.
        del changes[key]
    mine = _of_the_person(rows)
    for key, row in rows[PoolCrime.__tablename__].items():
        # The digest is of the pairs too, of which the person's go.
        rows[PoolCrime.__tablename__][key] = tuple(value for name, value in row._mapping.items() if name != "content")
    for name, each in rows.items():
        out[name] = [tuple(row) for key, row in each.items() if (name, key) not in mine]
    devices = ["D-passer", "D-hidden", "D-away"]
    days = (rows.drop_nulls(subset=["t"]) for _, rows in open_fixes(world.settings).scan_days(devices, None, None))
    out["fixes"] = pl.concat(days).sort("device_id", "t").rows()
    out["events"] = open_events(world.settings).read(devices).rows()
    for path in sorted(world.settings.runs_dir.glob("[!.]*/**/*.parquet")):
        frame = pl.read_parquet(path)
        for name in ("wearer_id", "wearer"):
            if name in frame.columns:
                others = frame.filter(pl.col(name).is_in(["W-passer", "W-hidden", "W-away"]))
                out[str(path.relative_to(world.home))] = sorted(map(repr, others.rows()))
    return out


_OF_THE_WORK = {
    "audit_entry", "audit_head", "erasure", "erasure_step", "answered", "match_job", "import_file", "cohort_export",
    "export_key", "row_sum", "app_user", "known_address", "login_failure", "login_session", "spent_refresh",
}  # fmt: skip
"""Tables that grow with an erasure, or in which it empties what may name anybody: answers, files, exports, whole. And
those of users, who log in."""
_BEFORE, _AFTER = "W-inside", "erased-1"


def _of_the_person(rows: dict[str, dict[Any, Any]]) -> set[tuple[str, Any]]:
    """Rows of the wearer who was inside, and all that refer to such a row: table and key."""
    mine = {
        (name, key)
        for name, each in rows.items()
        for key, row in each.items()
        if {_BEFORE, _AFTER} & {value for value in row if isinstance(value, str)}
        or any(isinstance(value, str) and value.startswith("erased-match-") for value in row)
    }
    # Each table comes after those it refers to, but for what refers to its own table.
    for _ in range(2):
        for table in Table.metadata.sorted_tables:
            for place, column in enumerate(table.columns):
                referred = {key.column.table.name for key in column.foreign_keys}
                for key, row in rows.get(table.name, {}).items():
                    if any((name, row[place]) in mine for name in referred):
                        mine.add((table.name, key))
    return mine


def identities(world: World) -> int:
    """How many identities are on record."""
    engine = open_record(world.settings)
    with engine.connect() as connection:
        found = len(connection.execute(select(Identity.id)).all())
    engine.dispose()
    return found


def restarted(world: World) -> Path:
    """What a worker does when it starts, without the jobs; the home."""
    engine = open_record(world.settings)
    Worker(world.settings, engine)._tidy()
    engine.dispose()
    return world.home


def with_numbers(world: World, others: int) -> None:
    """Give everyone a name; the wearer inside all numbers and a screening; and enter others, for exports to have many
    in them."""
    engine = open_record(world.settings)
    now = datetime(2019, 9, 1, 1, tzinfo=UTC)
    with entering(engine, by="officer", now=now) as entry:
        people = dict(entry.connection.execute(select(PersonRow.wearer_ref, PersonRow.id)).tuples().all())
        inside = people.pop("W-inside")
        identity = entry.connection.scalar(select(Identity.id).where(Identity.person_id == inside))
        entry.supersede(Identity, identity, about=inside, **NUMBERS)
        licence = entry.connection.scalar(select(Licence.id).where(Licence.person_id == inside))
        screened = {"rules_version": "1", "screened_on": now.date(), "findings": {"findings": []}}
        entry.add(Screening, licence_id=licence, answer=Answer.PASSED, about=inside, **screened)
        for reference, number in people.items():
            born = date(1990, 1, number)
            entry.add(
                Identity, person_id=number, name=f"Other {reference}", sex=Sex.MALE, born=born, pnc_id=f"9/{number}"
            )
    populate(engine, 4, others, first=1)
    engine.dispose()
