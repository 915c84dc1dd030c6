"""Entering a standing setting, correcting it and taking it back. What follows for matches is written in the same
entry."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine

from tracker.errors import BadEntry, NotFound
from tracker.match_settings.queries import RecordedSetting, of_day, standing_settings
from tracker.match_settings.rules import MatchSettings, checked_type
from tracker.match_settings.tables import StandingSetting
from tracker.record.entry import Entry, entering
from tracker.times import AsOf

PURPOSE = "standing settings of matches"

Follow = Callable[[Entry], None]
"""What else is written in the entry, once the setting is."""


@dataclass(frozen=True, slots=True)
class StandingEntered:
    """A standing setting as recorded. `new`: it was not on record before; `corrects`: the one of the same type and day
    that it replaces."""

    recorded: RecordedSetting
    new: bool
    corrects: RecordedSetting | None


def enter(
    engine: Engine,
    programme_id: int,
    crime_type: str | None,
    from_on: date,
    settings: MatchSettings,
    *,
    reason: str,
    follow: Follow,
    by: str,
    now: datetime,
) -> StandingEntered:
    """Record with which settings crimes of a type are matched from a day on. A second entry of one type and day
    corrects the first. Raises BadEntry without a reason."""
    if not (why := reason.strip()):
        raise BadEntry("No reason is given. Say why crimes are to be matched with these settings.")
    named = checked_type(crime_type)
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        before = of_day(_all(entry.connection, programme_id), named, from_on)
        if before is not None and (before.rule.settings, before.reason) == (settings, why):
            return StandingEntered(before, new=False, corrects=None)
        values: dict[str, Any] = {"settings": dict(settings.values), "reason": why}
        if before is None:
            of: dict[str, Any] = {"programme_id": programme_id, "crime_type": named, "effective_on": from_on}
            number = entry.add(StandingSetting, **of, **values)
        else:
            number = entry.supersede(StandingSetting, before.id, **values)
        follow(entry)
        recorded = next(each for each in _all(entry.connection, programme_id) if each.id == number)
    return StandingEntered(recorded, new=True, corrects=before)


def take_back(
    engine: Engine,
    programme_id: int,
    crime_type: str | None,
    from_on: date,
    *,
    reason: str,
    follow: Follow,
    by: str,
    now: datetime,
) -> RecordedSetting:
    """Withdraw the standing setting of a type and day; returns it.

    Raises
    ------
    BadEntry
        No reason is given.
    NotFound
        There is none of that type and day.
    """
    if not reason.strip():
        raise BadEntry("No reason is given. Say why the standing setting is taken back.")
    named = checked_type(crime_type)
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        every = _all(entry.connection, programme_id)
        found = of_day(every, named, from_on)
        if found is None:
            days = ", ".join(str(each.rule.effective_on) for each in every if each.rule.crime_type == named)
            there_are = f"Standing settings of it begin on {days}." if days else "It has none."
            what = "every other type" if named is None else f"the type {named!r}"
            raise NotFound(f"For {what} no standing setting begins on {from_on}. {there_are}")
        entry.withdraw(StandingSetting, found.id, reason=reason.strip())
        follow(entry)
    return found


def _all(connection: Connection, programme_id: int) -> list[RecordedSetting]:
    return standing_settings(connection, programme_id, AsOf(date.max))
