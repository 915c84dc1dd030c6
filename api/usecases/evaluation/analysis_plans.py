"""Analysis plans: frozen with their digest before the outcomes are looked at."""

from typing import Any

from api.schemas.evaluation.analysis_plans import AnalysisPlanOut, AnalysisPlanPage, analysis_plan_out
from api.usecases.evaluation.answers import request_of
from api.usecases.request_context import Page, Programme, RequestContext
from tracker.access.roles import Right
from tracker.evaluation.analysis.effect_service import plan_plain, require_answerable
from tracker.evaluation.people.comparison_queries import accepted_set
from tracker.evaluation.releases.plan_queries import latest_plans
from tracker.evaluation.releases.plan_service import freeze_plan


def freeze(context: RequestContext, programme: Programme, name: str, settings: dict[str, Any]) -> AnalysisPlanOut:
    """The settings of an effect become a plan of this name, which is not changed any more. An effect that is asked with
    exactly these settings names the plan."""
    context.require(Right.EXPORT)
    context.names_nobody(name=name)
    asked = request_of(**settings)
    require_answerable(asked)
    with context.reader.connect() as connection:
        chosen = accepted_set(connection, programme.id, asked.comparison_set)
    found = freeze_plan(context.engine, programme.id, name, plan_plain(asked, chosen), **context.entered)
    return analysis_plan_out(found)


def list_plans(context: RequestContext, programme: Programme, page: Page) -> AnalysisPlanPage:
    """Every plan that was frozen, the latest first."""
    context.require(Right.EXPORT)
    with context.reader.connect() as connection:
        found, total = latest_plans(connection, programme.id, limit=page.limit, offset=page.offset)
    items = [analysis_plan_out(each) for each in found]
    return AnalysisPlanPage(items=items, total=total, limit=page.limit, offset=page.offset)
