"""Sessions of users whom an outside issuer has logged in. The user is on record here first, in one role, and the issuer
has to say the same role; a name belongs to the first subject that comes with it."""

from datetime import datetime

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from tracker.access.roles import Role
from tracker.access.session_service import Found, SessionEnded
from tracker.access.tables import AppUser, LoginSession, OutsideIdentity
from tracker.access.user_service import PURPOSE, SEEN, User, end_sessions_of, find_user, user_of
from tracker.errors import BadEntry, NotFound
from tracker.record.audit.chain import Action
from tracker.record.engine import reading
from tracker.record.entry import entering


def outside_session(
    engine: Engine,
    session_id: str,
    name: str,
    roles: frozenset[Role],
    *,
    issuer: str,
    subject: str,
    second_factor: bool,
    expires_at: datetime,
    demo: bool,
    now: datetime,
    on_record: datetime,
) -> Found:
    """The user of a session that the issuer began; it is on record from its first request on.

    Parameters
    ----------
    roles
        Those that the issuer says.

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
                .where(LoginSession.id == session_id)
            ).one_or_none()
        if row is not None:
            user = user_of(row)
            if row.expires_at < expires_at:
                # Of an ended one too: it stays on record, and ended, for as long as its tokens come.
                _note_expiry(engine, session_id, expires_at)
            _refuse_unless(user, name, roles, demo=demo)
            if row.revoked_at is not None or (row.issuer, row.subject) != (issuer, subject):
                raise SessionEnded("The session has ended. Log in again.")
            return Found(user, second_factor)
        try:
            _begin(engine, session_id, name, roles, issuer, subject, second_factor, expires_at, demo, now, on_record)
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
        entry.note(Action.ALTER, "app_user", user.user_id, changed="outside identity forgotten")
        return user


def _begin(
    engine: Engine,
    session_id: str,
    name: str,
    roles: frozenset[Role],
    issuer: str,
    subject: str,
    second_factor: bool,
    expires_at: datetime,
    demo: bool,
    now: datetime,
    on_record: datetime,
) -> None:
    with entering(engine, by=name[:64], now=on_record, purpose=PURPOSE) as entry:
        connection = entry.connection
        try:
            user = find_user(connection, name)
        except NotFound:
            raise SessionEnded(
                "The issuer has logged you in, but there is no user of your name here. An administrator adds users."
            ) from None
        _refuse_unless(user, name, roles, demo=demo)
        whose = select(OutsideIdentity.issuer, OutsideIdentity.subject).where(OutsideIdentity.user_id == user.user_id)
        bound = connection.execute(whose).one_or_none()
        if bound is None:
            values = {"user_id": user.user_id, "issuer": issuer, "subject": subject, "recorded_at": entry.at}
            connection.execute(insert(OutsideIdentity), values)
            entry.note(Action.ALTER, "app_user", user.user_id, changed="outside identity bound")
        elif tuple(bound) != (issuer, subject):
            raise SessionEnded(
                "This name belongs to another person of the issuer. An administrator can forget who it belonged to."
            )
        session = {
            "id": session_id,
            "user_id": user.user_id,
            "refresh_sha256": f"outside {session_id}",
            "issuer": issuer,
        }
        times = {"issued_at": now, "refreshed_at": now, "expires_at": expires_at, "second_factor": second_factor}
        connection.execute(insert(LoginSession), {**session, **times})
        entry.note(Action.CONSULT, "login_session", session_id, user=name, issuer=issuer, second_factor=second_factor)


def _refuse_unless(user: User, name: str, roles: frozenset[Role], *, demo: bool) -> None:
    if user.name != name or user.ended_at is not None or (user.demo and not demo):
        raise SessionEnded("The session has ended. Log in again.")
    if roles != {user.role}:
        said = ", ".join(sorted(roles)) or "none"
        raise SessionEnded(
            f"You are {user.role} here and by the issuer {said}. An administrator puts one of them right."
        )


def _note_expiry(engine: Engine, session_id: str, expires_at: datetime) -> None:
    """The latest token of the session is valid until then."""
    with engine.begin() as connection:
        longer = LoginSession.id == session_id, LoginSession.expires_at < expires_at
        connection.execute(update(LoginSession).where(*longer).values(expires_at=expires_at))
