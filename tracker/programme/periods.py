"""Periods as papers state them: a financial year, or from a month or day to another, both included."""

from datetime import date
from typing import NamedTuple

from tracker.errors import BadEntry
from tracker.programme import fields

PERIOD = "period"
"""The unit of a statement whose value is a period: `2023/24`, `2022-01 to 2023-12`."""


class Period(NamedTuple):
    since: date
    until: date


def period_of(text: str) -> Period | None:
    """The period of a value; None if it is not one."""
    try:
        if "/" in text:
            first = int(fields.financial_year(text)[:4])
            return Period(date(first, 4, 1), date(first + 1, 3, 31))
        since, _, until = text.partition(" to ")
        return Period(fields.rough_day(since).day, fields.last_day(until or since))
    except BadEntry:
        return None
