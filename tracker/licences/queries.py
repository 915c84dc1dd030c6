"""Queries of licences: their state, their alerts, and the spans in which each wearer was monitored."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select
from sqlalchemy.orm import aliased

from tracker.assignments.queries import counting
from tracker.assignments.tables import Assignment
from tracker.licences.spans import Span, monitored
from tracker.licences.states import (
    WAITING,
    AlertState,
    EndReason,
    LicenceMove,
    LicenceState,
    RecallType,
    advance_alert,
    advance_licence,
)
from tracker.licences.tables import Alert, AlertEvent, Custody, Licence, LicenceEvent, LicenceTerms
from tracker.people.tables import Person
from tracker.record.as_known import known
from tracker.times import AsOf, Days, day_after, days_of, london_day


@dataclass(frozen=True, slots=True)
class LicenceNow:
    """The state of a licence. `spans`: when it ran, from each release to the recall or end that followed; `ended_on`,
    `end_reason`: of one that has ended, the reason where it is on record."""

    licence_id: int
    reference: str
    wearer_ref: str
    state: LicenceState
    recall: RecallType | None
    spans: tuple[Span, ...]
    ended_on: date | None = None
    end_reason: EndReason | None = None


def licences(
    connection: Connection, programme_id: int, as_of: AsOf, ids: Collection[int] | None = None
) -> list[LicenceNow]:
    """The licences of a programme at the end of the day, by reference: all, or those with these numbers."""
    until = day_after(as_of.at)
    events = defaultdict(list)
    query = (
        select(*_EVENT)
        .where(
            known(LicenceEvent, as_of.known_at),
            of_licences(LicenceEvent.licence_id, programme_id, ids),
            LicenceEvent.at < until,
        )
        .order_by(LicenceEvent.at, LicenceEvent.id)
    )
    for row in connection.execute(query).all():
        events[row.licence_id].append(row)
    ends = dict(
        connection.execute(
            select(LicenceTerms.licence_id, LicenceTerms.ends_on).where(
                known(LicenceTerms, as_of.known_at), of_licences(LicenceTerms.licence_id, programme_id, ids)
            )
        )
        .tuples()
        .all()
    )
    licence_rows = (
        select(Licence.id, Licence.reference, Person.wearer_ref)
        .join(Person, Person.id == Licence.person_id)
        .where(Licence.programme_id == programme_id if ids is None else Licence.id.in_(ids))
        .order_by(Licence.reference)
    )
    if as_of.known_at is not None:
        licence_rows = licence_rows.where(Licence.recorded_at <= as_of.known_at)
    died = _died(connection, _holders(of_licences(Licence.id, programme_id, ids)), as_of.known_at)
    return [
        LicenceNow(
            licence_id,
            reference,
            wearer_ref,
            *_after(events[licence_id], ends.get(licence_id), until, died.get(licence_id)),
        )
        for licence_id, reference, wearer_ref in connection.execute(licence_rows).all()
    ]


_EVENT = (
    LicenceEvent.licence_id, LicenceEvent.move, LicenceEvent.at, LicenceEvent.recall_type, LicenceEvent.end_reason,
)  # fmt: skip


# Made once: an alias of a table with all its columns takes longer than the query.
_DEATH, _OF_PERSON = aliased(LicenceEvent), aliased(Licence)


def _died(connection: Connection, people: Select[tuple[int]], known_at: datetime | None) -> dict[int, datetime]:
    """By licence of these people when its holder died, as was recorded on any licence of that person."""
    died, of = _DEATH, _OF_PERSON
    # Asked of each licence: of all at once PostgreSQL goes through every event for the few that are of a death.
    first = (
        select(func.min(died.at))
        .join(of, of.id == died.licence_id)
        .where(of.person_id == Licence.person_id, known(died, known_at), died.end_reason == EndReason.DIED)
        .scalar_subquery()
    )
    query = select(Licence.id, first).where(Licence.person_id.in_(people), first.is_not(None))
    return dict(connection.execute(query).tuples().all())


def _after(
    events: Iterable[Row[Any]], ends_on: date | None, until: datetime, died_at: datetime | None = None
) -> tuple[LicenceState, RecallType | None, tuple[Span, ...], date | None, EndReason | None]:
    """State, recall, spans, day and reason of the end after these events, which came before `until`."""
    state, recall = LicenceState.AWAITED, None
    spans: list[Span] = []
    limit = None if ends_on is None else day_after(ends_on)
    if died_at is not None:
        limit = died_at if limit is None else min(limit, died_at)
    ended: tuple[date | None, EndReason | None] = (None, None)
    for row in events:
        state = advance_licence(state, row.move)
        if row.move in (LicenceMove.RELEASE, LicenceMove.RE_RELEASE):
            spans.append(Span(row.at, limit))
            recall = None
        elif spans and row.move in (LicenceMove.RECALL, LicenceMove.END):
            began, stops = spans[-1]
            spans[-1] = Span(began, row.at if stops is None else min(stops, row.at))
            recall = row.recall_type if row.move is LicenceMove.RECALL else recall
        if row.move is LicenceMove.END:
            ended = london_day(row.at), row.end_reason
    if died_at is not None and died_at < until and state is not LicenceState.ENDED:
        state, ended = LicenceState.ENDED, (london_day(died_at), EndReason.DIED)
    elif limit is not None and limit <= until and state is LicenceState.OUT:
        state, ended = LicenceState.ENDED, (ends_on, EndReason.EXPIRED)
    return state, recall, tuple(spans), *ended


def state_days(
    connection: Connection, ids: Collection[int], known_at: datetime | None = None
) -> dict[int, list[Days[LicenceState]]]:
    """By number the state of each of these licences on every day, as known now or at an instant."""
    events: dict[int, list[Row[Any]]] = {licence_id: [] for licence_id in ids}
    query = select(*_EVENT)
    mine = known(LicenceEvent, known_at), LicenceEvent.licence_id.in_(ids)
    for row in connection.execute(query.where(*mine).order_by(LicenceEvent.at, LicenceEvent.id)):
        events[row.licence_id].append(row)
    terms = select(LicenceTerms.licence_id, LicenceTerms.ends_on)
    theirs = known(LicenceTerms, known_at), LicenceTerms.licence_id.in_(ids)
    ends = dict(connection.execute(terms.where(*theirs)).tuples().all())
    died = _died(connection, _holders(Licence.id.in_(ids)), known_at)

    def state_on(licence_id: int, on: date) -> LicenceState:
        until = day_after(on)
        by_then = [row for row in events[licence_id] if row.at < until]
        return _after(by_then, ends.get(licence_id), until, died.get(licence_id))[0]

    return {
        licence_id: days_of(
            {
                *(london_day(row.at) for row in of_licence),
                *((last,) if (last := ends.get(licence_id)) else ()),
                *((london_day(died[licence_id]),) if licence_id in died else ()),
            },
            partial(state_on, licence_id),
        )
        for licence_id, of_licence in events.items()
    }


def died_at(connection: Connection, licence_id: int) -> datetime | None:
    """When the holder of a licence died, as recorded on any licence of that person."""
    return _died(connection, _holders(Licence.id == licence_id), None).get(licence_id)


def _holders(mine: ColumnElement[bool]) -> Select[tuple[int]]:
    return select(Licence.person_id).where(mine)


def of_licences(column: Any, programme_id: int, ids: Collection[int] | None) -> ColumnElement[bool]:
    """The condition for rows of these licences, by their numbers alone, or of all of the programme."""
    # By the programme too, SQLite would go through all its licences to find these.
    wanted: ColumnElement[bool] = column.in_(
        select(Licence.id).where(Licence.programme_id == programme_id) if ids is None else ids
    )
    return wanted


def licence_of_each_wearer(connection: Connection, programme_id: int) -> dict[str, tuple[int, int]]:
    """By wearer's reference: the person's and the licence's internal number."""
    query = (
        select(Person.wearer_ref, Person.id, Licence.id)
        .join(Licence, Licence.person_id == Person.id)
        .where(Licence.programme_id == programme_id)
    )
    return {wearer: (person, licence) for wearer, person, licence in connection.execute(query)}


