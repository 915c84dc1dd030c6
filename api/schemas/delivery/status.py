"""Where a programme stands on a day, on the wire: its status, and the overview that an officer looks at first."""

from datetime import date, datetime
from typing import Literal

from api.schemas.delivery.budget import Money
from api.schemas.delivery.entries import EndEntry, FundingEntry
from api.schemas.delivery.rollout import CapacityState, ForecastOut, PlacesOnMap
from api.schemas.wire import Wire


class LiveBoroughs(Wire, frozen=True, kw_only=True):
    """Names of the places that are live, and of those where it is not known; `all`: how many there are; `kind`: what
    they are (borough, BCU, whole force), nothing where no paper names a place."""

    live: list[str]
    not_known: list[str]
    all: int
    kind: str | None


class DutyState(Wire, frozen=True, kw_only=True):
    key: str
    state: str
    due: date | None
    source: str


class StatusOut(CapacityState, frozen=True, kw_only=True):
    """Everything an officer asks of a day.

    `stock`, `licences`: how many tags and licences by state; `lost`: tags lost and not found, `lostPence` what they
    are charged at, `lostNotValued` how many have no price; `gateOpen`: of `scored` people, those whose mapping gate is
    open by scores of `horizonYears`; `attention`: what to look at, the most pressing first. Of a programme without tags
    there is none of these: `size` is in its own units (teams, posts, devices), `grants` are to be claimed back.
    """

    programme: str
    name: str
    boroughs: LiveBoroughs
    forecast: list[ForecastOut]
    stock: dict[str, int]
    lost: int | None
    lost_pence: int | None
    lost_not_valued: int | None
    licences: dict[str, int]
    gate_open: int | None
    scored: int | None
    horizon_years: int | None
    grants: list[FundingEntry]
    noted_pence: int
    money: Money
    ends: dict[str, EndEntry]
    duties: list[DutyState]
    attention: list[str]


DonePage = Literal["duties", "rollout", "money", "papers", "licences", "attention"]


class ToDo(Wire, frozen=True, kw_only=True):
    """One thing that waits for the officer. `tag`: its state in a word or two; `donePage`: where it is done; `where`:
    the same at the command line; `count`: how many licences or contradictions, nothing for a single thing."""

    kind: str
    subject: str
    urgency: int
    words: str
    source: str
    due: date | None
    tag: str
    count: int | None
    done_page: DonePage
    where: str


class CourseDayOut(Wire, frozen=True, kw_only=True):
    """The three numbers, the reservations and the running maximum at the end of a day on which one of them changed;
    `maximum` is nothing where no launched phase states one."""

    day: date
    imposed: int
    reserved: int
    fitted: int
    worn: int
    maximum: int | None


class OverviewOut(CapacityState, frozen=True, kw_only=True):
    """What an officer looks at first.

    `toDo`: the most urgent first. The five figures are never added up with one another: `imposed` of `maximum`; `worn`,
    with `fitted` so far; `boroughsLive` of `boroughsPlanned`, with `boroughsNotKnown`; `inStock`, with `lost`;
    `mayBeMapped` of `scored`. A figure that is not known is nothing, never 0. `course`: one row a day on which a number
    changed; `fullSince`: since which day no place is free; `bindsOn`: the day on which the maximum is reached at the
    rate of the last four weeks, nothing where it is not reached by `lastToImpose`. `maximumMessage`, `moneyMessage`:
    what these show, in a sentence.
    """

    programme: str
    name: str
    papers: list[str]
    to_do: list[ToDo]
    boroughs_live: int | None
    boroughs_not_known: int
    boroughs_planned: int
    in_stock: int | None
    lost: int | None
    may_be_mapped: int | None
    scored: int | None
    course: list[CourseDayOut]
    full_since: date | None
    binds_on: date | None
    last_to_impose: date | None
    maximum_message: str | None
    places: PlacesOnMap
    money: Money
    titles: dict[str, str]
    money_message: str
    licences: dict[str, int]
    alerts_waiting: int | None
    alerts_since: datetime | None
