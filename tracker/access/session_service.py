"""Login sessions: started with a password and, where there is one, a second factor; refreshed with a single-use token;
ended. Only digests of tokens are stored. How often it may be tried: `login_limit_service`.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from tracker.access import login_limit_service as limit
from tracker.access.hashing import Hasher, TooBusy, hashed, is_outdated, password_matches
from tracker.access.idempotency_queries import forget_answers
from tracker.access.login_limit_service import TooManyFailures, digest
from tracker.access.notice_service import give_notice, latest_notices
from tracker.access.notices import Happened, Notice
from tracker.access.passwords import is_common
from tracker.access.second_factor_service import (
    CodeNeeded,
    CodeUsedBefore,
    SecretUnreadable,
    has_second_factor,
    use_code,
)
from tracker.access.tables import AppUser, LoginSession, SpentRefresh
from tracker.access.user_service import PURPOSE, SEEN, User, find_user, user_of, user_with
from tracker.errors import PilotError
from tracker.record.audit.chain import Action
from tracker.record.engine import reading
from tracker.record.entry import entering
from tracker.times import CLOCKS_DIFFER

__all__ = ["TooManyFailures"]

SESSION = timedelta(hours=12)
IDLE = timedelta(minutes=30)
"""A session that is not refreshed for so long is over."""
OUTSIDE_ENDED = timedelta(days=90)
"""How long it is on record that an outside issuer's login was ended here, after its last token."""
_WRONG_CODE = "The code is wrong, or was used before. Give the next one that the app shows."
_WRONG = "The user name or the password is wrong."


class WrongLogin(PilotError):
    """The name or the password is wrong, or the user's access has ended; the message does not reveal which."""


class CodeSentAgain(WrongLogin):
    """The code was right and had been used before: somebody may have read it over the user's shoulder."""


class SessionEnded(PilotError):
    """The session has expired or was revoked, or its token was used twice."""


@dataclass(frozen=True, slots=True)
class Login:
    """A session just started or refreshed. `refresh` is shown once and can be used once; of a browser's session it is
    the cookie."""

    user: User
    session_id: str
    refresh: str
    expires_at: datetime
    second_factor: bool = False
    password_due: bool = False
    """The password has to be changed before anything else: somebody else gave it, or it is a common one."""
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The user of a session, whether it was begun with a second factor, and whether its password has to be changed."""

    user: User
    second_factor: bool
    password_due: bool = False


@dataclass(frozen=True, slots=True)
class _Identified:
    """`try_`: the try's number. `fresh`: a hash to store in the place of an outdated one."""

    try_: int
    fresh: str | None
    password_due: bool


def login(
    engine: Engine,
    name: str,
    password: str,
    *,
    code: str | None = None,
    address: str = "",
    key: bytes = b"",
    demo: bool = True,
    how: Hasher | None = None,
    now: datetime,
    on_record: datetime | None = None,
    browser: bool = False,
) -> Login:
    """Start a session.

    Parameters
    ----------
    code
        Of the second factor, which is asked of every user who has one.
    address
        Where the request comes from.
    key
        Opens the secrets of second factors.
    demo
        Whether the demo's users may log in.
    on_record
        The time for the audit, if the record's day is not the clock's.
    browser
        Its secret is a cookie, and it has no tokens.

    Raises
    ------
    TooManyFailures
        The name failed too often recently, whether or not a user has it.
    TooBusy
        As many passwords are being checked as may be at once.
    WrongLogin
        The name, the password or the code is wrong, or the user's access has ended.
    CodeNeeded
        The password is right, and the user has a second factor.
    """
    refresh, session_id = secrets.token_urlsafe(32), secrets.token_hex(16)
    with (
        _identified(engine, name, password, address=address, demo=demo, how=how, now=now) as found,
        entering(engine, by=name, now=on_record or now, purpose=PURPOSE) as entry,
    ):
        user = find_user(entry.connection, name)
        if user.ended_at is not None:
            raise WrongLogin(_WRONG)
        strong = _second_factor(entry.connection, user, code, key, now)
        secret = {"refresh_sha256": digest(refresh), "cookie_sha256": None}
        if browser:
            secret = {"refresh_sha256": f"browser {session_id}", "cookie_sha256": digest(refresh)}
        values = {"id": session_id, "user_id": user.user_id, **secret, "second_factor": strong}
        values["password_due"] = found.password_due
        times = {"issued_at": now, "refreshed_at": now, "expires_at": now + SESSION}
        entry.connection.execute(insert(LoginSession), {**values, **times})
        _delete_expired(entry.connection, now)
        if found.fresh is not None:
            mine = AppUser.id == user.user_id
            entry.connection.execute(update(AppUser).where(mine).values(password_hash=found.fresh))
        if limit.is_new_address(entry.connection, user.user_id, address, now):
            give_notice(entry.connection, user.user_id, Happened.NEW_ADDRESS, by=name, at=now)
        limit.succeed(entry.connection, found.try_, user.user_id, name, address, now)
        entry.note(Action.CONSULT, "login_session", session_id, user=name, second_factor=strong)
        told = tuple(latest_notices(entry.connection, user.user_id))
    return Login(user, session_id, refresh, now + SESSION, strong, found.password_due, told)


