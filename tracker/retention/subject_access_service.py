"""Receiving and answering subject access requests, and the draft of a person's data."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, or_, select

from tracker.errors import NotFound
from tracker.licences.tables import Alert, Licence
from tracker.people.tables import Person
from tracker.record.as_known import known
from tracker.record.audit.chain import Action
from tracker.record.base import Table
from tracker.record.entry import Entry, entering
from tracker.retention.subject_access import AccessMove, AccessState, advance, due_on
from tracker.retention.tables import SubjectAccess, SubjectAccessEvent
from tracker.times import AsOf

_PURPOSE = "subject access"


@dataclass(frozen=True, slots=True)
class RequestNow:
    """The present state of a subject access request."""

    number: int
    person_id: int
    received_on: date
    due_on: date
    state: AccessState


def receive_request(engine: Engine, wearer_ref: str, received_on: date, *, by: str, now: datetime) -> RequestNow:
    """Record that a person asked for their data."""
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        person_id = entry.connection.scalar(select(Person.id).where(Person.wearer_ref == wearer_ref))
        if person_id is None:
            raise NotFound(f"There is no wearer {wearer_ref!r} on record.")
        number = entry.add(SubjectAccess, person_id=person_id, received_on=received_on)
        _step(entry, number, AccessMove.RECEIVED, received_on, None, person_id)
    return RequestNow(number, person_id, received_on, due_on(received_on), AccessState.RECEIVED)


def move_request(
    engine: Engine, number: int, move: AccessMove, on: date, *, note: str | None = None, by: str, now: datetime
) -> AccessState:
    """Record that a draft was made or sent, or the request refused; a person decides what may be sent."""
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        requests = {each.number: each for each in requests_of(entry.connection, AsOf(date.max))}
        if number not in requests:
            raise NotFound(f"There is no subject access request {number}.")
        state = advance(requests[number].state, move)
        _step(entry, number, move, on, note, requests[number].person_id)
        if move is AccessMove.SENT:
            entry.note(Action.DISCLOSE, "subject_access", number, person_id=requests[number].person_id)
    return state


def _step(entry: Entry, number: int, move: AccessMove, on: date, note: str | None, person_id: int) -> None:
    entry.add(SubjectAccessEvent, subject_access_id=number, move=move, effective_on=on, note=note, about=person_id)


def requests_of(connection: Connection, as_of: AsOf) -> list[RequestNow]:
    """Every request received by a day, in order of receipt."""
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
    out: dict[int, RequestNow] = {}
    for number, move, person_id, received_on in connection.execute(query):
        before = out[number].state if number in out else AccessState.NONE
        out[number] = RequestNow(number, person_id, received_on, due_on(received_on), advance(before, move))
    return list(out.values())


def draft(engine: Engine, number: int, *, by: str, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """Everything on record about the person of a request, table by table; the reading is audited.

    It has the rows of the person, of their licences and of their alerts. Who entered a row is left out: that is another
    person's name.
    """
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        requests = {each.number: each for each in requests_of(entry.connection, AsOf(date.max))}
        if number not in requests:
            raise NotFound(f"There is no subject access request {number}.")
        person_id = requests[number].person_id
        wearer_ref = entry.connection.scalar(select(Person.wearer_ref).where(Person.id == person_id))
        licences = list(entry.connection.scalars(select(Licence.id).where(Licence.person_id == person_id)))
        alerts = list(entry.connection.scalars(select(Alert.id).where(Alert.licence_id.in_(licences))))
        found: dict[str, list[dict[str, Any]]] = {}
        for table in Table.metadata.sorted_tables:
            columns = table.columns
            mine: list[ColumnElement[bool]] = [
                columns[name].in_(ids) for name, ids in _keys_of(person_id, licences, alerts) if name in columns
            ]
            if table.name == "assignment":
                mine.append(columns["wearer_id"] == wearer_ref)
            if not mine or table.name in _LEFT_OUT:
                continue
            rows = entry.connection.execute(select(table).where(or_(*mine))).mappings()
            disclosed = [{k: v for k, v in row.items() if k not in _OTHER_NAMES and v is not None} for row in rows]
            if disclosed:
                found[table.name] = disclosed
        entry.note(Action.CONSULT, "subject_access", number, person_id=person_id, tables=sorted(found))
    return found


_LEFT_OUT = ("audit_entry", "person_key", "erasure", "candidate_match")
"""Tables left out: keys are not personal data; the audit also names other people and is disclosed separately."""
_OTHER_NAMES = ("recorded_by", "given_by", "decided_by")


def _keys_of(person_id: int, licences: list[int], alerts: list[int]) -> tuple[tuple[str, list[int]], ...]:
    return ("person_id", [person_id]), ("licence_id", licences), ("alert_id", alerts)
