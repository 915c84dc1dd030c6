"""`tagpilot batch`: the batches of crimes that forces sent, and what became of them."""

from datetime import datetime
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.context import command_context
from api.console.output import answer

_limit = click.option("--limit", type=click.IntRange(0, 1000), default=0, help="Rows on a page; 0, all, by default.")
_offset = click.option("--offset", type=click.IntRange(0), default=0, help="Rows before the page.")


@click.group("batch", no_args_is_help=True)
def command() -> None:
    """Batches of crimes: what came, how many can be matched, matches by state, releases, and versions of one.

    \b
    Examples:
      tagpilot batch list --force Metropolitan
      tagpilot batch show 12
      tagpilot batch crimes 12 --became went
    """


@command.command("list")
@click.option("--force", help="Batches of this force.")
@click.option("--batch-id", metavar="ID", help="With this id, in whichever file.")
@click.option("--from", "since", type=time.InstantOrDay(), metavar="INSTANT", help="Received then or later.")
@click.option("--to", "until", type=time.InstantOrDay(), metavar="INSTANT", help="Received before.")
@click.option(
    "--order", type=click.Choice(["received", "batchId"]), default="received", help="The latest first, or by id."
)
@_limit
@_offset
@time.by
@options.home
@options.as_json
def list_batches(
    force: str | None,
    batch_id: str | None,
    since: datetime | None,
    until: datetime | None,
    order: str,
    limit: int,
    offset: int,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """List batches, the latest first.

    \b
    Examples:
      tagpilot batch list --from 2019-10-01T00:00:00Z
    """
    from typing import cast

    from api.usecases.desk import batches
    from api.usecases.request_context import Page
    from api.views.matching.batches import batches_in_words
    from tracker.batches.queries import BatchFilter, Order

    wanted = BatchFilter(force=force, batch_id=batch_id, since=since, until=until)
    with command_context(home, by) as context:
        found = batches.list_batches(context, wanted, cast(Order, order), Page(limit, offset))
        answer(found, as_json, lambda: batches_in_words(found))


@command.command("show")
@click.argument("number", type=int)
@time.by
@options.home
@options.as_json
def show(number: int, by: str, home: Path | None, as_json: bool) -> None:
    """Show one batch by its NUMBER, with its versions beside each other.

    \b
    Examples:
      tagpilot batch show 12
    """
    from api.usecases.desk import batches
    from api.views.matching.batches import batch_lines

    with command_context(home, by) as context:
        found = batches.batch(context, number)
        answer(found, as_json, lambda: batch_lines(found))


@command.command("crimes")
@click.argument("number", type=int)
@click.option("--became", type=click.Choice(["came", "changed", "stayed", "went"]), help="Against the version before.")
@_limit
@_offset
@time.by
@options.home
@options.as_json
def crimes(number: int, became: str | None, limit: int, offset: int, by: str, home: Path | None, as_json: bool) -> None:
    """List the crimes of a batch, whether each can be matched, and those that went since the version before.

    \b
    Examples:
      tagpilot batch crimes 12 --became changed
    """
    from api.usecases.desk import batches
    from api.usecases.request_context import Page
    from api.views.matching.batches import batch_crimes_in_words

    with command_context(home, by) as context:
        found = batches.batch_crimes(context, number, became, Page(limit, offset))
        answer(found, as_json, lambda: batch_crimes_in_words(found))
