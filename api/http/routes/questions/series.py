"""The same wearer at several crimes."""

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.http.dependencies import asked_for
from api.http.idempotency import UNKEYED
from api.http.problems import ENTRY_PROBLEMS, answers
from api.schemas.questions.series import SeriesAnswer, SeriesIn
from api.usecases.questions.series import ask_series
from api.usecases.request_context import RequestContext
from tracker.access.roles import Right


class Series(Controller):
    """Wearers with matches at several crimes."""

    path = "/questions/series"
    tags = ("questions",)
    dependencies = {"context": asked_for(Right.OPEN_TRAILS)}
    problems = {**ENTRY_PROBLEMS, **answers(503)}

    @post(operation_id="askSeries", status_code=200, opt={UNKEYED: True}, sync_to_thread=True)
    def ask(self, data: JSONBody[SeriesIn], context: NamedDependency[RequestContext]) -> SeriesAnswer:
        """Wearers with matches at several crimes, of those who may be matched now throughout each crime's window, and
        at how many crimes they would be on days of the same weekday. The answer is a disclosure, audited with what was
        asked and of whom it is, and not kept."""
        return ask_series(context, data)


HANDLERS = (Series,)
