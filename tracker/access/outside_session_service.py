"""Sessions of users whom an outside issuer has logged in. The user is on record here first, in one role, and the issuer
has to say the same role; a name belongs to the first subject that comes with it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from tracker.access.notice_service import give_notice
from tracker.access.notices import Happened
from tracker.access.roles import Role
from tracker.access.session_service import Found, SessionEnded
from tracker.access.tables import AppUser, LoginSession, OutsideIdentity
from tracker.access.user_service import PURPOSE, SEEN, User, end_sessions_of, find_user, user_of
from tracker.errors import BadEntry, NotFound
from tracker.record.audit.chain import Action
from tracker.record.engine import reading
from tracker.record.entry import entering


@dataclass(frozen=True, slots=True)
class OutsideLogin:
    """What a token of an issuer says of a login. `session_id` is the same for all tokens of the login, `expires_at` is
    this token's; `roles` are those that the issuer gives the user."""

    session_id: str
    issuer: str
    subject: str
    name: str
    roles: frozenset[Role]
    second_factor: bool
    expires_at: datetime


def outside_session(engine: Engine, login: OutsideLogin, *, demo: bool, now: datetime, on_record: datetime) -> Found:
    """The user of a session that the issuer began; it is on record from its first request on.

    Raises
    ------
    SessionEnded
        The user is not on record, has another role there than the issuer says, or no access any more; the name belongs
        to another subject; or the session was ended here.
    """
    for _ in range(2):
        with reading(engine).connect() as connection:
            row = connection.execute(
                select(
                    LoginSession.revoked_at,
                    LoginSession.expires_at,
                    OutsideIdentity.subject,
                    OutsideIdentity.issuer,
                    *SEEN,
                )
                .join(AppUser, AppUser.id == LoginSession.user_id)
                .join(OutsideIdentity, OutsideIdentity.user_id == AppUser.id, isouter=True)
                .where(LoginSession.id == login.session_id)
            ).one_or_none()
        if row is not None:
            user = user_of(row)
            if row.expires_at < login.expires_at:
                # Of an ended one too: it stays on record, and ended, for as long as its tokens come.
                _note_expiry(engine, login)
            _refuse_unless(user, login, demo=demo)
            if row.revoked_at is not None or (row.issuer, row.subject) != (login.issuer, login.subject):
                raise SessionEnded("The session has ended. Log in again.")
            return Found(user, login.second_factor)
        try:
            _begin(engine, login, demo=demo, now=now, on_record=on_record)
        except IntegrityError:
            # Another request of the same login has just done so.
            continue
    raise SessionEnded("The session has ended. Log in again.")


def forget_outside_identity(engine: Engine, name: str, *, by: str, now: datetime) -> User:
    """The name may be bound to another subject of the issuer at its next login; every session of the user ends.

    Raises
    ------
    BadEntry
        It is bound to none.
    """
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        user = find_user(entry.connection, name)
        mine = delete(OutsideIdentity).where(OutsideIdentity.user_id == user.user_id)
        if not entry.connection.execute(mine).rowcount:
            raise BadEntry(f"{name} has not been logged in by an outside issuer.")
        end_sessions_of(entry, user.user_id, "the outside identity was forgotten")
        give_notice(entry.connection, user.user_id, Happened.OUTSIDE_IDENTITY, by=by, at=entry.at)
        entry.note(Action.ALTER, "app_user", user.user_id, changed="outside identity forgotten")
        return user


def _begin(engine: Engine, login: OutsideLogin, *, demo: bool, now: datetime, on_record: datetime) -> None:
    with entering(engine, by=login.name[:64], now=on_record, purpose=PURPOSE) as entry:
        connection = entry.connection
        try:
            user = find_user(connection, login.name)
        except NotFound:
            raise SessionEnded(
                "The issuer has logged you in, but there is no user of your name here. An administrator adds users."
            ) from None
        _refuse_unless(user, login, demo=demo)
        whose = select(OutsideIdentity.issuer, OutsideIdentity.subject).where(OutsideIdentity.user_id == user.user_id)
        bound = connection.execute(whose).one_or_none()
        if bound is None:
            said = {"issuer": login.issuer, "subject": login.subject}
            connection.execute(insert(OutsideIdentity), {"user_id": user.user_id, **said, "recorded_at": entry.at})
            entry.note(Action.ALTER, "app_user", user.user_id, changed="outside identity bound")
        elif tuple(bound) != (login.issuer, login.subject):
            raise SessionEnded(
                "This name belongs to another person of the issuer. An administrator can forget who it belonged to."
            )
        session = {
            "id": login.session_id,
            "user_id": user.user_id,
            "refresh_sha256": f"outside {login.session_id}",
            "issuer": login.issuer,
        }
        strong = login.second_factor
        times = {"issued_at": now, "refreshed_at": now, "expires_at": login.expires_at, "second_factor": strong}
        session["password_due"] = False
        connection.execute(insert(LoginSession), {**session, **times})
        entry.note(
            Action.CONSULT,
            "login_session",
            login.session_id,
            user=login.name,
            issuer=login.issuer,
            second_factor=strong,
        )


def _refuse_unless(user: User, login: OutsideLogin, *, demo: bool) -> None:
    if user.name != login.name or user.ended_at is not None or (user.demo and not demo):
        raise SessionEnded("The session has ended. Log in again.")
    if login.roles != {user.role}:
        said = ", ".join(sorted(login.roles)) or "none"
        raise SessionEnded(
            f"You are {user.role} here and by the issuer {said}. An administrator puts one of them right."
        )


def _note_expiry(engine: Engine, login: OutsideLogin) -> None:
    """The latest token of the session is valid until then."""
    with engine.begin() as connection:
        longer = LoginSession.id == login.session_id, LoginSession.expires_at < login.expires_at
        connection.execute(update(LoginSession).where(*longer).values(expires_at=login.expires_at))
