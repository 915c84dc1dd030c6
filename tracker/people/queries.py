"""Queries of people."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Connection, func, or_, select

from tracker.errors import BadEntry, NotFound
from tracker.people.names import any_of, is_telling
from tracker.people.tables import Address, Identity, Person
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


def homes_on(connection: Connection, wearers: Sequence[str], day: date) -> dict[str, tuple[int, int]]:
    """The places of the homes on a day, as `home_on`, of those of these wearers of whom one is on record."""
    found: dict[str, tuple[int | None, int | None]] = {}
    for some in in_pieces(wearers):
        rows = (
            select(Person.wearer_ref, Address.x_mm, Address.y_mm)
            .join(Person, Person.id == Address.person_id)
            .where(known(Address), Person.wearer_ref.in_(some), Address.from_on <= day)
            .order_by(Address.from_on, Address.id)
        )
        # The latest address counts, also where its place is not known.
        found.update((wearer, (x_mm, y_mm)) for wearer, x_mm, y_mm in connection.execute(rows))
    return {wearer: (x, y) for wearer, (x, y) in found.items() if x is not None and y is not None}


def refuse_names(connection: Connection, texts: Mapping[str, str]) -> None:
    """Refuse what would stand in the audit in clear, which is never changed, if it names a person on record: an erasure
    could not reach it. Texts by the name of their field.

    Raises
    ------
    BadEntry
        A text has the whole name or a number of a person.
    """
    named = names_in(connection, "\n".join(texts.values()))
    for field, each in texts.items() if named else ():
        if any_of(named).search(each):
            raise BadEntry(
                f"{field} names a person on record. It stays in the audit for good, also after the person is erased: "
                "write it without name and number."
            )


def names_in(connection: Connection, text: str) -> set[str]:
    """The whole names and the numbers of people on record that are in a text."""
    columns = Identity.name, Identity.nomis_id, Identity.crn, Identity.pnc_id
    lower = func.lower(text)
    # What can be taken out of it is in it, on both databases and whatever characters it has.
    there = (func.replace(lower, func.lower(column), "") != lower for column in columns)
    found = connection.execute(select(*columns).where(or_(*there))).all() if text.strip() else []
    return {value for row in found for value in row if value and is_telling(value) and any_of([value]).search(text)}
