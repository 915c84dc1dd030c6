"""Logging in, going on, logging out; and who may use the program."""

from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http import tokens
from api.http.auth import needs, public
from api.http.etags import if_unchanged, tagged
from api.http.idempotency import UNKEYED
from api.http.middleware import escaped
from api.http.problems import answers
from api.http.request_context import Desk
from api.schemas.users import (
    Credentials,
    Me,
    NewUser,
    PasswordChange,
    Refresh,
    RoleChange,
    Tokens,
    UserOut,
    UserPage,
    me,
    me_of,
    user_out,
)
from api.settings import Settings
from api.usecases.today import today
from tracker.access import session_service as sessions
from tracker.access import user_service as users
from tracker.access.roles import Right, Role
from tracker.access.session_service import Login


@post(
    "/auth/login",
    operation_id="login",
    tags=["session"],
    status_code=200,
    opt={**public(), UNKEYED: True},
    responses=answers(400, 401, 429),
    sync_to_thread=True,
)
def login(data: JSONBody[Credentials], desk: NamedDependency[Desk]) -> Tokens:
    """Begin a session. Five failures in a quarter of an hour close a name for the rest of it."""
    now, settings = datetime.now(UTC), desk.settings
    began = sessions.login(
        desk.engine, data.name, data.password, demo=settings.demo, now=now, on_record=today(settings, now).now
    )
    return _tokens(settings, began, now)


@post(
    "/auth/refresh",
    operation_id="refresh",
    tags=["session"],
    status_code=200,
    opt={**public(), UNKEYED: True},
    responses=answers(400, 401),
    sync_to_thread=True,
)
def refresh(data: JSONBody[Refresh], desk: NamedDependency[Desk]) -> Tokens:
    """Go on with a session. A refresh token that comes twice was copied, and ends it."""
    now, settings = datetime.now(UTC), desk.settings
    return _tokens(settings, sessions.refreshed(desk.engine, data.refresh_token, demo=settings.demo, now=now), now)


@post(
    "/auth/logout",
    operation_id="logout",
    tags=["session"],
    status_code=204,
    opt={**needs(), UNKEYED: True},
    responses=answers(401),
    sync_to_thread=True,
)
def logout(desk: NamedDependency[Desk]) -> None:
    """End the session: its tokens are worth nothing from now on."""
    now = datetime.now(UTC)
    on_record = today(desk.settings, now).now
    sessions.logout(desk.engine, desk.actor.session_id, by=desk.actor.name, now=now, on_record=on_record)


@get("/auth/me", operation_id="me", tags=["session"], opt=needs(), responses=answers(401), sync_to_thread=False)
def who_am_i(desk: NamedDependency[Desk]) -> Me:
    """Who asks, and what their role may do."""
    return me(desk.actor.name, Role(desk.actor.role))


@post(
    "/auth/password",
    operation_id="changePassword",
    tags=["session"],
    status_code=204,
    opt={**needs(), UNKEYED: True},
    responses=answers(400, 401, 422, 429),
    sync_to_thread=True,
)
def change_password(data: JSONBody[PasswordChange], desk: NamedDependency[Desk]) -> None:
    """Another password for oneself; every session ends, this one too."""
    now = datetime.now(UTC)
    on_record = today(desk.settings, now).now
    sessions.login(desk.engine, desk.actor.name, data.password, demo=desk.settings.demo, now=now, on_record=on_record)
    users.set_password(desk.engine, desk.actor.name, data.new_password, by=desk.actor.name, now=on_record)


@get(
    "/users",
    operation_id="listUsers",
    tags=["users"],
    opt=needs(Right.MANAGE_USERS),
    responses=answers(401, 403),
    sync_to_thread=True,
)
def list_users(desk: NamedDependency[Desk]) -> UserPage:
    """Everybody who has or had access."""
    desk.actor.must(Right.MANAGE_USERS)
    found = [user_out(user) for user in users.users(desk.engine)]
    return UserPage(items=found, total=len(found))


@post(
    "/users",
    operation_id="addUser",
    tags=["users"],
    opt=needs(Right.MANAGE_USERS),
    responses=answers(400, 401, 403, 409, 422),
    sync_to_thread=True,
)
def add_user(data: JSONBody[NewUser], desk: NamedDependency[Desk]) -> UserOut:
    """Add somebody with one role. A name is never given to another person."""
    desk.actor.must(Right.MANAGE_USERS)
    return user_out(users.add_user(desk.engine, data.name, Role(data.role), data.password, **desk.said))


@get(
    "/users/{name:str}",
    operation_id="getUser",
    tags=["users"],
    opt=needs(Right.MANAGE_USERS),
    responses=answers(401, 403, 404),
    sync_to_thread=True,
)
def get_user(name: FromPath[str], desk: NamedDependency[Desk]) -> Response[UserOut]:
    """One user; its ETag is needed to change them."""
    desk.actor.must(Right.MANAGE_USERS)
    return tagged(user_out(users.user_named(desk.engine, escaped(name))))


@patch(
    "/users/{name:str}",
    operation_id="changeRole",
    tags=["users"],
    opt=needs(Right.MANAGE_USERS),
    responses=answers(400, 401, 403, 404, 412, 422, 428),
    sync_to_thread=True,
)
def change_role(
    name: FromPath[str], data: JSONBody[RoleChange], desk: NamedDependency[Desk], request: Request[Any, Any, Any]
) -> Response[UserOut]:
    """Another role; every session of theirs ends."""
    desk.actor.must(Right.MANAGE_USERS)
    with if_unchanged(request, lambda connection: user_out(users.held(connection, escaped(name)))):
        return tagged(user_out(users.change_role(desk.engine, escaped(name), Role(data.role), **desk.said)))


@post(
    "/users/{name:str}/end",
    operation_id="endAccess",
    tags=["users"],
    status_code=200,
    opt=needs(Right.MANAGE_USERS),
    responses=answers(400, 401, 403, 404, 409, 422),
    sync_to_thread=True,
)
def end_access(name: FromPath[str], desk: NamedDependency[Desk]) -> UserOut:
    """They may log in no more, and every session of theirs ends."""
    desk.actor.must(Right.MANAGE_USERS)
    return user_out(users.end_access(desk.engine, escaped(name), **desk.said))


def _tokens(settings: Settings, began: Login, now: datetime) -> Tokens:
    return Tokens(
        access_token=tokens.issue(tokens.signing_key(settings.home), began.session_id, now),
        refresh_token=began.refresh,
        expires_in_s=int(tokens.LIFETIME.total_seconds()),
        session_expires_at=began.expires_at,
        user=me_of(began.user),
    )


HANDLERS = (
    login,
    refresh,
    logout,
    who_am_i,
    change_password,
    list_users,
    add_user,
    get_user,
    change_role,
    end_access,
)
