"""Logging in and out with a browser, and where one begins."""

from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Redirect

from api.http.auth import public
from api.http.dependencies import PUBLIC_CONTEXT, asked_for
from api.http.idempotency import UNKEYED
from api.http.problems import LOGIN_NAME, mark_refused, status_of
from api.usecases.home_keys import password_hasher, second_factor_key, signing_key
from api.usecases.request_context import RequestContext
from api.web.browser import COOKIE, PREFIX, Asked, set_cookie
from api.web.error_pages import ENDED
from api.web.forms import FormFaults, csrf_token, form_of
from api.web.menu import PageController, first_page_of
from api.web.rendering import page
from tracker.access import session_service as sessions
from tracker.access.hashing import TooBusy
from tracker.access.second_factor_service import CodeNeeded

Next = Annotated[str, QueryParameter(max_length=2000, description="The page that was asked for.")]

_TITLE = "Log in"
_TYPED = "typed:"
_WHY = "Log in to open this page. TagPilot holds where tagged people were: only people with a role in the programme."


@get("/", opt=public(), include_in_schema=False, status_code=303, sync_to_thread=False)
def first_page() -> Redirect:
    """Somebody with a browser is shown the pages."""
    return Redirect(PREFIX, status_code=303)


class First(PageController):
    """The role's first page."""

    path = PREFIX
    dependencies = {"context": asked_for()}

    @get(sync_to_thread=False, status_code=303)
    def first(self, context: NamedDependency[RequestContext], request: Asked) -> Redirect:
        return Redirect(first_page_of(request.app, context.actor), status_code=303)


class Login(PageController):
    path = f"{PREFIX}/login"
    dependencies = {"context": PUBLIC_CONTEXT}
    opt = public()

    @get(sync_to_thread=True)
    def form(self, request: Asked, next: Next = "") -> Response[str]:
        return page(request, "pages/login.html", _TITLE, why=_WHY, next=_led_to(next), resumed="", typed=[])

    @post(opt={UNKEYED: True}, sync_to_thread=True)
    def log_in(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """Begin a session, by the same rules and the same counter of failures as with JSON."""
        form, settings, now = form_of(request.scope), context.settings, datetime.now(UTC)
        name, password, code = form.get("name"), form.all("password"), form.get("code")
        request.scope["state"][LOGIN_NAME] = name[:200]
        wanted, resumed = _led_to(form.get("next")), _led_to(form.get("resumed"))
        typed = [(key.removeprefix(_TYPED), value) for key, value in form.items() if key.startswith(_TYPED)]
        try:
            if not name or not password or not password[-1]:
                raise FormFaults({"password" if name else "name": "Give your user name and your password."})
            began = sessions.login(
                context.engine,
                name[:200],
                password[-1][:256],
                code=code[:32] or None,
                address="" if request.client is None else request.client.host,
                key=second_factor_key(settings.home),
                demo=settings.demo,
                how=password_hasher(settings.home),
                now=now,
                on_record=context.today.now,
                browser=True,
            )
        except (FormFaults, sessions.WrongLogin, sessions.TooManyFailures, CodeNeeded, TooBusy) as error:
            mark_refused(request, error)
            told: Exception = error
            if isinstance(error, CodeNeeded):
                told = FormFaults({"code": "Your user name and password are right. Give them again, with a code."})
            why = ENDED if resumed else _WHY
            shown: dict[str, Any] = {"why": why, "next": wanted, "resumed": resumed, "typed": typed}
            answer = page(request, "pages/login.html", _TITLE, form=form, error=told, **shown)
            if not isinstance(error, FormFaults):
                answer.status_code = status_of(error)
            if isinstance(error, sessions.TooManyFailures | TooBusy):
                answer.headers["retry-after"] = str(error.seconds)
            return answer
        done: Response[Any] = Redirect(wanted or PREFIX, status_code=303)
        if resumed:
            key = signing_key(settings.home)
            csrf = csrf_token(key, began.session_id)
            done = page(
                request, "pages/resumed.html", "Send what you typed?", resumed=resumed, typed=typed, secret=csrf
            )
        done.headers["set-cookie"] = set_cookie(request.scope, COOKIE, began.refresh)
        return done


class Logout(PageController):
    path = f"{PREFIX}/logout"
    dependencies = {"context": asked_for()}

    @post(opt={UNKEYED: True}, status_code=303, sync_to_thread=True)
    def log_out(self, context: NamedDependency[RequestContext], request: Asked) -> Redirect:
        """End the session; its cookie opens nothing any more."""
        actor = context.actor
        now = datetime.now(UTC)
        sessions.logout(context.engine, actor.session_id, by=actor.name, now=now, on_record=context.today.now)
        answer = Redirect(f"{PREFIX}/login", status_code=303)
        answer.headers["set-cookie"] = set_cookie(request.scope, COOKIE, "", 0)
        return answer


class Still(PageController):
    """Asked by a page that somebody has open and says so: the session is used."""

    path = f"{PREFIX}/still"
    dependencies = {"context": asked_for()}

    @get(status_code=204, sync_to_thread=False)
    def still(self) -> None:
        """Nothing but the status."""


def _led_to(wanted: str) -> str:
    """A page of ours, or "": never another server's address."""
    fits = wanted.startswith(f"{PREFIX}/") and wanted.isprintable() and "\\" not in wanted and "//" not in wanted
    return wanted if fits and not wanted.startswith((f"{PREFIX}/login", f"{PREFIX}/logout")) else ""


HANDLERS = (first_page, First, Login, Logout, Still)
