"""The calendar of what may be told: the ends of months.

Figures of two days a week apart differ by the few people of that week. So figures are told as at the end of a month
alone, and each month is *closed* by the first answer about it (`gate`): every later answer about its end knows what the
record knew then, and no more. What was entered since counts at the next month's end.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta

from tracker.errors import BadEntry
from tracker.times import london_day


def is_month_end(day: date) -> bool:
    return day.day == monthrange(day.year, day.month)[1]


def latest_month_end(today: date) -> date:
    """Today, where it ends a month; else the end of the month before."""
    return today if is_month_end(today) else today.replace(day=1) - timedelta(days=1)


def refuse_future_day(day: date, now: datetime) -> None:
    """Raises BadEntry for a day in the future."""
    if day > london_day(now):
        raise BadEntry(f"as at {day} is in the future; give today ({london_day(now)}) or an earlier day")


def told_day(day: date | None, now: datetime) -> date:
    """The day of an answer, by default the latest month end. Raises BadEntry for another day of a month, or a day in
    the future."""
    latest = latest_month_end(london_day(now))
    if day is None:
        return latest
    refuse_future_day(day, now)
    if not is_month_end(day):
        raise BadEntry(
            f"as at {day} is not the end of a month; give {latest} or the end of an earlier month: figures of days in "
            "between would differ by single people"
        )
    return day
