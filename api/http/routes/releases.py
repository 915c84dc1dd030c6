"""Confirmed matches, released by a second person: the package, recalls, outcomes."""

from typing import Annotated, Any, Literal

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from api.documents import release_package
from api.documents.pdf import PDF
from api.documents.word import DOCX
from api.http.dependencies import Number, asked_for
from api.http.etags import NeedsIfMatch, etag_of, if_unchanged
from api.http.files import BINARY, file_answer, file_response
from api.http.paging import After
from api.http.problems import ENTRY_PROBLEMS, READ_PROBLEMS, answers
from api.http.routes.review import MOVE_PROBLEMS, moving
from api.schemas.desk.awaiting import ReleaseChecks
from api.schemas.matching.package import Package, PackageGeoJson
from api.schemas.matching.review import MatchOut, MatchQueue, Moved, Why
from api.schemas.releases import Acknowledged, NewRelease, OutcomeIn, ReleaseOut, ReleasePage
from api.usecases.desk import awaiting
from api.usecases.matching import releases
from api.usecases.request_context import Page, RequestContext
from tracker.access.roles import Right
from tracker.review.states import DocumentForm

WaitsFor = Annotated[
    Literal["recall", "acknowledgement", "destruction"] | None,
    QueryParameter(description="Those alone that wait to be recalled, acknowledged or destroyed."),
]
_RELEASES = {"context": asked_for(Right.RELEASE)}
_READS = {"context": asked_for(Right.READ_RELEASES)}


class Awaiting(Controller):
    """Confirmed matches that are not released yet."""

    path = "/releases/awaiting"
    tags = ("release",)
    dependencies = _RELEASES
    problems = READ_PROBLEMS

    @get(operation_id="listAwaitingRelease", sync_to_thread=True)
    def list_awaiting(
        self, context: NamedDependency[RequestContext], page: NamedDependency[Page], after: After = None
    ) -> MatchQueue:
        """Confirmed matches that are not released yet. No fixes: these are in the package."""
        return releases.awaiting(context, page, after)

    @get("/{match_id:int}", operation_id="getAwaitingRelease", sync_to_thread=True)
    def get_awaiting(self, match_id: Number, context: NamedDependency[RequestContext]) -> Response[MatchOut]:
        """One confirmed match; its ETag is needed to release or return it."""
        found = releases.one_awaiting(context, match_id)
        return Response(found, headers={"etag": etag_of(found)})

    @get("/{match_id:int}/checks", operation_id="getReleaseChecks", sync_to_thread=True)
    def get_checks(self, match_id: Number, context: NamedDependency[RequestContext]) -> ReleaseChecks:
        """One confirmed match with its evidence, and what a release would check now, one by one."""
        return awaiting.checks(context, match_id)

    @post(
        "/{match_id:int}/release",
        operation_id="releaseMatch",
        operation_class=NeedsIfMatch,
        responses={**MOVE_PROBLEMS, **answers(503)},
        sync_to_thread=True,
    )
    def release(
        self,
        match_id: Number,
        data: JSONBody[NewRelease],
        context: NamedDependency[RequestContext],
        request: Request[Any, Any, Any],
    ) -> ReleaseOut:
        """Release it to a named person. The evidence is checked again, and the person who confirmed it may not release
        it."""
        with if_unchanged(request, releases.current(context, match_id)):
            return releases.release(context, match_id, data)

    @moving("/{match_id:int}/return", operation_id="returnMatch")
    def give_back(
        self,
        match_id: Number,
        data: JSONBody[Why],
        context: NamedDependency[RequestContext],
        request: Request[Any, Any, Any],
    ) -> Moved:
        """Send it back to review, with the reason."""
        with if_unchanged(request, releases.current(context, match_id)):
            return releases.give_back(context, match_id, data.reason)


class Releases(Controller):
    """All releases."""

    path = "/releases"
    tags = ("release",)
    dependencies = _READS
    problems = READ_PROBLEMS

    @get(operation_id="listReleases", sync_to_thread=True)
    def list_releases(
        self, context: NamedDependency[RequestContext], page: NamedDependency[Page], waits: WaitsFor = None
    ) -> ReleasePage:
        """Releases with their recipients, recalls and outcomes, newest first."""
        return releases.releases(context, page, waits)


