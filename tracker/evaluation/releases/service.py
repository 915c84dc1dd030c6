"""Tables for evaluators: counted, protected against all earlier releases, and recorded on the ledger of releases."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from tracker.errors import BadEntry
from tracker.evaluation.disclosure.space import Cell, TableRequest
from tracker.evaluation.disclosure.suppression import DEFAULT_K, Protected, protect
from tracker.evaluation.people.queries import subjects
from tracker.evaluation.people.subject import Subject, catalogue, worn_days
from tracker.evaluation.releases.calendar import refuse_future_day
from tracker.evaluation.releases.convictions import Withhold, convictions
from tracker.evaluation.releases.queries import cell_of, cell_plain, earlier_tables, tables_released
from tracker.evaluation.releases.tables import CohortExport, TableRelease
from tracker.programme.queries import programme_named, rows_of
from tracker.programme.statement_queries import stated
from tracker.record.audit.chain import Action
from tracker.record.engine import reading
from tracker.record.entry import Entry, entering
from tracker.rollout.queries import places
from tracker.times import AsOf

PURPOSE = "evaluation"
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Ledger:
    """The last entries on the ledger when a release was prepared."""

    tables: int
    cohorts: int


def k_of(connection: Connection, programme_id: int, as_of: AsOf) -> int:
    """The programme's k: its latest statement *smallest count that leaves*, else 10."""
    rows = [r for r in rows_of(connection, "statement", programme_id, as_of) if r["subject"] == K_STATEMENT]
    values = [r["value"] for r in sorted(rows, key=lambda r: r["effective_on"]) if str(r["value"]).isdigit()]
    return max(3, int(values[-1])) if values else DEFAULT_K


K_STATEMENT = "smallest count that leaves"


def declared_empty(connection: Connection, programme_id: int, as_of: AsOf) -> frozenset[tuple[str, str]]:
    """Attributes with a level that nobody has, which is public: an age below that of a law, say. By the programme's
    latest statement *levels that nobody has*, as ``age: 18-20; ethnicity: Other``; what names no level says nothing."""
    values = stated(connection, programme_id, as_of, EMPTY_STATEMENT)
    pairs = [each.partition(":") for each in (values[-1] if values else "").split(";")]
    return frozenset((name.strip(), level.strip()) for name, _, level in pairs)


EMPTY_STATEMENT = "levels that nobody has"


def ledger_of(connection: Connection, programme_id: int) -> Ledger:
    def last(table: Any) -> int:
        return connection.scalar(select(func.max(table.id)).where(table.programme_id == programme_id)) or 0

    return Ledger(last(TableRelease), last(CohortExport))


@dataclass(frozen=True, slots=True)
class Prepared:
    """Tables ready for release, and the ledger they were prepared against."""

    protected: Protected
    asked: tuple[TableRequest, ...]
    as_at: date
    ledger: Ledger


def prepared(
    connection: Connection,
    programme_id: int,
    asks: Sequence[TableRequest],
    k: int | None = None,
    known_at: datetime | None = None,
    withhold: Withhold | None = None,
) -> Prepared:
    """Count and protect tables. Raises Refused and BadEntry as `protect` does.

    `withhold`: which of the counts of convictions that `protect` would show may not be told.
    """
    if not asks:
        raise BadEntry("tables is empty; ask for at least one")
    earlier = earlier_tables(connection, programme_id)
    cells = [cell for each in earlier for cell in each.shown]
    days = {ask.as_at for ask in asks} | {cell.as_at for cell in cells}
    worn_on = worn_days({ask.measure for ask in asks} | {cell.measure for cell in cells})
    people = people_at(connection, programme_id, max(days), known_at)
    declared = declared_empty(connection, programme_id, AsOf(max(ask.as_at for ask in asks)))
    filters = [(name, level) for ask in asks for name, levels in ask.where.items() for level in sorted(levels)]
    known = catalogue(people, phases(connection, programme_id), worn_on, declared, filters)
    least = k_of(connection, programme_id, AsOf(max(days)))
    if k is not None and k < least:
        raise BadEntry(f"k is {k}, below the programme's k of {least}; give {least} or more")
    units = [subject.unit(worn_on) for subject in people]
    found = protect(asks, units, known, earlier, k or least)
    if withhold is not None:
        held = withhold(convictions(found.cells, people))
        shown = {cell: None if cell in held else n for cell, n in found.cells.items()}
        found = replace(found, cells=shown, secondary=found.secondary + len(held))
    return Prepared(found, tuple(asks), max(ask.as_at for ask in asks), ledger_of(connection, programme_id))


def people_at(connection: Connection, programme_id: int, day: date, known_at: datetime | None = None) -> list[Subject]:
    return subjects(connection, programme_id, AsOf(day, known_at))


