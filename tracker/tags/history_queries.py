"""The moves of each tag: officers' entries, with fittings and removals taken from the assignments.

An assignment, entered by hand or imported, records that a wearer had the tag on; an officer's entry of the fitting adds
the licence. A file that corrects an assignment therefore corrects the stock too.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from tracker.assignments.queries import counting
from tracker.assignments.tables import Assignment
from tracker.record.as_known import known
from tracker.tags.states import Standing, TagMove, TagState, fold
from tracker.tags.tables import Tag, TagEvent
from tracker.times import AsOf, day_after

ON_A_WEARER = (TagState.FITTED, TagState.FITTED_FAULTY)


@dataclass(frozen=True, slots=True)
class Step:
    """One move. `event_id` None: known from an assignment only. `wearer`: of a fitting or a removal."""

    move: TagMove
    at: datetime
    event_id: int | None = None
    licence_id: int | None = None
    assignment_id: int | None = None
    wearer: str | None = None


@dataclass(frozen=True, slots=True)
class History:
    """A tag with its moves in order and its state after them. `wearer`: who has it on, by the assignments."""

    tag_id: int
    device_id: str
    steps: tuple[Step, ...]
    standing: Standing
    wearer: str | None

    @property
    def licence_id(self) -> int | None:
        """The licence it is fitted or reserved for, if an officer recorded one."""
        if self.standing.state not in (*ON_A_WEARER, TagState.RESERVED):
            return None
        named = [s for s in self.steps if s.move in (TagMove.FIT, TagMove.RESERVE)]
        return named[-1].licence_id if named else None


def histories(connection: Connection, as_of: AsOf, *wanted: ColumnElement[bool]) -> list[History]:
    """The tags that meet the conditions, by device, at the end of the day."""
    until = day_after(as_of.at)
    tags = connection.execute(select(Tag.id, Tag.device_id).where(*wanted).order_by(Tag.device_id)).all()
    ids = select(Tag.id).where(*wanted)
    events = defaultdict(list)
    query = (
        select(TagEvent.tag_id, TagEvent.id, TagEvent.move, TagEvent.at, TagEvent.licence_id)
        .where(known(TagEvent, as_of.known_at), TagEvent.tag_id.in_(ids), TagEvent.at < until)
        .order_by(TagEvent.at, TagEvent.id)
    )
    for tag_id, event_id, move, at, licence_id in connection.execute(query):
        events[tag_id].append(Step(move, at, event_id, licence_id))
    worn = defaultdict(list)
    devices = select(Tag.device_id).where(*wanted)
    assignments = select(
        Assignment.id, Assignment.device_id, Assignment.wearer_id, Assignment.fitted_at, Assignment.removed_at
    ).where(*counting(as_of.known_at), Assignment.device_id.in_(devices), Assignment.fitted_at < until)
    for row in connection.execute(assignments):
        worn[row.device_id].append(row)
    return [_history(tag_id, device_id, events[tag_id], worn[device_id], until) for tag_id, device_id in tags]


def _history(tag_id: int, device_id: str, events: list[Step], worn: Sequence[Row[Any]], until: datetime) -> History:
    fitted = {row.fitted_at: row for row in worn}
    removed = {row.removed_at: row for row in worn if row.removed_at is not None and row.removed_at < until}
    steps: list[tuple[datetime, int, Step]] = []
    for step in events:
        row = {TagMove.FIT: fitted, TagMove.REMOVE: removed}.get(step.move, {}).get(step.at)
        if step.move in (TagMove.FIT, TagMove.REMOVE):
            if row is None:
                # A file has since corrected the assignment that this entry was made with.
                continue
            step = replace(step, assignment_id=row.id, wearer=row.wearer_id)
        steps.append((step.at, step.event_id or 0, step))
    recorded = {(step.move, at) for at, _, step in steps}
    for at, row in removed.items():
        # The loss of a fitted tag ended its assignment at that instant.
        if (TagMove.REMOVE, at) not in recorded and (TagMove.LOSE, at) not in recorded:
            steps.append((at, -1, Step(TagMove.REMOVE, at, None, None, row.id, row.wearer_id)))
    for at, row in fitted.items():
        if (TagMove.FIT, at) not in recorded:
            steps.append((at, _LAST, Step(TagMove.FIT, at, None, None, row.id, row.wearer_id)))
    ordered = tuple(step for _, _, step in sorted(steps, key=lambda s: s[:2]))
    standing = fold((step.move, step.at) for step in ordered)
    now_on = [row.wearer_id for row in fitted.values() if row.removed_at is None or row.removed_at >= until]
    if now_on and standing.state not in ON_A_WEARER:
        words = f"{standing.state}, but by its assignment a wearer has it on"
        standing = replace(standing, odd=(*standing.odd, words))
    return History(tag_id, device_id, ordered, standing, now_on[-1] if now_on else None)


_LAST = 1 << 62
"""At one instant removals come first, then officers' entries, then fittings."""
