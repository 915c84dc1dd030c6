"""Lists that answer an officer's questions: as JSON a page at a time, whole as CSV and Excel."""

from datetime import date
from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter

from api.documents.lists import sheet_of
from api.documents.sheet import CSV, XLSX, as_csv, as_workbook
from api.http.dependencies import OF_PROGRAMME, asked_for
from api.http.files import file_answer, file_response
from api.http.idempotency import UNKEYED
from api.http.middleware import unescaped
from api.http.problems import READ_PROBLEMS
from api.schemas.delivery.lists import (
    Answered,
    ListIn,
    OrderBy,
    PeopleList,
    PlaceNow,
    QuestionKey,
    Questions,
    State,
)
from api.schemas.delivery.person_page import PersonPage
from api.usecases.delivery import lists
from api.usecases.delivery.person_page import person_page
from api.usecases.request_context import ALL_ROWS, Page, Programme, RequestContext
from tracker.access.roles import Right
from tracker.projections.question_queries import Filters
from tracker.times import AsOf

_READS = {"context": asked_for(Right.READ_CASES), **OF_PROGRAMME}
_Days = Annotated[int | None, QueryParameter(ge=0, le=3_660, description="So many days from the day of the list.")]
_Names = Annotated[bool, QueryParameter(description="With names, dates of birth and numbers.")]


def provide_filters(
    in_state: Annotated[State | None, QueryParameter(name="state", description="Of the licence.")] = None,
    place: Annotated[PlaceNow | None, QueryParameter(description="Of its place.")] = None,
    answer: Annotated[Answered | None, QueryParameter(description="Of the screening.")] = None,
    borough: Annotated[
        str | None, QueryParameter(max_length=64, description="By name or code, or 'outside London'.")
    ] = None,
    from_day: Annotated[
        date | None, QueryParameter(name="from", description="The first day of the list's own date (`dated`).")
    ] = None,
    to_day: Annotated[date | None, QueryParameter(name="to", description="The last day of it.")] = None,
    days: _Days = None,
) -> Filters:
    return Filters(in_state, place, answer, borough, from_day, to_day, days)


_FILTERS = {"filters": Provide(provide_filters, sync_to_thread=False)}


class Lists(Controller):
    """Lists by question: who may be tagged, who holds a place, whose licence ends, who wears what they may not."""

    path = "/programmes/{key:str}/lists"
    tags = ("lists",)
    dependencies = _READS
    problems = READ_PROBLEMS

    @get(operation_id="listQuestions", sync_to_thread=True)
    def list_questions(
        self, context: NamedDependency[RequestContext], programme: NamedDependency[Programme]
    ) -> Questions:
        """The questions there are lists for, each with the date that it is filtered by."""
        return lists.questions(context, programme)

    @get("/{question:str}", operation_id="listPeople", dependencies=_FILTERS, sync_to_thread=True)
    def list_people(
        self,
        question: FromPath[QuestionKey],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        page: NamedDependency[Page],
        filters: NamedDependency[Filters],
        order_by: Annotated[OrderBy, QueryParameter(name="orderBy")] = "licence",
        descending: Annotated[bool, QueryParameter(description="The other way round.")] = False,
        names: _Names = False,
    ) -> PeopleList:
        """Those of whom the question's answer is yes at the end of the day, as known now or at an instant."""
        return lists.people(
            context,
            programme,
            question,
            as_of,
            page,
            filters,
            order=order_by,
            descending=descending,
            names=names,
        )

    @post(
        "/{question:str}/search",
        operation_id="searchList",
        status_code=200,
        opt={UNKEYED: True},
        sync_to_thread=True,
    )
    def search_list(
        self,
        question: FromPath[QuestionKey],
        data: JSONBody[ListIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> PeopleList:
        """The same by name or number, which no address and no log holds. With names; it is audited."""
        return lists.people(
            context,
            programme,
            question,
            context.as_of(data.on, data.as_known_at),
            Page(data.limit, data.offset),
            Filters(data.state, data.place_now, data.answer, data.borough, find=data.name_or_number),
            names=True,
        )

    @get(
        "/{question:str}/csv",
        operation_id="getListCsv",
        operation_class=file_answer(CSV),
        dependencies=_FILTERS,
        sync_to_thread=True,
    )
    def get_csv(
        self,
        question: FromPath[QuestionKey],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        filters: NamedDependency[Filters],
        names: _Names = False,
    ) -> Response[bytes]:
        """The whole list as CSV in UTF-8, safe to open in a spreadsheet."""
        found = lists.people(context, programme, question, as_of, ALL_ROWS, filters, names=names, leaves_as="CSV")
        return file_response(as_csv(sheet_of(found, names=names)), CSV, f"{question}-{found.as_at}.csv")

    @get(
        "/{question:str}/xlsx",
        operation_id="getListXlsx",
        operation_class=file_answer("application/octet-stream", XLSX),
        dependencies=_FILTERS,
        sync_to_thread=True,
    )
    def get_xlsx(
        self,
        question: FromPath[QuestionKey],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        filters: NamedDependency[Filters],
        names: _Names = False,
    ) -> Response[bytes]:
        """The whole list as an Excel workbook: dates are dates, and no cell is a formula."""
        found = lists.people(context, programme, question, as_of, ALL_ROWS, filters, names=names, leaves_as="Excel")
        return file_response(as_workbook(sheet_of(found, names=names)), XLSX, f"{question}-{found.as_at}.xlsx")


class PersonPages(Controller):
    """The page of one licence and its person."""

    path = "/programmes/{key:str}/licences/{licence:str}/person"
    tags = ("lists",)
    dependencies = _READS
    problems = READ_PROBLEMS

    @get(operation_id="getPersonPage", sync_to_thread=True)
    def get_page(
        self,
        licence: FromPath[str],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
    ) -> PersonPage:
        """All that is on record in one answer: identity for those who may see it, criteria with reasons, decisions,
        place, tags worn, alerts, scores, notes, moves, and what is wrong."""
        return person_page(context, programme, unescaped(licence), as_of)


HANDLERS = (Lists, PersonPages)