def phases(connection: Connection, programme_id: int) -> dict[str, str | None]:
    """The phase of each borough of the programme, as planned."""
    return {name: place.phase for name, place in places(connection, programme_id, AsOf(date.max)).items()}


@dataclass(frozen=True, slots=True)
class Released:
    """Released tables: their number on the ledger, and what they show."""

    number: int
    kind: str
    prepared: Prepared
    sha256: str


def release_tables(
    engine: Engine,
    programme: str,
    asks: Sequence[TableRequest],
    *,
    kind: str = "tables",
    k: int | None = None,
    known_at: datetime | None = None,
    withhold: Withhold | None = None,
    by: str,
    now: datetime,
) -> Released:
    """Prepare tables and record their release on the ledger. The gate (`gate`) calls it, for what leaves.

    Raises
    ------
    Refused
        They cannot be released in addition to earlier releases; the message names those.
    BadEntry
        Unknown measure, attribute or level.
    """
    refuse_future_day(max(ask.as_at for ask in asks) if asks else date.min, now)
    for _ in range(_TRIES):
        with reading(engine).connect() as connection:
            programme_id, _, _ = programme_named(connection, programme)
            before = _released_before(connection, programme_id, asks, kind, k, known_at)
            found = (
                before.prepared
                if before is not None
                else prepared(connection, programme_id, asks, k, known_at, withhold)
            )
        with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
            if before is not None:
                entry.note(Action.DISCLOSE, "table_release", before.number, kind=kind, sha256=before.sha256)
                return before
            # Tables that another person released meanwhile have to be taken into account.
            if ledger_of(entry.connection, programme_id) == found.ledger:
                return enter_tables(entry, programme_id, found, kind)
    raise BadEntry("other tables were released at the same time; try again")


def _released_before(
    connection: Connection,
    programme_id: int,
    asks: Sequence[TableRequest],
    kind: str,
    k: int | None,
    known_at: datetime | None,
) -> Released | None:
    """An earlier release of the same tables, if all its figures are unchanged: repeating it discloses nothing new."""
    asked = {"tables": [ask_plain(ask) for ask in asks]}
    least = k or k_of(connection, programme_id, AsOf(max(ask.as_at for ask in asks)))
    same = [t for t in tables_released(connection, programme_id) if (t.asked, t.kind, t.k) == (asked, kind, least)]
    if not same:
        return None
    last = same[-1]
    cells = {cell_of(plain): plain["value"] for plain in last.told["cells"]}
    worn_on = worn_days(cell.measure for cell in cells)
    units = [person.unit(worn_on) for person in people_at(connection, programme_id, last.as_at, known_at)]
    if any(n is not None and sum(cell.counts(unit) for unit in units) != n for cell, n in cells.items()):
        return None
    shown = last.told
    protected = Protected(cells, last.k, shown["below"], shown["beside"], tuple(shown["besideFor"]), shown["groups"])
    found = Prepared(protected, tuple(asks), last.as_at, ledger_of(connection, programme_id))
    return Released(last.number, last.kind, found, last.sha256)


def enter_tables(entry: Entry, programme_id: int, found: Prepared, kind: str) -> Released:
    """Record prepared tables on the ledger; the caller's entry has checked that the ledger is unchanged."""
    shown = cells_shown(found)
    digest = hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()
    same = select(func.min(TableRelease.id)).where(
        TableRelease.programme_id == programme_id, TableRelease.kind == kind, TableRelease.sha256 == digest
    )
    if (number := entry.connection.scalar(same)) is not None:
        # The same tables were released before: nothing new is disclosed.
        entry.note(Action.DISCLOSE, "table_release", number, kind=kind, sha256=digest)
        return Released(number, kind, found, digest)
    number = entry.add(
        TableRelease,
        programme_id=programme_id,
        kind=kind,
        as_at=found.as_at,
        k=found.protected.k,
        asked={"tables": [ask_plain(ask) for ask in found.asked]},
        told=shown,
        words=found.protected.words(),
        sha256=digest,
    )
    entry.note(Action.DISCLOSE, "table_release", number, kind=kind, sha256=digest)
    return Released(number, kind, found, digest)


def cells_shown(found: Prepared) -> dict[str, Any]:
    """What a release shows, as stored on the ledger."""
    protected = found.protected
    return {
        "cells": [cell_plain(cell, value) for cell, value in protected.cells.items()],
        "below": protected.below,
        "beside": protected.secondary,
        "besideFor": list(protected.because_of),
        "groups": protected.groups,
    }


def ask_plain(ask: TableRequest) -> dict[str, Any]:
    where = {name: sorted(levels) for name, levels in sorted(ask.where.items())}
    return {"measure": ask.measure, "asAt": ask.as_at.isoformat(), "by": list(ask.by), "where": where}


def shares(found: Prepared) -> list[dict[str, Any]]:
    """Shares between tables of one release: one measure as a share of another, where both show the same cell."""
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
