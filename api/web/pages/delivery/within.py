"""What all pages of a programme have in common: the way between them, and how days, sums and figures are written."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import quote

from litestar import Response
from sqlalchemy import Connection

from api.http.etags import etag_of, if_unchanged
from api.schemas.delivery.attention import AgainstOut
from api.usecases.delivery import records
from api.usecases.delivery.records import Standing
from api.usecases.request_context import Programme, RequestContext
from api.web.browser import PREFIX, Asked
from api.web.forms import Form, FormFaults
from api.web.pages.delivery.entry_kinds import kinds_of
from api.web.rendering import page
from api.wording.text import london
from tracker.access.roles import Right
from tracker.corrections.kinds import KINDS
from tracker.errors import BadEntry
from tracker.money import pence_of, pounds

PROGRAMMES = f"{PREFIX}/programmes"
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
    ("weekly-return", "Weekly return", Right.READ_CASES),
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
    rests_on: Standing | None = None,
    seen: str = "",
    state: str = "",
    **shown: Any,
) -> Response[str]:
    """A page of a programme. `here`: which of its pages is open, or the one that this belongs to. `rests_on`: what the
    page's forms rest on, read before all else that it shows, or `seen`, its ETag; `state`: that in words."""
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
        seen=seen if rests_on is None else etag_of(rests_on),
        state=state if rests_on is None else _in_words(rests_on, state),
        heading=heading,
        programme=programme,
        own=own,
        ways=ways,
        entry_kinds=kinds_of(here) if Right.READ_CASES in context.actor.rights else [],
        may_enter=Right.ENTER_PROGRAMME in context.actor.rights,
        pounds=pounds,
        figure=figure,
        day=day_words,
        wide=True,
        **shown,
    )


class RestsOn(NamedTuple):
    """What forms of a page rest on: the entries to which that page leads, of a licence, a device or a programme."""

    read: Callable[[Connection], Standing]

    def now(self, context: RequestContext) -> Standing:
        with context.reader.connect() as connection:
            return self.read(connection)

    @contextmanager
    def unchanged(self, request: Asked) -> Iterator[None]:
        """What the block enters is refused, with 412, where somebody changed these entries since the page was made."""
        with if_unchanged(request, self.read):
            yield


def rests_on(
    context: RequestContext, programme: Programme, here: str, *, licence: str | None = None, device: str | None = None
) -> RestsOn:
    """The entries behind the page `here`. Raises NotFound where the programme has no such licence."""
    kinds = [KINDS[kind] for kind, _ in kinds_of(here)]
    return RestsOn(records.standing(context, programme, kinds, licence=licence, device=device))


def _in_words(found: Standing, state: str) -> str:
    if found.last is None:
        last = "Nothing was entered here."
    else:
        last = f"Last changed {london(found.last)}" + (f" by {found.by}." if found.by else ".")
    return f"{state} {last}".strip()


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
