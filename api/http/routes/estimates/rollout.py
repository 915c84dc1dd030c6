"""The effect of the rollout on crime."""

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.http.dependencies import OF_PROGRAMME, asked_for
from api.http.problems import ENTRY_PROBLEMS, READ_PROBLEMS
from api.schemas.evaluation.rollout import RolloutEffectOut, RolloutIn
from api.usecases.evaluation import rollout_effect
from api.usecases.request_context import Programme, RequestContext
from tracker.access.roles import Right


class RolloutEffects(Controller):
    """Boroughs that began against boroughs that had not."""

    path = "/programmes/{key:str}/effects/rollout"
    tags = ("evaluation",)
    dependencies = {"context": asked_for(Right.EXPORT), **OF_PROGRAMME}
    problems = READ_PROBLEMS

    @post(operation_id="estimateRollout", status_code=200, responses=ENTRY_PROBLEMS, sync_to_thread=True)
    def estimate(
        self,
        data: JSONBody[RolloutIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> RolloutEffectOut:
        """A staggered difference in differences of crimes by borough and month: the change since the launch, overall
        and by months since, with intervals; what was asked and assumed."""
        counts = rollout_effect.counts_given([(row.borough, row.month, row.count) for row in data.counts])
        return rollout_effect.rollout_effect(
            context,
            programme,
            counts,
            crimes=data.crimes,
            others=data.others,
            scale=data.scale,
            as_at=data.as_at,
        )


HANDLERS = (RolloutEffects,)
