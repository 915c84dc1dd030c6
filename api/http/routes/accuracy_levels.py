"""What is adopted of the accuracy of device models."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from api.http.dependencies import asked_for
from api.http.problems import ENTRY_PROBLEMS, READ_PROBLEMS
from api.schemas.matching.accuracy_levels import (
    AccuracyLevels,
    AdoptionEntered,
    AdoptionIn,
    AdoptionTakenBack,
    TakeBackIn,
)
from api.usecases.matching import accuracy_levels
from api.usecases.request_context import RequestContext
from tracker.access.roles import Right
from tracker.times import AsOf

_ADOPTS = {"context": asked_for(Right.ADOPT_ACCURACY)}


class Levels(Controller):
    """What holds for fixes of each device model, from which day on."""

    path = "/accuracy-levels"
    tags = ("accuracy",)
    dependencies = {"context": asked_for(Right.READ_RUNS)}
    problems = READ_PROBLEMS

    @get(operation_id="listAccuracyLevels", sync_to_thread=True)
    def list_levels(
        self,
        context: NamedDependency[RequestContext],
        as_of: NamedDependency[AsOf],
        history: Annotated[
            bool, QueryParameter(description="Every entry there ever was, corrected and taken back ones too.")
        ] = False,
    ) -> AccuracyLevels:
        """What was adopted by the day, by whom and why, and the models on record."""
        return accuracy_levels.list_levels(context, as_of, history=history)

    @post(operation_id="adoptAccuracy", dependencies=_ADOPTS, responses=ENTRY_PROBLEMS, sync_to_thread=True)
    def adopt(self, data: JSONBody[AdoptionIn], context: NamedDependency[RequestContext]) -> AdoptionEntered:
        """A level, a factor or both hold for fixes of a model from a day on. Matches from now on use it. A second entry
        of one day corrects the first."""
        return accuracy_levels.adopt(
            context, data.model, data.from_on, level=data.level, factor=data.factor, reason=data.reason
        )


class TakenBack(Controller):
    """An adoption that no longer holds."""

    path = "/accuracy-levels/take-back"
    tags = ("accuracy",)
    dependencies = _ADOPTS
    problems = ENTRY_PROBLEMS

    @post(operation_id="takeBackAccuracy", status_code=200, sync_to_thread=True)
    def take_back(self, data: JSONBody[TakeBackIn], context: NamedDependency[RequestContext]) -> AdoptionTakenBack:
        """The adoption of a model and day no longer holds; it stays on record as known until now."""
        return accuracy_levels.take_back(context, data.model, data.from_on, data.reason)


HANDLERS = (Levels, TakenBack)
