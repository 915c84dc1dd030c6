"""One row of a release list, read and checked."""

from dataclasses import dataclass
from datetime import date

from tracker.ogrs.gate import Score
from tracker.ogrs.ogrs3 import Ogrs3Inputs
from tracker.screening.home import Home

IDENTIFIERS = ("nomis_id", "crn", "pnc_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRow:
    """One person in a list. None: the list has no value, and the value on record stays.

    `licence`: the reference of a licence to correct, `new`, or None for the running one.
    """

    row: int
    nomis_id: str | None
    crn: str | None
    pnc_id: str | None
    wearer_ref: str | None
    licence: str | None
    name: str
    born: date | None
    sex: str | None
    ethnicity: str | None
    offence_code: str | None
    knife_involved: bool | None
    knife_basis: str | None
    prison: str | None
    planned_release_on: date
    ends_on: date | None
    home: Home
    x_m: float | None
    y_m: float | None
    postcode: str | None
    address_line: str | None
    score: Score | None
    score_version: str | None
    score_by: str | None
    inputs: Ogrs3Inputs | None
    x_mm: int | None = None
    y_mm: int | None = None

    def identifiers(self) -> dict[str, str]:
        """The identifiers given, by column."""
        named: dict[str, str | None] = {name: getattr(self, name) for name in IDENTIFIERS}
        return {column: value for column, value in named.items() if value is not None}

    def content(self) -> tuple[object, ...]:
        """All values except the row number."""
        return tuple(getattr(self, name) for name in self.__slots__ if name != "row")
