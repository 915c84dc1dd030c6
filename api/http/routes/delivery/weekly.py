"""The weekly return: as JSON, as CSV, and as a Word document to print."""

from datetime import date
from typing import Annotated

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.documents.sheet import CSV, as_csv
from api.documents.weekly import sheet_of, word_of
from api.documents.word import DOCX
from api.http.dependencies import OF_PROGRAMME, asked_for
from api.http.files import file_answer, file_response
from api.http.problems import READ_PROBLEMS
from api.schemas.delivery.weekly import WeeklyReturn
from api.usecases.delivery.weekly import weekly
from api.usecases.request_context import Programme, RequestContext
from tracker.access.roles import Right
from tracker.times import AsOf

_First = Annotated[
    date | None, QueryParameter(name="from", description="First day; the Monday of the last day's week by default.")
]
_Last = Annotated[date | None, QueryParameter(name="to", description="Last day; the last Sunday by default.")]


class WeeklyReturns(Controller):
    """New conditions, fittings, removals, losses, recalls and alerts by week and borough."""

    path = "/programmes/{key:str}/weekly-return"
    tags = ("lists",)
    dependencies = {"context": asked_for(Right.READ_CASES), **OF_PROGRAMME}
    problems = READ_PROBLEMS

    @get(operation_id="getWeeklyReturn", sync_to_thread=True)
    def get_return(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        from_day: _First = None,
        to_day: _Last = None,
    ) -> WeeklyReturn:
        """By week and borough, with totals; the last whole week unless a range is given."""
        return weekly(context, programme, as_of, from_day, to_day)

    @get("/csv", operation_id="getWeeklyReturnCsv", operation_class=file_answer(CSV), sync_to_thread=True)
    def get_csv(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        from_day: _First = None,
        to_day: _Last = None,
    ) -> Response[bytes]:
        """The same as CSV: a row for each week and borough, and one for each week's total."""
        found = weekly(context, programme, as_of, from_day, to_day, leaves_as="CSV")
        return file_response(as_csv(sheet_of(found)), CSV, f"weekly-return-{found.to_day}.csv")

    @get(
        "/docx",
        operation_id="getWeeklyReturnDocx",
        operation_class=file_answer("application/octet-stream", DOCX),
        sync_to_thread=True,
    )
    def get_docx(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        from_day: _First = None,
        to_day: _Last = None,
    ) -> Response[bytes]:
        """The same as a Word document to print and sign."""
        found = weekly(context, programme, as_of, from_day, to_day, leaves_as="Word")
        return file_response(word_of(found), DOCX, f"weekly-return-{found.to_day}.docx")


HANDLERS = (WeeklyReturns,)
