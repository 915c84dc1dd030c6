"""Users, their passwords and their sessions. Passwords by argon2id; of refresh tokens only digests are kept.

A password is asked for by length, and not by kinds of characters (NCSC, *Password administration for system owners*);
five failures in a quarter of an hour close a name for the rest of it.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from tracker.access.roles import Role
from tracker.audit import Action
from tracker.errors import BadEntry, NotFound, PilotError
from tracker.store.engine import reading
from tracker.store.entry import Entry, entering
from tracker.store.tables.users import AppUser, LoginFailure, LoginSession, SpentRefresh

PURPOSE = "users and access"
FEWEST_CHARACTERS, MOST_CHARACTERS = 12, 256
MOST_FAILURES, WITHIN = 5, timedelta(minutes=15)
SESSION = timedelta(hours=12)
_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_@")


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
class User:
    """Somebody as the program knows them."""

    user_id: int
    name: str
    role: Role
    demo: bool
    recorded_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Login:
    """A session just begun or gone on with. `refresh` is shown once, and is good for one use."""

    user: User
    session_id: str
    refresh: str
    expires_at: datetime


@lru_cache(maxsize=4)
def hasher(memory_kib: int = 65536, passes: int = 3) -> PasswordHasher:
    """RFC 9106's second choice: 64 MiB, three passes."""
    return PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)


@lru_cache(maxsize=4)
def _nobodys(how: PasswordHasher) -> str:
    """A hash that no password opens, so that a name which is not there takes as long to refuse as one that is."""
    return how.hash(secrets.token_urlsafe(32))


def add_user(
    engine: Engine,
    name: str,
    role: Role,
    password: str,
    *,
    demo: bool = False,
    how: PasswordHasher | None = None,
    by: str,
    now: datetime,
) -> User:
    """Add somebody. A name is never given to another person again.

    Raises
    ------
    BadEntry
        The name is taken, or no name; the password is too short.
    """
    if not 1 <= len(name) <= 64 or not _NAME.issuperset(name):
        raise BadEntry(f"{name!r} is no name to log in by; give 1 to 64 of a-z, 0-9 and .-_@")
    hashed = (how or hasher()).hash(checked_password(password, name))
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        if entry.connection.scalar(select(AppUser.id).where(AppUser.name == name)) is not None:
            raise BadEntry(f"{name} is there already; a name is never given to somebody else, so give another")
        # Not by `add`: the hash has no place in the audit.
        values = {"name": name, "role": role, "password_hash": hashed, "demo": demo}
        statement = insert(AppUser).returning(AppUser.id)
        user_id = entry.connection.execute(
            statement, {**values, "recorded_at": entry.at, "recorded_by": by}
        ).scalar_one()
        entry.note(Action.COLLECT, "app_user", user_id, name=name, role=role, demo=demo)
        return held(entry.connection, name)


def checked_password(password: str, name: str) -> str:
    """The password, if it may be one. Raises BadEntry, which never repeats it."""
    if not FEWEST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
        raise BadEntry(
            f"the password has {len(password)} characters; give {FEWEST_CHARACTERS} to {MOST_CHARACTERS}, "
            "three words picked at random do well"
        )
    if name in password.lower() or len(set(password)) < 5:
        raise BadEntry("the password holds the name, or repeats a few characters; give another")
    return password


def set_password(
    engine: Engine, name: str, password: str, *, how: PasswordHasher | None = None, by: str, now: datetime
) -> None:
    """Another password; every session of the person ends."""
    hashed = (how or hasher()).hash(checked_password(password, name))
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        user = held(entry.connection, name)
        entry.connection.execute(update(AppUser).where(AppUser.id == user.user_id).values(password_hash=hashed))
        _end_sessions(entry, user.user_id, "the password was changed")
        entry.note(Action.ALTER, "app_user", user.user_id, changed="password")


def change_role(engine: Engine, name: str, role: Role, *, by: str, now: datetime) -> User:
    """Another role: one person has one. Every session of the person ends.

    Raises
    ------
    BadEntry
        It would leave nobody who manages users.
    """
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        user = held(entry.connection, name)
        if role is not Role.ADMINISTRATOR:
            _leave_one(entry.connection, user)
        entry.connection.execute(update(AppUser).where(AppUser.id == user.user_id).values(role=role))
        _end_sessions(entry, user.user_id, "the role was changed")
        entry.note(Action.ALTER, "app_user", user.user_id, before={"role": user.role}, after={"role": role})
        return held(entry.connection, name)


