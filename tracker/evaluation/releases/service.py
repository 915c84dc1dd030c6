"""Tables for evaluators: made, protected against all that left before, and put on the ledger as they leave."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from tracker.errors import BadEntry
from tracker.evaluation.disclosure.space import Cell, TableAsk
from tracker.evaluation.disclosure.suppression import DEFAULT_K, Protected, protect
from tracker.evaluation.people.queries import subjects
from tracker.evaluation.people.subject import Subject, catalogue, worn_days
from tracker.evaluation.releases.queries import cell_of, cell_plain, earlier_tables, tables_released
from tracker.evaluation.releases.tables import CohortExport, TableRelease
from tracker.programme.queries import programme_named, rows_of
from tracker.record.audit_chain import Action
from tracker.record.engine import reading
from tracker.record.entry import Entry, entering
from tracker.rollout.queries import places
from tracker.times import AsOf, london_day

PURPOSE = "evaluation"
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Ledger:
    """How far the ledger was when something was worked out beside it."""

    tables: int
    cohorts: int


def k_of(connection: Connection, programme_id: int, as_of: AsOf) -> int:
    """The programme's k: its last statement *smallest count that leaves*, else 10."""
    rows = [r for r in rows_of(connection, "statement", programme_id, as_of) if r["subject"] == K_STATEMENT]
    said = [r["value"] for r in sorted(rows, key=lambda r: r["effective_on"]) if str(r["value"]).isdigit()]
    return max(3, int(said[-1])) if said else DEFAULT_K


K_STATEMENT = "smallest count that leaves"


def ledger_of(connection: Connection, programme_id: int) -> Ledger:
    def last(table: Any) -> int:
        return connection.scalar(select(func.max(table.id)).where(table.programme_id == programme_id)) or 0

    return Ledger(last(TableRelease), last(CohortExport))


@dataclass(frozen=True, slots=True)
class Prepared:
    """Tables as they may leave, and beside which ledger that was worked out."""

    protected: Protected
    asked: tuple[TableAsk, ...]
    as_at: date
    ledger: Ledger


def prepared(connection: Connection, programme_id: int, asks: Sequence[TableAsk], k: int | None = None) -> Prepared:
    """Count and protect. Raises Refused, BadEntry as `protect` does."""
    if not asks:
        raise BadEntry("no table is asked for")
    earlier = earlier_tables(connection, programme_id)
    cells = [cell for each in earlier for cell in each.shown]
    days = {ask.as_at for ask in asks} | {cell.as_at for cell in cells}
    worn_on = worn_days({ask.measure for ask in asks} | {cell.measure for cell in cells})
    everybody = people_at(connection, programme_id, max(days))
    known = catalogue(everybody, phases(connection, programme_id), worn_on)
    least = k_of(connection, programme_id, AsOf(max(days)))
    if k is not None and k < least:
        raise BadEntry(f"k is {k}, and the programme's is {least}: ask for that or more")
    units = [subject.unit(worn_on) for subject in everybody]
    found = protect(asks, units, known, earlier, k or least)
    return Prepared(found, tuple(asks), max(ask.as_at for ask in asks), ledger_of(connection, programme_id))


def has_come(day: date, now: datetime) -> None:
    """Raises BadEntry for a day of which nothing can be known yet."""
    if day > london_day(now):
        raise BadEntry(f"as at {day}: that day has not come; today is {london_day(now)}")


def people_at(connection: Connection, programme_id: int, day: date, known_at: datetime | None = None) -> list[Subject]:
    return subjects(connection, programme_id, AsOf(day, known_at))


def phases(connection: Connection, programme_id: int) -> dict[str, str | None]:
    """The phase of each borough of the programme, as planned."""
    return {name: place.phase for name, place in places(connection, programme_id, AsOf(date.max)).items()}


@dataclass(frozen=True, slots=True)
class Released:
    """Tables that left: their number on the ledger, and what they show."""

    number: int
    kind: str
    prepared: Prepared
    sha256: str


