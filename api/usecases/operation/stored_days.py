"""The sha256 of each stored day of fixes, and of the file of device events, in the audit, so that the stores can be
held against it.

Each write of the store has two rows: what it is about to store, just before its commit, and that it has stored it. So a
process that is killed between them leaves no day that the audit does not know of; the next server, worker or `tagpilot
tidy` looks at the store and enters the second row (`settle`).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from api.settings import Settings
from matcher.errors import MatcherError
from matcher.store.events import EventStore
from matcher.store.fixes import FixStore
from matcher.store.table import sum_told
from matcher.sums import sha256_of
from tracker.imports.stream_service import forget_stream
from tracker.record.audit.chain import Action
from tracker.record.audit.queries import open_values
from tracker.record.engine import reading
from tracker.record.entry import Entry, entering

T = TypeVar("T")
SUBJECT = "stored_fixes"
SETTLING = "integrity"
EVENTS = "stored_events"
EVENTS_FILE = "events"
"""In the place of a day."""
_LOOKS = 50
"""Looking takes hundredths of a second, a write longer: more of them in a row are not met."""


@dataclass
class StoredDays:
    """Announces the days of one write; `about` goes into its second row."""

    engine: Engine
    action: Action
    entered: Mapping[str, Any]
    subject: str = SUBJECT
    number: str = field(default_factory=lambda: token_hex(8))
    about: dict[str, Any] = field(default_factory=dict)
    announced: bool = False
    also: Callable[[Entry], None] | None = None
    """Written in the first entry: with the announcement, or at the end where nothing was announced."""

    def announce(self, days: dict[date, str | None]) -> None:
        """Given to `FixStore` as `announce`."""
        self._note(days={str(day): sha256 for day, sha256 in days.items()})
        self.announced = True

    def announce_file(self, sha256: str) -> None:
        """Given to `EventStore` as `announce`."""
        self._note(days={EVENTS_FILE: sha256})
        self.announced = True

    def done(self) -> None:
        if self.announced:
            self._note(stored=True, **self.about)
        elif self.also is not None:
            with entering(self.engine, **self.entered) as entry:
                self._enter_also(entry)

    def _note(self, **values: Any) -> None:
        with entering(self.engine, **self.entered) as entry:
            self._enter_also(entry)
            entry.note(self.action, self.subject, self.number, **values)

    def _enter_also(self, entry: Entry) -> None:
        also, self.also = self.also, None
        if also is not None:
            also(entry)


@contextmanager
def days_on_record(
    engine: Engine, action: Action, *, by: str, now: datetime, purpose: str, subject: str = SUBJECT
) -> Iterator[StoredDays]:
    """One write of the fix store, or of the device events, with its rows in the audit."""
    write = StoredDays(engine, action, {"by": by, "now": now, "purpose": purpose}, subject)
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


def known_days(connection: Connection, subject: str = SUBJECT) -> Known:
    days: dict[str, str | None] = {}
    begun: dict[str, dict[str, str | None]] = {}
    for number, values in open_values(connection, subject):
        if "days" in values:
            begun[number] = values["days"]
        elif number in begun:
            told = begun.pop(number)
            if values.get("stored"):
                days |= told
    return Known({day: sha256 for day, sha256 in days.items() if sha256 is not None}, begun)


def known_with(engine: Engine, look: Callable[[], T], subject: str = SUBJECT) -> tuple[T, Known]:
    """What `look` sees of a store and what the audit says of it, at one moment: a write that ends meanwhile is in both
    or in neither."""
    known = _known(engine, subject)
    for _ in range(_LOOKS):
        seen, before = look(), known
        known = _known(engine, subject)
        # A write has a row before its commit and one after: between two that are alike nothing was stored unsaid.
        if known == before:
            break
    return seen, known


def _known(engine: Engine, subject: str) -> Known:
    with reading(engine).connect() as connection:
        return known_days(connection, subject)


def settle(settings: Settings, engine: Engine, *, by: str, now: datetime, wait_s: float) -> int:
    """Enter the second row of each write that was cut short: whether what it was to store is stored; how many. While
    another process writes to a store nothing of it is settled."""
    entered: dict[str, Any] = {"by": by, "now": now}
    return _settle_fixes(settings, engine, wait_s, entered) + _settle_events(settings, engine, wait_s, entered)


def _settle_events(settings: Settings, engine: Engine, wait_s: float, entered: dict[str, Any]) -> int:
    with reading(engine).connect() as connection:
        if not known_days(connection, EVENTS).cut_short:
            return 0
    try:
        with EventStore(settings.events_dir, lock_wait_s=wait_s).nobody_writes() as store:
            with reading(engine).connect() as connection:
                known = known_days(connection, EVENTS)
            found = sha256_at(store.file)
            said = {number: days[EVENTS_FILE] for number, days in known.cut_short.items()}
            ends = {number: sha256 == found for number, sha256 in said.items()}
            if found not in (known.days.get(EVENTS_FILE), *said.values()):
                # Changed since by hand: a fault that `events_that_differ` finds.
                return 0
            _note_ends(engine, EVENTS, ends, entered)
        return len(ends)
    except MatcherError:
        return 0


def _note_ends(engine: Engine, subject: str, ends: Mapping[str, bool], entered: dict[str, Any]) -> None:
    with entering(engine, purpose=SETTLING, **entered) as entry:
        for number, stored in ends.items():
            if not stored:
                forget_stream(entry, number)
            entry.note(Action.ALTER, subject, number, stored=stored, cut_short=True)


def _settle_fixes(settings: Settings, engine: Engine, wait_s: float, entered: dict[str, Any]) -> int:
    with reading(engine).connect() as connection:
        if not known_days(connection).cut_short:
            return 0
    try:
        with FixStore.open(settings.fixes_dir, create=False).nobody_writes(wait_s) as store:
            with reading(engine).connect() as connection:
                known = known_days(connection)
            ends = _ends(known, store)
            _note_ends(engine, SUBJECT, ends, entered)
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


def sha256_at(file: Path) -> str | None:
    """The sha256 of a file; None if it is not there."""
    return sha256_of(file) if file.exists() else None


def events_that_differ(found: str | None, known: Known) -> tuple[list[str], list[str]]:
    """The same of the file of device events, by its sha256; None: it is not there."""
    said = known.days.get(EVENTS_FILE)
    begun = [each[EVENTS_FILE] for each in known.begun]
    if found is None:
        return ([] if said is None else ["device events: missing; the audit says they were stored"]), []
    if found == said:
        return [], []
    if found in begun:
        return [], ["device events: the write that stored them was cut short before the audit had its end"]
    if said is None:
        return [], [
            "device events: stored by an earlier version, without a digest in the audit: `tagpilot verify --add-sums` "
            "takes them as they are"
        ]
    return ["device events: not those that the audit says were stored"], []
