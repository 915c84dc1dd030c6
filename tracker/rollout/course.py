"""How a programme came to be as full as it is: the three numbers and the running maximum, by day. PCD 570, 2.1.

The *course* has a row for each day on which one of them changed, and one for the last day. Between two rows nothing
changed, so that a chart of it is drawn in steps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from tracker.rollout.capacity import PhaseLimit, running_maximum


class Change(NamedTuple):
    """By how much each number changed on a day."""

    imposed: int = 0
    reserved: int = 0
    fitted: int = 0
    worn: int = 0

    def plus(self, other: "Change") -> "Change":
        return Change(*(one + more for one, more in zip(self, other, strict=True)))


@dataclass(frozen=True, slots=True)
class CourseDay:
    """The numbers at the end of a day. `maximum` None: no launched phase states one."""

    day: date
    imposed: int
    reserved: int
    fitted: int
    worn: int
    maximum: int | None


def course(changes: Mapping[date, Change], limits: Sequence[PhaseLimit], on: date) -> list[CourseDay]:
    """The rows up to a day; none where nothing had happened by then."""
    launched = {limit.launched.last for limit in limits if limit.launched is not None}
    days = sorted(day for day in {*changes, *launched} if day <= on)
    if not days:
        return []
    out, now = [], Change()
    for day in days if days[-1] == on else [*days, on]:
        now = now.plus(changes.get(day, Change()))
        out.append(CourseDay(day, *now, running_maximum(list(limits), day).tags))
    return out


def full_since(rows: Sequence[CourseDay]) -> date | None:
    """Since which day every place is taken, up to the last row; None: a place is free, or there is no maximum."""
    since = None
    for row in reversed(rows):
        if not row.maximum or row.imposed + row.reserved < row.maximum:
            break
        since = row.day
    return since
