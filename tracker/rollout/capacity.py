"""How many wearers the programme allows, and which licences have a place. PCD 570, 2.1 and recommendation A.

A *condition* is the GPS condition of a licence. A *place* is one of those that the *running maximum* allows: it is
reserved when the condition is requested and counts once it is imposed, once per licence. Three numbers are kept apart:
conditions imposed, tags fitted, tags worn now. *Capacity* is those numbers with the maximum; *headroom* is what is
left.
"""

from collections.abc import Sequence
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
    """`LAPSED`: by the rules (the release date changed); `WITHDRAWN`: by a person's decision."""

    RESERVED = "reserved"
    IMPOSED = "imposed"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


_ANEW = {PlaceMove.RESERVED: PlaceState.RESERVED, PlaceMove.IMPOSED: PlaceState.IMPOSED}
MOVES: dict[PlaceState, dict[PlaceMove, PlaceState]] = {
    # A condition imposed without a reservation is recorded too: it happened.
    PlaceState.NONE: _ANEW,
    PlaceState.RESERVED: {
        PlaceMove.IMPOSED: PlaceState.IMPOSED,
        PlaceMove.LAPSED: PlaceState.LAPSED,
        PlaceMove.WITHDRAWN: PlaceState.WITHDRAWN,
    },
    PlaceState.LAPSED: _ANEW,
    PlaceState.WITHDRAWN: _ANEW,
    # An imposed condition counts once and for good; a new fitting after a recall is not a second one.
    PlaceState.IMPOSED: {},
}


def advance(state: PlaceState, move: PlaceMove) -> PlaceState:
    """The state after one move. Raises IllegalMove, saying what is possible instead."""
    moves = MOVES[state]
    if move in moves:
        return moves[move]
    match state, move:
        case PlaceState.IMPOSED, (PlaceMove.RESERVED | PlaceMove.IMPOSED):
            words = f"This condition has been imposed, so its place cannot be {move} again."
        case PlaceState.IMPOSED, _:
            words = f"This condition has been imposed, so its place counts for good and cannot be {move}."
        case PlaceState.RESERVED, _:
            words = "This place is already reserved. It can be imposed, lapse or be withdrawn."
        case _:
            words = f"No place is reserved, so none can be {move}. Reserve one, or record the condition as imposed."
    raise IllegalMove(words)


def occupied(state: PlaceState) -> bool:
    """Whether the place takes one from the headroom."""
    return state in (PlaceState.RESERVED, PlaceState.IMPOSED)


@dataclass(frozen=True, slots=True)
class PhaseLimit:
    """A phase with its maximum; `maximum` None: the paper states none for it."""

    name: str
    maximum: int | None
    launched: RoughDay | None
    source: str


@dataclass(frozen=True, slots=True)
class Maximum:
    """The running maximum in force. `tags` None: no launched phase states one. `words`: where it comes from."""

    tags: int | None
    words: str
    source: str


def running_maximum(phases: list[PhaseLimit], on: date) -> Maximum:
    """The greatest maximum among the phases that are launched on that day.

    A phase whose launch is known only to the month counts once the month is over: until then it is not known.
    """
    launched = [phase for phase in phases if phase.launched is not None and phase.launched.reached(on)]
    stated = [phase for phase in launched if phase.maximum is not None]
    if not stated:
        why = "no launched phase states a maximum" if launched else "no phase has been launched yet"
        return Maximum(None if launched else 0, why, "PCD 570, 2.1")
    of = max(stated, key=lambda phase: phase.maximum or 0)
    return Maximum(of.maximum, f"{of.maximum} with {of.name} launched", of.source)


def out_of_order(phases: Sequence[PhaseLimit], on: date) -> str | None:
    """In words, where a phase is launched before an earlier one: the paper's maximum is a running total.

    Parameters
    ----------
    phases
        In the order of the paper.
    """
    launched = [phase.launched is not None and phase.launched.reached(on) is not False for phase in phases]
    if True not in launched:
        return None
    last = len(launched) - 1 - launched[::-1].index(True)
    missing = [phase for phase, is_launched in zip(phases[:last], launched, strict=False) if not is_launched]
    of = phases[last]
    if not missing:
        return None
    names = [phase.name for phase in missing]
    earlier = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    are = "are" if len(names) > 1 else "is"
    words = f"{of.name} is launched and {earlier} {are} not"
    if of.maximum is None:
        return words
    alone, before = 0, 0
    for phase, is_launched in zip(phases[: last + 1], launched, strict=False):
        if phase.maximum is None:
            continue
        alone += phase.maximum - before if is_launched else 0
        before = phase.maximum
    return (
        f"{words}: the paper's maximum of {of.maximum} is a running total that supposes the earlier phases; the "
        f"launched phases come to {alone}"
    )


@dataclass(frozen=True, slots=True)
class Capacity:
    """Places in use against the running maximum. `fitted` counts persons once per licence, `worn` tags on now."""

    maximum: Maximum
    imposed: int
    reserved: int
    fitted: int
    worn: int

    @property
    def headroom(self) -> int | None:
        """Places that may still be reserved; 0 if the programme is over. None: there is no maximum."""
        return None if self.maximum.tags is None else max(0, self.maximum.tags - self.imposed - self.reserved)

    @property
    def over(self) -> int:
        """Places in use beyond the maximum."""
        return 0 if self.maximum.tags is None else max(0, self.imposed + self.reserved - self.maximum.tags)


@dataclass(frozen=True, slots=True)
class MaximumReached:
    """When a maximum is reached at the present rate. `on` None: never, at this rate."""

    tags: int
    words: str
    on: date | None


RATE_DAYS = 28
"""The present rate is that of the last four weeks: a shorter time is noise, a longer one hides a new phase."""


def forecast(capacity: Capacity, imposed_on: list[date], on: date, phases: list[PhaseLimit]) -> list[MaximumReached]:
    """When the present maximum is reached, and each greater one of a later phase, if that phase is launched in time.

    Parameters
    ----------
    imposed_on
        The day of each imposition known by `on`.
    """
    recent = sum(1 for day in imposed_on if on - timedelta(days=RATE_DAYS) < day <= on)
    taken = capacity.imposed + capacity.reserved
    now = capacity.maximum.tags or 0
    limits = [(now, capacity.maximum.words)] if capacity.maximum.tags is not None else []
    limits += [
        (p.maximum, f"{p.maximum} once {p.name} launches") for p in phases if (p.maximum or 0) > now and p.maximum
    ]
    out = []
    for tags, words in limits:
        if taken >= tags:
            out.append(MaximumReached(tags, words, on))
        elif recent == 0:
            out.append(MaximumReached(tags, words, None))
        else:
            # Whole days, rounded up: it is reached on the day the last place goes.
            days = -(-(tags - taken) * RATE_DAYS // recent)
            out.append(MaximumReached(tags, words, on + timedelta(days=days)))
    return out
