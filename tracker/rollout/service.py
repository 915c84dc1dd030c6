"""Recording launches and plans; reserving and imposing places under the running maximum."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, select

from tracker.counted import counted
from tracker.errors import BadEntry, IllegalMove, NotFound, Refused
from tracker.licences.tables import Licence
from tracker.programme.queries import programme_named
from tracker.programme.sections import PlaceKind
from tracker.record.as_known import known
from tracker.record.entry import Entry, entering
from tracker.rollout.capacity import Capacity, PhaseLimit, PlaceMove, PlaceState, advance, occupied, running_maximum
from tracker.rollout.queries import capacity, phase_limits, places
from tracker.rollout.tables import Launch, LaunchKind, PlaceEvent
from tracker.times import AsOf, RoughDay

_PURPOSE = "rollout"


Then = Callable[[Entry, int], None]
"""What enters more of the programme with this number, in the same transaction."""


def launch_place(
    engine: Engine, programme: str, place: str, on: RoughDay, *, then: Then | None = None, by: str, now: datetime
) -> None:
    """Record that the programme is live in a borough from a day on; recording another day corrects the first.

    Raises
    ------
    NotFound
        The programme does not have this borough: enter the decision that adds it first.
    """
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        _record(entry, programme, LaunchKind.LAUNCHED, place, on, None, then)


def plan_place(
    engine: Engine,
    programme: str,
    place: str,
    on: RoughDay,
    *,
    reason: str,
    then: Then | None = None,
    by: str,
    now: datetime,
) -> None:
    """Give a borough its own planned day, which replaces its phase's."""
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        _record(entry, programme, LaunchKind.PLANNED, place, on, reason, then)


def launch_phase(
    engine: Engine,
    programme: str,
    phase: str,
    on: RoughDay,
    *,
    without: tuple[str, ...] = (),
    then: Then | None = None,
    by: str,
    now: datetime,
) -> list[str]:
    """Record that a phase is launched, with its maximum and each of its boroughs but those in `without`.

    A borough that was launched before keeps its day. Returns the boroughs launched now.
    """
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        programme_id, key, _ = programme_named(entry.connection, programme)
        whenever = AsOf(date.max)
        phases = sorted(limit.name for limit in phase_limits(entry.connection, programme_id, whenever))
        if phase not in phases:
            known_phases = f"Its phases are {', '.join(phases)}." if phases else "It has no phases yet."
            raise NotFound(f"{key} has no phase {phase!r}. {known_phases}")
        of_programme = places(entry.connection, programme_id, whenever)
        mine = {name: place for name, place in of_programme.items() if place.phase == phase}
        unknown = sorted(set(without) - set(mine))
        if unknown:
            raise NotFound(
                f"The {phase} phase does not include {', '.join(unknown)}. Its places are {', '.join(sorted(mine))}."
            )
        _put(entry, programme_id, LaunchKind.LAUNCHED, None, phase, on, None)
        launched = [name for name, place in mine.items() if name not in without and place.launched is None]
        for name in launched:
            _put(entry, programme_id, LaunchKind.LAUNCHED, name, None, on, None)
        if then is not None:
            then(entry, programme_id)
    return launched


def _record(
    entry: Entry,
    programme: str,
    kind: LaunchKind,
    place: str,
    on: RoughDay,
    reason: str | None,
    then: Then | None,
) -> None:
    programme_id, key, _ = programme_named(entry.connection, programme)
    boroughs = places(entry.connection, programme_id, AsOf(date.max))
    if place not in boroughs:
        noun = "borough" if any(each.kind is PlaceKind.BOROUGH for each in boroughs.values()) else "place"
        known_boroughs = f"The {noun}s are {', '.join(sorted(boroughs))}." if boroughs else "It has none yet."
        raise NotFound(
            f"{place!r} is not a {noun} of {key}. {known_boroughs} Check the spelling, or enter the decision that "
            f"adds the {noun}."
        )
    _put(entry, programme_id, kind, place, None, on, reason)
    if then is not None:
        then(entry, programme_id)


