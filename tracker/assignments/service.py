"""What a device's assignments become when an officer fits, removes or corrects. Within another service's entry."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from tracker.assignments.overlaps import Outcome, judge
from tracker.assignments.queries import held_of_devices
from tracker.assignments.row import AssignmentRow
from tracker.assignments.tables import Assignment
from tracker.errors import Refused
from tracker.people.tables import Person
from tracker.record.audit_chain import Action
from tracker.record.entry import Entry


def assign(entry: Entry, device_id: str, wearer: str, at: datetime, *, about: int) -> None:
    row = AssignmentRow(row=0, device_id=device_id, wearer_id=wearer, fitted_at=at)
    judged(row, held_of_devices(entry.connection, [device_id]))
    entry.add(Assignment, device_id=device_id, wearer_id=wearer, fitted_at=at, about=about)


def end_assignment(entry: Entry, device_id: str, at: datetime) -> None:
    held = held_of_devices(entry.connection, [device_id])
    mine = next((h for h in held if h.removed_at is None), None)
    if mine is None or at <= mine.fitted_at:
        raise Refused("assignment", f"{device_id} is on nobody at {at.isoformat()}")
    row = AssignmentRow(
        row=0,
        device_id=device_id,
        wearer_id=mine.wearer_id,
        fitted_at=mine.fitted_at,
        removed_at=at,
        corrects_from=mine.fitted_at,
    )
    person_id = person_of(entry, mine.wearer_id)
    supersede(entry, mine.id, row, person_id)


def judged(row: AssignmentRow, held: list[Any]) -> None:
    judgement = judge(row, held)
    if judgement.outcome is Outcome.REFUSED:
        raise Refused("one wearer", judgement.why)


def supersede(entry: Entry, assignment_id: int, row: AssignmentRow, person_id: int | None) -> None:
    end_of_counting(entry, assignment_id, person_id, superseded=True)
    entry.add(
        Assignment,
        device_id=row.device_id,
        wearer_id=row.wearer_id,
        fitted_at=row.fitted_at,
        removed_at=row.removed_at,
        supersedes_id=assignment_id,
        about=person_id,
    )


def end_of_counting(entry: Entry, assignment_id: int, person_id: int | None, **said: Any) -> None:
    entry.connection.execute(update(Assignment).where(Assignment.id == assignment_id).values(superseded_at=entry.at))
    entry.note(Action.ALTER, "assignment", assignment_id, person_id=person_id, after=said)


def person_of(entry: Entry, wearer: str | None) -> int | None:
    return entry.connection.scalar(select(Person.id).where(Person.wearer_ref == wearer))
