"""UTC and London's civil time. A time in the repeated or in the skipped hour is an error, never a guess.

Standard library only, so that rule modules may use it. `geo.instants` converts whole columns, with the same grammar
and the same three rules.
"""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import ClassVar, NamedTuple
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
ZONES = ("UTC", "Europe/London")
"""The zones that may be declared for a file's times without an offset."""

NOT_A_TIME, AMBIGUOUS_TIME, MISSING_TIME = "NOT_A_TIME", "AMBIGUOUS_TIME", "MISSING_TIME"


class BadInstant(ValueError):
    """Base: a text or a civil time that is not exactly one instant. `rule` is its code in rejects."""

    rule: ClassVar[str] = NOT_A_TIME


class NotATime(BadInstant):
    """Not a time at all: another format, a day the month does not have, an hour 25."""


class AmbiguousTime(BadInstant):
    """London's clocks showed this time twice; the message and `earlier`, `later` have both instants."""

    rule = AMBIGUOUS_TIME

    def __init__(self, naive: datetime, earlier: datetime, later: datetime) -> None:
        self.naive, self.earlier, self.later = naive, earlier, later
        super().__init__(
            f"{_text(naive)} happened twice in London: {_text(earlier)} UTC in summer time and {_text(later)} UTC "
            "after the clocks went back. Give UTC, or the offset +01:00 or +00:00."
        )


class MissingTime(BadInstant):
    """London's clocks skipped this time; the message and `gap_from`, `gap_to` have the skipped hour."""

    rule = MISSING_TIME

    def __init__(self, naive: datetime, gap_from: datetime, gap_to: datetime) -> None:
        self.naive, self.gap_from, self.gap_to = naive, gap_from, gap_to
        super().__init__(
            f"{_text(naive)} did not exist in London: the clocks went forward from {_text(gap_from)[11:]} to "
            f"{_text(gap_to)[11:]}. Give UTC, or a time outside that hour."
        )


class Change(NamedTuple):
    """A change of London's offset. The civil times between `old_reading` and `new_reading` were skipped if the clocks
    went forward, and happened twice if they went back."""

    old_reading: datetime
    """What the clocks would have shown at the instant of change, naive."""
    new_reading: datetime
    """What they showed instead."""
    old_offset: timedelta
    new_offset: timedelta


class UnknownZone(ValueError):
    """A zone other than `ZONES`."""


def to_utc(naive: datetime, fold: int | None = None) -> datetime:
    """The instant of a London civil time.

    Parameters
    ----------
    naive : datetime
        Without a zone.
    fold : 0 or 1, optional
        Which of two readings to use, the earlier (0) or the later (1). In the skipped hour: the offset before (0) or
        after (1) the change, as PEP 495 defines.

    Raises
    ------
    AmbiguousTime, MissingTime
        If there are two readings or none, and `fold` is not given.
    ValueError
        If `naive` has a zone.
    """
    if naive.tzinfo is not None:
        raise ValueError(f"{naive.isoformat()} has a zone; give a London time without one")
    earlier, later = (naive.replace(tzinfo=LONDON, fold=f).astimezone(UTC) for f in (0, 1))
    if fold is not None:
        return later if fold else earlier
    if earlier == later:
        return earlier
    if earlier < later:
        raise AmbiguousTime(naive, earlier, later)
    change = change_on(naive.date())
    assert change is not None, "a civil time without a reading lies in a change"
    raise MissingTime(naive, change.old_reading, change.new_reading)


def to_london(instant: datetime) -> datetime:
    """London's civil time of an instant, aware; `fold` is 1 in the repeated hour. ValueError if it has no zone."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no zone; give a time with its zone")
    return instant.astimezone(LONDON)


def in_summer_time(instant: datetime) -> bool:
    """Whether London's clocks are ahead of UTC then."""
    return bool(to_london(instant).utcoffset())


def london_midnight(day: date) -> datetime:
    """The instant, in UTC, at which a civil date begins in London."""
    # London's clocks change at 01:00 UTC, so midnight is never skipped or repeated (since 1972).
    return to_utc(datetime.combine(day, time.min))


