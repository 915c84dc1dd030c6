"""Queries of people."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, select

from tracker.errors import NotFound
from tracker.people.tables import Address, Person
from tracker.pieces import in_pieces
from tracker.record.as_known import known


def person_of(connection: Connection, wearer_ref: str) -> int:
    """The person id of a wearer. Raises NotFound."""
    found = connection.scalar(select(Person.id).where(Person.wearer_ref == wearer_ref))
    if found is None:
        raise NotFound(f"There is no wearer {wearer_ref!r} on record.")
    return int(found)


def numbers_of(connection: Connection, wearers: Sequence[str]) -> dict[str, int]:
    """The numbers of those of these wearers who are on record, by reference."""
    found: dict[str, int] = {}
    for some in in_pieces(wearers):
        mine = select(Person.wearer_ref, Person.id).where(Person.wearer_ref.in_(some))
        found.update(connection.execute(mine).tuples().all())
    return found


def wearer_of(connection: Connection, person_id: int) -> str:
    """The wearer's reference of a person on record."""
    return connection.scalars(select(Person.wearer_ref).where(Person.id == person_id)).one()


def home_on(connection: Connection, person_id: int, day: date) -> tuple[int, int] | None:
    """The place of a person's home on a day, in millimetres of the National Grid; None: no place is on record."""
    mine = Address.person_id == person_id, Address.from_on <= day
    query = select(Address.x_mm, Address.y_mm).where(known(Address), *mine)
    found = connection.execute(query.order_by(Address.from_on.desc(), Address.id.desc()).limit(1)).first()
    return None if found is None or found.x_mm is None or found.y_mm is None else (found.x_mm, found.y_mm)
