"""What is on record of the person of one licence: identity, addresses, place, tags worn, moves, steps of alerts."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from tracker.assignments.queries import counting
from tracker.assignments.tables import Assignment
from tracker.licences.tables import AlertEvent, Custody, LicenceEvent
from tracker.people.tables import Address, Identity
from tracker.record.as_known import facts, known
from tracker.rollout.tables import PlaceEvent
from tracker.screening.tables import Proportionality
from tracker.times import AsOf, day_after

Rows = list[dict[str, Any]]


class Name(NamedTuple):
    """Who a person is, for those who may see it."""

    name: str
    born: date | None
    nomis_id: str | None
    crn: str | None
    pnc_id: str | None


def names_of(connection: Connection, people: list[int], known_at: datetime | None = None) -> dict[int, Name]:
    """Who these people are, by number."""
    query = select(
        Identity.person_id, Identity.name, Identity.born, Identity.nomis_id, Identity.crn, Identity.pnc_id
    ).where(known(Identity, known_at), Identity.person_id.in_(people))
    return {row[0]: Name(*row[1:]) for row in connection.execute(query)}


class OnRecord(NamedTuple):
    """Facts by the end of a day, each in its order. `identity` None: none is on record."""

    identity: dict[str, Any] | None
    addresses: Rows
    decisions: Rows
    place_moves: Rows
    licence_moves: Rows
    custody: Rows
    alert_steps: Rows
    worn: list[tuple[str, datetime, datetime | None]]


def on_record(
    connection: Connection, as_of: AsOf, person_id: int, licence_id: int, wearer: str, alerts: Sequence[int]
) -> OnRecord:
    over = day_after(as_of.at)
    # Of a release to come the address has its day: a plan, and on record.
    mine = Address.person_id == person_id
    of_licence = PlaceEvent.licence_id == licence_id, PlaceEvent.effective_on <= as_of.at
    decided = Proportionality.licence_id == licence_id, Proportionality.decided_on <= as_of.at
    moved = LicenceEvent.licence_id == licence_id, LicenceEvent.at < over
    held = Custody.licence_id == licence_id, Custody.from_at < over
    steps = AlertEvent.alert_id.in_(alerts), AlertEvent.at < over
    identity = facts(connection, Identity, as_of, None, Identity.person_id == person_id)
    worn = select(Assignment.device_id, Assignment.fitted_at, Assignment.removed_at).where(
        *counting(as_of.known_at), Assignment.wearer_id == wearer, Assignment.fitted_at < over
    )
    return OnRecord(
        identity[-1] if identity else None,
        facts(connection, Address, as_of, Address.from_on, mine),
        facts(connection, Proportionality, as_of, Proportionality.decided_on, *decided),
        facts(connection, PlaceEvent, as_of, PlaceEvent.effective_on, *of_licence),
        facts(connection, LicenceEvent, as_of, LicenceEvent.at, *moved),
        facts(connection, Custody, as_of, Custody.from_at, *held),
        facts(connection, AlertEvent, as_of, AlertEvent.at, *steps),
        [tuple(row) for row in connection.execute(worn.order_by(Assignment.fitted_at))],
    )


def worn_by_then(
    worn: Sequence[tuple[str, datetime, datetime | None]], as_of: AsOf
) -> list[tuple[str, datetime, datetime | None]]:
    """Tags with their times as they stood at the end of the day: a removal that came later had not happened."""
    over = day_after(as_of.at)
    return [(device, since, None if until is None or until >= over else until) for device, since, until in worn]
