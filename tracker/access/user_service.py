"""Users, one role each, and their passwords by argon2id."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, func, insert, select, update

from tracker.access.hashing import Hasher, hashed
from tracker.access.idempotency_queries import forget_answers
from tracker.access.notice_service import give_notice
from tracker.access.notices import Happened
from tracker.access.passwords import checked_password
from tracker.access.roles import Role
from tracker.access.tables import AppUser, LoginSession
from tracker.errors import BadEntry, NotFound
from tracker.record.audit.chain import Action
from tracker.record.engine import reading
from tracker.record.entry import Entry, entering

PURPOSE = "users and access"
INITIAL = timedelta(days=7)
"""How long a password that somebody else gave may be used, to set another."""
_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_@")


@dataclass(frozen=True, slots=True)
class User:
    """A user of the program. `ended_at` None: the user has access."""

    user_id: int
    name: str
    role: Role
    demo: bool
    recorded_at: datetime
    ended_at: datetime | None


def add_user(
    engine: Engine,
    name: str,
    role: Role,
    password: str,
    *,
    demo: bool = False,
    initial_until: datetime | None = None,
    how: Hasher | None = None,
    by: str,
    now: datetime,
) -> User:
    """Add a user. A name is never given to another person.

    Parameters
    ----------
    initial_until
        The password is one that the user has to change, and may be used until then.

    Raises
    ------
    BadEntry
        The name is taken or not valid, or the password is too short or guessed early.
    """
    if not 1 <= len(name) <= 64 or not _NAME.issuperset(name) or not name[0].isalnum():
        raise BadEntry(
            f"{name!r} is not a valid user name. Give 1 to 64 of the characters a-z, 0-9 and .-_@, the first of them "
            "a letter or digit."
        )
    password_hash = hashed(checked_password(password, name), how)
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        if entry.connection.scalar(select(AppUser.id).where(AppUser.name == name)) is not None:
            raise BadEntry(f"There is already a user {name}. A name is never given to another person: choose another.")
        # Not by `add`: the hash must not appear in the audit.
        values = {"name": name, "role": role, "password_hash": password_hash, "demo": demo}
        values["initial_until"] = initial_until
        statement = insert(AppUser).returning(AppUser.id)
        user_id = entry.connection.execute(
            statement, {**values, "recorded_at": entry.at, "recorded_by": by}
        ).scalar_one()
        entry.note(Action.COLLECT, "app_user", user_id, name=name, role=role, demo=demo)
        return find_user(entry.connection, name)


def set_password(
    engine: Engine,
    name: str,
    password: str,
    *,
    initial_until: datetime | None = None,
    how: Hasher | None = None,
    by: str,
    now: datetime,
) -> None:
    """Change a password; every session of the user ends, and the user is told. `initial_until` as in `add_user`."""
    password_hash = hashed(checked_password(password, name), how)
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        user = find_user(entry.connection, name)
        changed = {"password_hash": password_hash, "initial_until": initial_until}
        entry.connection.execute(update(AppUser).where(AppUser.id == user.user_id).values(**changed))
        give_notice(entry.connection, user.user_id, Happened.PASSWORD, by=by, at=entry.at)
        end_sessions_of(entry, user.user_id, "the password was changed")
        entry.note(Action.ALTER, "app_user", user.user_id, changed="password")


def change_role(engine: Engine, name: str, role: Role, *, by: str, now: datetime) -> User:
    """Change a user's role; every session of the user ends.

    Raises
    ------
    BadEntry
        It would leave no administrator.
    """
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        user = find_user(entry.connection, name)
        if role is not Role.ADMINISTRATOR:
            _require_another_administrator(entry.connection, user)
        entry.connection.execute(update(AppUser).where(AppUser.id == user.user_id).values(role=role))
        end_sessions_of(entry, user.user_id, "the role was changed")
        entry.note(Action.ALTER, "app_user", user.user_id, before={"role": user.role}, after={"role": role})
        return find_user(entry.connection, name)


def end_access(engine: Engine, name: str, *, by: str, now: datetime) -> User:
    """End a user's access from now on; the name is never given to another person."""
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        user = find_user(entry.connection, name)
        if user.ended_at is not None:
            raise BadEntry(f"The access of {name} already ended at {user.ended_at.isoformat()}.")
        _require_another_administrator(entry.connection, user)
        entry.connection.execute(update(AppUser).where(AppUser.id == user.user_id).values(ended_at=entry.at))
        end_sessions_of(entry, user.user_id, "access ended")
        entry.note(Action.ALTER, "app_user", user.user_id, changed="access ended")
        return find_user(entry.connection, name)


def users(engine: Engine, *, name: str | None = None) -> list[User]:
    """Every user who has or had access, by name; or the one of this name, if there is one."""
    query = select(AppUser).order_by(AppUser.name).with_only_columns(*SEEN)
    with reading(engine).connect() as connection:
        return [
            user_of(row) for row in connection.execute(query if name is None else query.where(AppUser.name == name))
        ]


def user_named(engine: Engine, name: str) -> User:
    """One user by name. Raises NotFound."""
    with reading(engine).connect() as connection:
        return find_user(connection, name)


SEEN = (AppUser.id, AppUser.name, AppUser.role, AppUser.demo, AppUser.recorded_at, AppUser.ended_at)


def user_of(row: object) -> User:
    got = row._mapping  # type: ignore[attr-defined]
    return User(got["id"], got["name"], got["role"], got["demo"], got["recorded_at"], got["ended_at"])


def find_user(connection: Connection, name: str) -> User:
    """One user by name, in the caller's transaction. Raises NotFound."""
    row = connection.execute(select(*SEEN).where(AppUser.name == name)).one_or_none()
    if row is None:
        raise NotFound(f"There is no user {name!r}.")
    return user_of(row)


def user_with(connection: Connection, user_id: int) -> User:
    return user_of(connection.execute(select(*SEEN).where(AppUser.id == user_id)).one())


def _require_another_administrator(connection: Connection, user: User) -> None:
    if user.role is not Role.ADMINISTRATOR or user.ended_at is not None:
        return
    others = connection.scalar(
        select(func.count())
        .select_from(AppUser)
        .where(AppUser.role == Role.ADMINISTRATOR, AppUser.ended_at.is_(None), AppUser.id != user.user_id)
    )
    if not others:
        raise BadEntry(f"{user.name} is the only administrator. Add another administrator first.")


def end_sessions_of(entry: Entry, user_id: int, why: str) -> None:
    """End every session of a user, and what stored answers say."""
    entry.connection.execute(
        update(LoginSession)
        .where(LoginSession.user_id == user_id, LoginSession.revoked_at.is_(None))
        .values(revoked_at=entry.at, why=why)
    )
    # Of all users: another's stored answer may say which role this one has.
    forget_answers(entry.connection)
