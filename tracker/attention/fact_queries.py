"""The facts of licences that `rules.py` asks for, by number, as known now or at an instant."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from tracker.answers import Answer
from tracker.assignments.queries import counting
from tracker.assignments.tables import Assignment
from tracker.attention.rules import Decision, LicenceFacts, Screening, Worn
from tracker.licences.queries import state_days
from tracker.licences.states import EndReason, LicenceMove, LicenceState
from tracker.licences.tables import Licence, LicenceEvent, LicenceTerms
from tracker.ogrs.queries import gates, horizon_of
from tracker.people.tables import Person
from tracker.programme.queries import rows_of
from tracker.record.as_known import known
from tracker.rollout.queries import days_of_moves, place_moves
from tracker.screening import tables
from tracker.screening.criteria import Operation
from tracker.screening.queries import operation
from tracker.tags.states import TagMove
from tracker.tags.tables import Tag, TagEvent
from tracker.times import AsOf, Days, days_of, london_day

_RUNS = (LicenceState.OUT, LicenceState.AWAITED)


class Fitting(NamedTuple):
    """An assignment of a tag with the licence it was fitted on, where that is on record, and the tag's contract."""

    device_id: str
    since: date
    until: date
    licence_id: int | None
    contract: str | None


def facts_of(connection: Connection, ids: Collection[int], known_at: datetime | None = None) -> dict[int, LicenceFacts]:
    """By number the facts of these licences; a person who was erased has none left."""
    of_people = select(Licence.person_id).where(Licence.id.in_(ids))
    query = select(Licence.id, Licence.programme_id, Licence.person_id, Licence.reference, Person.wearer_ref)
    mine = Licence.person_id.in_(of_people), Person.erased_at.is_(None)
    licences = connection.execute(
        query.join(Person, Person.id == Licence.person_id).where(*mine).order_by(Licence.id)
    ).all()
    every = [row.id for row in licences]
    states = state_days(connection, every, known_at)
    moves = place_moves(connection, every, known_at)
    places = days_of_moves(moves)
    terms = _terms(connection, every, known_at)
    released, died = _released_and_died(connection, every, known_at)
    screened, decided = _screened(connection, every, known_at), _decided(connection, every, known_at)
    fitted = _fittings(connection, {row.wearer_ref for row in licences}, known_at)
    allowed = _Allowed(connection, known_at)
    periods: dict[int, Operation] = {}
    closed = _closed_gates(connection, licences, known_at)
    siblings = defaultdict(list)
    for row in licences:
        siblings[row.person_id].append(row)
    out = {}
    for row in licences:
        if row.id not in ids:
            continue
        others = [other for other in siblings[row.person_id] if other.id != row.id]
        if row.id in moves and row.programme_id not in periods:
            periods[row.programme_id] = operation(connection, row.programme_id, AsOf(date.max, known_at))
        term = terms.get(row.id)
        out[row.id] = LicenceFacts(
            states=states[row.id],
            places=places.get(row.id, []),
            moves=[(move.effective_on, move.move) for move in moves.get(row.id, [])],
            screenings=screened.get(row.id, []),
            decisions=decided.get(row.id, []),
            worn=[
                Worn(each.since, each.until, each.device_id, allowed.on(row.programme_id, each.contract, each.since))
                for each in fitted.get(row.wearer_ref, [])
                if _fitted_on(each, siblings[row.person_id], states) == row.id
            ],
            runs_elsewhere=_running([states[other.id] for other in others]),
            gate_closed=closed.get(row.programme_id, {}).get(row.wearer_ref, []),
            planned_release_on=None if term is None else term.planned_release_on,
            released_on=released.get(row.id),
            ends_on=None if term is None else term.ends_on,
            died_on=min((died[each.id] for each in siblings[row.person_id] if each.id in died), default=None),
            operation=periods.get(row.programme_id),
        )
    return out


def _terms(connection: Connection, ids: Sequence[int], known_at: datetime | None) -> dict[int, Row[Any]]:
    query = select(LicenceTerms.licence_id, LicenceTerms.planned_release_on, LicenceTerms.ends_on)
    mine = known(LicenceTerms, known_at), LicenceTerms.licence_id.in_(ids)
    return {row.licence_id: row for row in connection.execute(query.where(*mine).order_by(LicenceTerms.id))}


def _released_and_died(
    connection: Connection, ids: Sequence[int], known_at: datetime | None
) -> tuple[dict[int, date], dict[int, date]]:
    query = select(LicenceEvent.licence_id, LicenceEvent.move, LicenceEvent.at, LicenceEvent.end_reason)
    mine = known(LicenceEvent, known_at), LicenceEvent.licence_id.in_(ids)
    released: dict[int, date] = {}
    died: dict[int, date] = {}
    for row in connection.execute(query.where(*mine).order_by(LicenceEvent.at, LicenceEvent.id)):
        if row.move is LicenceMove.RELEASE:
            released.setdefault(row.licence_id, london_day(row.at))
        elif row.end_reason is EndReason.DIED:
            died.setdefault(row.licence_id, london_day(row.at))
    return released, died


