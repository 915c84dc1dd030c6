"""The weekly return: what happened by week and borough. Counts, and nobody's name; small ones among them, so it is for
those who read cases and leaves to no one else."""

from datetime import date

import msgspec

from api.schemas.wire import StateAnswer, Wire


class WeekCounts(Wire, frozen=True, kw_only=True):
    """`conditions`: imposed in the week. `fittings`, `removals`: of tags, those after a loss or a recall too."""

    conditions: int = 0
    fittings: int = 0
    removals: int = 0
    losses: int = 0
    recalls: int = 0
    alerts: int = 0


class BoroughWeek(Wire, frozen=True, kw_only=True):
    """`borough`: of the person's address on the day; *not known* where there is none."""

    borough: str
    counts: WeekCounts


class WeekOut(Wire, frozen=True, kw_only=True):
    """A week from Monday to Sunday, or the part of it that was asked for."""

    monday: date
    boroughs: list[BoroughWeek]
    total: WeekCounts


class WeeklyReturn(StateAnswer, frozen=True, kw_only=True):
    """Every week from the first to the last day asked for, those in which nothing happened too."""

    programme: str
    name: str
    from_day: date = msgspec.field(name="from")
    to_day: date = msgspec.field(name="to")
    weeks: list[WeekOut]
    total: WeekCounts
