"""Where a programme stands on a day, on the wire."""

from datetime import date

from api.schemas.delivery.budget import Money
from api.schemas.delivery.entries import EndEntry, FundingEntry
from api.schemas.delivery.rollout import CapacityState, ForecastOut
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
