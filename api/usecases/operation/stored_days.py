"""The sha256 of each stored day of fixes in the audit, so that the store can be held against it.

Each write of the store has two rows: what it is about to store, just before its commit, and that it has stored it. So a
process that is killed between them leaves no day that the audit does not know of; the next server, worker or `tagpilot
tidy` looks at the store and enters the second row (`settle`).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, Engine

from api.settings import Settings
from matcher.errors import MatcherError
from matcher.store.fixes import FixStore
from matcher.store.table import sum_told
from matcher.sums import sha256_of
from tracker.record.audit.chain import Action
from tracker.record.audit.queries import open_values
from tracker.record.engine import reading
from tracker.record.entry import entering

SUBJECT = "stored_fixes"
SETTLING = "integrity"


@dataclass
class StoredDays:
    """Announces the days of one write; `about` goes into its second row."""

    engine: Engine
    action: Action
    entered: Mapping[str, Any]
    number: str = field(default_factory=lambda: token_hex(8))
    about: dict[str, Any] = field(default_factory=dict)
    announced: bool = False

    def announce(self, days: dict[date, str | None]) -> None:
        """Given to `FixStore` as `announce`."""
        self._note(days={str(day): sha256 for day, sha256 in days.items()})
        self.announced = True

    def done(self) -> None:
        if self.announced:
            self._note(stored=True, **self.about)

    def _note(self, **values: Any) -> None:
        with entering(self.engine, **self.entered) as entry:
            entry.note(self.action, SUBJECT, self.number, **values)


@contextmanager
def days_on_record(engine: Engine, action: Action, *, by: str, now: datetime, purpose: str) -> Iterator[StoredDays]:
    """One write of the fix store with its rows in the audit."""
    write = StoredDays(engine, action, {"by": by, "now": now, "purpose": purpose})
    yield write
    # Not after an error: whether the commit was made before it is not known, so the audit leaves it open.
    write.done()


@dataclass(frozen=True, slots=True)
class Known:
    """What the audit says is stored: the sha256 of each day, and by its number those of each write of which it does not
    know the end."""

    days: dict[str, str]
    cut_short: dict[str, dict[str, str | None]]

    @property
    def begun(self) -> tuple[dict[str, str | None], ...]:
        return tuple(self.cut_short.values())


def known_days(connection: Connection) -> Known:
    days: dict[str, str | None] = {}
    begun: dict[str, dict[str, str | None]] = {}
    for number, values in open_values(connection, SUBJECT):
        if "days" in values:
            begun[number] = values["days"]
        elif number in begun:
            told = begun.pop(number)
            if values.get("stored"):
                days |= told
    return Known({day: sha256 for day, sha256 in days.items() if sha256 is not None}, begun)


def settle(settings: Settings, engine: Engine, *, by: str, now: datetime, wait_s: float) -> int:
    """Enter the second row of each write that was cut short: whether what it was to store is stored; how many. While
    another process writes to the store nothing is settled."""
    with reading(engine).connect() as connection:
        if not known_days(connection).cut_short:
            return 0
    try:
        with FixStore.open(settings.fixes_dir, create=False).nobody_writes(wait_s) as store:
            with reading(engine).connect() as connection:
                known = known_days(connection)
            ends = _ends(known, store)
            with entering(engine, by=by, now=now, purpose=SETTLING) as entry:
                for number, stored in ends.items():
                    entry.note(Action.ALTER, SUBJECT, number, stored=stored, cut_short=True)
        return len(ends)
    except MatcherError:
        # There is no store, it is damaged, or somebody writes.
        return 0


def _ends(known: Known, store: FixStore) -> dict[str, bool]:
    """By its number, whether a write was stored: it replaced all its days at once, so each is as it said, or none. What
    is neither was changed since by hand, and is a fault that `days_that_differ` finds."""
    files = {str(day): paths[0] for day, paths in store.files().items()}
    stored = {day: sha256_of(files[day]) for days in known.begun for day in days if day in files}
    ends = {}
    for number, days in known.cut_short.items():
        if all(stored.get(day) == sha256 for day, sha256 in days.items()):
            ends[number] = True
        elif all(stored.get(day) == known.days.get(day) for day in days):
            ends[number] = False
    return ends


def days_that_differ(store: FixStore, known: Known) -> tuple[list[str], list[str]]:
    """What is wrong with the stored days by the audit; and what is only to be told. Reads every day's bytes."""
    faults: list[str] = []
    notes: list[str] = []
    stored = {str(day): paths for day, paths in store.files().items()}
    for day, paths in stored.items():
        if any(sum_told(path) is None for path in paths):
            notes.append(f"fixes of {day}: stored by another tool or an earlier version, without a sum")
            continue
        found = sha256_of(paths[0])
        if known.days.get(day) == found:
            continue
        if any(day in begun and begun[day] == found for begun in known.begun):
            notes.append(f"fixes of {day}: the write that stored them was cut short before the audit had its end")
        elif day in known.days:
            faults.append(f"fixes of {day}: not those that the audit says were stored")
        else:
            faults.append(f"fixes of {day}: the audit does not know of them")
    for day in sorted(set(known.days) - set(stored)):
        if not any(day in begun and begun[day] is None for begun in known.begun):
            faults.append(f"fixes of {day}: missing; the audit says they were stored")
    return faults, notes
