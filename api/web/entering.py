"""What every page with a form does with it: enter it and lead on, or show the page again, with what was typed and what
is wrong with it. What it refused goes on record before the answer leaves."""

from collections.abc import Callable
from typing import Any

from litestar import Response

from api.http.problems import mark_refused
from api.web.browser import Asked
from api.web.forms import Form, form_of
from api.web.notes import done_at
from api.web.rendering import REFUSALS

Again = Callable[[Form, Exception], Response[str]]
"""The page with the form, once more."""


def sent(
    request: Asked,
    enter: Callable[[Form], str],
    back: str,
    again: Again,
    refusals: tuple[type[Exception], ...] = REFUSALS,
) -> Response[Any]:
    """What a form asks for: done, and told on the page at `back` in the words that `enter` returns; or `again`."""
    return answered(request, lambda form: done_at(request, back, enter(form)), again, refusals)


def answered(
    request: Asked,
    answer: Callable[[Form], Response[Any]],
    again: Again,
    refusals: tuple[type[Exception], ...] = REFUSALS,
) -> Response[Any]:
    """As `sent`, where what was entered decides which page comes next."""
    form = form_of(request.scope)
    try:
        return answer(form)
    except refusals as error:
        mark_refused(request, error)
        return again(form, error)
