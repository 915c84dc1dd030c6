"""Cohort exports: built from the record, recorded on the ledger, downloaded, verified, destroyed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine, delete, insert, select, update

from tracker.errors import BadEntry, NotFound, Refused
from tracker.evaluation.cohort import package as packing
from tracker.evaluation.cohort import risk
from tracker.evaluation.cohort.columns import Context, Signal
from tracker.evaluation.cohort.definition import Definition
from tracker.evaluation.cohort.package import ExportTables, Files
from tracker.evaluation.cohort.parse import parse
from tracker.evaluation.cohort.rows import TOO_FEW, Cohort, chosen, cohort, members_within
from tracker.evaluation.disclosure.space import Cell, TableRequest
from tracker.evaluation.people.comparator import Comparator
from tracker.evaluation.people.comparison_queries import accepted_set, comparators
from tracker.evaluation.people.queries import subjects
from tracker.evaluation.people.subject import Subject, worn_measure
from tracker.evaluation.releases import gate
from tracker.evaluation.releases.queries import Export, binding, export_of, exports, key_of
from tracker.evaluation.releases.service import PURPOSE, Prepared, enter_tables, k_of, ledger_of, prepared
from tracker.evaluation.releases.tables import CohortExport, ExportKey
from tracker.people.tables import Person
from tracker.record.audit.chain import Action
from tracker.record.engine import reading
from tracker.record.entry import Entry, entering
from tracker.times import AsOf

FLOW = ("screened", "eligible", "proportionate", "imposed", "fitted")
EQUALITY = ("sex", "age", "ethnicity")
KEPT_DAYS = 90
MOST_KEPT_DAYS = 366
Signals = Callable[[Sequence[Subject]], Mapping[str, Signal]]
"""Long silences of each wearer's tag."""


@dataclass(frozen=True, slots=True)
class Built:
    """An export ready for release, and the tables released with it."""

    cohort: Cohort
    files: Files
    tables: Prepared
    sha256: str


def build(
    connection: Connection, programme_id: int, definition: Definition, key: bytes, known_at: datetime, signals: Signals
) -> Built:
    """Build an export, without recording it.

    Raises
    ------
    Refused
        It would disclose too much, by itself or together with earlier exports or tables.
    """
    as_of = AsOf(definition.as_at, known_at)
    k = k_of(connection, programme_id, as_of)
    everyone = subjects(connection, programme_id, as_of)
    people = chosen(definition, everyone)
    if len(people) < k:
        # Before anything is said of other exports: of those whom nobody is like, and of a few, it is the same.
        raise Refused("disclosure", TOO_FEW)
    others = members_within(definition, _comparison(connection, programme_id, as_of))
    _check_against_earlier(connection, programme_id, definition, people, [o.reference for o in others], k)
    wants_signal = {"no_signal_weeks", "exposure_weeks", "signal_basis"} & set(definition.columns)
    context = Context(definition, signals(people) if wants_signal else {})
    made = cohort(context, people, others, key, k, earlier_shown(connection, programme_id), everyone)
    gate.refuse_few(connection, programme_id, made.counted, k)
    found = prepared(connection, programme_id, _asks(definition))
    whole = Cell(definition.reached, definition.as_at, tuple(sorted(definition.where.items())))
    if definition.where and found.protected.cells[whole] is None:
        # The rows of the file would be a count that a table withholds.
        raise Refused("disclosure", TOO_FEW)
    files = packing.packed(definition, made, _tables(definition, found))
    return Built(made, files, found, packing.digest_of(files))


def _comparison(connection: Connection, programme_id: int, as_of: AsOf) -> list[Comparator]:
    """Comparison people: of the latest set that was accepted, where there is one."""
    return comparators(connection, programme_id, as_of, accepted_set(connection, programme_id, known_at=as_of.known_at))


def _asks(definition: Definition) -> list[TableRequest]:
    """The flow for the definition's levels (each step, then tags worn on the day), and its people by sex, age and
    ethnicity."""
    day, where = definition.as_at, definition.where
    flow = [TableRequest(step, day, (), where) for step in (*FLOW, worn_measure(day))]
    return flow + [TableRequest(definition.reached, day, (attribute,), where) for attribute in EQUALITY]


