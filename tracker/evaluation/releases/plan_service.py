"""Freezing an analysis plan: its settings and their digest are on record before the outcomes are looked at."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select

from tracker.errors import BadEntry
from tracker.evaluation.releases.plan_queries import FrozenPlan, latest_plans, plan_digest
from tracker.evaluation.releases.service import PURPOSE
from tracker.evaluation.releases.tables import AnalysisPlan
from tracker.evaluation.releases.told_queries import days_told
from tracker.record.as_known import known
from tracker.record.entry import entering


def freeze_plan(
    engine: Engine, programme_id: int, name: str, plan: Mapping[str, Any], *, by: str, now: datetime
) -> FrozenPlan:
    """Put a plan on record. It is never changed: another plan has another name.

    Raises BadEntry for a name that is taken.
    """
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        same = select(AnalysisPlan.id).where(
            known(AnalysisPlan), AnalysisPlan.programme_id == programme_id, AnalysisPlan.name == name
        )
        if entry.connection.scalar(same) is not None:
            raise BadEntry(f"A plan {name!r} was frozen already, and is not changed; give another name.")
        looks = len(days_told(entry.connection, programme_id, "effect", {"outcome": plan["outcome"]}))
        entry.add(
            AnalysisPlan,
            programme_id=programme_id,
            name=name,
            plan=dict(plan),
            sha256=plan_digest(plan),
            looks_before=looks,
        )
        [found], _ = latest_plans(entry.connection, programme_id, limit=1)
    return found
