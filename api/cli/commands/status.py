"""`tagpilot status`: where the programme stands, in one screen."""

from datetime import date, datetime
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme


@click.command("status")
@programme
@time.state
@options.home
@options.as_json
def command(programme: str, as_at: date | None, as_known_at: datetime | None, home: Path | None, as_json: bool) -> None:
    """Where do we stand: boroughs, tags, people, money, duties, and what wants attention.

    \b
    Examples:
      tagpilot status
      tagpilot status --as-at 2019-09-30 --as-known-at 2019-10-04T12:00:00Z
      tagpilot status --json
    """
    from api.console.output import print_json
    from api.usecases.stores import open_record
    from api.views.status import status_in_words, status_plain
    from api.views.status import told as of
    from tracker.record.engine import reading
    from tracker.times import AsOf

    asked = time.asked(home, as_at, as_known_at)
    engine = open_record(asked.settings)
    with reading(engine).connect() as connection:
        told = of(connection, programme, AsOf(asked.at, asked.known_at))
    engine.dispose()
    if as_json:
        print_json({"asAt": str(asked.at), "today": str(asked.today.day), **status_plain(told)})
    else:
        click.echo("\n".join([asked.said(), "", *status_in_words(told)]))
