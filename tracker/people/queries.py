"""Queries of people."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from tracker.errors import NotFound
from tracker.people.tables import Person
from tracker.pieces import in_pieces


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
