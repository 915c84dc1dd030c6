"""Queries of boroughs, phases, places and capacity, as at a day and as known at an instant."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from tracker.assignments.queries import counting
from tracker.assignments.tables import Assignment
from tracker.licences.tables import Licence
from tracker.people.tables import Person
from tracker.programme.portfolio import TAGS
from tracker.programme.queries import rows_of
from tracker.record.as_known import known
from tracker.rollout.capacity import Capacity, PhaseLimit, PlaceState, advance, running_maximum
from tracker.rollout.places import Place
from tracker.rollout.tables import Launch, LaunchKind, PlaceEvent
from tracker.times import AsOf, Days, RoughDay, day_after, days_of


def places(connection: Connection, programme_id: int, as_of: AsOf) -> dict[str, Place]:
    """Every place of the programme by name, those of later phases too: they are plans. A place that a later decision
    adds counts from that decision's day, or from its launch if that was recorded before."""
    whenever = AsOf(date.max, as_of.known_at)
    phases = {row["name"]: row for row in rows_of(connection, "phase", programme_id, whenever)}
    plans, launched = _launches(connection, programme_id, as_of)
    out: dict[str, Place] = {}
    for row in rows_of(connection, "place", programme_id, whenever):
        phase = phases.get(row["phase"])
        live = launched.get(row["place"])
        on_paper = live is None and phase is not None and phase["launched_words"] is not None
        live = _planned(phase) if on_paper else live
        if row["effective_on"] > as_of.at and (live is None or live.reached(as_of.at) is False):
            continue
        first = _planned(phase)
        moved = plans.get(row["place"])
        out[row["place"]] = Place(
            name=row["place"],
            phase=row["phase"],
            planned=moved or first,
            launched=live,
            slipped=first if moved is not None else None,
            source=row["source"],
            kind=row["kind"],
            on_paper=on_paper,
        )
    return out


def phase_limits(connection: Connection, programme_id: int, as_of: AsOf) -> list[PhaseLimit]:
    """The phases in order, with the day each was recorded as launched. One that a later decision adds counts from that
    decision's day, or from its launch."""
    whenever = AsOf(date.max, as_of.known_at)
    query = select(Launch.phase, Launch.effective_on, Launch.precision).where(
        known(Launch, as_of.known_at),
        Launch.programme_id == programme_id,
        Launch.kind == LaunchKind.LAUNCHED,
        Launch.phase.is_not(None),
        Launch.effective_on <= as_of.at,
    )
    launched = {row.phase: RoughDay(row.effective_on, row.precision) for row in connection.execute(query)}
    every = rows_of(connection, "phase", programme_id, whenever)
    decided = [row for row in every if row["effective_on"] <= as_of.at or row["name"] in launched]
    rows = sorted(decided, key=lambda row: row["number"])
    return [PhaseLimit(r["name"], r["running_maximum"], launched.get(r["name"]), r["source"]) for r in rows]


def has_tags(connection: Connection, programme_id: int, known_at: datetime | None = None) -> bool:
    """Whether a programme puts tags on people: a decision of any day counts its size or its maximum in tags, or
    somebody has a licence in it. Of another, nothing is said in the language of tags."""
    ever = AsOf(date.max, known_at)
    return (
        any(row["unit"] == TAGS for row in rows_of(connection, "measure", programme_id, ever))
        or any(row["running_maximum"] is not None for row in rows_of(connection, "phase", programme_id, ever))
        or connection.scalar(select(Licence.id).where(Licence.programme_id == programme_id).limit(1)) is not None
    )


@dataclass(frozen=True, slots=True)
class LicencePlace:
    """The place of one licence: its state, since when, and the day its condition was imposed if it was."""

    licence_id: int
    reference: str
    wearer_ref: str
    state: PlaceState
    since: date
    imposed_on: date | None


def licence_places(
    connection: Connection, programme_id: int, as_of: AsOf, ids: Collection[int] | None = None
) -> list[LicencePlace]:
    """Every licence that ever had a place, by its reference; or those of these numbers."""
    query = (
        select(
            PlaceEvent.licence_id,
            PlaceEvent.move,
            PlaceEvent.effective_on,
            Licence.reference,
            Person.wearer_ref,
        )
        .join(Licence, Licence.id == PlaceEvent.licence_id)
        .join(Person, Person.id == Licence.person_id)
        .where(
            known(PlaceEvent, as_of.known_at),
            PlaceEvent.programme_id == programme_id,
            PlaceEvent.effective_on <= as_of.at,
            *_among(ids),
        )
        .order_by(Licence.reference, PlaceEvent.effective_on, PlaceEvent.id)
    )
    moves = defaultdict(list)
    for row in connection.execute(query):
        moves[row.licence_id, row.reference, row.wearer_ref].append(row)
    out = []
    for (licence_id, reference, wearer_ref), rows in moves.items():
        state, imposed_on = _after(rows)
        out.append(LicencePlace(licence_id, reference, wearer_ref, state, rows[-1].effective_on, imposed_on))
    return out


def _after(rows: Iterable[Row[Any]]) -> tuple[PlaceState, date | None]:
    state, imposed_on = PlaceState.NONE, None
    for row in rows:
        state = advance(state, row.move)
        if state is PlaceState.IMPOSED:
            imposed_on = row.effective_on
    return state, imposed_on


