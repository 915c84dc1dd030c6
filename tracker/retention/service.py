"""Retention policies, erasing a person from the record, and a person's request to see what is held of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, delete, insert, or_, select, update

from tracker.assignments.tables import Assignment
from tracker.errors import BadEntry, NotFound
from tracker.evaluation.people.tables import Characteristic, Reoffence
from tracker.licences.tables import Alert, AlertEvent, Custody, Licence, LicenceEvent, LicenceTerms
from tracker.ogrs.tables import OgrsScore
from tracker.people.tables import Address, Identity, Person
from tracker.record.as_known import known
from tracker.record.audit_chain import Action
from tracker.record.audit_tables import PersonKey
from tracker.record.base import Table
from tracker.record.engine import reading
from tracker.record.entry import Entry, entering
from tracker.retention.policy import Kept, Policy
from tracker.retention.subject_access import AccessMove, AccessState, advance, due_on
from tracker.retention.tables import Erasure, ErasureStep, RetentionPolicy, SubjectAccess, SubjectAccessEvent
from tracker.review.tables import Match, MatchMoved, Release, ReleaseUpdate
from tracker.rollout.tables import PlaceEvent
from tracker.screening.tables import Proportionality, Screening
from tracker.tags.tables import TagEvent
from tracker.times import AsOf

_PURPOSE = "keeping and erasing"


def set_policy(
    engine: Engine, kind: Kept, days: int, from_on: date, *, source: str, sample: bool = False, by: str, now: datetime
) -> None:
    """How long a kind of record is kept, from a day on."""
    if days < 0:
        raise BadEntry(f"{days} days is no time to keep anything; give 0 or more")
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        entry.add(RetentionPolicy, kind=kind, days=days, effective_on=from_on, source=source, sample=sample)


def policies(connection: Connection, as_of: AsOf) -> list[Policy]:
    """Every policy that had begun on a day, in order."""
    query = (
        select(
            RetentionPolicy.kind,
            RetentionPolicy.days,
            RetentionPolicy.effective_on,
            RetentionPolicy.source,
            RetentionPolicy.sample,
        )
        .where(known(RetentionPolicy, as_of.known_at), RetentionPolicy.effective_on <= as_of.at)
        .order_by(RetentionPolicy.effective_on, RetentionPolicy.id)
    )
    return [Policy(*row) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True)
class Worn:
    """A device while the person had it: what has to go from the fix store."""

    device_id: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class ErasedPerson:
    """An erasure from the record: what other places have to erase, and what went, in counts."""

    erasure_id: int
    person_id: int
    wearer_ref: str
    worn: tuple[Worn, ...]
    told: Mapping[str, int]


def to_erase(engine: Engine, wearer_ref: str) -> ErasedPerson:
    """What erasing a person will have to reach beyond the record; nothing is done. Raises NotFound."""
    with reading(engine).connect() as connection:
        person_id, worn = _found(connection, wearer_ref)
    return ErasedPerson(0, person_id, wearer_ref, worn, {})


def _found(connection: Connection, wearer_ref: str) -> tuple[int, tuple[Worn, ...]]:
    person_id = connection.scalar(select(Person.id).where(Person.wearer_ref == wearer_ref))
    if person_id is None:
        raise NotFound(f"nobody is called {wearer_ref!r} in the record")
    held = connection.execute(
        select(Assignment.device_id, Assignment.fitted_at, Assignment.removed_at).where(
            Assignment.wearer_id == wearer_ref
        )
    )
    # Superseded ones too: fixes that were imported while a wrong one counted are the person's all the same.
    return person_id, tuple(Worn(*row) for row in held)


def erase_person(engine: Engine, wearer_ref: str, *, reason: str, by: str, now: datetime) -> ErasedPerson:
    """Erase a person from the record, for good.

    What identifies goes: identity, addresses, scores, terms, findings, reasons; so does the key their values in the
    audit are sealed under, and the reference that joins them to tag streams. That somebody held a place, was fitted and
    recalled stays, with nobody's name: capacity and stock as known at any instant stay what they were. The chain of
    the audit still holds.

    Raises
    ------
    NotFound
        Nobody has that reference.
    """
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        connection = entry.connection
        person_id, worn = _found(connection, wearer_ref)
        licences = select(Licence.id).where(Licence.person_id == person_id)
        told: dict[str, int] = {}
        for table, mine in (
            (Identity, Identity.person_id == person_id),
            (Address, Address.person_id == person_id),
            (OgrsScore, OgrsScore.person_id == person_id),
            (LicenceTerms, LicenceTerms.licence_id.in_(licences)),
            (Screening, Screening.licence_id.in_(licences)),
            (Proportionality, Proportionality.licence_id.in_(licences)),
            (Reoffence, Reoffence.person_id == person_id),
            (Characteristic, Characteristic.person_id == person_id),
        ):
            # Corrections name the rows they took the place of.
            connection.execute(update(table).where(mine).values(supersedes_id=None))
            told[table.__tablename__] = connection.execute(delete(table).where(mine)).rowcount
        for noted, theirs in (
            (LicenceEvent, LicenceEvent.licence_id.in_(licences)),
            (Custody, Custody.licence_id.in_(licences)),
            (TagEvent, TagEvent.licence_id.in_(licences)),
            (AlertEvent, AlertEvent.alert_id.in_(select(Alert.id).where(Alert.licence_id.in_(licences)))),
        ):
            connection.execute(update(noted).where(theirs).values(note=None))
        told |= _matches_of(connection, wearer_ref)
        connection.execute(update(PlaceEvent).where(PlaceEvent.licence_id.in_(licences)).values(reason=None))
        gone = f"erased-{person_id}"
        connection.execute(update(Assignment).where(Assignment.wearer_id == wearer_ref).values(wearer_id=gone))
        connection.execute(update(Person).where(Person.id == person_id).values(wearer_ref=gone, erased_at=entry.at))
        connection.execute(delete(PersonKey).where(PersonKey.person_id == person_id))
        erasure_id = _noted(entry, person_id, reason)
        entry.note(Action.ERASE, "person", person_id, person_id=person_id, went=told)
    return ErasedPerson(erasure_id, person_id, wearer_ref, worn, told)


def _matches_of(connection: Connection, wearer_ref: str) -> dict[str, int]:
    """Matches with their figures, moves and reasons go; of what was released it stays that it was, when, its digest."""
    mine = select(Match.id).where(Match.wearer_ref == wearer_ref)
    released = select(Release.match_id).where(Release.match_id.in_(mine))
    told = {
        "release": connection.execute(update(Release).where(Release.match_id.in_(mine)).values(package=None)).rowcount
    }
    connection.execute(
        update(ReleaseUpdate)
        .where(ReleaseUpdate.release_id.in_(select(Release.id).where(Release.match_id.in_(mine))))
        .values(words="erased")
    )
    told["match_moved"] = _without_links(connection, mine, released)
    gone = delete(Match).where(Match.wearer_ref == wearer_ref, Match.id.not_in(released))
    told["candidate_match"] = connection.execute(gone).rowcount
    for match_id in list(connection.scalars(mine)):
        left: dict[str, Any] = {"wearer_ref": f"erased-match-{match_id}", "figures": {}, "assignee": None}
        connection.execute(update(Match).where(Match.id == match_id).values(**left))
    return told


def _without_links(connection: Connection, mine: Any, released: Any) -> int:
    """Moves of matches that go, and the words of those that stay."""
    gone = MatchMoved.match_id.in_(mine), MatchMoved.match_id.not_in(released)
    connection.execute(update(MatchMoved).where(*gone).values(supersedes_id=None))
    rows = connection.execute(delete(MatchMoved).where(*gone)).rowcount
    kept = update(MatchMoved).where(MatchMoved.match_id.in_(mine)).values(reason=None, figures=None)
    return rows + connection.execute(kept).rowcount


def _noted(entry: Entry, person_id: int, reason: str) -> int:
    # Not by `add`, which would seal the row under a key made anew for the person.
    statement = insert(Erasure).returning(Erasure.id)
    values = {"person_id": person_id, "reason": reason, "recorded_at": entry.at, "recorded_by": entry.by}
    return int(entry.connection.execute(statement, values).scalar_one())


def reached(engine: Engine, erasure_id: int, place: str, told: Mapping[str, Any], *, by: str, now: datetime) -> None:
    """Record that an erasure has reached a place beyond the record: fixes, events, runs."""
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        entry.add(ErasureStep, erasure_id=erasure_id, place=place, told=dict(told))


def unfinished(engine: Engine, places: tuple[str, ...]) -> list[tuple[int, int, tuple[str, ...]]]:
    """(erasure, person, places not reached yet) of each erasure that a crash left half done."""
    with reading(engine).connect() as connection:
        done: dict[int, set[str]] = {}
        for erasure_id, place in connection.execute(select(ErasureStep.erasure_id, ErasureStep.place)):
            done.setdefault(erasure_id, set()).add(place)
        rows = connection.execute(select(Erasure.id, Erasure.person_id).order_by(Erasure.id)).all()
    left = [(e, p, tuple(place for place in places if place not in done.get(e, set()))) for e, p in rows]
    return [row for row in left if row[2]]


@dataclass(frozen=True, slots=True)
class AccessNow:
    """A subject access request as it stands."""

    number: int
    person_id: int
    received_on: date
    due_on: date
    state: AccessState


def receive_access(engine: Engine, wearer_ref: str, received_on: date, *, by: str, now: datetime) -> AccessNow:
    """A person asks what is held of them."""
    with entering(engine, by=by, now=now, purpose="subject access") as entry:
        person_id = entry.connection.scalar(select(Person.id).where(Person.wearer_ref == wearer_ref))
        if person_id is None:
            raise NotFound(f"nobody is called {wearer_ref!r} in the record")
        number = entry.add(SubjectAccess, person_id=person_id, received_on=received_on)
        _step(entry, number, AccessMove.RECEIVED, received_on, None, person_id)
    return AccessNow(number, person_id, received_on, due_on(received_on), AccessState.RECEIVED)


def move_access(
    engine: Engine, number: int, move: AccessMove, on: date, *, note: str | None = None, by: str, now: datetime
) -> AccessState:
    """A draft is made, sent, or the request is refused; what may be sent is a person's decision."""
    with entering(engine, by=by, now=now, purpose="subject access") as entry:
        held = {each.number: each for each in accesses(entry.connection, AsOf(date.max))}
        if number not in held:
            raise NotFound(f"there is no subject access request {number}")
        state = advance(held[number].state, move)
        _step(entry, number, move, on, note, held[number].person_id)
        if move is AccessMove.SENT:
            entry.note(Action.DISCLOSE, "subject_access", number, person_id=held[number].person_id)
    return state


