"""A person erased everywhere: record, fixes, device events, runs, exports. Each place on record once it is reached.

A journal next to the database names who was erased and from which stretches of which devices, by references that mean
nothing any more; so that after a restore from an older backup the same is erased again.
"""

import json
import os
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from api.settings import Settings
from api.usecases.evaluation.cohort_exports import destroy_of
from api.usecases.operation.stored_days import days_on_record
from api.usecases.stores import open_events
from matcher.errors import NoStore
from matcher.runs.erasure import erase_wearers
from matcher.store.fixes import FixStore
from tracker.errors import NotFound
from tracker.record.audit_chain import Action
from tracker.retention.service import (
    ErasedPerson,
    WornDevice,
    erase_person,
    preview_erasure,
    record_step,
    unfinished_erasures,
)

PLACES = ("fixes", "device events", "runs", "exports")
JOURNAL = "erasures.jsonl"
PURPOSE = "storage limitation"


def erase(
    settings: Settings, engine: Engine, wearer_ref: str, *, reason: str, by: str, now: datetime
) -> dict[str, Any]:
    """Erase a person; what went, in counts."""
    # The journal first: once the record is erased, nobody could tell which fixes were the person's.
    _journal(settings, preview_erasure(engine, wearer_ref))
    person = erase_person(engine, wearer_ref, reason=reason, by=by, now=now)
    return {"record": dict(person.counts), **_beyond(settings, engine, person, PLACES, by, now)}


def finish(settings: Settings, engine: Engine, *, by: str, now: datetime) -> int:
    """Go on with erasures that were cut short, and with those a restored database does not know of; how many."""
    done = 0
    for person in journal(settings):
        try:
            found = erase_person(engine, person.wearer_ref, reason="erased before, or cut short", by=by, now=now)
        except NotFound:
            # Erased from the record, but perhaps not from every other place.
            left = [(e, places) for e, p, places in unfinished_erasures(engine, PLACES) if p == person.person_id]
        else:
            left = [(found.erasure_id, PLACES)]
        for erasure_id, places in left:
            here = ErasedPerson(erasure_id, person.person_id, person.wearer_ref, person.worn, {})
            _beyond(settings, engine, here, places, by, now)
            done += 1
    return done


def journal(settings: Settings) -> list[ErasedPerson]:
    """Every erasure there was, in order."""
    path = settings.home / JOURNAL
    if not path.is_file():
        return []
    out = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        worn = tuple(
            WornDevice(device, _instant(a), None if b is None else _instant(b)) for device, a, b in row["worn"]
        )
        out.append(ErasedPerson(0, row["person"], row["wearer"], worn, {}))
    return out


def _journal(settings: Settings, person: ErasedPerson) -> None:
    row = {
        "person": person.person_id,
        "wearer": person.wearer_ref,
        "worn": [[w.device_id, w.since.isoformat(), w.until and w.until.isoformat()] for w in person.worn],
    }
    with (settings.home / JOURNAL).open("a", encoding="utf-8") as out:
        out.write(json.dumps(row) + "\n")
        out.flush()
        os.fsync(out.fileno())


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _beyond(
    settings: Settings, engine: Engine, person: ErasedPerson, places: tuple[str, ...], by: str, now: datetime
) -> dict[str, Any]:
    erased: dict[str, Any] = {}
    stretches = [(w.device_id, w.since, w.until) for w in person.worn]
    for place in places:
        match place:
            case "fixes":
                erased[place] = {"fixes": _fixes(settings, engine, stretches, by, now)}
            case "device events":
                erased[place] = {"events": open_events(settings).erase_devices(stretches)}
            case "exports":
                # Whole: an export without one of its rows would tell whose it was.
                erased[place] = {"exports": destroy_of(settings, engine, person.person_id, by=by, now=now)}
            case _:
                erased[place] = erase_wearers(settings.runs_dir, [person.wearer_ref])
        record_step(engine, person.erasure_id, place, erased[place], by=by, now=now.astimezone(UTC))
    return erased


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
