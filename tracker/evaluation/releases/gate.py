"""The one gate through which every answer about people leaves for an evaluator.

The gate is opened for one programme and one day (`opened`): it knows the programme's k, the calendar, what the record
knew when the month was closed, and the ledger of what left before. A service asks it which counts may be told
(`allows`), leaves out or coarsens what may not, and has the answer released (`tell`), or, of tables, `tell_tables`.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from tracker.errors import BadEntry, Refused
from tracker.evaluation.disclosure.differences import Counted, may_be_told
from tracker.evaluation.disclosure.space import Cell, TableRequest
from tracker.evaluation.people.subject import worn_days
from tracker.evaluation.releases import service
from tracker.evaluation.releases.calendar import told_day
from tracker.evaluation.releases.service import PURPOSE, Released, k_of
from tracker.evaluation.releases.tables import MonthClosing, ToldAnswer
from tracker.evaluation.releases.told import Told
from tracker.evaluation.releases.told_queries import (
    add_counts,
    closed_at,
    counts_told,
    days_told,
    plain_counts,
    same_answer,
    without_person,
)
from tracker.programme.queries import programme_named
from tracker.record.audit.chain import Action
from tracker.record.engine import reading
from tracker.record.entry import Entry, entering
from tracker.times import AsOf

Answer = TypeVar("Answer")
TOO_FEW = (
    "too few people for this to be told, by itself or together with what was told before; ask with fewer levels, for "
    "more people, or as at a later month's end"
)
"""The same words whatever is too small, and without a figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseGate:
    """Opened for answers about one programme as at one month's end."""

    engine: Engine
    programme_id: int
    programme: str
    as_of: AsOf
    """The day, as known when its month was closed."""
    k: int
    by: str
    now: datetime

    def allows(self, *counted: Counted) -> bool:
        """Whether these counts may be told, beside each other and beside all that was told before."""
        with reading(self.engine).connect() as connection:
            return _first_refused(connection, self.programme_id, counted, self.k) is None

    def look(self, kind: str, **asked: str) -> int:
        """Which look this is: at how many days answers of the kind were told, with this one."""
        with reading(self.engine).connect() as connection:
            return len(days_told(connection, self.programme_id, kind, asked) | {self.as_of.at})

    def tell(
        self, kind: str, asked: Mapping[str, Any], answer: Answer, counted: Sequence[Counted] = ()
    ) -> Told[Answer]:
        """Release an answer: its counts go on the ledger, and its reading into the audit.

        Raises
        ------
        Refused
            One of the counts is of too few people, by itself or less an earlier one.
        """
        with entering(self.engine, by=self.by, now=self.now, purpose=PURPOSE) as entry:
            refuse_few(entry.connection, self.programme_id, counted, self.k)
            number = entered(entry, self.programme_id, kind, self.as_of.at, asked, counted)
            entry.note(Action.DISCLOSE, kind, self.programme, answer=number, as_at=self.as_of.at, **asked)
        return Told(answer=answer, as_of=self.as_of, k=self.k)

    def tell_tables(
        self, asks: Sequence[TableRequest], *, kind: str = "tables", k: int | None = None
    ) -> Told[Released]:
        """Release tables, protected against all tables that left before. Raises as `service.release_tables` does."""
        for day in {ask.as_at for ask in asks} | set(worn_days({ask.measure for ask in asks})):
            told_day(day, self.now)
        counted: list[Counted] = []

        def withhold(counts: Mapping[Cell, Counted]) -> set[Cell]:
            counted.clear()
            held = set()
            for cell, each in counts.items():
                if self.allows(*counted, each):
                    counted.append(each)
                else:
                    held.add(cell)
            return held

        released = service.release_tables(
            self.engine,
            self.programme,
            asks,
            kind=kind,
            k=k,
            known_at=self.as_of.known_at,
            withhold=withhold,
            by=self.by,
            now=self.now,
        )
        if counted:
            self.tell(kind, {"release": released.number}, released, counted)
        return Told(answer=released, as_of=self.as_of, k=released.prepared.protected.k)


def opened(engine: Engine, programme: str, day: date | None, *, by: str, now: datetime) -> ReleaseGate:
    """The gate for answers as at a month's end, the latest by default; the first closes the month.

    Raises BadEntry for another day, NotFound for an unknown programme.
    """
    at = told_day(day, now)
    with reading(engine).connect() as connection:
        programme_id, key, _ = programme_named(connection, programme)
        known_at = closed_at(connection, programme_id, at)
    if known_at is None:
        with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
            known_at = closed_at(entry.connection, programme_id, at)
            if known_at is None:
                entry.add(MonthClosing, programme_id=programme_id, day=at)
                known_at = entry.at
    as_of = AsOf(at, known_at)
    with reading(engine).connect() as connection:
        k = k_of(connection, programme_id, as_of)
    return ReleaseGate(engine=engine, programme_id=programme_id, programme=key, as_of=as_of, k=k, by=by, now=now)


def entered(
    entry: Entry, programme_id: int, kind: str, as_at: date, asked: Mapping[str, Any], counted: Sequence[Counted]
) -> int:
    """Enter an answer with its counts on the ledger; its number, that of the same answer if it left before."""
    counts = plain_counts(counted)
    digest = hashlib.sha256(json.dumps([kind, dict(asked), counts], sort_keys=True).encode()).hexdigest()
    if (number := same_answer(entry.connection, programme_id, as_at, digest)) is not None:
        return number
    values: dict[str, Any] = {"programme_id": programme_id, "kind": kind, "as_at": as_at, "asked": dict(asked)}
    number = entry.add(ToldAnswer, **values, sha256=digest)
    # Who they are stays out of the audit.
    add_counts(entry.connection, number, counts)
    return number


def refuse_few(connection: Connection, programme_id: int, counted: Sequence[Counted], k: int) -> None:
    """Raises Refused where one of the counts is of too few people, by itself or less an earlier one."""
    if (wrong := _first_refused(connection, programme_id, counted, k)) is not None:
        raise Refused("disclosure", f"{wrong.family}: {TOO_FEW}")


def with_k(gate: ReleaseGate, k: int | None) -> ReleaseGate:
    """The same gate with a larger k. Raises BadEntry for a smaller one."""
    if k is not None and k < gate.k:
        raise BadEntry(f"k is {k}, below the programme's k of {gate.k}; give {gate.k} or more")
    return replace(gate, k=k or gate.k)


def forget(entry: Entry, person_id: int) -> None:
    """Take a person out of the counts on the ledger."""
    without_person(entry.connection, person_id)


def _first_refused(connection: Connection, programme_id: int, counted: Sequence[Counted], k: int) -> Counted | None:
    """The first of these counts that may not be told beside those before it."""
    before = counts_told(connection, programme_id, {each.family for each in counted})
    for each in counted:
        if each not in before:
            if not may_be_told(each, before, k):
                return each
            before.append(each)
    return None
