"""A person erased everywhere. Each place is put on record once it is reached, and any process may finish what another
began: the worker and the server when they start, the data protection officer over HTTP, `keep erase --finish`.

In this order, each step harmless to do again:

1. the record says that the erasure is begun;
2. the journals have the person's mark (`erasure_journal`), so that no backup brings the person back;
3. nobody works with people but this (`people_lock`): matches, imports, exports and backups have ended or wait;
4. files that were sent and rejected rows that name the person go;
5. the record erases the person, and keeps reference and devices aside for the stores;
6. runs, fixes, device events, exports, and what killed work left; what is damaged holds up none of the others;
7. what was kept aside goes, then the database lets go of deleted rows (`tracker.record.free_pages`).

Backups that were finished before keep the person: the journal beside them has them erased again by the restore.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from api.settings import Settings
from api.usecases.evaluation.cohort_exports import destroy_of
from api.usecases.operation.erasure_journal import home_journal, note_erasure, read_journal, upgrade_journal
from api.usecases.operation.named_files import delete_named
from api.usecases.operation.orphans import delete_orphans
from api.usecases.operation.stored_days import EVENTS, days_on_record
from api.usecases.people_lock import StillWorking, alone_with_people
from api.usecases.stores import open_events
from matcher.errors import MatcherError, NoStore
from matcher.runs.erasure import damaged_runs, erase_wearers
from matcher.store.fixes import FixStore
from tracker.record.audit.chain import Action
from tracker.record.engine import reading
from tracker.record.free_pages import overwrite_freed
from tracker.retention import erasure_service as record
from tracker.retention.erasure_rows_service import DELETED, EMPTIED
from tracker.retention.erasure_service import ErasedPerson, ErasureNow

PLACES = ("runs", "fixes", "device events", "exports", "killed work")
"""Outside the record, in the order in which they are erased."""
DATABASE = "database"
WAIT_S = 20.0
"""How long a request waits for matches to be handed back; after it the worker goes on."""
AGAIN = "erased before, or cut short"
PURPOSE = "storage limitation"


def erase(
    settings: Settings, engine: Engine, wearer_ref: str, *, reason: str, by: str, now: datetime, wait_s: float = WAIT_S
) -> tuple[int, dict[str, Any]]:
    """Erase the person who has this reference; the number of the erasure, and what went, in counts. Where others still
    work with people, nothing went yet, and a worker finishes it."""
    erasure_id = record.begin_erasure(engine, wearer_ref, reason=reason, by=by, now=now)
    return erasure_id, _complete(settings, engine, erasure_id, by=by, now=now, wait_s=wait_s)


def erase_person(
    settings: Settings, engine: Engine, person_id: int, *, reason: str, by: str, now: datetime, wait_s: float = WAIT_S
) -> None:
    """The same of a person by their number; nothing for one who was erased meanwhile."""
    erasure_id = record.begin_erasure_of(engine, person_id, reason=reason, by=by, now=now)
    if erasure_id is not None:
        _complete(settings, engine, erasure_id, by=by, now=now, wait_s=wait_s)


def finish(settings: Settings, engine: Engine, *, by: str, now: datetime, wait_s: float = WAIT_S) -> int:
    """Go on with erasures that were cut short, and with those a restored database does not know of; how many were
    finished."""
    upgrade_journal(settings, engine)
    marks = {line.mark for line in read_journal(home_journal(settings))}
    if marks:
        record.begin_by_marks(engine, marks, reason=AGAIN, by=by, now=now)
    left, failed = unfinished(engine), []
    for each in left:
        try:
            _complete(settings, engine, each.erasure_id, by=by, now=now, wait_s=wait_s)
        except (OSError, MatcherError) as error:
            # One that has to wait for a damaged file to be mended holds up none of the others.
            failed.append(error)
    if failed:
        raise failed[0]
    return len(left) - len(unfinished(engine))


def unfinished(engine: Engine) -> list[ErasureNow]:
    """Erasures that are begun and not finished."""
    with reading(engine).connect() as connection:
        return record.erasures(connection, unfinished=True)


def _complete(
    settings: Settings, engine: Engine, erasure_id: int, *, by: str, now: datetime, wait_s: float
) -> dict[str, Any]:
    entered: dict[str, Any] = {"by": by, "now": now.astimezone(UTC)}
    erasure = next((each for each in unfinished(engine) if each.erasure_id == erasure_id), None)
    if erasure is None:
        return {}
    away = note_erasure(settings, erasure.person_id, erasure.mark)
    went: dict[str, Any] = {"journals": {"out of reach": len(away)}} if away else {}
    try:
        with alone_with_people(settings, wait_s):
            # Another process may have finished it while this one waited.
            erasure = next((each for each in unfinished(engine) if each.erasure_id == erasure_id), None)
            if erasure is None:
                return went
            if not erasure.record_erased:
                went["files"] = delete_named(settings, engine, erasure.person_id, **entered)
            person = record.erase_from_record(engine, erasure_id, **entered)
            went["record"] = dict(person.counts)
            failed: list[Exception] = []
            for place in PLACES:
                if place in erasure.done:
                    continue
                try:
                    went[place] = _erase_in(place, settings, engine, person, **entered)
                    record.record_step(engine, erasure_id, place, went[place], **entered)
                except (OSError, MatcherError) as error:
                    failed.append(error)
            if failed:
                raise failed[0]
            record.forget_left(engine, erasure_id)
            if overwrite_freed(engine, {*DELETED, *EMPTIED}):
                record.finish_erasure(engine, erasure_id, **entered)
    except StillWorking:
        pass
    return went


def _erase_in(
    place: str, settings: Settings, engine: Engine, person: ErasedPerson, *, by: str, now: datetime
) -> dict[str, int]:
    stretches = [(w.device_id, w.since, w.until) for w in person.worn]
    match place:
        case "fixes":
            return {"fixes": _fixes(settings, engine, stretches, by, now)}
        case "device events":
            with days_on_record(engine, Action.ERASE, by=by, now=now, purpose=PURPOSE, subject=EVENTS) as write:
                return {"events": open_events(settings).erase_devices(stretches, write.announce_file)}
        case "runs":
            if person.only_runs is None and (damaged := damaged_runs(settings.runs_dir)):
                record.keep_runs(engine, person.erasure_id, damaged)
            return erase_wearers(settings.runs_dir, [person.wearer_ref], person.only_runs)
        case "exports":
            # Whole: an export without one of its rows would tell whose it was.
            return {"exports": destroy_of(settings, engine, person.person_id, by=by, now=now)}
        case _:
            return {"files": len(delete_orphans(settings, engine, alone=True))}


def _fixes(
    settings: Settings, engine: Engine, stretches: list[tuple[str, datetime, datetime | None]], by: str, now: datetime
) -> int:
    if not stretches:
        return 0
    try:
        store = FixStore.open(settings.fixes_dir, create=False)
    except NoStore:
        # Nothing was ever imported.
        return 0
    with days_on_record(engine, Action.ERASE, by=by, now=now, purpose=PURPOSE) as write:
        return store.erase_devices(stretches, announce=write.announce)
