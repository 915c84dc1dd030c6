"""Changes to a device's assignments when an officer fits, removes or corrects; within the caller's entry."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from tracker.assignments.overlaps import Outcome, judge
from tracker.assignments.queries import assignments_of_devices
from tracker.assignments.row import AssignmentRow, RecordedAssignment
from tracker.assignments.tables import Assignment
from tracker.errors import Refused
from tracker.people.tables import Person
from tracker.record.audit.chain import Action
from tracker.record.entry import Entry


def assign(entry: Entry, device_id: str, wearer: str, at: datetime, *, about: int) -> None:
    """Record that a wearer has the device on from `at`. Raises Refused if another wearer has it then."""
    row = AssignmentRow(row=0, device_id=device_id, wearer_id=wearer, fitted_at=at)
    require_one_wearer(row, assignments_of_devices(entry.connection, [device_id]))
    entry.add(Assignment, device_id=device_id, wearer_id=wearer, fitted_at=at, about=about)


def end_assignment(entry: Entry, device_id: str, at: datetime) -> None:
    """End the device's running assignment. Raises Refused if there is none at that time."""
    open_ones = [each for each in assignments_of_devices(entry.connection, [device_id]) if each.removed_at is None]
    mine = open_ones[0] if open_ones else None
    if mine is None or at <= mine.fitted_at:
        raise Refused("assignment", f"No wearer has {device_id} on at {at.isoformat()}. Check the device and the time.")
    supersede(entry, mine.id, mine.corrected(removed_at=at), person_of(entry, mine.wearer_id))


def require_one_wearer(row: AssignmentRow, assignments: list[RecordedAssignment]) -> None:
    """Raises Refused if, with `row`, the device had two wearers at once."""
    judgement = judge(row, assignments)
    if judgement.outcome is Outcome.REFUSED:
        raise Refused("one wearer", f"One device cannot have two wearers at once: {judgement.why}.")


def supersede(entry: Entry, assignment_id: int, row: AssignmentRow, person_id: int | None) -> None:
    """Replace an assignment with `row`; the old one stays on record as superseded."""
    stop_counting(entry, assignment_id, person_id, superseded=True)
    entry.add(
        Assignment,
        device_id=row.device_id,
        wearer_id=row.wearer_id,
        fitted_at=row.fitted_at,
        removed_at=row.removed_at,
        supersedes_id=assignment_id,
        about=person_id,
    )


def stop_counting(entry: Entry, assignment_id: int, person_id: int | None, **why: Any) -> None:
    """Mark an assignment as superseded from now on; `why` goes to the audit."""
    columns = select(Assignment.device_id, Assignment.wearer_id).where(Assignment.id == assignment_id)
    of = entry.connection.execute(columns).one()
    entry.stop(Assignment, assignment_id)
    entry.mark(Assignment, device_id=of.device_id, wearer_id=of.wearer_id)
    entry.note(Action.ALTER, "assignment", assignment_id, person_id=person_id, after=why)


def person_of(entry: Entry, wearer: str | None) -> int | None:
    """The person id of a wearer reference; None if the wearer is not on record."""
    return entry.connection.scalar(select(Person.id).where(Person.wearer_ref == wearer))
