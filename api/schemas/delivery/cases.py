"""What a practitioner sees of their own cases: criteria, the proportionate decision, licence, alerts; and of a wearer's
movements a day's summary by hours. No trail, no place, no address."""

from datetime import date, datetime
from typing import Annotated

import msgspec

from api.schemas.delivery.licences import AlertOut, ProportionateOut, ScreeningOut
from api.schemas.fields import Key, Long
from api.schemas.wire import Body, PageAnswer, StateAnswer, StatePage, Wire


class OwnCase(Wire, frozen=True, kw_only=True):
    """One of one's own cases. `answer`: of the screening."""

    licence: str
    wearer: str
    name: str | None
    state: str
    release_on: date | None
    answer: str | None
    proportionate: bool | None


class OwnCases(StatePage, frozen=True, kw_only=True):
    items: list[OwnCase]


class OwnCaseDetail(StateAnswer, frozen=True, kw_only=True):
    """A case: whose it is, each criterion with what was seen, the decision, the licence and its alerts."""

    licence: str
    wearer: str
    name: str | None
    born: date | None
    state: str
    recall_type: str | None
    release_on: date | None
    released: bool
    licence_ends_on: date | None
    screening: ScreeningOut | None
    proportionate: ProportionateOut | None
    alerts: list[AlertOut]


class HourOut(Wire, frozen=True, kw_only=True):
    """An hour by London's clock. `seen`: *home*, *away*, *not known* (no place of the home is on record), *not seen*
    (no position), *not monitored*. `borough`: the one of most positions, of those away from home."""

    hour: str
    seen: str
    borough: str | None


class DaySummary(Wire, frozen=True, kw_only=True):
    """A day of one wearer in hours; 23 or 25 of them where the clocks change. `purpose`: as stated, kept in the
    audit."""

    licence: str
    day: date
    purpose: str
    hours: list[HourOut]
    home_hours: int
    away_hours: int
    words: list[str]


class DayIn(Body, frozen=True, kw_only=True):
    """`purpose`: why the day is asked for, in ten letters at least."""

    day: date
    purpose: Annotated[str, msgspec.Meta(min_length=10, max_length=400)]


class HeldCaseOut(Wire, frozen=True, kw_only=True):
    licence: str
    practitioner: str
    since: datetime
    assigned_by: str


class HeldCases(PageAnswer, frozen=True, kw_only=True):
    items: list[HeldCaseOut]


class AssignIn(Body, frozen=True, kw_only=True):
    """The user's name of a practitioner."""

    practitioner: Key


class CaseAssigned(Wire, frozen=True, kw_only=True):
    """`practitioner`: who has the case; nothing: nobody any more."""

    licence: str
    practitioner: str | None
    changed: bool


class EndCaseIn(Body, frozen=True, kw_only=True):
    reason: Long
