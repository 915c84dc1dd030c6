"""Tags received, fitted, removed, lost and found; people released and recalled. Each move by its rule, on record."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, select, update

from tracker.assignments.overlaps import Outcome, judge
from tracker.assignments.row import AssignmentRow
from tracker.audit import Action
from tracker.errors import BadEntry, NotFound, Refused
from tracker.rollout.capacity import PlaceState
from tracker.store.entry import Entry, entering
from tracker.store.locks import Lock, take
from tracker.store.queries.assignments import held_of_devices
from tracker.store.queries.portfolio import portfolio, programme_named, programmes, responsible_persons
from tracker.store.queries.rollout import capacity, held_places
from tracker.store.queries.tags import alerts, licences
from tracker.store.tables.assignments import Assignment
from tracker.store.tables.licences import Licence
from tracker.store.tables.people import Person
from tracker.store.tables.tags import Alert, AlertEvent, Custody, LicenceEvent, Tag, TagEvent, TagPrice
from tracker.tags.ladder import (
    DECISIONS,
    AlertMove,
    AlertState,
    LicenceMove,
    LicenceState,
    RecallType,
    advance_alert,
    advance_licence,
)
from tracker.tags.states import TagMove, TagState, advance
from tracker.times import AsOf, london_day

_PURPOSE = "tags and licences"


@dataclass(frozen=True, slots=True)
class Moved:
    """A tag's state after a move, and what an officer should know of it: `flags` in words."""

    device_id: str
    state: TagState
    flags: tuple[str, ...] = ()


@contextmanager
def _entering(engine: Engine, by: str, now: datetime) -> Iterator[Entry]:
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        # Fittings by hand and by file take turns: one device never has two wearers.
        take(entry.connection, Lock.ASSIGNMENTS)
        yield entry


def receive(
    engine: Engine, programme: str, device_ids: list[str], at: datetime, *, contract: str | None, by: str, now: datetime
) -> list[Moved]:
    """Tags from the supplier, new ones or ones that come back."""
    out = []
    with _entering(engine, by, now) as entry:
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
    with _entering(engine, by, now) as entry:
        tag_id = _tag(entry, device_id)
        before, _ = _state(entry, tag_id)
        if licence is not None:
            row = _licence(entry, licence)
            whose: tuple[int | None, int | None] = (row.id, row.person_id)
        else:
            whose = _worn_by(entry, tag_id) if before in (TagState.FITTED, TagState.FITTED_FAULTY) else (None, None)
        state = _move(entry, tag_id, device_id, move, at, whose=whose, note=note)
        if move is TagMove.LOSE and before in (TagState.FITTED, TagState.FITTED_FAULTY):
            _end_assignment(entry, device_id, at)
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
    with _entering(engine, by, now) as entry:
        tag_id, row = _tag(entry, device_id), _licence(entry, licence)
        state = _move(entry, tag_id, device_id, TagMove.FIT, at, whose=(row.id, row.person_id))
        _assign(entry, device_id, row.wearer_ref, at, about=row.person_id)
        flags = _flags(entry, device_id, row, london_day(at))
    return Moved(device_id, state, flags)


def remove(engine: Engine, device_id: str, at: datetime, *, note: str | None = None, by: str, now: datetime) -> Moved:
    """A tag comes off its wearer."""
    with _entering(engine, by, now) as entry:
        tag_id = _tag(entry, device_id)
        state = _move(entry, tag_id, device_id, TagMove.REMOVE, at, whose=_worn_by(entry, tag_id), note=note)
        _end_assignment(entry, device_id, at)
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
    with _entering(engine, by, now) as entry:
        held = held_of_devices(entry.connection, [device_id])
        mine = next((h for h in held if h.fitted_at == fitted_at), None)
        if mine is None:
            there_are = ", ".join(h.fitted_at.isoformat() for h in held) or "none"
            raise NotFound(f"no assignment of {device_id} begins at {fitted_at.isoformat()}; there are {there_are}")
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
        _judged(row, held)
        person_id = entry.connection.scalar(select(Person.id).where(Person.wearer_ref == mine.wearer_id))
        _supersede(entry, mine.id, row, person_id)
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
        # What came after must still follow.
        _state(entry, _tag(entry, device_id))


