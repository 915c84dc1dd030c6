"""New matches: a feed to follow, and how many there are since one looked."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from api.http.dependencies import asked_for
from api.http.problems import ENTRY_PROBLEMS, READ_PROBLEMS
from api.schemas.matching.news import Looked, MatchFeed, NewMatches
from api.usecases.desk import news
from api.usecases.request_context import RequestContext
from tracker.access.roles import Right

_REVIEWS = {"context": asked_for(Right.REVIEW)}


class Feed(Controller):
    """Matches as they come to be shown."""

    path = "/matches/feed"
    tags = ("review",)
    dependencies = _REVIEWS
    problems = {**READ_PROBLEMS, **ENTRY_PROBLEMS}

    @get(operation_id="followMatches", sync_to_thread=True)
    def follow(
        self,
        context: NamedDependency[RequestContext],
        after: Annotated[
            str | None,
            QueryParameter(max_length=100, description="`next` of the answer before; from the first without it."),
        ] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=1000, description="Matches at most.")] = 50,
    ) -> MatchFeed:
        """Ask again with `next`: nothing is missed and nothing comes twice, whoever writes meanwhile. A match that is
        withdrawn and found again, or whose wearer may be matched again, comes again."""
        return news.feed(context, after, limit)


class News(Controller):
    """What is new to the user who asks."""

    path = "/matches/new"
    tags = ("review",)
    dependencies = _REVIEWS
    problems = READ_PROBLEMS

    @get(operation_id="countNewMatches", sync_to_thread=True)
    def count(self, context: NamedDependency[RequestContext]) -> NewMatches:
        """How many open matches came since you said last that you had looked. Reading moves nothing on."""
        return news.new_matches(context)

    @post("/looked", operation_id="markNewMatches", status_code=200, responses=ENTRY_PROBLEMS, sync_to_thread=True)
    def looked(self, data: JSONBody[Looked], context: NamedDependency[RequestContext]) -> NewMatches:
        """You have looked up to a place; what came behind it is new."""
        return news.looked(context, data.up_to)


HANDLERS = (Feed, News)
