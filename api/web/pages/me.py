"""One's own page: role and rights, sessions, password, what happened to one's logins."""

from collections.abc import Callable
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from api.http.dependencies import asked_for
from api.http.idempotency import UNKEYED
from api.http.problems import mark_refused
from api.schemas.operation.users import me
from api.usecases.operation import users
from api.usecases.request_context import RequestContext
from api.web.browser import COOKIE, PREFIX, Asked, set_cookie
from api.web.forms import form_of
from api.web.menu import PageController
from api.web.notes import done_at
from api.web.pages.due import due_of
from api.web.pages.identity import IDENTITY_REFUSED, ask_again, typed_password
from api.web.rendering import page
from api.wording.text import london
from tracker.access.roles import Role


class Own(PageController):
    """The user's own page."""

    path = f"{PREFIX}/me"
    menu = "You"
    dependencies = {"context": asked_for()}

    @get(sync_to_thread=True)
    def show(self, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        return _shown(context, request)

    @post("/password", opt={UNKEYED: True}, sync_to_thread=True)
    def change_password(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """Another password; every session ends, this one too."""

        def change() -> None:
            form = form_of(request.scope)
            given, fresh = typed_password(request, "present"), typed_password(request, "newPassword")
            ask_again(context, request, given, form.get("presentCode"))
            users.set_own_password(context, fresh, present=given)

        if (refused := _tried(context, request, change)) is not None:
            return refused
        answer = done_at(request, f"{PREFIX}/login")
        answer.headers["set-cookie"] = set_cookie(request.scope, COOKIE, "", 0)
        return answer

    @post("/sessions", opt={UNKEYED: True}, sync_to_thread=True)
    def end_sessions(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """End every other session of one's own."""

        def end() -> None:
            ask_again(context, request, typed_password(request, "password"), form_of(request.scope).get("code"))
            users.end_own_sessions(context, None)

        return _tried(context, request, end) or done_at(request, f"{PREFIX}/me", "Your other sessions have ended.")


def _shown(context: RequestContext, request: Asked, error: Exception | None = None) -> Response[str]:
    actor = context.actor
    notices = users.own_notices(context)
    told = [{"at": london(each.at), "words": _capital(each.happened), "by": f"by {each.by}"} for each in notices.items]
    return page(
        request,
        "pages/me.html",
        "You",
        error=error,
        me=me(actor.name, Role(actor.role), actor.rights),
        sessions=users.own_sessions(context),
        notices=notices,
        notices_told=told,
        due=due_of(actor),
    )


def _tried(context: RequestContext, request: Asked, change: Callable[[], None]) -> Response[str] | None:
    """The page again with what was refused; None where it is done."""
    try:
        change()
    except IDENTITY_REFUSED as error:
        mark_refused(request, error)
        return _shown(context, request, error)
    return None


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


HANDLERS = (Own,)
