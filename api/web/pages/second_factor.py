"""One's own second factor: set up, put in force by a code of it, removed."""

from collections.abc import Callable
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from api.http.dependencies import asked_for
from api.http.idempotency import UNKEYED
from api.schemas.operation.users import CodeIn, EnrolmentOut
from api.usecases.home_keys import second_factor_key
from api.usecases.operation import users
from api.usecases.request_context import RequestContext
from api.web.browser import PREFIX, Asked
from api.web.entering import answered
from api.web.forms import Form
from api.web.menu import PageController
from api.web.pages.due import due_of
from api.web.pages.identity import IDENTITY_REFUSED, address_of_sender, ask_again, logged_out, typed_password
from api.web.rendering import page

_TITLE = "Your second factor"


class SecondFactor(PageController):
    path = f"{PREFIX}/me/second-factor"
    dependencies = {"context": asked_for()}

    @get(sync_to_thread=True)
    def show(self, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        return _shown(context, request)

    @post("/enrol", opt={UNKEYED: True}, sync_to_thread=True)
    def enrol(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """A secret for an authenticator app, shown this once; in force when a code of it is given."""

        def begin(form: Form) -> Response[str]:
            ask_again(context, request, typed_password(request, "password"), form.get("code"))
            begun = users.enrol(context, second_factor_key(context.settings.home))
            return _shown(context, request, begun)

        return _answered(context, request, begin)

    @post("/confirm", opt={UNKEYED: True}, sync_to_thread=True)
    def confirm(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """In force from now on. A wrong code counts as a login that failed."""

        def put_in_force(form: Form) -> Response[str]:
            code = form.read(CodeIn, {"code": "Code"}).code
            key = second_factor_key(context.settings.home)
            codes = users.confirm(context, code, key, address=address_of_sender(request))
            return page(request, "pages/recovery_codes.html", "Your recovery codes", codes=codes)

        return _answered(context, request, put_in_force)

    @post("/remove", opt={UNKEYED: True}, sync_to_thread=True)
    def remove(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """Without a second factor from now on; every session ends."""

        def take_away(form: Form) -> Response[Any]:
            ask_again(context, request, typed_password(request, "present"), form.get("presentCode"))
            users.remove_own_second_factor(context)
            return logged_out(request)

        return _answered(context, request, take_away)


def _shown(
    context: RequestContext, request: Asked, begun: EnrolmentOut | None = None, error: Exception | None = None
) -> Response[str]:
    own = next((each for each in users.own_sessions(context).items if each.current), None)
    in_force = own is not None and own.second_factor
    shown: dict[str, Any] = {"begun": begun, "in_force": in_force, "due": due_of(context.actor)}
    return page(request, "pages/second_factor.html", _TITLE, error=error, **shown)


def _answered(context: RequestContext, request: Asked, change: Callable[[Form], Response[Any]]) -> Response[Any]:
    return answered(request, change, lambda _, error: _shown(context, request, error=error), IDENTITY_REFUSED)


HANDLERS = (SecondFactor,)
