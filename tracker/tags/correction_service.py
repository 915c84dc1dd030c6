"""Correcting and taking back any move of a tag, with the assignment it made: within the caller's entry.

A fitting began an assignment and a removal, or the loss of a worn tag, ended it; whoever had the tag on follows from
that, and so do the days on which a wearer may be matched.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from tracker.assignments.queries import assignments_of_devices
from tracker.assignments.row import AssignmentRow, RecordedAssignment
from tracker.assignments.service import person_of, require_one_wearer, stop_counting, supersede
from tracker.assignments.tables import Assignment
from tracker.errors import BadEntry, NotFound, Refused
from tracker.licences.tables import Licence
from tracker.people.tables import Person
from tracker.record.entry import Entry
from tracker.tags.history_queries import History, histories
from tracker.tags.states import TagMove
from tracker.tags.tables import Tag, TagEvent
from tracker.times import AsOf

_ENDS = (TagMove.REMOVE, TagMove.LOSE)


@dataclass(frozen=True, slots=True)
class TagMoveHeld:
    """A move on record: of which tag, when, and for whose licence."""

    event_id: int
    tag_id: int
    device_id: str
    move: TagMove
    at: datetime
    licence_id: int | None
    note: str | None


def tag_move(entry: Entry, event_id: int) -> TagMoveHeld:
    """A move that counts, by its number."""
    query = (
        select(
            TagEvent.id, TagEvent.tag_id, Tag.device_id, TagEvent.move, TagEvent.at, TagEvent.licence_id, TagEvent.note
        )
        .join(Tag, Tag.id == TagEvent.tag_id)
        .where(TagEvent.id == event_id, TagEvent.superseded_at.is_(None))
    )
    found = entry.connection.execute(query).first()
    if found is None:
        raise NotFound(f"There is no move {event_id} of a tag that counts.")
    return TagMoveHeld(*found)


def correct_tag_move(
    entry: Entry, held: TagMoveHeld, *, at: datetime, licence: str | None, note: str | None, because: str
) -> int:
    """Another time, licence or note of a move; the assignment that it began or ended is corrected with it.

    Raises
    ------
    Refused
        The device would have two wearers at once, or its moves would be out of order.
    """
    before = _history(entry, held)
    whose = _licence(entry, licence)
    licence_id = held.licence_id if whose is None else whose[0]
    about = _person(entry, licence_id)
    assignment = _assignment(entry, held)
    if assignment is not None:
        wearer = assignment.wearer_id if whose is None else whose[2]
        when = {"fitted_at" if held.move is TagMove.FIT else "removed_at": at}
        row = assignment.corrected(wearer_id=wearer, **when)
        about = person_of(entry, wearer) or about
        _replace(entry, assignment, row, about, because)
        if held.move is TagMove.FIT and licence_id != held.licence_id and assignment.removed_at is not None:
            _rename_ending(entry, held, assignment.removed_at, licence_id, about, because)
    changes = {"at": at, "licence_id": licence_id, "note": note}
    number = entry.correct(TagEvent, held.event_id, changes, because=because, about=about)
    _require_order(entry, held, before)
    return number


def take_back_tag_move(entry: Entry, held: TagMoveHeld, *, reason: str) -> None:
    """A move that did not happen. Without its fitting there is no assignment; without its removal, or the loss, the
    tag is still on its wearer. Raises as `correct_tag_move` does."""
    before = _history(entry, held)
    assignment = _assignment(entry, held)
    about = _person(entry, held.licence_id)
    if assignment is not None:
        about = person_of(entry, assignment.wearer_id) or about
        if held.move is TagMove.FIT:
            entry.explain(Assignment, assignment.id, reason, about)
            stop_counting(entry, assignment.id, about, withdrawn=reason)
        else:
            _replace(entry, assignment, assignment.corrected(removed_at=None), about, reason)
    entry.withdraw(TagEvent, held.event_id, reason=reason, about=about)
    _require_order(entry, held, before)


def correct_assignment(
    entry: Entry, assignment_id: int, *, wearer: str, fitted_at: datetime, removed_at: datetime | None, because: str
) -> int:
    """Another wearer or other times of an assignment that a file reported; returns its new number."""
    held = _from_file(entry, assignment_id)
    row = held.corrected(wearer_id=wearer, fitted_at=fitted_at, removed_at=removed_at)
    about = person_of(entry, wearer) or person_of(entry, held.wearer_id)
    _replace(entry, held, row, about, because)
    query = select(Assignment.id).where(Assignment.supersedes_id == assignment_id)
    return int(entry.connection.execute(query).scalar_one())


def take_back_assignment(entry: Entry, assignment_id: int, *, reason: str) -> None:
    """An assignment that a file reported and that was none."""
    held = _from_file(entry, assignment_id)
    about = person_of(entry, held.wearer_id)
    entry.explain(Assignment, assignment_id, reason, about)
    stop_counting(entry, assignment_id, about, withdrawn=reason)


def _from_file(entry: Entry, assignment_id: int) -> RecordedAssignment:
    device_id = entry.connection.scalar(select(Assignment.device_id).where(Assignment.id == assignment_id))
    found = next(
        (each for each in assignments_of_devices(entry.connection, [device_id or ""]) if each.id == assignment_id), None
    )
    if found is None:
        raise NotFound(f"There is no assignment {assignment_id} that counts.")
    event = (
        select(TagEvent.id)
        .join(Tag, Tag.id == TagEvent.tag_id)
        .where(Tag.device_id == device_id, TagEvent.move == TagMove.FIT)
        .where(TagEvent.at == found.fitted_at, TagEvent.superseded_at.is_(None))
    )
    number = entry.connection.scalar(event)
    if number is not None:
        raise Refused(
            "assignment",
            f"Assignment {assignment_id} was made by the fitting of {device_id}: correct or take back that move, "
            f"number {number} of its moves.",
        )
    return found


def _replace(entry: Entry, held: RecordedAssignment, row: AssignmentRow, about: int | None, because: str) -> None:
    if row.removed_at is not None and row.removed_at <= row.fitted_at:
        raise BadEntry(
            f"at: {row.device_id} cannot have been removed at {row.removed_at.isoformat()}: it was fitted at "
            f"{row.fitted_at.isoformat()}. Give a removal that is after the fitting."
        )
    if (row.wearer_id, row.fitted_at, row.removed_at) == (held.wearer_id, held.fitted_at, held.removed_at):
        return
    require_one_wearer(row, assignments_of_devices(entry.connection, [row.device_id]))
    entry.explain(Assignment, held.id, because, about)
    supersede(entry, held.id, row, about)


def _rename_ending(
    entry: Entry, held: TagMoveHeld, at: datetime, licence_id: int | None, about: int | None, because: str
) -> None:
    """The removal, or the loss, of a fitting that was another person's is that person's too."""
    query = select(TagEvent.id).where(
        TagEvent.tag_id == held.tag_id, TagEvent.move.in_(_ENDS), TagEvent.at == at, TagEvent.superseded_at.is_(None)
    )
    for number in entry.connection.scalars(query).all():
        entry.correct(TagEvent, number, {"licence_id": licence_id}, because=because, about=about)


def _assignment(entry: Entry, held: TagMoveHeld) -> RecordedAssignment | None:
    """The one that a fitting began, or that a removal or a loss ended."""
    on_record = assignments_of_devices(entry.connection, [held.device_id])
    if held.move is TagMove.FIT:
        found = next((each for each in on_record if each.fitted_at == held.at), None)
        if found is None:
            raise Refused(
                "assignment",
                f"A file has since corrected the assignment that this fitting of {held.device_id} began: correct that "
                "assignment instead.",
            )
        return found
    if held.move in _ENDS:
        return next((each for each in on_record if each.removed_at == held.at), None)
    return None


def _licence(entry: Entry, reference: str | None) -> tuple[int, int, str] | None:
    if reference is None:
        return None
    query = select(Licence.id, Person.id, Person.wearer_ref).join(Person, Person.id == Licence.person_id)
    found = entry.connection.execute(query.where(Licence.reference == reference)).first()
    if found is None:
        raise NotFound(f"licence: there is no licence {reference!r}.")
    return found[0], found[1], found[2]


def _person(entry: Entry, licence_id: int | None) -> int | None:
    return entry.connection.scalar(select(Licence.person_id).where(Licence.id == licence_id))


def _history(entry: Entry, held: TagMoveHeld) -> History:
    return histories(entry.connection, AsOf(date.max), Tag.id == held.tag_id)[0]


def _require_order(entry: Entry, held: TagMoveHeld, before: History) -> None:
    if after := set(_history(entry, held).standing.odd) - set(before.standing.odd):
        moves = "; ".join(sorted(after))
        raise Refused(
            "order of moves",
            f"Tag {held.device_id} would then have been {moves}. Correct or take back the later move first.",
        )
