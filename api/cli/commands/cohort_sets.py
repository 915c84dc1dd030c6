"""`tagpilot cohort accept-set` and `sets`: the people with whom the tagged are compared."""

from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.commands.rollout import programme
from api.cli.context import command_context
from api.console.output import answer


@click.command("accept-set")
@click.argument("name")
@programme
@time.by
@options.home
@options.as_json
def accept_set(name: str, programme: str, by: str, home: Path | None, as_json: bool) -> None:
    """Accept the comparison people on record as a set, once and for good; not by whoever sent them.

    \b
    Examples:
      tagpilot cohort accept-set 'released 2017/18' --by olu
    """
    from api.usecases.evaluation import comparison_sets
    from api.views.evaluation.answers import comparison_sets_in_words

    with command_context(home, by) as context:
        found = comparison_sets.accept(context, context.programme(programme), name)
        answer(found, as_json, lambda: comparison_sets_in_words([found]))


@click.command("sets")
@programme
@time.by
@options.home
@options.as_json
def sets(programme: str, by: str, home: Path | None, as_json: bool) -> None:
    """Every set of comparison people that was accepted, the latest first.

    \b
    Examples:
      tagpilot cohort sets
    """
    from api.usecases.evaluation import comparison_sets
    from api.usecases.request_context import ALL_ROWS
    from api.views.evaluation.answers import comparison_sets_in_words

    with command_context(home, by) as context:
        found = comparison_sets.list_sets(context, context.programme(programme), ALL_ROWS)
        answer(found, as_json, lambda: comparison_sets_in_words(found.items))


COMMANDS = (accept_set, sets)
