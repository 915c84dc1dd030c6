"""Tags received, fitted, removed, lost and found. Each move follows its table and is audited."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, func, select

from tracker.assignments.queries import assignments_of_devices
from tracker.assignments.row import AssignmentRow
from tracker.assignments.service import (
    assign,
    end_assignment,
    person_of,
    require_one_wearer,
    stop_counting,
    supersede,
)
from tracker.errors import BadEntry, NotFound, Refused
from tracker.licences.entry_service import entering_tags, licence_named, require_order
from tracker.programme.queries import portfolio, programme_named, programmes, responsible_persons
from tracker.record.entry import Entry
from tracker.rollout.capacity import PlaceState
from tracker.rollout.queries import capacity, licence_places
from tracker.tags.history_queries import History, histories
from tracker.tags.model_service import checked_model, put_model
from tracker.tags.states import TagMove, TagState, advance
from tracker.tags.tables import Tag, TagEvent, TagPrice
from tracker.times import AsOf, london_day


@dataclass(frozen=True, slots=True)
class Moved:
    """A tag's state after a move. `flags`: what an officer should check, in words."""

    device_id: str
    state: TagState
    flags: tuple[str, ...] = ()


def receive(
    engine: Engine,
    programme: str,
    device_ids: list[str],
    at: datetime,
    *,
    contract: str | None,
    model: str | None = None,
    by: str,
    now: datetime,
) -> list[Moved]:
    """Record tags received from the supplier, new or returned; without `model` what is on record of it stays."""
    out = []
    name = None if model is None else checked_model(model)
    with entering_tags(engine, by, now) as entry:
        programme_id, _, _ = programme_named(entry.connection, programme)
        for device_id in device_ids:
            out.append(Moved(device_id, receive_within(entry, programme_id, device_id, at, contract)))
            if name is not None:
                put_model(entry, device_id, name)
    return out


def receive_within(entry: Entry, programme_id: int, device_id: str, at: datetime, contract: str | None) -> TagState:
    """One tag received, within an entry. Raises Refused where a tag on record differs in capitals alone."""
    found = entry.connection.scalar(select(Tag.id).where(Tag.device_id == device_id))
    if found is None:
        like = select(Tag.device_id).where(func.lower(Tag.device_id) == device_id.lower())
        if (other := entry.connection.scalar(like)) is not None:
            words = f"Tag {other} is on record, and {device_id} differs from it in capitals alone. Write it as it is."
            raise Refused("device ids", words)
        found = entry.add(Tag, programme_id=programme_id, device_id=device_id, contract=contract)
    return _move(entry, found, device_id, TagMove.RECEIVE, at)


def move_tag(
    engine: Engine,
    device_id: str,
    move: TagMove,
    at: datetime,
    *,
    licence: str | None = None,
    note: str | None = None,
    by: str,
    now: datetime,
) -> Moved:
    """Record any move but receiving, fitting and removing.

    The loss of a fitted tag ends its assignment at that instant.
    """
    if move in (TagMove.FIT, TagMove.REMOVE, TagMove.RECEIVE):
        raise BadEntry(f"Record that a tag is {move} with the command for that: it needs more details.")
    with entering_tags(engine, by, now) as entry:
        return Moved(device_id, move_within(entry, device_id, move, at, licence=licence, note=note))


def move_within(
    entry: Entry, device_id: str, move: TagMove, at: datetime, *, licence: str | None = None, note: str | None = None
) -> TagState:
    """The same within an entry."""
    tag_id = _tag(entry, device_id)
    before, _ = _state(entry, tag_id)
    if licence is not None:
        row = licence_named(entry, licence)
        whose: tuple[int | None, int | None] = (row.id, row.person_id)
    else:
        whose = _worn_by(entry, tag_id) if before in (TagState.FITTED, TagState.FITTED_FAULTY) else (None, None)
    state = _move(entry, tag_id, device_id, move, at, whose=whose, note=note)
    if move is TagMove.LOSE and before in (TagState.FITTED, TagState.FITTED_FAULTY):
        end_assignment(entry, device_id, at)
    return state


