"""Logging in, renewing a session, logging out; and who may use the program."""

from datetime import UTC, datetime
from typing import Any

from litestar import Controller, Request, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http import tokens
from api.http.auth import public
from api.http.dependencies import PUBLIC_CONTEXT, asked_for
from api.http.etags import NeedsIfMatch, if_unchanged, tagged
from api.http.idempotency import ANSWER_STORED, UNKEYED
from api.http.middleware import unescaped
from api.http.problems import ENTRY_PROBLEMS, LOGIN_NAME, READ_PROBLEMS, answers
from api.schemas.operation.users import (
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
from api.usecases.operation import users
from api.usecases.request_context import RequestContext
from tracker.access import session_service as sessions
from tracker.access import user_service
from tracker.access.roles import Right, Role
from tracker.access.session_service import Login


class Session(Controller):
    """Logging in and out."""

    path = "/auth"
    tags = ("session",)
    dependencies = {"context": asked_for()}
    problems = answers(401)

    @post(
        "/login",
        operation_id="login",
        status_code=200,
        opt={**public(), UNKEYED: True},
        dependencies={"context": PUBLIC_CONTEXT},
        responses=answers(401, 429),
        sync_to_thread=True,
    )
    def login(
        self, data: JSONBody[Credentials], context: NamedDependency[RequestContext], request: Request[Any, Any, Any]
    ) -> Tokens:
        """Begin a session. Five failures in a quarter of an hour close a name for the rest of it."""
        request.scope["state"][LOGIN_NAME] = data.name
        settings, now = context.settings, datetime.now(UTC)
        began = sessions.login(
            context.engine, data.name, data.password, demo=settings.demo, now=now, on_record=context.today.now
        )
        return _tokens(settings, began, now)

    @post(
        "/refresh",
        operation_id="refresh",
        status_code=200,
        opt={**public(), UNKEYED: True},
        dependencies={"context": PUBLIC_CONTEXT},
        sync_to_thread=True,
    )
    def refresh(self, data: JSONBody[Refresh], context: NamedDependency[RequestContext]) -> Tokens:
        """Renew a session. A refresh token that is sent twice was copied, and ends the session."""
        settings, now = context.settings, datetime.now(UTC)
        renewed = sessions.refreshed(context.engine, data.refresh_token, demo=settings.demo, now=now)
        return _tokens(settings, renewed, now)

    @post("/logout", operation_id="logout", status_code=204, opt={UNKEYED: True}, sync_to_thread=True)
    def logout(self, context: NamedDependency[RequestContext]) -> None:
        """End the session: its tokens are refused from now on."""
        actor, now = context.actor, datetime.now(UTC)
        sessions.logout(context.engine, actor.session_id, by=actor.name, now=now, on_record=context.today.now)

    @get("/me", operation_id="me", sync_to_thread=False)
    def who_am_i(self, context: NamedDependency[RequestContext]) -> Me:
        """The user who asks, and what their role may do."""
        return me(context.actor.name, Role(context.actor.role))

    @post(
        "/password",
        operation_id="changePassword",
        status_code=204,
        opt={UNKEYED: True},
        responses=answers(422, 429),
        sync_to_thread=True,
    )
    def change_password(self, data: JSONBody[PasswordChange], context: NamedDependency[RequestContext]) -> None:
        """Change one's own password; every session ends, this one too."""
        name, on_record = context.actor.name, context.today.now
        sessions.login(
            context.engine,
            name,
            data.password,
            demo=context.settings.demo,
            now=datetime.now(UTC),
            on_record=on_record,
        )
        user_service.set_password(context.engine, name, data.new_password, by=name, now=on_record)


class Users(Controller):
    """Who may use the program."""

    path = "/users"
    tags = ("users",)
    dependencies = {"context": asked_for(Right.MANAGE_USERS)}
    problems = ENTRY_PROBLEMS

    @get(operation_id="listUsers", responses=READ_PROBLEMS, sync_to_thread=True)
    def list_users(self, context: NamedDependency[RequestContext]) -> UserPage:
        """Every user who has or had access."""
        return users.list_users(context)

    @post(operation_id="addUser", opt={ANSWER_STORED: True}, sync_to_thread=True)
    def add(self, data: JSONBody[NewUser], context: NamedDependency[RequestContext]) -> UserOut:
        """Add a user in one role. A name is never given to another person."""
        return users.add(context, data.name, data.role, data.password)

    @get("/{name:str}", operation_id="getUser", sync_to_thread=True)
    def get_user(self, name: FromPath[str], context: NamedDependency[RequestContext]) -> Response[UserOut]:
        """One user; its ETag is needed to change them."""
        return tagged(users.get(context, unescaped(name)))

    @patch(
        "/{name:str}",
        operation_id="changeRole",
        operation_class=NeedsIfMatch,
        responses=answers(412, 428),
        sync_to_thread=True,
    )
    def change_role(
        self,
        name: FromPath[str],
        data: JSONBody[RoleChange],
        context: NamedDependency[RequestContext],
        request: Request[Any, Any, Any],
    ) -> Response[UserOut]:
        """Another role; every session of the user ends."""
        with if_unchanged(request, lambda connection: user_out(user_service.find_user(connection, unescaped(name)))):
            return tagged(users.change_role(context, unescaped(name), data.role))

    @post("/{name:str}/end", operation_id="endAccess", status_code=200, sync_to_thread=True)
    def end_access(self, name: FromPath[str], context: NamedDependency[RequestContext]) -> UserOut:
        """The user can no longer log in, and all their sessions end."""
        return users.end_access(context, unescaped(name))


def _tokens(settings: Settings, began: Login, now: datetime) -> Tokens:
    return Tokens(
        access_token=tokens.issue(tokens.signing_key(settings.home), began.session_id, now),
        refresh_token=began.refresh,
        expires_in_s=int(tokens.LIFETIME.total_seconds()),
        session_expires_at=began.expires_at,
        user=me_of(began.user),
    )


HANDLERS = (Session, Users)
