"""`tagpilot cohort quality` and `effect`: what became of matches; tagged people against others made like them."""

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme
from api.cli.context import command_context
from api.console.output import answer


@click.command("quality")
@programme
@time.month_end
@options.pictures
@time.by
@options.home
@options.as_json
def quality(
    programme: str, as_at: date | None, pictures: Path | None, by: str, home: Path | None, as_json: bool
) -> None:
    """What became of matches, by strength, month, p_present and e_value.

    \b
    Examples:
      tagpilot cohort quality --pictures ./charts
    """
    from api.usecases.evaluation import answers
    from api.views.evaluation.answers import quality_in_words
    from api.views.heading import heading_in_words

    with command_context(home, by) as context:
        found = answers.match_quality(context, context.programme(programme), as_at)
        _draw(pictures, lambda charts: charts.charts_of_quality(found))
        answer(found, as_json, lambda: [heading_in_words(found), "", *quality_in_words(found)])


_DESIGN = (
    click.option(
        "--covariate", "covariates", multiple=True, required=True, help="What both groups are compared by; repeat it."
    ),
    click.option(
        "--method",
        type=click.Choice(["weights", "nearest", "exact", "aipw"]),
        default="weights",
        show_default=True,
        help="weights, aipw: by propensity; nearest: neighbours within a caliper; exact: alike in every covariate.",
    ),
    click.option("--outcome", type=click.Choice(["reoffended", "recalled"]), default="reoffended", show_default=True),
    click.option("--ratio", type=click.IntRange(1, 10), default=1, show_default=True, help="nearest: others for each."),
    click.option(
        "--caliper", type=click.FloatRange(0, 5, min_open=True), default=0.2, show_default=True, help="nearest."
    ),
    click.option(
        "--contrast",
        type=click.Choice(["as intended", "as treated"]),
        default="as intended",
        show_default=True,
        help="As intended: the condition imposed or not. As treated: fitted within the grace period or not.",
    ),
    click.option(
        "--grace-days",
        type=click.IntRange(0, 90),
        default=14,
        show_default=True,
        help="As treated: days from release.",
    ),
    click.option(
        "--on",
        "estimand",
        type=click.Choice(["tagged", "everyone"]),
        default="tagged",
        show_default=True,
        help="The effect on the tagged, or on everyone compared (aipw).",
    ),
    click.option("--set", "comparison_set", help="The set of comparison people; the latest that was accepted."),
)


def designed(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of how an effect is worked out, as they are asked or planned."""
    for option in reversed(_DESIGN):
        command = option(command)
    return command


@click.command("effect")
@designed
@programme
@time.month_end
@options.pictures
@time.by
@options.home
@options.as_json
def effect(
    covariates: tuple[str, ...],
    method: str,
    outcome: str,
    ratio: int,
    caliper: float,
    contrast: str,
    grace_days: int,
    estimand: str,
    comparison_set: str | None,
    programme: str,
    as_at: date | None,
    pictures: Path | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Reoffending or recall within 12 months: tagged people against a comparison group made like them, with balance.

    \b
    Examples:
      tagpilot cohort effect --covariate age_band --covariate ogrs_score --covariate sex
      tagpilot cohort effect --method nearest --ratio 2 --covariate age_band --covariate ogrs_score
    """
    from api.usecases.evaluation import answers
    from api.views.evaluation.effect import analysis_in_words

    with command_context(home, by) as context:
        found = answers.effect(
            context,
            context.programme(programme),
            as_at,
            method=method,
            covariates=covariates,
            outcome=outcome,
            ratio=ratio,
            caliper=caliper,
            contrast=contrast,
            estimand=estimand,
            grace_days=grace_days,
            comparison_set=comparison_set,
        )
        _draw(pictures, lambda charts: charts.charts_of_effect(found))
        answer(found, as_json, lambda: analysis_in_words(found))


def _draw(folder: Path | None, of: Callable[[Any], Iterable[Any]]) -> None:
    if folder is None:
        return
    from api.documents import evaluation_charts

    names = evaluation_charts.save(of(evaluation_charts), folder)
    click.echo(f"{folder}: {', '.join(names) or 'no chart, for there are no data for one'}", err=True)


COMMANDS = (quality, effect)
