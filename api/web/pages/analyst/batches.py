"""Batches of crimes that forces sent: listed, one with its versions and its crimes."""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.documents.matches import sheet_of_batch
from api.documents.sheet import CSV, XLSX, as_csv, as_workbook
from api.http.dependencies import Number, asked_for
from api.http.files import file_response
from api.http.idempotency import UNKEYED
from api.usecases.desk import batches, taken_away
from api.usecases.request_context import Page, RequestContext
from api.views.matching.match_words import window_in_words
from api.web.browser import PREFIX, Asked
from api.web.entering import answered
from api.web.forms import Form, form_of
from api.web.lists import listing
from api.web.menu import PageController
from api.web.pages.analyst.crimes import address_of
from api.web.pages.analyst.filters import Text, begins, day_of, ends
from api.web.rendering import page
from api.wording.text import london
from tracker.access.roles import Right
from tracker.batches.queries import BatchFilter
from tracker.batches.rules import Became
from tracker.errors import BadEntry

PATH = f"{PREFIX}/batches"
BECAME = (("", "All"), *((became.value, became.value.capitalize()) for became in Became))
_READS = {"context": asked_for(Right.READ_CRIMES)}
_TAKES = {"context": asked_for(Right.REVIEW)}


class Batches(PageController):
    """All batches, the latest first."""

    path = PATH
    menu = "Batches"
    menu_under = f"{PREFIX}/crimes"
    dependencies = _READS

    @get(sync_to_thread=True)
    def show(
        self,
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        request: Asked,
        force: Text = "",
        batch_id: Annotated[str, QueryParameter(name="batchId", max_length=200)] = "",
        since: Annotated[str, QueryParameter(name="from", max_length=40)] = "",
        until: Annotated[str, QueryParameter(name="to", max_length=40)] = "",
    ) -> Response[str]:
        asked = {"force": force.strip(), "batchId": batch_id.strip(), "from": since, "to": until}
        wanted = BatchFilter(
            force=asked["force"] or None,
            batch_id=asked["batchId"] or None,
            since=begins(day_of(since, "From")),
            until=ends(day_of(until, "To")),
        )
        return _list(context, request, wanted, page, asked)


class OneBatch(PageController):
    """One batch with its versions, and its crimes."""

    path = f"{PATH}/{{number:int}}"
    dependencies = _READS

    @get(sync_to_thread=True)
    def show(
        self,
        number: Number,
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        request: Asked,
        became: Text = "",
    ) -> Response[str]:
        return _one(context, request, number, page, became)

    @post("/file", opt={UNKEYED: True}, status_code=200, dependencies=_TAKES, sync_to_thread=True)
    def file(
        self,
        number: Number,
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        request: Asked,
    ) -> Response[Any]:
        """Its crimes with the state of their matches, as CSV or a workbook, for a purpose that stands in the audit."""

        def answer(form: Form) -> Response[Any]:
            as_excel = form.get("as") == "xlsx"
            found = taken_away.batch(context, number, form.get("purpose"), "Excel" if as_excel else "CSV")
            sheet = sheet_of_batch(found.about.batch, *found[1:])
            if as_excel:
                return file_response(as_workbook(sheet), XLSX, f"batch-{number}.xlsx")
            return file_response(as_csv(sheet), CSV, f"batch-{number}.csv")

        return answered(request, answer, lambda _, error: _one(context, request, number, page, "", error=error))


def _list(
    context: RequestContext, request: Asked, wanted: BatchFilter, rows: Page, asked: dict[str, str]
) -> Response[str]:
    found = batches.list_batches(context, wanted, "received", rows)
    return page(
        request,
        "pages/analyst/batches.html",
        "Batches of crimes",
        listing=listing(request, found),
        rows=[(each, london(each.received_at)[:16]) for each in found.items],
        asked=asked,
        given=any(asked.values()),
        wide=True,
    )


def _one(
    context: RequestContext, request: Asked, number: int, rows: Page, became: str, *, error: Exception | None = None
) -> Response[str]:
    if became and became not in set(Became):
        raise BadEntry(f"`became` is {became[:40]!r}. There are {', '.join(Became)}.")
    found = batches.batch(context, number)
    crimes = batches.batch_crimes(context, number, became or None, rows)
    batch = found.batch
    told = [
        ("Received", london(batch.received_at), ""),
        ("Sent by", batch.sent_by or "not known", ""),
        ("Rows in the file", f"{batch.rows:,}", "rows"),
        ("Rows rejected", f"{batch.rejected:,}", "rejected"),
        *((f"Rejected: {rule}", f"{n:,}", f"rejectedByRule.{rule}") for rule, n in batch.rejected_by_rule.items()),
        ("Crimes", f"{batch.crimes:,}", "crimes"),
        *((f"Of type {kind}", f"{n:,}", f"crimesByType.{kind}") for kind, n in batch.crimes_by_type.items()),
        ("Can be matched", f"{batch.matchable:,}", "matchable"),
        *((f"Not: {each.in_words}", f"{each.crimes:,}", f"notMatchable.{each.reason}") for each in batch.not_matchable),
        *((f"Matches, {state}", f"{n:,}", f"matches.{state}") for state, n in batch.matches.items()),
        ("Releases", f"{batch.releases:,}", "releases"),
    ]
    return page(
        request,
        "pages/analyst/batch.html",
        f"Batch {batch.batch_id} of {batch.force}, number {batch.number}",
        listing=listing(request, crimes),
        found=found,
        told=told,
        rows=[
            (each, address_of(each.force, each.crime_ref), window_in_words(each.crime_from, each.crime_to))
            for each in crimes.items
        ],
        choices=BECAME,
        form=form_of(request.scope),
        error=error,
        became=became,
        wide=True,
    )


HANDLERS = (Batches, OneBatch)
