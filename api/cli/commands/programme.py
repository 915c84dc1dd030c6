"""`tagpilot programme`: what the decision papers say, and what later decisions make of it."""

from datetime import date, datetime
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.decide import decide
from api.cli.commands.enter import correct, enter, load, withdraw
from api.cli.context import command_context
from api.console.output import answer


@click.group("programme", no_args_is_help=True)
def command() -> None:
    """Programmes as decided: money, contracts, phases, ends, obligations, legal bases.

    \b
    Examples:
      tagpilot programme load
      tagpilot programme show gps-knife-licence --as-at 2019-11-01
      tagpilot programme discrepancies
      tagpilot programme decide --help
    """


for _entering in (load, enter, correct, withdraw, decide):
    command.add_command(_entering)


@command.command("list")
@time.state
@time.by
@options.home
@options.as_json
def list_(as_at: date | None, as_known_at: datetime | None, by: str, home: Path | None, as_json: bool) -> None:
    """Every programme with what is approved, what is unallocated, and when it ends.

    \b
    Examples:
      tagpilot programme list
    """
    from api.usecases.delivery import programmes
    from api.views.delivery.programme import list_in_words

    with command_context(home, by) as context:
        found = programmes.list_programmes(context, context.as_of(as_at, as_known_at))
        answer(found, as_json, lambda: list_in_words(found))


@command.command("show")
@click.argument("programme")
@time.state
@time.by
@options.home
@options.as_json
def show(
    programme: str,
    as_at: date | None,
    as_known_at: datetime | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """One programme: decisions, money line by line, contracts, phases, ends, and contradictions between its papers.

    \b
    Examples:
      tagpilot programme show gps-knife-licence
      tagpilot programme show gps-knife-licence --as-at 2020-03-31 --json
    """
    from api.usecases.delivery import programmes
    from api.views.delivery.programme import programme_in_words
    from api.views.heading import heading_in_words

    with command_context(home, by) as context:
        held = programmes.show(context, context.programme(programme), context.as_of(as_at, as_known_at))
        answer(held, as_json, lambda: [heading_in_words(held), "", *programme_in_words(held)])


@command.command("discrepancies")
@click.argument("programme", required=False)
@time.state
@time.by
@options.home
@options.as_json
def discrepancies(
    programme: str | None,
    as_at: date | None,
    as_known_at: datetime | None,
    by: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Contradictions between the papers of one PROGRAMME or of all, quoting both paragraphs.

    TagPilot reports them and does not choose.

    \b
    Examples:
      tagpilot programme discrepancies
      tagpilot programme discrepancies gps-knife-licence --json
    """
    from api.usecases.delivery import programmes
    from api.views.delivery.programme import discrepancies_in_words

    with command_context(home, by) as context:
        asked = [context.programme(programme)] if programme else programmes.every_programme(context)
        found = programmes.find_discrepancies(context, asked, context.as_of(as_at, as_known_at))
        answer(found, as_json, lambda: discrepancies_in_words(found))
