"""What killed work left behind: half uploads, half backups and restores, whole copies of the database, working folders
and pools of matches, exports that are on no ledger. Found when server and worker start, and by `tagpilot tidy`.

Work in progress holds a lock on its folder or file, which ends with its process (`people_lock.in_use`); work with
people holds the people lock. So what nobody holds is nobody's. Finished backups are none of this: they keep everybody
who was on record when they were made, and only who keeps them can delete them.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine

from api.settings import Settings
from api.usecases.imports.uploads import name_of
from api.usecases.operation.erasure_journal import backups_made
from api.usecases.people_lock import StillWorking, alone_with_people, in_use
from matcher.runs.workdir import abandoned, delete_abandoned
from matcher.store.fixes import FixStore
from tracker.evaluation.releases.queries import exports
from tracker.jobs import queries as job_queries
from tracker.record.engine import reading
from tracker.review.pool_staging_service import delete_staged, staged_pools

_LINKS = re.compile(r"\.(import-.*|[0-9a-f]{16})")
"""Folder of a file that is being imported; the second, of earlier versions."""
_SENT = re.compile(r"[0-9a-f]{64}(-[0-9a-f]{16})?")
WAIT_S = 2.0


class Orphan(NamedTuple):
    """A file or folder of killed work, and in words what it was; or a pool in the database, by its number."""

    path: Path
    what: str
    pool_id: int | None = None

    @property
    def size(self) -> int:
        if self.pool_id is not None:
            return 0
        files = [self.path] if self.path.is_file() else [p for p in self.path.rglob("*") if p.is_file()]
        return sum(path.stat().st_size for path in files)


def tidy(settings: Settings, engine: Engine, *, dry: bool = False, wait_s: float = WAIT_S) -> list[Orphan]:
    """Delete what killed work left; with `dry` only name it. While others work with people, what they may be writing
    stays."""
    try:
        with alone_with_people(settings, wait_s):
            return _gone(settings, engine, alone=True, dry=dry)
    except StillWorking:
        return _gone(settings, engine, alone=False, dry=dry)


def delete_orphans(settings: Settings, engine: Engine, *, alone: bool) -> list[Orphan]:
    """The same for a caller who holds the people lock alone. Working folders go even where a job would reuse them."""
    found = _gone(settings, engine, alone=alone, dry=False)
    delete_abandoned(settings.runs_dir)
    return found


def _gone(settings: Settings, engine: Engine, *, alone: bool, dry: bool) -> list[Orphan]:
    found = list(_orphans(settings, engine, alone))
    for orphan in found if not dry else []:
        if orphan.pool_id is not None:
            delete_staged(engine, orphan.pool_id)
        elif orphan.path.is_dir():
            shutil.rmtree(orphan.path, ignore_errors=True)
        else:
            orphan.path.unlink(missing_ok=True)
    if not dry and alone and settings.fixes_dir.is_dir():
        # Opening deletes what a killed writer left in the store.
        FixStore.open(settings.fixes_dir, create=True)
    return found


def _orphans(settings: Settings, engine: Engine, alone: bool) -> Iterator[Orphan]:
    home = settings.home
    for folder in home.glob(".backup-*"):
        if not in_use(folder):
            yield Orphan(folder, "copy of the database, of a backup that was cut short")
    for folder in cut_short_restores(home):
        yield Orphan(folder, "home of a restore that was cut short")
    for archive in backups_made(settings):
        partial = archive.with_name(f".{archive.name}.partial")
        if partial.is_file() and not in_use(partial):
            yield Orphan(partial, "backup that was cut short")
    yield from _uploads(settings, engine, alone)
    if alone:
        yield from _of_people(settings, engine)


def cut_short_restores(home: Path) -> list[Path]:
    """Folders beside a home, made or not, in which a killed restore left another."""
    return [path for path in home.parent.glob(".restore-*") if path.is_dir() and not in_use(path)]


def _uploads(settings: Settings, engine: Engine, alone: bool) -> Iterator[Orphan]:
    if not settings.uploads_dir.is_dir():
        return
    with reading(engine).connect() as connection:
        waiting = {name_of(job.asked) for job in job_queries.unended_imports(connection)}
    for path in sorted(settings.uploads_dir.iterdir()):
        if path.name.endswith(".partial"):
            if not in_use(path):
                yield Orphan(path, "upload that was cut short")
        elif _LINKS.fullmatch(path.name):
            if not in_use(path):
                yield Orphan(path, "file of an import that was cut short")
        elif alone and _SENT.fullmatch(path.name) and path.name not in waiting and not in_use(path):
            yield Orphan(path, "file of an import that has ended")


def _of_people(settings: Settings, engine: Engine) -> Iterator[Orphan]:
    """Of work that holds the people lock: nobody is at it now."""
    for pool_id in staged_pools(engine):
        yield Orphan(Path(f"match_pool/{pool_id}"), "pool of a match that was cut short, or that was replaced", pool_id)
    with reading(engine).connect() as connection:
        kept = {export.folder for export in exports(connection) if export.destroyed_at is None}
        resumed = job_queries.unended_matches(connection)
    if settings.exports_dir.is_dir():
        for folder in sorted(settings.exports_dir.iterdir()):
            if folder.name not in kept:
                yield Orphan(folder, "export that was cut short, or is destroyed")
    if not resumed:
        for path in abandoned(settings.runs_dir):
            yield Orphan(path, "working folder of a match that was cut short")
    for folder in (settings.runs_dir, settings.events_dir, settings.rejects_dir):
        for path in sorted(folder.rglob("*.partial")) if folder.is_dir() else ():
            if not any(part.startswith(".work-") for part in path.parts):
                yield Orphan(path, "file that was cut short")
    for path in sorted(settings.home.glob("*.partial")):
        yield Orphan(path, "file that was cut short")
