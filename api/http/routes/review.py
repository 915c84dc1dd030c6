"""The queue of matches, one match with what it rests on, and what reviewers do with it."""

from datetime import datetime
from typing import Annotated, Any, Literal

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from sqlalchemy import Connection

from api.http.auth import needs
from api.http.etags import etag_of, if_unchanged
from api.http.evidence import shown_evidence
from api.http.paging import Limit, Offset
from api.http.problems import answers
from api.http.request_context import Desk, Number
from api.schemas.matching.review import (
    Assign,
    MatchDetail,
    MatchOut,
    MatchQueue,
    Moved,
    RejectMany,
    TogetherOut,
    Why,
    match_out,
    move_out,
)
from api.usecases.gate import Gate
from tracker.access import user_service as users
from tracker.access.roles import Right, may
from tracker.errors import BadEntry, NotFound
from tracker.review import service as review
from tracker.review.queries import MatchNow, QueueFilter, match_of, moves_of, queue, related
from tracker.review.states import MatchState

State = Literal["new", "in review", "confirmed", "rejected", "released", "recalled", "withdrawn"]
CUT = 0.5
"""By default a match is hidden whose list down to it would be more chance than not."""
_OPEN = frozenset({MatchState.NEW, MatchState.IN_REVIEW})
_MOVE = answers(400, 401, 403, 404, 409, 412, 422, 428)


@get(
    "/matches",
    operation_id="listMatches",
    tags=["review"],
    opt=needs(Right.REVIEW),
    responses=answers(400, 401, 403),
    sync_to_thread=True,
)
def list_matches(
    desk: NamedDependency[Desk],
    limit: Limit = 50,
    offset: Offset = 0,
    in_state: Annotated[
        State | None, QueryParameter(name="state", description="In this state; new and in review if none.")
    ] = None,
    q_at_most: Annotated[
        float | None,
        QueryParameter(name="qAtMost", ge=0, le=1, description="The cut; 1 hides none. `hidden` tells how many."),
    ] = CUT,
    assignee: Annotated[str | None, QueryParameter(description="Assigned to this user.")] = None,
    force: Annotated[str | None, QueryParameter(description="Crimes of this force.")] = None,
    crime_ref: Annotated[str | None, QueryParameter(name="crimeRef", description="Crimes with this reference.")] = None,
    crime_type: Annotated[str | None, QueryParameter(name="crimeType", description="Crimes of this type.")] = None,
    wearer_ref: Annotated[str | None, QueryParameter(name="wearerRef", description="This wearer only.")] = None,
    since: Annotated[datetime | None, QueryParameter(name="from", description="Crimes from this instant on.")] = None,
    until: Annotated[datetime | None, QueryParameter(name="to", description="Crimes before this instant.")] = None,
) -> MatchQueue:
    """What waits for review: the least likely to be chance first, then the likeliest to have been there."""
    desk.actor.must(Right.REVIEW)
    wanted = QueueFilter(
        states=_OPEN if in_state is None else frozenset({MatchState(in_state)}),
        assignee=assignee,
        force=force,
        crime_ref=crime_ref,
        crime_type=crime_type,
        wearer_ref=wearer_ref,
        since=_aware("from", since),
        until=_aware("to", until),
        q_at_most=q_at_most,
    )
    gate = Gate.of(desk.reader)
    with desk.reader.connect() as connection:
        found = queue(connection, gate.spans, wanted, limit=limit, offset=offset)
    _looked(desk, [m.match_id for m in found.items], "the queue")
    return MatchQueue(
        items=[match_out(m) for m in found.items],
        total=found.total,
        hidden=found.hidden,
        q_at_most=q_at_most,
        limit=limit,
        offset=offset,
    )


@get(
    "/matches/{match_id:int}",
    operation_id="getMatch",
    tags=["review"],
    opt=needs(Right.REVIEW),
    responses=answers(400, 401, 403, 404, 503),
    sync_to_thread=True,
)
def get_match(match_id: Number, desk: NamedDependency[Desk]) -> Response[MatchDetail]:
    """One match with its moves, what it rests on within the crime's window, and the related matches. Its ETag is
    needed to move it."""
    desk.actor.must(Right.REVIEW)
    gate = Gate.of(desk.reader)
    with desk.reader.connect() as connection:
        found = _found(connection, gate, match_id)
        mine, others = related(connection, gate.spans, found)
        moves = moves_of(connection, [match_id])[match_id]
    _looked(desk, [match_id], "one match", found.person_id)
    detail = MatchDetail(
        match=match_out(found),
        moves=[move_out(made) for made in moves],
        wearers_others=[match_out(m) for m in mine],
        crimes_others=[match_out(m) for m in others],
        evidence=shown_evidence(desk.settings, found, gate),
    )
    return Response(detail, headers={"etag": etag_of(match_out(found))})


@post(
    "/matches/{match_id:int}/assign",
    operation_id="assignMatch",
    tags=["review"],
    status_code=200,
    opt=needs(Right.REVIEW),
    responses=_MOVE,
    sync_to_thread=True,
)
def assign_match(
    match_id: Number, data: JSONBody[Assign], desk: NamedDependency[Desk], request: Request[Any, Any, Any]
) -> Moved:
    """Somebody is to look at it; oneself, if nobody is named."""
    desk.actor.must(Right.REVIEW)
    if data.to is not None:
        _reviewer(desk, data.to)
    with _unchanged(desk, request, match_id):
        return _moved(match_id, review.assign(desk.engine, match_id, data.to or desk.actor.name, **desk.said))


