"""Batches of crimes: what came, what became of it, and how two versions of one differ."""

from datetime import datetime
from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.http.dependencies import Number, asked_for
from api.http.problems import READ_PROBLEMS, answers
from api.schemas.matching.batches import BatchCrimePage, BatchDetail, BatchPage, BecameName
from api.usecases.desk import batches
from api.usecases.request_context import Page, RequestContext
from tracker.access.roles import Right
from tracker.batches.queries import BatchFilter, Order


class Batches(Controller):
    """Batches that forces sent."""

    path = "/batches"
    tags = ("crimes",)
    dependencies = {"context": asked_for(Right.READ_CRIMES)}
    problems = READ_PROBLEMS

    @get(operation_id="listBatches", responses=answers(422), sync_to_thread=True)
    def list_batches(
        self,
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        force: Annotated[str | None, QueryParameter(description="Batches of this force.")] = None,
        batch_id: Annotated[
            str | None, QueryParameter(name="batchId", description="With this id, in whichever file.")
        ] = None,
        since: Annotated[
            datetime | None, QueryParameter(name="from", description="Received at this instant or later.")
        ] = None,
        until: Annotated[
            datetime | None, QueryParameter(name="to", description="Received before this instant.")
        ] = None,
        order: Annotated[Order, QueryParameter(description="The latest first, or by id.")] = "received",
    ) -> BatchPage:
        """Each with its crimes by type, rejects, matches by state and releases."""
        wanted = BatchFilter(force=force, batch_id=batch_id, since=since, until=until)
        return batches.list_batches(context, wanted, order, page)

    @get("/{number:int}", operation_id="getBatch", sync_to_thread=True)
    def get_batch(self, number: Number, context: NamedDependency[RequestContext]) -> BatchDetail:
        """One, with every version of it beside each other: which crimes came, changed, stayed and went."""
        return batches.batch(context, number)

    @get("/{number:int}/crimes", operation_id="listBatchCrimes", sync_to_thread=True)
    def list_crimes(
        self,
        number: Number,
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        became: Annotated[BecameName | None, QueryParameter(description="Those that came, changed, and so on.")] = None,
    ) -> BatchCrimePage:
        """Its crimes by reference, and whether each can be matched; and those that went since the version before."""
        return batches.batch_crimes(context, number, became, page)


HANDLERS = (Batches,)