def price(
    engine: Engine, programme: str, contract: str, pence: int, from_on: date, *, source: str, by: str, now: datetime
) -> None:
    """What a lost tag is charged at from a day on."""
    with _entering(engine, by, now) as entry:
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


def move_licence(
    engine: Engine,
    licence: str,
    move: LicenceMove,
    at: datetime,
    *,
    recall_type: RecallType | None = None,
    note: str | None = None,
    by: str,
    now: datetime,
) -> LicenceState:
    """Release, recall, return to custody, re-release, end."""
    if (move is LicenceMove.RECALL) != (recall_type is not None):
        raise BadEntry(f"a recall has a type, {', '.join(RecallType)}; nothing else has")
    with _entering(engine, by, now) as entry:
        row = _licence(entry, licence)
        now_is = next(
            held for held in licences(entry.connection, row.programme_id, AsOf(date.max)) if held.licence_id == row.id
        )
        latest = entry.connection.scalar(
            select(LicenceEvent.at)
            .where(LicenceEvent.licence_id == row.id, LicenceEvent.superseded_at.is_(None))
            .order_by(LicenceEvent.at.desc())
        )
        _after(f"licence {licence}", at, latest)
        state = advance_licence(_without_its_end(now_is.state, latest), move)
        entry.add(
            LicenceEvent, licence_id=row.id, move=move, at=at, recall_type=recall_type, note=note, about=row.person_id
        )
    return state


def _without_its_end(state: LicenceState, latest: datetime | None) -> LicenceState:
    """A licence whose last day has come is ended without an event; what happened before it may still be entered."""
    return LicenceState.OUT if state is LicenceState.ENDED and latest is not None else state


def in_custody(
    engine: Engine,
    licence: str,
    from_at: datetime,
    to_at: datetime | None,
    *,
    note: str | None = None,
    by: str,
    now: datetime,
) -> None:
    """In custody for something else; time that nobody is monitored in."""
    if to_at is not None and to_at <= from_at:
        raise BadEntry(f"custody to {to_at.isoformat()} ends before it begins at {from_at.isoformat()}")
    with _entering(engine, by, now) as entry:
        row = _licence(entry, licence)
        entry.add(Custody, licence_id=row.id, from_at=from_at, to_at=to_at, note=note, about=row.person_id)


def raise_alert(engine: Engine, licence: str, kind: str, at: datetime, *, by: str, now: datetime) -> int:
    """Something the monitoring told; the alert's number."""
    with _entering(engine, by, now) as entry:
        row = _licence(entry, licence)
        alert_id = entry.add(Alert, licence_id=row.id, kind=kind, about=row.person_id)
        entry.add(AlertEvent, alert_id=alert_id, move=AlertMove.RAISE, at=at, about=row.person_id)
    return alert_id


def move_alert(
    engine: Engine,
    alert_id: int,
    move: AlertMove,
    at: datetime,
    *,
    decided_by: str | None = None,
    note: str | None = None,
    by: str,
    now: datetime,
) -> AlertState:
    """Verified or found false; then a practitioner's decision, which names them."""
    if (move in DECISIONS) != (decided_by is not None):
        raise BadEntry("a decision names who decided; nothing else does")
    with _entering(engine, by, now) as entry:
        found = entry.connection.execute(
            select(Alert.id, Licence.programme_id, Licence.person_id)
            .join(Licence, Licence.id == Alert.licence_id)
            .where(Alert.id == alert_id)
        ).first()
        if found is None:
            raise NotFound(f"there is no alert {alert_id}")
        held = next(a for a in alerts(entry.connection, found.programme_id, AsOf(date.max)) if a.alert_id == alert_id)
        _after(f"alert {alert_id}", at, held.at)
        state = advance_alert(held.state, move)
        entry.add(
            AlertEvent, alert_id=alert_id, move=move, at=at, decided_by=decided_by, note=note, about=found.person_id
        )
    return state


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
    _after(f"tag {device_id}", at, latest)
    now_is = advance(state, move)
    licence_id, person_id = whose
    # Whoever wears it is told of in the note, so it is sealed, and erased, as theirs.
    entry.add(TagEvent, tag_id=tag_id, move=move, at=at, licence_id=licence_id, note=note, about=person_id)
    return now_is