def how_many_wearers(connection: Connection, programme_id: int) -> int:
    """With a licence in the programme, whatever became of it."""
    query = (
        select(func.count(Person.wearer_ref.distinct()))
        .join(Licence, Licence.person_id == Person.id)
        .where(Licence.programme_id == programme_id)
    )
    return connection.execute(query).scalar_one()


def monitored_spans(
    connection: Connection,
    programme_id: int,
    as_of: AsOf,
    ids: Collection[int] | None = None,
    *,
    now: Sequence[LicenceNow] | None = None,
    fitted: Mapping[str, Sequence[Span]] | None = None,
) -> dict[str, list[Span]]:
    """When each wearer with a licence in the programme was monitored, by wearer reference; of all, or of the wearers
    with these licences, which are then all they have in the programme. `now`, `fitted`: these licences, and the
    fittings of their wearers, where they were read."""
    custody = defaultdict(list)
    query = select(Custody.licence_id, Custody.from_at, Custody.to_at).where(
        known(Custody, as_of.known_at), of_licences(Custody.licence_id, programme_id, ids)
    )
    for licence_id, from_at, to_at in connection.execute(query):
        custody[licence_id].append(Span(from_at, to_at))
    on: dict[str, list[Span]] = defaultdict(list)
    away: dict[str, list[Span]] = defaultdict(list)
    for licence in licences(connection, programme_id, as_of, ids) if now is None else now:
        on[licence.wearer_ref] += licence.spans
        away[licence.wearer_ref] += custody[licence.licence_id]
    if fitted is None:
        fitted = fittings(connection, as_of, None if ids is None else list(on))
    return {
        wearer: monitored(fitted[wearer], spans, away[wearer]) if wearer in fitted else []
        for wearer, spans in on.items()
    }


