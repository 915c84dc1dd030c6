"""Who may read the restricted edition of the equality review: named by the data protection officer, until a day."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from api.http.dependencies import asked_for
from api.schemas.evaluation.bodies import ReaderIn
from api.usecases.evaluation import answers
from api.usecases.request_context import RequestContext
from api.web.browser import PREFIX, Asked
from api.web.entering import sent
from api.web.forms import Form
from api.web.menu import PILOT, PageController
from api.web.rendering import page
from tracker.access.roles import Right

PATH = f"{PREFIX}/review-readers"
_LABELS = {"reader": "User", "until": "Until", "reason": "Reason"}


class ReviewReaders(PageController):
    path = PATH
    dependencies = {"context": asked_for(Right.KEEP)}

    @get(sync_to_thread=True)
    def show(self, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        context.programme(PILOT)
        return _shown(request)

    @post(sync_to_thread=True)
    def name(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """A user may read it until a day. No one names themselves."""

        def enter(form: Form) -> str:
            asked = form.read(ReaderIn, _LABELS)
            done = answers.name_reader(context, context.programme(PILOT), asked.reader, asked.until, asked.reason)
            return f"{done.reader} may read the restricted edition until {done.until}."

        return sent(request, enter, PATH, lambda form, error: _shown(request, form, error))


def _shown(request: Asked, form: Form | None = None, error: Exception | None = None) -> Response[str]:
    return page(
        request, "keeping/review_readers.html", "Readers of the restricted review", form=form, error=error, own=PATH
    )


HANDLERS = (ReviewReaders,)
