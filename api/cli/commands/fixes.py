"""`tagpilot fixes`: the stored fixes, and the matcher's index of them."""

from pathlib import Path

import click

from api.cli.commands import options
from api.cli.context import command_context
from api.console.output import answer


@click.group("fixes", no_args_is_help=True)
def command() -> None:
    """The stored fixes, for who runs the machine.

    \b
    Examples:
      tagpilot fixes index
      tagpilot fixes index --again
    """


@command.command("index")
@click.option("--again", is_flag=True, help="Delete the index and make every day of it anew.")
@options.home
@options.as_json
def index(again: bool, home: Path | None, as_json: bool) -> None:
    """Make the index that matches read: of each stored day the fixes that may be read now, and no others.

    Imports and matches make it by themselves, and take out what may no longer be read. It is made of the stored fixes
    and in no backup: make it after a restore, or let the next match do so. With --again it is made anew where `tagpilot
    verify`, or a match, says that it has changed since it was written.

    \b
    Examples:
      tagpilot fixes index
      tagpilot fixes index --again
    """
    from api.usecases.integrity.fix_index import made
    from api.views.operation.fix_index import fix_index_in_words

    with command_context(home) as context:
        done = made(context, again=again)
        answer(done, as_json, lambda: fix_index_in_words(done))
