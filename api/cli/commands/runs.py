"""`tagpilot runs`: what runs there are, and what has changed from one to another."""

from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options


@click.command("runs")
@click.option("--compare", nargs=2, metavar="BEFORE AFTER", help="What has changed from one run to the other.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="Changes shown at most.")
@click.option("--batch", metavar="ID", help="Runs that last tested a crime of this batch for the queue.")
@time.by
@options.home
@options.as_json
def command(
    compare: tuple[str, str] | None, limit: int, batch: str | None, by: str, home: Path | None, as_json: bool
) -> None:
    """List finished runs, the latest first; or compare two.

    A run is named by a digest of everything that went in, so the same question on the same data is the same run.

    With --compare: the candidates that were added, withdrawn or changed. A candidate has
    changed if the trail shows something else; a new e- or q-value alone, from other days or other candidates, is no
    change.

    \b
    Examples:
      tagpilot runs
      tagpilot runs --compare 3f2a latest
      tagpilot runs --json
    """
    from api.cli.context import command_context
    from api.console.output import answer
    from api.usecases.matching import runs
    from api.usecases.request_context import ALL_ROWS, Page
    from api.views.matching.difference import comparison_in_words
    from api.views.matching.run import runs_in_words

    with command_context(home, by) as context:
        if compare is not None:
            changed = runs.difference(context, *compare, Page(limit))
            answer(changed, as_json, lambda: comparison_in_words(changed))
        else:
            found = runs.runs(context, ALL_ROWS, batch)
            answer(found, as_json, lambda: runs_in_words(found, context.settings.runs_dir))
