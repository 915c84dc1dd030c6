"""Licences: lists that answer questions, and looking for a person."""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter

from api.documents.lists import sheet_of
from api.documents.sheet import CSV, as_csv
from api.http.dependencies import OF_PROGRAMME, asked_for
from api.http.files import file_response
from api.http.idempotency import UNKEYED
from api.http.problems import mark_refused
from api.http.routes.delivery.lists import provide_filters
from api.schemas.delivery.lists import ListIn, PeopleList, QuestionKey
from api.usecases.delivery import lists
from api.usecases.request_context import ALL_ROWS, Page, Programme, RequestContext
from api.web.browser import Asked
from api.web.forms import Form, form_of
from api.web.lists import SIZES, listing
from api.web.menu import PageController
from api.web.pages.delivery.entering.kinds import Of, entering_of
from api.web.pages.delivery.within import PROGRAMMES, base, within
from api.web.rendering import REFUSALS
from geo.borough_names import BOROUGHS
from tracker.access.roles import Right
from tracker.projections.question_queries import Filters, Order
from tracker.screening.home import OUTSIDE_LONDON
from tracker.times import AsOf

List = Annotated[QuestionKey, QueryParameter(name="list", description="Which question the list answers.")]
Sort = Annotated[
    str, QueryParameter(pattern="^-?(licence|since|release|end|borough)$", description="Descending with a minus.")
]
_FILTERS = {"filters": Provide(provide_filters, sync_to_thread=False)}
STATES = ("not released yet", "on licence", "recalled", "in custody", "ended")
PLACES = ("no place", "reserved", "imposed", "lapsed", "withdrawn")
ANSWERS = ("passed", "failed", "not known")


class Licences(PageController):
    path = f"{PROGRAMMES}/{{key:str}}/licences"
    dependencies = {"context": asked_for(Right.READ_CASES), **OF_PROGRAMME}

    @get(dependencies=_FILTERS, sync_to_thread=True)
    def show(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        page: NamedDependency[Page],
        filters: NamedDependency[Filters],
        request: Asked,
        wanted: List = "everyone",
        sort: Sort = "licence",
    ) -> Response[str]:
        """The licences of which the answer to a question is yes."""
        order, descending = _order(sort)
        found = lists.people(context, programme, wanted, as_of, page, filters, order=order, descending=descending)
        return _shown(context, programme, found, request, filters=filters, sort=sort, searched=False)

    @get("/csv", dependencies=_FILTERS, sync_to_thread=True)
    def as_csv(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        filters: NamedDependency[Filters],
        wanted: List = "everyone",
        sort: Sort = "licence",
    ) -> Response[bytes]:
        """The whole list as CSV, safe to open in a spreadsheet; by reference."""
        order, descending = _order(sort)
        found = lists.people(
            context,
            programme,
            wanted,
            as_of,
            ALL_ROWS,
            filters,
            order=order,
            descending=descending,
            leaves_as="CSV",
        )
        return file_response(as_csv(sheet_of(found, names=False)), CSV, f"{wanted}-{found.as_at}.csv")

    @post(
        "/search",
        dependencies={"context": asked_for(Right.SEE_NAMES)},
        opt={UNKEYED: True},
        status_code=200,
        sync_to_thread=True,
    )
    def search(
        self, context: NamedDependency[RequestContext], programme: NamedDependency[Programme], request: Asked
    ) -> Response[Any]:
        """By a name or number, which stands in no address. With names; it is on record."""
        form, error, find = form_of(request.scope), None, None
        try:
            body = form.read(ListIn, {"nameOrNumber": "Name or number"}, limit=50, offset=0)
            find = body.name_or_number
        except REFUSALS as refused:
            mark_refused(request, refused)
            error = refused
        filters = Filters(find=find)
        # Refused: the list is shown as it is, with nobody looked for and no name.
        found = lists.people(context, programme, "everyone", context.as_of(), Page(), filters, names=find is not None)
        searched = find is not None
        return _shown(
            context, programme, found, request, form, error, filters=filters, sort="licence", searched=searched
        )


def _order(sort: str) -> tuple[Order, bool]:
    name: Any = sort.removeprefix("-")
    return name, sort.startswith("-")


def _shown(
    context: RequestContext,
    programme: Programme,
    found: PeopleList,
    request: Asked,
    form: Form | None = None,
    error: Exception | None = None,
    *,
    filters: Filters,
    sort: str,
    searched: bool,
) -> Response[str]:
    def choices(every: tuple[str, ...]) -> list[tuple[str, str]]:
        return [("", "Any"), *((each, f"{each[:1].upper()}{each[1:]}") for each in every)]

    questions = lists.questions(context, programme).items
    return within(
        request,
        context,
        programme,
        "licences.html",
        "Licences",
        here="licences",
        form=form,
        error=error,
        found=found,
        listing=listing(request, found, sort=sort),
        searched=searched,
        questions=[(each.key, each.title) for each in questions],
        filters=filters,
        states=choices(STATES),
        places=choices(PLACES),
        answers=choices(ANSWERS),
        boroughs=choices((*sorted(each.name for each in BOROUGHS), OUTSIDE_LONDON)),
        sizes=SIZES,
        csv=f"{base(programme)}/licences/csv" + (f"?{request.url.query}" if request.url.query else ""),
        names=Right.SEE_NAMES in context.actor.rights,
        enters=entering_of(Of.PROGRAMME, "licences", context.actor.rights),
    )


HANDLERS = (Licences,)
