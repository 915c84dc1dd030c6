"""The equality review: made by a form, read in the frame, or taken as Word or PDF."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from api.documents.equality_review import FORMS, document_of, printed
from api.http.dependencies import asked_for
from api.http.files import file_response
from api.http.idempotency import UNKEYED
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
from tracker.access.roles import Right

PATH = f"{PREFIX}/equality"
RESTRICTED = f"{PATH}/restricted"
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
            return _answered(request, review, form)

        return answered(request, answer, lambda form, error: _shown(request, None, form, error))


class RestrictedEquality(PageController):
    """The edition with small numbers, for those whom the data protection officer named to read it."""

    path = RESTRICTED
    menu = "Restricted review"
    menu_under = f"{PREFIX}/equality"
    dependencies = {"context": asked_for(Right.READ_REVIEW)}

    @get(sync_to_thread=True)
    def show(self, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        programme_of(context)
        return _shown(request, None, restricted=True)

    @post(opt={UNKEYED: True}, status_code=200, sync_to_thread=True)
    def read(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """Each reading is in the audit; no answer of it is kept."""

        def answer(form: Form) -> Response[Any]:
            asked = form.read(ReviewIn, _LABELS)
            review = answers.restricted_review(context, programme_of(context), asked.as_at, asked.young_adult_to)
            return _answered(request, review, form, restricted=True)

        return answered(request, answer, lambda form, error: _shown(request, None, form, error, restricted=True))


def _answered(request: Asked, review: ReviewOut, form: Form, *, restricted: bool = False) -> Response[Any]:
    """On the page, or as the file that the form asks for."""
    if (suffix := _FILES.get(form.get("as"))) is None:
        return _shown(request, review, form, restricted=restricted)
    content = printed(review, FORMS[suffix])
    made = file_response(content, FORMS[suffix], f"equality-review-{review.as_at}-{review.edition}{suffix}")
    made.status_code = 200
    made.headers["cache-control"] = "no-store"
    return made


def _shown(
    request: Asked,
    review: ReviewOut | None,
    form: Form | None = None,
    error: Exception | None = None,
    *,
    restricted: bool = False,
) -> Response[str]:
    document = None if review is None else document_of(review)
    plain = "Equality review, restricted edition" if restricted else "Equality review"
    return page(
        request,
        "evaluation/equality.html",
        plain if document is None else document.title,
        form=form,
        error=error,
        review=review,
        document=document,
        restricted=restricted,
        own=RESTRICTED if restricted else PATH,
    )


HANDLERS = (Equality, RestrictedEquality)