def _tables(definition: Definition, found: Prepared) -> ExportTables:
    cells, day = found.protected.cells, definition.as_at
    where = tuple(sorted(definition.where.items()))
    flow = {step: cells[Cell(step, day, where)] for step in (*FLOW, worn_measure(day))}
    equality = {
        (attribute, level): n
        for attribute in EQUALITY
        for cell, n in cells.items()
        if cell.measure == definition.reached and cell.limits != where
        for level in _level_of(cell, attribute, where)
    }
    return ExportTables.of(flow, equality, found.protected.words())


def _level_of(cell: Cell, attribute: str, where: Sequence[tuple[str, frozenset[str]]]) -> list[str]:
    """The level of the attribute that the cell divides by; none where it divides by another."""
    limits = dict(cell.limits)
    others = {name: levels for name, levels in limits.items() if name != attribute}
    if len(limits.get(attribute, ())) == 1 and others == {n: v for n, v in where if n != attribute}:
        return list(limits[attribute])
    return []


def _check_against_earlier(
    connection: Connection,
    programme_id: int,
    definition: Definition,
    people: Sequence[Subject],
    references: Sequence[str],
    k: int,
) -> None:
    earlier = binding(connection, programme_id)
    here = {person.person_id for person in people}
    # Erased people are in no new export; that earlier exports had their rows must not block this one.
    living = set(connection.scalars(select(Person.id).where(Person.erased_at.is_(None))))
    risk.apart(here, {e.number: frozenset(e.members["people"]) & living for e in earlier}, k)
    with_others = {e.number: frozenset(e.members["comparison"]) for e in earlier if e.members["comparison"]}
    if references:
        risk.apart(frozenset(references), with_others, k)
    if definition.linked_to is not None and definition.linked_to not in {e.number for e in earlier}:
        raise NotFound(f"This programme has no cohort export {definition.linked_to} to link to.")


def enter_export(
    entry: Entry,
    programme_id: int,
    definition: Definition,
    built: Built,
    key: bytes,
    known_at: datetime,
    folder: str,
    expires_on: date,
) -> int | None:
    """Record an export on the ledger; its number, or None where another release came after it was built."""
    if ledger_of(entry.connection, programme_id) != built.tables.ledger:
        return None
    if built.cohort.counted:
        # Another answer may have told of convictions since it was built.
        k = k_of(entry.connection, programme_id, AsOf(definition.as_at, known_at))
        gate.refuse_few(entry.connection, programme_id, built.cohort.counted, k)
        asked = {"export": built.sha256}
        gate.entered(entry, programme_id, "cohort", definition.as_at, asked, built.cohort.counted)
    released = enter_tables(entry, programme_id, built.tables, "tables of a cohort")
    number = entry.add(
        CohortExport,
        programme_id=programme_id,
        definition=definition.plain(),
        purpose=definition.justification,
        as_at=definition.as_at,
        known_at=known_at,
        members={
            "people": sorted(built.cohort.people),
            "comparison": sorted(built.cohort.compared),
            "by": list(built.cohort.shown.by),
            "shown": {person: list(values) for person, values in sorted(built.cohort.shown.values.items())},
        },
        risk=built.cohort.risk.plain(),
        manifest={**packing.manifest_of(built.files), "tableRelease": released.number},
        sha256=built.sha256,
        folder=folder,
        expires_on=expires_on,
    )
    entry.connection.execute(insert(ExportKey), {"cohort_export_id": number, "key": key})
    entry.note(
        Action.COMBINE,
        "cohort_export",
        number,
        sha256=built.sha256,
        people=len(built.cohort.people),
        comparison=len(built.cohort.compared),
    )
    return number


def earlier_shown(connection: Connection, programme_id: int, before: Export | None = None) -> list[risk.Shown]:
    """What the exports that bind showed about their people; with `before`, those that bound that export."""
    bind = binding(connection, programme_id)
    if before is not None:
        now = {each.number for each in bind}
        bind = [
            each
            for each in exports(connection, programme_id)
            if each.number < before.number
            # One that was destroyed since, and never taken, binds no more: it did then.
            and (each.number in now or (each.destroyed_at is not None and each.destroyed_at > before.recorded_at))
        ]
    return [
        risk.Shown(
            each.number,
            tuple(each.members["by"]),
            {person: tuple(values) for person, values in each.members["shown"].items()},
        )
        for each in bind
    ]


