"""`tagpilot verify`: does a kept run still come out the same?"""

import sys
from pathlib import Path

import click

from api.cli.commands import options


@click.command("verify")
@click.argument("run_id", metavar="RUN")
@click.option("--threads", type=click.IntRange(1, 256), help="Wearer groups matched at once; changes no answer.")
@options.as_json
@options.home
def command(run_id: str, threads: int | None, as_json: bool, home: Path | None) -> None:
    """Compute a run again from its own inputs and the fixes there are now, and compare digest by digest.

    RUN is its id, the beginning of it, or `latest`. It costs what the run did. Fixes that were erased since, as the law
    may ask, are told, and the rest is checked.

    \b
    Exit codes: 0 it comes out the same, 1 it does not, or its files were altered.

    \b
    Examples:
      tagpilot verify latest
      tagpilot verify 3f2a --json
    """
    from api.usecases.actor import LOCAL
    from api.views.matching.verified import verified

    told = verified(LOCAL, options.settings_of(home, threads=threads), run_id)
    told.shown.tell(as_json)
    if not told.same:
        sys.exit(1)
