"""Pages from templates: the frame with what every page shows, and the headers of every page."""

import secrets
from dataclasses import is_dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import govuk_frontend_jinja
import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, Undefined
from jinja2.loaders import ChoiceLoader, PrefixLoader
from jinja2.utils import missing
from litestar import Response
from litestar.enums import MediaType

from api.errors import Changed
from api.http.dependencies import serving_of
from api.http.problems import status_of
from api.usecases.actor import Actor
from api.usecases.home_keys import signing_key
from api.usecases.today import today
from api.web.browser import HEADERS, NOTE_COOKIE, PREFIX, Asked
from api.web.forms import Form, FormFaults, csrf_token
from api.web.menu import entries_for, ways_from
from api.web.notes import forget_note, note_of
from api.web.shell_words import on_pages
from api.web.static_files import address_of
from api.wording.text import lasting, london
from tracker.errors import BadEntry, IllegalMove, Refused

REFUSALS = (FormFaults, BadEntry, Refused, IllegalMove, Changed)
"""What a page that takes a form answers by showing the form again, with what was typed and what is wrong with it."""


class _Strict(StrictUndefined):
    """A name or an answer's field that there is not is an error; what a macro's parameters leave out is nothing."""

    def __new__(cls, hint: str | None = None, obj: Any = missing, *told: Any, **named: Any) -> Any:
        if named.get("name") == "caller":
            # Of a macro that may be given more between its tags, and was not.
            return Undefined(hint, obj, *told, **named)
        if obj is missing or isinstance(obj, msgspec.Struct) or is_dataclass(obj):
            return super().__new__(cls)
        return Undefined(hint, obj, *told, **named)


@cache
def _templates() -> Environment:
    own, macros = PackageLoader("api.web"), PackageLoader(govuk_frontend_jinja.__name__)
    made = Environment(
        loader=ChoiceLoader([own, PrefixLoader({"govuk_frontend_jinja": macros})]),
        autoescape=True,
        undefined=_Strict,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Two names by which the design system's macros mean nothing.
    made.globals |= {"undefined": Undefined(), "null": Undefined()}
    made.globals |= {"static": address_of, "prefix": PREFIX, "fresh_key": lambda: secrets.token_urlsafe(16)}
    made.filters |= {"lasting": lasting, "london": london, "on_pages": on_pages, "number": lambda value: f"{value:,}"}
    return made


def page(
    request: Asked,
    template: str,
    title: str,
    *,
    status: int = 200,
    form: Form | None = None,
    error: Exception | None = None,
    seen: str = "",
    state: str = "",
    **shown: Any,
) -> Response[str]:
    """A page in the frame.

    Parameters
    ----------
    title
        Of the window and, in most templates, the heading; no other page has it.
    form, error
        What was sent, and why it is not taken: the template's fields show both, and the answer has the error's status.
    seen, state
        The ETag of what the page's forms rest on, and that state in words: where it has changed meanwhile, the page
        shows the state as it was seen beside the one of now.
    """
    actor, serving = request.scope.get("user"), serving_of(request.scope)
    user = actor if isinstance(actor, Actor) else None
    menu = entries_for(request.app, user)
    note, csrf = "", ""
    if user is not None:
        key = signing_key(serving.settings.home)
        csrf = csrf_token(key, user.session_id)
        note = note_of(key, user.session_id, request.cookies.get(NOTE_COOKIE))
    frame = {
        "title": title,
        "user": user,
        "menu": menu,
        "navigation": ways_from(menu, request.scope["path"]),
        "path": request.scope["path"],
        "csrf": csrf,
        "note": on_pages(note),
        "demo": serving.settings.demo,
        "today": today(serving.settings, datetime.now(UTC)).in_words() if serving.settings.demo else "",
        "request_id": request.scope["state"].get("request_id", ""),
        "form": form or Form({}),
        "faults": faults_of(error),
        "seen": seen,
        "state_now": state,
        "state_seen": (form or Form({})).get("state") if isinstance(error, Changed) else "",
    }
    text = _templates().get_template(template).render(**frame, **shown)
    code = status if error is None else _status(error)
    answer = Response(text, status_code=code, media_type=MediaType.HTML, headers=dict(HEADERS))
    # A script that looks, or follows what it sent, has told nobody yet.
    if note and request.headers.get("sec-fetch-mode", "navigate") == "navigate":
        forget_note(request, answer)
    return answer


def faults_of(error: Exception | None) -> list[dict[str, str]]:
    """What is wrong, as the summary at the top lists it; `field` is "" where it is about no field."""
    if error is None:
        return []
    if isinstance(error, FormFaults):
        return [{"field": field, "text": on_pages(text)} for field, text in error.faults.items()]
    return [{"field": "", "text": on_pages(str(error))}]


def _status(error: Exception) -> int:
    return 422 if isinstance(error, FormFaults) else status_of(error)
