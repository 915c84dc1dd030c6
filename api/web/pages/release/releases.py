"""Releases: to whom each went and until when, its documents, its recall and what came of it."""

from collections.abc import Callable
from typing import Any, get_args

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from markupsafe import Markup

from api.documents.document import in_print
from api.documents.maps.match import scene_of_package
from api.documents.maps.svg import svg
from api.documents.places import GEOJSON
from api.documents.release_package import package_document
from api.http.dependencies import Number, asked_for
from api.http.files import file_response
from api.http.routes.releases import WaitsFor, document_response
from api.schemas.matching.review import Why
from api.schemas.releases import Acknowledged, Outcome, OutcomeIn, ReleaseOut
from api.usecases.desk import package_documents
from api.usecases.matching import releases
from api.usecases.request_context import Page, RequestContext
from api.web.browser import PREFIX, Asked
from api.web.entering import sent
from api.web.forms import Form, read_part
from api.web.lists import listing
from api.web.menu import PageController
from api.web.rendering import page
from api.wording.text import london
from tracker.access.roles import Right
from tracker.review.states import DocumentForm

PATH = f"{PREFIX}/releases"
TONES = {"released": "good", "recalled": "bad", "withdrawn": "full"}
_WAITS = (
    ("", "All releases"),
    ("recall", "To be recalled"),
    ("acknowledgement", "Recalled, not acknowledged"),
    ("destruction", "Past the day to destroy the package"),
)
_RELEASES = {"context": asked_for(Right.RELEASE)}
_OUTCOMES = [("", "Choose one"), *((each, each) for each in get_args(Outcome))]


class Releases(PageController):
    path = PATH
    menu = "Releases"
    dependencies = {"context": asked_for(Right.READ_RELEASES)}

    @get(sync_to_thread=True)
    def show(
        self,
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        request: Asked,
        waits: WaitsFor = None,
    ) -> Response[str]:
        return _list(context, request, page, waits)


class OneRelease(PageController):
    path = f"{PATH}/{{release_id:int}}"
    dependencies = {"context": asked_for(Right.READ_RELEASES)}

    @get(sync_to_thread=True)
    def show(self, release_id: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        return _shown(context, request, release_id)

    @get("/package", sync_to_thread=True)
    def preview(self, release_id: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        """What its recipient reads, before a file is made of it; that it was read is on record."""
        told = package_documents.shown(context, release_id)
        return page(
            request,
            "release/package.html",
            f"The package of release {release_id}",
            document=package_document(told),
            map=Markup(svg(scene_of_package(told.package))),
            in_print=in_print,
            own=f"{PATH}/{release_id}",
        )

    @get("/package.docx", sync_to_thread=True)
    def word(self, release_id: Number, context: NamedDependency[RequestContext]) -> Response[bytes]:
        """The package as a Word file, as it first left."""
        return document_response(context, release_id, DocumentForm.WORD)

    @get("/package.pdf", sync_to_thread=True)
    def pdf(self, release_id: Number, context: NamedDependency[RequestContext]) -> Response[bytes]:
        """The package as PDF, as it first left."""
        return document_response(context, release_id, DocumentForm.PDF)

    @get("/package.json", sync_to_thread=True)
    def package(self, release_id: Number, context: NamedDependency[RequestContext]) -> Response[bytes]:
        """The package itself, whose digest is on record."""
        text = releases.package(context, release_id).text
        return file_response(text.encode(), "application/json", f"release-{release_id}.json")

    @get("/package.geojson", sync_to_thread=True)
    def places(self, release_id: Number, context: NamedDependency[RequestContext]) -> Response[bytes]:
        """Its places, for a map of one's own."""
        found = msgspec.json.encode(releases.package_geojson(context, release_id))
        return file_response(found, GEOJSON, f"release-{release_id}.geojson")

    @post("/recall", dependencies=_RELEASES, sync_to_thread=True)
    def recall(self, release_id: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """Recall it, with the reason that its recipient is told."""

        def enter(form: Form) -> str:
            releases.recall(context, release_id, form.read(Why, {"reason": "Reason"}).reason)
            return "The release is recalled. Tell its recipient now, and enter what they answer."

        return _entered(context, request, release_id, enter)

    @post("/acknowledge", dependencies=_RELEASES, sync_to_thread=True)
    def acknowledge(
        self, release_id: Number, context: NamedDependency[RequestContext], request: Asked
    ) -> Response[Any]:
        """What the recipient answered to a recall."""

        def enter(form: Form) -> str:
            told = read_part(form, "ack-", Acknowledged, {"on": "Day", "words": "What they did with the package"})
            releases.acknowledge(context, release_id, told.on, told.words)
            return "The recipient's answer is on record."

        return _entered(context, request, release_id, enter)

    @post("/outcome", dependencies=_RELEASES, sync_to_thread=True)
    def outcome(self, release_id: Number, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """What came of it, as the recipient reports."""

        def enter(form: Form) -> str:
            told = read_part(
                form, "outcome-", OutcomeIn, {"on": "Day", "outcome": "Outcome", "source": "Who reports it"}
            )
            releases.add_outcome(context, release_id, told.outcome, told.on, told.source)
            return "The outcome is on record."

        return _entered(context, request, release_id, enter)


def _list(context: RequestContext, request: Asked, of: Page, waits: str | None) -> Response[str]:
    found = releases.releases(context, of, waits)
    counts = {"": found.total if waits is None else None, **msgspec.structs.asdict(found.waiting)}
    return page(
        request,
        "release/releases.html",
        "Releases",
        found=found,
        listing=listing(request, found),
        choices=[(value, words, counts[value]) for value, words in _WAITS],
        chosen=waits or "",
        tones=TONES,
        wide=True,
    )


def _entered(context: RequestContext, request: Asked, release_id: int, enter: Callable[[Form], str]) -> Response[Any]:
    def again(form: Form, error: Exception) -> Response[str]:
        return _shown(context, request, release_id, form, error)

    return sent(request, enter, f"{PATH}/{release_id}", again)


def _shown(
    context: RequestContext, request: Asked, release_id: int, form: Form | None = None, error: Exception | None = None
) -> Response[str]:
    found = releases.one_release(context, release_id)
    kinds = {each.kind for each in found.updates}
    return page(
        request,
        "release/release.html",
        f"Release {found.id}: crime {found.crime_ref}",
        form=form,
        error=error,
        release=found,
        events=_events(found),
        tone=TONES.get(found.state, "plain"),
        outcomes=_OUTCOMES,
        recalled="recalled" in kinds,
        acknowledged="acknowledged" in kinds,
        own=f"{PATH}/{found.id}",
        wide=True,
    )


def _events(found: ReleaseOut) -> list[dict[str, str]]:
    """What happened, the latest first."""
    words = {"recalled": "Recalled", "acknowledged": "The recipient answered", "outcome": "Outcome"}
    told = [
        {
            "words": f"{words.get(each.kind, each.kind)}: {each.words}",
            "at": london(each.recorded_at),
            "by": f"of {each.effective_on}, entered by {each.recorded_by}"
            + (f", from {each.source}" if each.source else ""),
        }
        for each in reversed(found.updates)
    ]
    first = {"words": "Released", "at": london(found.released_at), "by": f"by {found.released_by}"}
    return [*told, first, {"words": "Confirmed", "at": "before that", "by": f"by {found.confirmed_by}"}]


HANDLERS = (Releases, OneRelease)
