"""Login sessions: started with a password, refreshed with a single-use token, ended. Only digests of tokens are stored.

After five failures within a quarter of an hour a name cannot log in for the rest of it.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Engine, delete, insert, select, update

from tracker.access.idempotency_queries import forget_answers
from tracker.access.tables import AppUser, LoginFailure, LoginSession, SpentRefresh
from tracker.access.user_service import MOST_CHARACTERS, PURPOSE, SEEN, User, find_user, hasher, user_of, user_with
from tracker.errors import PilotError
from tracker.record.audit_chain import Action
from tracker.record.engine import reading
from tracker.record.entry import entering

MOST_FAILURES, WITHIN = 5, timedelta(minutes=15)
SESSION = timedelta(hours=12)


class WrongLogin(PilotError):
    """The name or the password is wrong, or the user's access has ended; the message does not reveal which."""


class TooManyFailures(PilotError):
    """`seconds` until a name may be tried again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many logins failed for this name. Try again in {seconds} seconds.")
        self.seconds = seconds


class SessionEnded(PilotError):
    """The session has expired or was revoked, or its token was used twice."""


@dataclass(frozen=True, slots=True)
class Login:
    """A session just started or refreshed. `refresh` is shown once and can be used once."""

    user: User
    session_id: str
    refresh: str
    expires_at: datetime


@lru_cache(maxsize=4)
def _unmatchable_hash(how: PasswordHasher) -> str:
    """A hash that no password matches, so that an unknown name takes as long to refuse as a known one."""
    return how.hash(secrets.token_urlsafe(32))


def login(
    engine: Engine,
    name: str,
    password: str,
    *,
    demo: bool = True,
    how: PasswordHasher | None = None,
    now: datetime,
    on_record: datetime | None = None,
) -> Login:
    """Start a session. `demo`: whether the demo's users may log in. `on_record`: the time for the audit, if the
    record's day is not the clock's.

    Raises
    ------
    TooManyFailures
        The name failed too often recently, whether or not a user has it.
    WrongLogin
        The name or the password is wrong, or the user's access has ended.
    """
    how = how or hasher()
    hashed_name = _digest(name)
    with reading(engine).connect() as connection:
        _refuse_if_failing(connection, hashed_name, now)
        wanted = select(*SEEN, AppUser.password_hash).where(AppUser.name == name)
        row = connection.execute(wanted).one_or_none()
    matches = _password_matches(how, _unmatchable_hash(how) if row is None else row.password_hash, password)
    if row is None or not matches or row.ended_at is not None or (row.demo and not demo):
        with engine.begin() as connection:
            connection.execute(insert(LoginFailure), {"name_sha256": hashed_name, "at": now})
            connection.execute(delete(LoginFailure).where(LoginFailure.at < now - 4 * WITHIN))
        raise WrongLogin("The user name or the password is wrong.")
    refresh, session_id = secrets.token_urlsafe(32), secrets.token_hex(16)
    with entering(engine, by=name, now=on_record or now, purpose=PURPOSE) as entry:
        user = find_user(entry.connection, name)
        if user.ended_at is not None:
            raise WrongLogin("The user name or the password is wrong.")
        values = {"id": session_id, "user_id": user.user_id, "refresh_sha256": _digest(refresh)}
        times = {"issued_at": now, "refreshed_at": now, "expires_at": now + SESSION}
        entry.connection.execute(insert(LoginSession), {**values, **times})
        _delete_expired(entry.connection, now)
        entry.connection.execute(delete(LoginFailure).where(LoginFailure.name_sha256 == hashed_name))
        entry.note(Action.CONSULT, "login_session", session_id, user=name)
    return Login(user, session_id, refresh, now + SESSION)


def refreshed(engine: Engine, refresh: str, *, demo: bool = True, now: datetime) -> Login:
    """Refresh a session: its refresh token is replaced by a new one.

    Raises
    ------
    SessionEnded
        There is no such session, or it expired or was revoked; or the token was used before, which ends the session,
        because the token must have been copied.
    """
    hashed = _digest(refresh)
    with engine.begin() as connection:
        row = connection.execute(
            select(LoginSession.id, LoginSession.user_id, LoginSession.expires_at, LoginSession.revoked_at)
            .where(LoginSession.refresh_sha256 == hashed)
        ).one_or_none()  # fmt: skip
        spent = connection.scalar(select(SpentRefresh.session_id).where(SpentRefresh.sha256 == hashed))
        if spent is not None:
            ended = {"revoked_at": now, "why": "a refresh token was used twice"}
            still = LoginSession.revoked_at.is_(None)
            connection.execute(update(LoginSession).where(LoginSession.id == spent, still).values(**ended))
            whose = select(LoginSession.user_id).where(LoginSession.id == spent)
            forget_answers(connection, user_id=connection.execute(whose).scalar_one())
        user = None if row is None else user_with(connection, row.user_id)
        if (
            row is not None
            and user is not None
            and row.revoked_at is None
            and row.expires_at > now
            and user.ended_at is None
            and (demo or not user.demo)
        ):
            fresh = secrets.token_urlsafe(32)
            # Only if no other request has just used the token.
            swapped = connection.execute(
                update(LoginSession)
                .where(LoginSession.id == row.id, LoginSession.refresh_sha256 == hashed)
                .values(refresh_sha256=_digest(fresh), refreshed_at=now)
            ).rowcount
            if swapped == 1:
                connection.execute(insert(SpentRefresh), {"sha256": hashed, "session_id": row.id})
                return Login(user, row.id, fresh, row.expires_at)
    raise SessionEnded("The session has ended. Log in again.")


def session_user(engine: Engine, session_id: str, *, demo: bool = True, now: datetime) -> User:
    """The user of a session: role and access are read from the record, not from the token. Raises SessionEnded."""
    with reading(engine).connect() as connection:
        row = connection.execute(
            select(LoginSession.expires_at, LoginSession.revoked_at, *SEEN)
            .join(AppUser, AppUser.id == LoginSession.user_id)
            .where(LoginSession.id == session_id)
        ).one_or_none()
    if (
        row is None
        or row.revoked_at is not None
        or row.expires_at <= now
        or row.ended_at is not None
        or (row.demo and not demo)
    ):
        raise SessionEnded("The session has ended. Log in again.")
    return user_of(row)


def logout(engine: Engine, session_id: str, *, by: str, now: datetime, on_record: datetime | None = None) -> None:
    """End a session. Ending it again has no effect."""
    with entering(engine, by=by, now=on_record or now, purpose=PURPOSE) as entry:
        still = LoginSession.revoked_at.is_(None)
        ended = entry.connection.execute(
            update(LoginSession).where(LoginSession.id == session_id, still).values(revoked_at=now, why="logged out")
        )
        if ended.rowcount:
            whose = select(LoginSession.user_id).where(LoginSession.id == session_id)
            forget_answers(entry.connection, user_id=entry.connection.execute(whose).scalar_one())
            entry.note(Action.ALTER, "login_session", session_id, ended="logged out")


def _delete_expired(connection: Connection, now: datetime) -> None:
    """Delete sessions that expired a day ago or more, with their used tokens."""
    old = select(LoginSession.id).where(LoginSession.expires_at < now - timedelta(days=1))
    connection.execute(delete(SpentRefresh).where(SpentRefresh.session_id.in_(old)))
    connection.execute(delete(LoginSession).where(LoginSession.expires_at < now - timedelta(days=1)))


def _refuse_if_failing(connection: Connection, hashed_name: str, now: datetime) -> None:
    of_late = LoginFailure.name_sha256 == hashed_name, LoginFailure.at > now - WITHIN
    times = list(connection.scalars(select(LoginFailure.at).where(*of_late).order_by(LoginFailure.at)))
    if len(times) >= MOST_FAILURES:
        free_at = times[-MOST_FAILURES] + WITHIN
        raise TooManyFailures(max(1, round((free_at - now).total_seconds())))


def _password_matches(how: PasswordHasher, hashed: str, password: str) -> bool:
    try:
        return how.verify(hashed, password[: MOST_CHARACTERS + 1])
    except (VerificationError, InvalidHashError):
        return False


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
