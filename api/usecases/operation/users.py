"""Users: who may use the program, each in one role."""

from datetime import UTC, datetime

from api.schemas.operation.users import (
    EnrolmentOut,
    NoticeList,
    RecoveryCodes,
    SessionList,
    SessionsEnded,
    UserOut,
    UserPage,
    notice_out,
    session_out,
    user_listed,
    user_out,
)
from api.usecases.home_keys import password_hasher
from api.usecases.request_context import RequestContext
from tracker.access import outside_session_service, second_factor_service, session_list_service, user_service
from tracker.access.notice_service import notices
from tracker.access.roles import Right, Role
from tracker.errors import BadEntry


def list_users(context: RequestContext) -> UserPage:
    """Every user who has or had access."""
    context.require(Right.MANAGE_USERS)
    held = user_service.users(context.engine)
    logins = session_list_service.last_logins(context.engine, [user.name for user in held])
    found = [user_listed(user, logins.get(user.name)) for user in held]
    return UserPage(items=found, total=len(found))


def add(context: RequestContext, name: str, role: str, password: str, *, initial: bool = True) -> UserOut:
    """Add a user in one role. A name is never given to another person. `initial`: the user has to change the password
    within a week, and can do nothing before."""
    context.require(Right.MANAGE_USERS)
    how = password_hasher(context.settings.home)
    until = _until(initial)
    made = user_service.add_user(
        context.engine, name, Role(role), password, initial_until=until, how=how, **context.entered
    )
    return user_out(made)


def get(context: RequestContext, name: str) -> UserOut:
    context.require(Right.MANAGE_USERS)
    return user_out(user_service.user_named(context.engine, name))


def change_role(context: RequestContext, name: str, role: str) -> UserOut:
    """Another role; every session of the user ends."""
    context.require(Right.MANAGE_USERS)
    return user_out(user_service.change_role(context.engine, name, Role(role), **context.entered))


def set_password(context: RequestContext, name: str, password: str, *, initial: bool = True) -> UserOut:
    """Another password; every session of the user ends. `initial` as in `add`."""
    context.require(Right.MANAGE_USERS)
    how = password_hasher(context.settings.home)
    user_service.set_password(context.engine, name, password, initial_until=_until(initial), how=how, **context.entered)
    return user_out(user_service.user_named(context.engine, name))


def end_access(context: RequestContext, name: str) -> UserOut:
    """The user can no longer log in, and all their sessions end; the name is never given to another person."""
    context.require(Right.MANAGE_USERS)
    return user_out(user_service.end_access(context.engine, name, **context.entered))


def sessions_of(context: RequestContext, name: str) -> SessionList:
    """The sessions of a user that are running."""
    context.require(Right.MANAGE_USERS)
    return _sessions(context, name)


def end_sessions(context: RequestContext, name: str, session_id: str | None = None) -> SessionsEnded:
    """End one session of a user, or all."""
    context.require(Right.MANAGE_USERS)
    clock = datetime.now(UTC)
    ended = session_list_service.end_sessions(context.engine, name, session_id, clock=clock, **context.entered)
    return SessionsEnded(ended=ended)


def reset_second_factor(context: RequestContext, name: str) -> UserOut:
    """Without a second factor from now on; every session of the user ends."""
    context.require(Right.MANAGE_USERS)
    second_factor_service.remove_second_factor(context.engine, name, **context.entered)
    return user_out(user_service.user_named(context.engine, name))


def forget_outside_identity(context: RequestContext, name: str) -> UserOut:
    """The name is bound anew at the next login by the outside issuer; every session of the user ends."""
    context.require(Right.MANAGE_USERS)
    outside_session_service.forget_outside_identity(context.engine, name, **context.entered)
    return user_out(user_service.user_named(context.engine, name))


def own_sessions(context: RequestContext) -> SessionList:
    """The user's own sessions that are running."""
    return _sessions(context, context.actor.name)


def end_own_sessions(context: RequestContext, session_id: str | None) -> SessionsEnded:
    """End one of the user's own sessions, or every other one."""
    name, clock = context.actor.name, datetime.now(UTC)
    ended = session_list_service.end_sessions(
        context.engine, name, session_id, but=context.actor.session_id, clock=clock, **context.entered
    )
    return SessionsEnded(ended=ended)


def set_own_password(context: RequestContext, password: str, *, present: str) -> None:
    """Another password of the user's own; every session ends.

    Raises
    ------
    BadEntry
        The present one has to be changed, and is given again.
    """
    if context.actor.password_due and password == present:
        raise BadEntry("This is the password that you have to change. Give another.")
    how = password_hasher(context.settings.home)
    user_service.set_password(context.engine, context.actor.name, password, how=how, **context.entered)


def own_notices(context: RequestContext) -> NoticeList:
    """What happened to the user's own logins."""
    found = [notice_out(each) for each in notices(context.engine, context.actor.user_id)]
    return NoticeList(items=found, total=len(found))


def enrol(context: RequestContext, key: bytes) -> EnrolmentOut:
    """A secret for the user's own authenticator app, not yet in force."""
    begun = second_factor_service.begin_enrolment(context.engine, context.actor.name, key=key, **context.entered)
    return EnrolmentOut(secret=begun.secret, otpauth_uri=begun.uri)


def confirm(context: RequestContext, code: str, key: bytes, *, address: str) -> RecoveryCodes:
    """Put the user's own second factor in force."""
    actor, clock = context.actor, datetime.now(UTC)
    codes = second_factor_service.confirm_enrolment(
        context.engine, actor.name, code, actor.session_id, key=key, clock=clock, address=address, **context.entered
    )
    return RecoveryCodes(recovery_codes=codes)


def remove_own_second_factor(context: RequestContext) -> None:
    """Without a second factor from now on; every session of the user ends."""
    second_factor_service.remove_second_factor(context.engine, context.actor.name, **context.entered)


def _until(initial: bool) -> datetime | None:
    return datetime.now(UTC) + user_service.INITIAL if initial else None


def _sessions(context: RequestContext, name: str) -> SessionList:
    found = session_list_service.running_sessions(context.engine, name, now=datetime.now(UTC))
    items = [session_out(session, context.actor.session_id) for session in found]
    return SessionList(items=items, total=len(items))