def _step(entry: Entry, number: int, move: AccessMove, on: date, note: str | None, person_id: int) -> None:
    entry.add(SubjectAccessEvent, subject_access_id=number, move=move, effective_on=on, note=note, about=person_id)


def accesses(connection: Connection, as_of: AsOf) -> list[AccessNow]:
    """Every request by a day, in the order they came."""
    query = (
        select(
            SubjectAccessEvent.subject_access_id,
            SubjectAccessEvent.move,
            SubjectAccess.person_id,
            SubjectAccess.received_on,
        )
        .join(SubjectAccess, SubjectAccess.id == SubjectAccessEvent.subject_access_id)
        .where(known(SubjectAccessEvent, as_of.known_at), SubjectAccessEvent.effective_on <= as_of.at)
        .order_by(SubjectAccessEvent.subject_access_id, SubjectAccessEvent.effective_on, SubjectAccessEvent.id)
    )
    out: dict[int, AccessNow] = {}
    for number, move, person_id, received_on in connection.execute(query):
        before = out[number].state if number in out else AccessState.NONE
        out[number] = AccessNow(number, person_id, received_on, due_on(received_on), advance(before, move))
    return list(out.values())


def draft(engine: Engine, number: int, *, by: str, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """Everything on record of the person who asked, table by table; the reading is audited.

    Found by what names the person: their rows, their licences' rows, and what follows from these. Who entered a row is
    left out: that is somebody else's name.
    """
    with entering(engine, by=by, now=now, purpose="subject access") as entry:
        held = {each.number: each for each in accesses(entry.connection, AsOf(date.max))}
        if number not in held:
            raise NotFound(f"there is no subject access request {number}")
        person_id = held[number].person_id
        wearer_ref = entry.connection.scalar(select(Person.wearer_ref).where(Person.id == person_id))
        licences = list(entry.connection.scalars(select(Licence.id).where(Licence.person_id == person_id)))
        alerts = list(entry.connection.scalars(select(Alert.id).where(Alert.licence_id.in_(licences))))
        found: dict[str, list[dict[str, Any]]] = {}
        for table in Table.metadata.sorted_tables:
            columns = table.columns
            mine: list[ColumnElement[bool]] = [
                columns[name].in_(ids) for name, ids in _whose(person_id, licences, alerts) if name in columns
            ]
            if table.name == "assignment":
                mine.append(columns["wearer_id"] == wearer_ref)
            if not mine or table.name in _NOT_TOLD:
                continue
            rows = entry.connection.execute(select(table).where(or_(*mine))).mappings()
            told = [{k: v for k, v in row.items() if k not in _OTHERS and v is not None} for row in rows]
            if told:
                found[table.name] = told
        entry.note(Action.CONSULT, "subject_access", number, person_id=person_id, tables=sorted(found))
    return found


_NOT_TOLD = ("audit_entry", "person_key", "erasure", "candidate_match")
"""The key is no information of the person's; the audit names who looked, and is asked for by itself."""
_OTHERS = ("recorded_by", "given_by", "decided_by")


def _whose(person_id: int, licences: list[int], alerts: list[int]) -> tuple[tuple[str, list[int]], ...]:
    return ("person_id", [person_id]), ("licence_id", licences), ("alert_id", alerts)
