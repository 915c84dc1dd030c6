"""An export made by a worker: built, written to disk, put on the ledger in one transaction with the end of its job."""

import contextlib
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from api.disk import require_space
from api.settings import Settings
from api.usecases.evaluation.signal_gaps import signals
from api.usecases.people_lock import working_with_people
from api.usecases.stores import make_home
from matcher.sums import changed
from tracker.assignments.queries import assignments_of
from tracker.errors import BadEntry
from tracker.evaluation.cohort import service as cohorts
from tracker.evaluation.cohort.definition import Definition
from tracker.evaluation.cohort.package import Files
from tracker.evaluation.cohort.service import Signals
from tracker.evaluation.people.subject import Subject
from tracker.evaluation.releases import gate
from tracker.evaluation.releases.calendar import told_day
from tracker.evaluation.releases.queries import Export, exports, with_member
from tracker.evaluation.releases.service import PURPOSE
from tracker.licences.spans import Span
from tracker.record.engine import reading
from tracker.record.entry import Entry, entering
from tracker.times import day_after, london_day

MANIFEST = "manifest.json"
_TRIES = 5


def exported(
    settings: Settings,
    engine: Engine,
    programme: str,
    definition: Definition,
    *,
    days: int | None = None,
    by: str,
    now: Callable[[], datetime],
    finish: Callable[[Entry, int], None] | None = None,
) -> int:
    """Make an export; its number.

    Parameters
    ----------
    finish
        Called within the entry that puts it on the ledger: both or neither.
    """
    told_day(definition.as_at, now())
    require_space(settings.home, settings.disk_floor_mb, "the export")
    tidy(settings, engine)
    with working_with_people(settings):
        return _exported(settings, engine, programme, definition, days=days, by=by, now=now, finish=finish)


def _exported(
    settings: Settings,
    engine: Engine,
    programme: str,
    definition: Definition,
    *,
    days: int | None,
    by: str,
    now: Callable[[], datetime],
    finish: Callable[[Entry, int], None] | None,
) -> int:
    for _ in range(_TRIES):
        opened = gate.opened(engine, programme, definition.as_at, by=by, now=now())
        programme_id, known_at = opened.programme_id, opened.as_of.known_at
        assert known_at is not None
        with reading(engine).connect() as connection:
            key = cohorts.key_for(connection, definition, secrets.token_bytes(32))
            heard = signals_of(settings, engine, definition, known_at)
            built = cohorts.build(connection, programme_id, definition, key, known_at, heard)
        folder = _write(settings, built.files)
        with entering(engine, by=by, now=now(), purpose=PURPOSE) as entry:
            last_day = cohorts.expiry(london_day(now()), days)
            number = cohorts.enter_export(entry, programme_id, definition, built, key, known_at, folder.name, last_day)
            if number is not None:
                if finish is not None:
                    finish(entry, number)
                return number
        shutil.rmtree(folder, ignore_errors=True)
    raise BadEntry("other tables or exports left at the same time, again and again; ask once more")


def signals_of(settings: Settings, engine: Engine, definition: Definition, known_at: datetime) -> Signals:
    def ask(people: Sequence[Subject]) -> Any:
        until = day_after(definition.as_at)
        with reading(engine).connect() as connection:
            rows = assignments_of(connection, known_at)
        worn: dict[str, list[tuple[str, Span]]] = {}
        for device, wearer, since, to in rows.iter_rows():
            if since < until:
                worn.setdefault(wearer, []).append((device, Span(since, until if to is None else min(to, until))))
        mine = {person.wearer_ref: worn.get(person.wearer_ref, []) for person in people}
        return signals(settings, people, mine, until, timedelta(hours=definition.no_signal_over_hours))

    return ask


def _write(settings: Settings, files: Files) -> Path:
    """The files in a folder of their own, under its own name once all are on the disk."""
    make_home(settings.home)
    settings.exports_dir.mkdir(mode=0o700, exist_ok=True)
    name = secrets.token_hex(16)
    partial = settings.exports_dir / f".{name}.partial"
    partial.mkdir(mode=0o700)
    for file, data in files.items():
        with (partial / file).open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
    partial.rename(settings.exports_dir / name)
    return settings.exports_dir / name


def file_of(settings: Settings, export: Export, name: str) -> bytes:
    """One file of an export that is kept. Raises Damaged if it is not what the ledger says was written,
    FileNotFoundError."""
    path = settings.exports_dir / Path(export.folder).name / Path(name).name
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256_told(export, path.name):
        raise changed(path)
    return data


def sha256_told(export: Export, name: str) -> str:
    """The sha256 of a file of an export, by the ledger."""
    return export.sha256 if name == MANIFEST else str(export.manifest["files"][name]["sha256"])


def destroy(settings: Settings, engine: Engine, export: Export, reason: str, *, by: str, now: datetime) -> None:
    """An export's files and key, for good; that it was made stays on the ledger."""
    # The record first: what it calls destroyed nobody is given any more, whenever the files go.
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        cohorts.destroyed(entry, export.number, reason)
    shutil.rmtree(settings.exports_dir / Path(export.folder).name, ignore_errors=True)


def destroy_of(settings: Settings, engine: Engine, person_id: int, *, by: str, now: datetime) -> int:
    """Destroy every export with a row about this person; returns how many."""
    with reading(engine).connect() as connection:
        held = list(with_member(connection, person_id))
    for export in held:
        destroy(settings, engine, export, "a person in it was erased", by=by, now=now)
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        cohorts.forget_shown(entry, person_id)
        gate.forget(entry, person_id)
    return len(held)


def expire(settings: Settings, engine: Engine, *, by: str, now: datetime, today: Any) -> int:
    """Destroy every export whose last day is over; how many."""
    with reading(engine).connect() as connection:
        gone = cohorts.expired_exports(connection, today)
    for export in gone:
        destroy(settings, engine, export, "its last day is over", by=by, now=now)
    return len(gone)


def tidy(settings: Settings, engine: Engine) -> None:
    """Folders that no export on record has: a worker was killed before it could say that it had made one."""
    if not settings.exports_dir.is_dir():
        return
    with reading(engine).connect() as connection:
        held = {export.folder for export in exports(connection) if export.destroyed_at is None}
    hour_ago = datetime.now(UTC).timestamp() - 3600
    for folder in settings.exports_dir.iterdir():
        # A young one may be another worker's, about to be put on record.
        with contextlib.suppress(FileNotFoundError):
            if folder.name not in held and folder.stat().st_mtime < hour_ago:
                shutil.rmtree(folder, ignore_errors=True)
