"""Entering what decision papers say, from a file or one by one: the same checks, and nothing twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select

from geo.borough_names import BOROUGHS
from tracker.budget.position import position
from tracker.errors import BadEntry, Refused
from tracker.money import pounds
from tracker.portfolio.files import Entered, ProgrammeFile
from tracker.portfolio.programme import Portfolio
from tracker.portfolio.sections import SECTIONS, FundingKind, PlaceKind
from tracker.store.entry import Entry, entering
from tracker.store.queries.portfolio import TABLES, programmes, rows_of
from tracker.store.tables.programmes import Programme

_BOROUGHS = frozenset(borough.name for borough in BOROUGHS)


@dataclass(frozen=True, slots=True)
class EnterReport:
    """How many entries are new, were corrected, and were there already, of one programme."""

    programme: str
    new: int
    corrected: int
    same: int


def enter_file(engine: Engine, file: ProgrammeFile, *, by: str, now: datetime) -> EnterReport:
    """Bring a file's entries to the record at once, or, if one cannot be, none.

    An entry is known again by its programme, its decision and the key of its section; where it says something else it
    corrects the one there. So the same file twice changes nothing.

    Raises
    ------
    BadEntry
        Every entry that names what there is not, each with where it stands.
    Refused
        Money carried forward that is not there to be carried.
    """
    with entering(engine, by=by, now=now, purpose="programme record") as entry:
        programme_id = _programme(entry, file)
        counts = {"new": 0, "corrected": 0, "same": 0}
        for entered in file.entries:
            counts[_enter(entry, programme_id, entered)] += 1
        _check(entry, file.key, programme_id, file.entries)
    return EnterReport(file.key, **counts)


def _programme(entry: Entry, file: ProgrammeFile) -> int:
    for programme_id, key, _ in programmes(entry.connection):
        if key == file.key:
            return programme_id
    if file.name is None:
        raise BadEntry(f"there is no programme {file.key!r} yet; give it a name to begin it")
    return entry.add(Programme, key=file.key, name=file.name)


def _enter(entry: Entry, programme_id: int, entered: Entered) -> str:
    table, section = TABLES[entered.section], SECTIONS[entered.section]
    values = {**entered.values, **({"programme_id": programme_id} if section.of_programme else {})}
    columns = table.__table__.columns
    same = [*section.key, *(name for name in ("programme_id", "decision") if name in columns)]
    query = select(table.__table__).where(
        columns["superseded_at"].is_(None),
        *(columns[name].is_(None) if values[name] is None else columns[name] == values[name] for name in same),
    )
    found = entry.connection.execute(query).first()
    if found is None:
        entry.add(table, **values)
        return "new"
    changes = {name: value for name, value in values.items() if found._mapping[name] != value}
    if not changes:
        return "same"
    entry.supersede(table, found.id, **changes)
    return "corrected"


def _check(entry: Entry, key: str, programme_id: int, entries: Iterable[Entered]) -> None:
    """What an entry names must be there, and money carried forward must be."""
    rows = {
        name: rows_of(entry.connection, name, programme_id, None)
        for name, held in SECTIONS.items()
        if held.of_programme
    }
    named = {
        "decision": {row["reference"] for row in rows["decision"]},
        "line": {row["key"] for row in rows["line"]},
        "contract": {row["key"] for row in rows["contract"]},
        "phase": {row["name"] for row in rows["phase"]},
    }
    faults = [
        f"{entered.where}: {field} is {value!r}, which is no {kind} of {key}; "
        f"enter it first, there are {', '.join(sorted(named[kind])) or 'none'}"
        for entered in entries
        for field, kind, value in _names(entered)
        if value not in named[kind]
    ]
    faults += [
        f"{entered.where}: place is {entered.values['place']!r}, which is no borough; it is spelt as in "
        "'Hammersmith and Fulham'"
        for entered in entries
        if entered.section == "place"
        and entered.values["kind"] is PlaceKind.BOROUGH
        and entered.values["place"] not in _BOROUGHS
    ]
    faults += [
        f"{entered.where}: money carried forward needs from_decision and from_line: where it was"
        for entered in entries
        if entered.section == "funding"
        and entered.values["kind"] is FundingKind.CARRIED_FORWARD
        and not (entered.values["from_decision"] and entered.values["from_line"])
    ]
    if faults:
        raise BadEntry("\n".join(faults))
    _check_carried(Portfolio(key, key, rows), entries)


def _names(entered: Entered) -> Iterable[tuple[str, str, Any]]:
    for field, kind in (
        ("decision", "decision"),
        ("from_decision", "decision"),
        ("line", "line"),
        ("from_line", "line"),
        ("to_line", "line"),
        ("contract", "contract"),
        ("phase", "phase"),
    ):
        value = entered.values.get(field)
        if value is not None and not (entered.section == "phase" and field == "phase"):
            yield field, kind, value
    for line in entered.values.get("lines") or ():
        yield "lines", "line", line


def _check_carried(portfolio: Portfolio, entries: Iterable[Entered]) -> None:
    """No more leaves a line than it was given: what is carried forward twice would be money out of nothing."""
    if not any(e.section == "funding" and e.values["kind"] is FundingKind.CARRIED_FORWARD for e in entries):
        return
    for line in position(portfolio.approved, portfolio.allocations()).lines:
        if line.allocated < 0:
            said = f"{line.line}{f' {line.year}' if line.year else ''}"
            raise Refused(
                "carry forward",
                f"{pounds(-line.allocated)} more would be carried forward from {said} than it was ever given; "
                "carry forward what is left there, and approve the rest anew",
            )
