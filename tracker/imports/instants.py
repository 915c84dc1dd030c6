"""Instants out of text. A time without an offset stands in the zone the sender declares; nothing is ever guessed."""

import re
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from geo.clock import NOT_A_TIME, BadInstant, parse_instant
from geo.date_forms import DateForm, advice
from geo.errors import BadMapping

_COMPACT = re.compile(r"[0-9]{14}")
_PLAIN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:")
# Wide enough for any record of this programme, narrow enough to catch a year that lost a digit.
_FIRST_YEAR, _LAST_YEAR = 1990, 2099


class Zone(StrEnum):
    """The zone that times without an offset stand in."""

    UTC = "UTC"
    LONDON = "Europe/London"

    @classmethod
    def named(cls, name: str) -> "Zone":
        try:
            return cls(name)
        except ValueError:
            raise BadMapping(f"the time zone is {name!r}; give {' or '.join(cls)}") from None


class TimeFault(NamedTuple):
    """Why a text is no instant: `rule` is NOT_A_TIME, AMBIGUOUS_TIME or MISSING_TIME of geo.clock."""

    rule: str
    words: str

    def rule_or(self, form_rule: str) -> str:
        """The rule, with a format's own name for a text that is no time at all."""
        return form_rule if self.rule == NOT_A_TIME else self.rule


def compact(text: str, zone: Zone, dates: DateForm = DateForm.ISO) -> datetime | TimeFault:
    """yyyyMMddHHmmss, as the ministry's batches write it; where another order of dates is declared, that too."""
    if not _COMPACT.fullmatch(text) and (dates is DateForm.ISO or dates.iso_text(text) is None):
        words = "write fourteen digits, yyyyMMddHHmmss, such as 20190218093000"
        what = advice(text, dates)
        return TimeFault(NOT_A_TIME, f"{words}. {what}" if what else words)
    return iso(text, zone, dates)


def iso(text: str, zone: Zone, dates: DateForm = DateForm.ISO) -> datetime | TimeFault:
    """A date and a time, to the minute or finer; an offset in the text beats the declared zone."""
    plain = text if _PLAIN.match(text) else dates.iso_text(text) or text
    try:
        instant = parse_instant(plain, zone)
    except BadInstant as error:
        words, what = str(error).rstrip("."), advice(text, dates) if plain == text else ""
        return TimeFault(error.rule, f"{words}. {what}" if what else words)
    if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        return TimeFault(NOT_A_TIME, f"the year {instant.year:04} is not between {_FIRST_YEAR} and {_LAST_YEAR}")
    return instant