@post(
    "/matches/{match_id:int}/confirm",
    operation_id="confirmMatch",
    tags=["review"],
    status_code=200,
    opt=needs(Right.REVIEW),
    responses=_MOVE,
    sync_to_thread=True,
)
def confirm_match(
    match_id: Number, data: JSONBody[Why], desk: NamedDependency[Desk], request: Request[Any, Any, Any]
) -> Moved:
    """It stands, says who it is assigned to. Somebody else has to release it."""
    with _unchanged(desk, request, match_id):
        return _moved(match_id, review.confirm(desk.engine, match_id, data.reason, **desk.said))


@post(
    "/matches/{match_id:int}/reject",
    operation_id="rejectMatch",
    tags=["review"],
    status_code=200,
    opt=needs(Right.REVIEW),
    responses=_MOVE,
    sync_to_thread=True,
)
def reject_match(
    match_id: Number, data: JSONBody[Why], desk: NamedDependency[Desk], request: Request[Any, Any, Any]
) -> Moved:
    """It does not stand; it can be reopened."""
    with _unchanged(desk, request, match_id):
        return _moved(match_id, review.reject(desk.engine, match_id, data.reason, **desk.said))


@post(
    "/matches/{match_id:int}/reopen",
    operation_id="reopenMatch",
    tags=["review"],
    status_code=200,
    opt=needs(Right.REVIEW),
    responses=_MOVE,
    sync_to_thread=True,
)
def reopen_match(
    match_id: Number, data: JSONBody[Why], desk: NamedDependency[Desk], request: Request[Any, Any, Any]
) -> Moved:
    """A rejected match is looked at again."""
    with _unchanged(desk, request, match_id):
        return _moved(match_id, review.reopen(desk.engine, match_id, data.reason, **desk.said))


@post(
    "/matches/reject",
    operation_id="rejectMatches",
    tags=["review"],
    status_code=200,
    opt=needs(Right.REVIEW),
    responses=answers(400, 401, 403, 404, 409, 422),
    sync_to_thread=True,
)
def reject_matches(data: JSONBody[RejectMany], desk: NamedDependency[Desk]) -> TogetherOut:
    """Many at once, for one reason: all of them or none. The answer names what takes it back."""
    desk.actor.must(Right.REVIEW)
    gate = Gate.of(desk.reader)
    with desk.reader.connect() as connection:
        for match_id in data.match_ids:
            _found(connection, gate, match_id)
    done = review.reject_together(desk.engine, data.match_ids, data.reason, **desk.said)
    return TogetherOut(undo=done.name, match_ids=list(done.match_ids))


@post(
    "/matches/undo/{name:str}",
    operation_id="undoReject",
    tags=["review"],
    status_code=200,
    opt=needs(Right.REVIEW),
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def undo_reject(name: FromPath[str], desk: NamedDependency[Desk]) -> TogetherOut:
    """Take back what was rejected together; matches moved since stay where they are."""
    desk.actor.must(Right.REVIEW)
    done = review.undo(desk.engine, name, **desk.said)
    return TogetherOut(undo=done.name, match_ids=list(done.match_ids))


def _found(connection: Connection, gate: Gate, match_id: int) -> MatchNow:
    found = match_of(connection, gate.spans, match_id)
    if found is None:
        # The same words for one that is not there and one of somebody who may not be matched.
        raise NotFound(f"there is no match {match_id} that may be shown")
    return found


def _unchanged(desk: Desk, request: Request[Any, Any, Any], match_id: int) -> Any:
    desk.actor.must(Right.REVIEW)
    gate = Gate.of(desk.reader)

    def shown(connection: Connection) -> MatchOut:
        return match_out(_found(connection, gate, match_id))

    with desk.reader.connect() as connection:
        shown(connection)
    return if_unchanged(request, shown)


def _reviewer(desk: Desk, name: str) -> None:
    """Raises BadEntry for whoever could not look at it."""
    found = {user.name: user for user in users.users(desk.engine)}.get(name)
    if found is None or found.ended_at is not None or not may(found.role, Right.REVIEW):
        raise BadEntry(f"{name!r} is nobody who reviews matches; name an analyst who has access")


def _moved(match_id: int, state: MatchState) -> Moved:
    return Moved(id=match_id, state=state.value)


def _looked(desk: Desk, ids: list[int], what: str, person_id: int | None = None) -> None:
    desk.consulted(
        Right.REVIEW, "candidate_match", [str(i) for i in ids], purpose=review.PURPOSE, person_id=person_id, asked=what
    )


def _aware(name: str, instant: datetime | None) -> datetime | None:
    if instant is not None and instant.tzinfo is None:
        raise BadEntry(f"{name} is {instant.isoformat()}, without a zone; end it with Z, or +01:00")
    return instant


HANDLERS = (
    list_matches,
    get_match,
    assign_match,
    confirm_match,
    reject_match,
    reopen_match,
    reject_matches,
    undo_reject,
)
