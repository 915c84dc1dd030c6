"""Tags in stock, on a person, lost. People appear by reference."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.http.dependencies import OF_PROGRAMME, asked_for
from api.http.middleware import unescaped
from api.http.paging import After
from api.http.problems import ENTRY_PROBLEMS, READ_PROBLEMS
from api.schemas.delivery.tags import (
    FitIn,
    LostTagPage,
    ModelIn,
    ReceiveIn,
    RemoveIn,
    TagModels,
    TagMoved,
    TagMoveIn,
    TagPage,
    TagRemoved,
    TagsReceived,
    TagStates,
)
from api.schemas.wire import ReasonIn
from api.usecases.delivery import tags
from api.usecases.request_context import Page, Programme, RequestContext
from tracker.access.roles import Right
from tracker.times import AsOf

# Of one address one Controller alone: Litestar answers OPTIONS once for each.
_ENTERS = {"context": asked_for(Right.ENTER_CASES)}


class TagStock(Controller):
    """What tags a programme has, and what comes from the supplier."""

    path = "/programmes/{key:str}/tags"
    tags = ("tags",)
    dependencies = {"context": asked_for(Right.READ_CASES), **OF_PROGRAMME}
    problems = READ_PROBLEMS

    @get(operation_id="listTags", sync_to_thread=True)
    def list_tags(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        page: NamedDependency[Page],
        after: After = None,
        in_state: Annotated[TagStates | None, QueryParameter(name="state", description="In this state alone.")] = None,
        device: Annotated[str | None, QueryParameter(max_length=200, description="This tag alone.")] = None,
    ) -> TagPage:
        """Each tag with its state and since when, and what is charged for those of the page that were lost."""
        return tags.stock(context, programme, as_of, page, after, state=in_state, device=device)

    @post(operation_id="receiveTags", dependencies=_ENTERS, responses=ENTRY_PROBLEMS, sync_to_thread=True)
    def receive(
        self,
        data: JSONBody[ReceiveIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> TagsReceived:
        """Tags from the supplier, new ones or ones that come back."""
        return tags.receive(context, programme, list(data.device_ids), data.at, data.contract, data.model)


class LostTags(Controller):
    """Tags that were reported lost."""

    path = "/programmes/{key:str}/lost-tags"
    tags = ("tags",)
    dependencies = {"context": asked_for(Right.READ_CASES), **OF_PROGRAMME}
    problems = READ_PROBLEMS

    @get(operation_id="listLostTags", sync_to_thread=True)
    def list_lost(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        page: NamedDependency[Page],
        after: After = None,
    ) -> LostTagPage:
        """Each with the day of its loss, what it is charged at, and whether it was found; the first loss first."""
        return tags.lost(context, programme, as_of, page, after)


class TagMoves(Controller):
    """What happens to one tag."""

    path = "/tags/{device:str}"
    tags = ("tags",)
    dependencies = _ENTERS
    problems = ENTRY_PROBLEMS

    @post("/fit", operation_id="fitTag", sync_to_thread=True)
    def fit(self, device: FromPath[str], data: JSONBody[FitIn], context: NamedDependency[RequestContext]) -> TagMoved:
        """Fitted to the person on a licence: recorded, and flagged where no condition is imposed or capacity is
        exceeded."""
        return tags.fit(context, unescaped(device), data.licence, data.at)

    @post("/remove", operation_id="removeTag", sync_to_thread=True)
    def remove(
        self, device: FromPath[str], data: JSONBody[RemoveIn], context: NamedDependency[RequestContext]
    ) -> TagRemoved:
        """The tag came off; with `fittedAt` the removal of that fitting is corrected."""
        if data.fitted_at is not None:
            return tags.correct_removal(context, unescaped(device), data.fitted_at, data.at)
        return tags.remove(context, unescaped(device), data.at, data.note)

    @post("/moves", operation_id="moveTag", sync_to_thread=True)
    def move(
        self, device: FromPath[str], data: JSONBody[TagMoveIn], context: NamedDependency[RequestContext]
    ) -> TagMoved:
        """Reserved, released, faulty, repaired, lost, found, returned to the supplier."""
        return tags.move(context, unescaped(device), data.move, data.at, data.licence, data.note)

    @post("/model", operation_id="recordTagModel", status_code=200, sync_to_thread=True)
    def record_model(
        self, device: FromPath[str], data: JSONBody[ModelIn], context: NamedDependency[RequestContext]
    ) -> TagModels:
        """Which model it is; entered again, it is corrected."""
        return tags.record_models(context, [unescaped(device)], data.model)

    @post("/take-back", operation_id="takeBackTag", sync_to_thread=True)
    def take_back(
        self, device: FromPath[str], data: JSONBody[ReasonIn], context: NamedDependency[RequestContext]
    ) -> TagMoved:
        """The last move entered did not happen."""
        return tags.take_back(context, unescaped(device), data.reason)


HANDLERS = (TagStock, LostTags, TagMoves)
