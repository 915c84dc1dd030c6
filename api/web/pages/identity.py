"""Whoever changes how they log in says once more who they are; what that may be refused for."""

from datetime import UTC, datetime
from typing import Any

from litestar import Response

from api.errors import ApiError
from api.usecases.home_keys import password_hasher, second_factor_key
from api.usecases.request_context import RequestContext
from api.web.browser import COOKIE, PREFIX, Asked, set_cookie
from api.web.forms import FormFaults, form_of
from api.web.notes import done_at
from api.web.rendering import REFUSALS
from tracker.access import session_service as sessions
from tracker.access.hashing import TooBusy
from tracker.access.second_factor_service import CodeNeeded

IDENTITY_REFUSED = (*REFUSALS, sessions.WrongLogin, sessions.TooManyFailures, CodeNeeded, TooBusy, ApiError)


def address_of_sender(request: Asked) -> str:
    """Where a request comes from: behind a proxy on this machine, what its X-Forwarded-For says."""
    return "" if request.client is None else request.client.host


def typed_password(request: Asked, name: str) -> str:
    """A password as it was typed, blanks and all."""
    given = form_of(request.scope).all(name)
    if not given or not given[-1]:
        raise FormFaults({name: "Give the new password." if name == "newPassword" else "Give your present password."})
    return given[-1][:256]


def logged_out(request: Asked) -> Response[Any]:
    """Leads to the login page: every session has ended, this one too."""
    answer = done_at(request, f"{PREFIX}/login")
    answer.headers["set-cookie"] = set_cookie(request.scope, COOKIE, "", 0)
    return answer


def ask_again(context: RequestContext, request: Asked, password: str, code: str) -> None:
    sessions.check_identity(
        context.engine,
        context.actor.name,
        password,
        code=code[:32] or None,
        address=address_of_sender(request),
        key=second_factor_key(context.settings.home),
        demo=context.settings.demo,
        how=password_hasher(context.settings.home),
        now=datetime.now(UTC),
    )
