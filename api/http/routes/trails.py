"""A stretch of one wearer's trail, opened for a stated purpose."""

from datetime import datetime
from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.http.dependencies import asked_for
from api.http.problems import ENTRY_PROBLEMS, answers
from api.schemas.matching.trails import Trail
from api.usecases.matching import trails
from api.usecases.request_context import RequestContext
from tracker.access.roles import Right


class Trails(Controller):
    """Trails of wearers who may be matched."""

    path = "/trails"
    tags = ("trails",)
    dependencies = {"context": asked_for(Right.OPEN_TRAILS)}
    problems = {**ENTRY_PROBLEMS, **answers(503)}

    @get(operation_id="openTrail", sync_to_thread=True)
    def open_trail(
        self,
        context: NamedDependency[RequestContext],
        wearer_ref: Annotated[str, QueryParameter(name="wearerRef", description="The wearer's reference.")],
        since: Annotated[datetime, QueryParameter(name="from", description="From this instant on, with its zone.")],
        until: Annotated[
            datetime, QueryParameter(name="to", description="Before this instant; at most 48 hours later.")
        ],
        purpose: Annotated[str, QueryParameter(min_length=10, max_length=400, description="Why; kept with your name.")],
        run_id: Annotated[
            str | None,
            QueryParameter(name="runId", description="Accuracies as this run took them; without it, as adopted now."),
        ] = None,
    ) -> Trail:
        """Only within one interval in which the wearer may be matched and was monitored. Every opening leaves its audit
        row."""
        return trails.open_trail(context, wearer_ref, since, until, purpose, run_id)


HANDLERS = (Trails,)
