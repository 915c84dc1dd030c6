"""Dates with their precision, and the two times of every question.

A fact has *effective on* (when it was true) and *recorded at* (when it was entered). *As at* asks by the first time,
*as known at* by the second.
"""

from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

Value = TypeVar("Value")
LONDON = ZoneInfo("Europe/London")
CLOCKS_DIFFER = timedelta(minutes=5)
"""By so much the clocks of two machines may differ. A time further ahead is of a clock that was set back since, and
nothing counts for longer because of it."""


class DayPrecision(StrEnum):
    """How well a date is known. `INFERRED_MONTH`: the paper names the month only, and the year is inferred."""

    DAY = "day"
    MONTH = "month"
    INFERRED_MONTH = "month, year inferred"
    YEAR = "year"


@dataclass(frozen=True, slots=True, order=True)
class RoughDay:
    """A civil date with its precision; `day` is the first day it can be."""

    day: date
    precision: DayPrecision = DayPrecision.DAY

    @property
    def last(self) -> date:
        """The last day it can be."""
        match self.precision:
            case DayPrecision.DAY:
                return self.day
            case DayPrecision.YEAR:
                return self.day.replace(month=12, day=31)
            case _:
                return self.day.replace(day=monthrange(self.day.year, self.day.month)[1])

    def reached(self, on: date) -> bool | None:
        """Whether it has come by day `on`; None within the month or year it lies in, when that is not known."""
        if on < self.day:
            return False
        return True if on >= self.last else None

    def __str__(self) -> str:
        match self.precision:
            case DayPrecision.DAY:
                return self.day.isoformat()
            case DayPrecision.YEAR:
                return str(self.day.year)
            case DayPrecision.INFERRED_MONTH:
                return f"{self.day:%B} ({self.day.year} inferred)"
            case _:
                return f"{self.day:%B %Y}"


@dataclass(frozen=True, slots=True)
class AsOf:
    """The state at the end of civil day `at`, as known at instant `known_at` (None: with all that is on record)."""

    at: date
    known_at: datetime | None = None


def london_midnight(day: date) -> datetime:
    """The instant at which a civil date starts in London. UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC)


def day_after(day: date) -> datetime:
    """The instant at which a civil date is over in London. UTC."""
    # The last day of the calendar has no day after it.
    return london_midnight(day + timedelta(days=1)) if day < date.max else datetime.max.replace(tzinfo=UTC)


def london_day(instant: datetime) -> date:
    """The civil date in London at an aware instant."""
    return instant.astimezone(LONDON).date()


def whole_years(born: date, on: date) -> int:
    """Age in whole years. A birthday on 29 February falls on 1 March in other years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


class Days(NamedTuple, Generic[Value]):
    """`value` holds from day `since` to the day before `until`; date.max: without an end."""

    since: date
    until: date
    value: Value


def days_of(changes: Iterable[date], value_on: Callable[[date], Value | None]) -> list[Days[Value]]:
    """The value of every day, asked on the days on which it may change; days without a value are left out."""
    edges = sorted({date.min, *changes} - {date.max})
    out: list[Days[Value]] = []
    for since, until in zip(edges, [*edges[1:], date.max], strict=True):
        if (value := value_on(since)) is None:
            continue
        if out and out[-1].until == since and out[-1].value == value:
            out[-1] = Days(out[-1].since, until, value)
        else:
            out.append(Days(since, until, value))
    return out
