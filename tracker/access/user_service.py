"""Users, one role each, and their passwords by argon2id.

A password is asked for by length, and not by kinds of characters (NCSC, *Password administration for system owners*).
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from argon2 import PasswordHasher
from sqlalchemy import Connection, Engine, func, insert, select, update

from tracker.access.roles import Role
from tracker.access.tables import AppUser, LoginSession
from tracker.errors import BadEntry, NotFound
from tracker.record.audit_chain import Action
from tracker.record.engine import reading
from tracker.record.entry import Entry, entering

PURPOSE = "users and access"
FEWEST_CHARACTERS, MOST_CHARACTERS = 12, 256
_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_@")


@dataclass(frozen=True, slots=True)
class User:
    """Somebody as the program knows them."""

    user_id: int
    name: str
    role: Role
    demo: bool
    recorded_at: datetime
    ended_at: datetime | None


@lru_cache(maxsize=4)
def hasher(memory_kib: int = 65536, passes: int = 3) -> PasswordHasher:
    """RFC 9106's second choice: 64 MiB, three passes."""
    return PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)


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
            user_of(row) for row in connection.execute(select(AppUser).order_by(AppUser.name).with_only_columns(*SEEN))
        ]


def user_named(engine: Engine, name: str) -> User:
    """Raises NotFound."""
    with reading(engine).connect() as connection:
        return held(connection, name)


SEEN = (AppUser.id, AppUser.name, AppUser.role, AppUser.demo, AppUser.recorded_at, AppUser.ended_at)


def user_of(row: object) -> User:
    got = row._mapping  # type: ignore[attr-defined]
    return User(got["id"], got["name"], got["role"], got["demo"], got["recorded_at"], got["ended_at"])


def held(connection: Connection, name: str) -> User:
    """By name, within a transaction of the caller's. Raises NotFound."""
    row = connection.execute(select(*SEEN).where(AppUser.name == name)).one_or_none()
    if row is None:
        raise NotFound(f"there is no user {name!r}")
    return user_of(row)


def user_with(connection: Connection, user_id: int) -> User:
    return user_of(connection.execute(select(*SEEN).where(AppUser.id == user_id)).one())


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
