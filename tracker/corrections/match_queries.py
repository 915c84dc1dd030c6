"""The matches that a change of facts about people affects: those that may be shown no more, or may be again."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, select

from tracker.errors import NotFound
from tracker.licences.tables import Licence
from tracker.people.tables import Person
from tracker.review.tables import Match


class ShownMatch(NamedTuple):
    """A match by its crime, its state, and whether its wearer may be matched throughout its window."""

    words: str
    shown: bool


def shown_matches(connection: Connection, people: Collection[int | None]) -> dict[int, ShownMatch]:
    """By number the matches of these people."""
    ids = [each for each in people if each is not None]
    if not ids:
        return {}
    query = select(Match.id, Match.force, Match.crime_ref, Match.state, Match.shown)
    of = query.join(Person, Person.wearer_ref == Match.wearer_ref).where(Person.id.in_(ids)).order_by(Match.id)
    return {
        number: ShownMatch(f"match {number} ({state}), {force} {crime_ref}", shown)
        for number, force, crime_ref, state, shown in connection.execute(of)
    }


def affected(before: Mapping[int, ShownMatch], after: Mapping[int, ShownMatch]) -> list[str]:
    """In words."""
    return [
        f"{match.words}: its wearer {'may be matched' if match.shown else 'may not be matched'} at that time now"
        for number, match in after.items()
        if number in before and before[number].shown != match.shown
    ]


def licence_of_programme(connection: Connection, programme_id: int | None, reference: str) -> tuple[int, int]:
    """The numbers of a licence and of its person. Raises NotFound."""
    query = select(Licence.id, Licence.person_id).where(Licence.reference == reference)
    found = connection.execute(query.where(Licence.programme_id == programme_id)).first()
    if found is None:
        raise NotFound(f"record.licence: there is no licence {reference!r} in this programme.")
    return found[0], found[1]


def person_of_wearer(connection: Connection, wearer: str) -> int | None:
    """The person's number; None: a wearer who is not on record."""
    return connection.scalar(select(Person.id).where(Person.wearer_ref == wearer))


def wearer_of_licence(connection: Connection, reference: str) -> str | None:
    """The reference of the wearer whose licence it is."""
    return connection.scalar(
        select(Person.wearer_ref).join(Licence, Licence.person_id == Person.id).where(Licence.reference == reference)
    )