def fit(engine: Engine, device_id: str, licence: str, at: datetime, *, by: str, now: datetime) -> Moved:
    """Record that a tag is fitted to the wearer on a licence.

    A fitting has happened, so it is recorded in any case; it is flagged if no condition was imposed, if the programme
    is over its maximum, or if the supplier may not be responsible for monitoring on that day.

    Raises
    ------
    IllegalMove
        The tag cannot be fitted from its present state.
    Refused
        Another wearer has the device at that time.
    """
    with entering_tags(engine, by, now) as entry:
        tag_id, row = _tag(entry, device_id), licence_named(entry, licence)
        state = _move(entry, tag_id, device_id, TagMove.FIT, at, whose=(row.id, row.person_id))
        assign(entry, device_id, row.wearer_ref, at, about=row.person_id)
        flags = _flags(entry, device_id, row, london_day(at))
    return Moved(device_id, state, flags)


def remove(engine: Engine, device_id: str, at: datetime, *, note: str | None = None, by: str, now: datetime) -> Moved:
    """Record that a tag is removed from its wearer."""
    with entering_tags(engine, by, now) as entry:
        tag_id = _tag(entry, device_id)
        state = _move(entry, tag_id, device_id, TagMove.REMOVE, at, whose=_worn_by(entry, tag_id), note=note)
        end_assignment(entry, device_id, at)
    return Moved(device_id, state)


def correct_removal(
    engine: Engine, device_id: str, fitted_at: datetime, removed_at: datetime | None, *, by: str, now: datetime
) -> None:
    """Correct the time of a removal, or (None) record that it did not happen. Earlier answers can still be asked for.

    Raises
    ------
    NotFound
        No assignment of the device begins at `fitted_at`.
    Refused
        The device would have two wearers at once.
    """
    with entering_tags(engine, by, now) as entry:
        tag_id = _tag(entry, device_id)
        before = _history(entry, tag_id)
        assignments = assignments_of_devices(entry.connection, [device_id])
        mine = next((each for each in assignments if each.fitted_at == fitted_at), None)
        if mine is None:
            begins = ", ".join(each.fitted_at.isoformat() for each in assignments)
            known = f"its assignments begin at {begins}" if begins else "it has no assignments"
            raise NotFound(f"No assignment of {device_id} begins at {fitted_at.isoformat()}; {known}.")
        if removed_at is not None and removed_at <= fitted_at:
            raise BadEntry(
                f"{device_id} cannot have been removed at {removed_at.isoformat()}: it was fitted at "
                f"{fitted_at.isoformat()}. Give a later time."
            )
        if mine.removed_at is None:
            raise BadEntry(
                f"{device_id}, fitted at {fitted_at.isoformat()}, is still fitted, so there is no removal to correct."
            )
        row = mine.corrected(removed_at=removed_at)
        require_one_wearer(row, assignments)
        person_id = person_of(entry, mine.wearer_id)
        supersede(entry, mine.id, row, person_id)
        event = entry.connection.execute(
            select(TagEvent.id)
            .join(Tag, Tag.id == TagEvent.tag_id)
            .where(
                Tag.device_id == device_id,
                TagEvent.move == TagMove.REMOVE,
                TagEvent.at == mine.removed_at,
                TagEvent.superseded_at.is_(None),
            )
        ).first()
        if event is not None and removed_at is not None:
            entry.supersede(TagEvent, event.id, about=person_id, at=removed_at)
        elif event is not None:
            entry.withdraw(TagEvent, event.id, about=person_id, reason="it was not removed")
        if after := set(_history(entry, tag_id).standing.odd) - set(before.standing.odd):
            moves = "; ".join(sorted(after))
            raise Refused(
                "order of moves", f"Tag {device_id} would then have been {moves}. Correct the later move first."
            )


