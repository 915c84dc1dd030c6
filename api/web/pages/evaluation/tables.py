"""Tables of people: those that left, one as it left with its files, and asking for another."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency

from api.documents import released_tables
from api.documents.sheet import CSV, XLSX
from api.http.dependencies import Number
from api.http.files import file_response
from api.schemas.evaluation.bodies import TableIn
from api.usecases.evaluation import answers
from api.usecases.request_context import Page, RequestContext
from api.web.browser import PREFIX, Asked
from api.web.entering import answered
from api.web.forms import Form
from api.web.lists import listing
from api.web.menu import PageController
from api.web.notes import done_at
from api.web.pages.evaluation.within import EXPORTS, NAMED, programme_of, where_in
from api.web.rendering import page
from tracker.evaluation.people.bands import LEVELS
from tracker.evaluation.people.subject import ATTRIBUTES, MEASURES

PATH = f"{PREFIX}/tables"
_LABELS = {"measure": "What is counted", "by": "Divided by", "asAt": "As at", "k": "Withhold below"}


class Settings(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Of all tables that leave together, as in the JSON."""

    as_at: date | None = None
    k: Annotated[int, msgspec.Meta(ge=3, le=1000)] | None = None


class Tables(PageController):
    path = PATH
    menu = "Tables"
    dependencies = EXPORTS

    @get(sync_to_thread=True)
    def show(
        self, context: NamedDependency[RequestContext], page: NamedDependency[Page], request: Asked
    ) -> Response[str]:
        return _list(context, request, page)


class NewTable(PageController):
    path = f"{PATH}/new"
    dependencies = EXPORTS

    @get(sync_to_thread=True)
    def show(self, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        programme_of(context)
        return _builder(request)

    @post(sync_to_thread=True)
    def release(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        def answer(form: Form) -> Response[Any]:
            table = form.read(TableIn, _LABELS, where=where_in(form))
            settings = form.read(Settings, _LABELS)
            asked = [(table.measure, table.by, table.where)]
            made = answers.release_tables(context, programme_of(context), asked, settings.as_at, settings.k)
            return done_at(request, f"{PATH}/{made.release}", f"The table left, and is release {made.release}.")

        return answered(request, answer, lambda form, error: _builder(request, form, error))


class OneTable(PageController):
    path = f"{PATH}/{{number:int}}"
    dependencies = EXPORTS

    @get(sync_to_thread=True)
    def show(self, number: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        found = answers.release(context, programme_of(context), number)
        sheet = released_tables.sheet_of(found)
        return page(request, "evaluation/table.html", sheet.title, release=found, sheet=sheet, own=f"{PATH}/{number}")

    @get("/table.csv", sync_to_thread=True)
    def csv(self, number: Number, context: NamedDependency[RequestContext]) -> Response[bytes]:
        """The table as CSV."""
        found = answers.release(context, programme_of(context), number)
        return file_response(released_tables.csv_of(found), CSV, f"release-{number}.csv")

    @get("/table.xlsx", sync_to_thread=True)
    def workbook(self, number: Number, context: NamedDependency[RequestContext]) -> Response[bytes]:
        """The table as a workbook to the standard of the Government Statistical Service."""
        found = answers.release(context, programme_of(context), number)
        return file_response(released_tables.workbook_of(found), XLSX, f"release-{number}.xlsx")


def _list(context: RequestContext, request: Asked, of: Page) -> Response[str]:
    found = answers.list_releases(context, programme_of(context), of)
    return page(
        request, "evaluation/tables.html", "Tables that left", found=found, listing=listing(request, found), own=PATH
    )


def _builder(request: Asked, form: Form | None = None, error: Exception | None = None) -> Response[str]:
    return page(
        request,
        "evaluation/new_table.html",
        "Ask for a table",
        form=form,
        error=error,
        measures=[(each, each.capitalize()) for each in MEASURES],
        attributes=ATTRIBUTES,
        named=NAMED,
        levels=LEVELS,
        own=PATH,
    )


HANDLERS = (NewTable, Tables, OneTable)
