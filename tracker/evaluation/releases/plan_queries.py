"""Analysis plans that were frozen."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from tracker.evaluation.releases.tables import AnalysisPlan
from tracker.record.as_known import known


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenPlan:
    """How an effect is to be worked out; `looks_before`: month ends at which effects on its outcome had been told."""

    name: str
    plan: Mapping[str, Any]
    sha256: str
    looks_before: int
    frozen_at: datetime
    frozen_by: str


_PLAN = select(
    AnalysisPlan.name,
    AnalysisPlan.plan,
    AnalysisPlan.sha256,
    AnalysisPlan.looks_before,
    AnalysisPlan.recorded_at.label("frozen_at"),
    AnalysisPlan.recorded_by.label("frozen_by"),
)


def plan_digest(plan: Mapping[str, Any]) -> str:
    """The digest by which a plan is known, and held against what is asked."""
    return hashlib.sha256(json.dumps(dict(plan), sort_keys=True).encode()).hexdigest()


def latest_plans(
    connection: Connection, programme_id: int, *, limit: int, offset: int = 0
) -> tuple[list[FrozenPlan], int]:
    """A page of a programme's, the latest first, every one where `limit` is 0; and how many there are."""
    mine = (known(AnalysisPlan), AnalysisPlan.programme_id == programme_id)
    total = connection.scalar(select(func.count()).select_from(AnalysisPlan).where(*mine)) or 0
    page = _PLAN.where(*mine).order_by(AnalysisPlan.id.desc()).offset(offset)
    return [FrozenPlan(**row._mapping) for row in connection.execute(page.limit(limit) if limit else page)], total


def plan_of(connection: Connection, programme_id: int, asked: Mapping[str, Any]) -> FrozenPlan | None:
    """The first plan that was frozen of exactly what is asked."""
    query = _PLAN.where(
        known(AnalysisPlan), AnalysisPlan.programme_id == programme_id, AnalysisPlan.sha256 == plan_digest(asked)
    )
    row = connection.execute(query.order_by(AnalysisPlan.id).limit(1)).one_or_none()
    return None if row is None else FrozenPlan(**row._mapping)