def take_back(engine: Engine, device_id: str, *, reason: str, by: str, now: datetime) -> Moved:
    """Withdraw the last move of a tag: it did not happen. Earlier answers can still be asked for.

    Withdrawing a fitting withdraws its assignment. Withdrawing a removal, or the loss of a fitted tag, leaves the tag
    on its wearer.

    Raises
    ------
    Refused
        The move was imported, so another file has to correct it; or there is no move on record.
    """
    with entering_tags(engine, by, now) as entry:
        tag_id = _tag(entry, device_id)
        steps = _history(entry, tag_id).steps
        last = steps[-1] if steps else None
        if last is None:
            raise Refused("take back", f"Tag {device_id} has no move on record, so there is nothing to withdraw.")
        if last.event_id is None:
            raise Refused(
                "take back",
                f"An assignments file reports that tag {device_id} was {last.move}. Import a file that corrects it.",
            )
        assignments = assignments_of_devices(entry.connection, [device_id])
        fitting = next((a for a in assignments if last.move is TagMove.FIT and a.fitted_at == last.at), None)
        ended = last.move in (TagMove.REMOVE, TagMove.LOSE)
        ending = next((a for a in assignments if ended and a.removed_at == last.at), None)
        of = fitting or ending
        person_id = None if of is None else person_of(entry, of.wearer_id)
        entry.withdraw(TagEvent, last.event_id, reason=reason, about=person_id)
        if fitting is not None:
            stop_counting(entry, fitting.id, person_id, withdrawn=reason)
        elif ending is not None:
            row = AssignmentRow(row=0, device_id=device_id, wearer_id=ending.wearer_id, fitted_at=ending.fitted_at)
            supersede(entry, ending.id, row, person_id)
        standing = _history(entry, tag_id).standing
    return Moved(device_id, standing.state, standing.odd)


def price(
    engine: Engine, programme: str, contract: str, pence: int, from_on: date, *, source: str, by: str, now: datetime
) -> None:
    """Record the contract's charge for a lost tag, from a day on."""
    with entering_tags(engine, by, now) as entry:
        programme_id, key, _ = programme_named(entry.connection, programme)
        portfolio(entry.connection, key, AsOf(date.max)).contract(contract)
        entry.add(
            TagPrice,
            programme_id=programme_id,
            contract=contract,
            amount_pence=pence,
            effective_on=from_on,
            source=source,
        )


def _move(
    entry: Entry,
    tag_id: int,
    device_id: str,
    move: TagMove,
    at: datetime,
    *,
    whose: tuple[int | None, int | None] = (None, None),
    note: str | None = None,
) -> TagState:
    if at.tzinfo is None:
        raise BadEntry(
            f"{at.isoformat()} has no time zone. Give the time with its zone, for example {at.isoformat()}Z."
        )
    state, latest = _state(entry, tag_id)
    require_order(f"Tag {device_id}", at, latest)
    now_is = advance(state, move)
    licence_id, person_id = whose
    # The note may name the wearer, so it is sealed, and erased, with that person's data.
    entry.add(TagEvent, tag_id=tag_id, move=move, at=at, licence_id=licence_id, note=note, about=person_id)
    return now_is


def _worn_by(entry: Entry, tag_id: int) -> tuple[int | None, int | None]:
    """The wearer's licence, if an officer recorded one, and person id."""
    history = _history(entry, tag_id)
    return history.licence_id, person_of(entry, history.wearer)


def _history(entry: Entry, tag_id: int) -> History:
    return histories(entry.connection, AsOf(date.max), Tag.id == tag_id)[0]


def _state(entry: Entry, tag_id: int) -> tuple[TagState, datetime | None]:
    standing = _history(entry, tag_id).standing
    return standing.state, standing.since


def _tag(entry: Entry, device_id: str) -> int:
    found = entry.connection.scalar(select(Tag.id).where(Tag.device_id == device_id))
    if found is None:
        raise NotFound(f"There is no tag {device_id!r} on record. Record its receipt first.")
    return int(found)


def _flags(entry: Entry, device_id: str, licence: Any, on: date) -> tuple[str, ...]:
    flags = []
    every = {place.licence_id: place for place in licence_places(entry.connection, licence.programme_id, AsOf(on))}
    place = every.get(licence.id)
    if place is None or place.state is not PlaceState.IMPOSED:
        flags.append(f"no GPS condition is recorded as imposed by {on}")
    full = capacity(entry.connection, licence.programme_id, AsOf(on))
    if full.over:
        flags.append(f"the programme is {full.over} over its running maximum of {full.maximum.tags}")
    contract = entry.connection.scalar(select(Tag.contract).where(Tag.device_id == device_id))
    if contract is not None:
        key = next(k for i, k, _ in programmes(entry.connection) if i == licence.programme_id)
        let = portfolio(entry.connection, key, AsOf(on)).contract(contract).let
        numbers = {row["company_number"] for row in responsible_persons(entry.connection, AsOf(on))}
        if let["company_number"] not in numbers:
            flags.append(f"{let['supplier']} is not on the list of those responsible for monitoring on {on}")
    return tuple(flags)
