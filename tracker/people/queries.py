"""Queries of people."""

from sqlalchemy import Connection, select

from tracker.errors import NotFound
from tracker.people.tables import Person


def person_of(connection: Connection, wearer_ref: str) -> int:
    """The person id of a wearer. Raises NotFound."""
    found = connection.scalar(select(Person.id).where(Person.wearer_ref == wearer_ref))
    if found is None:
        raise NotFound(f"There is no wearer {wearer_ref!r} on record.")
    return int(found)