def change_on(day: date) -> Change | None:
    """The change of London's offset on a civil day; None on the other 363 days of a year."""
    first = datetime.combine(day, time.min)
    last = first + timedelta(hours=23, minutes=59, seconds=59)
    old, new = (moment.replace(tzinfo=LONDON).utcoffset() or timedelta() for moment in (first, last))
    if old == new:
        return None
    # Bisection finds the first second at which the new offset holds.
    before, after = (first - old).replace(tzinfo=UTC), (last - new).replace(tzinfo=UTC)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(LONDON).utcoffset() == old:
            before = middle
        else:
            after = middle
    at = after.replace(tzinfo=None)
    return Change(at + old, at + new, old, new)


def parse_instant(text: str, zone: str) -> datetime:
    """The instant that a text gives, in UTC.

    Parameters
    ----------
    text : str
        ``YYYY-MM-DD HH:MM[:SS[.fraction]]`` with a T or a space between, or ``yyyyMMdd[T]HHmmss``; then optionally Z,
        UTC or an offset such as +01:00. Digits after the microsecond are cut off.
    zone : "UTC" or "Europe/London"
        The zone of a text without an offset.

    Raises
    ------
    NotATime, AmbiguousTime, MissingTime
        The message has the value and what would be right.
    UnknownZone
    """
    check_zone(zone)
    found = _EXTENDED.fullmatch(text.strip(" \t")) or _COMPACT.fullmatch(text.strip(" \t"))
    if found is None:
        raise NotATime(f"not a time: {text!r}. Give YYYY-MM-DD HH:MM:SS, and Z or an offset if the time has one.")
    year, month, day, hour, minute = (int(found[part]) for part in ("year", "month", "day", "hour", "minute"))
    second = int(found["second"] or 0)
    if wrong := _wrong_part(year, month, day, hour, minute, second):
        raise NotATime(f"not a time: {text!r}. {wrong}.")
    microsecond = int(((found["fraction"] or "") + "000000")[:6])
    naive = datetime(year, month, day, hour, minute, second, microsecond)
    if (offset := found["offset"]) is None:
        return naive.replace(tzinfo=UTC) if zone == "UTC" else to_utc(naive)
    try:
        return naive.replace(tzinfo=_zone_of(offset)).astimezone(UTC)
    except ValueError:
        raise NotATime(f"not a time: {text!r}. Offsets are -14:00 to +14:00.") from None
    except OverflowError:
        raise NotATime(f"not a time: {text!r}. Give a time in the years 1 to 9999.") from None


def check_zone(zone: str) -> None:
    """Raise UnknownZone unless `zone` is one of `ZONES`."""
    if zone not in ZONES:
        raise UnknownZone(f"unknown zone {zone!r}; give {' or '.join(ZONES)}")


_OFFSET = r"(?: ?(?P<offset>[Zz]|UTC|[+-][0-9]{2}(?::?[0-9]{2})?))?"
_SECOND = r"(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,18}))?"
_EXTENDED = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})[Tt ]"
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::" + _SECOND + ")?" + _OFFSET
)
_COMPACT = re.compile(
    r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})[Tt]?"
    r"(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})" + _SECOND + _OFFSET
)


def _wrong_part(year: int, month: int, day: int, hour: int, minute: int, second: int) -> str:
    if year < 1:
        return "There is no year 0000"
    if not 1 <= month <= 12:
        return f"Months are 01 to 12, not {month:02}"
    days = monthrange(year, month)[1]
    if not 1 <= day <= days:
        return f"{date(year, month, 1):%B %Y} has {days} days"
    if hour > 23:
        return f"Hours are 00 to 23, not {hour:02}"
    if minute > 59:
        return f"Minutes are 00 to 59, not {minute:02}"
    if second > 59:
        return f"Seconds are 00 to 59, not {second:02}"
    return ""


def _zone_of(offset: str) -> timezone:
    if offset in ("Z", "z", "UTC"):
        return UTC
    digits = offset[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    if int(digits[2:]) > 59 or minutes > 14 * 60:
        raise ValueError(offset)
    return timezone(timedelta(minutes=minutes if offset[0] == "+" else -minutes))


def _text(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(sep=" ", timespec="auto")
