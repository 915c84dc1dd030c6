"""Readers of an entry's fields, with the same checks for files and forms."""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from tracker.errors import BadEntry
from tracker.money import pence_of
from tracker.times import DayPrecision, RoughDay

Read = Callable[[Any], Any]
"""Converts what was given to a value, or raises BadEntry saying what would be right."""

MOST_PENCE = 100_000_000_000_00
MOST_WHOLE = 1_000_000_000
_MONTH = re.compile(r"(\d{4})-(\d{2})(?: (inferred))?")


def text(given: Any) -> str:
    """Text, trimmed and not empty."""
    if isinstance(given, (dict, list)):
        raise BadEntry(f"{given!r} is not text; give a single text")
    found = str(given).strip()
    if not found:
        raise BadEntry("the text is empty; give some text, or leave the field out")
    return found


def pence(given: Any) -> int:
    """A whole number of pence: 46900000. Text is refused: it may be an amount in pounds."""
    if isinstance(given, bool) or not isinstance(given, int):
        raise BadEntry(f"{given!r} is not a whole number of pence, for example 46900000")
    if abs(given) > MOST_PENCE:
        raise BadEntry(f"{given!r} is too large; give pence up to {MOST_PENCE}")
    return given


def pounds(given: Any) -> int:
    """Pence of pounds as written: 469000, 469,000 or 1234.50; whole pounds as a number."""
    if isinstance(given, (bool, float)):
        raise BadEntry(f"{given!r} is not an amount; give pounds in quotation marks, for example '1234.50'")
    found = pence_of(str(given))
    if abs(found) > MOST_PENCE:
        raise BadEntry(f"{given!r} is too large; give pounds up to {MOST_PENCE // 100:,}")
    return found


def above_nothing(read: Read) -> Read:
    """A reader of an amount above £0."""

    def read_some(given: Any) -> int:
        found: int = read(given)
        if found <= 0:
            raise BadEntry(f"{given!r} is not above £0; give an amount above £0")
        return found

    return read_some


def whole(given: Any) -> int:
    """A whole number, 0 or more."""
    try:
        if isinstance(given, (bool, float)):
            raise ValueError
        found = int(given)
        if not 0 <= found <= MOST_WHOLE:
            raise ValueError
        return found
    except (ValueError, TypeError):
        raise BadEntry(f"{given!r} is not a whole number from 0 to {MOST_WHOLE:,}; give one, for example 250") from None


def yes_or_no(given: Any) -> bool:
    """yes, no, true or false."""
    if isinstance(given, bool):
        return given
    words = {"yes": True, "true": True, "no": False, "false": False}
    if str(given).lower() in words:
        return words[str(given).lower()]
    raise BadEntry(f"{given!r} is neither yes nor no; give yes or no")


def day(given: Any) -> date:
    """A date, 2019-02-18."""
    try:
        return given if isinstance(given, date) else date.fromisoformat(str(given))
    except ValueError:
        raise BadEntry(f"{given!r} is not a date; give one, for example 2019-02-18") from None


def rough_day(given: Any) -> RoughDay:
    """2019-02-18, 2019-06 if only the month is known, `2019-06 inferred` if its year is inferred, or 2019."""
    if isinstance(given, date):
        return RoughDay(given)
    words = str(given).strip()
    if re.fullmatch(r"[12][0-9]{3}", words):
        return RoughDay(date(int(words), 1, 1), DayPrecision.YEAR)
    month = _MONTH.fullmatch(words)
    if month is not None and 1 <= int(month[2]) <= 12 and int(month[1]) > 0:
        precision = DayPrecision.INFERRED_MONTH if month[3] else DayPrecision.MONTH
        return RoughDay(date(int(month[1]), int(month[2]), 1), precision)
    try:
        return RoughDay(date.fromisoformat(words))
    except ValueError:
        raise BadEntry(
            f"{given!r} is not a date; give one, for example 2019-02-18, 2019-06, '2019-06 inferred' or 2019"
        ) from None


def last_day(given: Any) -> date:
    """The last day of the period given: `2020-04` is 30 April 2020."""
    found = rough_day(given)
    if found.precision in (DayPrecision.MONTH, DayPrecision.INFERRED_MONTH):
        return found.day.replace(day=monthrange(found.day.year, found.day.month)[1])
    return found.last


def financial_year(given: Any) -> str:
    """2019/20: from 1 April to 31 March."""
    found = re.fullmatch(r"(\d{4})/(\d{2})", str(given).strip())
    if found is None or (int(found[1]) + 1) % 100 != int(found[2]):
        raise BadEntry(f"{given!r} is not a financial year; give one, for example 2019/20")
    return str(given).strip()


@dataclass(frozen=True, slots=True)
class OneOf:
    """A reader of one of the values."""

    choices: type[StrEnum]

    def __call__(self, given: Any) -> StrEnum:
        try:
            return self.choices(str(given).strip())
        except ValueError:
            raise BadEntry(f"{given!r} is not possible; give one of {', '.join(self.choices)}") from None


def one_of(choices: type[StrEnum]) -> Read:
    return OneOf(choices)


def list_of_text(given: Any) -> list[str]:
    """A list, or text with commas."""
    parts = given.split(",") if isinstance(given, str) else given
    if not isinstance(parts, list):
        raise BadEntry(f"{given!r} is not a list; give names separated by commas")
    return [text(part) for part in parts]


def named(given: Any) -> dict[str, str]:
    """A form's fields by their names."""
    if not isinstance(given, dict):
        raise BadEntry(f"{given!r} is not a table; give names with their values")
    return {str(name): text(value) for name, value in given.items()}