def key_for(connection: Connection, definition: Definition, new: bytes) -> bytes:
    """A new key, or that of the export it is linked to."""
    return new if definition.linked_to is None else key_of(connection, definition.linked_to)


def expiry(today: date, days: int | None) -> date:
    """The last day on which an export may be downloaded."""
    wanted = KEPT_DAYS if days is None else days
    if not 1 <= wanted <= MOST_KEPT_DAYS:
        raise BadEntry(f"days is {wanted}; give 1 to {MOST_KEPT_DAYS}: how long the export can be downloaded")
    return today + timedelta(days=wanted)


def downloaded(
    engine: Engine, number: int, file: str, *, made: str | None = None, today: date, by: str, now: datetime
) -> Export:
    """The export, after auditing the download of one of its files; `made`: of what is made from its files.

    Raises
    ------
    NotFound
        Unknown export or file, or its files have been destroyed.
    Refused
        The last day for downloads has passed.
    """
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        found = export_of(entry.connection, number)
        if found.destroyed_at is not None:
            raise NotFound(f"The files of cohort export {number} have been destroyed.")
        if found.expires_on < today:
            raise Refused(
                "expired", f"cohort export {number} could be downloaded until {found.expires_on}; make a new one"
            )
        if file != "manifest.json" and file not in found.manifest["files"]:
            raise NotFound(
                f"Cohort export {number} has no file {file!r}; its files are "
                f"{', '.join(found.manifest['files'])}, manifest.json."
            )
        entry.note(Action.DISCLOSE, "cohort_export", number, file=made or file, recipient=by)
    return found


def destroyed(entry: Entry, number: int, reason: str) -> None:
    """Record that an export's files are destroyed, and delete its key: its pseudonyms can no longer be resolved."""
    found = export_of(entry.connection, number)
    entry.connection.execute(delete(ExportKey).where(ExportKey.cohort_export_id == number))
    if found.destroyed_at is None:
        entry.withdraw(CohortExport, number, reason=reason)


def forget_shown(entry: Entry, person_id: int) -> None:
    """Delete from the ledger what exports showed about a person; that they were in them stays, by number only."""
    for export in exports(entry.connection):
        if str(person_id) in export.members["shown"]:
            shown = {person: values for person, values in export.members["shown"].items() if person != str(person_id)}
            entry.connection.execute(
                update(CohortExport)
                .where(CohortExport.id == export.number)
                .values(members={**export.members, "shown": shown})
            )


def expired_exports(connection: Connection, today: date) -> list[Export]:
    """Exports whose last day has passed and whose files still exist."""
    return [each for each in exports(connection) if each.destroyed_at is None and each.expires_on < today]


def rebuilt_digests(engine: Engine, number: int, signals: Callable[[Export], Signals]) -> tuple[str, str | None]:
    """(digest on record, digest of the export rebuilt from the record as it was known then); None for the second of an
    export that another version made: this one need not give the same bytes.

    The rebuilt export has the tables released with it, since the ledger has grown.
    """
    with reading(engine).connect() as connection:
        found, key = export_of(connection, number), key_of(connection, number)
        if found.manifest.get("madeBy") != packing.made_by():
            return found.sha256, None
        definition = parse(found.definition)
        as_of = AsOf(definition.as_at, found.known_at)
        k, everyone = k_of(connection, found.programme_id, as_of), subjects(connection, found.programme_id, as_of)
        people = chosen(definition, everyone)
        others = members_within(definition, _comparison(connection, found.programme_id, as_of))
        context = Context(definition, signals(found)(people))
        earlier = earlier_shown(connection, found.programme_id, found)
        made = cohort(context, people, others, key, k, earlier, everyone)
        files = packing.packed(definition, made, packing.tables_of_manifest(found.manifest))
    return found.sha256, packing.digest_of(files)
