"""Logging in, renewing a session, logging out; and who may use the program."""

from datetime import UTC, datetime
from typing import Any

from litestar import Controller, Request, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http import tokens
from api.http.auth import lacks_second_factor, public
from api.http.dependencies import PUBLIC_CONTEXT, asked_for
from api.http.etags import NeedsIfMatch, if_unchanged, tagged
from api.http.idempotency import ANSWER_STORED, UNKEYED
from api.http.middleware import unescaped
from api.http.problems import ENTRY_PROBLEMS, LOGIN_NAME, READ_PROBLEMS, answers
from api.schemas.operation.users import (
    CodeIn,
    Credentials,
    EnrolmentOut,
    IdentityProof,
    Me,
    NewUser,
    NoticeList,
    OwnSessionEnd,
    PasswordChange,
    RecoveryCodes,
    Refresh,
    RoleChange,
    SessionEnd,
    SessionList,
    SessionsEnded,
    Tokens,
    UserOut,
    UserPage,
    me,
    notice_out,
    user_out,
)
from api.settings import Settings
from api.usecases.home_keys import password_hasher, second_factor_key, signing_key
from api.usecases.operation import users
from api.usecases.request_context import RequestContext
from tracker.access import session_service as sessions
from tracker.access import user_service
from tracker.access.roles import RIGHTS, Right, Role
from tracker.access.session_service import Login
from tracker.errors import BadEntry


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
        responses=answers(401, 429, 503),
        sync_to_thread=True,
    )
    def login(
        self, data: JSONBody[Credentials], context: NamedDependency[RequestContext], request: Request[Any, Any, Any]
    ) -> Tokens:
        """Begin a session. A user who has a second factor sends a code of it. Five failures in a quarter of an hour
        close a name at the address that they came from, for the rest of it."""
        request.scope["state"][LOGIN_NAME] = data.name
        settings, now = context.settings, datetime.now(UTC)
        began = sessions.login(
            context.engine,
            data.name,
            data.password,
            code=data.code,
            address=_address(request),
            key=second_factor_key(settings.home),
            demo=settings.demo,
            how=password_hasher(settings.home),
            now=now,
            on_record=context.today.now,
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
        return me(context.actor.name, Role(context.actor.role), context.actor.rights)

    @post(
        "/password",
        operation_id="changePassword",
        status_code=204,
        opt={UNKEYED: True},
        responses=answers(422, 429, 503),
        sync_to_thread=True,
    )
    def change_password(
        self, data: JSONBody[PasswordChange], context: NamedDependency[RequestContext], request: Request[Any, Any, Any]
    ) -> None:
        """Change one's own password; every session ends, this one too."""
        _ask_again(context, request, data.password, data.code)
        users.set_own_password(context, data.new_password, present=data.password)

    @get("/sessions", operation_id="listOwnSessions", sync_to_thread=True)
    def list_sessions(self, context: NamedDependency[RequestContext]) -> SessionList:
        """One's own sessions that are running."""
        return users.own_sessions(context)

    @post(
        "/sessions/end",
        operation_id="endOwnSessions",
        status_code=200,
        responses=answers(404, 422, 429, 503),
        sync_to_thread=True,
    )
    def end_sessions(
        self, data: JSONBody[OwnSessionEnd], context: NamedDependency[RequestContext], request: Request[Any, Any, Any]
    ) -> SessionsEnded:
        """End one of one's own sessions, or every other one. Whom an outside issuer has logged in sends no password."""
        if not context.actor.outside:
            if data.password is None:
                raise BadEntry("`password` is missing. Sessions are ended with the present password.")
            _ask_again(context, request, data.password, data.code)
        return users.end_own_sessions(context, data.session_id)

    @get("/notices", operation_id="listNotices", sync_to_thread=True)
    def list_notices(self, context: NamedDependency[RequestContext]) -> NoticeList:
        """What happened to one's own logins in the last 90 days."""
        return users.own_notices(context)

    @post(
        "/second-factor",
        operation_id="enrolSecondFactor",
        opt={UNKEYED: True},
        responses=answers(422, 429, 503),
        sync_to_thread=True,
    )
    def enrol(
        self, data: JSONBody[IdentityProof], context: NamedDependency[RequestContext], request: Request[Any, Any, Any]
    ) -> EnrolmentOut:
        """A secret for an authenticator app, shown this once; in force when a code of it is confirmed."""
        _ask_again(context, request, data.password, data.code)
        return users.enrol(context, second_factor_key(context.settings.home))

    @post(
        "/second-factor/confirm",
        operation_id="confirmSecondFactor",
        status_code=200,
        opt={UNKEYED: True},
        responses=answers(422, 429),
        sync_to_thread=True,
    )
    def confirm(
        self, data: JSONBody[CodeIn], context: NamedDependency[RequestContext], request: Request[Any, Any, Any]
    ) -> RecoveryCodes:
        """Put the second factor in force by a code of it; recovery codes, shown this once. Other sessions end. A wrong
        code counts as a login that failed."""
        key = second_factor_key(context.settings.home)
        return users.confirm(context, data.code, key, address=_address(request))

    @post(
        "/second-factor/remove",
        operation_id="removeSecondFactor",
        status_code=204,
        opt={UNKEYED: True},
        responses=answers(422, 429, 503),
        sync_to_thread=True,
    )
    def remove(
        self, data: JSONBody[IdentityProof], context: NamedDependency[RequestContext], request: Request[Any, Any, Any]
    ) -> None:
        """Without a second factor from now on; every session ends."""
        _ask_again(context, request, data.password, data.code)
        users.remove_own_second_factor(context)


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

    @get("/{name:str}/sessions", operation_id="listSessions", responses=READ_PROBLEMS, sync_to_thread=True)
    def list_sessions(self, name: FromPath[str], context: NamedDependency[RequestContext]) -> SessionList:
        """The sessions of a user that are running."""
        return users.sessions_of(context, unescaped(name))

    @post("/{name:str}/sessions/end", operation_id="endSessions", status_code=200, sync_to_thread=True)
    def end_sessions(
        self, name: FromPath[str], data: JSONBody[SessionEnd], context: NamedDependency[RequestContext]
    ) -> SessionsEnded:
        """End one session of a user, or all."""
        return users.end_sessions(context, unescaped(name), data.session_id)

    @post("/{name:str}/second-factor/reset", operation_id="resetSecondFactor", status_code=200, sync_to_thread=True)
    def reset_second_factor(self, name: FromPath[str], context: NamedDependency[RequestContext]) -> UserOut:
        """For a user who lost the app and the recovery codes: without a second factor, and all their sessions end."""
        return users.reset_second_factor(context, unescaped(name))

    @post(
        "/{name:str}/outside-identity/forget",
        operation_id="forgetOutsideIdentity",
        status_code=200,
        sync_to_thread=True,
    )
    def forget_outside_identity(self, name: FromPath[str], context: NamedDependency[RequestContext]) -> UserOut:
        """For a user whom the outside issuer knows anew: the next login binds the name; all their sessions end."""
        return users.forget_outside_identity(context, unescaped(name))


def _address(request: Request[Any, Any, Any]) -> str:
    """Where a request comes from: behind a proxy on this machine, what its X-Forwarded-For says."""
    return "" if request.client is None else request.client.host


def _ask_again(context: RequestContext, request: Request[Any, Any, Any], password: str, code: str | None) -> None:
    """Whoever changes how they log in says once more who they are."""
    sessions.check_identity(
        context.engine,
        context.actor.name,
        password,
        code=code,
        address=_address(request),
        key=second_factor_key(context.settings.home),
        demo=context.settings.demo,
        how=password_hasher(context.settings.home),
        now=datetime.now(UTC),
    )


def _tokens(settings: Settings, began: Login, now: datetime) -> Tokens:
    return Tokens(
        access_token=tokens.issue(signing_key(settings.home), began.session_id, now),
        refresh_token=began.refresh,
        expires_in_s=int(tokens.LIFETIME.total_seconds()),
        session_expires_at=began.expires_at,
        password_due=began.password_due,
        notices=[notice_out(each) for each in began.notices],
        user=me(began.user.name, began.user.role, _rights(settings, began)),
    )


def _rights(settings: Settings, began: Login) -> frozenset[Right]:
    missing = lacks_second_factor(settings, began.user, began.second_factor)
    return frozenset() if missing or began.password_due else RIGHTS[began.user.role]


HANDLERS = (Session, Users)
