"""How many may be tagged, and who holds a place. PCD 570, 2.1 and recommendation A.

Three numbers, always apart: conditions imposed, tags fitted, worn now. Against the running maximum counts a person,
once per licence, whose GPS condition is imposed; a place that is reserved is held as if it were.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from tracker.errors import IllegalMove
from tracker.times import RoughDay


class PlaceState(StrEnum):
    NONE = "no place"
    RESERVED = "reserved"
    IMPOSED = "imposed"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class PlaceMove(StrEnum):
    """`LAPSED` is by the rules (a release date that moved away), `WITHDRAWN` by somebody's decision."""

    RESERVED = "reserved"
    IMPOSED = "imposed"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


_ANEW = {PlaceMove.RESERVED: PlaceState.RESERVED, PlaceMove.IMPOSED: PlaceState.IMPOSED}
MOVES: dict[PlaceState, dict[PlaceMove, PlaceState]] = {
    # Imposed without a reservation is recorded all the same: it happened.
    PlaceState.NONE: _ANEW,
    PlaceState.RESERVED: {
        PlaceMove.IMPOSED: PlaceState.IMPOSED,
        PlaceMove.LAPSED: PlaceState.LAPSED,
        PlaceMove.WITHDRAWN: PlaceState.WITHDRAWN,
    },
    PlaceState.LAPSED: _ANEW,
    PlaceState.WITHDRAWN: _ANEW,
    # A condition once imposed counts for good; a re-fit after a recall is no second one.
    PlaceState.IMPOSED: {},
}


def advance(state: PlaceState, move: PlaceMove) -> PlaceState:
    """The state after one move.

    Raises IllegalMove, naming the moves there are.
    """
    moves = MOVES[state]
    if move not in moves:
        there_are = ", ".join(moves) or "none: the condition counts, once, for good"
        raise IllegalMove(f"a place that is {state} cannot be {move}; moves from here: {there_are}")
    return moves[move]


def held(state: PlaceState) -> bool:
    """Whether it takes one from the headroom."""
    return state in (PlaceState.RESERVED, PlaceState.IMPOSED)


@dataclass(frozen=True, slots=True)
class PhaseLimit:
    """A phase as capacity sees it; `maximum` None: the paper states none for it."""

    name: str
    maximum: int | None
    launched: RoughDay | None
    source: str


@dataclass(frozen=True, slots=True)
class Maximum:
    """The running maximum that holds. `tags` None: no launched phase states one. `said` tells which phase gives it."""

    tags: int | None
    said: str
    source: str


def running_maximum(phases: list[PhaseLimit], on: date) -> Maximum:
    """The greatest maximum among the phases that are launched on that day.

    A phase whose launch is known only to the month counts once the month is over: until then nobody can say.
    """
    launched = [phase for phase in phases if phase.launched is not None and phase.launched.reached(on)]
    stated = [phase for phase in launched if phase.maximum is not None]
    if not stated:
        why = "no launched phase states a maximum" if launched else "no phase is launched"
        return Maximum(None if launched else 0, why, "PCD 570, 2.1")
    of = max(stated, key=lambda phase: phase.maximum or 0)
    return Maximum(of.maximum, f"{of.maximum} with {of.name} launched", of.source)


@dataclass(frozen=True, slots=True)
class Capacity:
    """Where a programme stands. `fitted` counts persons once per licence, `worn` tags on now."""

    maximum: Maximum
    imposed: int
    reserved: int
    fitted: int
    worn: int

    @property
    def headroom(self) -> int | None:
        """Places that may still be reserved; below nothing if more happened than may. None: there is no maximum."""
        return None if self.maximum.tags is None else self.maximum.tags - self.imposed - self.reserved


@dataclass(frozen=True, slots=True)
class Binds:
    """When a maximum is reached at the present rate. `on` None: not at this rate."""

    tags: int
    said: str
    on: date | None


RATE_DAYS = 28
"""The present rate is that of the last four weeks: less is noise of single releases, more hides a new phase."""


def forecast(capacity: Capacity, imposed_on: list[date], on: date, phases: list[PhaseLimit]) -> list[Binds]:
    """When today's maximum binds, and each greater one that is still to come, if they were launched by then.

    Parameters
    ----------
    imposed_on
        The day of each imposition known by `on`.
    """
    recent = sum(1 for day in imposed_on if on - timedelta(days=RATE_DAYS) < day <= on)
    taken = capacity.imposed + capacity.reserved
    now = capacity.maximum.tags or 0
    limits = [(now, capacity.maximum.said)] if capacity.maximum.tags is not None else []
    limits += [
        (p.maximum, f"{p.maximum} once {p.name} launches") for p in phases if (p.maximum or 0) > now and p.maximum
    ]
    out = []
    for tags, said in limits:
        if taken >= tags:
            out.append(Binds(tags, said, on))
        elif recent == 0:
            out.append(Binds(tags, said, None))
        else:
            # Whole days, rounded up: it binds on the day on which the last place goes.
            days = -(-(tags - taken) * RATE_DAYS // recent)
            out.append(Binds(tags, said, on + timedelta(days=days)))
    return out
