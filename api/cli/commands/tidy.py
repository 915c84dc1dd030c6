"""`tagpilot tidy`: what killed work left behind, deleted."""

from pathlib import Path

import click

from api.cli.commands import options
from api.cli.context import command_context
from api.console.output import answer


@click.command("tidy")
@click.option("--yes", is_flag=True, help="Delete it; without this it is only listed.")
@options.home
@options.as_json
def command(yes: bool, home: Path | None, as_json: bool) -> None:
    """List what killed work left behind, and with --yes delete it.

    Half uploads, backups and restores, copies of the database, working folders and pools of matches, exports that are
    on no ledger. What a running process works on stays. Server and worker do the same when they start. Finished
    backups are none of this: they keep everyone who was on record when they were made, and stay until you delete them.

    \b
    Examples:
      tagpilot tidy
      tagpilot tidy --yes
    """
    from api.usecases.operation.tidying import tidied
    from api.views.operation.tidying import tidied_in_words

    with command_context(home) as context:
        found = tidied(context, dry=not yes)
        answer(found, as_json, lambda: tidied_in_words(found))
