"""Everything on record of one licence and its person, as one answer: a page."""

from datetime import date, datetime

from api.schemas.delivery.attention import AgainstOut
from api.schemas.delivery.licences import MappingOut, ProportionateOut, ScreeningOut
from api.schemas.delivery.lists import PersonNamed
from api.schemas.delivery.scores import GateOut, ScoreOut
from api.schemas.wire import StateAnswer, Wire


class AddressOut(Wire, frozen=True, kw_only=True):
    """From a day on. `boroughs`: stated and found, two where they disagree. `line`, `postcode`: for those who may see
    names; a postcode is stored and not looked up."""

    from_on: date
    boroughs: list[str]
    conflict: str | None
    postcode: str | None
    line: str | None


class PlaceMoveOut(Wire, frozen=True, kw_only=True):
    """`overReason`: why the maximum or a rule was overridden."""

    move: str
    on: date
    reason: str | None
    over_reason: str | None
    recorded_by: str


class WornOut(Wire, frozen=True, kw_only=True):
    """A tag worn, to the end of the day that is asked for at most."""

    device: str
    fitted_at: datetime
    removed_at: datetime | None


class LicenceMoveOut(Wire, frozen=True, kw_only=True):
    move: str
    at: datetime
    recall_type: str | None
    note: str | None
    recorded_by: str


class CustodyOut(Wire, frozen=True, kw_only=True):
    from_at: datetime
    to_at: datetime | None
    note: str | None


class AlertStepOut(Wire, frozen=True, kw_only=True):
    move: str
    at: datetime
    decided_by: str | None
    note: str | None


class AlertHistory(Wire, frozen=True, kw_only=True):
    """An alert with each of its steps."""

    id: int
    kind: str
    state: str
    steps: list[AlertStepOut]


class PersonPage(StateAnswer, frozen=True, kw_only=True):
    """Identity for those who may see it, licence, criteria with reasons, decisions, place, tags worn, alerts, scores,
    notes, moves, and what is wrong, with how it was settled, if it was. `place`: its state, *no place* where there
    never was one."""

    licence: str
    wearer: str
    person: PersonNamed | None
    sex: str | None
    ethnicity: str | None
    state: str
    recall_type: str | None
    release_on: date | None
    released: bool
    licence_ends_on: date | None
    prison: str | None
    offence_code: str | None
    knife_involved: bool | None
    knife_basis: str | None
    screening: ScreeningOut | None
    screenings: list[ScreeningOut]
    proportionate: ProportionateOut | None
    decisions: list[ProportionateOut]
    mapping: MappingOut
    scores: list[ScoreOut]
    gate: list[GateOut]
    addresses: list[AddressOut]
    place: str
    place_moves: list[PlaceMoveOut]
    worn: list[WornOut]
    moves: list[LicenceMoveOut]
    custody: list[CustodyOut]
    alerts: list[AlertHistory]
    wrong: list[AgainstOut]
