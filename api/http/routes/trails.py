"""A stretch of one wearer's trail, opened for a stated purpose; and how accurate the fixes of trails really are."""

from datetime import date, datetime
from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.http.dependencies import asked_for
from api.http.problems import ENTRY_PROBLEMS, READ_PROBLEMS, answers
from api.schemas.matching.real_accuracy import AccuracyReport
from api.schemas.matching.trails import Trail
from api.usecases.matching import trails
from api.usecases.matching.real_accuracy import accuracy_report
from api.usecases.request_context import RequestContext
from matcher.analysis.nights import NightHours
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


class Accuracy(Controller):
    """A report that names nobody and changes nothing."""

    path = "/accuracy-report"
    tags = ("accuracy",)
    dependencies = {"context": asked_for(Right.RUN_MATCHES)}
    problems = {**READ_PROBLEMS, **answers(503)}

    @get(operation_id="getAccuracyReport", sync_to_thread=True)
    def report(
        self,
        context: NamedDependency[RequestContext],
        of_programme: Annotated[
            str | None,
            QueryParameter(name="programme", description="Its wearers alone; of all that map crimes by default."),
        ] = None,
        from_on: Annotated[
            date | None, QueryParameter(name="from", description="The first night ends on this day.")
        ] = None,
        to_on: Annotated[date | None, QueryParameter(name="to", description="The last night ends on this day.")] = None,
        night_begins: Annotated[
            int, QueryParameter(name="nightBegins", ge=-12, le=11, description="Hours after midnight; -2 is 22:00.")
        ] = 0,
        night_ends: Annotated[
            int, QueryParameter(name="nightEnds", ge=-11, le=12, description="Hours after midnight.")
        ] = 6,
    ) -> AccuracyReport:
        """Each device model's real 68 % radius beside the one its fixes state, from nights at home: read of wearers who
        may be matched, every night that is asked for. Takes about as long as a match of those days."""
        return accuracy_report(context, of_programme, from_on, to_on, NightHours(night_begins, night_ends))


HANDLERS = (Trails, Accuracy)