def release_tables(
    engine: Engine,
    programme: str,
    asks: Sequence[TableAsk],
    *,
    kind: str = "tables",
    k: int | None = None,
    by: str,
    now: datetime,
) -> Released:
    """Make tables that may leave, and put them on the ledger.

    Raises
    ------
    Refused
        They cannot leave beside what left before; the message names the release.
    BadEntry
        There is no such measure, attribute or level.
    """
    has_come(max(ask.as_at for ask in asks) if asks else date.min, now)
    for _ in range(_TRIES):
        with reading(engine).connect() as connection:
            programme_id, _, _ = programme_named(connection, programme)
            before = _as_before(connection, programme_id, asks, kind, k)
            found = before.prepared if before is not None else prepared(connection, programme_id, asks, k)
        with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
            if before is not None:
                entry.note(Action.DISCLOSE, "table_release", before.number, kind=kind, sha256=before.sha256)
                return before
            # Somebody else's tables that left meanwhile have to be looked at too.
            if ledger_of(entry.connection, programme_id) == found.ledger:
                return enter_tables(entry, programme_id, found, kind)
    raise BadEntry("other tables left at the same time, again and again; ask once more")


def _as_before(
    connection: Connection, programme_id: int, asks: Sequence[TableAsk], kind: str, k: int | None
) -> Released | None:
    """The release of the very same tables, where all it showed is still true: to tell it again tells nothing new."""
    asked = {"tables": [ask_plain(ask) for ask in asks]}
    least = k or k_of(connection, programme_id, AsOf(max(ask.as_at for ask in asks)))
    same = [t for t in tables_released(connection, programme_id) if (t.asked, t.kind, t.k) == (asked, kind, least)]
    if not same:
        return None
    held = same[-1]
    cells = {cell_of(plain): plain["value"] for plain in held.told["cells"]}
    worn_on = worn_days(cell.measure for cell in cells)
    units = [person.unit(worn_on) for person in people_at(connection, programme_id, held.as_at)]
    if any(n is not None and sum(cell.counts(unit) for unit in units) != n for cell, n in cells.items()):
        return None
    told = held.told
    protected = Protected(cells, held.k, told["below"], told["beside"], tuple(told["besideFor"]), told["groups"])
    found = Prepared(protected, tuple(asks), held.as_at, ledger_of(connection, programme_id))
    return Released(held.number, held.kind, found, held.sha256)


def enter_tables(entry: Entry, programme_id: int, found: Prepared, kind: str) -> Released:
    """Put prepared tables on the ledger, within an entry that has looked that it is as it was."""
    told = told_of(found)
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    same = select(func.min(TableRelease.id)).where(
        TableRelease.programme_id == programme_id, TableRelease.kind == kind, TableRelease.sha256 == digest
    )
    if (held := entry.connection.scalar(same)) is not None:
        # The very same tables left before: nothing new is told.
        entry.note(Action.DISCLOSE, "table_release", held, kind=kind, sha256=digest)
        return Released(held, kind, found, digest)
    number = entry.add(
        TableRelease,
        programme_id=programme_id,
        kind=kind,
        as_at=found.as_at,
        k=found.protected.k,
        asked={"tables": [ask_plain(ask) for ask in found.asked]},
        told=told,
        words=found.protected.words(),
        sha256=digest,
    )
    entry.note(Action.DISCLOSE, "table_release", number, kind=kind, sha256=digest)
    return Released(number, kind, found, digest)


def told_of(found: Prepared) -> dict[str, Any]:
    told = found.protected
    return {
        "cells": [cell_plain(cell, value) for cell, value in told.cells.items()],
        "below": told.below,
        "beside": told.beside,
        "besideFor": list(told.beside_for),
        "groups": told.groups,
    }


def ask_plain(ask: TableAsk) -> dict[str, Any]:
    where = {name: sorted(levels) for name, levels in sorted(ask.where.items())}
    return {"measure": ask.measure, "asAt": ask.as_at.isoformat(), "by": list(ask.by), "where": where}


def shares(found: Prepared) -> list[dict[str, Any]]:
    """Rates between the tables of one release: a measure of another, where both are shown, in the same cell."""
    shown = dict(found.protected.cells)
    measures = list(dict.fromkeys(ask.measure for ask in found.asked))
    out = []
    for n, base in enumerate(measures):
        for of in measures[n + 1 :]:
            for cell, count in shown.items():
                whole = shown.get(Cell(base, cell.as_at, cell.limits)) if cell.measure == of else None
                if whole and count is not None:
                    out.append({"of": of, "among": base, "cell": cell, "share": count / whole})
    return out
