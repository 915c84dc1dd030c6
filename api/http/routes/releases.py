"""What somebody confirmed, released by somebody else: the package, recalls, what came of it."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from sqlalchemy import Connection

from api.http.auth import needs
from api.http.etags import etag_of, if_unchanged
from api.http.evidence import proving_evidence, recipient_of
from api.http.paging import Limit, Offset
from api.http.problems import answers
from api.http.request_context import Desk, Number
from api.schemas.matching.review import (
    Acknowledged,
    MatchOut,
    MatchQueue,
    Moved,
    NewRelease,
    OutcomeIn,
    ReleaseOut,
    ReleasePage,
    Why,
    match_out,
    release_out,
)
from api.usecases.gate import Gate
from tracker.access.roles import Right
from tracker.errors import NotFound
from tracker.review import release_service as releasing
from tracker.review import service as review
from tracker.review.package import geojson
from tracker.review.queries import MatchNow, QueueFilter, match_of, queue
from tracker.review.release_queries import package_of, releases
from tracker.review.states import MatchState


@get(
    "/releases/awaiting",
    operation_id="listAwaitingRelease",
    tags=["release"],
    opt=needs(Right.RELEASE),
    responses=answers(400, 401, 403),
    sync_to_thread=True,
)
def list_awaiting(desk: NamedDependency[Desk], limit: Limit = 50, offset: Offset = 0) -> MatchQueue:
    """Confirmed matches that nobody has released yet. No fixes: these are in the package."""
    desk.actor.must(Right.RELEASE)
    wanted = QueueFilter(states=frozenset({MatchState.CONFIRMED}))
    with desk.reader.connect() as connection:
        found = queue(connection, Gate.of(desk.reader).spans, wanted, limit=limit, offset=offset)
    _looked(desk, "candidate_match", [m.match_id for m in found.items], "what awaits release")
    return MatchQueue(
        items=[match_out(m) for m in found.items],
        total=found.total,
        hidden=found.hidden,
        q_at_most=None,
        limit=limit,
        offset=offset,
    )


@get(
    "/releases/awaiting/{match_id:int}",
    operation_id="getAwaitingRelease",
    tags=["release"],
    opt=needs(Right.RELEASE),
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def get_awaiting(match_id: Number, desk: NamedDependency[Desk]) -> Response[MatchOut]:
    """One confirmed match; its ETag is needed to release or return it."""
    desk.actor.must(Right.RELEASE)
    with desk.reader.connect() as connection:
        found = _confirmed(connection, match_id)
    _looked(desk, "candidate_match", [match_id], "one that awaits release")
    return Response(match_out(found), headers={"etag": etag_of(match_out(found))})


@post(
    "/releases/awaiting/{match_id:int}/release",
    operation_id="releaseMatch",
    tags=["release"],
    opt=needs(Right.RELEASE),
    responses=answers(400, 401, 403, 404, 409, 412, 422, 428, 503),
    sync_to_thread=True,
)
def release_match(
    match_id: Number, data: JSONBody[NewRelease], desk: NamedDependency[Desk], request: Request[Any, Any, Any]
) -> ReleaseOut:
    """Hand it to a named person. Everything it rests on is asked again, and whoever confirmed it may not."""
    found = _awaiting(desk, match_id)
    evidence = proving_evidence(desk, found)
    with if_unchanged(request, lambda connection: match_out(_confirmed(connection, match_id))):
        made = releasing.release(
            desk.engine,
            match_id,
            recipient_of(data.recipient.name, data.recipient.rank, data.recipient.unit, evidence),
            evidence,
            data.destroy_by,
            **desk.said,
        )
    return _one(desk, made.release_id)


@post(
    "/releases/awaiting/{match_id:int}/return",
    operation_id="returnMatch",
    tags=["release"],
    status_code=200,
    opt=needs(Right.RELEASE),
    responses=answers(400, 401, 403, 404, 409, 412, 422, 428),
    sync_to_thread=True,
)
def return_match(
    match_id: Number, data: JSONBody[Why], desk: NamedDependency[Desk], request: Request[Any, Any, Any]
) -> Moved:
    """Back to review, with the reason."""
    _awaiting(desk, match_id)
    with if_unchanged(request, lambda connection: match_out(_confirmed(connection, match_id))):
        state = review.return_to_review(desk.engine, match_id, data.reason, **desk.said)
    return Moved(id=match_id, state=state.value)


@get(
    "/releases",
    operation_id="listReleases",
    tags=["release"],
    opt=needs(Right.READ_RELEASES),
    responses=answers(400, 401, 403),
    sync_to_thread=True,
)
def list_releases(desk: NamedDependency[Desk], limit: Limit = 50, offset: Offset = 0) -> ReleasePage:
    """What was released to whom, the latest first, with what was told since."""
    desk.actor.must(Right.READ_RELEASES)
    with desk.reader.connect() as connection:
        found, total = releases(connection, limit=limit, offset=offset)
    _looked(desk, "match_release", [each.release_id for each in found], "releases")
    return ReleasePage(items=[release_out(each) for each in found], total=total, limit=limit, offset=offset)


@get(
    "/releases/{release_id:int}",
    operation_id="getRelease",
    tags=["release"],
    opt=needs(Right.READ_RELEASES),
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def get_release(release_id: Number, desk: NamedDependency[Desk]) -> ReleaseOut:
    """One release, without its package."""
    desk.actor.must(Right.READ_RELEASES)
    _looked(desk, "match_release", [release_id], "one release")
    return _one(desk, release_id)


@get(
    "/releases/{release_id:int}/package",
    operation_id="getPackage",
    tags=["release"],
    opt=needs(Right.READ_RELEASES),
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def get_package(release_id: Number, desk: NamedDependency[Desk]) -> Response[dict[str, Any]]:
    """The package as it left, to the byte: who it is stands here and nowhere else. `X-Content-SHA256` is its digest."""
    text, sha256 = _package(desk, release_id)
    headers = {"x-content-sha256": sha256, "content-disposition": f'attachment; filename="release-{release_id}.json"'}
    return Response(text.encode(), media_type="application/json", headers=headers)  # type: ignore[arg-type]


@get(
    "/releases/{release_id:int}/package.geojson",
    operation_id="getPackageGeojson",
    tags=["release"],
    opt=needs(Right.READ_RELEASES),
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def get_geojson(release_id: Number, desk: NamedDependency[Desk]) -> Response[dict[str, Any]]:
    """The same as GeoJSON, in WGS84."""
    text, _ = _package(desk, release_id)
    headers = {"content-disposition": f'attachment; filename="release-{release_id}.geojson"'}
    return Response(geojson(text), media_type="application/geo+json", headers=headers)


@post(
    "/releases/{release_id:int}/recall",
    operation_id="recallRelease",
    tags=["release"],
    status_code=200,
    opt=needs(Right.RELEASE),
    responses=answers(400, 401, 403, 404, 409, 422),
    sync_to_thread=True,
)
def recall_release(release_id: Number, data: JSONBody[Why], desk: NamedDependency[Desk]) -> ReleaseOut:
    """Ask for it back: the recipient is to be told, and what they answer is kept."""
    desk.actor.must(Right.RELEASE)
    releasing.recall(desk.engine, release_id, data.reason, **desk.said)
    return _one(desk, release_id)


@post(
    "/releases/{release_id:int}/acknowledge",
    operation_id="acknowledgeRecall",
    tags=["release"],
    status_code=200,
    opt=needs(Right.RELEASE),
    responses=answers(400, 401, 403, 404, 409, 422),
    sync_to_thread=True,
)
def acknowledge_recall(release_id: Number, data: JSONBody[Acknowledged], desk: NamedDependency[Desk]) -> ReleaseOut:
    """The recipient knows of the recall, and says what became of the package."""
    desk.actor.must(Right.RELEASE)
    releasing.acknowledge(desk.engine, release_id, data.on, data.words, **desk.said)
    return _one(desk, release_id)


@post(
    "/releases/{release_id:int}/outcome",
    operation_id="addOutcome",
    tags=["release"],
    status_code=200,
    opt=needs(Right.RELEASE),
    responses=answers(400, 401, 403, 404, 422),
    sync_to_thread=True,
)
def add_outcome(release_id: Number, data: JSONBody[OutcomeIn], desk: NamedDependency[Desk]) -> ReleaseOut:
    """What came of it, on the recipient's word."""
    desk.actor.must(Right.RELEASE)
    releasing.outcome(desk.engine, release_id, data.outcome, data.on, source=data.source, **desk.said)
    return _one(desk, release_id)


