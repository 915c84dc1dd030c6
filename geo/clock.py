"""UTC and London's civil time. The hour that happens twice and the hour that never happens are said, never guessed.

Standard library only, so that a rule module may use it; whole columns are `geo.instants`' business, with the same
grammar and the same three rules.
"""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import ClassVar, NamedTuple
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
ZONES = ("UTC", "Europe/London")
"""What a file's times without an offset may be declared as."""

NOT_A_TIME, AMBIGUOUS_TIME, MISSING_TIME = "NOT_A_TIME", "AMBIGUOUS_TIME", "MISSING_TIME"


class BadInstant(ValueError):
    """Base: a text or a civil time that names no instant. `rule` is its code in rejects."""

    rule: ClassVar[str] = NOT_A_TIME


class NotATime(BadInstant):
    """No instant at all: another form, a day the month does not have, an hour 25."""


class AmbiguousTime(BadInstant):
    """London's clocks showed this twice; both readings are in the message and in `earlier`, `later`."""

    rule = AMBIGUOUS_TIME

    def __init__(self, naive: datetime, earlier: datetime, later: datetime) -> None:
        self.naive, self.earlier, self.later = naive, earlier, later
        super().__init__(
            f"{_shown(naive)} happened twice in London: {_shown(earlier)} UTC in summer time and {_shown(later)} UTC "
            "after the clocks went back. Give UTC, or the offset +01:00 or +00:00."
        )


class MissingTime(BadInstant):
    """London's clocks never showed this; the gap is in the message and in `gap_from`, `gap_to`."""

    rule = MISSING_TIME

    def __init__(self, naive: datetime, gap_from: datetime, gap_to: datetime) -> None:
        self.naive, self.gap_from, self.gap_to = naive, gap_from, gap_to
        super().__init__(
            f"{_shown(naive)} never happened in London: the clocks went from {_shown(gap_from)[11:]} straight to "
            f"{_shown(gap_to)[11:]}. Give UTC, or a time outside the gap."
        )


class Change(NamedTuple):
    """A change of London's offset. The civil times from the lower of `old_reading`, `new_reading` up to the higher are
    missing if the clocks went forward, and happened twice if they went back."""

    old_reading: datetime
    """What the clocks would have shown, naive, at the instant of change."""
    new_reading: datetime
    """What they showed instead."""
    old_offset: timedelta
    new_offset: timedelta


class UnknownZone(ValueError):
    """A zone that is neither of `ZONES`."""


def to_utc(naive: datetime, fold: int | None = None) -> datetime:
    """The instant of a London civil time.

    Parameters
    ----------
    naive : datetime
        Without a zone.
    fold : 0 or 1, optional
        Which of two readings is meant, the earlier or the later. In the missing hour the reading by the offset before
        (0) or after (1) the gap, as PEP 495 has it.

    Raises
    ------
    AmbiguousTime, MissingTime
        If there are two readings or none, and `fold` is not given.
    ValueError
        If `naive` has a zone.
    """
    if naive.tzinfo is not None:
        raise ValueError(f"{naive.isoformat()} has a zone; give London's civil time without one")
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
    """London's civil time of an instant, aware, with `fold` telling the second reading. ValueError without a zone."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no zone; give an aware instant")
    return instant.astimezone(LONDON)


def london_midnight(day: date) -> datetime:
    """The instant, in UTC, at which a civil date begins in London."""
    # London's clocks change at 01:00 UTC, so midnight is neither missing nor doubled (since 1972).
    return to_utc(datetime.combine(day, time.min))


def change_on(day: date) -> Change | None:
    """The change of London's offset on a civil day, or None on the 363 others of a year."""
    first = datetime.combine(day, time.min)
    last = first + timedelta(hours=23, minutes=59, seconds=59)
    old, new = (moment.replace(tzinfo=LONDON).utcoffset() or timedelta() for moment in (first, last))
    if old == new:
        return None
    # The instant of change by halving, to the second: the first at which the new offset holds.
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
    """The instant a text names, in UTC.

    Parameters
    ----------
    text : str
        ``YYYY-MM-DD HH:MM[:SS[.fraction]]`` with a T or a space between, or ``yyyyMMdd[T]HHmmss``; then, if at all, Z,
        UTC or an offset such as +01:00. Digits past the microsecond are cut off.
    zone : "UTC" or "Europe/London"
        What a text without an offset is in.

    Raises
    ------
    NotATime, AmbiguousTime, MissingTime
        Naming the value and what would be right.
    UnknownZone
    """
    check_zone(zone)
    found = _EXTENDED.fullmatch(text.strip(" \t")) or _COMPACT.fullmatch(text.strip(" \t"))
    if found is None:
        raise NotATime(f"not a time: {text!r}. Give YYYY-MM-DD HH:MM:SS, with Z or an offset if it has one.")
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
        raise NotATime(f"not a time: {text!r}. Offsets run from -14:00 to +14:00.") from None
    except OverflowError:
        raise NotATime(f"not a time: {text!r}. Give an instant of the years 1 to 9999.") from None


def check_zone(zone: str) -> None:
    if zone not in ZONES:
        raise UnknownZone(f"zone {zone!r} is not known here; give one of {', '.join(ZONES)}")


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
        return f"Months run from 01 to 12, this is {month:02}"
    days = monthrange(year, month)[1]
    if not 1 <= day <= days:
        return f"{date(year, month, 1):%B %Y} has {days} days"
    if hour > 23:
        return f"Hours run from 00 to 23, this is {hour:02}"
    if minute > 59:
        return f"Minutes run from 00 to 59, this is {minute:02}"
    if second > 59:
        return f"Seconds run from 00 to 59, this is {second:02}"
    return ""


def _zone_of(offset: str) -> timezone:
    if offset in ("Z", "z", "UTC"):
        return UTC
    digits = offset[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    if int(digits[2:]) > 59 or minutes > 14 * 60:
        raise ValueError(offset)
    return timezone(timedelta(minutes=minutes if offset[0] == "+" else -minutes))


def _shown(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(sep=" ", timespec="auto")