class OneRelease(Controller):
    """One release."""

    path = "/releases/{release_id:int}"
    tags = ("release",)
    dependencies = _READS
    problems = READ_PROBLEMS

    @get(operation_id="getRelease", sync_to_thread=True)
    def get_release(self, release_id: Number, context: NamedDependency[RequestContext]) -> ReleaseOut:
        """One release, without its package."""
        return releases.one_release(context, release_id)

    @get("/package", operation_id="getPackage", sync_to_thread=True)
    def get_package(self, release_id: Number, context: NamedDependency[RequestContext]) -> Response[Package]:
        """The package as it left, to the byte; no other answer names the wearer. `X-Content-SHA256` is its digest."""
        package = releases.package(context, release_id)
        headers = {
            "x-content-sha256": package.sha256,
            "content-disposition": f'attachment; filename="release-{release_id}.json"',
        }
        # The text itself: its digest is on record.
        return Response(package.text.encode(), media_type="application/json", headers=headers)  # type: ignore[arg-type]

    @get("/package.geojson", operation_id="getPackageGeojson", sync_to_thread=True)
    def get_geojson(self, release_id: Number, context: NamedDependency[RequestContext]) -> Response[PackageGeoJson]:
        """The same as GeoJSON, in WGS84."""
        headers = {"content-disposition": f'attachment; filename="release-{release_id}.geojson"'}
        places = releases.package_geojson(context, release_id)
        return Response(places, media_type="application/geo+json", headers=headers)

    @get(
        "/package.docx",
        operation_id="getPackageDocx",
        operation_class=file_answer(BINARY, DOCX),
        responses=answers(503),
        sync_to_thread=True,
    )
    def get_docx(self, release_id: Number, context: NamedDependency[RequestContext]) -> Response[bytes]:
        """The same as a Word file with the map, to be signed: the same bytes each time. A recalled one says so."""
        return document_response(context, release_id, DocumentForm.WORD)

    @get(
        "/package.pdf",
        operation_id="getPackagePdf",
        operation_class=file_answer(BINARY, PDF),
        responses=answers(503),
        sync_to_thread=True,
    )
    def get_pdf(self, release_id: Number, context: NamedDependency[RequestContext]) -> Response[bytes]:
        """The same as PDF with the map, tagged for screen readers: the same bytes each time. A recalled one says so."""
        return document_response(context, release_id, DocumentForm.PDF)

    @post(
        "/recall",
        operation_id="recallRelease",
        status_code=200,
        dependencies=_RELEASES,
        responses=ENTRY_PROBLEMS,
        sync_to_thread=True,
    )
    def recall(self, release_id: Number, data: JSONBody[Why], context: NamedDependency[RequestContext]) -> ReleaseOut:
        """Recall it: the recipient must be notified, and their answer is recorded."""
        return releases.recall(context, release_id, data.reason)

    @post(
        "/acknowledge",
        operation_id="acknowledgeRecall",
        status_code=200,
        dependencies=_RELEASES,
        responses=ENTRY_PROBLEMS,
        sync_to_thread=True,
    )
    def acknowledge(
        self, release_id: Number, data: JSONBody[Acknowledged], context: NamedDependency[RequestContext]
    ) -> ReleaseOut:
        """The recipient knows of the recall, and says what became of the package."""
        return releases.acknowledge(context, release_id, data.on, data.words)

    @post(
        "/outcome",
        operation_id="addOutcome",
        status_code=200,
        dependencies=_RELEASES,
        responses=ENTRY_PROBLEMS,
        sync_to_thread=True,
    )
    def add_outcome(
        self, release_id: Number, data: JSONBody[OutcomeIn], context: NamedDependency[RequestContext]
    ) -> ReleaseOut:
        """What came of it, as the recipient reports."""
        return releases.add_outcome(context, release_id, data.outcome, data.on, data.source)


def document_response(context: RequestContext, release_id: int, form: DocumentForm) -> Response[bytes]:
    """The file under a plain name, with its digest."""
    found = release_package.document(context, release_id, form)
    response = file_response(found.content, release_package.MEDIA_TYPES[form], f"release-{release_id}.{form.value}")
    response.headers["x-content-sha256"] = found.sha256
    return response


HANDLERS = (Awaiting, Releases, OneRelease)
