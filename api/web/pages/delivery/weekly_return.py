"""The weekly return by borough: on the screen, as CSV, and as a Word document to print and sign."""

from datetime import date
from typing import Annotated, NamedTuple
from urllib.parse import urlencode

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.documents.sheet import CSV, as_csv
from api.documents.weekly import HEADINGS, KINDS, sheet_of, word_of
from api.documents.word import DOCX
from api.http.dependencies import OF_PROGRAMME, asked_for
from api.http.files import file_response
from api.schemas.delivery.weekly import WeekCounts, WeeklyReturn
from api.usecases.delivery.weekly import weekly
from api.usecases.request_context import Programme, RequestContext
from api.web.browser import Asked
from api.web.menu import PageController
from api.web.pages.delivery.within import PROGRAMMES, base, within
from tracker.access.roles import Right
from tracker.errors import BadEntry
from tracker.times import AsOf

First = Annotated[
    date | None, QueryParameter(name="from", description="First day; the Monday of the last day's week by default.")
]
Last = Annotated[date | None, QueryParameter(name="to", description="Last day; the last Sunday by default.")]


class Row(NamedTuple):
    """A line of the table: whose counts, and each kind of them by its name."""

    words: str
    counts: list[tuple[str, int]]


class WeeklyReturnPage(PageController):
    path = f"{PROGRAMMES}/{{key:str}}/weekly-return"
    dependencies = {"context": asked_for(Right.READ_CASES), **OF_PROGRAMME}

    @get(sync_to_thread=True)
    def show(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        request: Asked,
        from_day: First = None,
        to_day: Last = None,
    ) -> Response[str]:
        """By week and borough, with totals; the last whole week unless a range is given."""
        error = None
        try:
            found = weekly(context, programme, as_of, from_day, to_day)
        except BadEntry as wrong:
            # The week that is shown without a range, and above it what is wrong with the one that was asked for.
            error, found = wrong, weekly(context, programme, as_of, None, None)
        asked = urlencode({"from": found.from_day, "to": found.to_day, **_state(found)})
        own = f"{base(programme)}/weekly-return"
        return within(
            request,
            context,
            programme,
            "weekly_return.html",
            "Weekly return",
            here="weekly-return",
            error=error,
            found=found,
            first=from_day if error else found.from_day,
            last=to_day if error else found.to_day,
            weeks=[(week, [_row(each.borough, each.counts) for each in week.boroughs]) for week in found.weeks],
            row=_row,
            kinds=HEADINGS,
            csv=f"{own}/csv?{asked}",
            docx=f"{own}/docx?{asked}",
        )

    @get("/csv", sync_to_thread=True)
    def as_csv(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        from_day: First = None,
        to_day: Last = None,
    ) -> Response[bytes]:
        """The same as CSV: a row for each week and borough, and one for each week's total."""
        found = weekly(context, programme, as_of, from_day, to_day, leaves_as="CSV")
        return file_response(as_csv(sheet_of(found)), CSV, f"weekly-return-{found.to_day}.csv")

    @get("/docx", sync_to_thread=True)
    def as_docx(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        from_day: First = None,
        to_day: Last = None,
    ) -> Response[bytes]:
        """The same as a Word document to print and sign."""
        found = weekly(context, programme, as_of, from_day, to_day, leaves_as="Word")
        return file_response(word_of(found), DOCX, f"weekly-return-{found.to_day}.docx")


def _state(found: WeeklyReturn) -> dict[str, str]:
    """What the files need to be of the state that the page shows."""
    state = {"asAt": str(found.as_at)}
    if found.as_known_at is not None:
        state["asKnownAt"] = found.as_known_at.isoformat()
    return state


def _row(words: str, counts: WeekCounts) -> Row:
    return Row(words, [(kind, getattr(counts, kind)) for kind in KINDS])


HANDLERS = (WeeklyReturnPage,)