def _put(
    entry: Entry,
    programme_id: int,
    kind: LaunchKind,
    place: str | None,
    phase: str | None,
    on: RoughDay,
    reason: str | None,
) -> None:
    found = entry.connection.execute(
        select(Launch.id, Launch.effective_on, Launch.precision).where(
            known(Launch),
            Launch.programme_id == programme_id,
            Launch.kind == kind,
            Launch.place == place if place is not None else Launch.phase == phase,
        )
    ).first()
    day: dict[str, Any] = {
        "effective_on": on.day,
        "precision": on.precision,
        "reason": reason,
    }
    if found is None:
        entry.add(Launch, programme_id=programme_id, kind=kind, place=place, phase=phase, **day)
    elif (found.effective_on, found.precision) != (on.day, on.precision):
        entry.supersede(Launch, found.id, **day)


def impose(engine: Engine, licence: str, on: date, *, by: str, now: datetime) -> Capacity:
    """Record that a licence's GPS condition is imposed; over the maximum too, because it happened, but flagged."""
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        return move_place(entry, licence, PlaceMove.IMPOSED, on)


def give_up(
    engine: Engine, licence: str, on: date, *, reason: str, lapsed: bool = False, by: str, now: datetime
) -> Capacity:
    """Give up a reserved place: withdrawn by a person's decision, or lapsed by the rules."""
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        return move_place(entry, licence, PlaceMove.LAPSED if lapsed else PlaceMove.WITHDRAWN, on, reason=reason)


def move_place(
    entry: Entry, licence: str, move: PlaceMove, on: date, *, reason: str | None = None, override: str | None = None
) -> Capacity:
    """One move of a licence's place within an entry, by the rules; returns the programme's capacity after it."""
    row = entry.connection.execute(
        select(Licence.id, Licence.programme_id, Licence.person_id).where(Licence.reference == licence)
    ).first()
    if row is None:
        raise NotFound(f"There is no licence {licence!r}.")
    state, latest = _state_of(entry, row.id)
    if latest is not None and on < latest:
        raise BadEntry(
            f"Licence {licence}: its place cannot be {move} on {on}, which is before its last move on {latest}. "
            "Give a later day, or correct the last move first."
        )
    now_is = advance(state, move)
    as_of = AsOf(on)
    # A place reserved for a later day counts too: the maximum is of places, whatever their day.
    taken = capacity(entry.connection, row.programme_id, AsOf(date.max))
    before = replace(taken, maximum=running_maximum(phase_limits(entry.connection, row.programme_id, as_of), on))
    over: str | None = None
    takes_one = occupied(now_is) and not occupied(state)
    if takes_one and before.headroom is not None and before.headroom < 1:
        if move is PlaceMove.RESERVED and not override:
            raise Refused("capacity", _no_room(before, phase_limits(entry.connection, row.programme_id, as_of)))
        imposed = counted(before.imposed, "place was", "places were")
        over = override or f"imposed when {imposed} imposed and {before.reserved} reserved"
    entry.add(
        PlaceEvent,
        licence_id=row.id,
        programme_id=row.programme_id,
        move=move,
        effective_on=on,
        reason=reason,
        over_reason=over,
        about=row.person_id,
    )
    return capacity(entry.connection, row.programme_id, as_of)


def _state_of(entry: Entry, licence_id: int) -> tuple[PlaceState, date | None]:
    query = (
        select(PlaceEvent.move, PlaceEvent.effective_on)
        .where(known(PlaceEvent), PlaceEvent.licence_id == licence_id)
        .order_by(PlaceEvent.effective_on, PlaceEvent.id)
    )
    state, latest = PlaceState.NONE, None
    for move, on in entry.connection.execute(query):
        try:
            state, latest = advance(state, move), on
        except IllegalMove as wrong:  # pragma: no cover - only a hand in the database makes one
            raise BadEntry(f"The moves on record of licence number {licence_id} are impossible. {wrong}") from wrong
    return state, latest


def _no_room(full: Capacity, phases: list[PhaseLimit]) -> str:
    taken = counted(full.imposed + full.reserved, "place is", "places are")
    to_come = next((p for p in phases if p.launched is None and (p.maximum or 0) > (full.maximum.tags or 0)), None)
    more = (
        f"The {to_come.name} phase (to {to_come.maximum}) has no launch date: record one, or override with a reason."
        if to_come is not None
        else "Override with a reason, or enter the decision that allows more."
    )
    return (
        f"{taken} taken ({full.imposed} imposed, {full.reserved} reserved) and the launched phases allow "
        f"{full.maximum.tags} ({full.maximum.source}). {more}"
    )
