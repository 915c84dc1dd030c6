"""Who has which case, as it is now: a case that was given to another is seen by its former holder no more."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from tracker.access.tables import AppUser
from tracker.licences.tables import CaseHolder, Licence
from tracker.record.as_known import known


class HeldCase(NamedTuple):
    """A case and its practitioner, since it was assigned."""

    licence: str
    user: str
    since: datetime
    assigned_by: str


def cases_of(connection: Connection, user: str, *, limit: int, offset: int) -> tuple[list[tuple[int, int]], int]:
    """(programme, licence) by number of the cases that a user has, by reference, and how many there are."""
    mine = known(CaseHolder), AppUser.name == user, AppUser.ended_at.is_(None)
    joined = select(Licence.programme_id, Licence.id).join(CaseHolder, CaseHolder.licence_id == Licence.id)
    query = joined.join(AppUser, AppUser.id == CaseHolder.user_id).where(*mine)
    total = connection.scalar(select(func.count()).select_from(query.subquery())) or 0
    page = query.order_by(Licence.reference).offset(offset)
    return [tuple(row) for row in connection.execute(page.limit(limit) if limit else page)], total


def case_of(connection: Connection, user: str, licence: str) -> tuple[int, int, int] | None:
    """(programme, licence, person) by number where this user has the case now."""
    query = (
        select(Licence.programme_id, Licence.id, Licence.person_id)
        .join(CaseHolder, CaseHolder.licence_id == Licence.id)
        .join(AppUser, AppUser.id == CaseHolder.user_id)
        .where(known(CaseHolder), AppUser.name == user, AppUser.ended_at.is_(None), Licence.reference == licence)
    )
    found = connection.execute(query).first()
    return None if found is None else (found[0], found[1], found[2])


def held_cases(
    connection: Connection, programme_id: int, *, limit: int = 0, offset: int = 0
) -> tuple[list[HeldCase], int]:
    """The cases of a programme that are assigned, by reference, and how many there are. `limit` 0: all."""
    query = (
        select(Licence.reference, AppUser.name, CaseHolder.recorded_at, CaseHolder.recorded_by)
        .join(CaseHolder, CaseHolder.licence_id == Licence.id)
        .join(AppUser, AppUser.id == CaseHolder.user_id)
        .where(known(CaseHolder), Licence.programme_id == programme_id)
    )
    total = connection.scalar(select(func.count()).select_from(query.subquery())) or 0
    page = query.order_by(Licence.reference).offset(offset)
    return [HeldCase(*row) for row in connection.execute(page.limit(limit) if limit else page)], total
