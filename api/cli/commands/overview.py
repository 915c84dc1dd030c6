"""`tagpilot overview`: what an officer looks at first, on one screen."""

from datetime import date, datetime
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme
from api.cli.context import command_context
from api.console.output import answer


@click.command("overview")
@programme
@time.state
@time.by
@options.home
@options.as_json
def command(
    programme: str,
    as_at: date | None,
    as_known_at: datetime | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """The overview of a programme: what waits for you, five figures, how full it became, phases, money, licences.

    \b
    Examples:
      tagpilot overview
      tagpilot overview --as-at 2019-09-30 --as-known-at 2019-10-04T12:00:00Z
      tagpilot overview --json
    """
    from api.usecases.delivery import overview
    from api.views.delivery.overview import overview_in_words
    from api.views.heading import heading_in_words

    with command_context(home, by) as context:
        now = overview.show(context, context.programme(programme), context.as_of(as_at, as_known_at))
        answer(now, as_json, lambda: [heading_in_words(now), "", *overview_in_words(now)])