def _worn_by(entry: Entry, tag_id: int) -> tuple[int | None, int | None]:
    """Licence and person of whoever it was fitted to last."""
    found = entry.connection.execute(
        select(TagEvent.licence_id, Licence.person_id)
        .join(Licence, Licence.id == TagEvent.licence_id)
        .where(TagEvent.tag_id == tag_id, TagEvent.move == TagMove.FIT, TagEvent.superseded_at.is_(None))
        .order_by(TagEvent.at.desc(), TagEvent.id.desc())
    ).first()
    return (None, None) if found is None else (found.licence_id, found.person_id)


def _state(entry: Entry, tag_id: int) -> tuple[TagState, datetime | None]:
    query = (
        select(TagEvent.move, TagEvent.at)
        .where(TagEvent.tag_id == tag_id, TagEvent.superseded_at.is_(None))
        .order_by(TagEvent.at, TagEvent.id)
    )
    state, latest = TagState.NOT_RECEIVED, None
    for move, at in entry.connection.execute(query):
        state, latest = advance(state, move), at
    return state, latest


def _after(what: str, at: datetime, latest: datetime | None) -> None:
    if latest is not None and at < latest:
        raise BadEntry(f"{what}: {at.isoformat()} is before its last move at {latest.isoformat()}; correct that first")


def _tag(entry: Entry, device_id: str) -> int:
    found = entry.connection.scalar(select(Tag.id).where(Tag.device_id == device_id))
    if found is None:
        raise NotFound(f"there is no tag {device_id!r} in stock or out; receive it first")
    return int(found)


def _licence(entry: Entry, reference: str) -> Any:
    found = entry.connection.execute(
        select(Licence.id, Licence.programme_id, Licence.person_id, Person.wearer_ref)
        .join(Person, Person.id == Licence.person_id)
        .where(Licence.reference == reference)
    ).first()
    if found is None:
        raise NotFound(f"there is no licence {reference!r}")
    return found


def _assign(entry: Entry, device_id: str, wearer: str, at: datetime, *, about: int) -> None:
    row = AssignmentRow(row=0, device_id=device_id, wearer_id=wearer, fitted_at=at)
    _judged(row, held_of_devices(entry.connection, [device_id]))
    entry.add(Assignment, device_id=device_id, wearer_id=wearer, fitted_at=at, about=about)


def _end_assignment(entry: Entry, device_id: str, at: datetime) -> None:
    held = held_of_devices(entry.connection, [device_id])
    mine = next((h for h in held if h.removed_at is None), None)
    if mine is None or at <= mine.fitted_at:
        raise Refused("assignment", f"{device_id} is on nobody at {at.isoformat()}")
    row = AssignmentRow(
        row=0,
        device_id=device_id,
        wearer_id=mine.wearer_id,
        fitted_at=mine.fitted_at,
        removed_at=at,
        corrects_from=mine.fitted_at,
    )
    person_id = entry.connection.scalar(select(Person.id).where(Person.wearer_ref == mine.wearer_id))
    _supersede(entry, mine.id, row, person_id)


def _judged(row: AssignmentRow, held: list[Any]) -> None:
    judgement = judge(row, held)
    if judgement.outcome is Outcome.REFUSED:
        raise Refused("one wearer", judgement.why)


def _supersede(entry: Entry, assignment_id: int, row: AssignmentRow, person_id: int | None) -> None:
    entry.connection.execute(update(Assignment).where(Assignment.id == assignment_id).values(superseded_at=entry.at))
    entry.add(
        Assignment,
        device_id=row.device_id,
        wearer_id=row.wearer_id,
        fitted_at=row.fitted_at,
        removed_at=row.removed_at,
        supersedes_id=assignment_id,
        about=person_id,
    )
    entry.note(Action.ALTER, "assignment", assignment_id, person_id=person_id, superseded=True)


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
