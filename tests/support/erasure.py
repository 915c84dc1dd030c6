"""A home with one person in every place where an erasure has to reach, and what would show that person."""

import os
import secrets
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import select

from api.usecases.operation.worker import Worker
from api.usecases.stores import open_events, open_fixes, open_record
from tests.support.scan import Person
from tests.support.worlds import NAME, World
from tracker.jobs import service as jobs
from tracker.people.tables import Identity
from tracker.people.tables import Person as PersonRow
from tracker.record.base import Table

INSIDE = Person(
    (NAME, "97/123456X", "1997-05-01"),
    frozenset({(530_030_000, 180_000_000)}),
    (("D-inside", datetime(2019, 9, 1, tzinfo=UTC), None),),
)
"""The wearer W-inside of `worlds.tag_all_four`."""


def send(world: World, name: str, text: str) -> int:
    """A file sent over HTTP and its job, as the server stores them; the job's number."""
    from hashlib import sha256

    world.settings.uploads_dir.mkdir(mode=0o700, exist_ok=True)
    digest = sha256(text.encode()).hexdigest()
    (world.settings.uploads_dir / digest).write_text(text)
    engine = open_record(world.settings)
    asked = {"kind": "releases", "name": name, "sha256": digest, "size": len(text), "options": {}}
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
        job = jobs.job_of(connection, number, jobs.JobKind.IMPORT)
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
    shutil.copytree(world.home, folder / "home", ignore=shutil.ignore_patterns(".*"))


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
    """What is stored of the other three wearers: in the record, the stores and the runs."""
    out: dict[str, Any] = {}
    engine = open_record(world.settings)
    with engine.connect() as connection:
        inside = connection.scalar(select(PersonRow.id).where(PersonRow.wearer_ref.in_(("W-inside", "erased-1"))))
        for table in Table.metadata.sorted_tables:
            if "person_id" in table.columns and table.name not in ("audit_entry", "erasure"):
                rows = connection.execute(select(table).where(table.c.person_id != inside).order_by(*table.primary_key))
                out[table.name] = [tuple(row) for row in rows]
        out["people"] = connection.execute(
            select(PersonRow.wearer_ref).where(PersonRow.id != inside).order_by(PersonRow.id)
        ).all()
    engine.dispose()
    devices = ["D-passer", "D-hidden", "D-away"]
    days = (rows.drop_nulls(subset=["t"]) for _, rows in open_fixes(world.settings).scan_days(devices, None, None))
    out["fixes"] = pl.concat(days).sort("device_id", "t").rows()
    out["events"] = open_events(world.settings).read(devices).rows()
    for path in sorted(world.settings.runs_dir.glob("[!.]*/**/*.parquet")):
        rows = pl.read_parquet(path)
        for name in ("wearer_id", "wearer"):
            if name in rows.columns:
                others = rows.filter(pl.col(name).is_in(["W-passer", "W-hidden", "W-away"]))
                out[str(path.relative_to(world.home))] = sorted(map(repr, others.rows()))
    return out


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
