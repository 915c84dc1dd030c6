"""`tagpilot cohort quality` and `effect`: what became of matches; tagged people beside others made like them."""

from datetime import date, datetime
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme


@click.command("quality")
@programme
@time.state
@options.home
@options.as_json
def quality(programme: str, as_at: date | None, as_known_at: datetime | None, home: Path | None, as_json: bool) -> None:
    """What became of matches, by strength, month, p_present and e_value.

    \b
    Examples:
      tagpilot cohort quality
    """
    from api.console.output import print_json
    from api.usecases.stores import open_record
    from api.views.evaluation import quality_in_words, quality_plain
    from tracker.evaluation.analysis.power_service import match_quality
    from tracker.times import AsOf

    asked = time.asked(home, as_at, as_known_at)
    engine = open_record(asked.settings)
    try:
        told = match_quality(engine, programme, AsOf(asked.at, asked.known_at))
    finally:
        engine.dispose()
    if as_json:
        print_json({"asAt": asked.at, **quality_plain(told)})
    else:
        click.echo("\n".join([asked.said(), "", *quality_in_words(told)]))


@click.command("effect")
@click.option(
    "--covariate", "covariates", multiple=True, required=True, help="What both groups are compared by; repeat it."
)
@click.option(
    "--method", type=click.Choice(["weights", "nearest", "exact"]), default="weights", show_default=True,
    help="weights: by propensity; nearest: neighbours within a caliper; exact: alike in every covariate.",
)  # fmt: skip
@click.option("--outcome", type=click.Choice(["reoffended", "recalled"]), default="reoffended", show_default=True)
@click.option("--ratio", type=click.IntRange(1, 10), default=1, show_default=True, help="nearest: others for each.")
@click.option("--caliper", type=click.FloatRange(0, 5, min_open=True), default=0.2, show_default=True, help="nearest.")
@programme
@time.state
@options.home
@options.as_json
def effect(
    covariates: tuple[str, ...],
    method: str,
    outcome: str,
    ratio: int,
    caliper: float,
    programme: str,
    as_at: date | None,
    as_known_at: datetime | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Reoffending or recall within 12 months: tagged people beside a comparison group made like them, with the balance.

    \b
    Examples:
      tagpilot cohort effect --covariate age_band --covariate ogrs_score --covariate sex
      tagpilot cohort effect --method nearest --ratio 2 --covariate age_band --covariate ogrs_score
    """
    from api.console.output import print_json
    from api.usecases.stores import open_record
    from api.views import effect as effect_words
    from tracker.evaluation.analysis.effect_service import OUTCOMES, Asked, analyse
    from tracker.evaluation.statistics.comparison import Method
    from tracker.times import AsOf

    asked = time.asked(home, as_at, as_known_at)
    engine = open_record(asked.settings)
    wanted = Asked(
        method=Method(method), covariates=covariates, outcome=OUTCOMES[outcome], ratio=ratio, caliper=caliper
    )
    try:
        told = analyse(engine, programme, AsOf(asked.at, asked.known_at), wanted, now=asked.today.now)
    finally:
        engine.dispose()
    if as_json:
        print_json(effect_words.plain(told))
    else:
        click.echo("\n".join(effect_words.in_words(told)))


COMMANDS = (quality, effect)
