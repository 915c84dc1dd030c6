"""The sessions of a user that are running, and their end."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, or_, select, update

from tracker.access.idempotency_queries import forget_answers
from tracker.access.session_service import IDLE
from tracker.access.tables import LoginSession
from tracker.access.user_service import PURPOSE, find_user
from tracker.errors import NotFound
from tracker.record.audit.chain import Action
from tracker.record.audit.tables import AuditEntry
from tracker.record.base import Instant
from tracker.record.engine import reading
from tracker.record.entry import entering


@dataclass(frozen=True, slots=True)
class RunningSession:
    """A session that has not ended. `issuer`: who logged the user in, where that was not this program."""

    id: str
    issued_at: datetime
    refreshed_at: datetime
    expires_at: datetime
    second_factor: bool
    issuer: str | None


def running_sessions(engine: Engine, name: str, *, now: datetime) -> list[RunningSession]:
    """Sessions of a user that have not ended, the latest first. Raises NotFound."""
    columns = [getattr(LoginSession, name) for name in RunningSession.__slots__]
    with reading(engine).connect() as connection:
        user = find_user(connection, name)
        running = (
            LoginSession.user_id == user.user_id,
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > now,
            or_(LoginSession.issuer.is_not(None), LoginSession.refreshed_at > now - IDLE),
        )
        rows = connection.execute(
            select(*columns).where(*running).order_by(LoginSession.issued_at.desc(), LoginSession.id)
        )
        return [RunningSession(*row) for row in rows]


def last_logins(engine: Engine, names: Iterable[str]) -> dict[str, datetime]:
    """When each of these users last logged in, of those who did: from the audit, for ended sessions are not kept."""
    with reading(engine).connect() as connection:
        found = {name: connection.scalar(_LOGINS.where(AuditEntry.by == name)) for name in names}
    return {name: at for name, at in found.items() if at is not None}


_LOGINS = (
    select(func.coalesce(AuditEntry.wall_at, AuditEntry.at, type_=Instant))
    .where(AuditEntry.subject == LoginSession.__tablename__, AuditEntry.action == Action.CONSULT)
    .order_by(AuditEntry.seq.desc())
    .limit(1)
)


def end_sessions(
    engine: Engine, name: str, session_id: str | None = None, *, but: str = "", by: str, now: datetime, clock: datetime
) -> int:
    """End one session of a user, or all but one; how many.

    Raises
    ------
    NotFound
        The user has no such session that is running.
    """
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        user = find_user(entry.connection, name)
        which = LoginSession.id != but if session_id is None else LoginSession.id == session_id
        mine = LoginSession.user_id == user.user_id, LoginSession.revoked_at.is_(None), LoginSession.expires_at > clock
        why = "ended by the user" if by == name else "ended by an administrator"
        ended = entry.connection.execute(
            update(LoginSession).where(*mine, which).values(revoked_at=clock, why=why)
        ).rowcount
        if session_id is not None and not ended:
            raise NotFound(f"{name} has no running session {session_id!r}.")
        forget_answers(entry.connection, user_id=user.user_id)
        entry.note(Action.ALTER, "login_session", session_id or name, ended=why, sessions=ended)
        return ended
