"""The linkage file of an export: who asked that which linker gets it, the decision, and the file, once."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from api.documents.sheet import CSV
from api.http.dependencies import Number, asked_for
from api.http.files import file_response
from api.schemas.evaluation.bodies import DecisionIn
from api.usecases.evaluation import cohorts
from api.usecases.request_context import RequestContext
from api.web.browser import PREFIX, Asked
from api.web.entering import answered, sent
from api.web.forms import Form, FormFaults
from api.web.menu import PageController
from api.web.rendering import page
from tracker.access.roles import Right
from tracker.evaluation.releases.linkage_states import LinkageMove, LinkageState, may_move

PATH = f"{PREFIX}/linkage"
_TONES = {"asked for": "wait", "approved": "good", "refused": "bad"}


class LinkageFile(PageController):
    path = f"{PATH}/{{number:int}}"
    dependencies = {"context": asked_for(Right.KEEP)}

    @get(sync_to_thread=True)
    def show(self, number: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        return _shown(context, request, number)

    @post("/decide", sync_to_thread=True)
    def decide(self, number: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """Approved or refused with a reason; not by the person who asked."""

        def enter(form: Form) -> str:
            chosen = form.get("decision")
            if chosen not in ("approve", "refuse"):
                raise FormFaults({"decision": "Choose whether you approve or refuse the file."})
            why = form.read(DecisionIn, {"why": "Why"}).why
            done = cohorts.decide_linkage(context, number, why, approved=chosen == "approve")
            return f"The linkage file of export {number} is {done.linkage}."

        return sent(
            request, enter, f"{PATH}/{number}", lambda form, error: _shown(context, request, number, form, error)
        )

    @post("/file", sync_to_thread=True)
    def hand_over(self, number: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """The file, once, for the linker it was approved for. Each person in it is on record as disclosed."""

        def answer(_: Form) -> Response[Any]:
            data, _linker = cohorts.hand_over_linkage(context, number)
            return file_response(data, CSV, f"linkage-{number}.csv")

        return answered(request, answer, lambda form, error: _shown(context, request, number, form, error))


def _shown(
    context: RequestContext, request: Asked, number: int, form: Form | None = None, error: Exception | None = None
) -> Response[str]:
    found = cohorts.linkage(context, number)
    state = LinkageState(found.state)
    return page(
        request,
        "keeping/linkage.html",
        f"Linkage file of export {number}",
        form=form,
        error=error,
        linkage=found,
        tone=_TONES.get(found.state, "plain"),
        may_decide=may_move(state, LinkageMove.APPROVE),
        may_hand_over=may_move(state, LinkageMove.HAND_OVER),
        own=f"{PATH}/{number}",
    )


HANDLERS = (LinkageFile,)