def check_identity(
    engine: Engine,
    name: str,
    password: str,
    *,
    code: str | None = None,
    address: str = "",
    key: bytes = b"",
    demo: bool = True,
    how: Hasher | None = None,
    now: datetime,
) -> None:
    """Ask a user who is logged in once more who they are, before a change of how they log in; counted and refused as in
    `login`."""
    with (
        _identified(engine, name, password, address=address, demo=demo, how=how, now=now) as found,
        engine.begin() as connection,
    ):
        user = find_user(connection, name)
        _second_factor(connection, user, code, key, now)
        limit.succeed(connection, found.try_, user.user_id, name, address, now)


@contextmanager
def _identified(
    engine: Engine,
    name: str,
    password: str,
    *,
    address: str,
    demo: bool,
    how: Hasher | None,
    now: datetime,
) -> Iterator[_Identified]:
    """The password is right. What the block refuses is counted as a failure too."""
    number = limit.begin_try(engine, name, address, now)
    row = None
    try:
        with reading(engine).connect() as connection:
            wanted = select(*SEEN, AppUser.password_hash, AppUser.initial_until).where(AppUser.name == name)
            row = connection.execute(wanted).one_or_none()
        matches = password_matches(None if row is None else row.password_hash, password, how)
        if row is None or not matches or row.ended_at is not None or (row.demo and not demo):
            raise WrongLogin(_WRONG)
        if row.initial_until is not None and row.initial_until <= now:
            raise WrongLogin("The password that you were given is over. Ask an administrator for another.")
        fresh = hashed(password, how) if is_outdated(row.password_hash, how) else None
        yield _Identified(number, fresh, row.initial_until is not None or is_common(password))
    except WrongLogin as error:
        limit.fail(engine, number)
        if isinstance(error, CodeSentAgain) and row is not None:
            with engine.begin() as connection:
                give_notice(connection, row.id, Happened.CODE_AGAIN, by=name, at=now)
        raise
    except (CodeNeeded, TooBusy):
        limit.take_back(engine, number)
        raise


def _second_factor(connection: Connection, user: User, code: str | None, key: bytes, now: datetime) -> bool:
    """Whether the user has a second factor, which has then been asked."""
    if not has_second_factor(connection, user.user_id):
        return False
    if code is None:
        raise CodeNeeded
    try:
        right = use_code(connection, user.user_id, code, key, now)
    except SecretUnreadable as error:
        raise WrongLogin(str(error)) from error
    except CodeUsedBefore as error:
        raise CodeSentAgain(_WRONG_CODE) from error
    if not right:
        raise WrongLogin(_WRONG_CODE)
    return True


