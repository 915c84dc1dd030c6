"""How other people write dates and times of day: in one declared order, or in a form that has one reading only.

03/10/2019 is two days, so its order is declared (a *date form*) and never guessed. A year first, a month by its name
and a clock of twelve hours with am or pm have one reading, and need no declaration. Where a text has none, `advice`
says which option reads it.
"""

import re
from datetime import date
from enum import StrEnum

from geo.errors import BadMapping


class DateForm(StrEnum):
    """How a file writes dates; never guessed, for 03/04 is two days."""

    ISO = "yyyy-mm-dd"
    DAY_FIRST = "dd/mm/yyyy"
    MONTH_FIRST = "mm/dd/yyyy"

    @classmethod
    def named(cls, name: str) -> "DateForm":
        try:
            return cls(name)
        except ValueError:
            raise BadMapping(f"The form of dates is {name!r}. Give {', '.join(cls)}.") from None

    def date_of(self, text: str) -> date | None:
        """The date, or None for what is none in this form."""
        return _day(_FORMS[self].fullmatch(text))

    def instead(self, text: str) -> str:
        """The option that reads what is no date in this form. The date stands nowhere: it may be of birth."""
        others = [form for form in DateForm if form is not self and form.date_of(text) is not None]
        return f"; the option dates {' or '.join(others)} reads it" if others else ""

    def iso_text(self, text: str) -> str | None:
        """A date and a time of day as `yyyy-mm-dd hh:mm:ss` with what follows it; None where there is no such
        reading."""
        found = _DATED.fullmatch(text.strip())
        if found is None or not found["clock"]:
            return None
        day, clock = self._any_date(found["date"]), _clock(found["clock"])
        return None if day is None or clock is None else f"{day.isoformat()} {clock}"

    def _any_date(self, text: str) -> date | None:
        forms = (_FORMS[self], _FORMS[DateForm.ISO], _YEAR_FIRST)
        return next((day for form in forms if (day := _day(form.fullmatch(text)))), None) or _named_month(text)


def joined(day: str, clock: str) -> str:
    """A date and a time of day out of two columns. A spreadsheet's midnight after the date is none of it; a second
    column that holds a date itself stands alone."""
    if not clock or not day:
        return day or clock
    if _CLOCK.fullmatch(clock) is None:
        return clock if re.match(r"[0-9]{4}-", clock) else f"{day} {clock}"
    return f"{_MIDNIGHT.sub('', day)} {clock}"


def has_offset(text: str) -> bool:
    """Whether a date and time of day says its zone."""
    return _OFFSET.search(text[10:]) is not None


def advice(text: str, dates: DateForm = DateForm.ISO) -> str:
    """What to pass or to change for a text that is no time, with dates read in that order; empty where nothing is
    known to help."""
    text = text.strip()
    found = _DATED.fullmatch(text)
    head = found["date"] if found else text
    fitting = [form for form in (DateForm.DAY_FIRST, DateForm.MONTH_FIRST) if form.date_of(head) is not None]
    if dates in fitting:
        # Its order is known, and something else is wrong with it.
        fitting = []
    if len(fitting) == 2:
        return (
            f"{head} can be two days: declare the order of the file's dates, --dates {fitting[0]} or --dates "
            f"{fitting[1]} (over HTTP dates=...)"
        )
    if fitting:
        return f"Declare the order of the file's dates: --dates {fitting[0]} (over HTTP dates={fitting[0]})"
    if _SHORT_YEAR.match(text):
        return "Give the year in four digits; in a spreadsheet format the column as yyyy-mm-dd hh:mm:ss"
    if _DAY_NUMBER.fullmatch(text):
        return "This looks like a spreadsheet's day number: format the column as yyyy-mm-dd hh:mm:ss and save again"
    if _CLOCK.fullmatch(text):
        return "This is a time of day without a date: map the two columns together, such as t=Date+Time"
    if dates._any_date(text) is not None:
        return (
            "This is a date without a time of day: if another column has it, map the two together, such as t=Date+Time"
        )
    return ""


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = r"[0-9]{1,2}[ -][A-Za-z]{3,9}[ -][0-9]{4}"
_NAMED_MONTH = re.compile(r"(?P<d>[0-9]{1,2})(?P<s>[ -])(?P<name>[A-Za-z]{3,9})(?P=s)(?P<y>[0-9]{4})")
_YEAR_FIRST = re.compile(r"(?P<y>[0-9]{4})(?P<s>[/-])(?P<m>[0-9]{1,2})(?P=s)(?P<d>[0-9]{1,2})")
_FORMS = {
    DateForm.ISO: re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"),
    DateForm.DAY_FIRST: re.compile(r"(?P<d>[0-9]{1,2})(?P<s>[/.-])(?P<m>[0-9]{1,2})(?P=s)(?P<y>[0-9]{4})"),
    DateForm.MONTH_FIRST: re.compile(r"(?P<m>[0-9]{1,2})(?P<s>[/.-])(?P<d>[0-9]{1,2})(?P=s)(?P<y>[0-9]{4})"),
}
_DATED = re.compile(rf"(?P<date>{_NAMED}|[0-9/.-]+)(?:(?:[ Tt]|, ?)+(?P<clock>[0-9].*))?")
_CLOCK = re.compile(
    r"(?P<h>[0-9]{1,2}):(?P<m>[0-9]{2})(?::(?P<s>[0-9]{2})(?P<fraction>[.,][0-9]{1,18})?)?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?(?P<zone> ?(?:[Zz]|UTC|GMT|BST|[+-][0-9]{2}(?::?[0-9]{2})?))?"
)
_FOUR_DIGITS = re.compile(r"^([0-9]{2})([0-9]{2})(?: ?(?:hrs?|hours))?$", re.IGNORECASE)
_OFFSET = re.compile(r"(?:[Zz]|UTC|GMT|BST|[+-][0-9]{2}(?::?[0-9]{2})?)$")
_MIDNIGHT = re.compile(r"[ T]0?0:00(:00(\.0+)?)?$")
_SHORT_YEAR = re.compile(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2}(?![0-9])")
_DAY_NUMBER = re.compile(r"[2-6][0-9]{4}(?:[.,][0-9]+)?")
_ZONES = {"GMT": "+00:00", "BST": "+01:00"}


def _day(found: re.Match[str] | None) -> date | None:
    try:
        return None if found is None else date(int(found["y"]), int(found["m"]), int(found["d"]))
    except ValueError:
        return None


def _named_month(text: str) -> date | None:
    found = _NAMED_MONTH.fullmatch(text)
    if found is None:
        return None
    full = found["name"].casefold()
    months = [at for at, short in enumerate(_MONTHS, 1) if full.startswith(short)]
    try:
        day = date(int(found["y"]), months[0], int(found["d"]))
    except (ValueError, IndexError):
        return None
    return day if full in (_MONTHS[day.month - 1], "sept", f"{day:%B}".casefold()) else None


def _clock(text: str) -> str | None:
    """hh:mm:ss, with a fraction and an offset where there are; None for no time of day."""
    # 2104 and 2104 hrs, as police write a time of day. 904 may be 9:04 or a 0904 that lost its zero: neither is read.
    found = _CLOCK.fullmatch(_FOUR_DIGITS.sub(r"\1:\2", text.strip()))
    if found is None:
        return None
    hour, half = int(found["h"]), (found["half"] or "").casefold()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    zone = (found["zone"] or "").strip()
    return f"{hour:02}:{found['m']}:{found['s'] or '00'}{found['fraction'] or ''}{_ZONES.get(zone, zone)}"
