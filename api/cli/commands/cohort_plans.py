"""`tagpilot cohort freeze-plan` and `plans`: how an effect is to be worked out, before anybody looks."""

from pathlib import Path
from typing import Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.cohort_answers import designed
from api.cli.commands.rollout import programme
from api.cli.context import command_context
from api.console.output import answer


@click.command("freeze-plan")
@click.argument("name")
@designed
@programme
@time.by
@options.home
@options.as_json
def freeze_plan(name: str, programme: str, by: str, home: Path | None, as_json: bool, **settings: Any) -> None:
    """Freeze a plan before the outcomes are looked at. An effect asked with the same settings names the plan.

    \b
    Examples:
      tagpilot cohort freeze-plan main --covariate age_band --covariate ogrs_score --by eva
    """
    from api.usecases.evaluation import analysis_plans
    from api.views.evaluation.answers import plans_in_words

    with command_context(home, by) as context:
        found = analysis_plans.freeze(context, context.programme(programme), name, settings)
        answer(found, as_json, lambda: plans_in_words([found]))


@click.command("plans")
@programme
@time.by
@options.home
@options.as_json
def plans(programme: str, by: str, home: Path | None, as_json: bool) -> None:
    """Every plan that was frozen, the latest first.

    \b
    Examples:
      tagpilot cohort plans
    """
    from api.usecases.evaluation import analysis_plans
    from api.usecases.request_context import ALL_ROWS
    from api.views.evaluation.answers import plans_in_words

    with command_context(home, by) as context:
        found = analysis_plans.list_plans(context, context.programme(programme), ALL_ROWS)
        answer(found, as_json, lambda: plans_in_words(found.items))


COMMANDS = (freeze_plan, plans)