def end_access(engine: Engine, name: str, *, by: str, now: datetime) -> User:
    """Somebody may log in no more, from now on; the name stays theirs."""
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        user = held(entry.connection, name)
        if user.ended_at is not None:
            raise BadEntry(f"{name}'s access ended at {user.ended_at.isoformat()} already")
        _leave_one(entry.connection, user)
        entry.connection.execute(update(AppUser).where(AppUser.id == user.user_id).values(ended_at=entry.at))
        _end_sessions(entry, user.user_id, "access ended")
        entry.note(Action.ALTER, "app_user", user.user_id, changed="access ended")
        return held(entry.connection, name)


def users(engine: Engine) -> list[User]:
    """Everybody who has or had access, by name."""
    with reading(engine).connect() as connection:
        return [
            _of(row) for row in connection.execute(select(AppUser).order_by(AppUser.name).with_only_columns(*_SEEN))
        ]


def user_named(engine: Engine, name: str) -> User:
    """Raises NotFound."""
    with reading(engine).connect() as connection:
        return held(connection, name)


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
        wanted = select(*_SEEN, AppUser.password_hash).where(AppUser.name == name)
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
        user = None if row is None else _user_of(connection, row.user_id)
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
            select(LoginSession.expires_at, LoginSession.revoked_at, *_SEEN)
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
    return _of(row)


def logout(engine: Engine, session_id: str, *, by: str, now: datetime, on_record: datetime | None = None) -> None:
    """End a session. Harmless to do again."""
    with entering(engine, by=by, now=on_record or now, purpose=PURPOSE) as entry:
        still = LoginSession.revoked_at.is_(None)
        ended = entry.connection.execute(
            update(LoginSession).where(LoginSession.id == session_id, still).values(revoked_at=now, why="logged out")
        )
        if ended.rowcount:
            entry.note(Action.ALTER, "login_session", session_id, ended="logged out")


_SEEN = (AppUser.id, AppUser.name, AppUser.role, AppUser.demo, AppUser.recorded_at, AppUser.ended_at)


def _of(row: object) -> User:
    got = row._mapping  # type: ignore[attr-defined]
    return User(got["id"], got["name"], got["role"], got["demo"], got["recorded_at"], got["ended_at"])


def held(connection: Connection, name: str) -> User:
    """By name, within a transaction of the caller's. Raises NotFound."""
    row = connection.execute(select(*_SEEN).where(AppUser.name == name)).one_or_none()
    if row is None:
        raise NotFound(f"there is no user {name!r}")
    return _of(row)


def _user_of(connection: Connection, user_id: int) -> User:
    return _of(connection.execute(select(*_SEEN).where(AppUser.id == user_id)).one())


def _forget_old(connection: Connection, now: datetime) -> None:
    """Sessions that expired a day ago or more, with the tokens they used up."""
    old = select(LoginSession.id).where(LoginSession.expires_at < now - timedelta(days=1))
    connection.execute(delete(SpentRefresh).where(SpentRefresh.session_id.in_(old)))
    connection.execute(delete(LoginSession).where(LoginSession.expires_at < now - timedelta(days=1)))


def _leave_one(connection: Connection, user: User) -> None:
    if user.role is not Role.ADMINISTRATOR or user.ended_at is not None:
        return
    others = connection.scalar(
        select(func.count())
        .select_from(AppUser)
        .where(AppUser.role == Role.ADMINISTRATOR, AppUser.ended_at.is_(None), AppUser.id != user.user_id)
    )
    if not others:
        raise BadEntry(f"{user.name} is the only administrator; add another first")


def _end_sessions(entry: Entry, user_id: int, why: str) -> None:
    entry.connection.execute(
        update(LoginSession)
        .where(LoginSession.user_id == user_id, LoginSession.revoked_at.is_(None))
        .values(revoked_at=entry.at, why=why)
    )


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
