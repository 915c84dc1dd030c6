"""`tagpilot review`: what an earlier version of the matcher matched, and the confirmed and released matches of which a
later run says something else."""

from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.context import command_context
from api.console.output import answer

reason = click.option("--reason", required=True, help="Why; it stays on record.")


@click.group("review", no_args_is_help=True)
def command() -> None:
    """Match again after a new version of the matcher, and decide on what has changed.

    \b
    Examples:
      tagpilot review rematch --dry-run
      tagpilot review rematch
      tagpilot review changed
      tagpilot review keep 2219 --reason 'the fix inside stands'
    """


@command.command("rematch")
@click.option("--dry-run", is_flag=True, help="Only list what would be matched again.")
@click.option("--only", multiple=True, metavar="KEY", help="The month of this key alone, as --dry-run --json has it.")
@time.by
@options.home
@options.as_json
def rematch_(dry_run: bool, only: tuple[str, ...], by: str, home: Path | None, as_json: bool) -> None:
    """Match again the months that have open or released matches of an earlier version of the matcher.

    A job is stored for each month, programme and settings; a worker does them (tagpilot worker, or the server). Asked
    twice, nothing is stored twice. Confirmed and released matches of which the new run says something else are then
    in `tagpilot review changed`.

    \b
    Examples:
      tagpilot review rematch --dry-run
      tagpilot review rematch
    """
    from api.usecases.matching import rematch
    from api.views.matching.changed import rematch_lines

    with command_context(home, by) as context:
        found = rematch.preview(context) if dry_run else rematch.rematch(context, only or None)
        answer(found, as_json, lambda: rematch_lines(found))


@command.command("changed")
@click.option("--decided", is_flag=True, help="Those that were decided, with who and why.")
@time.by
@options.home
@options.as_json
def changed_(decided: bool, by: str, home: Path | None, as_json: bool) -> None:
    """List confirmed and released matches of which a later run says something else, released ones first.

    Each waits for one decision: keep it, withdraw a confirmed one, recall a released one.

    \b
    Examples:
      tagpilot review changed
      tagpilot review changed --decided --json
    """
    from api.usecases.matching import changed
    from api.usecases.request_context import ALL_ROWS
    from api.views.matching.changed import changed_lines

    with command_context(home, by) as context:
        found = changed.changed(context, ALL_ROWS, decided=decided)
        answer(found, as_json, lambda: changed_lines(found))


@command.command("keep")
@click.argument("match_id", type=int, metavar="MATCH")
@reason
@time.by
@options.home
@options.as_json
def keep(match_id: int, reason: str, by: str, home: Path | None, as_json: bool) -> None:
    """Keep a match as it was confirmed or released.

    \b
    Examples:
      tagpilot review keep 2219 --reason 'the fix inside stands'
    """
    _decide("keep", match_id, reason, by, home, as_json)


@command.command("withdraw")
@click.argument("match_id", type=int, metavar="MATCH")
@reason
@time.by
@options.home
@options.as_json
def withdraw(match_id: int, reason: str, by: str, home: Path | None, as_json: bool) -> None:
    """Withdraw a confirmed match; it returns to review if the later run still finds it.

    \b
    Examples:
      tagpilot review withdraw 2219 --reason 'only the left-out fix was inside'
    """
    _decide("withdraw", match_id, reason, by, home, as_json)


@command.command("recall")
@click.argument("match_id", type=int, metavar="MATCH")
@reason
@time.by
@options.home
@options.as_json
def recall(match_id: int, reason: str, by: str, home: Path | None, as_json: bool) -> None:
    """Recall a released match: its recipient has to return or destroy the package.

    \b
    Examples:
      tagpilot review recall 2219 --reason 'a later run excludes the wearer'
    """
    _decide("recall", match_id, reason, by, home, as_json)


def _decide(decision: str, match_id: int, reason: str, by: str, home: Path | None, as_json: bool) -> None:
    from api.usecases.matching import changed
    from api.views.matching.changed import decided_lines

    decide = {"keep": changed.keep, "withdraw": changed.withdraw, "recall": changed.recall}[decision]
    with command_context(home, by) as context:
        done = decide(context, match_id, reason)
        answer(done, as_json, lambda: decided_lines(done))
