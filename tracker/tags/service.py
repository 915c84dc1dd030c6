"""Tags received, fitted, removed, lost and found; people released and recalled. Each move by its rule, on record."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, select

from tracker.assignments.queries import held_of_devices
from tracker.assignments.row import AssignmentRow
from tracker.assignments.service import assign, end_assignment, end_of_counting, judged, person_of, supersede
from tracker.errors import BadEntry, NotFound, Refused
from tracker.licences.entry_service import entering_tags, in_order, licence_named
from tracker.programme.queries import portfolio, programme_named, programmes, responsible_persons
from tracker.record.entry import Entry
from tracker.rollout.capacity import PlaceState
from tracker.rollout.queries import capacity, held_places
from tracker.tags.history_queries import History, histories
from tracker.tags.states import TagMove, TagState, advance
from tracker.tags.tables import Tag, TagEvent, TagPrice
from tracker.times import AsOf, london_day


@dataclass(frozen=True, slots=True)
class Moved:
    """A tag's state after a move, and what an officer should know of it: `flags` in words."""

    device_id: str
    state: TagState
    flags: tuple[str, ...] = ()


def receive(
    engine: Engine, programme: str, device_ids: list[str], at: datetime, *, contract: str | None, by: str, now: datetime
) -> list[Moved]:
    """Tags from the supplier, new ones or ones that come back."""
    out = []
    with entering_tags(engine, by, now) as entry:
        programme_id, _, _ = programme_named(entry.connection, programme)
        for device_id in device_ids:
            found = entry.connection.scalar(select(Tag.id).where(Tag.device_id == device_id))
            if found is None:
                found = entry.add(Tag, programme_id=programme_id, device_id=device_id, contract=contract)
            out.append(Moved(device_id, _move(entry, found, device_id, TagMove.RECEIVE, at)))
    return out


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
    """Any move but fitting and removing, which concern a wearer.

    A fitted tag that is lost is taken to have come off its wearer then.
    """
    if move in (TagMove.FIT, TagMove.REMOVE, TagMove.RECEIVE):
        raise BadEntry(f"a tag is {move} by its own command, which says more")
    with entering_tags(engine, by, now) as entry:
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
    return Moved(device_id, state)


def fit(engine: Engine, device_id: str, licence: str, at: datetime, *, by: str, now: datetime) -> Moved:
    """A tag is fitted to whoever is on a licence.

    It happened, so it is recorded, flagged where no condition was imposed, the maximum is passed, or the supplier is
    none of those who may be responsible for monitoring on that day.

    Raises
    ------
    IllegalMove
        The tag is in no state to be fitted.
    Refused
        The device is on somebody else then.
    """
    with entering_tags(engine, by, now) as entry:
        tag_id, row = _tag(entry, device_id), licence_named(entry, licence)
        state = _move(entry, tag_id, device_id, TagMove.FIT, at, whose=(row.id, row.person_id))
        assign(entry, device_id, row.wearer_ref, at, about=row.person_id)
        flags = _flags(entry, device_id, row, london_day(at))
    return Moved(device_id, state, flags)


def remove(engine: Engine, device_id: str, at: datetime, *, note: str | None = None, by: str, now: datetime) -> Moved:
    """A tag comes off its wearer."""
    with entering_tags(engine, by, now) as entry:
        tag_id = _tag(entry, device_id)
        state = _move(entry, tag_id, device_id, TagMove.REMOVE, at, whose=_worn_by(entry, tag_id), note=note)
        end_assignment(entry, device_id, at)
    return Moved(device_id, state)


def correct_removal(
    engine: Engine, device_id: str, fitted_at: datetime, removed_at: datetime | None, *, by: str, now: datetime
) -> None:
    """A removal was another time than first told, or (None) was none: what was known before stays answerable.

    Raises
    ------
    NotFound
        No assignment of the device begins then.
    Refused
        The device would be on two wearers at once.
    """
    with entering_tags(engine, by, now) as entry:
        tag_id = _tag(entry, device_id)
        before = _history(entry, tag_id)
        held = held_of_devices(entry.connection, [device_id])
        mine = next((h for h in held if h.fitted_at == fitted_at), None)
        if mine is None:
            there_are = ", ".join(h.fitted_at.isoformat() for h in held) or "none"
            raise NotFound(f"no assignment of {device_id} begins at {fitted_at.isoformat()}; there are {there_are}")
        if removed_at is not None and removed_at <= fitted_at:
            raise BadEntry(f"{device_id} cannot come off at {removed_at.isoformat()}: it was fitted at {fitted_at}")
        if mine.removed_at is None:
            raise BadEntry(f"{device_id}, fitted at {fitted_at.isoformat()}, is still on: remove it, then correct that")
        row = AssignmentRow(
            row=0,
            device_id=device_id,
            wearer_id=mine.wearer_id,
            fitted_at=fitted_at,
            removed_at=removed_at,
            corrects_from=fitted_at,
        )
        judged(row, held)
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
            raise Refused("order of moves", f"tag {device_id} would be {'; '.join(sorted(after))}: correct that first")


