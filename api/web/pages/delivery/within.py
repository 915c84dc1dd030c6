"""What all pages of a programme have in common: the way between them, and how days, sums and figures are written."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

import msgspec
from litestar import Response
from litestar.response import Redirect

from api.http.problems import mark_refused
from api.schemas.delivery.attention import AgainstOut
from api.usecases.request_context import Programme, RequestContext
from api.web.browser import PREFIX, Asked
from api.web.forms import Form, FormFaults, form_of
from api.web.notes import done_at
from api.web.rendering import REFUSALS, page
from tracker.access.roles import Right
from tracker.errors import BadEntry
from tracker.money import pence_of, pounds

Body = TypeVar("Body", bound=msgspec.Struct)

PROGRAMMES = f"{PREFIX}/programmes"
PILOT = "gps-knife-licence"
"""The programme that the navigation leads to."""
NOT_KNOWN = "Not known"
_PAGES = (
    ("", "Overview", Right.READ_CASES),
    ("rollout", "Rollout", Right.READ_PROGRAMME),
    ("licences", "Licences", Right.READ_CASES),
    ("tags", "Tags", Right.READ_CASES),
    ("money", "Money", Right.READ_PROGRAMME),
    ("duties", "Duties", Right.READ_PROGRAMME),
    ("papers", "Papers", Right.READ_PROGRAMME),
    ("attention", "Attention", Right.READ_PROGRAMME),
)


class Way(NamedTuple):
    """An entry of the navigation within a programme."""

    words: str
    href: str
    current: bool


def base(programme: Programme) -> str:
    return f"{PROGRAMMES}/{quote(programme.key, safe='')}"


def within(
    request: Asked,
    context: RequestContext,
    programme: Programme,
    template: str,
    heading: str,
    *,
    here: str,
    form: Form | None = None,
    error: Exception | None = None,
    **shown: Any,
) -> Response[str]:
    """A page of a programme. `here`: which of its pages is open, or the one that this belongs to."""
    own = base(programme)
    ways = [
        Way(words, f"{own}/{path}" if path else own, path == here)
        for path, words, right in _PAGES
        if right in context.actor.rights
    ]
    title = heading if heading == programme.name else f"{heading}: {programme.name}"
    return page(
        request,
        f"delivery/{template}",
        title,
        form=form,
        error=error,
        heading=heading,
        programme=programme,
        own=own,
        ways=ways,
        may_enter=Right.ENTER_PROGRAMME in context.actor.rights,
        pounds=pounds,
        figure=figure,
        day=day_words,
        wide=True,
        **shown,
    )


def sent(
    request: Asked, enter: Callable[[Form], str], back: str, again: Callable[[Form, Exception], Response[str]]
) -> Response[Any] | Redirect:
    """What a form asks for: done, and told on the page at `back`; or the page with the form `again`, with what was
    typed and what is wrong with it."""
    form = form_of(request.scope)
    try:
        words = enter(form)
    except REFUSALS as error:
        mark_refused(request, error)
        return again(form, error)
    return done_at(request, back, words)


def read_part(form: Form, part: str, body: type[Body], labels: Mapping[str, str], **more: Any) -> Body:
    """The body from one form of a page that has several: the names of its fields begin with `part`.

    Raises FormFaults, by the names that the fields have on the page.
    """
    mine = {name.removeprefix(part): form.all(name) for name, _ in form.items() if name.startswith(part)}
    try:
        return Form(mine).read(body, labels, **more)
    except FormFaults as wrong:
        raise FormFaults({part + name: words for name, words in wrong.faults.items()}) from wrong


def pence_in(form: Form, name: str) -> int:
    """The pence of a sum that is typed in pounds. Raises FormFaults."""
    try:
        return pence_of(form.get(name))
    except BadEntry as wrong:
        raise FormFaults({name: str(wrong)}) from wrong


def against_told(against: Iterable[AgainstOut]) -> list[str]:
    """What speaks against something that was recorded all the same, for the page that comes next."""
    told = [each.words for each in against if each.settled is None]
    return [f"What speaks against it: {'; '.join(told)}."] if told else []


def figure(number: int | None) -> str:
    """As it is written on a page: what is not known is never 0."""
    return NOT_KNOWN if number is None else f"{number:,}"


def day_words(day: date | None) -> str:
    """1 November 2019; a dash where there is none."""
    return "–" if day is None else f"{day.day} {day:%B %Y}"