def refreshed(engine: Engine, refresh: str, *, demo: bool = True, now: datetime) -> Login:
    """Refresh a session: its refresh token is replaced by a new one.

    Raises
    ------
    SessionEnded
        There is no such session, or it expired or was revoked; or the token was used before, which ends the session,
        because the token must have been copied.
    """
    hashed = digest(refresh)
    with engine.begin() as connection:
        row = connection.execute(
            select(*_SESSION, LoginSession.user_id)
            .where(LoginSession.refresh_sha256 == hashed)
        ).one_or_none()  # fmt: skip
        spent = connection.scalar(select(SpentRefresh.session_id).where(SpentRefresh.sha256 == hashed))
        if spent is not None:
            _end_copied(connection, spent, now)
        user = None if row is None else user_with(connection, row.user_id)
        if (
            row is not None
            and user is not None
            and _runs(row, now)
            and user.ended_at is None
            and (demo or not user.demo)
        ):
            fresh = secrets.token_urlsafe(32)
            # Only if no other request has just used the token.
            swapped = connection.execute(
                update(LoginSession)
                .where(LoginSession.id == row.id, LoginSession.refresh_sha256 == hashed)
                .values(refresh_sha256=digest(fresh), refreshed_at=now)
            ).rowcount
            if swapped == 1:
                connection.execute(insert(SpentRefresh), {"sha256": hashed, "session_id": row.id})
                return Login(user, row.id, fresh, row.expires_at, row.second_factor, row.password_due)
            # Another request used it since it was read above: it was sent twice, though at once.
            _end_copied(connection, row.id, now)
    raise SessionEnded("The session has ended. Log in again.")


def _end_copied(connection: Connection, session_id: str, now: datetime) -> None:
    """End a session whose refresh token was sent twice, and forget what was answered to its user."""
    still = LoginSession.id == session_id, LoginSession.revoked_at.is_(None)
    ended = {"revoked_at": now, "why": "a refresh token was used twice"}
    connection.execute(update(LoginSession).where(*still).values(**ended))
    whose = select(LoginSession.user_id).where(LoginSession.id == session_id)
    forget_answers(connection, user_id=connection.execute(whose).scalar_one())


def _runs(row: Any, now: datetime) -> bool:
    """A session that was begun or refreshed at a time to come would run for as much longer."""
    ahead = max(row.issued_at, row.refreshed_at) > now + CLOCKS_DIFFER
    return row.revoked_at is None and row.expires_at > now and row.refreshed_at + IDLE > now and not ahead


_SESSION = (
    LoginSession.id,
    LoginSession.issued_at,
    LoginSession.refreshed_at,
    LoginSession.expires_at,
    LoginSession.revoked_at,
    LoginSession.second_factor,
    LoginSession.password_due,
)


def session_user(engine: Engine, session_id: str, *, demo: bool = True, now: datetime) -> User:
    """The user of a session: role and access are read from the record, not from the token. Raises SessionEnded."""
    return session_found(engine, session_id, demo=demo, now=now).user


def session_found(engine: Engine, session_id: str, *, demo: bool = True, now: datetime) -> Found:
    """A session's user, and how it was begun. Raises SessionEnded."""
    with reading(engine).connect() as connection:
        row = connection.execute(
            select(*_SESSION[1:], *SEEN)
            .join(AppUser, AppUser.id == LoginSession.user_id)
            .where(LoginSession.id == session_id)
        ).one_or_none()
    if row is None or not _runs(row, now) or row.ended_at is not None or (row.demo and not demo):
        raise SessionEnded("The session has ended. Log in again.")
    return Found(user_of(row), row.second_factor, row.password_due)


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
    """Delete sessions that expired a day ago or more, with their used tokens. An outside issuer's login that was ended
    here stays for longer: its next token would begin it anew."""
    ended_outside = LoginSession.issuer.is_not(None) & LoginSession.revoked_at.is_not(None)
    for which, kept in ((~ended_outside, timedelta(days=1)), (ended_outside, OUTSIDE_ENDED)):
        old = which, LoginSession.expires_at < now - kept
        spent = SpentRefresh.session_id.in_(select(LoginSession.id).where(*old))
        connection.execute(delete(SpentRefresh).where(spent))
        connection.execute(delete(LoginSession).where(*old))
