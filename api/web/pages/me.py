"""One's own page: role and rights, sessions, password, what happened to one's logins."""

from collections.abc import Callable
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from api.http.dependencies import asked_for
from api.http.idempotency import UNKEYED
from api.schemas.operation.users import me
from api.usecases.operation import users
from api.usecases.request_context import RequestContext
from api.web.browser import PREFIX, Asked
from api.web.entering import answered
from api.web.forms import Form
from api.web.menu import PageController
from api.web.notes import done_at
from api.web.pages.due import due_of
from api.web.pages.identity import IDENTITY_REFUSED, ask_again, logged_out, typed_password
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

        def change(form: Form) -> Response[Any]:
            given, fresh = typed_password(request, "present"), typed_password(request, "newPassword")
            ask_again(context, request, given, form.get("presentCode"))
            users.set_own_password(context, fresh, present=given)
            return logged_out(request)

        return _answered(context, request, change)

    @post("/sessions", opt={UNKEYED: True}, sync_to_thread=True)
    def end_sessions(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """End every other session of one's own."""

        def end(form: Form) -> Response[Any]:
            ask_again(context, request, typed_password(request, "password"), form.get("code"))
            users.end_own_sessions(context, None)
            return done_at(request, f"{PREFIX}/me", "Your other sessions have ended.")

        return _answered(context, request, end)


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


def _answered(context: RequestContext, request: Asked, change: Callable[[Form], Response[Any]]) -> Response[Any]:
    return answered(request, change, lambda _, error: _shown(context, request, error), IDENTITY_REFUSED)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


HANDLERS = (Own,)
