"""`tagpilot verify`: whether a stored run gives the same results when it is computed again."""

import sys
from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options


@click.command("verify")
@click.argument("run_id", metavar="RUN")
@click.option("--threads", type=click.IntRange(1, 256), help="Wearer groups matched at once; changes no result.")
@time.by
@options.as_json
@options.home
def command(run_id: str, threads: int | None, by: str, as_json: bool, home: Path | None) -> None:
    """Compute a run again from its own inputs and the fixes stored now, and compare the digests.

    RUN is its id, the beginning of it, or `latest`. It takes as long as the run took. Fixes erased since, as the law
    may require, are reported, and the rest is compared.

    \b
    Exit codes: 0 if the results are the same, 1 if they differ or the run's files were altered.

    \b
    Examples:
      tagpilot verify latest
      tagpilot verify 3f2a --json
    """
    from api.cli.context import command_context
    from api.console.output import answer
    from api.console.progress import Stages
    from api.usecases.matching import runs

    with command_context(home, by, threads=threads) as context:
        with Stages() as progress:
            found = runs.verified(context, run_id, progress)
        answer(found, as_json, lambda: [f"Run {found.run_id}: {found.in_words}"])
    if not found.same:
        sys.exit(1)
