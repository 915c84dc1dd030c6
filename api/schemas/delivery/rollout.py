"""Rollout and capacity on the wire.

Three numbers, never added up with one another: conditions imposed, people fitted (once for each licence), tags worn.
"""

from datetime import date
from typing import Any, Literal

import msgspec

from api.schemas.delivery.attention import AgainstOut
from api.schemas.delivery.entries import MeasureEntry
from api.schemas.delivery.papers import ComingDecision
from api.schemas.fields import Long, RoughDate, Text
from api.schemas.wire import Body, StateAnswer, Wire
from tracker.rollout.capacity import Capacity, MaximumReached
from tracker.rollout.places import Place


class CapacityOut(Wire, frozen=True, kw_only=True):
    """How full a programme is. `headroom`: places that may still be reserved, nothing where no maximum is stated;
    `over`: places in use beyond the maximum; `maximumSaid`: which phase gives the maximum."""

    imposed: int
    fitted: int
    worn: int
    reserved: int
    maximum: int | None
    maximum_said: str
    headroom: int | None
    over: int


class PlaceMoved(CapacityOut, frozen=True, kw_only=True):
    """How full the programme is after a move of a place. `against`: what speaks against this one, also if it was moved
    all the same."""

    against: list[AgainstOut]


class CapacityState(StateAnswer, frozen=True, kw_only=True):
    """Base of an answer that shows how full a programme is on a day; as in `CapacityOut`. Of a programme without tags
    there are no such numbers: its size is in its own units."""

    imposed: int | None
    fitted: int | None
    worn: int | None
    reserved: int | None
    maximum: int | None
    maximum_said: str | None
    headroom: int | None
    over: int | None
    size: list[MeasureEntry]
    to_come: list[ComingDecision]


class BoroughOut(Wire, frozen=True, kw_only=True):
    """A place of the programme: a borough, or of another `kind`. `live` is nothing where it is not known; `state` in
    words."""

    name: str
    kind: str
    phase: str | None
    live: bool | None
    state: str
    source: str


class PhaseOut(Wire, frozen=True, kw_only=True):
    """A phase with its boroughs. `launched`: nothing where its day is not known; `state` in words."""

    name: str
    maximum: int | None
    launched: bool | None
    state: str
    boroughs: int
    live: int
    not_known: int


class BoroughOnMap(Wire, frozen=True, kw_only=True):
    """A borough of London, of the programme or not: `standing` is live, not known, planned or not in the programme."""

    borough: str
    gss: str
    phase: str | None
    standing: str
    state: str


class PlacesOnMap(Wire, frozen=True, kw_only=True):
    """The rollout by phase. `message`: what it shows, in a sentence; `boroughs`: all of London, where the programme's
    places are boroughs, else none."""

    message: str
    phases: list[PhaseOut]
    boroughs: list[BoroughOnMap]


class ForecastOut(Wire, frozen=True, kw_only=True):
    """When a maximum is reached at the rate of the last four weeks; no day where it is not reached at this rate.
    `words`: which maximum it is."""

    tags: int
    words: str
    on: date | None


class RolloutOut(CapacityState, frozen=True, kw_only=True):
    """`boroughs`: every place of the programme, whichever its kind; `places`: the same by phase."""

    name: str
    boroughs: list[BoroughOut]
    places: PlacesOnMap
    forecast: list[ForecastOut]


class Launched(Wire, frozen=True, kw_only=True):
    """Boroughs that are live from a day on. `phase`: launched with them; `notes`: what to know of it, in words."""

    launched: list[str]
    phase: str | None
    on: str
    notes: list[str]


class Planned(Wire, frozen=True, kw_only=True):
    """A borough and its planned day, which may be a month, in words. `notes`: which answers of screenings changed."""

    planned: str
    on: str
    notes: list[str]


class LaunchIn(Body, frozen=True, kw_only=True):
    """A borough is live, or a phase with its boroughs but those of `without`."""

    borough: Text | None = None
    phase: Text | None = None
    without: list[Text] = msgspec.field(default_factory=list)
    on: RoughDate


class PlanIn(Body, frozen=True, kw_only=True):
    """A planned day of a borough's own, in the place of its phase's."""

    borough: Text
    on: RoughDate
    reason: Long


class PlaceIn(Body, frozen=True, kw_only=True):
    """`reserve` needs a `reason` past the maximum, and where a criterion failed, probation decided against it or the
    day is outside the operational period; `withdraw` always does."""

    move: Literal["reserve", "impose", "withdraw"]
    on: date | None = None
    reason: Long | None = None


def capacity_fields(full: Capacity) -> dict[str, Any]:
    """The fields of `CapacityOut` and `CapacityState`."""
    return {
        "imposed": full.imposed,
        "fitted": full.fitted,
        "worn": full.worn,
        "reserved": full.reserved,
        "maximum": full.maximum.tags,
        "maximum_said": full.maximum.words,
        "headroom": full.headroom,
        "over": full.over,
    }


NO_TAGS: dict[str, Any] = dict.fromkeys(
    ("imposed", "fitted", "worn", "reserved", "maximum", "maximum_said", "headroom", "over")
)
"""The fields of `CapacityState` of a programme without tags."""


def capacity_out(full: Capacity) -> CapacityOut:
    return CapacityOut(**capacity_fields(full))


def borough_out(place: Place, on: date) -> BoroughOut:
    return BoroughOut(
        name=place.name,
        kind=place.kind.value,
        phase=place.phase,
        live=place.live(on),
        state=place.in_words(on),
        source=place.source,
    )


def forecast_out(binds: MaximumReached) -> ForecastOut:
    return ForecastOut(tags=binds.tags, words=binds.words, on=binds.on)