def fittings(connection: Connection, as_of: AsOf, wearers: Collection[str] | None = None) -> dict[str, list[Span]]:
    """When a tag was on each wearer, as known then, of whatever day: of all, or of these."""
    of = () if wearers is None else (Assignment.wearer_id.in_(wearers),)
    query = select(Assignment.wearer_id, Assignment.fitted_at, Assignment.removed_at).where(
        *counting(as_of.known_at), *of
    )
    found: dict[str, list[Span]] = defaultdict(list)
    # All at once: row by row takes half as long again.
    for wearer, fitted_at, removed_at in connection.execute(query).all():
        found[wearer].append(Span(fitted_at, removed_at))
    return found


@dataclass(frozen=True, slots=True)
class AlertNow:
    """The present state of an alert. `last` is its last move, made at `at`."""

    alert_id: int
    reference: str
    kind: str
    state: AlertState
    last: str
    at: datetime


def alerts(
    connection: Connection,
    programme_id: int,
    as_of: AsOf,
    *,
    of_licences: Collection[int] | None = None,
    ids: Collection[int] | None = None,
) -> list[AlertNow]:
    """The alerts of a programme by the end of the day, in the order they were raised: all, those of these licences, or
    those with these numbers."""
    if of_licences is not None:
        ids = connection.scalars(select(Alert.id).where(Alert.licence_id.in_(of_licences))).all()
    query = (
        select(
            AlertEvent.alert_id,
            AlertEvent.move,
            AlertEvent.at,
            func.coalesce(AlertEvent.kind, Alert.kind).label("kind"),
            Licence.reference,
        )
        .join(Alert, Alert.id == AlertEvent.alert_id)
        .join(Licence, Licence.id == Alert.licence_id)
        .where(
            known(AlertEvent, as_of.known_at),
            Licence.programme_id == programme_id if ids is None else AlertEvent.alert_id.in_(ids),
            AlertEvent.at < day_after(as_of.at),
        )
        .order_by(AlertEvent.alert_id, AlertEvent.at, AlertEvent.id)
    )
    steps = defaultdict(list)
    for row in connection.execute(query):
        steps[row.alert_id].append(row)
    out = []
    for alert_id, rows in steps.items():
        state = AlertState.NONE
        for row in rows:
            state = advance_alert(state, row.move)
        out.append(AlertNow(alert_id, rows[0].reference, rows[0].kind, state, rows[-1].move.value, rows[-1].at))
    return out


def waiting_days(
    connection: Connection, ids: Collection[int], known_at: datetime | None = None
) -> dict[int, list[Days[bool]]]:
    """By number the days on which each of these alerts waited for an answer, as known now or at an instant."""
    query = select(AlertEvent.alert_id, AlertEvent.move, AlertEvent.at)
    mine = known(AlertEvent, known_at), AlertEvent.alert_id.in_(ids)
    steps = defaultdict(list)
    for row in connection.execute(query.where(*mine).order_by(AlertEvent.at, AlertEvent.id)):
        steps[row.alert_id].append(row)

    def waits_on(rows: Iterable[Row[Any]], on: date) -> bool | None:
        state = AlertState.NONE
        for row in rows:
            if row.at < day_after(on):
                state = advance_alert(state, row.move)
        return True if state in WAITING else None

    return {
        alert_id: days_of({london_day(row.at) for row in rows}, partial(waits_on, rows))
        for alert_id, rows in steps.items()
    }


class NamedLicence(NamedTuple):
    """A licence's reference, and its wearer's."""

    reference: str
    wearer_ref: str


def named_licences(
    connection: Connection,
    ids: Collection[int] | None,
    *,
    programme_id: int | None = None,
    references: Collection[str] = (),
) -> dict[int, NamedLicence]:
    """By number these licences, by their numbers or (`ids` None) by their references, in order of reference."""
    query = select(Licence.id, Licence.reference, Person.wearer_ref).join(Person, Person.id == Licence.person_id)
    query = query.where(Licence.reference.in_(references) if ids is None else Licence.id.in_(ids))
    if programme_id is not None:
        query = query.where(Licence.programme_id == programme_id)
    rows = connection.execute(query.order_by(Licence.reference))
    return {number: NamedLicence(reference, wearer) for number, reference, wearer in rows}
