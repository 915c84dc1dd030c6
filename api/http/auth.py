"""Every request's actor, and whether the route is theirs to ask. Deny by default: a route that says neither which right
it needs nor that it is public is nobody's."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import anyio.to_thread
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult
from litestar.types import ASGIApp

from api.errors import Forbidden, NotLoggedIn, PasswordDue, SecondFactorNeeded
from api.http import tokens
from api.http.dependencies import Serving, rights_of, serving_of
from api.http.outside_issuer import OutsideIssuer
from api.settings import Settings
from api.usecases.actor import Actor, actor_of
from api.usecases.gate import Gate
from api.usecases.home_keys import signing_key
from api.usecases.today import today
from api.web.browser import COOKIE, is_page
from tracker.access.browser_session_service import browser_session
from tracker.access.outside_session_service import outside_session
from tracker.access.session_service import Found, SessionEnded, session_found
from tracker.access.user_service import User

PUBLIC = "exclude_from_auth"


def public() -> dict[str, Any]:
    """For a route's `opt`: nobody has to log in."""
    return {PUBLIC: True}


class Authentication(AbstractAuthenticationMiddleware):
    """Takes `Authorization: Bearer TOKEN`, for a page the cookie, to the session it names, and that to the person as
    they are now. Pages know no tokens, and no other address knows cookies."""

    # One is made for each route: what is counted or kept is the server's (`Serving`).
    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, exclude_from_auth_key=PUBLIC)

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        serving = serving_of(connection.scope)
        if is_page(connection.scope["path"]):
            cookie = connection.cookies.get(COOKIE)
            if not cookie:
                raise NotLoggedIn("Log in to open this page.")
            actor = await anyio.to_thread.run_sync(_browsing_actor, serving, cookie)
        else:
            given = connection.headers.get("authorization", "")
            kind, _, token = given.partition(" ")
            if kind.lower() != "bearer" or not token:
                raise NotLoggedIn("log in at /auth/login and send its token: Authorization: Bearer TOKEN")
            actor = await anyio.to_thread.run_sync(_actor, serving, token.strip())
        # Before it is counted: what is refused for the number is on record under the user's name.
        connection.scope["user"] = actor
        serving.requests.count(actor.user_id)
        serving.crowd.is_of(actor.name, connection.scope)
        return AuthenticationResult(user=actor, auth=actor.session_id)


def _actor(serving: Serving, token: str) -> Actor:
    now = datetime.now(UTC)
    settings, engine, issuer = serving.settings, serving.engine, serving.issuer
    try:
        outside = issuer is not None and issuer.issued(token)
        if issuer is not None and outside:
            session_id, found = _outside(serving, issuer, token, now)
        else:
            session_id = tokens.read(signing_key(settings.home), token, now)
            found = session_found(engine, session_id, demo=settings.demo, now=now)
    except SessionEnded as ended:
        raise NotLoggedIn(str(ended)) from ended
    return replace(_actor_of(serving, session_id, found), outside=outside)


def _browsing_actor(serving: Serving, cookie: str) -> Actor:
    try:
        demo, now = serving.settings.demo, datetime.now(UTC)
        return _actor_of(serving, *browser_session(serving.engine, cookie, demo=demo, now=now))
    except SessionEnded as ended:
        raise NotLoggedIn(str(ended)) from ended


def _actor_of(serving: Serving, session_id: str, found: Found) -> Actor:
    missing = lacks_second_factor(serving.settings, found.user, found.second_factor)
    return actor_of(
        found.user,
        session_id,
        lambda: Gate(serving.engine),
        second_factor_missing=missing,
        password_due=found.password_due,
    )


def _outside(serving: Serving, issuer: OutsideIssuer, token: str, now: datetime) -> tuple[str, Found]:
    """The session of a login by the outside issuer."""
    login = issuer.read(token, now)
    on_record = today(serving.settings, now).now
    found = outside_session(serving.engine, login, demo=serving.settings.demo, now=now, on_record=on_record)
    return login.session_id, found


def lacks_second_factor(settings: Settings, user: User, has_one: bool) -> bool:
    """Whether the user's role needs a second factor, and the session has none. The demo's users need none."""
    return user.role in settings.second_factor and not has_one and not user.demo


def check_right(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The application's guard."""
    if handler.opt.get(PUBLIC):
        return
    actor, wanted = connection.scope.get("user"), rights_of(handler)
    if not isinstance(actor, Actor) or wanted is None:
        raise Forbidden(None)
    if wanted and actor.password_due:
        raise PasswordDue
    if wanted and actor.second_factor_missing:
        raise SecondFactorNeeded
    if wanted and not any(right in actor.rights for right in wanted):
        raise Forbidden(wanted[0])
