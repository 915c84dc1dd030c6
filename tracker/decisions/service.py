"""Recording the entries of decision papers, from a file or one by one, with the same checks and no entry twice."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, String, select

from geo.borough_names import BOROUGHS
from tracker.budget.queries import position_of
from tracker.decisions.papers import Entered, ProgrammeFile
from tracker.decisions.question_service import ask, portfolio_now
from tracker.errors import BadEntry, NotFound, Refused
from tracker.money import pounds
from tracker.programme.carry_forward import check_money
from tracker.programme.portfolio import Portfolio
from tracker.programme.programme_table import Programme
from tracker.programme.queries import TABLES, programme_named, programmes, rows_of
from tracker.programme.read_entry import read_some
from tracker.programme.sections import SECTIONS, FundingKind, PlaceKind
from tracker.record.entry import Entry, entering
from tracker.screening.facts_service import Notes
from tracker.times import AsOf, london_day

_BOROUGHS = frozenset(borough.name for borough in BOROUGHS)
_PURPOSE = "programme record"
_SCREENED_BY = frozenset({"end", "place", "phase"})
"""Sections that the criteria of the screening ask."""


@dataclass(frozen=True, slots=True)
class EnterReport:
    """How many entries of a programme are new, were corrected, or were on record; with notes for the officer."""

    programme: str
    new: int
    corrected: int
    same: int
    notes: tuple[str, ...] = ()


def enter_file(
    engine: Engine,
    file: ProgrammeFile | Callable[[Connection], ProgrammeFile],
    *,
    override: str | None = None,
    then: Callable[[Entry], None] | None = None,
    by: str,
    now: datetime,
) -> EnterReport:
    """Record all entries of a file, or none if one is not valid. With `override`, a reason, what is questioned
    (`questions.py`) is entered and settled with the reason. A function makes the file of what is on record, and `then`
    enters more, in the same transaction.

    An entry is identified by its programme, its decision and the key of its section; if it differs from the one on
    record it corrects it, so the same file entered twice changes nothing. With `once`, entries that a user corrected or
    withdrew since are left alone.

    Raises
    ------
    BadEntry
        Entries that name something not on record, each with its position in the file.
    Refused
        Money carried forward that its account does not have, or that would count twice; something questioned.
    """
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        if not isinstance(file, ProgrammeFile):
            file = file(entry.connection)
        programme_id = _programme(entry, file)
        _check_given_twice(file)
        before = portfolio_now(entry, file.key, programme_id)
        counts = {"new": 0, "corrected": 0, "same": 0}
        for entered in file.entries:
            counts[_enter(entry, programme_id, entered, once=file.once)] += 1
        notes = _check(entry, file.key, programme_id, file.entries)
        if then is not None:
            then(entry)
        ask(entry, programme_id, before, override, london_day(now))
        if counts["new"] or counts["corrected"]:
            notes += _screened_again(entry, programme_id, {each.section for each in file.entries}, now)
    return EnterReport(file.key, **counts, notes=notes)


def correct(
    engine: Engine,
    programme: str,
    section: str,
    where: Mapping[str, Any],
    changes: Mapping[str, Any],
    *,
    override: str | None = None,
    by: str,
    now: datetime,
) -> EnterReport:
    """Correct some fields of the one entry that `where` selects; the others stay. Raises as `enter_file` does, and
    NotFound unless `where` selects exactly one."""
    here = f"this {section}"
    changed = read_some(section, changes, here)
    if not changed:
        raise BadEntry("There is nothing to correct. Give the fields that change, with their new values.")
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        programme_id, key, _ = programme_named(entry.connection, programme)
        found = _picked(entry, programme_id, section, where)
        _check_lengths(Entered(section, changed, here))
        if all(found[name] == value for name, value in changed.items()):
            return EnterReport(key, 0, 0, 1)
        before = portfolio_now(entry, key, programme_id)
        entry.supersede(TABLES[section], found["id"], **changed)
        notes = _check(entry, key, programme_id, _all(entry, programme_id))
        ask(entry, programme_id, before, override, london_day(now))
        notes += _screened_again(entry, programme_id, {section}, now)
    return EnterReport(key, 0, 1, 0, notes)


def withdraw(
    engine: Engine, programme: str, section: str, where: Mapping[str, Any], reason: str, *, by: str, now: datetime
) -> None:
    """Withdraw the one entry that `where` selects, entered by mistake. Answers as known before still include it.

    Raises
    ------
    NotFound
        No entry is selected, or more than one.
    BadEntry
        Other entries refer to it: withdraw those first.
    """
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        programme_id, key, _ = programme_named(entry.connection, programme)
        found = _picked(entry, programme_id, section, where)
        before = portfolio_now(entry, key, programme_id)
        entry.withdraw(TABLES[section], found["id"], reason=reason)
        _check(entry, key, programme_id, _all(entry, programme_id))
        # A withdrawal has its reason.
        ask(entry, programme_id, before, reason, london_day(now))
        _screened_again(entry, programme_id, {section}, now)


def _screened_again(entry: Entry, programme_id: int, sections: set[str], now: datetime) -> tuple[str, ...]:
    """Screen again whom the criteria answer otherwise, now that ends, places or phases are others."""
    notes = Notes()
    if sections & _SCREENED_BY:
        notes.of_programme(london_day(now))(entry, programme_id)
    return tuple(notes)


def _picked(entry: Entry, programme_id: int, section: str, where: Mapping[str, Any]) -> Mapping[str, Any]:
    wanted = read_some(section, where, f"this {section}")
    rows = rows_of(entry.connection, section, programme_id, None)
    found = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    if len(found) != 1:
        keys = "; ".join(_key_of(section, row) for row in (found or rows)[:10])
        known = f"The entries are: {keys}." if keys else "There are no entries of this kind yet."
        raise NotFound(f"{len(found) or 'No'} entries of {section} match; give fields that match exactly one. {known}")
    return found[0]


def _key_of(section: str, row: Mapping[str, Any]) -> str:
    names = [*SECTIONS[section].key, *(("decision",) if "decision" in row else ())]
    return ", ".join(f"{name}={row[name]}" for name in names if row[name] is not None)


def _all(entry: Entry, programme_id: int) -> list[Entered]:
    """Every entry of a programme, for the checks."""
    return [
        Entered(name, row, f"{name} {_key_of(name, row)}")
        for name, section in SECTIONS.items()
        if section.of_programme
        for row in rows_of(entry.connection, name, programme_id, None)
    ]


def _programme(entry: Entry, file: ProgrammeFile) -> int:
    for programme_id, key, _ in programmes(entry.connection):
        if key == file.key:
            return programme_id
    if file.name is None:
        raise BadEntry(f"There is no programme {file.key!r} yet. Give it a name to create it.")
    return entry.add(Programme, key=file.key, name=file.name)


def _check_given_twice(file: ProgrammeFile) -> None:
    """Of two entries with one key the second would replace the first, and its money would be lost."""
    keys = [(each.section, _key_of(each.section, each.values)) for each in file.entries]
    twice = [f"{section} {key}" for (section, key), times in Counter(keys).items() if times > 1]
    if twice:
        raise BadEntry(f"Entered twice: {'; '.join(twice)}. Combine the entries, or give them different keys.")


def _enter(entry: Entry, programme_id: int, entered: Entered, *, once: bool) -> str:
    _check_lengths(entered)
    table, section = TABLES[entered.section], SECTIONS[entered.section]
    values = {**entered.values, **({"programme_id": programme_id} if section.of_programme else {})}
    columns = table.__table__.columns
    same = [*section.key, *(name for name in ("programme_id", "decision") if name in columns)]
    is_it = [_equal(columns[name], values[name]) for name in same]
    versions = entry.connection.execute(select(table.__table__).where(*is_it)).all()
    found = next((row for row in versions if row.superseded_at is None), None)
    if once and any(all(row._mapping[name] == value for name, value in values.items()) for row in versions):
        return "same"
    if once and versions and found is None:
        return "same"
    if found is None:
        entry.add(table, **values)
        return "new"
    changes = {name: value for name, value in values.items() if found._mapping[name] != value}
    if once and len(versions) > 1:
        # A user corrected it: of what a later version of the program reads in the paper, only what is new is added.
        changes = {name: value for name, value in changes.items() if found._mapping[name] is None}
    if not changes:
        return "same"
    entry.supersede(table, found.id, **changes)
    return "corrected"


def _equal(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    return column.is_(None) if value is None else column == value


def _check_lengths(entered: Entered) -> None:
    columns = TABLES[entered.section].__table__.columns
    for name, value in entered.values.items():
        kept = columns[name].type
        most = kept.length if isinstance(kept, String) else None
        if most is not None and isinstance(value, str) and len(value) > most:
            raise BadEntry(f"{entered.where}: {name} has {len(value)} characters. Give at most {most}.")


def _check(entry: Entry, key: str, programme_id: int, entries: Collection[Entered]) -> tuple[str, ...]:
    """Check that everything an entry names is on record, and that money counts once; returns notes for the officer."""
    record = portfolio_now(entry, key, programme_id)
    faults = [*_unknown_names(record, entries)]
    for entered in entries:
        faults += [f"{entered.where}: {fault}" for fault in _faults(record, entered)]
    if faults:
        raise BadEntry("\n".join(faults))
    check_money(record)
    return _in_use(entry, key, record)


def _unknown_names(record: Portfolio, entries: Iterable[Entered]) -> Iterable[str]:
    named = {
        "decision": {row["reference"] for row in record.of("decision")},
        "line": {row["key"] for row in record.of("line")},
        "contract": {row["key"] for row in record.of("contract")},
        "phase": {row["name"] for row in record.of("phase")},
    }
    for entered in entries:
        for field, kind, value in _names(entered):
            if value not in named[kind]:
                names = ", ".join(sorted(named[kind])) or "none yet"
                yield (
                    f"{entered.where}: {field} is {value!r}, which is not a {kind} of {record.key} (on record: "
                    f"{names}). "
                    f"Enter that {kind} first, or correct the value."
                )


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
        if value is not None:
            yield field, kind, value
    for line in entered.values.get("lines") or ():
        yield "lines", "line", line


def _faults(record: Portfolio, entered: Entered) -> Iterable[str]:
    values = entered.values
    match entered.section:
        case "place" if values["kind"] is PlaceKind.BOROUGH and values["place"] not in _BOROUGHS:
            yield f"place is {values['place']!r}, which is not a borough; spell it as in 'Hammersmith and Fulham'"
        case "funding" if values["kind"] is FundingKind.CARRIED_FORWARD and not values["from_decision"]:
            yield "money carried forward needs from_decision, and from_line if it was on a line"
        case "amendment" if values["ceiling_pence"] is not None and values["ceiling_by_pence"] is not None:
            yield "give either ceiling_pence, the new ceiling, or ceiling_by_pence, the increase, not both"
        case "amendment" if values["ceiling_by_pence"] is not None:
            contracts = [row for row in record.of("contract") if row["key"] == values["contract"]]
            if contracts and record.contract(values["contract"]).ceiling is None:
                yield (
                    f"ceiling_by_pence raises the ceiling of {values['contract']}, but no ceiling is on record; "
                    "give ceiling_pence, the new ceiling, or correct the contract first"
                )


def _in_use(entry: Entry, key: str, record: Portfolio) -> tuple[str, ...]:
    """Lines from which money was carried forward and that have more committed or spent than is left on them."""
    carried = {
        (row["from_line"], row["from_year"])
        for row in record.of("funding")
        if row["kind"] is FundingKind.CARRIED_FORWARD and row["from_line"]
    }
    notes = []
    for line in position_of(entry.connection, key, AsOf(date.max)).lines if carried else ():
        name = line.line + (f" {line.year}" if line.year else "")
        if line.allocated < 0:
            raise Refused(
                "carry forward",
                f"{name} would be {pounds(-line.allocated)} below zero, because money was moved from it to other "
                "lines. Carry forward less.",
            )
        if (line.line, line.year) in carried and line.free < 0:
            notes.append(
                f"{pounds(line.in_use)} of {name} is committed or spent, but {pounds(line.allocated)} is left on it"
            )
    return tuple(notes)
