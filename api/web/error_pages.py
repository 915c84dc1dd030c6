"""Problems as pages: what happened, why, what to do, and the request's id, with the status that JSON would have."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from litestar import Response
from litestar.response import Redirect

from api.http.problems import PROBLEM_TYPE, Problem
from api.web.browser import PREFIX, Asked, is_page
from api.web.forms import form_of
from api.web.rendering import page
from api.web.shell_words import on_pages

Handler = Callable[[Any, Any], Response[Any]]

_DO = {
    "not-sent-from-here": "Go back, open the page again, and send the form from there.",
    "forbidden": "If your work needs this, ask an administrator which role you should have.",
    "new-password-needed": "Choose another password under “You”. Then log in again.",
    "second-factor-needed": "Set up a second factor under “You”, or log in again with a code.",
    "not-found": "Check the address, or begin at your first page.",
    "not-on-record": "Check the number, or look for it in its list. It may also be one that you may not see.",
    "changed-meanwhile": "Go back, load the page again, and decide by what it says now.",
    "idempotency-key": "This form was sent before. Look whether it was done, then open the page again.",
    "too-many-requests": "Wait as long as it says, then load the page again.",
    "too-many-failures": "Wait as long as it says, then try again.",
    "refused": "Nothing was changed. Read the rule, put right what it names, and send it again.",
    "illegal-move": "Nothing was changed. Load the page again to see the state it is in now.",
    "not-ready": "Tell whoever runs this server; it says what is missing.",
}
_WHY = {
    "new-password-needed": "Somebody else gave you your password, or it is a common one: it has to be changed first.",
    "second-factor-needed": "Your role needs a second factor, and this session has none.",
}
"""In the place of words that name an address of JSON."""
_BY_STATUS = {
    400: "Check the address, or go back and send the form again: a part of it is not understood.",
    409: "Nothing was changed. Load the page again to see how it is now.",
    422: "Nothing was changed. Put right what it names and send it again.",
    429: "Wait a little, then load the page again.",
    500: "Nothing is known to have been changed. Tell whoever runs this server the number below.",
    503: "Wait a minute, then load the page again.",
    507: "Tell whoever runs this server that the disk is full.",
}
ENDED = "Your session has ended. What you typed is kept: log in again, and you can check it and send it."
_ELSE = "Go back, or begin at your first page."


def with_pages(handlers: dict[int | type[Exception], Handler]) -> dict[int | type[Exception], Handler]:
    """The same handlers, which answer a page where the address is that of one."""
    return {kind: _faced(handler) for kind, handler in handlers.items()}


def _faced(handler: Handler) -> Handler:
    def handle(request: Asked, error: Exception) -> Response[Any]:
        answer = handler(request, error)
        if not is_page(request.scope["path"]):
            return answer
        return _as_page(request, answer.content, dict(answer.headers))

    return handle


def _as_page(request: Asked, problem: Problem, headers: dict[str, Any]) -> Response[Any]:
    if problem.status == 401:
        typed = form_of(request.scope).items()
        if typed and request.method == "POST":
            return _login_again(request, request.scope["path"], typed)
        return Redirect(login_address(request), status_code=303)
    code = problem.type.removeprefix(PROBLEM_TYPE)
    what_to_do = _DO.get(code) or _BY_STATUS.get(problem.status, _ELSE)
    shown: dict[str, Any] = {
        "problem": problem,
        "why": _WHY.get(code) or on_pages(problem.detail or ""),
        "what_to_do": what_to_do,
    }
    answer = page(request, "error.html", problem.title, status=problem.status, **shown)
    answer.headers.update({name: value for name, value in headers.items() if name in ("retry-after", "allow")})
    return answer


def _login_again(request: Asked, path: str, typed: list[tuple[str, str]]) -> Response[str]:
    """The login page of a session that ended while a form was filled in: it holds what was typed, to be sent on."""
    shown: dict[str, Any] = {"why": ENDED, "next": "", "resumed": path, "typed": typed}
    return page(request, "pages/login.html", "Log in", status=401, **shown)


def login_address(request: Asked) -> str:
    """The login page, which leads back to the page that was asked for."""
    path, query = request.scope["path"], request.scope.get("query_string", b"").decode("latin-1")
    if request.method != "GET" or path in (PREFIX, f"{PREFIX}/login"):
        return f"{PREFIX}/login"
    return f"{PREFIX}/login?next={quote(path + (f'?{query}' if query else ''), safe='/')}"
