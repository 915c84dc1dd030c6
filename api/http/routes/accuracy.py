"""The real accuracy of device models."""

from datetime import date
from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.http.dependencies import asked_for
from api.http.problems import READ_PROBLEMS, answers
from api.schemas.matching.real_accuracy import AccuracyReport
from api.usecases.matching.real_accuracy import accuracy_report
from api.usecases.request_context import RequestContext
from matcher.analysis.nights import NightHours
from tracker.access.roles import Right


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


HANDLERS = (Accuracy,)
