"""The queue of matches, one match with its evidence, what reviewers do with it; and confirmed and released matches of
which a later run says something else, each for a decision."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter

from api.http.dependencies import Number, asked_for
from api.http.etags import NeedsIfMatch, etag_of, if_unchanged
from api.http.paging import After
from api.http.problems import ENTRY_PROBLEMS, READ_PROBLEMS, answers
from api.schemas.matching.changed import ChangedMatchDetail, ChangedMatchPage, DecidedOut
from api.schemas.matching.review import Assign, MatchDetail, MatchQueue, Moved, RejectMany, State, TogetherOut, Why
from api.usecases.matching import changed, review
from api.usecases.request_context import Page, RequestContext
from tracker.access.roles import Right
from tracker.review.queries import QueueFilter

Q_AT_MOST = 0.5
"""By default a match is hidden if the list down to it would be more chance than not."""
_REVIEWS = {"context": asked_for(Right.REVIEW)}
_DECIDE = {"context": asked_for(*changed.RIGHTS.values())}
MOVE_PROBLEMS = {**ENTRY_PROBLEMS, **answers(412, 428)}
"""For changes that need the ETag of what was read."""
moving = partial(post, operation_class=NeedsIfMatch, status_code=200, responses=MOVE_PROBLEMS, sync_to_thread=True)
"""A POST that moves the match its caller has read."""


def provide_queue_filter(
    q_at_most: Annotated[
        float | None,
        QueryParameter(name="qAtMost", ge=0, le=1, description="Leave out those with a larger q-value; 1: none."),
    ] = Q_AT_MOST,
    assignee: Annotated[str | None, QueryParameter(description="Assigned to this user.")] = None,
    force: Annotated[str | None, QueryParameter(description="Crimes of this force.")] = None,
    crime_ref: Annotated[str | None, QueryParameter(name="crimeRef", description="Crimes with this reference.")] = None,
    crime_type: Annotated[str | None, QueryParameter(name="crimeType", description="Crimes of this type.")] = None,
    wearer_ref: Annotated[str | None, QueryParameter(name="wearerRef", description="This wearer only.")] = None,
    since: Annotated[datetime | None, QueryParameter(name="from", description="Crimes from this instant on.")] = None,
    until: Annotated[datetime | None, QueryParameter(name="to", description="Crimes before this instant.")] = None,
    what_if: Annotated[
        str | None,
        QueryParameter(
            name="whatIf", max_length=40, description="The matches of this what-if, which the queue leaves out."
        ),
    ] = None,
    batch: Annotated[str | None, QueryParameter(description="At crimes of the batch with this id.")] = None,
) -> QueueFilter:
    return QueueFilter(
        assignee=assignee,
        force=force,
        crime_ref=crime_ref,
        crime_type=crime_type,
        wearer_ref=wearer_ref,
        since=since,
        until=until,
        q_at_most=q_at_most,
        what_if=what_if,
        batch=batch,
    )


BY_QUEUE_FILTER = {"wanted": Provide(provide_queue_filter, sync_to_thread=False)}


class Matches(Controller):
    """Matches that wait for review, or were reviewed."""

    path = "/matches"
    tags = ("review",)
    dependencies = _REVIEWS
    problems = READ_PROBLEMS

    @get(operation_id="listMatches", dependencies=BY_QUEUE_FILTER, responses=answers(422), sync_to_thread=True)
    def list_matches(
        self,
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        wanted: NamedDependency[QueueFilter],
        in_state: Annotated[
            State | None, QueryParameter(name="state", description="In this state; by default new and in review.")
        ] = None,
        after: After = None,
    ) -> MatchQueue:
        """What waits for review: the least likely to be chance first, then the likeliest to have been there. Those with
        the standing settings of their crimes, and what somebody has taken up. `hidden` counts those left out by their
        q-value."""
        return review.queue(context, wanted, in_state, page, after)

    @post("/reject", operation_id="rejectMatches", status_code=200, responses=ENTRY_PROBLEMS, sync_to_thread=True)
    def reject_matches(self, data: JSONBody[RejectMany], context: NamedDependency[RequestContext]) -> TogetherOut:
        """Several at once, for one reason: all of them or none. The answer names what undoes it."""
        return review.reject_many(context, data.match_ids, data.reason)

    @post("/undo/{name:str}", operation_id="undoReject", status_code=200, sync_to_thread=True)
    def undo_reject(self, name: FromPath[str], context: NamedDependency[RequestContext]) -> TogetherOut:
        """Restore what was rejected together; matches moved since stay where they are."""
        return review.undo_reject(context, name)


class OneMatch(Controller):
    """One match. Every move needs its ETag in If-Match."""

    path = "/matches/{match_id:int}"
    tags = ("review",)
    dependencies = _REVIEWS
    problems = READ_PROBLEMS

    @get(operation_id="getMatch", responses=answers(503), sync_to_thread=True)
    def get_match(self, match_id: Number, context: NamedDependency[RequestContext]) -> Response[MatchDetail]:
        """One match with its moves, its evidence within the crime's window, and related matches. Its ETag is needed to
        move it."""
        detail = review.match(context, match_id)
        return Response(detail, headers={"etag": etag_of(detail.match)})

    @moving("/assign", operation_id="assignMatch")
    def assign(
        self,
        match_id: Number,
        data: JSONBody[Assign],
        context: NamedDependency[RequestContext],
        request: Request[Any, Any, Any],
    ) -> Moved:
        """Assign it to a reviewer; to yourself, if no user is named."""
        with if_unchanged(request, review.current(context, match_id)):
            return review.assign(context, match_id, data.to)

    @moving("/confirm", operation_id="confirmMatch")
    def confirm(
        self,
        match_id: Number,
        data: JSONBody[Why],
        context: NamedDependency[RequestContext],
        request: Request[Any, Any, Any],
    ) -> Moved:
        """Confirm it, if it is assigned to you. Another person has to release it."""
        with if_unchanged(request, review.current(context, match_id)):
            return review.confirm(context, match_id, data.reason)

    @moving("/reject", operation_id="rejectMatch")
    def reject(
        self,
        match_id: Number,
        data: JSONBody[Why],
        context: NamedDependency[RequestContext],
        request: Request[Any, Any, Any],
    ) -> Moved:
        """Reject it; it can be reopened."""
        with if_unchanged(request, review.current(context, match_id)):
            return review.reject(context, match_id, data.reason)

    @moving("/reopen", operation_id="reopenMatch")
    def reopen(
        self,
        match_id: Number,
        data: JSONBody[Why],
        context: NamedDependency[RequestContext],
        request: Request[Any, Any, Any],
    ) -> Moved:
        """Put a rejected match back into review."""
        with if_unchanged(request, review.current(context, match_id)):
            return review.reopen(context, match_id, data.reason)


class ChangedMatches(Controller):
    """All that wait for a decision, or were decided."""

    path = "/changed-matches"
    tags = ("review", "release")
    dependencies = _DECIDE
    problems = READ_PROBLEMS

    @get(operation_id="listChangedMatches", sync_to_thread=True)
    def list_changed(
        self,
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        decided: Annotated[
            bool, QueryParameter(description="Those that were decided, the latest first, with who and why.")
        ] = False,
    ) -> ChangedMatchPage:
        """Confirmed matches for analysts, released ones for releasing officers. Released ones first, then those that
        are no candidates any more, then other verdicts, then figures by how much they moved."""
        return changed.changed(context, page, decided=decided)


class OneChangedMatch(Controller):
    """One that waits for a decision. Every decision needs its ETag in If-Match, and is made once."""

    path = "/changed-matches/{match_id:int}"
    tags = ("review", "release")
    dependencies = _DECIDE
    problems = READ_PROBLEMS

    @get(operation_id="getChangedMatch", sync_to_thread=True)
    def get_changed(self, match_id: Number, context: NamedDependency[RequestContext]) -> Response[ChangedMatchDetail]:
        """One by the number of its match, with what was decided before. Its ETag is needed to decide."""
        detail = changed.one_changed(context, match_id)
        return Response(detail, headers={"etag": etag_of(detail.changed)})

    @moving("/keep", operation_id="keepChangedMatch")
    def keep(
        self,
        match_id: Number,
        data: JSONBody[Why],
        context: NamedDependency[RequestContext],
        request: Request[Any, Any, Any],
    ) -> DecidedOut:
        """Keep it, with the reason. A release is kept by another person than the one who confirmed the match."""
        with if_unchanged(request, changed.current(context, match_id)):
            return changed.keep(context, match_id, data.reason)

    @moving("/withdraw", operation_id="withdrawChangedMatch")
    def withdraw(
        self,
        match_id: Number,
        data: JSONBody[Why],
        context: NamedDependency[RequestContext],
        request: Request[Any, Any, Any],
    ) -> DecidedOut:
        """Withdraw a confirmed one: it returns to review if the later run still finds it, else it is withdrawn."""
        with if_unchanged(request, changed.current(context, match_id)):
            return changed.withdraw(context, match_id, data.reason)

    @moving("/recall", operation_id="recallChangedMatch")
    def recall(
        self,
        match_id: Number,
        data: JSONBody[Why],
        context: NamedDependency[RequestContext],
        request: Request[Any, Any, Any],
    ) -> DecidedOut:
        """Recall a released one, as `/releases/{id}/recall` does."""
        with if_unchanged(request, changed.current(context, match_id)):
            return changed.recall(context, match_id, data.reason)


HANDLERS = (Matches, OneMatch, ChangedMatches, OneChangedMatch)
