"""A practitioner's own cases: the list, one of them, and a day of its wearer in hours."""

from typing import Any
from urllib.parse import quote

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.dependencies import asked_for
from api.http.idempotency import UNKEYED
from api.http.middleware import unescaped
from api.schemas.delivery.cases import DayIn, DaySummary
from api.usecases.partners import own_cases
from api.usecases.partners.movements import day_summary
from api.usecases.request_context import Page, RequestContext
from api.web.browser import PREFIX, Asked
from api.web.entering import answered
from api.web.forms import Form
from api.web.lists import listing
from api.web.menu import PageController
from api.web.rendering import REFUSALS, page
from tracker.access.roles import Right, Role
from tracker.errors import NotFound

PATH = f"{PREFIX}/cases"
_LABELS = {"day": "Day", "purpose": "Why you ask"}
TONES = {"passed": "good", "failed": "bad", "not known": "wait"}


class Cases(PageController):
    """The cases that an officer has assigned to whoever asks; no others are mentioned."""

    path = PATH
    menu = "Cases"
    first_for = (Role.PRACTITIONER,)
    dependencies = {"context": asked_for(Right.READ_OWN_CASES)}

    @get(sync_to_thread=True)
    def show(
        self, context: NamedDependency[RequestContext], page: NamedDependency[Page], request: Asked
    ) -> Response[str]:
        return _list(context, page, request)


class OneCase(PageController):
    path = f"{PATH}/{{licence:str}}"
    dependencies = {"context": asked_for(Right.READ_OWN_CASES)}

    @get(sync_to_thread=True)
    def show(self, licence: FromPath[str], context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        return _one(context, request, unescaped(licence))

    # It changes nothing, and may be sent again: each asking has its own row in the audit.
    @post(
        "/day",
        dependencies={"context": asked_for(Right.SUMMARISE_MOVEMENTS)},
        opt={UNKEYED: True},
        status_code=200,
        sync_to_thread=True,
    )
    def summarise(
        self, licence: FromPath[str], context: NamedDependency[RequestContext], request: Asked
    ) -> Response[Any]:
        """Borough, home and away hour by hour, for a purpose that is kept; no position leaves."""
        reference = unescaped(licence)

        def answer(form: Form) -> Response[Any]:
            wanted = form.read(DayIn, _LABELS)
            summary = day_summary(context, reference, wanted.day, wanted.purpose)
            return _one(context, request, reference, form, summary=summary)

        def again(form: Form, error: Exception) -> Response[str]:
            return _one(context, request, reference, form, error)

        return answered(request, answer, again, (*REFUSALS, NotFound))


def _list(context: RequestContext, of: Page, request: Asked) -> Response[str]:
    found = own_cases.own_cases(context, context.as_of(), of)
    return page(
        request,
        "pages/cases.html",
        "Your cases",
        found=found,
        listing=listing(request, found),
        rows=[(each, f"{PATH}/{quote(each.licence, safe='')}") for each in found.items],
        tones=TONES,
    )


def _one(
    context: RequestContext,
    request: Asked,
    reference: str,
    form: Form | None = None,
    error: Exception | None = None,
    summary: DaySummary | None = None,
) -> Response[str]:
    found = own_cases.own_case(context, reference, context.as_of())
    return page(
        request,
        "pages/case.html",
        f"Case {found.licence}",
        form=form,
        error=error,
        case=found,
        summary=summary,
        tones=TONES,
        own=PATH,
        address=f"{PATH}/{quote(found.licence, safe='')}",
    )


HANDLERS = (Cases, OneCase)
