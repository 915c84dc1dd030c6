"""Confirmed and released matches of which a later run says something else, each for a decision."""

from typing import Annotated, Any

from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from api.http.dependencies import Number, asked_for
from api.http.etags import etag_of, if_unchanged
from api.http.problems import READ_PROBLEMS
from api.http.routes.review import moving
from api.schemas.matching.changed import ChangedMatchDetail, ChangedMatchPage, DecidedOut
from api.schemas.matching.review import Why
from api.usecases.matching import changed
from api.usecases.request_context import Page, RequestContext

_DECIDE = {"context": asked_for(*changed.RIGHTS.values())}


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


HANDLERS = (ChangedMatches, OneChangedMatch)
