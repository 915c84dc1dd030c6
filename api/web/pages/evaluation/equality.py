"""The equality review: made by a form, read in the frame, or taken as Word or PDF."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from api.documents.equality_review import FORMS, document_of, printed
from api.http.files import file_response
from api.schemas.evaluation.bodies import ReviewIn
from api.schemas.evaluation.equality import ReviewOut
from api.usecases.evaluation import answers
from api.usecases.request_context import RequestContext
from api.web.browser import PREFIX, Asked
from api.web.entering import answered
from api.web.forms import Form
from api.web.menu import PageController
from api.web.pages.evaluation.within import EXPORTS, programme_of
from api.web.rendering import page

PATH = f"{PREFIX}/equality"
_LABELS = {"asAt": "As at", "youngAdultTo": "A young adult is at most"}
_FILES = {"word": ".docx", "pdf": ".pdf"}


class Equality(PageController):
    path = PATH
    menu = "Equality"
    dependencies = EXPORTS

    @get(sync_to_thread=True)
    def show(self, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        programme_of(context)
        return _shown(request, None)

    @post(sync_to_thread=True)
    def make(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """The open edition, which goes on the ledger; made again of the same month it is the same release."""

        def answer(form: Form) -> Response[Any]:
            asked = form.read(ReviewIn, _LABELS)
            review = answers.open_review(context, programme_of(context), asked.as_at, asked.young_adult_to)
            if (suffix := _FILES.get(form.get("as"))) is None:
                return _shown(request, review, form)
            content = printed(review, FORMS[suffix])
            made = file_response(content, FORMS[suffix], f"equality-review-{review.as_at}-{review.edition}{suffix}")
            made.status_code = 200
            made.headers["cache-control"] = "no-store"
            return made

        return answered(request, answer, lambda form, error: _shown(request, None, form, error))


def _shown(
    request: Asked, review: ReviewOut | None, form: Form | None = None, error: Exception | None = None
) -> Response[str]:
    document = None if review is None else document_of(review)
    title = "Equality review" if document is None else document.title
    return page(
        request, "evaluation/equality.html", title, form=form, error=error, review=review, document=document, own=PATH
    )


HANDLERS = (Equality,)
