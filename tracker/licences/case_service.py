"""Which practitioner has which case: assigned by an officer, given to another, ended."""

from datetime import datetime

from sqlalchemy import Engine, select

from tracker.access.roles import Role
from tracker.access.tables import AppUser
from tracker.errors import BadEntry, NotFound
from tracker.licences.entry_service import licence_named
from tracker.licences.tables import CaseHolder
from tracker.record.as_known import known
from tracker.record.entry import Entry, entering

_PURPOSE = "who may see a case"


def assign_case(engine: Engine, licence: str, user: str, *, by: str, now: datetime) -> bool:
    """Assign a licence to a practitioner, in the place of whoever had it; whether that changed anything.

    Raises NotFound for an unknown licence or user, BadEntry for a user who is no practitioner or whose access ended.
    """
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        row = licence_named(entry, licence)
        query = select(AppUser.id, AppUser.role, AppUser.ended_at).where(AppUser.name == user)
        found = entry.connection.execute(query).first()
        if found is None:
            raise NotFound(f"There is no user {user!r}. An administrator adds users.")
        if found.role is not Role.PRACTITIONER or found.ended_at is not None:
            why = "has no access any more" if found.ended_at is not None else f"is {found.role.value}"
            raise BadEntry(f"{user} {why}. Give the name of a practitioner who has access.")
        held = _held(entry, row.id)
        if held is not None and held.user_id == found.id:
            return False
        if held is None:
            entry.add(CaseHolder, licence_id=row.id, user_id=found.id, about=row.person_id)
        else:
            entry.supersede(CaseHolder, held.id, about=row.person_id, user_id=found.id)
        return True


def end_case(engine: Engine, licence: str, *, reason: str, by: str, now: datetime) -> None:
    """The practitioner sees the case no more. Raises NotFound where nobody has it."""
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        row = licence_named(entry, licence)
        held = _held(entry, row.id)
        if held is None:
            raise NotFound(f"Licence {licence} is assigned to no practitioner.")
        entry.withdraw(CaseHolder, held.id, reason=reason, about=row.person_id)


def _held(entry: Entry, licence_id: int) -> CaseHolder | None:
    query = select(CaseHolder.id, CaseHolder.user_id).where(known(CaseHolder), CaseHolder.licence_id == licence_id)
    found: CaseHolder | None = entry.connection.execute(query).first()  # type: ignore[assignment]
    return found
