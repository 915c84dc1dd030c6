"""The rows of `DayState` that follow from facts: of people with their licences, of tags, and of alerts, by number.

Each module answers for its own facts on which days what holds; here the answers become rows: as known now for the
projections, or as known at an instant for a list that asks so, which has no use for what speaks against a licence.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from tracker.answers import Answer
from tracker.assignments.queries import counting
from tracker.assignments.tables import Assignment
from tracker.attention.queries import state_rows
from tracker.licences.queries import state_days, waiting_days
from tracker.licences.tables import Alert, Licence
from tracker.ogrs.gate import HORIZONS
from tracker.ogrs.queries import gates
from tracker.people.tables import Person
from tracker.projections.tables import What
from tracker.rollout.queries import place_days
from tracker.screening.day_queries import answer_days
from tracker.tags.queries import lost_days, stock_days
from tracker.tags.tables import Tag
from tracker.times import AsOf, Days, days_of, london_day


class StateRow(NamedTuple):
    """A row of `DayState`."""

    what: What
    subject_id: int
    programme_id: int
    value: str
    from_on: date
    until_on: date
    amount: int = 1
    sort_key: str = ""


OF_LICENCES = (
    What.LICENCE, What.STATE, What.PLACE, What.ANSWER, What.UNDECIDED, What.FITTED, What.AGAINST, What.SETTLED,
)  # fmt: skip
OF_WEARERS = (What.WORN, What.SCORED, What.GATE)
OF_TAGS = (What.TAG, What.STOCK, What.LOST, What.LOST_PENCE, What.NOT_VALUED)
OF_ALERTS = (What.WAITING,)


def rows_of_people(connection: Connection, people: Collection[int], known_at: datetime | None = None) -> set[StateRow]:
    """Of these people and of all their licences."""
    query = (
        select(Licence.id, Licence.programme_id, Licence.person_id, Licence.reference, Person.wearer_ref)
        .join(Person, Person.id == Licence.person_id)
        .where(Licence.person_id.in_(people))
    )
    if known_at is not None:
        query = query.where(Licence.recorded_at <= known_at)
    licences = connection.execute(query).all()
    worn = _worn(connection, {licence.wearer_ref for licence in licences}, known_at)
    return {
        *_rows_of_licences(connection, licences, worn, known_at),
        *_rows_of_wearers(connection, licences, worn, known_at),
    }


def rows_of_tags(connection: Connection, ids: Collection[int]) -> set[StateRow]:
    """Of these tags."""
    tags = connection.execute(select(Tag.id, Tag.programme_id, Tag.device_id).where(Tag.id.in_(ids))).all()
    stock = stock_days(connection, ids)
    lost = {
        tag_id: days
        for programme_id in {tag.programme_id for tag in tags}
        for tag_id, days in lost_days(
            connection, programme_id, [tag.id for tag in tags if tag.programme_id == programme_id]
        ).items()
    }
    out = set()
    for tag in tags:
        row = partial(_row, subject_id=tag.id, programme_id=tag.programme_id, sort_key=tag.device_id)
        if days := stock[tag.id]:
            out.add(row(What.TAG, Days(days[0].since, date.max, "")))
        out |= {row(What.STOCK, Days(since, until, state.value)) for since, until, state in days}
        for since, until, sums in lost.get(tag.id, []):
            for what, amount in zip((What.LOST, What.LOST_PENCE, What.NOT_VALUED), sums, strict=True):
                if amount:
                    out.add(row(what, Days(since, until, ""), amount=amount))
    return out


def rows_of_alerts(connection: Connection, ids: Collection[int], known_at: datetime | None = None) -> set[StateRow]:
    """Of these alerts."""
    query = select(Alert.id, Licence.programme_id).join(Licence, Licence.id == Alert.licence_id)
    waiting = waiting_days(connection, ids, known_at)
    return {
        StateRow(What.WAITING, alert_id, programme_id, "", since, until)
        for alert_id, programme_id in connection.execute(query.where(Alert.id.in_(ids)))
        for since, until, _ in waiting.get(alert_id, [])
    }


def _row(
    what: What, days: Days[str], *, subject_id: int, programme_id: int, amount: int = 1, sort_key: str = ""
) -> StateRow:
    return StateRow(what, subject_id, programme_id, days.value, days.since, days.until, amount, sort_key)


def _rows_of_licences(
    connection: Connection,
    licences: Sequence[Row[Any]],
    worn: dict[str, list[tuple[date, date]]],
    known_at: datetime | None,
) -> Iterator[StateRow]:
    ids = [licence.id for licence in licences]
    named = {licence.id: licence for licence in licences}
    for licence_id, settled, kind, since, until in state_rows(connection, ids) if known_at is None else ():
        of = named[licence_id]
        what = What.SETTLED if settled else What.AGAINST
        yield StateRow(what, licence_id, of.programme_id, kind, since, until, sort_key=of.reference)
    states, places = state_days(connection, ids, known_at), place_days(connection, ids, known_at)
    answers = answer_days(connection, ids, known_at)
    for licence in licences:
        row = partial(_row, subject_id=licence.id, programme_id=licence.programme_id, sort_key=licence.reference)
        yield row(What.LICENCE, Days(date.min, date.max, ""))
        for what, days in ((What.STATE, states[licence.id]), (What.PLACE, places.get(licence.id, []))):
            for since, until, state in days:
                yield row(what, Days(since, until, state.value))
        of_licence = answers.get(licence.id, [])
        for since, until, answer in _merged((since, until, answer) for since, until, (answer, _) in of_licence):
            yield row(What.ANSWER, Days(since, until, answer.value))
        for since, until, (answer, decided) in of_licence:
            if answer is Answer.PASSED and not decided:
                yield row(What.UNDECIDED, Days(since, until, ""))
        if fittings := worn.get(licence.wearer_ref):
            yield row(What.FITTED, Days(min(since for since, _ in fittings), date.max, ""))


def _rows_of_wearers(
    connection: Connection,
    licences: Iterable[Row[Any]],
    worn: dict[str, list[tuple[date, date]]],
    known_at: datetime | None,
) -> Iterator[StateRow]:
    wearers: dict[int, dict[str, int]] = defaultdict(dict)
    for licence in licences:
        wearers[licence.programme_id][licence.wearer_ref] = licence.person_id
    whenever = AsOf(date.max, known_at)
    for programme_id, people in wearers.items():
        for horizon in HORIZONS:
            scored = gates(connection, programme_id, whenever, horizon, list(people.values()))
            for wearer, intervals in scored.items():
                row = partial(_row, subject_id=people[wearer], programme_id=programme_id)
                if horizon == HORIZONS[0]:
                    yield row(What.SCORED, Days(date.min, date.max, ""))
                for interval in intervals:
                    yield row(What.GATE, Days(interval.since, interval.until or date.max, str(horizon)))
        for wearer, person_id in people.items():
            for since, until, _ in days_of(
                {day for days in worn.get(wearer, []) for day in days}, partial(_worn_on, worn.get(wearer, []))
            ):
                yield StateRow(What.WORN, person_id, programme_id, "", since, until)


def _worn_on(fittings: Iterable[tuple[date, date]], on: date) -> bool | None:
    return any(since <= on < until for since, until in fittings) or None


def _merged(days: Iterable[tuple[date, date, Answer]]) -> list[tuple[date, date, Answer]]:
    out: list[tuple[date, date, Answer]] = []
    for since, until, answer in days:
        if out and out[-1][1:] == (since, answer):
            out[-1] = out[-1][0], until, answer
        else:
            out.append((since, until, answer))
    return out


def _worn(
    connection: Connection, wearers: Collection[str], known_at: datetime | None
) -> dict[str, list[tuple[date, date]]]:
    """By wearer the days at whose end a tag was on, [since, until), one pair an assignment."""
    out = defaultdict(list)
    query = select(Assignment.wearer_id, Assignment.fitted_at, Assignment.removed_at)
    for wearer, fitted_at, removed_at in connection.execute(
        query.where(*counting(known_at), Assignment.wearer_id.in_(wearers))
    ):
        until = date.max if removed_at is None else london_day(removed_at)
        out[wearer].append((london_day(fitted_at), until))
    return out