def take_back(engine: Engine, device_id: str, *, reason: str, by: str, now: datetime) -> Moved:
    """The last move of a tag did not happen; what was known before stays answerable.

    A fitting taken back was none. After a removal taken back, or a loss that had ended a fitting, the tag is on its
    wearer still.

    Raises
    ------
    Refused
        A file tells of it, so a file corrects it; or there is nothing to take back.
    """
    with entering_tags(engine, by, now) as entry:
        tag_id = _tag(entry, device_id)
        steps = _history(entry, tag_id).steps
        last = steps[-1] if steps else None
        if last is None or last.event_id is None:
            why = "nothing is on record of it" if last is None else f"an assignments file says that it was {last.move}"
            raise Refused("take back", f"tag {device_id}: {why}; correct that by another file")
        held = held_of_devices(entry.connection, [device_id])
        fitting = next((h for h in held if last.move is TagMove.FIT and h.fitted_at == last.at), None)
        ended = last.move in (TagMove.REMOVE, TagMove.LOSE)
        ending = next((h for h in held if ended and h.removed_at == last.at), None)
        of = fitting or ending
        person_id = None if of is None else person_of(entry, of.wearer_id)
        entry.withdraw(TagEvent, last.event_id, reason=reason, about=person_id)
        if fitting is not None:
            end_of_counting(entry, fitting.id, person_id, withdrawn=reason)
        elif ending is not None:
            row = AssignmentRow(row=0, device_id=device_id, wearer_id=ending.wearer_id, fitted_at=ending.fitted_at)
            supersede(entry, ending.id, row, person_id)
        standing = _history(entry, tag_id).standing
    return Moved(device_id, standing.state, standing.odd)


def price(
    engine: Engine, programme: str, contract: str, pence: int, from_on: date, *, source: str, by: str, now: datetime
) -> None:
    """What a lost tag is charged at from a day on."""
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
        raise BadEntry(f"{at} has no time zone; give an aware instant")
    state, latest = _state(entry, tag_id)
    in_order(f"tag {device_id}", at, latest)
    now_is = advance(state, move)
    licence_id, person_id = whose
    # Whoever wears it is told of in the note, so it is sealed, and erased, as theirs.
    entry.add(TagEvent, tag_id=tag_id, move=move, at=at, licence_id=licence_id, note=note, about=person_id)
    return now_is


def _worn_by(entry: Entry, tag_id: int) -> tuple[int | None, int | None]:
    """Licence, where an officer said so, and person of whoever has it on."""
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
        raise NotFound(f"there is no tag {device_id!r} in stock or out; receive it first")
    return int(found)


def _flags(entry: Entry, device_id: str, licence: Any, on: date) -> tuple[str, ...]:
    flags = []
    held = {p.licence_id: p for p in held_places(entry.connection, licence.programme_id, AsOf(on))}
    place = held.get(licence.id)
    if place is None or place.state is not PlaceState.IMPOSED:
        flags.append(f"no GPS condition is on record as imposed by {on}")
    full = capacity(entry.connection, licence.programme_id, AsOf(on))
    if full.headroom is not None and full.headroom < 0:
        flags.append(f"{-full.headroom} over the running maximum of {full.maximum.tags}")
    contract = entry.connection.scalar(select(Tag.contract).where(Tag.device_id == device_id))
    if contract is not None:
        key = next(k for i, k, _ in programmes(entry.connection) if i == licence.programme_id)
        let = portfolio(entry.connection, key, AsOf(on)).contract(contract).let
        numbers = {row["company_number"] for row in responsible_persons(entry.connection, AsOf(on))}
        if let["company_number"] not in numbers:
            flags.append(f"{let['supplier']} is none of those who may be responsible for monitoring on {on}")
    return tuple(flags)