def place_moves(
    connection: Connection, ids: Collection[int], known_at: datetime | None = None
) -> dict[int, list[Row[Any]]]:
    """By number the moves (`move`, `effective_on`) of the places of these licences, in order, as known now or at an
    instant."""
    query = select(PlaceEvent.licence_id, PlaceEvent.move, PlaceEvent.effective_on)
    mine = known(PlaceEvent, known_at), PlaceEvent.licence_id.in_(ids)
    moves = defaultdict(list)
    for row in connection.execute(query.where(*mine).order_by(PlaceEvent.effective_on, PlaceEvent.id)):
        moves[row.licence_id].append(row)
    return moves


def place_days(
    connection: Connection, ids: Collection[int], known_at: datetime | None = None
) -> dict[int, list[Days[PlaceState]]]:
    """By number the place of each of these licences on every day from its first move on, as known now or at an
    instant."""
    return days_of_moves(place_moves(connection, ids, known_at))


def days_of_moves(moves: Mapping[int, Sequence[Row[Any]]]) -> dict[int, list[Days[PlaceState]]]:
    """By number the place on every day from the first of these moves on."""

    def state_on(rows: Sequence[Row[Any]], on: date) -> PlaceState | None:
        by_then = [row for row in rows if row.effective_on <= on]
        return _after(by_then)[0] if by_then else None

    return {
        licence_id: days_of({row.effective_on for row in rows}, partial(state_on, rows))
        for licence_id, rows in moves.items()
    }


def _among(ids: Collection[int] | None) -> tuple[ColumnElement[bool], ...]:
    return () if ids is None else (Licence.id.in_(ids),)


def capacity(connection: Connection, programme_id: int, as_of: AsOf, ids: Collection[int] | None = None) -> Capacity:
    """The three numbers, the reservations, and the maximum in force at the end of the day; of all licences, or of those
    of these numbers."""
    states = _states(connection, programme_id, as_of, ids)
    return Capacity(
        maximum=running_maximum(phase_limits(connection, programme_id, as_of), as_of.at),
        imposed=states[PlaceState.IMPOSED],
        reserved=states[PlaceState.RESERVED],
        fitted=_fitted(connection, programme_id, as_of, ids),
        worn=_worn(connection, programme_id, as_of, ids),
    )


def imposed_days(
    connection: Connection, programme_id: int, as_of: AsOf, ids: Collection[int] | None = None
) -> list[date]:
    """The day of each imposition."""
    every = licence_places(connection, programme_id, as_of, ids)
    return sorted(place.imposed_on for place in every if place.imposed_on is not None)


def _states(connection: Connection, programme_id: int, as_of: AsOf, ids: Collection[int] | None) -> Counter[PlaceState]:
    """How many places are in each state: that of the same name as the last move of each."""
    later = PlaceEvent.effective_on.desc(), PlaceEvent.id.desc()
    moves = (
        select(
            PlaceEvent.move,
            func.row_number().over(partition_by=PlaceEvent.licence_id, order_by=later).label("from_last"),
        )
        .where(
            known(PlaceEvent, as_of.known_at),
            PlaceEvent.programme_id == programme_id,
            PlaceEvent.effective_on <= as_of.at,
            *(() if ids is None else (PlaceEvent.licence_id.in_(ids),)),
        )
        .subquery()
    )
    query = select(moves.c.move, func.count()).where(moves.c.from_last == 1).group_by(moves.c.move)
    return Counter({PlaceState(move.value): number for move, number in connection.execute(query)})


def _fitted(connection: Connection, programme_id: int, as_of: AsOf, ids: Collection[int] | None) -> int:
    """Licences whose wearer had been fitted with a tag by then: once each, however often it was replaced."""
    until = day_after(as_of.at)
    query = (
        select(func.count(func.distinct(Licence.id)))
        .join(Person, Person.id == Licence.person_id)
        .join(Assignment, Assignment.wearer_id == Person.wearer_ref)
        .where(
            Licence.programme_id == programme_id,
            Assignment.fitted_at < until,
            *counting(as_of.known_at),
            *_among(ids),
        )
    )
    return int(connection.scalar(query) or 0)


def _worn(connection: Connection, programme_id: int, as_of: AsOf, ids: Collection[int] | None) -> int:
    """Tags on a wearer at the end of the day."""
    until = day_after(as_of.at)
    query = (
        select(func.count(func.distinct(Person.id)))
        .join(Licence, Person.id == Licence.person_id)
        .join(Assignment, Assignment.wearer_id == Person.wearer_ref)
        .where(
            Licence.programme_id == programme_id,
            Assignment.fitted_at < until,
            (Assignment.removed_at.is_(None)) | (Assignment.removed_at >= until),
            *counting(as_of.known_at),
            *_among(ids),
        )
    )
    return int(connection.scalar(query) or 0)


def _launches(
    connection: Connection, programme_id: int, as_of: AsOf
) -> tuple[dict[str, RoughDay], dict[str, RoughDay]]:
    """Boroughs' own plans, and recorded launches. A plan counts from when it was recorded, whatever day it names."""
    query = select(Launch.kind, Launch.place, Launch.effective_on, Launch.precision).where(
        known(Launch, as_of.known_at), Launch.programme_id == programme_id, Launch.place.is_not(None)
    )
    plans: dict[str, RoughDay] = {}
    launched: dict[str, RoughDay] = {}
    for kind, place, on, precision in connection.execute(query):
        (plans if kind is LaunchKind.PLANNED else launched)[place] = RoughDay(on, precision)
    return plans, launched


def _planned(phase: object) -> RoughDay | None:
    if not isinstance(phase, dict) or phase["planned_on"] is None:
        return None
    return RoughDay(phase["planned_on"], phase["planned_precision"])
