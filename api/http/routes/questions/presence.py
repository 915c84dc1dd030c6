"""Who was here between these times."""

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.http.dependencies import asked_for
from api.http.idempotency import UNKEYED
from api.http.problems import ENTRY_PROBLEMS, answers
from api.schemas.questions.presence import PresenceAnswer, PresenceIn
from api.usecases.questions.presence import ask_presence
from api.usecases.request_context import RequestContext
from tracker.access.roles import Right


class Presence(Controller):
    """Places and intervals, asked about without a crime."""

    path = "/questions/presence"
    tags = ("questions",)
    dependencies = {"context": asked_for(Right.OPEN_TRAILS)}
    problems = {**ENTRY_PROBLEMS, **answers(503)}

    @post(operation_id="askPresence", status_code=200, opt={UNKEYED: True}, sync_to_thread=True)
    def ask(self, data: JSONBody[PresenceIn], context: NamedDependency[RequestContext]) -> PresenceAnswer:
        """Who was in the circle in the interval: of the wearers who may be matched throughout it, and of no others. The
        answer is a disclosure: its audit row has what was asked, why, and of whom it is. It is not kept, and no match
        follows from it."""
        return ask_presence(context, data)


HANDLERS = (Presence,)
