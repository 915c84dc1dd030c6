"""Erasing a person, as work that is begun once, done in steps and finished once, whatever is killed in between.

A person is known here by their internal number alone, never by their reference: a reference that was erased may be
given to somebody new. The *mark* is what the journals hold: a digest of the number and of when the person was entered,
so that it means the same person in every backup, and nobody else.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, insert, select, update

from tracker.assignments.tables import Assignment
from tracker.errors import BadEntry, NotFound
from tracker.licences.spans import Span, without
from tracker.people.names import SHORTEST
from tracker.people.tables import Identity, Person
from tracker.record.audit.chain import Action
from tracker.record.audit.tables import PersonKey
from tracker.record.engine import reading
from tracker.record.entry import Entry, entering
from tracker.record.row_sum_service import keep_what_stays
from tracker.retention.erasure_rows_service import delete_rows, erased_reference
from tracker.retention.hidden_names_service import hide_names
from tracker.retention.tables import Erasure, ErasureStep

PURPOSE = "retention and erasure"
_FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y")


@dataclass(frozen=True, slots=True)
class WornDevice:
    """A device in the time the person wore it: its fixes have to be erased."""

    device_id: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class ErasedPerson:
    """An erasure from the record: what the other stores have to erase, and the counts of rows erased."""

    erasure_id: int
    person_id: int
    wearer_ref: str
    worn: tuple[WornDevice, ...]
    counts: Mapping[str, int]
    only_runs: tuple[str, ...] | None = None
    """The runs that are still to be erased from; None: not known yet, any."""


@dataclass(frozen=True, slots=True)
class ErasureNow:
    """The present state of an erasure. `record_erased`: nothing of the person is on record any more; `done`: the stores
    outside the record that are done, with their counts. `only_runs`: as of an `ErasedPerson`."""

    erasure_id: int
    person_id: int
    mark: str
    reason: str
    begun_at: datetime
    begun_by: str
    record_erased: bool
    done: Mapping[str, Mapping[str, Any]]
    finished_at: datetime | None
    only_runs: tuple[str, ...] | None

    @property
    def bars_matches(self) -> bool:
        """A run made now might be taken for one of before: a new person may have the reference by then."""
        return self.finished_at is None and "runs" not in self.done and self.only_runs is None


def mark_of(person_id: int, recorded_at: datetime, key: bytes | None = None) -> str:
    """The person's mark in the journals. After a restore another person may get the number, and with a clock that
    stands still the instant, but never the key that seals their values. Without it: in journals of earlier versions."""
    entered = f"{person_id} {recorded_at.astimezone(UTC).isoformat(timespec='microseconds')}"
    return hashlib.sha256(entered.encode() + (key or b"")).hexdigest()[:32]


def begin_erasure(engine: Engine, wearer_ref: str, *, reason: str, by: str, now: datetime) -> int:
    """Put on record that the person who has this reference now is to be erased; the number of the erasure.

    Raises
    ------
    NotFound
        No wearer has that reference.
    BadEntry
        The reason names the person: it stays on record.
    """
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        found = entry.connection.execute(_people().where(Person.wearer_ref == wearer_ref)).one_or_none()
        if found is None:
            raise NotFound(f"There is no wearer {wearer_ref!r} on record.")
        _refuse_a_name(entry.connection, found.id, reason)
        return _begun(entry, found.id, mark_of(*found), reason)


def begin_erasure_of(engine: Engine, person_id: int, *, reason: str, by: str, now: datetime) -> int | None:
    """The same of a person by their number, whoever has their reference by now; None for one who is erased already."""
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        found = entry.connection.execute(_people().where(Person.id == person_id)).one_or_none()
        return None if found is None else _begun(entry, found.id, mark_of(*found), reason)


def _people() -> Select[tuple[int, datetime, bytes | None]]:
    """Number, instant and key of those who are not erased."""
    key = select(PersonKey.key).where(PersonKey.person_id == Person.id).scalar_subquery()
    return select(Person.id, Person.recorded_at, key).where(Person.erased_at.is_(None))


def begin_by_marks(engine: Engine, marks: Collection[str], *, reason: str, by: str, now: datetime) -> list[int]:
    """Begin the erasure of everyone on record whose mark is among these and who is not erased: a restored database
    does not know of erasures since. The numbers of the erasures."""
    with reading(engine).connect() as connection:
        people = connection.execute(_people()).all()
        begun = set(connection.scalars(select(Erasure.mark).where(Erasure.finished_at.is_(None))))
    again = [
        (person_id, mark)
        for person_id, at, key in people
        for mark in {mark_of(person_id, at, key), mark_of(person_id, at)}
        if mark in marks and mark not in begun
    ]
    if not again:
        return []
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        return [_begun(entry, person_id, mark, reason) for person_id, mark in again]


def _begun(entry: Entry, person_id: int, mark: str, reason: str) -> int:
    # Not by `add`, which would seal the row under a key of the person's.
    waiting = select(Erasure.id).where(Erasure.mark == mark, Erasure.finished_at.is_(None))
    if (before := entry.connection.scalar(waiting)) is not None:
        return before
    statement = insert(Erasure).returning(Erasure.id)
    values = {"person_id": person_id, "mark": mark, "reason": reason, "recorded_at": entry.at, "recorded_by": entry.by}
    erasure_id = int(entry.connection.execute(statement, values).scalar_one())
    entry.note(Action.ERASE, "erasure", erasure_id, person_id=person_id, state="begun")
    return erasure_id


def _refuse_a_name(connection: Connection, person_id: int, reason: str) -> None:
    if any(name.casefold() in reason.casefold() for name in names_of(connection, person_id)):
        raise BadEntry(
            "reason names the person, and stays on record after the erasure. Give a reason without name, number or "
            "reference, for example: request of 3 October."
        )


def names_of(connection: Connection, person_id: int) -> set[str]:
    """Everything by which a file may name the person: names and numbers ever reported, and the reference."""
    identities = connection.execute(
        select(Identity.name, Identity.nomis_id, Identity.crn, Identity.pnc_id).where(Identity.person_id == person_id)
    )
    names = {value for row in identities for value in row if value and len(value) >= SHORTEST}
    return names | {str(connection.scalar(select(Person.wearer_ref).where(Person.id == person_id)))}


def _born(connection: Connection, person_id: int) -> set[str]:
    """The day of birth as people write it."""
    days = set(connection.scalars(select(Identity.born).where(Identity.person_id == person_id)))
    return {day.strftime(form) for day in days if day is not None for form in _FORMS} | {
        f"{day.day} {day:%B %Y}" for day in days if day is not None
    }


def erase_from_record(engine: Engine, erasure_id: int, *, by: str, now: datetime) -> ErasedPerson:
    """Erase the person of an erasure from the record; this cannot be undone, and doing it again changes nothing.

    Deletes identity, addresses, scores, terms, findings and reasons, the key that seals their values in the audit, and
    the reference that joins them to tag streams. Their places, fittings and recalls stay without a name, so capacity
    and stock as known at any instant do not change. The audit chain stays intact.
    """
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        connection = entry.connection
        erasure = connection.execute(
            select(Erasure.person_id, Erasure.left_to_do).where(Erasure.id == erasure_id)
        ).one_or_none()
        if erasure is None:
            raise NotFound(f"There is no erasure {erasure_id}.")
        person = connection.execute(
            select(Person.wearer_ref, Person.erased_at).where(Person.id == erasure.person_id)
        ).one()
        if person.erased_at is not None:
            return _left(connection, erasure_id, erasure.person_id, erasure.left_to_do or {}, {})
        worn = connection.execute(
            select(Assignment.device_id, Assignment.fitted_at, Assignment.removed_at).where(
                Assignment.wearer_id == person.wearer_ref
            )
        )
        left = {
            "wearer": person.wearer_ref,
            # Superseded ones too: fixes imported under an assignment that was later corrected are the person's as well.
            "worn": [[device, since.isoformat(), until and until.isoformat()] for device, since, until in worn],
        }
        hide_names(entry, names_of(connection, erasure.person_id) | _born(connection, erasure.person_id))
        keep_what_stays(entry, erasure.person_id)
        counts = delete_rows(connection, erasure.person_id, person.wearer_ref)
        gone = {"wearer_ref": erased_reference(erasure.person_id), "erased_at": entry.at}
        connection.execute(update(Person).where(Person.id == erasure.person_id).values(**gone))
        entry.mark(Person, id=erasure.person_id)
        connection.execute(update(Erasure).where(Erasure.id == erasure_id).values(left_to_do=left))
        entry.note(Action.ERASE, "person", erasure.person_id, person_id=erasure.person_id, went=counts)
        return _left(connection, erasure_id, erasure.person_id, left, counts)


def _left(
    connection: Connection, erasure_id: int, person_id: int, left: Mapping[str, Any], counts: Mapping[str, int]
) -> ErasedPerson:
    """What is left to do outside the record: devices in the time in which nobody else wears them by the record."""
    worn: list[WornDevice] = []
    by_device: dict[str, list[Span]] = {}
    for device, since, until in left.get("worn", []):
        span = Span(datetime.fromisoformat(since), None if until is None else datetime.fromisoformat(until))
        by_device.setdefault(device, []).append(span)
    for device, spans in by_device.items():
        # A tag goes from one wearer to the next, and the row that said "still fitted" to the first stays on record.
        others = connection.execute(
            select(Assignment.fitted_at, Assignment.removed_at).where(
                Assignment.device_id == device,
                Assignment.superseded_at.is_(None),
                Assignment.wearer_id != erased_reference(person_id),
            )
        )
        worn += [WornDevice(device, *span) for span in without(spans, [Span(*row) for row in others])]
    return ErasedPerson(erasure_id, person_id, left.get("wearer", ""), tuple(worn), counts, _runs_of(left))


def _runs_of(left: Mapping[str, Any] | None) -> tuple[str, ...] | None:
    return None if not left or left.get("runs") is None else tuple(left["runs"])


def keep_runs(engine: Engine, erasure_id: int, runs: Sequence[str]) -> None:
    """Only these runs, which cannot be read now, are still to be erased from."""
    with engine.begin() as connection:
        left = connection.scalar(select(Erasure.left_to_do).where(Erasure.id == erasure_id)) or {}
        values = {"left_to_do": {**left, "runs": list(runs)}}
        connection.execute(update(Erasure).where(Erasure.id == erasure_id).values(**values))


def record_step(
    engine: Engine, erasure_id: int, place: str, counts: Mapping[str, Any], *, by: str, now: datetime
) -> None:
    """Record that an erasure is done in a store outside the record: fixes, events, runs."""
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        entry.add(ErasureStep, erasure_id=erasure_id, place=place, told=dict(counts))


def forget_left(engine: Engine, erasure_id: int) -> None:
    """Delete what an erasure needed for the stores: reference and devices. Nothing names the person after it."""
    with engine.begin() as connection:
        connection.execute(update(Erasure).where(Erasure.id == erasure_id).values(left_to_do=None))


def finish_erasure(engine: Engine, erasure_id: int, *, by: str, now: datetime) -> None:
    """Record that nothing is left to do."""
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        left = Erasure.id == erasure_id, Erasure.finished_at.is_(None)
        if entry.connection.execute(
            update(Erasure).where(*left).values(finished_at=entry.at, left_to_do=None)
        ).rowcount:
            entry.note(Action.ERASE, "erasure", erasure_id, state="finished")


def take_over(engine: Engine, wearer_ref: str, person_id: int, worn: Sequence[Sequence[str | None]]) -> str | None:
    """The mark of the person whom a journal of an earlier version names; what their erasure has left to do goes on
    record. None: that person is not on record, or has another reference."""
    with engine.begin() as connection:
        person = connection.execute(
            select(Person.wearer_ref, Person.recorded_at, Person.erased_at).where(Person.id == person_id)
        ).one_or_none()
        if person is None or (person.erased_at is None and person.wearer_ref != wearer_ref):
            return None
        mark = mark_of(person_id, person.recorded_at)
        if person.erased_at is not None:
            left = {"wearer": wearer_ref, "worn": [list(each) for each in worn]}
            cut_short = Erasure.person_id == person_id, Erasure.finished_at.is_(None), Erasure.left_to_do.is_(None)
            connection.execute(update(Erasure).where(*cut_short).values(left_to_do=left, mark=mark))
        return mark


def erasures(
    connection: Connection, *, unfinished: bool = False, limit: int | None = None, offset: int = 0
) -> list[ErasureNow]:
    """Erasures with what is done of each, the latest first; those unfinished in order."""
    query = (
        select(*_COLUMNS)
        .outerjoin(Person, Person.id == Erasure.person_id)
        .order_by(Erasure.id.asc() if unfinished else Erasure.id.desc())
    )
    if unfinished:
        query = query.where(Erasure.finished_at.is_(None))
    rows = connection.execute(query.limit(limit).offset(offset)).all()
    done: dict[int, dict[str, Mapping[str, Any]]] = {row.id: {} for row in rows}
    steps = select(ErasureStep.erasure_id, ErasureStep.place, ErasureStep.told).order_by(ErasureStep.id)
    for erasure_id, place, told in connection.execute(steps.where(ErasureStep.erasure_id.in_(done))):
        done[erasure_id][place] = told
    return [_now(row, done[row.id]) for row in rows]


def count_erased(connection: Connection) -> int:
    """How many people on record are erased; it only grows."""
    return connection.scalar(select(func.count()).where(Person.erased_at.is_not(None))) or 0


def count_erasures(connection: Connection) -> int:
    """How many erasures were ever begun."""
    return connection.scalar(select(func.count()).select_from(Erasure)) or 0


_COLUMNS = (
    Erasure.id,
    Erasure.person_id,
    Erasure.mark,
    Erasure.reason,
    Erasure.recorded_at,
    Erasure.recorded_by,
    Erasure.finished_at,
    Erasure.left_to_do,
    Person.erased_at,
    Person.recorded_at.label("entered_at"),
)


def _now(row: Any, done: Mapping[str, Mapping[str, Any]]) -> ErasureNow:
    mark = row.mark or ("" if row.entered_at is None else mark_of(row.person_id, row.entered_at))
    return ErasureNow(
        row.id,
        row.person_id,
        mark,
        row.reason,
        row.recorded_at,
        row.recorded_by,
        row.erased_at is not None,
        done,
        row.finished_at,
        _runs_of(row.left_to_do),
    )
