"""Civil dates in files, in one stated form."""

import re
from datetime import date
from enum import StrEnum

from geo.errors import BadMapping


class DateForm(StrEnum):
    """How a file writes dates; never guessed, for 03/04 is two days."""

    ISO = "yyyy-mm-dd"
    DAY_FIRST = "dd/mm/yyyy"

    @classmethod
    def named(cls, name: str) -> "DateForm":
        try:
            return cls(name)
        except ValueError:
            raise BadMapping(f"the form of dates is {name!r}; give {' or '.join(cls)}") from None

    def date_of(self, text: str) -> date | None:
        """The date, or None for what is none in this form."""
        found = _FORMS[self].fullmatch(text)
        try:
            return None if found is None else date(int(found["y"]), int(found["m"]), int(found["d"]))
        except ValueError:
            return None

    def instead(self, text: str) -> str:
        """The option that reads what is no date in this form. The date stands nowhere: it may be of birth."""
        other = next(form for form in DateForm if form is not self)
        return "" if other.date_of(text) is None else f"; the option dates {other} reads it"


_FORMS = {
    DateForm.ISO: re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"),
    DateForm.DAY_FIRST: re.compile(r"(?P<d>[0-9]{1,2})/(?P<m>[0-9]{1,2})/(?P<y>[0-9]{4})"),
}
