"""The effect of a rollout on the wire: counts by borough and month in, changes with intervals out."""

from datetime import date
from typing import Annotated, Literal

import msgspec

from api.schemas.wire import Body, Wire
from tracker.evaluation.analysis.rollout_service import RolloutAnalysis
from tracker.evaluation.statistics.estimates.protocol import TargetTrial
from tracker.evaluation.statistics.estimates.staggered import Change


class MonthlyCountIn(Body, frozen=True, kw_only=True):
    """Crimes of a borough in a month."""

    borough: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    month: Annotated[str, msgspec.Meta(pattern=r"^[12][0-9]{3}-(0[1-9]|1[0-2])$")]
    count: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class RolloutIn(Body, frozen=True, kw_only=True):
    """Counts by borough and month. `crimes`: what was counted. `others`: compare with boroughs that never begin, or
    with all that have not begun yet. `scale`: counts, or their logarithms (relative changes)."""

    crimes: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    counts: Annotated[list[MonthlyCountIn], msgspec.Meta(min_length=1, max_length=8_000)]
    others: Literal["never", "not yet"] = "not yet"
    scale: Literal["count", "log"] = "count"
    as_at: date | None = None


class ProtocolOut(Wire, frozen=True, kw_only=True):
    """The question as the trial that would have answered it."""

    eligibility: str
    time_zero: str
    assignment: str
    follow_up: str
    outcome: str
    censoring: str
    estimand: str
    analysis: str


class ChangeOut(Wire, frozen=True, kw_only=True):
    """A change with its 95 % interval; `monthsSince` the launch: from 0 on an effect, below 0 a test of the trend."""

    months_since: int | None
    effect: float
    low: float
    high: float


class RolloutEffectOut(Wire, frozen=True, kw_only=True):
    """`overall`: crimes a month a borough (or logarithms of them); `relative`: a share of what would have been; null
    where that is not above 0. `began`: boroughs and months; `leftOut`: boroughs not compared, and why."""

    as_at: date
    crimes: str
    first_month: str
    last_month: str
    scale: str
    others: str
    boroughs: int
    compared: int
    overall: ChangeOut
    relative: ChangeOut | None
    by_months_since: list[ChangeOut]
    began: dict[str, str]
    left_out: dict[str, str]
    protocol: ProtocolOut
    assumed: list[str]


def protocol_out(trial: TargetTrial) -> ProtocolOut:
    return ProtocolOut(
        eligibility=trial.eligibility,
        time_zero=trial.time_zero,
        assignment=trial.assignment,
        follow_up=trial.follow_up,
        outcome=trial.outcome,
        censoring=trial.censoring,
        estimand=trial.estimand,
        analysis=trial.analysis,
    )


def rollout_out(found: RolloutAnalysis) -> RolloutEffectOut:
    relative = found.found.relative
    return RolloutEffectOut(
        as_at=found.as_at,
        crimes=found.crimes,
        first_month=found.months[0],
        last_month=found.months[-1],
        scale=found.scale.value,
        others=found.others.value,
        boroughs=found.found.boroughs,
        compared=found.found.compared,
        overall=_change(found.found.overall),
        # Not a number where no crime would have been expected.
        relative=_change(relative) if relative.effect == relative.effect else None,
        by_months_since=[_change(change, since) for since, change in found.found.by_months_since.items()],
        began=dict(found.began),
        left_out=dict(found.left_out),
        protocol=protocol_out(found.protocol),
        assumed=list(found.assumed),
    )


def _change(change: Change, since: int | None = None) -> ChangeOut:
    return ChangeOut(months_since=since, effect=change.effect, low=change.low, high=change.high)