def _screened(connection: Connection, ids: Sequence[int], known_at: datetime | None) -> dict[int, list[Screening]]:
    table = tables.Screening
    query = select(table.licence_id, table.screened_on, table.answer, table.findings)
    mine = known(table, known_at), table.licence_id.in_(ids)
    out = defaultdict(list)
    for row in connection.execute(query.where(*mine).order_by(table.screened_on, table.id)):
        failed = (f["criterion"] for f in row.findings["findings"] if f["answer"] == Answer.FAILED)
        out[row.licence_id].append(Screening(row.screened_on, row.answer, tuple(failed)))
    return out


def _decided(connection: Connection, ids: Sequence[int], known_at: datetime | None) -> dict[int, list[Decision]]:
    table = tables.Proportionality
    query = select(table.licence_id, table.decided_on, table.proportionate)
    mine = known(table, known_at), table.licence_id.in_(ids)
    out = defaultdict(list)
    for licence_id, on, proportionate in connection.execute(query.where(*mine).order_by(table.decided_on, table.id)):
        out[licence_id].append(Decision(on, proportionate))
    return out


def _fittings(connection: Connection, wearers: Collection[str], known_at: datetime | None) -> dict[str, list[Fitting]]:
    query = (
        select(Assignment.wearer_id, Assignment.device_id, Assignment.fitted_at, Assignment.removed_at, Tag.contract)
        .outerjoin(Tag, Tag.device_id == Assignment.device_id)
        .where(*counting(known_at), Assignment.wearer_id.in_(wearers))
        .order_by(Assignment.fitted_at, Assignment.device_id)
    )
    rows = connection.execute(query).all()
    by_hand = (
        select(Tag.device_id, TagEvent.at, TagEvent.licence_id)
        .join(TagEvent, TagEvent.tag_id == Tag.id)
        .where(
            known(TagEvent, known_at),
            TagEvent.move == TagMove.FIT,
            TagEvent.licence_id.is_not(None),
            Tag.device_id.in_({row.device_id for row in rows}),
        )
    )
    on_licence = {(device, at): licence for device, at, licence in connection.execute(by_hand)} if rows else {}
    out = defaultdict(list)
    for row in rows:
        until = date.max if row.removed_at is None else london_day(row.removed_at)
        of = on_licence.get((row.device_id, row.fitted_at))
        out[row.wearer_id].append(Fitting(row.device_id, london_day(row.fitted_at), until, of, row.contract))
    return out


def _fitted_on(
    fitting: Fitting, licences: Sequence[Row[Any]], states: dict[int, list[Days[LicenceState]]]
) -> int | None:
    """The licence a tag was fitted on: as it was recorded, else the person's last one that had not ended by then."""
    if len(licences) == 1 or fitting.licence_id is not None:
        return fitting.licence_id or int(licences[0].id)
    not_ended = [
        row.id
        for row in licences
        if not any(d.value is LicenceState.ENDED and d.since <= fitting.since < d.until for d in states[row.id])
    ]
    return int((not_ended or [licences[-1].id])[-1])


def _running(others: Sequence[list[Days[LicenceState]]]) -> list[Days[bool]]:
    """The days on which one of these licences is not ended and not recalled."""
    edges = {day for days in others for each in days for day in (each.since, each.until)}

    def runs(on: date) -> bool | None:
        return any(e.since <= on < e.until and e.value in _RUNS for days in others for e in days) or None

    return days_of(edges, runs) if others else []


def _closed_gates(
    connection: Connection, licences: Iterable[Row[Any]], known_at: datetime | None
) -> dict[int, dict[str, list[tuple[date, date]]]]:
    """By programme and wearer the days after a gate closed, until it opens again."""
    people = defaultdict(set)
    for row in licences:
        people[row.programme_id].add(row.person_id)
    out: dict[int, dict[str, list[tuple[date, date]]]] = {}
    for programme_id, theirs in people.items():
        as_of = AsOf(date.max, known_at)
        horizon = horizon_of(connection, programme_id, as_of)
        out[programme_id] = {
            wearer: [
                (one.until, after.since if after is not None else date.max)
                for one, after in zip(intervals, [*intervals[1:], None], strict=True)
                if one.until is not None
            ]
            for wearer, intervals in gates(connection, programme_id, as_of, horizon, list(theirs)).items()
            if intervals
        }
    return out


class _Allowed:
    """Whether the supplier of a contract might be responsible for monitoring on a day; read once where it is asked."""

    def __init__(self, connection: Connection, known_at: datetime | None) -> None:
        self._connection, self._known_at = connection, known_at
        self._numbers: dict[tuple[int, str], str | None] = {}
        self._named: list[dict[str, Any]] | None = None

    def on(self, programme_id: int, contract: str | None, on: date) -> bool | None:
        if contract is None:
            return None
        as_of = AsOf(date.max, self._known_at)
        if (programme_id, contract) not in self._numbers:
            for row in rows_of(self._connection, "contract", programme_id, as_of):
                self._numbers[programme_id, row["key"]] = row["company_number"]
            self._numbers.setdefault((programme_id, contract), None)
        if self._named is None:
            self._named = rows_of(self._connection, "responsible_person", None, as_of)
        number = self._numbers[programme_id, contract]
        return any(
            row["company_number"] == number and row["from_on"] <= on and (row["to_on"] is None or on <= row["to_on"])
            for row in self._named
        )
