"""What happened week by week and borough by borough: conditions, fittings, removals, losses, recalls, alerts.

A week begins on a Monday in London. A borough is that of the person's address on the day; *not known* where there is
none, and of a tag that was lost while nobody wore it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from tracker.assignments.queries import counting
from tracker.assignments.tables import Assignment
from tracker.licences.states import AlertMove, LicenceMove
from tracker.licences.tables import Alert, AlertEvent, Licence, LicenceEvent
from tracker.people.tables import Address, Person
from tracker.pieces import in_pieces
from tracker.record.as_known import known
from tracker.rollout.capacity import PlaceMove
from tracker.rollout.tables import PlaceEvent
from tracker.tags.states import TagMove
from tracker.tags.tables import Tag, TagEvent
from tracker.times import day_after, london_day, london_midnight

NOT_KNOWN = "not known"


class Counted(StrEnum):
    """What a weekly return counts."""

    CONDITIONS = "conditions"
    FITTINGS = "fittings"
    REMOVALS = "removals"
    LOSSES = "losses"
    RECALLS = "recalls"
    ALERTS = "alerts"


class InWeek(NamedTuple):
    """How many of a kind there were in the week from `monday` on, in a borough."""

    monday: date
    borough: str
    kind: Counted


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def happened(
    connection: Connection, programme_id: int, since: date, until: date, known_at: datetime | None = None
) -> Counter[InWeek]:
    """What happened from day `since` to day `until`, both whole; as known at an instant, now by default."""
    found = [
        (kind, at if type(at) is date else london_day(at), person_id)
        for kind, query in _queries(programme_id, since, until, known_at)
        for at, person_id in connection.execute(query)
    ]
    homes = _homes(connection, {person_id for _, _, person_id in found if person_id is not None}, known_at)
    return Counter(
        InWeek(monday_of(day), _home_on(homes.get(person_id, []), day), kind) for kind, day, person_id in found
    )


def _homes(
    connection: Connection, people: Collection[int], known_at: datetime | None
) -> dict[int, list[tuple[date, str | None]]]:
    """By person the borough from each day on, in order."""
    out: dict[int, list[tuple[date, str | None]]] = defaultdict(list)
    borough = func.coalesce(Address.borough_found, Address.borough_stated)
    query = select(Address.person_id, Address.from_on, borough).where(known(Address, known_at))
    for some in in_pieces(sorted(people)):
        mine = query.where(Address.person_id.in_(some)).order_by(Address.from_on, Address.id)
        for person_id, from_on, name in connection.execute(mine):
            out[person_id].append((from_on, name))
    return out


def _home_on(homes: Sequence[tuple[date, str | None]], day: date) -> str:
    by_then = [name for from_on, name in homes if from_on <= day]
    return (by_then[-1] if by_then else None) or NOT_KNOWN


def _queries(
    programme_id: int, since: date, until: date, known_at: datetime | None
) -> Iterator[tuple[Counted, Select[Any]]]:
    """For each kind the query of (when, person)."""
    begins, over = london_midnight(since), day_after(until)

    def within(column: Any) -> ColumnElement[bool]:
        span: ColumnElement[bool] = (column >= begins) & (column < over)
        return span

    of_programme = Licence.programme_id == programme_id
    yield (
        Counted.CONDITIONS,
        select(PlaceEvent.effective_on, Licence.person_id)
        .join(Licence, Licence.id == PlaceEvent.licence_id)
        .where(of_programme, known(PlaceEvent, known_at), PlaceEvent.move == PlaceMove.IMPOSED)
        .where(PlaceEvent.effective_on >= since, PlaceEvent.effective_on <= until),
    )
    mine = select(Licence.id).where(Licence.person_id == Person.id, of_programme).exists()
    for kind, at in ((Counted.FITTINGS, Assignment.fitted_at), (Counted.REMOVALS, Assignment.removed_at)):
        worn = select(at, Person.id).join(Person, Person.wearer_ref == Assignment.wearer_id)
        yield kind, worn.where(mine, *counting(known_at), within(at))
    yield (
        Counted.LOSSES,
        select(TagEvent.at, _wearer_then(known_at))
        .join(Tag, Tag.id == TagEvent.tag_id)
        .where(Tag.programme_id == programme_id, known(TagEvent, known_at), TagEvent.move == TagMove.LOSE)
        .where(within(TagEvent.at)),
    )
    yield (
        Counted.RECALLS,
        select(LicenceEvent.at, Licence.person_id)
        .join(Licence, Licence.id == LicenceEvent.licence_id)
        .where(of_programme, known(LicenceEvent, known_at), LicenceEvent.move == LicenceMove.RECALL)
        .where(within(LicenceEvent.at)),
    )
    yield (
        Counted.ALERTS,
        select(AlertEvent.at, Licence.person_id)
        .join(Alert, Alert.id == AlertEvent.alert_id)
        .join(Licence, Licence.id == Alert.licence_id)
        .where(of_programme, known(AlertEvent, known_at), AlertEvent.move == AlertMove.RAISE)
        .where(within(AlertEvent.at)),
    )


def _wearer_then(known_at: datetime | None) -> ColumnElement[int]:
    """The person on whom the tag of an event was at that instant."""
    return (
        select(Person.id)
        .join(Assignment, Assignment.wearer_id == Person.wearer_ref)
        .where(
            Assignment.device_id == Tag.device_id,
            *counting(known_at),
            Assignment.fitted_at <= TagEvent.at,
            or_(Assignment.removed_at.is_(None), Assignment.removed_at >= TagEvent.at),
        )
        .order_by(Assignment.fitted_at.desc())
        .limit(1)
        .correlate(Tag, TagEvent)
        .scalar_subquery()
    )
