"""`tagpilot power`: how many are tagged, and what an evaluation of them can detect."""

from datetime import date
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme
from api.cli.context import command_context
from api.console.output import answer


@click.command("power")
@programme
@time.month_end
@click.option("--boroughs", type=int, help="Suppose so many boroughs, each at today's rate.")
@click.option("--until", type=time.Day(), metavar="DATE", help="Suppose that tags are imposed until this day.")
@click.option("--against", type=float, default=1.0, show_default=True, help="Comparison people for each tagged one.")
@click.option("--from", "p_untagged", type=float, default=0.332, show_default=True, help="Reoffending without a tag.")
@click.option("--to", "p_tagged", type=float, default=0.262, show_default=True, help="Reoffending with a tag.")
@click.option("--wanted", type=float, default=0.8, show_default=True, help="The power wanted.")
@options.pictures
@click.option(
    "--looks", type=int, default=1, show_default=True, help="How often the results are looked at, the end too."
)
@click.option(
    "--spending", type=click.Choice(["obrien-fleming", "pocock"]), default="obrien-fleming", show_default=True,
    help="With --looks: hardly anything early, or as much at each look.",
)  # fmt: skip
@time.by
@options.home
@options.as_json
def command(
    programme: str,
    as_at: date | None,
    boroughs: int | None,
    until: date | None,
    against: float,
    p_untagged: float,
    p_tagged: float,
    wanted: float,
    pictures: Path | None,
    looks: int,
    spending: str,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Tags accrued against plan, and the power and smallest drop found, now and at the last day to impose.

    \b
    Examples:
      tagpilot power
      tagpilot power --against 4 --until 2021-03-31
      tagpilot power --looks 4
      tagpilot power --boroughs 32 --from 0.33 --to 0.28
    """
    from api.usecases.evaluation import answers
    from api.views.evaluation.answers import power_in_words
    from api.views.heading import heading_in_words
    from tracker.evaluation.statistics.accrual import WhatIf
    from tracker.evaluation.statistics.estimates.looks import Spending

    what_if = WhatIf(
        boroughs=boroughs,
        until=until,
        untagged_each=against,
        p_tagged=p_tagged,
        p_untagged=p_untagged,
        wanted=wanted,
        looks=looks,
        spending=Spending(spending),
    )
    with command_context(home, by) as context:
        found = answers.power(context, context.programme(programme), as_at, what_if)
        if pictures is not None:
            from api.documents.evaluation_charts import power_chart, save

            click.echo(f"{pictures}: {', '.join(save([power_chart(found, what_if)], pictures))}", err=True)
        answer(found, as_json, lambda: [heading_in_words(found), *power_in_words(found)])
