"""Sessions: begun by a password, gone on with by a token good for one use, ended. Of tokens only digests are kept.

Five failures in a quarter of an hour close a name for the rest of it.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Engine, delete, insert, select, update

from tracker.access.tables import AppUser, LoginFailure, LoginSession, SpentRefresh
from tracker.access.user_service import MOST_CHARACTERS, PURPOSE, SEEN, User, hasher, held, user_of, user_with
from tracker.errors import PilotError
from tracker.record.audit_chain import Action
from tracker.record.engine import reading
from tracker.record.entry import entering

MOST_FAILURES, WITHIN = 5, timedelta(minutes=15)
SESSION = timedelta(hours=12)


class WrongLogin(PilotError):
    """Name and password do not go together, or the person's access has ended; which of these is not said."""


class TooManyFailures(PilotError):
    """`seconds` until a name may be tried again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many logins failed; try again in {seconds} seconds")
        self.seconds = seconds


class SessionEnded(PilotError):
    """A session that expired, was revoked, or whose token was used twice."""


@dataclass(frozen=True, slots=True)
class Login:
    """A session just begun or gone on with. `refresh` is shown once, and is good for one use."""

    user: User
    session_id: str
    refresh: str
    expires_at: datetime


@lru_cache(maxsize=4)
def _nobodys(how: PasswordHasher) -> str:
    """A hash that no password opens, so that a name which is not there takes as long to refuse as one that is."""
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
    """Begin a session. `demo`: whether people made by the demo may. `on_record`: what the audit has for now, where the
    record lives on another day than the clock.

    Raises
    ------
    TooManyFailures
        The name failed too often of late, whether or not it is anybody's.
    WrongLogin
        It does not go together.
    """
    how = how or hasher()
    hashed_name = _digest(name)
    with reading(engine).connect() as connection:
        _refuse_if_failing(connection, hashed_name, now)
        wanted = select(*SEEN, AppUser.password_hash).where(AppUser.name == name)
        row = connection.execute(wanted).one_or_none()
    right = _right(how, _nobodys(how) if row is None else row.password_hash, password)
    if row is None or not right or row.ended_at is not None or (row.demo and not demo):
        with engine.begin() as connection:
            connection.execute(insert(LoginFailure), {"name_sha256": hashed_name, "at": now})
            connection.execute(delete(LoginFailure).where(LoginFailure.at < now - 4 * WITHIN))
        raise WrongLogin("name and password do not go together")
    refresh, session_id = secrets.token_urlsafe(32), secrets.token_hex(16)
    with entering(engine, by=name, now=on_record or now, purpose=PURPOSE) as entry:
        user = held(entry.connection, name)
        if user.ended_at is not None:
            raise WrongLogin("name and password do not go together")
        values = {"id": session_id, "user_id": user.user_id, "refresh_sha256": _digest(refresh)}
        times = {"issued_at": now, "refreshed_at": now, "expires_at": now + SESSION}
        entry.connection.execute(insert(LoginSession), {**values, **times})
        _forget_old(entry.connection, now)
        entry.connection.execute(delete(LoginFailure).where(LoginFailure.name_sha256 == hashed_name))
        entry.note(Action.CONSULT, "login_session", session_id, user=name)
    return Login(user, session_id, refresh, now + SESSION)


def refreshed(engine: Engine, refresh: str, *, demo: bool = True, now: datetime) -> Login:
    """Go on with a session: the refresh token is used up, another takes its place.

    Raises
    ------
    SessionEnded
        There is none, it expired or was revoked; or the token was used before, which ends the session: one of the two
        who used it had copied it.
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
            # Only if nobody else has just used it: two at once are one too many.
            swapped = connection.execute(
                update(LoginSession)
                .where(LoginSession.id == row.id, LoginSession.refresh_sha256 == hashed)
                .values(refresh_sha256=_digest(fresh), refreshed_at=now)
            ).rowcount
            if swapped == 1:
                connection.execute(insert(SpentRefresh), {"sha256": hashed, "session_id": row.id})
                return Login(user, row.id, fresh, row.expires_at)
    raise SessionEnded("the session has ended; log in again")


def session_user(engine: Engine, session_id: str, *, demo: bool = True, now: datetime) -> User:
    """Whose session it is, as of now: role and access are the record's, not the token's. Raises SessionEnded."""
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
        raise SessionEnded("the session has ended; log in again")
    return user_of(row)


def logout(engine: Engine, session_id: str, *, by: str, now: datetime, on_record: datetime | None = None) -> None:
    """End a session. Harmless to do again."""
    with entering(engine, by=by, now=on_record or now, purpose=PURPOSE) as entry:
        still = LoginSession.revoked_at.is_(None)
        ended = entry.connection.execute(
            update(LoginSession).where(LoginSession.id == session_id, still).values(revoked_at=now, why="logged out")
        )
        if ended.rowcount:
            entry.note(Action.ALTER, "login_session", session_id, ended="logged out")


def _forget_old(connection: Connection, now: datetime) -> None:
    """Sessions that expired a day ago or more, with the tokens they used up."""
    old = select(LoginSession.id).where(LoginSession.expires_at < now - timedelta(days=1))
    connection.execute(delete(SpentRefresh).where(SpentRefresh.session_id.in_(old)))
    connection.execute(delete(LoginSession).where(LoginSession.expires_at < now - timedelta(days=1)))


def _refuse_if_failing(connection: Connection, hashed_name: str, now: datetime) -> None:
    of_late = LoginFailure.name_sha256 == hashed_name, LoginFailure.at > now - WITHIN
    times = list(connection.scalars(select(LoginFailure.at).where(*of_late).order_by(LoginFailure.at)))
    if len(times) >= MOST_FAILURES:
        free_at = times[-MOST_FAILURES] + WITHIN
        raise TooManyFailures(max(1, round((free_at - now).total_seconds())))


def _right(how: PasswordHasher, hashed: str, password: str) -> bool:
    try:
        return how.verify(hashed, password[: MOST_CHARACTERS + 1])
    except (VerificationError, InvalidHashError):
        return False


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