def _package(desk: Desk, release_id: int) -> tuple[str, str]:
    desk.actor.must(Right.READ_RELEASES)
    with desk.reader.connect() as connection:
        found, _ = releases(connection, release_id=release_id)
        text = package_of(connection, release_id)
    if not found:
        raise NotFound(f"there is no release {release_id}")
    if text is None:
        raise NotFound(f"the package of release {release_id} is no more: erased, or over its time")
    _looked(desk, "match_release", [release_id], "the package")
    return text, found[0].sha256


def _one(desk: Desk, release_id: int) -> ReleaseOut:
    with desk.reader.connect() as connection:
        found, _ = releases(connection, release_id=release_id)
    if not found:
        raise NotFound(f"there is no release {release_id}")
    return release_out(found[0])


def _confirmed(connection: Connection, match_id: int) -> MatchNow:
    found = match_of(connection, None, match_id)
    if found is None or found.state is not MatchState.CONFIRMED:
        raise NotFound(f"no match {match_id} awaits release")
    return found


def _awaiting(desk: Desk, match_id: int) -> MatchNow:
    desk.actor.must(Right.RELEASE)
    with desk.reader.connect() as connection:
        return _confirmed(connection, match_id)


def _looked(desk: Desk, subject: str, ids: list[int], what: str) -> None:
    right = Right.READ_RELEASES if subject == "match_release" else Right.RELEASE
    desk.consulted(right, subject, [str(i) for i in ids], purpose=releasing.PURPOSE, asked=what)


HANDLERS = (
    list_awaiting,
    get_awaiting,
    release_match,
    return_match,
    list_releases,
    get_release,
    get_package,
    get_geojson,
    recall_release,
    acknowledge_recall,
    add_outcome,
)
