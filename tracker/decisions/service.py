"""Entering what decision papers say, from a file or one by one: the same checks, and nothing twice."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, String, select

from geo.borough_names import BOROUGHS
from tracker.budget.queries import position_of
from tracker.decisions.papers import Entered, ProgrammeFile
from tracker.errors import BadEntry, NotFound, Refused
from tracker.money import pounds
from tracker.programme.carry_forward import check_money
from tracker.programme.portfolio import Portfolio
from tracker.programme.programme_table import Programme
from tracker.programme.queries import TABLES, programme_named, programmes, rows_of
from tracker.programme.sections import SECTIONS, FundingKind, PlaceKind, read_some
from tracker.record.entry import Entry, entering
from tracker.times import AsOf

_BOROUGHS = frozenset(borough.name for borough in BOROUGHS)
_PURPOSE = "programme record"


@dataclass(frozen=True, slots=True)
class EnterReport:
    """How many entries are new, were corrected, and were there already, of one programme; and what to know of it."""

    programme: str
    new: int
    corrected: int
    same: int
    notes: tuple[str, ...] = ()


def enter_file(engine: Engine, file: ProgrammeFile, *, by: str, now: datetime) -> EnterReport:
    """Bring a file's entries to the record at once, or, if one cannot be, none.

    An entry is known again by its programme, its decision and the key of its section; where it says something else it
    corrects the one there. So the same file twice changes nothing. A file that is entered `once` corrects nothing that
    it said before and that somebody corrected or withdrew since.

    Raises
    ------
    BadEntry
        Every entry that names what there is not, each with where it stands.
    Refused
        Money carried forward that is not there to be carried, or that would count twice.
    """
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        programme_id = _programme(entry, file)
        _check_given_twice(file)
        counts = {"new": 0, "corrected": 0, "same": 0}
        for entered in file.entries:
            counts[_enter(entry, programme_id, entered, once=file.once)] += 1
        notes = _check(entry, file.key, programme_id, file.entries)
    return EnterReport(file.key, **counts, notes=notes)


def correct(
    engine: Engine,
    programme: str,
    section: str,
    where: Mapping[str, Any],
    changes: Mapping[str, Any],
    *,
    by: str,
    now: datetime,
) -> EnterReport:
    """Correct some fields of the one entry that `where` picks; the others stay. Raises as `enter_file` does, and
    NotFound unless `where` picks exactly one."""
    here = f"this {section}"
    changed = read_some(section, changes, here)
    if not changed:
        raise BadEntry(f"{here}: nothing to correct; give the fields that change")
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        programme_id, key, _ = programme_named(entry.connection, programme)
        found = _picked(entry, programme_id, section, where)
        _check_lengths(Entered(section, changed, here))
        if all(found[name] == value for name, value in changed.items()):
            return EnterReport(key, 0, 0, 1)
        entry.supersede(TABLES[section], found["id"], **changed)
        notes = _check(entry, key, programme_id, _all(entry, programme_id))
    return EnterReport(key, 0, 1, 0, notes)


def withdraw(
    engine: Engine, programme: str, section: str, where: Mapping[str, Any], reason: str, *, by: str, now: datetime
) -> None:
    """Take back the one entry that `where` picks: it was entered by mistake. What was known before keeps it.

    Raises
    ------
    NotFound
        None is picked, or more than one.
    BadEntry
        Other entries name it; withdraw those first.
    """
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        programme_id, key, _ = programme_named(entry.connection, programme)
        found = _picked(entry, programme_id, section, where)
        entry.withdraw(TABLES[section], found["id"], reason=reason)
        _check(entry, key, programme_id, _all(entry, programme_id))


def _picked(entry: Entry, programme_id: int, section: str, where: Mapping[str, Any]) -> Mapping[str, Any]:
    wanted = read_some(section, where, f"this {section}")
    held = rows_of(entry.connection, section, programme_id, None)
    found = [row for row in held if all(row[name] == value for name, value in wanted.items())]
    if len(found) != 1:
        keys = "; ".join(_key_of(section, row) for row in (found or held)[:10])
        raise NotFound(
            f"{len(found) or 'no'} entries of {section} are picked, and one is needed; "
            f"there {'are' if keys else 'is none'} {keys}".rstrip()
        )
    return found[0]


def _key_of(section: str, row: Mapping[str, Any]) -> str:
    names = [*SECTIONS[section].key, *(("decision",) if "decision" in row else ())]
    return ", ".join(f"{name}={row[name]}" for name in names if row[name] is not None)


def _all(entry: Entry, programme_id: int) -> list[Entered]:
    """Every entry of a programme, as if it were entered now."""
    return [
        Entered(section, row, f"{section} {_key_of(section, row)}")
        for section, held in SECTIONS.items()
        if held.of_programme
        for row in rows_of(entry.connection, section, programme_id, None)
    ]


def _programme(entry: Entry, file: ProgrammeFile) -> int:
    for programme_id, key, _ in programmes(entry.connection):
        if key == file.key:
            return programme_id
    if file.name is None:
        raise BadEntry(f"there is no programme {file.key!r} yet; give it a name to begin it")
    return entry.add(Programme, key=file.key, name=file.name)


def _check_given_twice(file: ProgrammeFile) -> None:
    """Of two entries with one key the second would take the place of the first, and its money would be lost."""
    held = [(each.section, _key_of(each.section, each.values)) for each in file.entries]
    twice = [f"{section} {key}" for (section, key), times in Counter(held).items() if times > 1]
    if twice:
        raise BadEntry(f"given twice: {'; '.join(twice)}; put them together, or tell them apart by their keys")


def _enter(entry: Entry, programme_id: int, entered: Entered, *, once: bool) -> str:
    _check_lengths(entered)
    table, section = TABLES[entered.section], SECTIONS[entered.section]
    values = {**entered.values, **({"programme_id": programme_id} if section.of_programme else {})}
    columns = table.__table__.columns
    same = [*section.key, *(name for name in ("programme_id", "decision") if name in columns)]
    is_it = [_equal(columns[name], values[name]) for name in same]
    said = entry.connection.execute(select(table.__table__).where(*is_it)).all()
    found = next((row for row in said if row.superseded_at is None), None)
    if once and any(all(row._mapping[name] == value for name, value in values.items()) for row in said):
        return "same"
    if found is None:
        entry.add(table, **values)
        return "new"
    changes = {name: value for name, value in values.items() if found._mapping[name] != value}
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
            raise BadEntry(f"{entered.where}: {name} has {len(value)} characters; there is room for {most}")


def _check(entry: Entry, key: str, programme_id: int, entries: Collection[Entered]) -> tuple[str, ...]:
    """What an entry names must be there, and money must be there once. What to know of it besides, in words."""
    rows = {
        name: rows_of(entry.connection, name, programme_id, None)
        for name, held in SECTIONS.items()
        if held.of_programme
    }
    held = Portfolio(key, key, rows)
    faults = [*_unknown_names(held, entries)]
    for entered in entries:
        faults += [f"{entered.where}: {fault}" for fault in _faults(held, entered)]
    if faults:
        raise BadEntry("\n".join(faults))
    check_money(held)
    return _in_use(entry, key, held)


def _unknown_names(held: Portfolio, entries: Iterable[Entered]) -> Iterable[str]:
    named = {
        "decision": {row["reference"] for row in held.of("decision")},
        "line": {row["key"] for row in held.of("line")},
        "contract": {row["key"] for row in held.of("contract")},
        "phase": {row["name"] for row in held.of("phase")},
    }
    for entered in entries:
        for field, kind, value in _names(entered):
            if value not in named[kind]:
                yield (
                    f"{entered.where}: {field} is {value!r}, which is no {kind} of {held.key}; "
                    f"enter it first, there are {', '.join(sorted(named[kind])) or 'none'}"
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


def _faults(held: Portfolio, entered: Entered) -> Iterable[str]:
    values = entered.values
    match entered.section:
        case "place" if values["kind"] is PlaceKind.BOROUGH and values["place"] not in _BOROUGHS:
            yield f"place is {values['place']!r}, which is no borough; it is spelt as in 'Hammersmith and Fulham'"
        case "funding" if values["kind"] is FundingKind.CARRIED_FORWARD and not values["from_decision"]:
            yield "money carried forward needs from_decision, and from_line unless no line had it: where it was"
        case "amendment" if values["ceiling_pence"] is not None and values["ceiling_by_pence"] is not None:
            yield "give ceiling_pence, the new ceiling, or ceiling_by_pence, what it is raised by, and not both"
        case "amendment" if values["ceiling_by_pence"] is not None:
            contracts = [row for row in held.of("contract") if row["key"] == values["contract"]]
            if contracts and held.contract(values["contract"]).ceiling is None:
                yield (
                    f"ceiling_by_pence raises a ceiling of {values['contract']} that nothing on record states; "
                    "give ceiling_pence, the new ceiling, or correct the contract first"
                )


def _in_use(entry: Entry, key: str, held: Portfolio) -> tuple[str, ...]:
    """Lines from which money was carried forward and that have more promised or spent than is left on them."""
    carried = {
        (row["from_line"], row["from_year"])
        for row in held.of("funding")
        if row["kind"] is FundingKind.CARRIED_FORWARD and row["from_line"]
    }
    notes = []
    for line in position_of(entry.connection, key, AsOf(date.max)).lines if carried else ():
        said = line.line + (f" {line.year}" if line.year else "")
        if line.allocated < 0:
            raise Refused(
                "carry forward",
                f"{pounds(-line.allocated)} more would leave {said} than is on it, after what was moved to other lines",
            )
        if (line.line, line.year) in carried and line.free < 0:
            notes.append(
                f"{pounds(line.in_use)} of {said} is promised or spent, and {pounds(line.allocated)} is left on it"
            )
    return tuple(notes)
