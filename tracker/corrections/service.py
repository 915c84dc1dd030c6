"""Correcting an entry and taking it back, each in one transaction, by the rules that the entry itself was made by.

What follows from the entry (capacity, spans in which somebody may be matched, the position of the money) is computed
again in the same transaction; a change after which the record would contradict itself is refused as a whole.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine

from tracker.corrections.case_rules_service import CASE_RULES
from tracker.corrections.change import Change, Rules
from tracker.corrections.kinds import Kind, Scope
from tracker.corrections.programme_rules_service import PROGRAMME_RULES
from tracker.corrections.queries import current
from tracker.corrections.tag_rules_service import TAG_RULES
from tracker.errors import BadEntry, IllegalMove, Refused
from tracker.licences.entry_service import entering_tags
from tracker.record.entry import Entry, entering
from tracker.times import london_day

RULES: dict[str, Rules] = {**PROGRAMME_RULES, **CASE_RULES, **TAG_RULES}
_PURPOSE = "correction"


@dataclass(frozen=True, slots=True)
class Changed:
    """`number`: of the entry that counts now, or of the one that was taken back; `notes`: what to look at, in words."""

    number: int
    person_id: int | None
    notes: tuple[str, ...]


def correct(
    engine: Engine,
    kind: Kind,
    programme: tuple[int, str] | None,
    number: int,
    changes: Mapping[str, Any],
    *,
    reason: str,
    override: str | None = None,
    today: date,
    by: str,
    now: datetime,
) -> Changed:
    """Correct some columns of an entry; the others stay, and so does the entry as it was.

    Raises
    ------
    NotFound
        There is no such entry, or it counts no more.
    BadEntry
        Nothing would change, a value is impossible, or no reason is given.
    Refused
        What was entered after it would contradict it; or a rule, unless `override` says why.
    """
    if not kind.fields:
        raise BadEntry(f"A {kind.noun} follows from facts and is not corrected: correct the facts, or take it back.")
    with _changing(engine, kind, programme, number, reason, override, today, by, now) as change:
        change.changes = {name: value for name, value in changes.items() if change.held.values[name] != value}
        if not change.changes:
            raise BadEntry(f"This {kind.noun} says so already. Give the fields that change, with their new values.")
        _require_past(change)
        rules = RULES.get(kind.key, Rules())
        if rules.prepare is not None:
            rules.prepare(change)
        new = change.supersede() if rules.correct is None else rules.correct(change)
        if rules.settle is not None:
            _settled(rules.settle, change)
    return Changed(new, change.person_id, tuple(change.notes))


def take_back(
    engine: Engine,
    kind: Kind,
    programme: tuple[int, str] | None,
    number: int,
    *,
    reason: str,
    override: str | None = None,
    today: date,
    by: str,
    now: datetime,
) -> Changed:
    """Take back an entry that was made in error: it did not happen. Raises as `correct` does."""
    with _changing(engine, kind, programme, number, reason, override, today, by, now) as change:
        rules = RULES.get(kind.key, Rules())
        if rules.before_taking_back is not None:
            rules.before_taking_back(change)
        if rules.take_back is not None:
            rules.take_back(change)
        else:
            change.withdraw()
        if rules.settle is not None:
            _settled(rules.settle, change)
    return Changed(number, change.person_id, tuple(change.notes))


def _settled(settle: Callable[[Change], None], change: Change) -> None:
    try:
        settle(change)
    except IllegalMove as wrong:
        raise Refused(
            "order of moves",
            f"What was entered after it would not follow. {wrong} Correct or take back the later entry first.",
        ) from wrong


@contextmanager
def _changing(
    engine: Engine,
    kind: Kind,
    programme: tuple[int, str] | None,
    number: int,
    reason: str,
    override: str | None,
    today: date,
    by: str,
    now: datetime,
) -> Iterator[Change]:
    if not reason.strip():
        raise BadEntry("reason: none is given. Say why the entry is changed.")
    with _entry(engine, kind, by, now) as entry:
        held = current(entry.connection, kind, None if programme is None else programme[0], number)
        yield Change(entry, kind, programme, held, reason.strip(), override, today)


@contextmanager
def _entry(engine: Engine, kind: Kind, by: str, now: datetime) -> Iterator[Entry]:
    # Fittings by hand and by file take turns, corrected ones too: one device never has two wearers.
    worn = kind.scope in (Scope.TAG, Scope.DEVICE)
    with entering_tags(engine, by, now) if worn else entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        yield entry


def _require_past(change: Change) -> None:
    """What happened did not happen tomorrow; a plan may."""
    value = change.changes.get(change.kind.when)
    if value is None or change.kind.plan:
        return
    day = london_day(value) if isinstance(value, datetime) else value
    if day > change.today:
        name = change.kind.outside(change.kind.when)
        raise BadEntry(f"{name}: {day} has not come yet; today is {change.today}. Give the day on which it happened.")
