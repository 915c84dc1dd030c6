"""Analysis plans on the wire."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from api.schemas.wire import PageAnswer, Wire
from tracker.evaluation.releases.plan_queries import FrozenPlan


class PlannedEffect(Wire, frozen=True, kw_only=True):
    """How an effect is to be worked out. `comparisonSet`: the latest when it was frozen, unless
    another was named; none where no set had been accepted."""

    method: str
    covariates: list[str]
    outcome: str
    ratio: int
    caliper: float
    contrast: str
    estimand: str
    grace_days: int
    comparison_set: str | None


class AnalysisPlanOut(Wire, frozen=True, kw_only=True):
    """A plan as it was frozen. `looksBefore`: at how many month ends effects on its outcome had been told before."""

    name: str
    plan: PlannedEffect
    sha256: str
    looks_before: int
    frozen_at: datetime
    frozen_by: str


class AnalysisPlanPage(PageAnswer, frozen=True, kw_only=True):
    items: list[AnalysisPlanOut]


def analysis_plan_out(found: FrozenPlan) -> AnalysisPlanOut:
    return AnalysisPlanOut(
        name=found.name,
        plan=planned_effect(found.plan),
        sha256=found.sha256,
        looks_before=found.looks_before,
        frozen_at=found.frozen_at,
        frozen_by=found.frozen_by,
    )


def planned_effect(settings: Mapping[str, Any]) -> PlannedEffect:
    """From the settings as the ledger has them."""
    return PlannedEffect(**settings)
