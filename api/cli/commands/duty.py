"""`tagpilot duty`: milestones and obligations, due, done and overdue."""

from datetime import date, datetime
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme
from api.cli.context import command_context
from api.console.output import answer


@click.group("duty", no_args_is_help=True)
def command() -> None:
    """What the papers oblige to, when it is due, and whether it is done.

    \b
    Examples:
      tagpilot duty list
      tagpilot duty done dpia 'DPIA v1.2' --on 2019-02-01
    """


@command.command("list")
@programme
@time.state
@time.by
@options.home
@options.as_json
def list_(
    programme: str,
    as_at: date | None,
    as_known_at: datetime | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Every milestone and obligation with its state.

    \b
    Examples:
      tagpilot duty list --as-at 2019-11-01
    """
    from api.usecases.delivery import status
    from api.views.delivery.duties import duties_in_words
    from api.views.heading import heading_in_words

    with command_context(home, by) as context:
        found = status.list_duties(context, context.programme(programme), context.as_of(as_at, as_known_at))
        answer(found, as_json, lambda: [heading_in_words(found), "", *duties_in_words(found)])


@command.command("done")
@click.argument("key")
@click.argument("evidence")
@click.option("--on", type=time.Day(), metavar="DATE", help="The day it was done; today by default.")
@programme
@time.by
@options.home
@options.as_json
def done(key: str, evidence: str, on: date | None, programme: str, by: str, home: Path | None, as_json: bool) -> None:
    """Record that a duty was done, and by what evidence.

    \b
    Examples:
      tagpilot duty done dpia 'DPIA v1.2' --on 2019-02-01
    """
    from api.usecases.delivery import status

    with command_context(home, by) as context:
        recorded = status.record_done(context, context.programme(programme), key, evidence, on)
        answer(recorded, as_json, lambda: [f"{key} is done."])
