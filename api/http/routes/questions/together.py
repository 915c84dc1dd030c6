"""Which wearers were together."""

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.http.dependencies import asked_for
from api.http.idempotency import UNKEYED
from api.http.problems import ENTRY_PROBLEMS, answers
from api.schemas.questions.together import TogetherAnswer, TogetherIn
from api.usecases.questions.together import ask_together
from api.usecases.request_context import RequestContext
from tracker.access.roles import Right


class Together(Controller):
    """Wearers near each other for a time."""

    path = "/questions/together"
    tags = ("questions",)
    dependencies = {"context": asked_for(Right.OPEN_TRAILS)}
    problems = {**ENTRY_PROBLEMS, **answers(503)}

    @post(operation_id="askTogether", status_code=200, opt={UNKEYED: True}, sync_to_thread=True)
    def ask(self, data: JSONBody[TogetherIn], context: NamedDependency[RequestContext]) -> TogetherAnswer:
        """Pairs of wearers within a distance of each other for so long in all: of wearers who may be matched, each in
        that time alone. The answer is a disclosure, audited with what was asked and of whom it is, and not kept."""
        return ask_together(context, data)


HANDLERS = (Together,)
